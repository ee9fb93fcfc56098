# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" hvm sets=full timeout=300
# Twenty domains of all kinds and sizes started at one instant, restores among
# them, on a host where some have room, with what dom0 can give: who is
# admitted runs, and who was refused does not fit afterwards either.

FLOOR_MIB=900
KINDS="pv pvh restore pv pvh hvm pv pvh restore pvh
    pv restore pvh pv hvm pvh pv restore pvh pv"

guard_on enforce "dom0_floor = \"${FLOOR_MIB}M\""
tiny_pvh saved 96
save_tiny saved /run/saved
wait_for 10 eval "[ \$(dom_count) = 0 ]"

# start N KIND: paused, for it is about memory.
start()
{
    local name=$2$1 file

    case $2 in
    hvm) file=$(config "$name" 'type = "hvm"' 'memory = 280' 'boot = "n"' \
        'vnc = 0' 'serial = "none"') ;;
    restore) file=$(config "$name" 'type = "pvh"' 'memory = 96' \
        "kernel = \"$GUESTS/tiny-pvh\"") ;;
    *) file=$(config "$name" "type = \"$2\"" "memory = $((200 + 20 * $1))" \
        "kernel = \"$GUESTS/tiny-$2\"") ;;
    esac
    if [ "$2" = restore ]; then
        xl restore -p "$file" /run/saved
    else
        xl create -q -p "$file"
    fi >/dev/null
}

# The least that dom0 was ever asked for.
watch_dom0()
{
    local least now

    least=$(balloon_kb target_kb)
    while [ ! -e /run/raced ]; do
        now=$(balloon_kb target_kb)
        [ "$now" -ge "$least" ] || least=$now
        echo "$least" >/run/least.new
        mv /run/least.new /run/least
        sleep 0.1
    done
}

target=$(balloon_kb target_kb)
free=$(host_free_mib)
watch_dom0 &
watcher=$!
n=0
pids=()
for kind in $KINDS; do
    n=$((n + 1))
    (
        r=0
        start $n "$kind" 2>"/run/at$n.err" || r=$?
        echo "$r" >"/run/at$n.rc"
    ) &
    pids+=($!)
done
wait "${pids[@]}"
touch /run/raced
wait "$watcher"

ran='' refused='' n=0
for kind in $KINDS; do
    n=$((n + 1))
    if [ "$(cat "/run/at$n.rc")" = 0 ]; then
        ran+=" $kind$n"
    else
        refused+=" $kind$n"
        assert_match "$kind$n is not created: it does not fit" "/run/at$n.err"
        # Not by the builder, half-way.
        refute grep 'libxl: error' "/run/at$n.err"
    fi
done
result ran "$ran"
result refused "$refused"
result dom0_least_kb "$(cat /run/least)"
result free_when_full_mib "$(host_free_mib)"
assert_eq "$(dom_count)" "$(wc -w <<<"$ran")" "domUs that xl lists"
assert_ge "$(cat /run/least)" $((FLOOR_MIB << 10)) "dom0's least target"
[ -n "$refused" ] || fail "nobody was refused"

# What was refused was refused rightly: it does not fit now.
for name in $refused; do
    refute start "${name//[a-z]/}" "${name//[0-9]/}" 2>/run/again
    assert_match "$name is not created: it does not fit" /run/again
done

# All leave: dom0 has again what it gave, and nothing is owed or reserved.
destroy_all
wait_for 30 eval "[ \$(balloon_kb target_kb) = $target ]"
assert_near "$(host_free_mib)" "$free" 2 "free memory"
xl-memguard status -k >/run/status
assert_eq "$(ledger_entries)" 0 "reservations and debts"
keep /run/status
guard_off
