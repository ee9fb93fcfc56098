#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# The vocabulary of scenarios.  A scenario is read by a shell that has read
# this file: any command that fails ends it as failed.

GUESTS=/bed/guest
BALLOON=/sys/devices/system/xen_memory/xen_memory0

# Deadlines stretch where the machine below is busy.
SLOW=$(cat "${BED:-/bed}/slow")

seconds()
{
    cut -d. -f1 /proc/uptime
}

# --- saying things ---------------------------------------------------------

note()
{
    echo "[$(cut -d' ' -f1 /proc/uptime)] $*"
}

fail()
{
    note "FAIL: $*" >&2
    [ -z "${BED_OUT:-}" ] || what_is_there >"$BED_OUT/at-failure" 2>&1 || :
    exit 1
}

# what_is_there: for whoever looks into a failure.  Twice, so that one sees who
# gets a CPU and what still changes.
what_is_there()
{
    local i

    for i in 1 2; do
        uptime
        timeout 10 xl vcpu-list
        timeout 10 xenstore-ls -p /local/domain
        [ $i = 2 ] || sleep 2
    done
}

# The scenario does not apply here: neither passed nor failed.
skip()
{
    note "SKIP: $*"
    exit 77
}

# result KEY VALUE: one line of what the scenario brings home.
result()
{
    echo "$1=$2" >>"$BED_OUT/result"
    note "$1=$2"
}

# keep FILE...: files that the scenario brings home.
keep()
{
    cp -r "$@" "$BED_OUT/"
}

# --- claims ----------------------------------------------------------------

# assert COMMAND...: it must succeed.
assert()
{
    "$@" || fail "false: $*"
}

refute()
{
    ! "$@" || fail "true: $*"
}

# assert_eq HAVE WANT [WHAT] and so on.
assert_eq()
{
    [ "$1" = "$2" ] || fail "${3:-value} is $1, not $2"
}

assert_le()
{
    [ "$1" -le "$2" ] || fail "${3:-value} is $1, more than $2"
}

assert_ge()
{
    [ "$1" -ge "$2" ] || fail "${3:-value} is $1, less than $2"
}

# assert_near HAVE WANT TOLERANCE [WHAT]
assert_near()
{
    assert_ge "$1" $(($2 - $3)) "${4:-value}"
    assert_le "$1" $(($2 + $3)) "${4:-value}"
}

# assert_status STATUS COMMAND...
assert_status()
{
    local want=$1 r

    shift
    r=0
    "$@" || r=$?
    assert_eq "$r" "$want" "exit status of '$*'"
}

# assert_match PATTERN FILE: an extended regular expression.
assert_match()
{
    grep -qE -- "$1" "$2" || { cat "$2" && fail "no '$1' in $2"; }
}

# wait_for SECONDS COMMAND...: until it succeeds; a failure after SECONDS.
wait_for()
{
    local end=$(($(seconds) + $1 * SLOW))

    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(seconds)" -lt "$end" ] || fail "waited in vain: $*"
        sleep 0.2
    done
}

# --- numbers ---------------------------------------------------------------

meminfo_kb()
{
    awk -v k="$1:" '$1 == k { print $2 }' /proc/meminfo
}

xl_info()
{
    xl info | awk -F' *: *' -v k="$1" '$1 == k { print $2 }'
}

host_free_mib()
{
    xl_info free_memory
}

# domid NAME: by xl once, which takes ten times as long as a look whether that
# domain still has that name.
domid()
{
    local file=/run/bed-domid-$1 id

    id=$(cat "$file" 2>/dev/null) || id=
    if [ -z "$id" ] || [ "$(xs "/local/domain/$id/name")" != "$1" ]; then
        id=$(xl domid "$1") || return
        echo "$id" >"$file"
    fi
    echo "$id"
}

# dom_mib NAME: what the domain has now, as `xl list` shows it.
dom_mib()
{
    xl list "$1" | awk 'NR == 2 { print $3 }'
}

dom_count()
{
    echo $(($(xl list | wc -l) - 2))
}

# balloon_kb FILE: dom0's own, as target_kb or info/current_kb.
balloon_kb()
{
    cat "$BALLOON/$1"
}

# balloon_is KB: dom0's balloon has come to rest there.
balloon_is()
{
    [ "$(balloon_kb info/current_kb)" = "$1" ]
}

# asked COMMAND ARGS...: what it says is kept for said.
SAID=/run/said
asked()
{
    xl-memguard "$@" -k >"$SAID" 2>&1
}

# said KEY: what the command that was asked last says of it.
said()
{
    sed -n "s/^$1=//p" "$SAID"
}

xs()
{
    xenstore-read "$1" 2>/dev/null
}

# xs_dom NAME PATH: a node of a domain.
xs_dom()
{
    xs "/local/domain/$(domid "$1")/$2"
}

# running PATTERN: a process whose command line, joined by blanks, matches.
running()
{
    local file

    for file in /proc/[0-9]*/cmdline; do
        tr '\0' ' ' <"$file" 2>/dev/null | grep -qE -- "$1" && return 0
    done
    return 1
}

mib_at_most()
{
    [ "$(dom_mib "$1")" -le "$2" ]
}

mib_at_least()
{
    [ "$(dom_mib "$1")" -ge "$2" ]
}

# --- guests ----------------------------------------------------------------

# config NAME LINES...: a domain configuration; prints its path.
config()
{
    local file=/run/bed-$1.cfg

    printf 'name = "%s"\n' "$1" >"$file"
    shift
    printf '%s\n' 'on_crash = "destroy"' "$@" >>"$file"
    echo "$file"
}

# tiny_pv NAME MIB [LINES...], tiny_pvh NAME MIB [LINES...]: a guest of four
# bytes; it never balloons.
tiny_pv()
{
    xl create -q "$(config "$1" 'type = "pv"' "memory = $2" \
        "kernel = \"$GUESTS/tiny-pv\"" "${@:3}")"
}

tiny_pvh()
{
    xl create -q "$(config "$1" 'type = "pvh"' "memory = $2" \
        "kernel = \"$GUESTS/tiny-pvh\"" "${@:3}")"
}

# paused_pv NAME MIB [LINES...]: it is about its memory, and would only spin.
# With KERNEL=tiny-reboot, -crash or -poweroff it does that a moment after it
# is unpaused.
paused_pv()
{
    xl create -q -p "$(config "$1" 'type = "pv"' "memory = $2" \
        "kernel = \"$GUESTS/${KERNEL:-tiny-pv}\"" "${@:3}")"
}

# tiny_hvm NAME MIB [LINES...]: firmware without anything to boot.
tiny_hvm()
{
    xl create -q "$(config "$1" 'type = "hvm"' "memory = $2" \
        'boot = "n"' 'vnc = 0' 'serial = "none"' "${@:3}")"
}

# linux_boots TYPE NAME MIB [LINES...]: Linux with the bed's agent, which is not
# up yet; needs `linux` among the scenario's options, and `hvm` for one of that.
# What Linux 5.10 has beyond its boot it adds, and that is offline else.
linux_boots()
{
    local kernel=vmlinux.gz

    [ "$1" != hvm ] || kernel=vmlinuz
    xl create -q "$(config "$2" "type = \"$1\"" "memory = $3" \
        "kernel = \"$GUESTS/$kernel\"" \
        "ramdisk = \"$GUESTS/agent.cpio.gz\"" \
        'extra = "console=hvc0 quiet memhp_default_state=online"' "${@:4}")"
    note "$2 is created"
}

# is_up NAME: waits until its agent answers.  On a busy machine a kernel may
# fault on its way up, and xl boots it again under another number.
is_up()
{
    wait_for 60 agent_answers "$1"
}

agent_answers()
{
    xs "/local/domain/$(domid "$1")/data/agent"
}

# linux_guest TYPE NAME MIB [LINES...]: the same, and it answers.
linux_guest()
{
    linux_boots "$@"
    is_up "$2"
}

asked_to_suspend()
{
    [ "$(xs_dom "$1" control/shutdown)" = suspend ]
}

# suspend_tiny NAME: when it is asked to suspend, which a guest of four bytes
# cannot answer, so that dom0 does it for it.
suspend_tiny()
{
    local id

    wait_for 20 asked_to_suspend "$1"
    id=$(domid "$1")
    xenstore-write "/local/domain/$id/control/shutdown" ''
    /usr/libexec/xlmem/xlmem-suspend "$id"
}

# save_tiny NAME FILE: `xl save` of a PVH one.
save_tiny()
{
    local saver

    xl save "$1" "$2" >/dev/null 2>"/run/save-$1.err" &
    saver=$!
    suspend_tiny "$1"
    wait "$saver" || { cat "/run/save-$1.err" && fail "$1 is not saved"; }
}

AGENT_NUMBER=0

# agent_did FOLDER NUMBER: in its folder of xenstore.  `xl domid` takes longer
# than most of what is waited for.
agent_did()
{
    [ "$(xs "$1/done")" = "$2 0" ]
}

# agent_is_asked NAME VERB [KIB]: waits for nothing.
agent_is_asked()
{
    AGENT_DATA=/local/domain/$(domid "$1")/data
    AGENT_NUMBER=$((AGENT_NUMBER + 1))
    xenstore-write "$AGENT_DATA/command" "$AGENT_NUMBER ${*:2}"
}

# agent NAME VERB [KIB]: have the guest's agent do it (guest/agent.c).  That it
# is done is not what is judged, and the emulator may be short of a CPU.
agent()
{
    agent_is_asked "$@"
    wait_for 120 agent_did "$AGENT_DATA" "$AGENT_NUMBER"
}

destroy()
{
    xl destroy "$1"
    refute xl domid "$1" 2>/dev/null
}

# --- the guard --------------------------------------------------------------

GUARD_CONF=/etc/xen/memguard.conf
GUARD_MODE=/etc/xen/memguard.mode
GUARD_LOG=/run/bed-syslog

# syslog goes to $GUARD_LOG, which comes home however the scenario ends.
guard_log()
{
    [ -S /dev/log ] || busybox syslogd -O "$GUARD_LOG"
    wait_for 5 test -S /dev/log
    : >"$GUARD_LOG"
    trap 'keep "$GUARD_LOG"' EXIT
}

# guard_on MODE [LINES...]: xl is guarded.
guard_on()
{
    [ -n "$(trap -p EXIT)" ] || guard_log
    {
        printf 'mode = "%s"\n' "$1"
        printf '%s\n' "${@:2}"
    } >"$GUARD_CONF"
    rm -f "$GUARD_MODE"
    /usr/libexec/xlmem/xl-divert add
}

guard_off()
{
    /usr/libexec/xlmem/xl-divert remove
    rm -f "$GUARD_CONF" "$GUARD_MODE"
}

# What is reserved: a file each, beside the lock and its line.
ledger_entries()
{
    find /run/xlmem/ledger -maxdepth 1 -name '[0-9]*-[0-9]*' 2>/dev/null | wc -l
}

# status KEY: of what xl memguard status says.
status()
{
    xl memguard status -k | sed -n "s/^$1=//p"
}

# largest_starts N CREATE: of the Nth kind the largest domU that status names
# does start, made by CREATE and called most; 1 MiB more is refused.
largest_starts()
{
    local mib

    mib=$(($(status "largest.$1.now_kb") / 1024))
    result "largest_$(status "largest.$1.type")_mib" "$mib"
    refute "$2" more $((mib + 1)) 'vcpus = 1' 2>/run/more.err
    assert_match 'more is not created: it does not fit' /run/more.err
    refute grep 'libxl: error' /run/more.err
    assert "$2" most "$mib" 'vcpus = 1'
    assert_le "$(status "largest.$1.now_kb")" 1024 "what fits beside it"
    result usable_beside_kb "$(status books.usable_kb)"
}

# disaster 'LEAVING...' SIZE...: domUs d0, d1, ... on a host whose dom0 owns all
# memory.  The create of the last one fails after it has taken what dom0 lives
# on, and nobody gives that back when others leave.
disaster()
{
    local leaving=$1 i=0 floor full name

    shift
    floor=$(xl-memguard size -k | sed -n 's/^floor_kb=//p')
    while [ $# -gt 1 ]; do
        assert paused_pv "d$i" "$1"
        i=$((i + 1))
        shift
    done
    refute paused_pv "d$i" "$1" 2>/run/err
    cat /run/err
    assert_match 'failed to free memory for the domain' /run/err
    full=$(dom_mib Domain-0)
    result dom0_mib "$full"
    result target_kb "$(balloon_kb target_kb)"
    result available_kb "$(meminfo_kb MemAvailable)"
    assert_le "$(balloon_kb target_kb)" "$floor" "dom0's target"
    assert_le "$(meminfo_kb MemAvailable)" 65536 "dom0's MemAvailable"

    for name in $leaving; do
        xl destroy "$name"
    done
    sleep 1
    assert_eq "$(dom_mib Domain-0)" "$full" "dom0's memory in MiB"
    assert_ge "$(host_free_mib)" 1600 "Xen's free memory"
    destroy_all
}

# destroy_all: every domU, and what lies in Xen's hands comes back.  One that
# reboots at that moment is gone under its number and back under another.
destroy_all()
{
    wait_for 60 all_destroyed
}

all_destroyed()
{
    local id ids

    ids=$(xl list | awk 'NR > 2 && $5 !~ /d/ { print $2 }')
    for id in $ids; do
        xl destroy "$id" || :
    done
    [ -z "$ids" ]
}

# --- the daemon --------------------------------------------------------------

DAEMON_LOG=/run/daemon.log
DAEMON=

daemon_says()
{
    [ "$(xs /tool/memguard/daemon/state)" = "$1" ] &&
        [ "$(xs /tool/memguard/daemon/pid)" = "$DAEMON" ]
}

# daemon_start: with the configuration there is; it says that it balances.
daemon_start()
{
    xl-memguard daemon -v >>"$DAEMON_LOG" 2>&1 &
    DAEMON=$!
    wait_for 20 daemon_says balancing
}

# opt_in NAME MIN MAX: its memory may be moved, in MiB.
opt_in()
{
    local memory

    memory=/local/domain/$(domid "$1")/memory
    xenstore-write "$memory/dynamic-min" $(($2 * 1024)) \
        "$memory/dynamic-max" $(($3 * 1024))
}

# balloons MIN MAX NAME...: Linux guests of ${MIB:-320} that say what they have,
# and opt in.  One boots while the next is built.
balloons()
{
    local name

    for name in "${@:3}"; do
        linux_boots pv "$name" "${MIB:-320}" "maxmem = $2"
    done
    for name in "${@:3}"; do
        is_up "$name"
        agent "$name" publish
        opt_in "$name" "$1" "$2"
    done
}

# scarce MIB: so much is left beside headroom; a domain called fills has the
# rest, whom nobody asked.
scarce()
{
    MEMGUARD=off assert paused_pv fills $(($(host_free_mib) - 64 - $1))
}

# target NAME: in kB.
target()
{
    xs_dom "$1" memory/target
}

target_at_most()
{
    [ "$(target "$1")" -le "$2" ]
}

target_at_least()
{
    [ "$(target "$1")" -ge "$2" ]
}

# at_rest NAME...: no target is another than 2 s ago, and all are there.
at_rest()
{
    local name before=() i=0

    for name; do
        before+=("$(target "$name")")
    done
    sleep 2
    for name; do
        [ "$(target "$name")" = "${before[i]}" ] || return 1
        mib_at_most "$name" $((before[i] / 1024 + 2)) || return 1
        mib_at_least "$name" $((before[i] / 1024 - 2)) || return 1
        i=$((i + 1))
    done
}

# daemon_end SIGNAL: and what its status is.
daemon_end()
{
    local r=0

    kill "-$1" "$DAEMON"
    wait "$DAEMON" || r=$?
    DAEMON=
    return "$r"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -eE
    trap '[ $BASHPID != $$ ] || note "FAIL: line $LINENO: $BASH_COMMAND" >&2' \
        ERR
    scenario=$1
    shift
    # shellcheck source=/dev/null
    . "$scenario"
    note "done"
fi
