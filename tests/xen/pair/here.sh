# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux timeout=600
# The host that will be lost.  A guest leaves it alive, for a host whose guard
# has a say; two stay, are recorded, and go with it (there.sh).

ERR=/run/err
MIB=128

guard_on enforce 'dom0_floor = "1G"'
bed-link beat &

# there WORDS...: run in the other's dom0.  Scenarios' words, in a shell of
# theirs: there words WORDS...
there()
{
    bed-link call "$@"
}

words()
{
    there bash /bed/scenario.sh /run/words.sh "$@" </dev/null
}

# For `xl migrate -s`, which names the host first.
cat >/run/ssh <<'END'
#!/bin/sh
shift
exec bed-link call "$@"
END
chmod +x /run/ssh

migrate()
{
    xl migrate -s /run/ssh "$1" there >/dev/null 2>"$ERR"
}

# Both hosts' books are without a reservation.
reserves_nothing()
{
    assert_eq "$(status reservations.0.uuid)" "" "who reserves here"
    assert_eq "$(words status reservations.0.uuid)" "" "who reserves there"
}

# --- alive from host to host --------------------------------------------------
linux_guest pv guest $MIB
id=$(domid guest)
free=$(host_free_mib)

# Refused over there before its memory is, and unharmed here.
words fill 64
refute migrate guest
assert_match 'guest--incoming is not created: it does not fit' \
    <(there cat /run/served.err </dev/null)
assert_eq "$(domid guest)" "$id" "its domain"
agent guest alloc 1024
agent guest free
reserves_nothing
words destroy full

assert migrate guest
refute xl domid guest 2>/dev/null
wait_for 30 eval "[ \$(host_free_mib) -ge $((free + MIB)) ]"
words lives guest $MIB
reserves_nothing
result migrated_to "$(words domid guest)"

# --- what is known of this host when it is lost ---------------------------------
paused_pv web 300
paused_pv mail 200
for name in web mail; do
    there "cat >/run/bed-$name.cfg" <"/run/bed-$name.cfg"
done
xl-memguard capture /run/here.tar.gz >/dev/null
there "cat >/run/here.tar.gz" </run/here.tar.gz
there touch /run/recorded </dev/null
echo "bed: this host may be lost" >/dev/console
sleep infinity
