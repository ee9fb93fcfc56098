# shellcheck shell=bash
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux sets=long share=daemon timeout=360
# Somebody who asks nobody takes what has to stay free in Xen: its interrupt
# wakes the daemon, which has the guests give it back.

free_at_least()
{
    [ "$(host_free_mib)" -ge "$1" ]
}

guard_on enforce 'balance = "on"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
balloons 160 900 a b
daemon_start
wait_for 60 mib_at_least a 400
sleep 5
result free_before_mib "$(host_free_mib)"
MEMGUARD=off assert paused_pv big $(($(host_free_mib) - 24))
result free_taken_mib "$(host_free_mib)"
wait_for 30 free_at_least 70
result free_after_mib "$(host_free_mib)"
assert_ge "$(dom_mib a)" 160 "a, whose floor is 160 MiB"
assert_ge "$(dom_mib b)" 160 "b, whose floor is 160 MiB"
assert daemon_end TERM
destroy_all
guard_off
