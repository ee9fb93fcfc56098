#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# The file of a domU that runs already: judged as what can be done with it.
# shellcheck disable=SC1091,SC2086,SC2154
. "$(dirname "$0")/lib.sh"
uuid=6f2c9d1e-0c55-4b43-a0a1-0d6f1f6f0a11

# host FREE_MIB DOMS: dom0 with 2 GiB, and others; @res: what is reserved.
res=
host()
{
    cat >"$scratch/host.json" <<JSON
{"version": 1, "total_kb": 16777216, "free_kb": $(($1 * 1024)),
 "outstanding_kb": 0, "xen_major": 4, "xen_minor": 17,
 "xen_version": "4.17.5", "hap": 1, "domains_listed": 1,
 "xen_cmdline": "dom0_mem=2G,max:2G",
 "doms": [
  {"domid": 0, "type": "pv", "vcpus": 2, "tot_kb": 2097152,
   "maxmem_kb": 2097152, "outstanding_kb": 0, "paging_kb": 0,
   "target_kb": 2097152, "static_max_kb": 2097152, "name": "Domain-0"}$2],
 "reservations": [$res],
 "dom0": {"mem_total_kb": 1900000, "mem_available_kb": 1500000,
   "mem_free_kb": 1200000, "cached_kb": 100000, "balloon_target_kb": 2097152,
   "balloon_current_kb": 2097152, "type": "pv", "linux_major": 6,
   "linux_minor": 1, "kernel_release": "6.1.0-37-amd64"}}
JSON
}

# runs ID NAME MIB MORE: a PV domU of the list.
runs()
{
    printf ', {"domid": %s, "type": "pv", "vcpus": 2, "tot_kb": %s,
   "maxmem_kb": %s, "outstanding_kb": 0, "paging_kb": 0, "target_kb": %s,
   "static_max_kb": %s, "name": "%s", "uuid": "%s"%s}' "$1" \
        $(($3 * 1024)) $(($3 * 1024 + 1024)) $(($3 * 1024)) \
        $(($3 * 1024)) "$2" $uuid "${4:-}"
}

# cfg NAME MIB LINE...: its file.
cfg()
{
    printf 'name = "%s"\ntype = "pv"\nkernel = "/boot/linux"\nvcpus = 2\n' "$1"
    printf 'memory = %s\n' "$2"
    printf '%s\n' "${@:3}"
}

check()
{
    exits "$1" check "$scratch/dom.cfg" --host "$scratch/host.json" "${@:2}"
}

# shows TEXT, lacks TEXT: of the report, as one line.
all()
{
    cat "$scratch/out" "$scratch/err" | tr -s '\n ' ' '
}
shows()
{
    all | grep -qF -- "$1" || { all >&2; fail "nothing says: $1"; }
}
lacks()
{
    ! all | grep -qF -- "$1" || fail "it says: $1"
}

# On a full host the same file would not start beside itself; nobody asks that.
host 100 "$(runs 7 web 4096)"
cfg web 4096 >"$scratch/dom.cfg"
check 0
shows 'web runs already (id 7) and has 4096.0 MiB: xl refuses to create a'
shows 'web, shut down and created from this file, fits (needs 4096.1 MiB'
shows 'That is what it takes from Xen now.'
shows 'xl reboot keeps its present configuration'
head -n 1 "$scratch/out" | grep -q '^web runs already' || fail "not said first"
check 0 -k
shows 'running.domid=7'
shows 'running.name=web'
shows 'running.refused=true'
shows 'running.has_kb=4194304'
shows 'verdict=admit'

# A larger one: what is free and what it leaves.
cfg web 4120 >"$scratch/dom.cfg"
check 0
shows 'That is 24.0 MiB more than it takes from Xen now.'
cfg web 4000 >"$scratch/dom.cfg"
check 0
shows 'That is 96.0 MiB less than it takes from Xen now.'
cfg web 6000 >"$scratch/dom.cfg"
check 3
shows 'web, shut down and created from this file, does not fit'
shows 'That is 1904.0 MiB more than it takes from Xen now.'
# It is not advised to shut it down: that is done already.
lacks 'xl shutdown -w 7'

# Kept after its end; dying; of another name.
host 100 "$(runs 7 web 4096 ', "shutdown": 1')"
cfg web 4096 >"$scratch/dom.cfg"
check 0
shows 'web is still here, shut down (id 7) and has 4096.0 MiB'
host 4200 "$(runs 7 web 100 ', "dying": 1')"
check 0
lacks 'runs already'
shows 'web fits (needs 4096.1 MiB'
host 100 "$(runs 7 web 4096)"
cfg mail 4096 >"$scratch/dom.cfg"
check 3
lacks 'runs already'

# Of its uuid alone: a second one is created, and has to fit beside it.
cfg mail 4096 "uuid = \"$uuid\"" >"$scratch/dom.cfg"
check 3
shows 'web (id 7) runs with the uuid of this file'
shows 'xl creates mail beside it'
shows 'mail does not fit'
check 3 -k
shows 'running.refused=false'

# What is reserved for it by hand is its own.
host 4300 ''
cfg web 4096 "uuid = \"$uuid\"" >"$scratch/dom.cfg"
check 0
res="{\"need_kb\": 4194434, \"dom0_need_kb\": 0, \"left_ms\": 60000,
    \"id\": \"1-0\", \"uuid\": \"$uuid\"}"
host 4300 ''
check 0
shows 'web fits (needs 4096.1 MiB'
cfg web 4096 >"$scratch/dom.cfg"
check 3
res=

# A balloon that was asked and has not followed is no giver, and what it owes is
# not promised: 300 MiB above its ceiling.
cfg mail 200 >"$scratch/dom.cfg"
host 100 "$(runs 7 web 4096 | sed 's/"maxmem_kb": [0-9]*/"maxmem_kb": 3888128/;
    s/"target_kb": [0-9]*/"target_kb": 3887104, "dynamic_min_kb": 1048576/')"
check 0
shows 'mail fits if what is to come back comes: 172.1 MiB short in Xen'
shows 'coming asked for and not given yet: domain 7 (300.0 MiB)'
shows 'one look does not tell.'
exits 0 status --host "$scratch/host.json"
shows 'web (id 7) was asked to give memory and still holds 299.0 MiB too much.'
cfg mail 5000 >"$scratch/dom.cfg"
check 3
shows 'guests can give 0.0 MiB'
# Its ceiling was raised since: it has not followed all the same.
host 100 "$(runs 7 web 4096 |
    sed 's/"target_kb": [0-9]*/"target_kb": 3887104, "dynamic_min_kb": 1048576/')"
check 3
shows 'guests can give 0.0 MiB'
# One that is at its target may give; whether it does nobody knows yet.
host 100 "$(runs 7 web 4096 |
    sed 's/"target_kb"/"dynamic_min_kb": 1048576, "target_kb"/')"
cfg mail 3000 >"$scratch/dom.cfg"
check 0
shows "Whether a domU's balloon follows is seen only when it is asked"

# Where no target is to be set a reservation that needs one is refused, with
# the reason and without the plan.
echo "mode = warn" >"$scratch/conf"
exits 3 reserve 3000M -N -k --host "$scratch/host.json" --config "$scratch/conf"
shows 'verdict=refuse'
shows 'code=no-plan'
lacks 'plan.0'
shows 'and are not to be asked'

# After a reboot nothing runs that runs now: it is started once, and what it
# has now is there for it.
mkdir "$scratch/auto"
cfg web 4096 >"$scratch/auto/web"
all_of()
{
    host "$1" "$2"
    exits 0 check --all "$scratch/auto" --host "$scratch/host.json" -k
    awk -F= '/^(boot.host_free_kb|usable_kb|left_kb)=/ {
            print $1, int($2 / 1024 + 0.5)
        }
        /^(nr_up|nr_down|domains.0.(verdict|need_kb))=/' "$scratch/out"
}
all_of 14000 '' >"$scratch/without"
all_of 9904 "$(runs 7 web 4096)" >"$scratch/with"
same "check --all counts what runs" "$scratch/without" "$scratch/with"
[ "$(grep -c . "$scratch/with")" = 7 ] || fail "check --all tells less"
grep -q '^nr_up=1$' "$scratch/with" || fail "check --all does not start it"
# Of two names that are as long in letters beyond ASCII each is its own, and is
# shown as the terminal can.
host 4200 "$(runs 7 веб1 4096)"
cfg бот1 4096 >"$scratch/dom.cfg"
check 0
lacks 'runs already'
shows '\u{431}\u{43e}\u{442}1 fits'
cfg веб1 4096 >"$scratch/dom.cfg"
check 0
shows '\u{432}\u{435}\u{431}1 runs already (id 7)'
LC_ALL=C.UTF-8
check 0
shows 'веб1 runs already (id 7)'
shows 'веб1, shut down and created from this file, fits'
LC_ALL=C
mkdir "$scratch/two"
cfg веб1 1024 >"$scratch/two/a.cfg"
cfg бот1 1024 >"$scratch/two/b.cfg"
host 14000 ''
exits 0 check --all "$scratch/two" --host "$scratch/host.json" -k
grep -q '^nr_up=2$' "$scratch/out" || fail "check --all starts one of two names"

# Digits are an id, as for xl, whoever is named so; nobody is not everybody.
host 14000 "$(runs 3 7 256)$(runs 7 web1 1024)"
exits 0 set 7 -k --host "$scratch/host.json"
grep -qx 'name=web1' "$scratch/out" || fail "7 is not the domain 7"
exits 0 set web1 --host "$scratch/host.json"
grep -q 'unknown' "$scratch/out" && fail "a least size that is not set"
exits 2 set web1 min=-5 --host "$scratch/host.json"
says "min=-5: min is a size of 1M or more: '-5'"
exits 2 set web1 foo=3 --host "$scratch/host.json"
says 'foo=3: expected min=SIZE, max=SIZE or weight=N'
exits 1 set 4 --host "$scratch/host.json"
says "there is no domain '4'"
echo '{"version": 1, "total_kb": 16777216}' >"$scratch/host.json"
exits 1 set 7 --host "$scratch/host.json"
says "which domains run is not known"
exit $failed
