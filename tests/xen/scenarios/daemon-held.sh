# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full share=daemon timeout=300
# A guest whose balloon cannot give what it says is available is named and left
# out, and the others have what it does not take; it is trusted again when it
# moves.

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
MIB=240 balloons 160 600 free held
scarce 60
daemon_start
wait_for 60 at_rest free held
id=$(domid held)
agent held clutch
agent free want 300000
wait_for 60 grep -q "domain $id is left out: its balloon" "$DAEMON_LOG"
has=$(dom_mib held)
note "free $(dom_mib free), held $has MiB, Xen has $(host_free_mib) MiB"
assert_ge "$has" 200 "what it keeps"
sleep 3
assert_eq "$(dom_mib held)" "$has" "what it keeps, later"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"

# It moves again.
agent held free
wait_for 60 grep -q "domain $id: its balloon moves again" "$DAEMON_LOG"
wait_for 60 mib_at_least free 330
note "free $(dom_mib free), held $(dom_mib held) MiB"
assert daemon_end TERM
destroy_all
guard_off
