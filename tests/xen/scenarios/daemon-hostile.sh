# shellcheck shell=bash
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux clock=count sets=long timeout=900
# A guest that says what is not so, writes what is no report and a MiB of
# garbage, removes its reports, and writes without end: it stays in its own
# range, others have what they need, it is named, and the daemon has next to
# nothing to do for it.

other_target()
{
    [ "$(target "$1")" != "$2" ]
}

# ticks: what the daemon has had of the CPU, in hundredths of a second.
ticks()
{
    awk '{ print $14 + $15 }' "/proc/$DAEMON/stat"
}

# costs WHAT: of the CPU since the daemon's BEFORE ticks, at SINCE: a fiftieth,
# and what a pass or two cost.
costs()
{
    local took s

    took=$(($(ticks) - BEFORE))
    s=$(($(seconds) - SINCE))
    result "$1_ticks" "$took in $s s"
    assert_le "$took" $((s * 2 + 10)) "the daemon's ticks in $s s"
}

from_now()
{
    BEFORE=$(ticks)
    SINCE=$(seconds)
}

# is_named NAME, is_heard NAME: it is not listened to, or is again.
is_named()
{
    [ "$(xs_dom "$1" memory/memguard-floods)" = 1 ]
}

is_heard()
{
    ! is_named "$1"
}

# nr_named NAME: how often the daemon has said so.
nr_named()
{
    grep -c "domain $(domid "$1") writes more than" "$DAEMON_LOG"
}

# lasts S: since from_now.
lasts()
{
    [ "$(seconds)" -ge $((SINCE + $1)) ]
}

# in_range WHEN: both of them, and Xen's headroom.
in_range()
{
    local name

    note "$1: good $(dom_mib good), evil $(dom_mib evil) MiB," \
        "Xen has $(host_free_mib) MiB"
    for name in good evil; do
        assert_ge "$(dom_mib $name)" 160 "$name, whose floor is 160 MiB"
        assert_le "$(dom_mib $name)" 401 "$name, whose ceiling is 400 MiB"
    done
    assert_ge "$(host_free_mib)" 64 "Xen's free memory"
    assert kill -0 "$DAEMON"
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
MIB=240 balloons 160 400 good evil
scarce 60
daemon_start
wait_for 60 at_rest good evil
data=/local/domain/$(domid evil)/data

# It says that it is a machine of 16 GiB which lacks memory, and good needs
# more than there is: each has half.
agent evil mute
agent good want 300000
wait_for 60 mib_at_least good 300
before=$(target evil)
from_now
xenstore-write "$data/meminfo_total" 16777216 "$data/meminfo_free" 0 \
    "$data/updated" 1
wait_for 120 other_target evil "$before"
wait_for 120 at_rest good evil
in_range lies
assert_ge "$(target good)" $(($(target evil) - 16384)) "what good has"
costs lies

# What is no number, a MiB of it, and nothing at all: what it has it keeps.
before=$(target evil)
from_now
agent evil garble
agent evil litter 1024
wait_for 60 at_rest good evil
in_range garbage
agent evil mute
wait_for 60 at_rest good evil
in_range mute
assert_eq "$(target evil)" "$before" "the target of who says nothing"
costs garbage

# So much was more than reports are, and it is listened to again later: it has
# had what good has now, and needs it no more.
assert_eq "$(nr_named evil)" 1 "how often it is named"
wait_for 120 is_heard evil
agent good free
agent evil publish
agent evil want 220000
wait_for 120 mib_at_least evil 250
agent evil free
wait_for 120 at_rest good evil
in_range before

# As many reports as xenstored takes, a thousand a second at most.
from_now
agent evil flood
wait_for 60 is_named evil
costs until_named
xl-memguard status >/run/status
assert_match 'evil .* writes more reports than anybody can read' /run/status

# What others need is moved as if there were none.
from_now
agent good want 300000
wait_for 120 mib_at_least good 300
wait_for 120 lasts 20
costs flood
agent evil calm
result writes "$(xs_dom evil data/flooded)"
in_range flood
assert_eq "$(nr_named evil)" 2 "how often it is named"
assert daemon_end TERM
destroy_all
guard_off
