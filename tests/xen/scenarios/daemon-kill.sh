# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=long share=daemon timeout=300
# Killed while it moves memory: a create finds what it had begun and has it
# completed, and so does the next daemon.

# holds_more NAME MIB: than its target, by so much.
holds_more()
{
    mib_at_least "$1" $(($(target "$1") / 1024 + $2))
}

# has_arrived NAME: as much as its target, within 2 MiB.
has_arrived()
{
    mib_at_least "$1" $(($(target "$1") / 1024 - 2))
}

owes_nothing()
{
    [ "$(ledger_entries)" = 0 ]
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
MIB=240 balloons 160 600 a b
scarce 100
agent b want 250000
daemon_start
wait_for 60 mib_at_least b 320
note "b has what it wants"

# b was asked for what a wants, and does not give it before the daemon is gone.
agent b free
agent b clutch
agent a want 250000
wait_for 60 holds_more b 8
assert_status 137 daemon_end KILL
coming=$(($(dom_mib b) - $(target b) / 1024))
result coming_mib $coming

# Whoever comes next finds it on its way; what stood still for too long is
# taken from others meanwhile, and owed to them.
wait_for 60 has_arrived a
(sleep 1 && agent_is_asked b free) &
more=$(($(host_free_mib) - 64 + coming / 2))
result more_mib $more
assert paused_pv more $more
assert_ge "$(dom_mib more)" $((more - 1)) "the new one"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
for name in a b; do
    assert_ge "$(dom_mib $name)" 160 "$name, whose floor is 160 MiB"
done
destroy more

# The next one: again in the middle.
daemon_start
wait_for 30 owes_nothing
agent a free
agent b want 250000
wait_for 60 mib_at_least b 320
before=$(target b)
agent b free
agent a want 250000
wait_for 60 target_at_most b $((before - 16384))
assert_status 137 daemon_end KILL
note "killed: $(dom_mib a) and $(dom_mib b) MiB"
daemon_start
wait_for 60 mib_at_least a 320
note "completed: $(dom_mib a) and $(dom_mib b) MiB"
assert_ge "$(dom_mib b)" 160 "b, whose floor is 160 MiB"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
assert daemon_end TERM
assert owes_nothing
destroy_all
guard_off
