# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# A domU whose text, given by `xl config-update`, has no uuid comes back on a
# full host: xl gives it a new one, and what was held for it is still its own.

came_back()
{
    [ "$(grep -c '^Waiting for domain updated' /var/log/xen/xl-updated.log)" \
        -gt 1 ]
}

guard_on enforce 'dom0_floor = "1G"' 'reboot_wait = 20'
KERNEL=tiny-reboot assert paused_pv updated 400
uuid=$(xl vm-list | awk '$3 == "updated" { print $1 }')
assert xl config-update updated /run/bed-updated.cfg
assert paused_pv full $(($(host_free_mib) - 72 - 60))
assert xl unpause updated
wait_for 60 came_back
refute test "$uuid" = "$(xl vm-list | awk '$3 == "updated" { print $1 }')"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off
