# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full share=linux timeout=240
# The list `memguard` of a domain's file: it is in xenstore before the domain
# runs, after a reboot, a restore and a migration, and a plan takes what it
# allows and gives it back.

ERR=/run/err

guard_on enforce 'dom0_floor = "1G"'

# range NAME: what plans may take it down to, in kB.
range()
{
    xs_dom "$1" memory/dynamic-min
}

# usable_mib: beside headroom and growth.
usable_mib()
{
    echo $(($(xl memguard status -k | sed -n 's/^books.usable_kb=//p') / 1024))
}

# A create: nobody but dom0 writes there.
assert tiny_pvh one 96 'memguard = [ "dynamic_min=64M", "weight=2" ]' 2>"$ERR"
assert_eq "$(range one)" 65536 "dynamic-min"
node=/local/domain/$(domid one)/memory
assert_eq "$(xenstore-ls -fp "$node" | sed -n 's/^.*dynamic-min = .*(//p')" \
    "n0,r$(domid one))" "its permissions"
assert_eq "$(xs_dom one memory/weight)" 2 "weight"
assert_eq "$(xl memguard status -k | grep -c 'dynamic_min_kb=65536')" 1 status

# libxl keeps it, without the guard or the file.
save_tiny one /run/one
MEMGUARD=off assert xl restore -p /run/one >/dev/null
assert_eq "$(range one)" 65536 "dynamic-min after a restore"
assert_eq "$(xs_dom one memory/weight)" 2 "weight after a restore"
xl unpause one
migrate()
{
    xl migrate -s '' one 'xl migrate-receive' >/run/migrate 2>&1
}
id=$(domid one)
migrate &
sender=$!
suspend_tiny one
wait "$sender" || { cat /run/migrate && fail "one does not migrate"; }
refute [ "$(domid one)" = "$id" ]
assert_eq "$(range one)" 65536 "dynamic-min after a migration"
# A file beside the image wins.
save_tiny one /run/one
assert xl restore -p "$(config one 'type = "pvh"' 'memory = 96' \
    "kernel = \"$GUESTS/tiny-pvh\"" 'memguard = [ "dynamic_min=80M" ]')" \
    /run/one >/dev/null
assert_eq "$(range one)" 81920 "dynamic-min of the file"
destroy one

# A reboot, by a monitor that has forgotten the file.
KERNEL=tiny-reboot assert paused_pv back 32 'memguard = [ "dynamic_min=16M" ]'
id=$(domid back)
rm /run/bed-back.cfg
xl unpause back
came_back()
{
    [ "$(domid back)" != "$id" ] && [ "$(range back)" = 16384 ]
}
wait_for 60 came_back
# Another text for the next one: its monitor reads that.  Between two of them
# there is no domain to be updated.
file=$(config back 'type = "pv"' 'memory = 32' \
    "kernel = \"$GUESTS/tiny-reboot\"" 'memguard = [ "dynamic_min=24M" ]')
updated()
{
    [ "$(range back)" = 24576 ] && return
    xl config-update back "$file" 2>/dev/null
    return 1
}
wait_for 60 updated
# One that is down to reboot when it is destroyed comes back.
gone()
{
    xl destroy back 2>/dev/null || true
    ! running 'xl create .*bed-back.cfg'
}
wait_for 60 gone

# A wrong one does not count, and is an error to who asks.
assert tiny_pvh wrong 32 'memguard = [ "dynamic_min=16M", "dynmax=32M" ]' \
    2>"$ERR"
assert_match "bed-wrong.cfg: memguard: no such key: 'dynmax'; wrong is" \
    "$ERR"
refute range wrong
assert_status 1 xl-memguard check /run/bed-wrong.cfg 2>"$ERR"
assert_match "bed-wrong.cfg: line 6: memguard: no such key" "$ERR"
destroy wrong

# A plan takes from who allows it, and not more.
linux_guest pv gives 256 'maxmem = 256' 'memguard = [ "dynamic_min=160M" ]'
assert paused_pv full $(($(usable_mib) - 60))
refute paused_pv more $(($(usable_mib) + 120)) 2>"$ERR"
assert_match 'guests can give 96.0 MiB' "$ERR"
assert_eq "$(xs_dom gives memory/target)" 262144 "its target"
assert paused_pv wants $(($(usable_mib) + 40))
result gives_mib "$(dom_mib gives)"
assert_le "$(dom_mib gives)" 217 "what gives has left"
assert_ge "$(xs_dom gives memory/target)" 163840 "its target"
destroy wants
wait_for 30 mib_at_least gives 255
assert_eq "$(xs_dom gives memory/target)" 262144 "its target"
destroy_all
assert_eq "$(ledger_entries)" 0 "reservations and debts"
guard_off
