# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# A toolstack that is not xl (tests/live/client.c) under the guard: threads,
# both forms of ao_how, and a create that goes on after its call.

CLIENT=/usr/libexec/xlmem/xlmem-guard-client
GUARD=/usr/lib/x86_64-linux-gnu/xlmem/libxlmem-guard.so

# In the background only: it is the process that a signal ends.
client()
{
    LD_PRELOAD=$GUARD exec "$CLIENT" "$@"
}

# count_said PATTERN: lines of what the client says.
count_said()
{
    grep -cE "$1" /run/said || true
}

guard_on enforce 'dom0_floor = "1G"'
free=$(host_free_mib)
# Room for two.
mib=$((free * 2 / 5))

# Each form: of four at once two run, and two are told ERROR_NOMEM by the call
# itself.  Then nothing is reserved any more, though the client still lives.
mkfifo /run/stay
exec 9<>/run/stay
for form in sync callback event; do
    client $form pvh "$GUESTS/tiny-pvh" "$mib" a b c d \
        <&9 >/run/said 2>/run/err &
    pid=$!
    wait_for 30 eval "[ \$(count_said 'done 0|-5') -ge 4 ]"
    assert_eq "$(count_said 'done 0$')" 2 "domUs that run ($form)"
    assert_eq "$(count_said ' -5$')" 2 "ERROR_NOMEM ($form)"
    assert_eq "$(dom_count)" 2 "domUs that xl lists ($form)"
    assert_eq "$(grep -c 'is not created: it does not fit' /run/err)" 2 \
        "refusals that are said ($form)"
    refute grep 'libxl: error' /run/err
    assert_eq "$(ledger_entries)" 0 "reservations ($form)"
    kill "$pid"
    wait "$pid" || true
    destroy_all
done
result free_after_mib "$(host_free_mib)"
assert_near "$(host_free_mib)" "$free" 1 "free memory"

# stack_of NAME PRELOAD: bytes that a create of libxl's takes of a thread.
stack_of()
{
    local pid

    LD_PRELOAD=$2 "$CLIENT" sync pvh "$GUESTS/tiny-pvh" 64 "$1" \
        <&9 >/run/said 2>/run/err &
    pid=$!
    wait_for 30 grep -q "$1 stack" /run/said
    assert_match "$1 done 0" /run/said
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    destroy_all
    stack=$(awk '$2 == "stack" { print $3 }' /run/said)
}

# The guard and all it calls, libxl's own functions among it, take no more of
# a thread than the library alone may (tests/sim/test_stack.c).
stack_of bare ""
bare=$stack
stack_of guarded "$GUARD"
result stack_bytes "$bare"
result stack_bytes_guarded "$stack"
assert_le $((stack - bare)) $((32 << 10)) "bytes of stack for the guard"

# A create that goes on after its call: a restore whose stream stalls.
small=64
tiny_pvh saved $small
save_tiny saved /run/saved
# xl's header: 48 bytes, of which the last four say how much follows
# (tools/xl/xl.h, struct save_file_header).
head=$((48 + $(od -An -t u4 -j 44 -N 4 /run/saved)))

# Room for it, and not for two.
tiny_pv filler $(($(host_free_mib) - 72 - small * 3 / 2))
mkfifo /run/fifo
{
    dd bs="$head" count=1 of=/dev/null
    dd bs=4096 count=100
    until [ -e /run/go ]; do sleep 0.1; done
    cat
} </run/saved >/run/fifo 2>/dev/null &
client restore pvh "$GUESTS/tiny-pvh" $small back \
    <&9 3</run/fifo >/run/said 2>/run/err &
pid=$!
wait_for 20 grep -q 'back returned 0' /run/said
assert_eq "$(ledger_entries)" 1 "reservations while it goes on"
refute tiny_pvh late $small 2>/run/late
assert_match 'late is not created: it does not fit' /run/late
refute grep 'libxl: error' /run/late
touch /run/go
wait_for 60 grep -q 'back done 0' /run/said
assert_ge "$(dom_mib back)" $small "what has been restored"
# Bound to its domain, the reservation ends with it, whoever destroys it and
# though its owner has not looked since.
refute tiny_pvh late $small 2>/run/late
destroy back
assert tiny_pvh late $small
result entries_of_who_never_looks "$(ledger_entries)"
kill "$pid"
wait "$pid" || true
destroy late
tiny_pvh late $small
assert_eq "$(ledger_entries)" 0 "reservations"
keep /run/err
destroy_all
rm /run/saved
guard_off
