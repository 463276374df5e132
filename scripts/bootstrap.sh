#!/usr/bin/env bash
# Usage: scripts/bootstrap.sh runtime|dev
# Makes .venv able to run Station (runtime) or its tests too (dev). What is done is remembered in
# .venv, so a second call ends at once and needs no network. PYTHON=… chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
venv=$root/.venv

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$@" >&2; exit 1; }

case "${1:-}" in
    runtime) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    *) fail "usage: scripts/bootstrap.sh runtime|dev" ;;
esac

recent_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if "$candidate" -c "$recent_enough" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

need_python() {
    find_python && return
    # A system without any Python 3 can have its own; an older one is not replaced behind its back.
    if ! command -v python3 >/dev/null && scripts/system_package.sh python3 >&2; then
        find_python && return
    fi
    fail "Python ≥ 3.11 needed, but $(python3 --version 2>/dev/null || echo none) was found." \
        "Debian 12, Ubuntu 24.04 and later bring one:  sudo apt-get install -y python3 python3-venv" \
        "Ubuntu 22.04:  sudo apt-get install -y python3.11 python3.11-venv" \
        "A Python in another place is taken with:  make demo PYTHON=/path/to/python3.12"
}

make_venv() {
    local python version
    python=$(need_python)
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    # Debian keeps these two modules in a package of their own.
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "$version lacks its venv module, which Debian and Ubuntu package separately."
        scripts/system_package.sh "$version-venv" ||
            fail "Then run this again."
    fi
    say "[1/3] Creating .venv with $python ($version)"
    "$python" -m venv --clear "$venv" || fail "The environment could not be created; see above."
}

# A checkout that was moved has an environment whose commands point to the old place.
venv_is_usable() {
    [ -x "$venv/bin/python" ] &&
        "$venv/bin/python" -c "$recent_enough" >/dev/null 2>&1 &&
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 &&
        grep -qsF "$venv/bin/python" "$venv/bin/pip"
}

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

installed() { [ "$(cat "$venv/.installed-$1" 2>/dev/null)" = "$2" ]; }

lock_digest=$(digest "$lock")
station_digest=$( (echo "$root"; digest pyproject.toml) | digest -)

if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.place" 2>/dev/null)" = "$root" ] &&
    installed "$lock" "$lock_digest" &&
    installed station "$station_digest"; then
    exit 0
fi

if ! venv_is_usable; then make_venv; fi
echo "$root" >"$venv/.place"

if ! installed "$lock" "$lock_digest"; then
    count=$(grep -c '^[a-z]' "$lock")
    say "[2/3] Installing $count libraries from $lock, each checked against its hash"
    "$venv/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$lock" ||
        fail "The libraries could not be installed; see above. If one had to be compiled, it needs:" \
            "  sudo apt-get install -y build-essential python3-dev"
    # The other lock pins other versions when it is older: whoever asks for it installs it anew.
    rm -f "$venv"/.installed-requirements*
    echo "$lock_digest" >"$venv/.installed-$lock"
    if [ "$lock" = requirements-dev.lock ]; then # it holds everything of the smaller lock
        digest requirements.lock >"$venv/.installed-requirements.lock"
    fi
fi

if ! installed station "$station_digest"; then
    say "[3/3] Installing Station itself, to run from this folder"
    "$venv/bin/python" -m pip install --disable-pip-version-check --quiet \
        --no-deps --no-build-isolation --no-index --editable .
    # Start-up should not compile; where bytecode is not written otherwise, this is when it is.
    "$venv/bin/python" -m compileall -q kernel records health referral billing demo main.py
    echo "$station_digest" >"$venv/.installed-station"
fi
