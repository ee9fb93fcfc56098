# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# A domU reboots from inside on a full host, while a create that was refused
# waits for memory beside it.  Its monitor was started before anything was
# configured, and obeys what is configured when the domU reboots.

MIB=300
ERR=/run/err

# came_back TIMES: its monitor says so.
came_back()
{
    [ "$(grep -c '^Waiting for domain back' /var/log/xen/xl-back.log)" -gt \
        "$1" ]
}

rm -f "$GUARD_CONF"
/usr/libexec/xlmem/xl-divert add
KERNEL=tiny-reboot assert paused_pv back $MIB 2>$ERR
assert_eq "$(cat $ERR)" "" "what is said without a configuration"
guard_on enforce 'dom0_floor = "1G"' 'reboot_wait = 40'

# Half of it is left beside headroom.
assert paused_pv full $(($(host_free_mib) - 72 - MIB / 2))
refute paused_pv waits $MIB 2>$ERR
assert_match 'waits is not created: it does not fit' $ERR
(
    r=0
    MEMGUARD_WAIT=$((80 * SLOW)) paused_pv waits $MIB 2>/run/waits.err || r=$?
    echo $r >/run/waits.rc
) &
waiter=$!
sleep 1

xl unpause back
wait_for 60 came_back 2
refute test -e /run/waits.rc
assert_ge "$(grep -c 'xlmem-guard.*: admit back (reboot)' "$GUARD_LOG")" 2 \
    "verdicts on the reboots"
assert_eq "$(cat /run/waits.err)" "" "what is said while it waits"

# Gone for good, which takes another try when it was down to reboot just then:
# what it had is the waiting one's.
leave()
{
    xl destroy back
    test -e /run/waits.rc
}
wait_for 80 leave
wait "$waiter"
keep /run/waits.err /var/log/xen/xl-back.log
assert_eq "$(cat /run/waits.rc)" 0 "the waiting create"
assert xl domid waits >/dev/null
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off
