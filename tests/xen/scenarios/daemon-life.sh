# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full,smoke timeout=240
# The daemon on a real host: sheltered, one, and there again after xenstored
# was replaced under it and after it was killed.

# of_daemon KEY: what /proc says of it, in kB or as it stands.
of_daemon()
{
    awk -v k="$1:" '$1 == k { print $2 }' "/proc/$DAEMON/status"
}

guard_on enforce 'balance = "on"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
daemon_start

assert_eq "$(cat "/proc/$DAEMON/oom_score_adj")" -1000 "its OOM score"
# CAP_SYS_RESOURCE; CAP_DAC_OVERRIDE where nobody may write the trigger.
kept=0000000001000000
[ "$(stat -c %a /proc/pressure/memory)" != 444 ] || kept=0000000001000002
assert_eq "$(of_daemon CapEff)" $kept "its privileges"
refute grep -q "no word of dom0's pressure" "$DAEMON_LOG"
assert_eq "$(of_daemon Threads)" 1 "its threads"
assert_le "$(of_daemon VmRSS)" 6144 "what it has in memory"
result resident_kb "$(of_daemon VmRSS)"
result locked_kb "$(of_daemon VmLck)"
refute test "$(of_daemon VmLck)" = 0
refute grep -q 'may choose the daemon\|is not locked\|are kept' "$DAEMON_LOG"

assert_status 4 xl-memguard daemon 2>/run/second
assert_match "the daemon runs already: process $DAEMON " /run/second

# Domains, with all that is locked and dropped.
assert paused_pv one 64
assert tiny_pvh two 64
kill -HUP "$DAEMON"
destroy_all
assert daemon_says balancing

# xenstored is replaced by another of the same, with all it knows.
xenstored=$(readlink "/proc/$(cat /run/xen/xenstored.pid)/exe")
if xenstore-control help 2>/dev/null | grep -q live-update; then
    assert xenstore-control live-update "$xenstored"
    assert paused_pv three 64
    destroy three
    assert daemon_says balancing
    result live_update yes
fi

# Killed: its lock goes with it, and the next one takes its place.
assert_status 137 daemon_end KILL
daemon_start
assert daemon_end TERM
refute xenstore-exists /tool/memguard/daemon 2>/dev/null
guard_off
