# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=300
# What crashes or powers off and is to be restarted comes back on a full host,
# beside a create that waits for just as much memory.

MIB=300

# came_back NAME TIMES: its monitor says so.
came_back()
{
    [ "$(grep -c "^Waiting for domain $1" "/var/log/xen/xl-$1.log")" -gt "$2" ]
}

guard_on enforce 'dom0_floor = "1G"' 'reboot_wait = 40'

# comes_back KIND LINE
comes_back()
{
    local waiter

    KERNEL=tiny-$1 assert paused_pv "$1" $MIB "$2"
    assert paused_pv full $(($(host_free_mib) - 72 - MIB / 2))
    rm -f /run/waits.rc
    (
        r=0
        MEMGUARD_WAIT=$((80 * SLOW)) paused_pv waits $MIB 2>/run/waits.err ||
            r=$?
        echo $r >/run/waits.rc
    ) &
    waiter=$!
    sleep 1
    xl unpause "$1"
    wait_for 60 came_back "$1" 2
    refute test -e /run/waits.rc
    assert_ge "$(grep -c "xlmem-guard.*: admit $1 (reboot)" "$GUARD_LOG")" 2 \
        "verdicts when it comes back ($1)"
    gone "$1"
    wait "$waiter"
    assert_eq "$(cat /run/waits.rc)" 0 "the waiting create ($1)"
    assert_eq "$(ledger_entries)" 0 "reservations ($1)"
    destroy_all
}

# gone NAME: for good, which takes another try when it was down just then.
gone()
{
    leave()
    {
        xl destroy "$1" 2>/dev/null
        test -e /run/waits.rc
    }
    wait_for 80 leave "$1"
}

comes_back crash 'on_crash = "restart"'
comes_back poweroff 'on_poweroff = "restart"'
guard_off
