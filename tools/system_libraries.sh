#!/bin/sh
# Qt comes from PyPI, but on Linux it needs some libraries of the system. On Debian and its kin they are
# checked: installed when this runs as root, named with the exact command when it does not.
# Usage: system_libraries.sh [PYTHON [MORE PACKAGES]]
set -eu
python=${1:-python3}
[ $# -eq 0 ] || shift

[ "$(uname -s)" = Linux ] || exit 0

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    missing_venv="python$version-venv"
else
    missing_venv=
fi

command -v dpkg-query >/dev/null 2>&1 || {
    [ -z "$missing_venv" ] || { echo "This Python has no venv module: install it with your package manager."; exit 1; }
    exit 0
}

wanted="libegl1 libgl1 libglib2.0-0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libfreetype6
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
    libxcb-xinerama0 libxcb-xkb1 $*"
missing=$missing_venv
for name in $wanted; do
    # Newer releases renamed some packages (libglib2.0-0t64).
    if ! dpkg-query -W -f='${Status}\n' "$name" "${name}t64" 2>/dev/null | grep -q 'install ok installed'; then
        missing="$missing $name"
    fi
done
missing=$(echo $missing)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    echo "Installing system libraries for Qt: $missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null || true
    apt-get install -y -q --no-install-recommends $missing >/dev/null
else
    echo "Qt needs system libraries that are not installed. Install them with:"
    echo "    sudo apt-get install --no-install-recommends $missing"
    [ -z "$missing_venv" ] || exit 1
fi
