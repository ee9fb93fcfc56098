# shellcheck shell=bash
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux sets=long share=daemon timeout=480
# A guest whose balloon is held is named and left out, and the others have what
# it does not take; it is trusted again when it moves.

guard_on enforce 'balance = "on"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
balloons 160 900 free held
agent free alloc 150000
agent held alloc 150000
daemon_start
wait_for 60 mib_at_least free 360
wait_for 60 mib_at_least held 360

# It keeps what it has, whatever its target: what is free in Xen is taken, so
# that somebody has to give.
MEMGUARD=off assert paused_pv fills $(($(host_free_mib) - 90))
id=$(domid held)
agent held hold
agent held free
agent free alloc 300000
wait_for 120 grep -q "domain $id is left out: its balloon" "$DAEMON_LOG"
assert_ge "$(dom_mib held)" 350 "what it has"
assert kill -0 "$DAEMON"

# It moves again.
agent held follow
wait_for 240 grep -q "domain $id: its balloon moves again" "$DAEMON_LOG"
wait_for 60 mib_at_least free 400
assert daemon_end TERM
destroy_all
guard_off
