# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full share=linux timeout=240
# Migration to the same host: for a while two domains have one uuid.  What
# comes in is charged, and without room for it the source lives on.  Images of
# a PV guest are restored as far as there is room.

MIB=256
ERR=/run/err
UUID=6f2c9d1e-0c55-4b43-a0a1-0d6f1f6f0a12

guard_on enforce 'dom0_floor = "1G"'

# For `xl migrate -s`: the other host is this one, and when /run/hold is there
# the stream waits after some records of 1024 pages until it goes.
cat >/run/ssh <<'END'
#!/bin/sh
shift
{
    [ ! -e /run/hold ] || dd bs=4096 count=4000
    while [ -e /run/hold ]; do sleep 0.1; done
    cat
} 2>/dev/null | exec "$@"
END
chmod +x /run/ssh

# migrate NAME: what it says is in $ERR.
migrate()
{
    xl migrate -s /run/ssh "$1" here >/dev/null 2>"$ERR"
}

# fill MIB: what is left beside headroom.
fill()
{
    paused_pv full $(($(host_free_mib) - 72 - $1))
}

# empty: nobody is dying any more.
empty()
{
    destroy full
    wait_for 30 eval "[ \$(host_free_mib) -ge $1 ]"
}

# What the process that migrated had noted lies there until the next create.
reserves_nothing()
{
    assert_eq "$(status reservations.0.uuid)" "" "who reserves"
}

# refused NAME DOMID: it was not migrated, and is what it was.
refused()
{
    assert_match "$1--incoming is not created: it does not fit" $ERR
    refute grep -q 'memory.*allocat' $ERR
    refute xl domid "$1--incoming" 2>/dev/null
    assert_eq "$(domid "$1")" "$2" "its domain"
    reserves_nothing
}

# Room for one more, and not for two.
tiny_pvh tiny $MIB "uuid = \"$UUID\""
id=$(domid tiny)
free=$(host_free_mib)
fill $((MIB * 3 / 2))
touch /run/hold
migrate tiny &
mover=$!
wait_for 20 xl domid tiny--incoming
new=$(domid tiny--incoming)
wait_for 20 mib_at_least tiny--incoming 1
# What is reserved for it, and that the source leaves.
assert_eq "$(ledger_entries)" 2 "entries while it comes in"
assert_eq "$(status reservations.0.uuid)" $UUID "whose it is"
assert_eq "$(status reservations.0.domid)" "$new" "what it became"
assert_eq "$(status reservations.1.uuid)" "" "who else reserves"
# The source's memory is not taken for it.
reserved=$(status books.ledger_kb)
result reserved_kb "$reserved"
assert_ge "$reserved" $(((MIB - 32) << 10)) "what is reserved still"
refute tiny_pvh late $MIB 2>/run/late
assert_match 'late is not created: it does not fit' /run/late
assert_match 'less [1-9][0-9.]* MiB reserved' /run/late
rm /run/hold
suspend_tiny tiny
wait "$mover" || { cat $ERR && fail "not migrated"; }
assert_eq "$(domid tiny)" "$new" "where it runs"
assert_eq "$(dom_count)" 2 "domUs"
assert_eq "$(dom_mib tiny)" $MIB "its memory"
reserves_nothing
empty "$free"
assert_near "$(host_free_mib)" "$free" 1 "free memory"

# Without room it stays where it is.
fill $((MIB / 2))
refute migrate tiny
refused tiny "$new"
empty "$free"
destroy tiny

# A PV guest that can tell how it is.
linux_guest pv guest 128
# It may still take 1 MiB, and Xen some to note what it writes.
free=$(($(host_free_mib) - 8))
id=$(domid guest)
fill 64
refute migrate guest
refused guest "$id"
agent guest alloc 1024
empty "$free"
assert migrate guest
refute eval "[ $(domid guest) = $id ]"
agent guest free
reserves_nothing

# Its image.
assert xl save guest /run/guest.save >/dev/null 2>&1
fill 64
refute xl restore /run/guest.save >/dev/null 2>$ERR
assert_match 'guest is not created: it does not fit' $ERR
refute xl domid guest 2>/dev/null
empty "$free"
assert xl restore /run/guest.save >/dev/null 2>$ERR
agent guest alloc 1024
assert_eq "$(ledger_entries)" 0 "reservations"
keep $ERR
rm /run/guest.save
destroy_all
guard_off
