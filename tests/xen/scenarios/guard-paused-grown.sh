# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=120
# A whole domU that was created paused and then given more is not half-built:
# what it was promised goes to nobody else, and nobody is told to destroy it.
guard_on enforce 'dom0_floor = "1G"'
assert paused_pv p 64 'maxmem = 600'
assert xl mem-set p 400m
xl memguard status >/run/out
refute grep 'that died has left it' /run/out
refute paused_pv b $(($(host_free_mib) - 112)) 2>/run/err
cat /run/err
assert_eq "$(status books.deficit_kb)" 0 "promised too much in kB"
refute grep 'xl destroy' /run/err
destroy_all
guard_off
