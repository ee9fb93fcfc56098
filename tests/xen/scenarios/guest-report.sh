# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full share=linux timeout=300
# memguard-guest in a PV guest (linux-pvh has a PVH one): what it writes is what
# the guest has, follows its use within seconds, costs nothing at rest, has an
# end in a guest that never rests, and is there again after a restore.

. /bed/report.sh

said_at_most()
{
    [ "$(reported "$1" "$2")" -le "$3" ]
}

said_at_least()
{
    [ "$(reported "$1" "$2")" -ge "$3" ]
}

# available NAME: by its kernel, in kB.
available()
{
    xs_dom "$1" data/meminfo_free
}

# rests NAME: what its kernel has to give changes no more.  Memory comes back
# for some seconds after a restore: 8 MiB of 160 on Linux 6.12.
rests()
{
    local before off

    before=$(available "$1") || return 1
    sleep 2
    off=$(($(available "$1") - before))
    [ ${off#-} -le 1024 ]
}

# says_what_is NAME: to 4 MiB, below which a change is not written.
says_what_is()
{
    local off

    off=$(($(reported "$1" available_kb) - $(available "$1")))
    [ ${off#-} -le 5120 ]
}

# takes NAME: it says so.
takes()
{
    local kb began

    wait_for 20 rests "$1"
    kb=$(available "$1")
    began=$(seconds)
    agent "$1" alloc 50000
    wait_for 10 said_at_most "$1" available_kb $((kb - 45000))
    result "${1}_rise_after_s" $(($(seconds) - began))
    wait_for 10 says_what_is "$1"
}

# writes NAME SECONDS [COMMAND...]: how often the node is written meanwhile.  A
# watch reports once when it is set.
writes()
{
    local id log=/run/writes watcher

    id=$(domid "$1")
    xenstore-watch -n 10000 "/local/domain/$id/$REPORT" >"$log" &
    watcher=$!
    if [ $# -gt 2 ]; then
        "${@:3}" "$1" "$2"
    else
        sleep "$2"
    fi
    kill "$watcher"
    wait "$watcher" 2>/dev/null || true
    echo $(($(wc -l <"$log") - 1))
}

# restless NAME SECONDS: memory taken and given back all the time.  An idle guest
# looks each four seconds and may find what was given back again; once it has
# found what is taken, it looks each second.
restless()
{
    local end kb

    kb=$(available "$1")
    agent "$1" alloc 30000
    wait_for 20 said_at_most "$1" available_kb $((kb - 20000))
    end=$(($(seconds) + $2))
    while [ "$(seconds)" -lt "$end" ]; do
        agent "$1" alloc 30000
        agent "$1" free
    done
}

linux_boots pv pv 160 'maxmem = 160'
reports_what_it_has pv 160

# --- it follows -------------------------------------------------------------
# Used, and given back.
available=$(reported pv available_kb)
takes pv
agent pv free
wait_for 10 said_at_least pv available_kb $((available - 4096))

# Its size.
xl mem-set pv 140m
wait_for 30 said_at_most pv balloon_kb 147456
xl mem-set pv 160m
wait_for 30 said_at_least pv balloon_kb 159744

# --- what it costs ----------------------------------------------------------
wait_for 20 rests pv
writes=$(writes pv 20)
result idle_writes_in_20_s "$writes"
assert_le "$writes" 1 "writes of an idle guest in 20 s"
began=$(seconds)
writes=$(writes pv 15 restless)
took=$(($(seconds) - began))
result restless_writes "$writes in $took s"
assert_ge "$writes" 1 "writes of a restless guest"
assert_le "$writes" $((took + 1)) "writes of a restless guest in $took s"

# --- elsewhere --------------------------------------------------------------
before=$(domid pv)
xl save pv /run/pv.saved
refute xl domid pv 2>/dev/null
xl restore /run/pv.saved
rm /run/pv.saved
refute test "$(domid pv)" = "$before"
began=$(seconds)
wait_for 20 xs_dom pv "$REPORT"
result restored_after_s $(($(seconds) - began))
result restored_report "$(xs_dom pv "$REPORT")"
takes pv

# --- its end ----------------------------------------------------------------
agent pv unreport
refute xs_dom pv "$REPORT"
refute xs_dom pv data/memguard
destroy pv

# --- and dom0 ---------------------------------------------------------------
assert_status 3 "$GUESTS/memguard-guest" 2>/run/err
assert_match 'this is dom0' /run/err
