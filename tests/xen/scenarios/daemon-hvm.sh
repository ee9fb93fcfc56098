# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux hvm sets=long clock=count timeout=900
# Memory moves by demand to and from an HVM and a PVH guest.  The first is
# populated on demand: built with less than its kernel counts, it dies when it
# touches more than that before its balloon has the rest.  Xen leaves it what it
# has until its balloon gives it (p2m_pod_set_mem_target, 4.14 to 4.20), so no
# target takes that from it.
# The clock counts for the reason that linux-pvh has.

silent='it reports no memory use, so it keeps its target'

# why NAME: of what a pass would do with it now.
why()
{
    asked balance -N || return
    said "$(sed -n "s/^\(.*\)\.name=$1\$/\1/p" "$SAID").why"
}

is_silent()
{
    [ "$(why "$1")" = "$silent" ]
}

# alive WHAT: each is the domain that it was, answers, and is in its range; Xen
# has its headroom.
alive()
{
    local name

    note "$1: pod $(dom_mib pod), p $(dom_mib p) MiB," \
        "Xen has $(host_free_mib) MiB"
    for name in pod p; do
        assert_eq "$(xl domid $name)" "$(cat /run/first-$name)" "$name's number"
        agent $name publish
    done
    assert_ge "$(dom_mib pod)" 160 "pod, whose floor is 160 MiB"
    assert_le "$(dom_mib pod)" 401 "pod, whose ceiling is 400 MiB"
    assert_ge "$(dom_mib p)" 120 "p, whose floor is 120 MiB"
    assert_le "$(dom_mib p)" 481 "p, whose ceiling is 480 MiB"
    assert xl dmesg >/run/ring
    refute grep -i 'out of PoD memory' /run/ring
    refute grep 'left out' "$DAEMON_LOG"
    assert_ge "$(host_free_mib)" 64 "Xen's free memory"
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
daemon_start
linux_boots hvm pod 200 'maxmem = 400' 'vnc = 0' 'vcpus = 1' 'vga = "stdvga"' \
    'memguard = [ "dynamic_min=160M", "dynamic_max=400M" ]'
# Its kernel runs nothing before its balloon has what it was built without.
wait_for 20 is_silent pod
linux_boots pvh p 240 'maxmem = 480' 'vcpus = 1' \
    'memguard = [ "dynamic_min=120M", "dynamic_max=480M" ]'
# Beside what they have there is little for them while they boot.
scarce 60
for name in pod p; do
    is_up $name
    xl domid $name >/run/first-$name
    agent $name publish
done
alive booted
result pod_boots_with_mib "$(dom_mib pod)"

agent pod want 250000
wait_for 120 mib_at_least pod 330
alive "pod wants"
result pod_takes_mib "$(dom_mib pod)"
result p_gives_down_to_mib "$(dom_mib p)"

agent pod free
agent p want 200000
wait_for 120 mib_at_least p 280
alive "p wants"
result p_takes_mib "$(dom_mib p)"
result pod_gives_down_to_mib "$(dom_mib pod)"
assert kill -0 "$DAEMON"
assert daemon_end TERM
destroy_all
guard_off
