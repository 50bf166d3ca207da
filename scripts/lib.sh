# shellcheck shell=sh
# What the scripts share; each sources it first. It stands in the project's root afterwards, and nothing
# here writes to standard output, which belongs to the program that a script runs.
#
# PYTHON chooses the interpreter that .venv is made with. Without it the .venv that is there serves, and
# where there is none, the first suitable interpreter on PATH.

set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

# The build must see this .venv and nothing else of the caller's Python; maturin refuses to choose between
# a conda environment and a virtual one.
unset PYTHONHOME PYTHONPATH CONDA_PREFIX
export PIP_DISABLE_PIP_VERSION_CHECK=1
VENV=$PWD/.venv
VENV_PYTHON=$VENV/bin/python
MINIMUM_PYTHON=3.10

say() { printf '%s\n' "headrace: $*" >&2; }

die() {
    say "$@"
    exit 1
}

# --- Python -----------------------------------------------------------------------------------------

# Prints the interpreter behind a command, be that a link, a shim or a virtual environment's, and nothing
# where it is missing or too old. Running it is the only way to know: a version manager's shim exists for
# versions that are not switched on.
resolve_python() {
    "$1" - "$MINIMUM_PYTHON" 2>/dev/null <<'PROGRAM' || true
import os, sys
least = tuple(map(int, sys.argv[1].split(".")))
if sys.implementation.name == "cpython" and sys.version_info[:2] >= least:
    print(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
PROGRAM
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        found=$(resolve_python "$PYTHON")
        [ -n "$found" ] || die "PYTHON=$PYTHON is not a CPython $MINIMUM_PYTHON or newer"
    else
        found=
        for candidate in python3 python python3.13 python3.12 python3.11 python3.10; do
            found=$(resolve_python "$candidate")
            [ -z "$found" ] || break
        done
        [ -n "$found" ] || die "no CPython $MINIMUM_PYTHON or newer found. Install one" \
            "(Debian, Ubuntu: apt install python3 python3-venv; anywhere: https://www.python.org/downloads/)," \
            "or set PYTHON to where it is."
    fi
    printf '%s\n' "$found"
}

# Prints each CPython of the version $1 (as 3.12) that can be found: on PATH, or where pyenv, uv and the
# manylinux images keep theirs.
find_python_version() {
    digits=$(printf %s "$1" | tr -d .)
    for candidate in "python$1" \
        "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python \
        "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}/cpython-$1".*/bin/python3 \
        "/opt/python/cp$digits-cp$digits/bin/python"; do
        found=$(resolve_python "$candidate")
        case $("${found:-false}" -V 2>/dev/null) in
            "Python $1".*) printf '%s\n' "$found" && return ;;
        esac
    done
}

# Makes the virtual environment $2 with the interpreter $1. Debian's Python comes without ensurepip: there
# the interpreter's own pip puts one in.
make_venv() {
    if "$1" -c 'import ensurepip' 2>/dev/null; then
        "$1" -m venv --clear "$2"
    else
        "$1" -m venv --clear --without-pip "$2" && "$1" -m pip --python "$2/bin/python" install --quiet pip
    fi >&2 || die "$1 cannot make a virtual environment: install its venv and pip modules" \
        "(Debian, Ubuntu: apt install python3-venv)"
}

# Whether .venv works, was not moved here from elsewhere, and is of the interpreter $1, if any is named.
venv_is_usable() {
    "$VENV_PYTHON" -c 'import pip' 2>/dev/null || return
    [ ! -f "$VENV/headrace-venv" ] || is_stamped venv "$PWD" || return
    own=$(resolve_python "$VENV_PYTHON")
    [ -n "$own" ] && [ "${1:-$own}" = "$own" ]
}

ensure_venv() {
    interpreter=
    [ -z "${PYTHON:-}" ] || interpreter=$(find_python)
    if ! venv_is_usable "$interpreter"; then
        [ -n "$interpreter" ] || interpreter=$(find_python)
        say "making .venv with $interpreter"
        make_venv "$interpreter" "$VENV"
    fi
    stamp venv "$PWD"
    export VIRTUAL_ENV="$VENV" PATH="$VENV/bin:$PATH" PYO3_PYTHON="$VENV_PYTHON"
}

# --- stamps: .venv/headrace-NAME holds what the step NAME was last done for ---------------------------

is_stamped() { [ -f "$VENV/headrace-$1" ] && [ "$(cat "$VENV/headrace-$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$VENV/headrace-$1"; }

# Installs the set $2 of the locked requirements (see scripts/requirements.py) into the environment of the
# interpreter $1.
install_locked() {
    wanted=$(mktemp)
    "$VENV_PYTHON" scripts/requirements.py "$2" >"$wanted"
    # The lock is complete, so pip resolves nothing; a package with another hash is refused.
    "$1" -m pip install --quiet --require-hashes --no-deps --only-binary :all: --requirement "$wanted" >&2
    rm -f "$wanted"
}

# Installs the set $1 into .venv unless it is installed already, by itself or within the set of the checks.
ensure_requirements() {
    wanted=$("$VENV_PYTHON" scripts/requirements.py "$1")
    for installed in "$VENV/headrace-requirements-$1" "$VENV/headrace-requirements-check"; do
        if [ -f "$installed" ] && ! printf '%s\n' "$wanted" | grep -Fqxv -f "$installed"; then
            return
        fi
    done
    say "installing the locked requirements ($1)"
    install_locked "$VENV_PYTHON" "$1"
    stamp "requirements-$1" "$wanted"
}

# --- Rust -------------------------------------------------------------------------------------------

ensure_rust() {
    # rustup adds this folder to PATH in new shells only.
    command -v cargo >/dev/null 2>&1 || PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! command -v cargo >/dev/null 2>&1 || ! command -v rustc >/dev/null 2>&1; then
        die "cargo and rustc, of Rust $minimum or newer, are needed and missing. Install them with rustup:" \
            "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    fi
    version=$(rustc --version | sed 's/^rustc \([0-9.]*\).*/\1/')
    lesser=$(printf '%s\n' "$minimum" "$version" | sort -t . -k 1,1n -k 2,2n | head -n 1)
    [ "$lesser" = "$minimum" ] || [ "${version%.*}" = "$minimum" ] ||
        die "Rust $minimum or newer is needed, and this is $version. Update it (rustup update stable), or" \
            "where it is not from rustup, install that: https://rustup.rs"
    command -v cc >/dev/null 2>&1 || die "a C linker (cc) is needed and missing." \
        "Install one (Debian, Ubuntu: apt install gcc libc6-dev)."
}

# Builds the extension into the sources and installs the package as editable, unless nothing that goes
# into it has changed since the last time.
ensure_extension() {
    sources=$(
        "$VENV_PYTHON" -V
        find Cargo.toml Cargo.lock pyproject.toml rust -type f -exec cksum {} + | sort
    )
    set -- python/headrace/_core.*.so
    if [ $# = 1 ] && [ -f "$1" ] && is_stamped extension "$sources"; then
        return
    fi
    ensure_rust
    say "building the extension"
    # One that was built for another interpreter, or by another tool, would be imported instead.
    rm -f python/headrace/_core.*.so
    PIP_QUIET=1 maturin develop --quiet --release --locked >&2
    stamp extension "$sources"
}

# .venv with the set $1 of requirements, and headrace in it.
ensure_environment() {
    # What is missing is said at once, not after the downloads.
    [ -f "$VENV/headrace-extension" ] || ensure_rust
    ensure_venv
    ensure_requirements "$1"
    ensure_extension
}
