# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux clock=count sets=long timeout=600
# Twenty creates at once, more than there is room for also when two idle guests
# give: beside the daemon, which has handed all of that out before, as many run
# as without it; none is half there, and nobody takes headroom.
N=20
FIT=12

owes_nothing()
{
    [ "$(ledger_entries)" = 0 ]
}

# watch_free: the least that Xen had free, in MiB, in /run/least.
watch_free()
{
    local least=999999 now

    while now=$(host_free_mib); do
        [ "$now" -ge "$least" ] || least=$now
        echo "$least" >/run/least
        sleep 2
    done
}

# create_one I: of twenty; what it said and its status are kept.
create_one()
{
    local r=0

    paused_pv "at$1" "$SIZE" 2>"/run/at$1.err" || r=$?
    echo "$r" >"/run/at$1.rc"
}

# twenty WITH: at once.  How many run is in $RAN.
twenty()
{
    local i pids=() watcher

    rm -f /run/at*.rc /run/at*.err
    watch_free &
    watcher=$!
    for ((i = 0; i < N; i++)); do
        create_one "$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
    kill "$watcher"
    cat /run/at*.err >"/run/$1.err"
    keep "/run/$1.err"
    RAN=$(cat /run/at*.rc | grep -cx 0)
    result "ran_$1" "$RAN"
    result "least_free_$1_mib" "$(cat /run/least)"
    note "$1: a $(dom_mib a), b $(dom_mib b) MiB, Xen has $(host_free_mib) MiB"
}

# judge WITH: who runs has all he asked for, and who does not is not there.
judge()
{
    local i

    refute grep -i 'unguarded' "/run/$1.err"
    refute grep 'libxl: error' "/run/$1.err"
    assert_eq "$(grep -c 'is not created: it does not fit' "/run/$1.err")" \
        $((N - RAN)) "refusals that are said"
    assert_eq "$(dom_count)" $((2 + RAN)) "domUs that xl lists"
    for ((i = 0; i < N; i++)); do
        [ "$(cat "/run/at$i.rc")" != 0 ] ||
            assert_eq "$(dom_mib "at$i")" "$SIZE" "what at$i has"
    done
    assert_ge "$(cat /run/least)" 72 "the least that Xen had free"
    assert_ge "$(host_free_mib)" 72 "what Xen has free"
    for i in a b; do
        assert_ge "$(dom_mib $i)" 160 "$i, whose floor is 160 MiB"
    done
}

# leave: the twenty are gone, and what they took of others is theirs again.
leave()
{
    local i

    for ((i = 0; i < N; i++)); do
        [ "$(cat "/run/at$i.rc")" != 0 ] || destroy "at$i"
    done
    wait_for 60 owes_nothing
}

guard_on enforce 'balance = "on"' 'dom0_floor = "1G"' 'wait = 60'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
MIB=240 balloons 160 600 a b

# Half of one more than FIT is over.
xl-memguard check -k "$(config any 'type = "pv"' 'memory = 32' \
    "kernel = \"$GUESTS/tiny-pv\"")" >/run/check
beside=$(($(sed -n 's/^need_kb=//p' /run/check) - 32 * 1024))
room=$(($(status books.usable_kb) + 2 * (240 - 160) * 1024))
SIZE=$(((room * 2 / (FIT * 2 + 1) - beside) / 1024))
result size_mib "$SIZE"

twenty without
judge without
assert_eq "$RAN" $FIT "how many run without the daemon"
leave
wait_for 60 mib_at_least a 238
wait_for 60 mib_at_least b 238

daemon_start
wait_for 120 at_rest a b
assert_ge $(($(target a) + $(target b))) $((room * 3 / 4)) \
    "what it has handed out"
twenty beside
judge beside
assert_eq "$RAN" $FIT "how many run beside the daemon"
assert kill -0 "$DAEMON"
leave
wait_for 120 at_rest a b
assert daemon_end TERM
assert owes_nothing
destroy_all
guard_off
