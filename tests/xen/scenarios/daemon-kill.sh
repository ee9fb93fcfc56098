# shellcheck shell=bash
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux sets=long share=daemon timeout=480
# Killed while it moves memory: the next one completes it.

# wants NAME KIB: its target is at least so much.
wants()
{
    [ "$(xs_dom "$1" memory/target)" -ge "$2" ]
}

guard_on enforce 'balance = "on"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
balloons 160 900 a b
agent b alloc 300000
daemon_start
wait_for 60 mib_at_least b 480
before=$(xs_dom a memory/target)
agent b free
agent a alloc 300000
wait_for 60 wants a $((before + 8192))
assert_status 137 daemon_end KILL
note "killed: $(dom_mib a) and $(dom_mib b) MiB"
daemon_start
wait_for 60 mib_at_least a 480
assert_ge "$(dom_mib b)" 160 "b, whose floor is 160 MiB"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"
assert daemon_end TERM
destroy_all
guard_off
