# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=long linux timeout=300
# What others do beneath a daemon that moves memory: a floor of dom0's that it
# cannot have takes nothing of the guests; and when /run/xlmem is removed the
# daemon, a create and status go by the one that is there then.
guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
balloons 140 640 a b
scarce 30
daemon_start

agent_is_asked a want 200000
wait_for 60 target_at_least a 270000
wait_for 60 at_rest a b
needs=$(target a)
xenstore-write /local/domain/0/memory/dynamic-min 5000000
sleep 5
assert_ge "$(target a)" $((needs - 8192)) "a's target beside dom0's floor"
xenstore-rm /local/domain/0/memory/dynamic-min
refute grep 'domain 0: .* cannot be set' "$DAEMON_LOG"

rm -r /run/xlmem
agent a free
agent_is_asked b want 200000
wait_for 60 target_at_least b 270000
assert_eq "$(status balancing.daemon_pid)" "$DAEMON" "the daemon's process"
assert_match '/run/xlmem was removed' "$DAEMON_LOG"
assert paused_pv c 64
assert daemon_end TERM
keep "$DAEMON_LOG"
destroy_all
guard_off
