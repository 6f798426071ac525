# shellcheck shell=bash
# Configures and builds; sourced by ./dev.

# build PRESET [TARGET...]: configures when there is no build folder yet or the presets have changed, and leaves
# everything else to ninja.
build() {
  local preset="$1"
  local directory="build/$preset"
  local -a quiet=()
  shift
  mkdir -p build
  if [[ ! -f "$directory/build.ninja" || CMakePresets.json -nt "$directory/build.ninja" ]]; then
    cmake --preset "$preset" >"$directory.log" 2>&1 || {
      cat "$directory.log" >&2
      return 1
    }
  fi
  [[ -t 1 ]] || quiet=(--quiet)
  ninja "${quiet[@]}" -C "$directory" "$@"
}
