#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# The report of a host of which everything is known, as a live one is:
# recorded in JSON.  "status.sh --update" writes what is printed now.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
expected=tests/cli/expected/status.txt

# host FREE_KB: dom0, a PV, a PVH that opted in, an HVM domU; what is reserved.
host()
{
    cat <<EOF
{"version": 1, "total_kb": 67108864, "free_kb": $1, "outstanding_kb": 0,
 "xen_major": 4, "xen_minor": 17, "xen_version": "4.17.5", "hap": 1,
 "domains_listed": 1,
 "doms": [
  {"domid": 0, "type": "pv", "vcpus": 4, "tot_kb": 4194304,
   "maxmem_kb": 17179869180, "outstanding_kb": 0, "paging_kb": 0,
   "target_kb": 4194304, "static_max_kb": 17179869180, "name": "Domain-0"},
  {"domid": 1, "type": "pv", "vcpus": 2, "tot_kb": 25165824,
   "maxmem_kb": 25166848, "outstanding_kb": 0, "paging_kb": 0,
   "target_kb": 25165824, "static_max_kb": 25165824, "name": "database"},
  {"domid": 2, "type": "pvh", "vcpus": 2, "tot_kb": 6291456,
   "maxmem_kb": 6292480, "outstanding_kb": 0, "paging_kb": 34816,
   "target_kb": 6291456, "static_max_kb": 8388608, "name": "build-7",
   "dynamic_min_kb": 2097152, "dynamic_max_kb": 8388608},
  {"domid": 3, "type": "hvm", "vcpus": 2, "tot_kb": 4210688,
   "maxmem_kb": 4211712, "outstanding_kb": 0, "paging_kb": 18432,
   "target_kb": 4194304, "static_max_kb": 4194304, "name": "desktop"}],
 "reservations": [
  {"need_kb": 1056768, "dom0_need_kb": 8192, "left_ms": 284200, "id": "4711-0",
   "uuid": "6f2c9d1e-0c55-4b43-a0a1-0d6f1f6f0a11"},
  {"need_kb": 6291456, "dom0_need_kb": 8192, "domid": 2, "id": "4712-0",
   "uuid": "7a1b9d1e-0c55-4b43-a0a1-0d6f1f6f0a12"}],
 "dom0": {"mem_total_kb": 4000000, "mem_available_kb": 2500000,
   "mem_free_kb": 1200000, "balloon_target_kb": 4194304,
   "balloon_current_kb": 4194304, "type": "pv",
   "kernel_release": "6.1.0-37-amd64"}}
EOF
}

# show FREE_KB COMMAND OPTION...: one section of the expected file.
show()
{
    host "$1" >"$scratch/host.json"
    run "${@:2}" --host "$scratch/host.json"
    printf '$ xl-memguard %s # %s kB free\n' "${*:2}" "$1"
    cat "$scratch/out"
    sed 's/^/! /' "$scratch/err"
    printf '[exit %s]\n\n' "$status"
}

# A host that runs, as its files look: xl is diverted, a service is not
# guarded, nor is one of two monitors.
root=$scratch/root
running()
{
    local pid
    mkdir -p "$root"/{proc/{1,4711,4712},usr/sbin,etc/xen,run/xlmem/guarded,xlmem,lib/systemd/system}
    printf 'mode = "enforce"\n' >"$root/etc/xen/memguard.conf"
    touch "$root"/lib/systemd/system/{xendomains,libvirtd}.service
    echo '...libxlmem-guard.so...' >"$root/usr/sbin/xl"
    echo systemd >"$root/proc/1/comm"
    for pid in 4711 4712; do
        echo xl >"$root/proc/$pid/comm"
        echo "$pid (xl) S 1 $pid $pid 0 -1 0 1 0 0 0 2 3 0 0 20 0 1 0 88$pid 9" \
            >"$root/proc/$pid/stat"
    done
    printf '884711 xl web\033\n' >"$root/run/xlmem/guarded/4711"
    run status "$@" --sysroot "$root"
    printf '$ xl-memguard status %s # running\n' "$*"
    sed -n '/^The guard/,/^$/p; /"guard"/,/^  }/p' "$scratch/out"
    [ ! -s "$scratch/err" ] || fail "$(cat "$scratch/err")"
}

# enable FREE_KB OPTION...: what it says of that host.
enable()
{
    host "$1" >"$root/xlmem/host.json"
    run enable -N "${@:2}" --sysroot "$root"
    printf '$ xl-memguard enable -N %s # running, %s kB free\n' "${*:2}" "$1"
    cat "$scratch/out"
    printf '[exit %s]\n\n' "$status"
}

# troubled: what is to be seen first when a setting is wrong or switched off.
troubled()
{
    printf 'xen_headroom = "100G"\ndom0_floor = "80G"\nmdoe = "warn"\n' \
        >"$root/etc/xen/memguard.conf"
    touch "$root/run/xlmem/off"
    host 20971520 >"$root/xlmem/host.json"
    run status --sysroot "$root"
    printf '$ xl-memguard status # troubled\n'
    sed -n '1,/^$/p' "$scratch/out"
    [ ! -s "$scratch/err" ] || fail "said twice: $(cat "$scratch/err")"
    printf 'mode = "enforce"\n' >"$root/etc/xen/memguard.conf"
    rm "$root/run/xlmem/off"
}

# balanced OPTION...: what a daemon has said of its domains; one of them is held
# where somebody has set it, one floods, one is said not to follow.
balanced()
{
    host 20971520 | sed '
        s/"domains_listed": 1/"domains_listed": 1, "daemon_pid": 4711, "daemon_moves": 1/
        s/"name": "Domain-0"/"name": "Domain-0", "demand_kb": 3145728/
        s/"name": "database"/"name": "database", "dynamic_min_kb": 16777216, "demand_kb": 20971520, "weight": 512, "pin_kb": 25165824/
        s/"name": "build-7"/"name": "build-7", "demand_kb": 4194304, "floods": 1/
        s/"name": "desktop"/"name": "desktop", "dynamic_min_kb": 2097152, "uncooperative": 1/' >"$scratch/host.json"
    run "$@" --host "$scratch/host.json"
    printf '$ xl-memguard %s # balanced\n' "$*"
    case $* in
    *-j*) sed -n '/"balancing"/,/^  \]/p' "$scratch/out" ;;
    *) sed -n '1,/^$/p; /^Balancing/,$p' "$scratch/out" ;;
    esac
    sed 's/^/! /' "$scratch/err"
    printf '[exit %s]\n\n' "$status"
}

# Room; more promised than there is, and too little for the PV domU to leave
# before another one has; the first one for programs; what is reserved.
{
    show 20971520 status
    show 1056768 status
    show 20971520 status -j
    show 20971520 reserve
    show 20971520 reserve -k
    balanced status
    balanced status -v
    balanced status -j
    running
    running -j
    enable 20971520
    printf 'mode = "enforce"\nwait = soon\n' >"$root/etc/xen/memguard.conf"
    enable 20971520
    troubled
    touch "$root/run/xlmem/off"
    echo 'the real one' >"$root/usr/sbin/xl"
    enable 1056768
    enable 1056768 --force -k
    enable 1056768 --warn -j
} >"$scratch/all"
if [ "${1:-}" = --update ]; then
    cp "$scratch/all" $expected
    exit 0
fi
same "$expected: run 'make update-golden' if this is meant" $expected \
    "$scratch/all"
awk '!/^(problems|details)/ && length > 80 { bad = 1 } END { exit bad }' $expected ||
    fail "wider than 80 columns"
exit $failed
