# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" hvm linux timeout=1200
# The guard by docs/upstream/ alone: no LD_PRELOAD and no dispatcher, but
# patched xl and libxl (tests/upstream/run puts them in front of this file),
# which ask docs/upstream/create-policy.  What guard-smoke and guard-books
# claim of creates, as far as a program can be asked for it.

ERR=/run/err
patched=/run/patched
asked=/run/asked

mkdir $patched
put_library >$patched/libxenlight.so.4.17
put_xl >$patched/xl
put_policy >$patched/create-policy
# How it was called is noted.
cat >/etc/xen/scripts/create-policy <<END
#!/bin/sh
echo "\$*" >>$asked
exec $patched/create-policy "\$@"
END
chmod +x $patched/xl $patched/create-policy /etc/xen/scripts/create-policy

# For the vocabulary too.
xl()
{
    LD_LIBRARY_PATH=$patched $patched/xl "$@"
}

# mode MODE LINE...: no dispatcher, unlike guard_on.
mode()
{
    printf '%s\n' "mode = \"$1\"" "${@:2}" >"$GUARD_CONF"
}

# of NAME: what status says, without a dispatcher to ask it by.
of()
{
    xl-memguard status -k | sed -n "s/^$1=//p"
}

# create NAME MIB: a paused domU, PVH or what KIND says.
create()
{
    local kind=${KIND:-pvh} boots

    boots="kernel = \"$GUESTS/${KERNEL:-tiny-$kind}\""
    [ "$kind" != hvm ] || boots='vnc = 0'
    xl create -q -p "$(config "$1" "type = \"$kind\"" "memory = $2" \
        'vcpus = 1' "$boots")" 2>$ERR
}

# refused NAME MIB: by the books, before anything of it is there.
refused()
{
    refute create "$@"
    assert_match 'is refused by the policy' $ERR
    refute grep -q 'xc_dom\|populate' $ERR
    refute xl domid "$1" 2>/dev/null
}

back_to()
{
    wait_for 30 eval "[ \$((\$(of largest.1.now_kb) / 1024)) = $1 ]"
}

note "nothing is preloaded, and xl is not diverted"
refute test -e /usr/sbin/xl.distrib
mode enforce 'dom0_floor = "1G"'
assert_eq "$(of guard.xl.0.guarded)" false "xl is guarded by preloading"

note "what fits is created; what does not is refused before it is built"
assert create small 32
assert_eq "$(ledger_entries)" 0 "reservations"
destroy small
refused big 4000
assert_match 'does not fit' $ERR
for nth in 0 1 2; do
    KIND=$(of largest.$nth.type)
    largest=$(($(of largest.$nth.now_kb) / 1024))
    result "largest_${KIND}_mib" "$largest"
    refused most $((largest + 1))
    assert create most "$largest"
    assert_eq "$(ledger_entries)" 0 "reservations"
    refused last 8
    destroy most
    wait_for 30 eval "[ \$((\$(of largest.$nth.now_kb) / 1024)) = $largest ]"
done
KIND=pvh
largest=$(($(of largest.1.now_kb) / 1024))

note "in mode warn it is created"
mode warn 'dom0_floor = "1G"'
assert create most $((largest + 1))
destroy most
mode enforce 'dom0_floor = "1G"'
back_to "$largest"

note "what is reserved is refused to others"
half=$((largest / 2))
id=$(xl-memguard reserve ${half}M --type pvh | head -n 1)
refused late $((half + 8))
assert xl-memguard release "$id"
assert create late $((half + 8))
destroy late
back_to "$largest"

note "creates at once: as many run as fit, and none fails in the builder"
for n in 1 2 3 4; do
    (
        r=0
        xl create -q -p "$(config "many$n" 'type = "pvh"' 'vcpus = 1' \
            "memory = $((largest * 2 / 5))" \
            "kernel = \"$GUESTS/tiny-pvh\"")" 2>"/run/many$n.err" || r=$?
        echo $r >"/run/many$n.rc"
    ) &
done
wait
assert_eq "$(cat /run/many?.rc | grep -cx 0)" 2 "domUs that run"
assert_eq "$(grep -l 'refused by the policy' /run/many?.err | wc -l)" 2 \
    "domUs that are refused"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all
back_to "$largest"

note "its monitor asks again for a domU that reboots"
KIND=pv KERNEL=tiny-reboot assert create back 300
: >$asked
uuid=$(xl list -v back | awk 'NR == 2 { print $7 }')
xl unpause back
asked_twice()
{
    [ "$(grep -c "^created $uuid" $asked)" -ge 2 ]
}
wait_for 60 asked_twice
assert_eq "$(grep -v "$uuid" $asked)" "" "of whom else it was asked"
assert_eq "$(sed -n '1p;2p' $asked | cut -d' ' -f1 | xargs)" "ask created" \
    "how it was called"
gone()
{
    xl destroy back 2>/dev/null
    sleep $((3 * SLOW)) # it may be down, to come back
    ! xl domid back 2>/dev/null
}
wait_for 120 gone
wait_for 30 eval "[ \$(ledger_entries) = 0 ]"
back_to "$largest"

# in_the_way: leaves 64 MiB of what there is.
in_the_way()
{
    room=$(($(of largest.1.now_kb) / 1024))
    assert create full $((room - 64))
}

# What the guest may still take it takes, or not.
out_of_the_way()
{
    destroy full
    wait_for 30 eval "[ \$((\$(of largest.1.now_kb) / 1024)) -ge $((room - 2)) ]"
}

# stays DOMID: it is refused, and goes on.
stays()
{
    assert_match 'is refused by the policy' $ERR
    assert_match 'does not fit' $ERR
    assert_eq "$(domid guest)" "$1" "its domain"
}

note "an image is restored, and a domU migrated in, where there is room"
cat >/run/ssh <<END
#!/bin/sh
shift
PATH=$patched:\$PATH exec "\$@"
END
chmod +x /run/ssh
linux_guest pv guest 128
assert xl save guest /run/guest.save >$ERR 2>&1
in_the_way
: >$asked
refute xl restore /run/guest.save 2>$ERR
stays ''
assert_eq "$(wc -l <$asked)" 1 "calls of the policy for a restore"
out_of_the_way
assert xl restore /run/guest.save >$ERR 2>&1
rm /run/guest.save
agent guest alloc 1024
id=$(domid guest)
in_the_way
refute xl migrate -s /run/ssh guest here 2>$ERR
stays "$id"
agent guest alloc 2048
out_of_the_way
assert xl migrate -s /run/ssh guest here >$ERR 2>&1
refute [ "$(domid guest)" = "$id" ]
agent guest free
assert_eq "$(ledger_entries)" 0 "reservations"
destroy guest
back_to "$largest"

note "dom0 gives for a create, and has it back with the next one"
before=$(balloon_kb target_kb)
mode enforce 'dom0_floor = "700M"' 'wait = 60'
assert create planned $((largest + 64))
assert_le "$(balloon_kb target_kb)" $((before - 60000)) "dom0's target"
destroy planned
assert create small 32
wait_for 60 eval "[ \$(balloon_kb target_kb) = $before ]"
destroy small
assert_eq "$(ledger_entries)" 0 "reservations"
