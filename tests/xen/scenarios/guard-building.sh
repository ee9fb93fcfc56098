# bed: mem=4G xen="dom0_mem=384M,max:384M" sets=full linux timeout=600
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Five Linux domUs of 96 MiB are created at once in a dom0 of 384 MiB.  Xen
# has room for all of them; dom0 has not, for each xl unpacks a kernel of 63
# MiB.  They wait for one another: all run in the end, nobody is killed, and
# dom0 keeps its reserve.

# What may be taken of the reserve: the page cache that MemAvailable counts as
# half, and what xl itself takes before it has been decided on.
SLACK_KB=$((16 << 10))
RESERVE_KB=$((64 << 10))

# lowest_kb FILE: the least MemAvailable there is until FILE is gone.
lowest_kb()
{
    local key value low=

    while [ -e "$1" ]; do
        while read -r key value _; do
            [ "$key" != MemAvailable: ] || break
        done </proc/meminfo
        [ -n "$low" ] && [ "$value" -ge "$low" ] || low=$value
        sleep 0.05
    done
    echo "$low" >"$1.low"
}

# start NAME: what becomes of it is in /run/NAME.{out,status}.
start()
{
    local r=0

    MEMGUARD_WAIT=$((300 * SLOW)) xl create -q -p "$(config "$1" \
        'type = "pvh"' 'memory = 96' "kernel = \"$GUESTS/vmlinux.gz\"" \
        "ramdisk = \"$GUESTS/agent.cpio.gz\"")" >"/run/$1.out" 2>&1 || r=$?
    echo "$r" >"/run/$1.status"
}

guard_on enforce
result available_kb "$(meminfo_kb MemAvailable)"
touch /run/watched
lowest_kb /run/watched &
sampler=$!
pids=()
for i in 1 2 3 4 5; do
    start "linux$i" &
    pids+=($!)
done
wait "${pids[@]}"
rm /run/watched
wait "$sampler"
keep /run/linux*.out
result lowest_kb "$(cat /run/watched.low)"
result running "$(dom_count)"
dmesg >/run/dmesg
refute grep -iE 'out of memory|oom-kill' /run/dmesg
for i in 1 2 3 4 5; do
    assert_eq "$(cat "/run/linux$i.status")" 0 "xl create of linux$i"
done
assert_eq "$(dom_count)" 5 "domUs"
assert_ge "$(cat /run/watched.low)" $((RESERVE_KB - SLACK_KB)) \
    "the least MemAvailable"
assert_eq "$(ledger_entries)" 0 "reservations left"
destroy_all
guard_off
