# shellcheck shell=bash disable=SC2034 # used by those who include it
# What every static check starts with.
set -eu
srcdir=${XLMEM_SRCDIR:?}
builddir=${XLMEM_BUILDDIR:?}
cd "$srcdir"
bad=0

# complain TEXT: one finding.
complain()
{
    echo "$*"
    bad=1
}

# requires TOOL: skip where it is not there; on CI it has to be.
requires()
{
    command -v "$1" >/dev/null && return
    [ "${CI-}" = true ] && { echo "$1 is not installed"; exit 1; }
    echo "skipped: $1 is not installed"
    exit 77
}

# sources PATTERN...: the project's own files, from git or from a tarball.
sources()
{
    if [ -e .git ]; then
        git ls-files -- "$@"
    else
        local p
        for p in "$@"; do
            # Beside them stands what autotools and builds have made.
            find docs hotplug libxlmem quickstart tests xl-plugin \
                -path "$p" -type f
        done
    fi
}
