# shellcheck shell=bash
# Configures and builds; sourced by ./dev.

# configure PRESET: from scratch only when there is no build folder yet or the presets have changed; otherwise ninja
# looks whether a source was added or a build description has changed.
configure() {
  local directory="build/$1"
  mkdir -p build
  if [[ ! -f "$directory/build.ninja" || CMakePresets.json -nt "$directory/build.ninja" ]]; then
    cmake --preset "$1" >"$directory.log" 2>&1 || {
      cat "$directory.log" >&2
      rm -f "$directory/build.ninja"
      return 1
    }
  else
    ninja --quiet -C "$directory" build.ninja
  fi
}

# build PRESET [TARGET...]
build() {
  local preset="$1"
  local -a quiet=()
  shift
  configure "$preset" || return 1
  [[ -t 1 ]] || quiet=(--quiet)
  ninja "${quiet[@]}" -C "build/$preset" "$@"
}
