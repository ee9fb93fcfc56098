# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=120
# PVH domUs whose paging pool is larger than they are: the last one that fits
# by our sum does start, and one more does not.

# Nothing is kept free, so that the sum is the only thing that decides.
guard_on enforce 'dom0_floor = "1G"' 'xen_headroom = "1M"'

big()
{
    config "$1" 'type = "pvh"' 'memory = 64' 'maxmem = 65536' \
        "kernel = \"$GUESTS/tiny-pvh\""
}

check()
{
    asked check "$(big "$1")" || true
}

check first
need=$(said need_kb)
result need_kb "$need"
assert_ge "$need" $((4 * 64 << 10)) "what a domU of 64 MiB needs"

free=$(host_free_mib)
assert xl create -q -p "$(big one)"
assert_near $((free - $(host_free_mib))) $((need >> 10)) 2 "MiB that it took"

# Of what is left all but room for one more, to the MiB: a PV domU takes what
# it is given, 1 MiB that it may still take, and at most 128 KiB.
check last
tiny_pv filler $((($(said usable_kb) - need - 128 - 1024) >> 10))
check last
result usable_kb "$(said usable_kb)"
assert_le $(($(said usable_kb) - need)) 2048 "more than one needs, in kB"
assert xl create -q -p "$(big last)" 2>/run/err
refute grep 'libxl: error' /run/err

refute xl create -q -p "$(big more)" 2>/run/err
assert_match 'more is not created: it does not fit' /run/err
refute grep 'libxl: error' /run/err
# Nor without the guard.
free=$(host_free_mib)
MEMGUARD=off refute xl create -q -p "$(big more)" 2>/run/err
assert_match 'libxl: error' /run/err
assert_near "$(host_free_mib)" "$free" 1 "free memory"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off
