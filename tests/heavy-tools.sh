#!/bin/sh
# Brings what `make test-all` needs beyond pip and a browser: Debian's own PostgreSQL.
set -eu
found() { ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; }
found && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Debian's PostgreSQL"
  apt-get update -qq
  # Its own cluster is not wanted: the tests make theirs.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] \
    || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
fi
found || { echo "make test-all needs a packaged PostgreSQL in /usr/lib/postgresql: apt install postgresql"; exit 1; }
