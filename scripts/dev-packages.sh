# shellcheck shell=bash
# Installs the packages of packages.txt; sourced by ./dev.

# The packages of the given groups, one a line.
packages_of() {
  local name group _
  while read -r name group _; do
    [[ -z "$name" || "$name" == \#* ]] && continue
    [[ " $* " == *" $group "* ]] && echo "$name"
  done <packages.txt | sort -u
}

# Those of the given packages that are not installed, one a line.
missing_of() {
  comm -23 <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# How to become root: nothing, or sudo. Fails where there is neither.
root_prefix() {
  if [[ $EUID -eq 0 ]]; then
    echo ""
  elif command -v sudo >/dev/null; then
    echo "sudo"
  else
    return 1
  fi
}

# Makes sure that every package of the given groups is installed.
install_packages() {
  local -a wanted missing
  local prefix
  if ! command -v dpkg-query >/dev/null; then
    echo "dev: this is not Debian; install what packages.txt lists by hand" >&2
    exit 1
  fi
  mapfile -t wanted < <(packages_of "$@")
  mapfile -t missing < <(missing_of "${wanted[@]}")
  [[ ${#missing[@]} -eq 0 ]] && return
  if ! prefix=$(root_prefix); then
    echo "dev: packages are missing and installing them needs root or sudo. As root:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "dev: installing ${missing[*]}"
  # shellcheck disable=SC2086 # the prefix is nothing or one word
  $prefix env DEBIAN_FRONTEND=noninteractive apt-get update -q
  # shellcheck disable=SC2086
  $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}
