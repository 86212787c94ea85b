# Sourced by the scripts of this folder: where things are, how to speak, how to stop.
# shellcheck shell=bash

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TOOLCHAIN="$ROOT/.toolchain"
DENO_VERSION=2.9.6
DENO_CLI="${DENO:-$TOOLCHAIN/deno-$DENO_VERSION}"

# Deno keeps what it downloads inside the project, and asks nobody for updates.
export DENO_DIR="$TOOLCHAIN/deno_dir"
export DENO_NO_UPDATE_CHECK=1
# A package.json above the project is none of ours.
export DENO_NO_PACKAGE_JSON=1

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}
