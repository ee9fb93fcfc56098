#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# The fixture itself: a real server answers, and is gone afterwards.
set -eu

# The server cannot be given a library that was built with sanitizers.
grep -q __asan_init "${XLMEM_BUILDDIR:?}/xl-plugin/xl-memguard" && exit 77

here=$(cd "$(dirname "$0")" && pwd)

fail()
{
    echo "FAIL: $*"
    exit 1
}

inside()
{
    local seen

    # As dom0 finds it, without its memory nodes.
    xenstore-exists /local || xenstore-write /local/domain/0/name Domain-0
    xenstore-write /local/domain/0/memory/target 1048576
    [ "$(xenstore-read /local/domain/0/memory/target)" = 1048576 ] ||
        fail "what was written is not read"
    xenstore-chmod /local/domain/0/memory/target n0 r5
    xenstore-ls -fp /local/domain/0 | grep -q 'target = "1048576".*(n0,r5)' ||
        fail "permissions"
    xenstore-exists /nowhere 2>/dev/null && fail "a node from nowhere"
    seen=$XENSTORED_RUNDIR/seen
    xenstore-watch -n 2 /local/domain/0/memory >"$seen" &
    until [ -s "$seen" ]; do sleep 0.05; done # a watch fires when it is set
    xenstore-write /local/domain/0/memory/target 524288
    wait $!
    grep -q memory/target "$seen" || fail "the watch did not see the write"
    xenstore-rm /local/domain/0/memory
    xenstore-exists /local/domain/0/memory 2>/dev/null && fail "still there"
    echo "$XENSTORED_RUNDIR" >"$1"
    return "$2"
}

if [ "${1-}" = inside ]; then
    inside "$2" "$3"
    exit
fi

where=$(mktemp)
trap 'rm -f "$where"' EXIT
for status in 0 3; do
    r=0
    "$here/with-xenstored" "$0" inside "$where" "$status" || r=$?
    [ "$r" != 77 ] || exit 77
    [ "$r" = "$status" ] || fail "status $r, not $status"
    [ ! -e "$(cat "$where")" ] || fail "the scratch folder is left"
    ! pgrep -f "xenstored -N --pid-file $(cat "$where")/" ||
        fail "the server is left"
done
