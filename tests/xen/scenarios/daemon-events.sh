# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full,smoke timeout=240
# What the live module tells a daemon: domains that come and go, nodes, Xen's
# low-memory interrupt, which has one listener, and dom0's pressure.
EVENTS=/usr/libexec/xlmem/xlmem-events
MODULE=$(echo /usr/lib/x86_64-linux-gnu/xlmem/xen-*/live.so)
CGROUP=/sys/fs/cgroup
seen=/run/events

# heard LINE [N]: told at least N times, once unless said.
heard()
{
    [ "$(grep -cx -- "$1" $seen)" -ge "${2:-1}" ]
}

# hog: what the cgroup's memory.high makes wait for memory; ends when killed.
hog()
{
    echo $BASHPID >"$CGROUP/hog/cgroup.procs"
    exec tail </dev/zero
}

trap 'keep $seen' EXIT
$EVENTS 200 "$MODULE" /tool/memguard >$seen &
listener=$!
wait_for 10 grep -q '^OPEN' $seen
cat $seen
refute grep -q 'no word of Xen' $seen
wait_for 10 heard INTRODUCED
wait_for 10 heard RELEASED
wait_for 10 heard 'NODE -1 /tool/memguard'

# Domains.
before=$(grep -cx INTRODUCED $seen)
assert tiny_pvh one 64
wait_for 10 heard INTRODUCED $((before + 1))
before=$(grep -cx RELEASED $seen)
destroy one
wait_for 10 heard RELEASED $((before + 1))

# A second listener is told that there is one, and hears the rest.
$EVENTS 2 "$MODULE" >/run/second
assert_match '^OPEN no word of Xen.s low memory: another process listens' \
    /run/second
assert_match '^INTRODUCED$' /run/second

# Xen's interrupt: at 64 MiB, and again at half of it.
xl dmesg | grep -i 'low memory virq' || true
refute heard LOW_MEMORY
assert paused_pv big $(($(host_free_mib) - 56))
result free_mib "$(host_free_mib)"
wait_for 10 heard LOW_MEMORY
at_first=$(grep -cx LOW_MEMORY $seen)
assert paused_pv more $(($(host_free_mib) - 20))
result free_mib "$(host_free_mib)"
wait_for 10 heard LOW_MEMORY $((at_first + 1))
result low_memory "$(grep -cx LOW_MEMORY $seen)"
destroy_all

# dom0's pressure.
if [ -e /proc/pressure/memory ] && mkdir -p "$CGROUP" &&
    mount -t cgroup2 none "$CGROUP" &&
    echo +memory >"$CGROUP/cgroup.subtree_control"; then
    mkdir "$CGROUP/hog"
    echo 4M >"$CGROUP/hog/memory.high"
    refute heard PRESSURE
    hog &
    hog=$!
    wait_for 20 heard PRESSURE
    kill -9 "$hog"
    cat /proc/pressure/memory
    result pressure "$(grep -cx PRESSURE $seen)"
else
    note "no pressure to be had here"
fi

# xenstored is replaced under it by another of the same, and events still come.
xenstored=$(readlink "/proc/$(cat /run/xen/xenstored.pid)/exe")
if xenstore-control help 2>/dev/null | grep -q live-update; then
    assert xenstore-control live-update "$xenstored"
    xenstore-write /tool/memguard/after 1
    wait_for 10 heard 'NODE -1 /tool/memguard/after'
    refute heard LOST
    result live_update yes
fi
assert kill -0 $listener
