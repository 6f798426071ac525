#!/usr/bin/env bash
# Runs InfluxDB in Docker, set up so that `hourglass serve` finds it with its default settings. Run it in an empty
# directory: it makes ./influx-data there, which holds the data, and can be run again there to start it once more.
set -euo pipefail

# These equal the program's defaults (docs/operating/settings.md); whoever changes one has to tell the program.
port=8086                   # influxdb.url is http://localhost:8086
user="admin"                # of the web page; the program uses the token
password="admin-password"   # at least 8 characters
org="hourglass"             # influxdb.org
bucket="analytics"          # influxdb.bucket
token="auth-token"          # influxdb.token
tag="2.7"                   # of the image influxdb
# The token and the password are known to everybody, so nobody but this machine may connect.
address=127.0.0.1
container="hourglass-influxdb"
data="influx-data"
mark=".influxdb-docker"     # says that ./influx-data is this script's; inside it only the container's user could look
ready_limit=60              # seconds to wait until it answers

fail() {
  echo "influxdb-docker: $*" >&2
  exit 1
}

# running, or another state, or nothing where there is no such container
state() { docker container inspect --format '{{.State.Status}}' "$container" 2>/dev/null || true; }

for program in docker curl; do
  command -v "$program" >/dev/null || fail "there is no $program"
done
[[ -f "$mark" || -z "$(ls -A)" ]] || fail "$PWD is not empty; run this in an empty directory, or where it has run before"
docker info >/dev/null 2>&1 || fail "docker does not answer: does its service run, and may this user use it?"
case "$(state)" in
  running) fail "the container $container runs already; \`docker stop $container\` ends it" ;;
  "") ;;
  *) docker container rm "$container" >/dev/null ;; # its data is not in it
esac

touch "$mark"
mkdir -p "$data"
docker run --detach --name "$container" \
  --publish "$address:$port:8086" \
  --volume "$PWD/$data:/var/lib/influxdb2" \
  --env DOCKER_INFLUXDB_INIT_MODE=setup \
  --env DOCKER_INFLUXDB_INIT_USERNAME="$user" \
  --env DOCKER_INFLUXDB_INIT_PASSWORD="$password" \
  --env DOCKER_INFLUXDB_INIT_ORG="$org" \
  --env DOCKER_INFLUXDB_INIT_BUCKET="$bucket" \
  --env DOCKER_INFLUXDB_INIT_ADMIN_TOKEN="$token" \
  "influxdb:$tag" >/dev/null || fail "docker could not start influxdb:$tag"

# Setting up is done on the first start only, before it answers with 200 here.
for ((second = 0; ; second++)); do
  ready="$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 2 "http://$address:$port/health" || true)"
  [[ "$ready" != 200 ]] || break
  if [[ "$(state)" != running ]]; then
    docker logs --tail 20 "$container" >&2 || true
    fail "the container has ended; its last lines are above"
  fi
  ((second < ready_limit)) || fail "no answer on port $port within $ready_limit s; \`docker logs $container\` may say why"
  sleep 1
done

cat <<TEXT
InfluxDB answers on http://localhost:$port; its data is in $PWD/$data.
The defaults of the program are: organisation $org, bucket $bucket, token $token.
docker stop $container    ends it; this script starts it again
TEXT
