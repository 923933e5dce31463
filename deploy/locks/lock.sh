#!/bin/sh
# Writes run.txt and dev.txt: names, versions and hashes for every platform; no host, no path.
set -eu
cd "$(dirname "$0")/../.."
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
    --no-emit-package cauce --no-emit-package cauce-contract --no-emit-package cauce-client "$@"
}
printf './contracts\n./clients/python\n.\nhatchling\neditables\n' > .lock.in
trap 'rm -f .lock.in' EXIT
compile ${UPGRADE:+--upgrade} .lock.in -o deploy/locks/run.txt
compile ${UPGRADE:+--upgrade} .lock.in --group pyproject.toml:dev -c deploy/locks/run.txt -o deploy/locks/dev.txt
