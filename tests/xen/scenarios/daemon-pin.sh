# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=long share=daemon timeout=300
# A target that somebody sets while the daemon moves memory stays, and is free
# again when he says so.

pinned()
{
    [ "$(xs_dom "$1" memory/memguard-pin)" = "$2" ] &&
        [ "$(target "$1")" = "$2" ]
}

other_target()
{
    [ "$(target "$1")" != "$2" ]
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
# There is less than they want together, so that each move is one of both.
MIB=240 balloons 160 600 a b
scarce 60
daemon_start
for try in 1 2; do
    agent a free
    agent b free
    before=$(target a)
    agent b want 200000
    wait_for 60 other_target a "$before"
    # Some tenths of a second into what a is asked for now.
    agent_is_asked a want $((60000 * try))
    sleep "0.$((try * 3))"
    mib=$((220 + try))
    MEMGUARD=off assert xl mem-set a ${mib}m
    wait_for 20 pinned a $((mib * 1024))
    sleep 3
    assert pinned a $((mib * 1024))
    assert_match "domain $(domid a): somebody has set its target to $((
        mib * 1024)) kB" "$DAEMON_LOG"

    # A create may borrow of it, and gives that back.
    [ $try != 1 ] || { assert paused_pv more 16 && destroy more; }
    wait_for 30 pinned a $((mib * 1024))

    # What is set by hand anew is the new pin.
    [ $try != 2 ] || { assert xl mem-set a 210m && mib=210; }
    wait_for 20 pinned a $((mib * 1024))

    note "try $try: pinned at $mib MiB"
    assert xl-memguard set a auto
    refute xs_dom a memory/memguard-pin
    agent b free
    agent a want 250000
    wait_for 60 other_target a $((mib * 1024))
done
assert kill -0 "$DAEMON"
assert daemon_end TERM
destroy_all
guard_off
