# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=long share=guard timeout=240
# A toolstack with few descriptors, or that may write no file: what would start
# without the guard is decided on and starts with it; nothing dies of a signal.

ERR=/run/err
FILE=$(config few 'type = "pvh"' 'memory = 32' "kernel = \"$GUESTS/tiny-pvh\"")

# within LIMIT COMMAND...: what it says is in $ERR, written by another process.
within()
{
    # shellcheck disable=SC2086 # options of ulimit
    (ulimit $1 && exec "${@:2}") 2>&1 | cat >"$ERR"
    return "${PIPESTATUS[0]}"
}

# few LIMIT: a create within it.
few()
{
    within "$1" xl create -q -p "$FILE"
}

# The fewest descriptors with which a create succeeds.
fewest()
{
    local n

    for n in 14 16 18 20 22 24 28 32 40 48; do
        if few "-n $n"; then
            destroy_all
            echo "$n"
            return
        fi
        # What xl could not take away again.
        destroy_all >/dev/null 2>&1
    done
    echo none
}

/usr/libexec/xlmem/xl-divert add
guard_on enforce
n=$(MEMGUARD=off fewest)
result fewest_without "$n"
assert test "$n" != none

# With as many the guard decides, and the domain is there.
: >"$GUARD_LOG"
assert few "-n $n"
refute grep -q unguarded "$ERR"
assert_match 'xlmem-guard.*: admit few' "$GUARD_LOG"
destroy few
result fewest_with "$(fewest)"

# A file that may not grow: libxl itself dies of writing the domain's
# configuration, and leaves a part of the domain.
: >"$GUARD_LOG"
assert within "-f 0" xl list
few "-f 0" && r=0 || r=$?
destroy_all >/dev/null 2>&1
MEMGUARD=off few "-f 0" && without=0 || without=$?
result status_f0_with "$r"
result status_f0_without "$without"
assert_eq "$r" "$without" "a create without a file size"
refute grep -q unguarded "$ERR"
destroy_all
guard_off
/usr/libexec/xlmem/xl-divert remove
