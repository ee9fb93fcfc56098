# bed: mem=4G xen="dom0_mem=1G,max:1G" linux timeout=900
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A trace for the contest (tests/contest/trace.h) from Linux guests that have
# memory enough, each with memguard-guest: what dom0 and they use from second
# to second.  Argument: how many seconds (480).
#   used  MemTotal - MemAvailable, as each kernel counts it
#   hot   0: a kernel that has memory enough does not know which of its page
#         cache it needs

SECONDS_WANTED=${1:-480}
GUEST_MIB=512
NAMES="heap batch service late"

# The loads draw sizes and seconds from RANDOM, in their own shell: a subshell
# would draw others each time.

# A heap that grows by itself to a limit, and is collected.
load_heap()
{
    agent heap want $((120 + RANDOM % 211))000
    sleep $((8 + RANDOM % 13))
    agent heap free
    sleep $((1 + RANDOM % 3))
}

# Idle, then a burst.
load_batch()
{
    sleep $((20 + RANDOM % 41))
    agent batch want $((200 + RANDOM % 181))000
    sleep $((15 + RANDOM % 26))
    agent batch free
}

# Busy or not.
load_service()
{
    agent service want $((20 + RANDOM % 261))000
    sleep $((30 + RANDOM % 61))
}

# At once what it needs for its start, then a fifth of it.
load_late()
{
    sleep $((30 + RANDOM % 21))
    agent late alloc 300000
    sleep $((20 + RANDOM % 21))
    agent late alloc 60000
    sleep $((60 + RANDOM % 31))
    agent late free
}

# works NAME SEED: for ever, and the same each time.
works()
{
    RANDOM=$2
    while :; do
        "load_$1"
    done
}

# used TOTAL AVAILABLE ...: the pairs of a line.
used()
{
    while [ $# -gt 1 ]; do
        printf ' %d,0' $(($1 - $2))
        shift 2
    done
}

# dom_line NAME HAS TOTAL FLOOR [first]: own is what it has and its kernel does
# not show.  The floor is what its kernel and the agent need, the ceiling what it
# has here; a balloon is as fast as in the traces that are made.
dom_line()
{
    echo "dom $1 $4 $2 $4 $(($2 - $3)) 1 524288${5:+ $5}"
}

destroy_all
nodes=()
for name in $NAMES; do
    linux_boots pv "$name" $GUEST_MIB 'vcpus = 1'
done
for name in $NAMES; do
    is_up "$name"
    agent "$name" report
    agent "$name" publish
    memory=/local/domain/$(domid "$name")/data/meminfo
    nodes+=("${memory}_total" "${memory}_free")
done

trace=/run/guests.trace
{
    echo 'xlmem-trace 1 guests'
    echo 'step_ms 1000'
    dom_line dom0 $(($(dom_mib Domain-0) * 1024)) "$(meminfo_kb MemTotal)" \
        409600 first
    for name in $NAMES; do
        dom_line "$name" $((GUEST_MIB * 1024)) \
            "$(xs_dom "$name" data/meminfo_total)" 131072
    done
} >"$trace"

workers=()
for name in $NAMES; do
    works "$name" $((${#workers[@]} + 1)) &
    workers+=($!)
done
next=$(seconds)
for ((step = 0; step < SECONDS_WANTED; step++)); do
    while [ "$(seconds)" -lt "$next" ]; do
        sleep 0.1
    done
    next=$((next + 1))
    # shellcheck disable=SC2046 # numbers
    echo "at$(used "$(meminfo_kb MemTotal)" "$(meminfo_kb MemAvailable)" \
        $(xenstore-read "${nodes[@]}"))" >>"$trace"
done
result late_s $(($(seconds) - next + 1))
kill "${workers[@]}"
wait "${workers[@]}" || :
keep "$trace"
destroy_all
