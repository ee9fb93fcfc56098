# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=long share=daemon timeout=300
# Killed while it moves memory: a create finds what it had begun and has it
# completed, and so does the next daemon.

# holds_more NAME MIB: than its target, by so much.
holds_more()
{
    mib_at_least "$1" $(($(target "$1") / 1024 + $2))
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
MIB=240 balloons 160 600 a b
scarce 100
agent b want 250000
daemon_start
wait_for 60 mib_at_least b 320

# b was asked for what a wants, and does not give it before the daemon is gone.
agent b free
agent b clutch
agent a want 250000
wait_for 60 holds_more b 7
assert_status 137 daemon_end KILL
coming=$(($(dom_mib b) - $(target b) / 1024))
result coming_mib $coming

# Whoever comes next waits for it.
(sleep 2 && agent b free) &
more=$(($(host_free_mib) - 64 + coming - 2))
result more_mib $more
assert paused_pv more $more
wait
assert_ge "$(dom_mib more)" $((more - 1)) "the new one"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
assert_eq "$(ledger_entries)" 0 "what is written down"
destroy more

# The next one: again in the middle.
daemon_start
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
assert_ge "$(dom_mib b)" 160 "b, whose floor is 160 MiB"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
assert daemon_end TERM
assert_eq "$(ledger_entries)" 0 "what is written down"
destroy_all
guard_off
