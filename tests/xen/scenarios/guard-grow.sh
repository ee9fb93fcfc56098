# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# What raises a domU is admitted like a create, from xl and from another
# toolstack; downward everything goes.

CLIENT=/usr/libexec/xlmem/xlmem-guard-client
GUARD=/usr/lib/x86_64-linux-gnu/xlmem/libxlmem-guard.so
ERR=/run/err

# client WHAT DOMID KIB: what libxl answered.
client()
{
    LD_PRELOAD=$GUARD "$CLIENT" "$@" 2>"$ERR" | cut -d' ' -f2
}

guard_on enforce 'dom0_floor = "1G"'
assert paused_pv g 128 'maxmem = 512'
id=$(domid g)
# 60 MiB can be used.
assert paused_pv full $(($(host_free_mib) - 72 - 60))
target=$(xs_dom g memory/target)
refute xl mem-set g 330m 2>"$ERR"
assert_match '^memguard.*g is not raised by .*: it does not fit' $ERR
refute xl mem-max g 330 2>"$ERR"
assert_match 'g is not raised by' $ERR
assert_eq "$(client target "$id" $((330 * 1024)))" -5 "libxl's answer"
assert_match 'g is not raised by' $ERR
assert_eq "$(client relative "$id" $((200 * 1024)))" -5 "libxl's answer"
assert_eq "$(client maximum "$id" $((330 * 1024)))" -5 "libxl's answer"
assert_eq "$(xs_dom g memory/target)" "$target" "its target"
assert_eq "$(ledger_entries)" 0 "reservations"

# As far as there is room, and back.
assert xl mem-set g 170m 2>"$ERR"
assert_eq "$(cat $ERR)" "" "what is said"
refute xl mem-set g 200m 2>"$ERR"
assert xl mem-set g 128m
assert_eq "$(client relative "$id" $((40 * 1024)))" 0 "libxl's answer"
assert_eq "$(client relative "$id" $((-40 * 1024)))" 0 "libxl's answer"

# In mode warn it is said; switched off nothing is.
assert env MEMGUARD=warn xl mem-set g 330m 2>"$ERR"
assert_match 'would refuse|refuse' $ERR
assert xl mem-set g 128m
assert env MEMGUARD=off xl mem-set g 330m 2>"$ERR"
assert_eq "$(cat $ERR)" "" "what is said"
assert xl mem-set g 128m

# With room it is raised, and nobody is promised that afterwards.
destroy full
wait_for 20 eval "[ \$(host_free_mib) -ge 500 ]"
assert xl mem-set g 330m
assert_eq "$(xs_dom g memory/target)" $((330 * 1024)) "its target"
refute paused_pv late $(($(host_free_mib) - 72 - 100)) 2>"$ERR"
assert_match 'late is not created' $ERR
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
guard_off
