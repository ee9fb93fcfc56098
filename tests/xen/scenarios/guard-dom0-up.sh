# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=120
# `xl mem-set 0` upward takes no headroom, and nothing that was promised.

dom0_at_most()
{
    [ "$(balloon_kb info/current_kb)" -le "$1" ]
}

guard_on enforce 'dom0_floor = "600M"'
assert xl mem-set 0 700m
wait_for 30 dom0_at_most 716800
kb=$(status books.usable_kb)
reservation=$(xl memguard reserve --type pv $((kb / 1024 - 20))M |
    head -n 1)
refute xl mem-set 0 1024m 2>/run/err
cat /run/err
sleep 3
assert_eq "$(status books.deficit_kb)" 0 "promised too much in kB"
assert xl memguard release "$reservation"
assert paused_pv a $((kb / 1024 - 20))
refute xl mem-set 0 1024m 2>/run/err
sleep 3
assert_ge "$(host_free_mib)" 72 "Xen's free memory in MiB"
destroy_all
xl mem-set 0 1024m
guard_off
