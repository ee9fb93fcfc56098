# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# A domU that was grown by mem-set reboots on a full host beside a create that
# waits: it is built with its new size.

came_back()
{
    [ "$(grep -c '^Waiting for domain grown' /var/log/xen/xl-grown.log)" -gt \
        "$1" ]
}

guard_on enforce 'dom0_floor = "1G"' 'reboot_wait = 40'
KERNEL=tiny-reboot assert paused_pv grown 128 'maxmem = 400'
assert xl mem-set grown 400
# It may take 272 MiB at any time; half of the waiting one's is left besides.
assert paused_pv full $(($(host_free_mib) - 72 - 272 - 150))
(
    r=0
    MEMGUARD_WAIT=$((60 * SLOW)) paused_pv waits 300 2>/run/waits.err || r=$?
    echo $r >/run/waits.rc
) &
waiter=$!
sleep 1
xl unpause grown
wait_for 40 came_back 1
# It may be down again at any time.
wait_for 40 mib_at_least grown 399
wait_for 40 came_back 3
refute test -e /run/waits.rc
assert_eq "$(cat /run/waits.err)" "" "what is said while it waits"
leave()
{
    xl destroy grown 2>/dev/null
    test -e /run/waits.rc
}
wait_for 60 leave
wait "$waiter"
assert_eq "$(cat /run/waits.rc)" 0 "the waiting create"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off
