# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What every part of the bed needs: messages, the cache, stamps, locks.

BED_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOP_DIR=$(cd "$BED_DIR/../.." && pwd)
BED_CACHE=${XLMEM_BED_CACHE:-$TOP_DIR/build/xen-bed}

# How much slower than an idle machine this one is now: the load for each CPU.
# shellcheck disable=SC2034  # bed reads it
BED_SLOW=${XLMEM_BED_SLOW:-$(awk -v n="$(nproc)" \
    '{ print 1 + int($1 / n) }' /proc/loadavg)}

say()
{
    [ -n "${BED_QUIET:-}" ] || echo "bed: $*" >&2
}

die()
{
    echo "bed: error: $*" >&2
    exit 1
}

need_tools()
{
    local tool

    for tool; do
        command -v "$tool" >/dev/null || die "$tool is not installed"
    done
}

suite_dir()
{
    echo "$BED_CACHE/$1"
}

# hash_of FILE...: one hash over contents, whatever the files are called.
hash_of()
{
    cat "$@" | sha256sum | cut -c1-16
}

# once STAMP VALUE FUNCTION ARGS...: runs FUNCTION unless STAMP says that it
# ran to its end for this VALUE already.
once()
{
    local stamp=$1 value=$2

    shift 2
    if [ "$(cat "$stamp" 2>/dev/null)" = "$value" ]; then
        return 0
    fi
    rm -f "$stamp"
    "$@" || return 1
    echo "$value" >"$stamp"
}

# locked NAME FUNCTION ARGS...: two beds side by side never build the same
# thing twice at once.  The lock is gone with the process that held it.
locked()
{
    local name=$1 fd r

    shift
    mkdir -p "$BED_CACHE"
    exec {fd}>"$BED_CACHE/.$name.lock"
    flock "$fd"
    "$@"
    r=$?
    exec {fd}>&-
    return "$r"
}

# as_root COMMAND...: root as far as files go, in a user namespace when the
# caller is nobody special.
as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        unshare --user --map-root-user --map-auto "$@"
    fi
}

# pack_tree DIR FILE: an uncompressed cpio archive.  Archives made so can be
# put one after another, which is how overlays work.
pack_tree()
{
    (cd "$1" && find . -mindepth 1 | LC_ALL=C sort |
        cpio --quiet -o -H newc -R 0:0) >"$2.new" || return 1
    mv "$2.new" "$2"
}
