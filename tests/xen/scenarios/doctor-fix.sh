# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=300
# A host is made sick, and the doctor cures it: each remedy is measured before
# and after, in what the finding is judged by.

MIB=1024

doctor()
{
    asked doctor "$@"
}

# treated KEY: of the first treatment.
treated()
{
    said "fixes.0.$1"
}

# cured ID: by the one remedy there was.
cured()
{
    assert_eq "$(treated id)" "$1" "what was treated"
    assert_eq "$(treated result)" cured "$1 ($(treated why))"
    result "${1//-/_}_before" "$(treated before)"
    result "${1//-/_}_after" "$(treated after)"
}

rm -f "$GUARD_CONF"
boot=$(balloon_kb info/current_kb)

# What a kernel gave away behind everybody's back is taken back.
echo $((900 * MIB)) >"$BALLOON/target_kb"
wait_for 60 balloon_is $((900 * MIB))
assert_status 3 doctor --fix -N released-not-taken
assert_eq "$(treated result)" would "a dry run"
assert_eq "$(balloon_kb info/current_kb)" $((900 * MIB)) "dom0's size"
doctor --fix released-not-taken || true
cured released-not-taken
assert balloon_is "$boot"

# A guest's sizes are mended where it is named.
paused_pv one 256
id=$(xl domid one)
target=$(xs "/local/domain/$id/memory/target")
xenstore-write "/local/domain/$id/memory/static-max" $((target - 1024))
assert_status 3 doctor --fix targets-contradict
assert_eq "$(treated result)" refused "a guest that is not named"
assert_eq "$(xs "/local/domain/$id/memory/static-max")" $((target - 1024)) \
    static-max
doctor --fix "targets-contradict:$id" || true
cured targets-contradict
assert_eq "$(xs "/local/domain/$id/memory/static-max")" "$target" static-max
assert_eq "$(xs "/local/domain/$id/memory/target")" "$target" target
destroy one

# dom0 runs short, and grows beyond its maximum at boot.
mkdir -p /run/full
mount -t tmpfs -o size=2G none /run/full
fill=$(($(meminfo_kb MemAvailable) - 86 * MIB))
dd if=/dev/zero of=/run/full/it bs=1024 count="$fill" 2>/dev/null
available=$(meminfo_kb MemAvailable)
result squeezed_kb "$available"
assert_status 3 doctor
assert_status 3 doctor --fix -N low-memory
assert_eq "$(treated result)" would "growing dom0 ($(treated why), $available kB)"
doctor --fix low-memory || true
cured low-memory
assert test "$(balloon_kb info/current_kb)" -ge $((1152 * MIB))
umount /run/full

# xl.conf.
cp /etc/xen/xl.conf /run/xl.conf
echo 'autoballoon="on"' >>/etc/xen/xl.conf
doctor --fix autoballoon || true
cured autoballoon
assert_eq "$(tail -n 1 /etc/xen/xl.conf)" 'autoballoon="off"' xl.conf
mv /run/xl.conf /etc/xen/xl.conf

# What is not there is not treated.
doctor --fix fragmented || true
assert_eq "$(treated result)" refused "nothing"
assert_eq "$(ledger_entries)" 0 "reservations"
