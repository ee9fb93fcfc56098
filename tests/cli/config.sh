#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# --config: the file it names is what every command that has a policy goes by,
# of whichever host; what is wrong with it is said with file, line and key.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/qemu-16g
conf=$scratch/memguard.conf

# has LINE: the report of the last run.
has()
{
    grep -qxF -- "$1" "$scratch/out" || fail "the report does not say: $1"
}

# finds TEXT: among what status, run with -k, shows first.
finds()
{
    grep '^finding' "$scratch/out" | sed 's/\\//g' | grep -qF -- "$1" ||
        fail "status does not find: $1: $(grep '^finding' "$scratch/out")"
}

printf 'mode = "enforce"\nxen_headroom = "3G"\n' >"$conf"
for before in "" yes; do
    if [ "$before" ]; then
        exits 0 --config "$conf" status -k --sysroot $host
    else
        exits 0 status -k --sysroot $host --config="$conf"
    fi
    has "guard.mode=enforce"
    has "guard.from=$conf"
    has "books.headroom_kb=3145728"
done

# Every command that decides by a policy.
exits 0 check 1G -k --sysroot $host
has "usable_kb=14438400"
exits 0 check 1G -k --sysroot $host --config "$conf"
has "usable_kb=11366400"
exits 0 reserve 1G -N -k --sysroot $host --config "$conf"
has "verdict=admit"
exits 0 reserve 12G -N -k --sysroot $host --config "$conf"
has "verdict=plan"

# In place of the capture's own.
cp -r $host "$scratch/host"
mkdir -p "$scratch/host/etc/xen"
echo 'mode = "off"' >"$scratch/host/etc/xen/memguard.conf"
exits 0 status -k --sysroot "$scratch/host"
has "guard.mode=off"
exits 0 status -k --sysroot "$scratch/host" --config "$conf"
has "guard.mode=enforce"

# xl that makes room itself holds up who waits for it: told where it is guarded.
echo 'autoballoon = "on"' >"$scratch/host/etc/xen/xl.conf"
exits 0 status -k --sysroot "$scratch/host" --config "$conf"
grep -q "autoballoon is on" "$scratch/out" || fail "autoballoon is not told"
exits 0 status -k --sysroot "$scratch/host"
! grep -q "autoballoon is on" "$scratch/out" || fail "nobody is guarded"
rm "$scratch/host/etc/xen/xl.conf"

# A command sets the mode in a file of its own, and a dry run writes nothing.
run enable --force -N -k --sysroot $host --config "$conf"
has "file=/etc/xen/memguard.mode"
has "was=enforce"
has "was_by=$conf"
has "written=false"

# A slip: all commands go on by what is good, and say it; status and enable
# find it.
printf 'mode = Enforce\n\nheadroom = 3\nwait = soon\nxen_headroom = 3G\n' \
    >"$conf"
for words in "status" "check 1G" "reserve 1G -N" "dom0" "enable -N"; do
    run $words -k --sysroot $host --config "$conf"
    case $words in
    status | enable*) [ "$status" = 3 ] || fail "$words: $status" ;;
    *) [ "$status" = 0 ] || fail "$words: $status" ;;
    esac
    cat "$scratch/out" >>"$scratch/err"
    says "$conf: line 3: there is no key 'headroom'; the nearest one is xen_headroom"
    says "$conf: line 4: wait = soon: that is no number of seconds"
    says "by default: wait = 10"
done
exits 3 status -k --sysroot $host --config "$conf"
has "guard.mode=enforce"
has "books.headroom_kb=3145728"
# The way back is not in its own way.
exits 0 enable --warn -N -k --sysroot $host --config "$conf"

# The mode that a command has set counts before the file's.
echo warn >"$scratch/host/etc/xen/memguard.mode"
exits 3 status -k --sysroot "$scratch/host"
has "guard.mode=warn"
has "guard.from=/etc/xen/memguard.mode"
finds '/etc/xen/memguard.conf: line 1: mode = "off" does not count: /etc/xen/memguard.mode says "warn"'
echo 'mode = of' >"$scratch/host/etc/xen/memguard.conf"
exits 3 status -k --sysroot "$scratch/host"
finds '/etc/xen/memguard.mode counts: mode = "warn"'
rm "$scratch/host/etc/xen/memguard.conf"
exits 0 status -k --sysroot "$scratch/host"
has "guard.mode=warn"

# What was last in force goes on where a line is wrong.
mkdir -p "$scratch/host/run/xlmem"
echo 'mode = "enforce"' >"$scratch/host/run/xlmem/policy"
echo 'wran' >"$scratch/host/etc/xen/memguard.mode"
exits 3 status -k --sysroot "$scratch/host"
has "guard.mode=enforce"
has "guard.from=/run/xlmem/policy: as it was before"
finds 'as before: mode = "enforce"'
rm -r "$scratch/host/run"
exits 3 status -k --sysroot "$scratch/host"
has "guard.mode=warn"
# One that cannot be read at all stands in the way as well as a wrong line does.
printf 'a\0b' >"$scratch/host/etc/xen/memguard.conf"
exits 3 enable -N -k --sysroot "$scratch/host"
grep -q 'problems.*cannot be used: not a text' "$scratch/out" ||
    fail "enable passes over a file that cannot be used"
exits 1 status --sysroot $host --config "$scratch/none.conf"
says "$scratch/none.conf: No such file or directory"
exits 1 status --sysroot $host --config "$scratch"
says "$scratch: it is a directory, not a file"
# Nobody writes to it: an open that waits would never return.
mkfifo "$scratch/fifo"
special="$scratch/fifo: it is a FIFO, a socket or a device, not a file"
exits 1 status --sysroot $host --config "$scratch/fifo"
says "$special"
exits 1 status --host "$scratch/fifo"
says "$special"
exits 1 check "$scratch/fifo" --sysroot $host
says "$special"
exits 1 status --sysroot "$scratch/fifo"
says "$scratch/fifo: neither a directory nor an archive"
exits 1 check /dev/zero --sysroot $host
says "/dev/zero: it is a FIFO, a socket or a device, not a file"
# A pipe has somebody at its other end.
exits 0 check <(printf 'name = "a"\nmemory = 512\n') --sysroot $host
exits 0 status -k --sysroot $host --config <(echo 'mode = "enforce"')
has "guard.mode=enforce"
exits 1 status --sysroot "$scratch/none"
says "$scratch/none: No such file or directory"
exits 1 status --host "$scratch/none"
says "$scratch/none: No such file or directory"
truncate -s 2M "$conf"
exits 1 status --sysroot $host --config "$conf"
says "$conf: File too large"

# A command without a policy has nothing to read it for.
exits 0 map --sysroot $host --config "$scratch/none.conf"
exit $failed
