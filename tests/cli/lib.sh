# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What the command's tests share.  Sourced with the working directory anywhere;
# leaves it at the top of the source tree, so that messages name files alike.
set -u
LC_ALL=C
export LC_ALL
unset COLUMNS
: "${XLMEM_SRCDIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${XLMEM_BUILDDIR:=$XLMEM_SRCDIR/build}"
memguard=$XLMEM_BUILDDIR/xl-plugin/xl-memguard
# "make check-valgrind" puts valgrind in front of the command.
read -ra wrapper <<<"${XLMEM_WRAPPER:-}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$XLMEM_SRCDIR" || exit 99
failed=0 # for those that source this
: "$failed"

fail()
{
    printf 'FAIL: %s\n' "$*" >&2
    failed=1
}

# same WHAT EXPECTED-FILE ACTUAL-FILE
same()
{
    diff -u "$2" "$3" >&2 || fail "$1"
}

# run ARG...: the command; its output in $scratch/out and err, its $status.
run()
{
    status=0
    "${wrapper[@]}" "$memguard" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
}

# with_data KB ARG...: the command with so much memory of its own to write on.
# By prlimit, so that no shell is bound before it.
with_data()
{
    prlimit --data=$(($1 * 1024)) "$memguard" "${@:2}"
}

# needs_data_limit: skips the test where RLIMIT_DATA does not bound what is
# mapped (Linux before 4.7, ignore_rlimit_data, gVisor).
needs_data_limit()
{
    command -v prlimit >/dev/null || { echo "skipped: no prlimit"; exit 77; }
    prlimit --data=8388608 dd if=/dev/zero of=/dev/null bs=64M count=1 \
        2>/dev/null || return 0
    echo "skipped: RLIMIT_DATA does not bound mmap here"
    exit 77
}

# exits STATUS ARG...: what the command's exit status must be.
exits()
{
    local want=$1
    shift
    run "$@"
    [ "$status" = "$want" ] && return
    cat "$scratch/err" >&2
    fail "xl-memguard $*: exit status $status, expected $want"
}

# says TEXT: a message of the last run must hold it.
says()
{
    grep -qF -- "$1" "$scratch/err" && return
    cat "$scratch/err" >&2
    fail "no message says: $1"
}

# silent: the last run must not have printed a report.
silent()
{
    [ ! -s "$scratch/out" ] || fail "a report was printed all the same"
}
