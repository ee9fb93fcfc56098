# shellcheck shell=bash
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux sets=long timeout=600
# What happens to a host while the daemon moves memory between three guests and
# dom0: a create, and a live update of xenstored.

other_target()
{
    [ "$(target "$1")" != "$2" ]
}

# within NAME...: each is in its range, and Xen has its headroom.
within()
{
    local name

    note "$(for name; do echo "$name $(dom_mib "$name") of" \
        "$(($(target "$name") / 1024)),"; done | tr '\n' ' ')" \
        "dom0 $(dom_mib Domain-0), Xen $(host_free_mib) MiB"
    for name; do
        assert_ge "$(dom_mib "$name")" 160 "$name, whose floor is 160 MiB"
        assert_le "$(dom_mib "$name")" 601 "$name, whose ceiling is 600 MiB"
    done
    assert_ge "$(balloon_kb info/current_kb)" 409600 "dom0, floor 400 MiB"
    assert_ge "$(host_free_mib)" 64 "Xen's free memory"
}

guard_on enforce 'balance = "on"' 'dom0_floor = "400M"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
# They opt in by their own files.
for name in a b c; do
    linux_boots pv $name 240 'maxmem = 600' 'vcpus = 1' \
        'memguard = [ "dynamic_min=160M", "dynamic_max=600M" ]'
done
for name in a b c; do
    is_up $name
    agent $name publish
done
scarce 40
daemon_start
wait_for 120 at_rest a b c
within a b c

# A create.
before=$(target b)
agent_is_asked b want 300000
wait_for 60 other_target b "$before"
assert paused_pv more 100
assert_ge "$(dom_mib more)" 99 "the new one"
within a b c
wait_for 120 mib_at_least b 380
destroy more

# xenstored is replaced by another of the same.
xenstored=$(readlink "/proc/$(cat /run/xen/xenstored.pid)/exe")
if xenstore-control help 2>/dev/null | grep -q live-update; then
    agent b free
    before=$(target a)
    agent_is_asked a want 300000
    wait_for 60 other_target a "$before"
    assert xenstore-control live-update "$xenstored"
    refute mib_at_least a 380
    wait_for 120 mib_at_least a 380
    assert daemon_says balancing
    within a b c
    result live_update yes
fi
assert kill -0 "$DAEMON"
assert daemon_end TERM
destroy_all
guard_off
