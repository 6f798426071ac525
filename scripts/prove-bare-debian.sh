#!/usr/bin/env bash
# Proves that a clone needs nothing but Debian 12 and git:
#   scripts/prove-bare-debian.sh [--keep FOLDER] [--no-tests]
# makes a minimal Debian 12 with debootstrap, adds git, clones the last commit into it, and runs there what README
# says: ./dev run (with events, a kill and a second start), then ./dev test. Needs root, debootstrap, curl and the
# network. With --keep the system is made in FOLDER and stays there; a second call starts again from its clean copy.
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
port=8080
hour=1700000000000
folder=""
tests=yes
while [[ $# -gt 0 ]]; do
  case "$1" in
    --keep) folder="$2"; shift 2 ;;
    --no-tests) tests=no; shift ;;
    *) echo "usage: $0 [--keep FOLDER] [--no-tests]" >&2; exit 2 ;;
  esac
done
[[ $EUID -eq 0 ]] || { echo "$0: debootstrap and chroot need root" >&2; exit 1; }

keep="$folder"
[[ -n "$folder" ]] || folder="$(mktemp -d)"
mkdir -p "$folder"
root="$folder/debian"
server=""

cleanup() {
  [[ -z "$server" ]] || kill -9 -- "-$server" 2>/dev/null || true
  mountpoint -q "$root/proc" && umount "$root/proc"
  [[ -n "$keep" ]] || rm -rf --one-file-system "$folder"
}
trap cleanup EXIT

say() { echo "== $*"; }

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv chroot "$root" /bin/sh -c "cd /srv/hourglass 2>/dev/null; $1"; }

make_system() {
  if [[ ! -f "$folder/clean.tar" ]]; then
    debootstrap --variant=minbase --include=git bookworm "$root" "$mirror" >"$folder/debootstrap.log"
    tar -C "$root" -cf "$folder/clean.tar" .
  fi
  rm -rf --one-file-system "$root"
  mkdir -p "$root"
  tar -C "$root" -xf "$folder/clean.tar"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mount -t proc proc "$root/proc"
  git -C "$repository" bundle create --quiet "$root/srv/hourglass.bundle" HEAD
  inside "git clone -q /srv/hourglass.bundle /srv/hourglass"
}

# Starts ./dev run inside and waits until it is ready, at most the given seconds.
start() {
  local limit="$1" began=$SECONDS
  setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv chroot "$root" /bin/sh -c \
    "cd /srv/hourglass && exec ./dev run" >>"$folder/run.log" 2>&1 &
  server=$!
  until curl -sf -o "$folder/ready" "http://127.0.0.1:$port/readyz"; do
    if ! kill -0 "$server" 2>/dev/null; then
      tail -50 "$folder/run.log"
      wait "$server" || echo "FAILED: ./dev run ended with $?" >&2
      exit 1
    fi
    if ((SECONDS - began > limit)); then
      tail -50 "$folder/run.log"
      echo "FAILED: ./dev run is not ready after $limit s" >&2
      exit 1
    fi
    sleep 0.05
  done
}

post() { curl -sf -X POST "http://127.0.0.1:$port/analytics?timestamp=$hour&user=$1&$2"; }

expect_totals() {
  local got
  got="$(curl -sf "http://127.0.0.1:$port/analytics?timestamp=$hour" | tr '\n' ' ')"
  [[ "$got" == "$1 " ]] || { echo "FAILED: totals are '$got', not '$1'" >&2; exit 1; }
  say "totals: $got"
}

say "making Debian 12 with git"
make_system
say "./dev run in $(inside 'git rev-parse --short HEAD')"
began=$SECONDS
start 1800
say "ready after $((SECONDS - began)) s"
post ann click
post ben impression
post ann impression
expect_totals "unique_users,2 clicks,1 impressions,2"

say "kill -9, and again"
kill -9 -- "-$server"
wait "$server" || true
began=$(date +%s%N)
start 30
say "ready after $((($(date +%s%N) - began) / 1000000)) ms"
expect_totals "unique_users,2 clicks,1 impressions,2"
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=""
[[ $code -eq 0 ]] || { echo "FAILED: exit code $code after SIGTERM" >&2; exit 1; }

if [[ "$tests" == yes ]]; then
  say "./dev test"
  began=$SECONDS
  inside ./dev\ test
  say "./dev test took $((SECONDS - began)) s"
fi
say "proved"
