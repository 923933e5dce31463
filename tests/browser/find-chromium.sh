#!/bin/sh
# A Chromium for the browser tests: the one that CHROMIUM names, or one of the machine's.
#   find-chromium.sh         says nothing when there is one; installs Debian's where it may
#   find-chromium.sh --path  prints where it is; installs nothing
set -eu

found() {
  if [ -n "${CHROMIUM:-}" ]; then
    command -v "$CHROMIUM"
    return
  fi
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
  return 1
}

stop() {
  echo "The browser tests need Chromium. $1" >&2
  exit 1
}

if path=$(found); then
  [ "${1:-}" != --path ] || echo "$path"
  exit 0
fi
[ -z "${CHROMIUM:-}" ] || stop "CHROMIUM is $CHROMIUM, which is no program."
[ "${1:-}" != --path ] || stop "sh tests/browser/find-chromium.sh says how to get one."
command -v apt-get >/dev/null || stop "Install it or Google Chrome, or say CHROMIUM=/path/to/it."
[ "$(id -u)" = 0 ] || stop "As root: apt-get update && apt-get install chromium"

echo "Installing Debian's package chromium for the browser tests (a few minutes, once)"
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium >/dev/null
found >/dev/null || stop "apt-get's package chromium brought none; say CHROMIUM=/path/to/one."
