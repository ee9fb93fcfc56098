#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# The daemon beside a real xenstored, on a host that is made of
# tests/live/fakehost.c: its life, and what it tells whom.  In a mount
# namespace of its own, so that /run/xlmem is nobody else's.
set -eu

# shellcheck source=tests/live/daemon-lib.sh
. "${XLMEM_SRCDIR:?}/tests/live/daemon-lib.sh"
told=/run/told

inside_alone "$daemon" "$@"

# What a service manager hears, a line each.
listen()
{
    exec perl -MIO::Socket::UNIX -MIO::Handle -e '
        my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0])
            or die "$ARGV[0]: $!";
        STDOUT->autoflush(1);
        print "$_\n" while defined $s->recv($_, 4096);' /run/notify >"$told"
}

heard()
{
    grep -qx -- "$1" "$told"
}

heard_more()
{
    [ "$(grep -cx -- "$1" "$told")" -gt "$2" ]
}

# heard_again TEXT COMMAND...: the command makes it be told once more.
heard_again()
{
    local text=$1 before

    shift
    before=$(grep -cx -- "$text" "$told" || :)
    "$@"
    wait_for heard_more "$text" "$before"
}

# end SIGNAL STATUS: by the one, with the other.
end()
{
    local r=0

    kill "-$1" "$pid"
    wait "$pid" || r=$?
    [ "$r" = "$2" ] || fail "status $r after SIG$1"
}

# CAP_SYS_RESOURCE, in a container not even that, and where the kernel lets
# nobody write the trigger CAP_DAC_OVERRIDE.
keeps_what_it_needs()
{
    local set

    for set in CapPrm CapEff; do
        grep -qE "^$set:\s0{8}0[01]00000[02]\$" /proc/$pid/status ||
            fail "privileges: $(grep ^Cap /proc/$pid/status)"
    done
    grep -qE '^NoNewPrivs:\s1$' /proc/$pid/status || fail "new privileges"
}

is_gone()
{
    ! xenstore-exists /tool/memguard/daemon 2>/dev/null
}

mount -t tmpfs none /run
: >"$log"
conf_is 'balance = "on"'
systemd=no
grep -q '^#define HAVE_SYSTEMD' "$builddir/config.h" && systemd=yes
if [ $systemd = yes ]; then
    listen &
    # shellcheck disable=SC2064 # this one
    trap "kill $!" EXIT
    wait_for test -S /run/notify
    export NOTIFY_SOCKET=/run/notify
fi

echo "it comes up, and says so"
start >"$log" 2>&1 &
pid=$!
wait_for state_is balancing
[ "$(xenstore-read /tool/memguard/daemon/pid)" = "$pid" ] || fail "its pid"
[ -n "$(xenstore-read /tool/memguard/daemon/version)" ] || fail "its version"
[ $systemd = no ] || wait_for heard 'READY=1'

echo "status tells of it, and of a domain's demand and pin"
host_of()
{
    FAKEHOST_DOMS=10 FAKEHOST_MODULE=$builddir/libxlmem/sys/.libs/live.so \
        LD_LIBRARY_PATH=$builddir/libxlmem/.libs LD_PRELOAD=$fakehost \
        "$builddir/xl-plugin/xl-memguard" "$@" --config "$conf"
}
range_of()
{
    host_of status -k 2>/dev/null | grep -qxE "ranges\.[0-9]+\.$1"
}
xenstore-write /local/domain/3/data/meminfo_total 250000 \
    /local/domain/3/data/meminfo_free 100000
xenstore-write /local/domain/3/memory/static-max 1048576 \
    /local/domain/3/memory/target 1048576 \
    /local/domain/3/memory/dynamic-min 262144 \
    /local/domain/3/memory/weight 300
xenstore-write /local/domain/4/memory/memguard-pin 4321
# Of 150000 kB that are used.
demand_fits()
{
    local demand

    demand=$(xenstore-read /local/domain/3/memory/memguard-demand) || return
    [ "$demand" -gt 150000 ] && [ "$demand" -lt 250000 ]
}
wait_for demand_fits
demand=$(xenstore-read /local/domain/3/memory/memguard-demand)
wait_for range_of "demand_kb=$demand"
range_of 'weight=300' || fail "no weight: $(host_of status -k)"
range_of 'pin_kb=4321' || fail "no pin: $(host_of status -k)"
host_of status -k >/run/status 2>/dev/null || :
grep -qx "balancing.daemon_pid=$pid" /run/status || fail "$(cat /run/status)"
grep -qx 'balancing.on=true' /run/status || fail "$(cat /run/status)"
host_of status 2>/dev/null | tr -s ' \n' ' ' |
    grep -q 'kept at 4.2 MiB.*xl memguard set 4 auto' || fail "$(host_of status)"

if [ -d /etc/xen ]; then
    echo "who came without a range has the one of his file"
    ranges=/etc/xen/memguard.d
    mount -t tmpfs none /etc/xen
    mkdir $ranges
    least_is()
    {
        [ "$(xenstore-read "/local/domain/$1/memory/dynamic-min")" = "$2" ]
    }
    no_least()
    {
        ! xenstore-exists "/local/domain/$1/memory/dynamic-min" 2>/dev/null ||
            fail "domain $1 has a range: $(xenstore-ls "/local/domain/$1")"
    }
    for id in 1 5 6 7 8 9; do
        xenstore-write /local/domain/$id/name vm$id \
            /local/domain/$id/memory/static-max 1048576 \
            /local/domain/$id/memory/target 262144
    done
    xenstore-write /local/domain/7/memory/weight 7
    printf 'dynamic_min = "128M"\nweight = 2\n' | tee $ranges/vm{3,5,7}.conf \
        >/dev/null
    printf 'dynamic_min = "128M"\nwieght = 2\n' >$ranges/vm6.conf
    printf 'dynamic_min = "4G"\n' >$ranges/vm8.conf
    mkdir $ranges/vm9.conf
    kill -HUP "$pid"
    wait_for least_is 5 131072
    [ "$(xenstore-read /local/domain/5/memory/weight)" = 2 ] || fail "weight"
    wait_for grep -q "$ranges/vm6.conf: line 2: memguard: no such key" "$log"
    wait_for grep -q "$ranges/vm8.conf: min, .* static maximum" "$log"
    wait_for grep -q "$ranges/vm9.conf: " "$log"
    least_is 3 262144 || fail "a range that was there is another"
    no_least 6
    no_least 7
    no_least 8
    echo "once: a file that is written later waits for SIGHUP"
    printf 'dynamic_min = "64M"\n' >$ranges/vm1.conf
    xenstore-write /local/domain/5/memory/dynamic-min 150000
    sleep 0.3
    no_least 1
    [ "$(grep -c "$ranges/vm6.conf" "$log")" = 1 ] || fail "said again"
    printf 'dynamic_min = "64M"\n' >$ranges/vm6.conf
    kill -HUP "$pid"
    wait_for least_is 1 65536
    wait_for least_is 6 65536
    least_is 5 150000 || fail "what was set by hand is gone"
    echo "whoever has another name since then keeps it"
    xenstore-write /local/domain/1/name other
    printf 'dynamic_min = "80M"\n' | tee $ranges/{vm1,other}.conf >/dev/null
    looked=$(grep -c "$ranges/vm8.conf" "$log")
    kill -HUP "$pid"
    looked_again()
    {
        [ "$(grep -c "$ranges/vm8.conf" "$log")" -gt "$looked" ]
    }
    wait_for looked_again
    least_is 1 65536 || fail "another range: $(xenstore-ls /local/domain/1)"
    echo "at once for who comes meanwhile, here one that had a range before"
    xenstore-write /local/domain/3/name vm3
    xenstore-rm /local/domain/3/memory/weight
    xenstore-rm /local/domain/3/memory/dynamic-min
    wait_for least_is 3 131072
else
    echo "there is no /etc/xen: files of ranges are not tried"
fi

echo "balance -N says why each is moved, or is not"
host_of balance -N >/run/plan 2>&1 || fail "$(cat /run/plan)"
grep -q 'set DOM min=SIZE' /run/plan || fail "$(cat /run/plan)"

echo "a second one names the first"
r=0
(start) >/run/second 2>&1 || r=$?
[ $r = 4 ] || fail "the second one's status is $r"
grep -q "the daemon runs already: process $pid " /run/second ||
    fail "$(cat /run/second)"

echo "it is not there for nothing: no privilege, no more than it needs"
keeps_what_it_needs
grep -qE '^Threads:\s1$' /proc/$pid/status || fail "threads"

echo "another configuration, and a broken one"
reload()
{
    kill -HUP "$pid"
}
conf_is 'balance = "off"'
reload
wait_for state_is off
[ $systemd = no ] || wait_for heard "STATUS=balance is off in $conf: nothing is moved"
conf_is 'balance = "on"'
reload
wait_for state_is balancing
conf_is 'balance = "perhaps"'
reload
wait_for grep -q "$conf: line 2: balance = \"perhaps\"" "$log"
[ $systemd = no ] || heard_again 'READY=1' reload
state_is balancing || fail "a broken line has taken the last good one away"
mv "$conf" "$conf.away"
reload
wait_for grep -q 'read before stays in force' "$log"
state_is balancing || fail "without a configuration it is $(xenstore-ls /tool)"
mv "$conf.away" "$conf"
conf_is 'balance = "on"'

if [ $systemd = yes ]; then
    echo "the switch works at once"
    touch /run/xlmem/off
    wait_for heard 'STATUS=mode is off (/run/xlmem/off): nothing is moved'
    wait_for state_is off
    heard_again 'READY=1' rm /run/xlmem/off
    wait_for state_is balancing
    echo "and when the queue of what happens there was full before it"
    more=$(cat /proc/sys/fs/inotify/max_queued_events)
    kill -STOP "$pid"
    (cd /run/xlmem && for ((i = 0; i <= more; i++)); do : >$i; done)
    touch /run/xlmem/off
    heard_again 'STATUS=mode is off (/run/xlmem/off): nothing is moved' \
        kill -CONT "$pid"
    (cd /run/xlmem && seq 0 "$more" | xargs rm)
    heard_again 'READY=1' rm /run/xlmem/off
fi

echo "its folder is removed under it, and another one takes its place"
is_known()
{
    xenstore-write /local/domain/3/data/meminfo_free $((RANDOM + 90000))
    host_of status -k 2>/dev/null | grep -qx "balancing.daemon_pid=$pid"
}
for away in 'rm -r /run/xlmem' 'mv /run/xlmem /run/was'; do
    $away
    wait_for is_known
    wait_for test -d /run/xlmem/ledger
    r=0
    (start) >/run/second 2>&1 || r=$?
    [ $r = 4 ] || fail "after $away the second one's status is $r"
    [ $systemd = no ] ||
        heard_again 'STATUS=mode is off (/run/xlmem/off): nothing is moved' \
            touch /run/xlmem/off
    rm -f /run/xlmem/off
done

echo "xenstored is restarted, and has lost everything"
"$XENSTORED_RESTART"
wait_for state_is balancing
[ "$(xenstore-read /tool/memguard/daemon/pid)" = "$pid" ] || fail "its pid"

echo "it is killed, and the next one takes over"
end KILL 137
start >"$log" 2>&1 &
pid=$!
ours()
{
    [ "$(xenstore-read /tool/memguard/daemon/pid)" = "$pid" ]
}
wait_for ours

echo "it ends cleanly"
end TERM 0
is_gone || fail "its nodes are left"
! xenstore-exists /local/domain/3/memory/memguard-demand 2>/dev/null ||
    fail "the demand it went by is left"
host_of status -k 2>/dev/null | grep -qx 'balancing.daemon_runs=false' ||
    fail "status says that it runs"
[ $systemd = no ] || wait_for heard 'STOPPING=1'

echo "of two that start at once one runs, and the other names it"
: >"$log"
start >>"$log" 2>&1 &
pid=$!
start >>"$log" 2>&1 &
other=$! r=0
wait -n "$pid" "$other" || r=$?
[ $r = 4 ] || fail "the other one's status is $r"
kill -0 "$pid" 2>/dev/null || pid=$other
wait_for ours
grep -q "the daemon runs already: process $pid " "$log" || fail "not named"
end TERM 0

echo "under its unit's bounding set it keeps no more, and says nothing of it"
allowed=$(sed -n 's/^CapabilityBoundingSet=//p' \
    "$XLMEM_SRCDIR/hotplug/memguard-daemon.service.in" |
    sed 's/CAP_/,+/g; s/ //g' | tr '[:upper:]' '[:lower:]')
[ -n "$allowed" ] || fail "the unit bounds nothing"
under="setpriv --bounding-set=-all$allowed" start >"$log" 2>&1 &
pid=$!
wait_for ours
keeps_what_it_needs
! grep -q privileges "$log" || fail "it says so"
end TERM 0

if [ $systemd = yes ]; then
    echo "the watchdog is fed"
    export WATCHDOG_USEC=200000
    start >"$log" 2>&1 &
    pid=$!
    unset WATCHDOG_USEC
    wait_for heard 'WATCHDOG=1'
    end INT 0
fi
