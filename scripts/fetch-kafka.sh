#!/usr/bin/env bash
# Puts the Kafka broker that the tests start into build/kafka: the jars that tests/servers/pom.xml names, from Maven
# Central. Does nothing when they are there already. The folder appears whole or not at all.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
pom=tests/servers/pom.xml
target=build/kafka
mark=pom.sha256 # in the folder: which pom.xml it was fetched for
attempts=3
pause=5 # seconds, longer after every attempt

wanted="$(sha256sum <"$pom")"

is_there() { [[ -f "$target/$mark" && "$(cat "$target/$mark")" == "$wanted" ]]; }

is_there && exit 0
if ! command -v mvn >/dev/null; then
  echo "fetch-kafka: there is no mvn; install what packages.txt lists" >&2
  exit 1
fi

mkdir -p build
exec 9>build/kafka.lock
flock 9
is_there && exit 0

fresh="$(mktemp -d build/kafka.XXXXXX)"
trap 'rm -rf "$fresh"' EXIT

# Says something only if it fails.
fetch() {
  local said
  said="$(mvn --batch-mode --quiet --file "$pom" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$PWD/$fresh" 2>&1)" || { echo "$said" >&2; return 1; }
}

echo "fetch-kafka: fetching the Kafka broker for the tests from Maven Central"
for ((attempt = 1; ; attempt++)); do
  fetch && break
  if ((attempt == attempts)); then
    echo "fetch-kafka: Maven Central did not give the jars of $pom in $attempts attempts" >&2
    exit 1
  fi
  sleep $((attempt * pause))
done
compgen -G "$fresh/kafka_*.jar" >/dev/null || { echo "fetch-kafka: no broker among the jars" >&2; exit 1; }

echo "$wanted" >"$fresh/$mark"
chmod 755 "$fresh"
rm -rf "$target"
mv "$fresh" "$target"
trap - EXIT
# Only makes starts quicker, so it may fail.
PYTHONPATH=tests /usr/bin/python3 -B -m servers.kafka_classes ||
  echo "fetch-kafka: no archive of classes; brokers start more slowly" >&2
