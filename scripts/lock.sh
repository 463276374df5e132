#!/usr/bin/env bash
# Writes requirements.lock and requirements-dev.lock from pyproject.toml: every version with its
# hashes, for Python 3.11 and later on every platform, without any download address.
# Versions already locked stay; `make lock ARGS=--upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."

# uv is asked for only here: nobody who merely uses or tests Station needs it.
if [ -x .venv/bin/uv ]; then
    uv=.venv/bin/uv
elif ! uv=$(command -v uv); then
    echo "Locking needs uv. Install it with: .venv/bin/pip install uv" >&2
    exit 1
fi

compile() {
    "$uv" pip compile pyproject.toml --group build --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" --quiet "$@"
}

echo "Locking what Station runs on (requirements.lock) …"
compile --output-file requirements.lock "$@"
echo "Locking what its tests need besides (requirements-dev.lock) …"
compile --extra dev --constraint requirements.lock --output-file requirements-dev.lock "$@"

if grep -nE '^(--|-[a-z])|https?://|file:' requirements.lock requirements-dev.lock; then
    echo "A lock names a download address or an option; it must hold versions and hashes only." >&2
    exit 1
fi
grep -c '^[a-z]' requirements.lock requirements-dev.lock
