# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=120
# The guard is switched off while a domU reboots, and on again: what its
# monitor held for it until then is not held any more.

is_new()
{
    local id

    id=$(domid r 2>/dev/null) && [ "$id" != "$first" ]
}

held()
{
    [ "$(ledger_entries)" -gt 0 ]
}

guard_on enforce 'dom0_floor = "1G"'
KERNEL=tiny-reboot assert paused_pv r 200 'on_reboot = "restart"'
for n in 1 2; do
    first=$(domid r)
    assert xl unpause r
    wait_for 20 held
    touch /run/xlmem/off
    wait_for 20 is_new
    xl pause r
    rm /run/xlmem/off
    result "entries_$n" "$(ledger_entries)"
    result "reserved_${n}_kb" "$(status books.ledger_kb)"
    assert_eq "$(ledger_entries)" 0 "reservations after reboot $n"
done
assert paused_pv b $(($(host_free_mib) - 80))
destroy_all
guard_off
