#!/usr/bin/env bash
# Usage: scripts/system_package.sh PACKAGE...
# Installs packages of the operating system where that is possible without asking anybody (apt-get,
# as root or with passwordless sudo). Otherwise prints what to type and ends with status 3.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

as_root=()
if ! command -v apt-get >/dev/null; then
    say "Please install with this system's package manager: $*"
    exit 3
fi
if [ "$(id -u)" -ne 0 ]; then
    if ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
        say "Please type:  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
        exit 3
    fi
    as_root=(sudo -n)
fi

# Debian creates, starts and enables a database cluster when PostgreSQL is installed. The tests
# bring their own server, so the system gets the programs only; its own setting comes back after.
cluster_settings=/etc/postgresql-common/createcluster.conf
saved_settings=
run() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 "$@"; }
hold_back_the_system_cluster() {
    saved_settings=$(mktemp)
    if [ -e "$cluster_settings" ]; then cat "$cluster_settings" >"$saved_settings"; fi
    run mkdir -p "$(dirname "$cluster_settings")"
    { cat "$saved_settings"; echo "create_main_cluster = false"; } |
        run tee "$cluster_settings" >/dev/null
    trap give_the_setting_back EXIT
}
give_the_setting_back() {
    if [ -s "$saved_settings" ]; then
        run tee "$cluster_settings" <"$saved_settings" >/dev/null
    else
        run rm -f "$cluster_settings"
    fi
    rm -f "$saved_settings"
}

case " $* " in *" postgresql "*) hold_back_the_system_cluster ;; esac

say "Installing with apt-get: $*"
# A package list that is out of date is tried all the same: what is asked for may be in it.
run apt-get update -qq >&2 || say "apt-get update failed; trying with the package lists at hand."
if ! run apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" >&2; then
    say "apt-get could not install: $*"
    exit 3
fi
