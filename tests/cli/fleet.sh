#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Many hosts: what they have, whether they could do without one of them, and in
# which order one can be emptied.
# shellcheck disable=SC1091,SC2016,SC2154
. "$(dirname "$0")/lib.sh"

fleet=$scratch/fleet
mkdir "$fleet"
new_fleet()
{
    rm -r "$fleet"
    mkdir "$fleet"
}

# host NAME FREE_MIB [DOMU MIB [TYPE]]...: dom0 of 1 GiB with 800 MiB available.
host()
{
    local name=$1 free=$2 id=0 type
    shift 2
    {
        cat <<EOT
{"version": 1, "total_kb": 67108864, "free_kb": $((free * 1024)),
 "outstanding_kb": 0, "xen_major": 4, "xen_minor": 17, "hap": 1,
 "domains_listed": 1,
 "dom0": {"mem_total_kb": 1048576, "mem_available_kb": 819200,
   "balloon_target_kb": 1048576, "type": "pv"},
 "doms": [
  {"domid": 0, "type": "pv", "vcpus": 2, "tot_kb": 1048576,
   "maxmem_kb": 1048576, "target_kb": 1048576}
EOT
        while [ $# -gt 0 ]; do
            id=$((id + 1))
            type=pv
            case ${3:-} in pv | pvh | hvm) type=$3 ;; esac
            cat <<EOT
  , {"domid": $id, "type": "$type", "vcpus": 1, "tot_kb": $(($2 * 1024)),
   "maxmem_kb": $(($2 * 1024 + 1024)), "outstanding_kb": 0, "paging_kb": 0,
   "target_kb": $(($2 * 1024)), "static_max_kb": $(($2 * 1024)),
   "name": "$1", "uuid": "00000000-0000-4000-8000-${name}00000$id"}
EOT
            case ${3:-} in pv | pvh | hvm) shift 3 ;; *) shift 2 ;; esac
        done
        echo ' ]}'
    } >"$fleet/$name.json"
}

# holds TEXT: the report of the last run has it.
holds()
{
    grep -qF -- "$1" "$scratch/out" && return
    cat "$scratch/out" >&2
    fail "the report does not say: $1"
}

# value KEY: the first number of a report in JSON.
value()
{
    sed -n "s/^ *\"$1\": \([0-9]*\),*\$/\1/p" "$scratch/out" | head -1
}

# Greedy placement puts the 2000 on the larger gap, and has none for the 3000.
host 00000a 3110
host 00000b 2110
host 00000c 100 small 2000 large 3000
exits 0 fleet "$fleet"
holds "3 hosts with 2 domUs"
exits 0 fleet "$fleet" -j
[ $(($(value capacity_kb) - $(value need_kb))) = "$(value usable_kb)" ] ||
    fail "capacity less needs is not what is usable"
exits 0 fleet check --without 00000c "$fleet"
holds "Yes: all domUs would run"
holds "small  00000c  00000b"
holds "large  00000c  00000a"
exits 0 fleet check "$fleet"
exits 0 fleet evacuate 00000c "$fleet"
holds "All domUs of 00000c (2) can be migrated"
sed -i 's/"xen_minor": 17/"xen_minor": 16/' "$fleet/00000a.json"
exits 0 fleet evacuate 00000c "$fleet" -j
[ "$(grep -c '"why": "to an older Xen, which may refuse it"' \
    "$scratch/out")" = 1 ] ||
    fail "that an older Xen is not bound to take it is not said"
exits 0 fleet evacuate 00000c "$fleet" --format xl
holds "# 1 of them to an older Xen, which may refuse them"
exits 0 fleet evacuate 00000c "$fleet"
holds "1 of them go to an older Xen, which may refuse them."
host 00000a 3110
exits 0 fleet evacuate 00000c "$fleet" --format xl
printf 'xl migrate small 00000b\nxl migrate large 00000a\n' >"$scratch/want"
same "commands" "$scratch/want" "$scratch/out"

# For Pacemaker: which would have placed small first, where most is free.
exits 0 fleet evacuate 00000c "$fleet" --format pacemaker
cat >"$scratch/want" <<'EOT'
crm_attribute -t nodes -N 00000a -z -n hv_memory -v 3038
crm_attribute -t nodes -N 00000a -z -n dom0_memory -v 736
crm_attribute -t nodes -N 00000b -z -n hv_memory -v 2038
crm_attribute -t nodes -N 00000b -z -n dom0_memory -v 736
crm_resource -r small -z -p hv_memory -v 2002
crm_resource -r small -z -p dom0_memory -v 101
crm_resource -r large -z -p hv_memory -v 3002
crm_resource -r large -z -p dom0_memory -v 103
cibadmin -C -o constraints -X '<rsc_location id="xlmem-small" rsc="small" node="00000b" score="100"/>'
cibadmin -C -o constraints -X '<rsc_location id="xlmem-large" rsc="large" node="00000a" score="100"/>'
crm_attribute -t nodes -N 00000c -n standby -v on
EOT
same "commands for Pacemaker" "$scratch/want" "$scratch/out"
# For htools: what they compute to be free (total less domUs) is usable.
exits 0 fleet evacuate 00000c "$fleet" --format htools
holds "00000c|5030|0|26|"
holds "|Y|00000000-"
exits 0 fleet "$fleet" --format htools
awk -F'|' '
    NF == 15 { total[$1] = $2; free[$1] = $4; nodes++ }
    NF == 13 { needs[$7] += $2; domus++ }
    !NF { empty++ }
    END {
        for (n in total) bad += total[n] - needs[n] != free[n]
        exit !(nodes == 3 && domus == 2 && empty == 4 && !bad)
    }' "$scratch/out" || fail "htools would compute something else"
# In the other order greedy placement finds it, but which one Pacemaker takes
# the recordings do not tell.
host 00000c 100 large 3000 small 2000
exits 0 fleet evacuate 00000c "$fleet" --format pacemaker
[ "$(grep -c cibadmin "$scratch/out")" = 2 ] || fail "it goes by the order"
# One host takes all: no order goes wrong, and no preference is wanted.
host 00000c 100 large 2000 small 1000
exits 0 fleet evacuate 00000c "$fleet" --format pacemaker
! grep -q cibadmin "$scratch/out" || fail "preferences without need"
# What others wait for, or has no place, is told to stop.
host 00000c 100 large 3000 small 2000 more 1000
exits 3 fleet evacuate 00000c "$fleet" --format pacemaker
holds "crm_resource -r more -m -p target-role -v Stopped"
host 00000c 100 small 2000 large 3000

# What it says as metrics; and nothing written by who does not ask for it.
exits 3 fleet check "$fleet" --lose 2 --textfile "$scratch/fleet.prom"
grep -v '^#' "$scratch/fleet.prom" >"$scratch/got"
printf 'xlmem_fleet_survives_loss{host="%s"} %s\n' "00000a, 00000b" 1 \
    "00000a, 00000c" 0 "00000b, 00000c" 0 >"$scratch/want"
same "metrics" "$scratch/want" "$scratch/got"
rm "$scratch/fleet.prom"
exits 0 fleet check "$fleet" --textfile "$scratch/fleet.prom" -N
[ ! -e "$scratch/fleet.prom" ] || fail "a dry run writes"
# The answer is there though the file is not.
exits 1 fleet check "$fleet" --textfile "$scratch/absent/fleet.prom"
holds "Yes: all domUs would run"
# A name that two captures bear has no sample: the collector would refuse all.
mkdir "$scratch/x" "$scratch/y"
cp "$fleet/00000c.json" "$scratch/x/n1.json"
sed 's/-00000c/-00000d/' "$fleet/00000c.json" >"$scratch/y/n1.json"
exits 3 fleet check "$scratch/x/n1.json" "$scratch/y/n1.json" \
    --textfile "$scratch/fleet.prom"
! grep -q '^xlmem' "$scratch/fleet.prom" || fail "a name of two has a sample"
exits 3 fleet check "$fleet" --textfile "$scratch/fleet.prom" --lose 2
grep -q '^xlmem' "$scratch/fleet.prom" || fail "no sample"
# No host at all: no sample is left of before.
mkdir "$scratch/nothing"
echo '{' >"$scratch/nothing/a.json"
exits 1 fleet check "$scratch/nothing" --textfile "$scratch/fleet.prom"
! grep -q '^xlmem' "$scratch/fleet.prom" || fail "the samples of before"
# Nor where what was asked of them cannot be.
exits 3 fleet check "$fleet" --textfile "$scratch/fleet.prom" --lose 2
exits 2 fleet check "$fleet" --textfile "$scratch/fleet.prom" --without absent
! grep -q '^xlmem' "$scratch/fleet.prom" || fail "samples of another question"
exits 2 fleet "$fleet" --textfile "$scratch/fleet.prom"

# No: each with its proof.
exits 3 fleet check --lose 2 "$fleet"
holds "No: in 2 of 3 cases"
host 00000a 2900
exits 3 fleet check "$fleet" -j
holds '"kind": "domain"'
host 00000c 100 one 1300 two 1300 three 1300
host 00000a 2110
exits 3 fleet check --without 00000c "$fleet" -j
holds '"verdict": "no"'
holds '"kind": "large"'
host 00000c 100 one 700 two 700 three 700 four 700 five 700 six 700 seven 700
exits 3 fleet check --without 00000c "$fleet"
holds "5 domUs need 701.1 MiB or more in Xen"
# What has to be stopped is the least that will do.
exits 3 fleet evacuate 00000c "$fleet" -j
[ "$(value nr_stopped)" = 3 ] || fail "$(value nr_stopped) are stopped"
holds '"least": true'
holds '"why": "no host has room for it"'

# The source has not the memory for a PV domU's log-dirty pages until the
# smaller one has left.
host 00000a 30000
host 00000b 30000
host 00000c 1 big 8000 pv small 500 pvh
exits 0 fleet evacuate 00000c "$fleet" --format xl
[ "$(cut -d' ' -f3 "$scratch/out" | tr '\n' ' ')" = "small big " ] ||
    fail "the order is $(cat "$scratch/out")"
host 00000c 1 big 8000 pv other 9000 pv
exits 3 fleet evacuate 00000c "$fleet"
holds "others need its memory to leave"
holds "1 of 2 domUs of 00000c have to be stopped"
# A paused domU hears no request: xl shutdown -w would wait for ever.
host 00000c 1000 sleeper 500 pvh
sed -i 's/"domid": 1,/"domid": 1, "paused": 1,/' "$fleet/00000c.json"
exits 3 fleet evacuate 00000c "$fleet" --format xl
holds "# sleeper is paused: xl unpause it first, or xl destroy"
grep -q '^xl' "$scratch/out" && fail "a command for a paused domU"
# Of one whose type is not known it is not known what its leaving takes.
host 00000c 1000 some 500 pvh
sed -i '/"domid": 1,/s/"type": "pvh", //' "$fleet/00000c.json"
exits 5 fleet evacuate 00000c "$fleet" --format xl
holds "# of 1 domUs the type is not recorded"
holds "xl migrate some "
exits 5 fleet evacuate 00000c "$fleet"
holds "its type is not recorded"
exits 2 fleet evacuate 00000c "$fleet" --format xl -j
# Of names that are no words for a command, it is said what has to be done.
host 00000c 1000 '$(id)' 500 pvh
sed -i 's/"domid": 1,/"domid": 1, "paused": 1,/' "$fleet/00000c.json"
mv "$fleet/00000c.json" "$fleet/rack 3.json"
exits 3 fleet evacuate 'rack 3' "$fleet" --format pacemaker
holds "# a domU is to be stopped: its name is no word"
holds "# put it into standby: its name is no word"
! grep -q '[$]' "$scratch/out" || fail "a name for the shell"
rm "$fleet/rack 3.json"
# A name that xl would take for an id is in no command.
host 00000c 1000 77 500 pvh
exits 0 fleet evacuate 00000c "$fleet" --format xl
holds "# migrate domain 1: its name is no word for a command"

# A question about nobody is none: its yes would always come.
exits 2 fleet check "$fleet" --lose 0
exits 2 fleet check "$fleet" --without ''
says "there is no host ''"
# Of two questions one would not be answered.
exits 2 fleet check "$fleet" --without 00000a --without 00000b
says "option '--without' is there twice"
exits 0 fleet check "$fleet" --without 00000a,00000b
# A name may have a comma itself, but not be two others.
cp "$fleet/00000a.json" "$scratch/00000a,rack 2.json"
exits 0 fleet check "$scratch/00000a,rack 2.json" "$fleet/00000b.json" \
    --without '00000b,00000a,rack 2' -k
holds "cases.0.lost.1=00000b"
exits 2 fleet check "$scratch/00000a,rack 2.json" "$fleet" \
    --without '00000a,rack 2'
says "'00000a,rack 2' is a host, and '00000a' another"

# Nobody knows what dom0 can spare there: no domU is promised a place.
sed -i 's/"mem_available_kb": 819200,//' "$fleet/00000b.json"
exits 0 fleet "$fleet"
exits 5 fleet check --without 00000c "$fleet"
says "00000b.json: dom0's MemAvailable is not known: its side was not checked"
holds "do not tell all"
host 00000b 30000
exits 0 fleet check --without 00000c "$fleet"

# One that cannot be read is named, the others answer, and it is no yes.
host 00000c 100 one 500
echo '{"version": 1,' >"$fleet/broken.json"
exits 1 fleet "$fleet"
says "broken.json: left out"
holds "1 host could not be read"
exits 5 fleet check "$fleet"
holds "Not known: of what was read all would run."
exits 5 fleet check "$fleet" -j
holds '"verdict": "unknown"'
grep -qE '"verdict": "(yes|no)"' "$scratch/out" && fail "a verdict without it"
exits 5 fleet check "$fleet" --textfile "$scratch/f.prom"
grep -q '^xlmem' "$scratch/f.prom" && fail "what is not known has a sample"
exits 5 fleet check --lose 3 "$fleet"
holds "Not known: of what was read domUs would stay down in 1 of 1 cases."
rm "$fleet/broken.json"

# A capture of which a file cannot be read: its host is counted, and no answer
# of it is certain; none is at odds with the exit status.
cp -a tests/fixtures/hosts/qemu-16g "$scratch/partial"
exits 0 fleet check "$fleet" "$scratch/partial"
echo "no numbers" >"$scratch/partial/proc/loadavg"
exits 1 fleet "$scratch/partial"
says "proc/loadavg"
exits 5 fleet check "$fleet" "$scratch/partial" -j
grep -qE '"verdict": "(yes|no)"' "$scratch/out" && fail "a verdict all the same"
holds '"nr_partial": 1'
exits 5 fleet evacuate 00000c "$fleet" "$scratch/partial"
holds "Of 1 host not all files could be read"

# Two captures of one host, by their boot id, whatever they are called.
for n in 1 2; do
    cp -a tests/fixtures/hosts/qemu-16g "$scratch/boot$n"
    mkdir -p "$scratch/boot$n/proc/sys/kernel/random"
    echo "5f4dcc3b-5aa7-465d-8e2b-1f2d3c4b5a69" \
        >"$scratch/boot$n/proc/sys/kernel/random/boot_id"
done
exits 5 fleet check "$scratch/boot1" "$scratch/boot2"
says "two captures of one host, by their boot id"
# And of another boot of it, by their name.
echo "00000000-5aa7-465d-8e2b-1f2d3c4b5a69" \
    >"$scratch/boot2/proc/sys/kernel/random/boot_id"
exits 0 fleet check "$scratch/boot1" "$scratch/boot2"
mkdir "$scratch/older"
mv "$scratch/boot2" "$scratch/older/boot1"
exits 5 fleet check "$scratch/boot1" "$scratch/older/boot1"
says "by their name, of two boots: leave the older out"

# A recording of another day is told by its clocks; the answer is as it was.
mkdir "$scratch/days"
for n in 1 2; do
    cp -a tests/fixtures/hosts/qemu-16g "$scratch/days/n$n"
    echo "btime $((1700000000 + n * 3 * 86400))" >"$scratch/days/n$n/proc/stat"
    echo "100.00 90.00" >"$scratch/days/n$n/proc/uptime"
done
exits 0 fleet check "$scratch/days"
holds "n1 was recorded 3 days before n2:"
exits 0 fleet "$scratch/days" -k
holds "apart_s=259200"
exits 0 fleet check "$scratch/days" --textfile "$scratch/days.prom"
grep -qx "xlmem_fleet_oldest_timestamp_seconds 1700259300" \
    "$scratch/days.prom" || fail "when the oldest was recorded"
echo "btime $((1700000000 + 6 * 86400 - 3599))" >"$scratch/days/n1/proc/stat"
exits 0 fleet check "$scratch/days"
! grep -q "was recorded" "$scratch/out" || fail "within an hour it is not said"

# Clocks that cannot be read, or that no clock shows, tell no age; what is counted
# is not less certain by it.
echo "no clock" >"$scratch/days/n1/proc/uptime"
exits 0 fleet check "$scratch/days"
says "proc/uptime"
exits 0 fleet "$scratch/days" -k
holds "nr_partial=0"
echo "100.00 90.00" >"$scratch/days/n1/proc/uptime"
for clock in 18446744073709551600 8589934592; do
    echo "btime $clock" >"$scratch/days/n1/proc/stat"
    exits 0 fleet check "$scratch/days" --textfile "$scratch/days.prom"
    ! grep -q "was recorded" "$scratch/out" || fail "an age of no clock"
    grep -qx "xlmem_fleet_oldest_timestamp_seconds 1700518500" \
        "$scratch/days.prom" || fail "the age of no clock"
done
rm "$scratch/days.prom"

# Two captures of one host; one domU on two.
mkdir "$scratch/again"
cp "$fleet/00000c.json" "$scratch/again/00000c.json"
exits 5 fleet check "$fleet" "$scratch/again/00000c.json"
says "two captures of one host"
says "one (uuid 00000000-0000-4000-8000-00000c000001) runs on 00000c and on"
rm -r "$scratch/again"

# A folder with nothing in it, as of a share that is not mounted.
mkdir "$scratch/empty"
exits 5 fleet check "$fleet" "$scratch/empty"
says "empty: no recorded host is in it"

# No name becomes a word for a shell, xl's own included.
mv "$fleet/00000a.json" "$fleet/a; touch x.json"
mv "$fleet/00000b.json" "$fleet/-oProxy.json"
host 00000c 100 '$(reboot)\n' 500
exits 0 fleet evacuate 00000c "$fleet" --format xl
grep -qE 'touch|Proxy|reboot' "$scratch/out" && fail "$(cat "$scratch/out")"
holds "# migrate domain 1: its name is no word for a command"
host 00000c 100 plain 500
exits 0 fleet evacuate 00000c "$fleet" --format xl
holds "# migrate plain: its target's name is no word"
host 00000c 100 '$(reboot)\n' 500
for format in pacemaker htools; do
    exits 0 fleet evacuate 00000c "$fleet" --format $format
    grep -qE 'touch|Proxy|reboot' "$scratch/out" &&
        fail "$(cat "$scratch/out")"
done
holds "host-2-domain-1|"

# Of a name xl starts one domU on a host, whatever room is there.
new_fleet
host 00000a 9000 web 100
host 00000b 1000 web 500
exits 3 fleet check --without 00000b "$fleet" -j
holds "web needs 501.1 MiB in Xen"
holds "(a domU of its name is on 1)"
exits 3 fleet evacuate 00000b "$fleet"
holds "no host that may run it has room for it"
host 00000c 900
exits 0 fleet check --without 00000b "$fleet" -k
holds "cases.0.placement.0.to=00000c"
exits 0 fleet check --lose 1 "$fleet"
# Nor do two that come from two hosts.
exits 3 fleet check --without 00000a,00000b "$fleet" -j
holds "of a name one domU on a host"
# With a host for each of them they run.
host 00000d 9000
exits 0 fleet check --without 00000a,00000b "$fleet" -k
[ "$(grep -o '\.to=.*' "$scratch/out" | sort -u | wc -l)" = 2 ] ||
    fail "two of a name come to one host"
exits 0 fleet check --lose 2 "$fleet" --textfile "$scratch/f.prom"
grep -qxF 'xlmem_fleet_survives_loss{host="00000a, 00000b"} 1' \
    "$scratch/f.prom" || fail "its sample is missing"
rm "$fleet/00000d.json"
# Nor does an Arm run what an x86 does.
sed -i 's/"hap": 1,/"hap": 1, "arm": 1,/' "$fleet/00000c.json"
exits 3 fleet check --without 00000b "$fleet" -j
holds "(a domU of its name is on 1, 1 of another architecture)"
# And is a part of why not all of several have a place.
new_fleet
host 00000a 100 one 1000 pvh two 1000 pvh
host 00000b 1500
host 00000c 9000
sed -i 's/"hap": 1,/"hap": 1, "arm": 1,/' "$fleet/00000c.json"
exits 3 fleet check --without 00000a "$fleet" -k
holds "; of the hosts 1 may not run some"

# One on its way is counted on both: without its source its target has room.
new_fleet
host 00000a 100 web 2000
host 00000b 300 web--incoming 2000
sed -i 's/-00000b000001/-00000a000001/' "$fleet/00000b.json"
exits 5 fleet check --without 00000a "$fleet"
says "it is in migration"
holds "Not known: of what was read domUs would stay down"
# A uuid that nobody gave is nobody's.
sed -i 's/"00000000-0000-4000-8000-[^"]*"/"00000000-0000-0000-0000-000000000000"/' \
    "$fleet/00000a.json" "$fleet/00000b.json"
exits 3 fleet check --without 00000a "$fleet"
# What it has claimed it takes as well.
new_fleet
host 00000a 100 half 500
host 00000b 1500
exits 0 fleet check --without 00000a "$fleet"
sed -i 's/"outstanding_kb": 0, "paging/"outstanding_kb": 1048576, "paging/' \
    "$fleet/00000a.json"
exits 3 fleet check --without 00000a "$fleet"
# A device model's domain is a part of its domU, and goes where that goes; but
# by its name alone it may be a domU as well, that would be left behind.
host 00000a 100 win 2000 hvm win-dm 128 pv
host 00000b 2350
exits 0 fleet "$fleet" -j
[ "$(value nr_domus)" = 1 ] || fail "$(value nr_domus) domUs"
[ $(($(value capacity_kb) - $(value need_kb))) = "$(value usable_kb)" ] ||
    fail "capacity less needs is not what is usable"
says "00000a: win-dm is counted as the device model of win"
exits 5 fleet check --without 00000a "$fleet" -j
holds "whether win-dm is a domU of its own"
grep -qE '"verdict": "(yes|no)"' "$scratch/out" && fail "a verdict by a name"
exits 5 fleet check --without 00000a "$fleet"
holds "Not known in 1 of 1 cases."
exits 5 fleet evacuate 00000a "$fleet"
holds "Whether win-dm is a domU of its own"
holds "Not known: of what was read all domUs of 00000a (1) could be"
exits 5 fleet evacuate 00000a "$fleet" --format xl
printf '%s\n' '# some hosts could not be read, or are in doubt' \
    'xl migrate win 00000b' >"$scratch/want"
same "commands" "$scratch/want" "$scratch/out"
# Where both stay it makes no difference.
exits 0 fleet check --without 00000b "$fleet"
# As it is recorded: then it goes along, and room is needed for both.
serves()
{
    sed -i "/\"domid\": 1,/s/\"type\"/\"device_model_domid\": $1, &/" \
        "$fleet/00000a.json"
}
serves 2
exits 0 fleet check --without 00000a "$fleet"
exits 0 fleet evacuate 00000a "$fleet" --format xl
printf 'xl migrate win 00000b\n' >"$scratch/want"
same "commands" "$scratch/want" "$scratch/out"
# It comes back with it: 2000 and 128 MiB.
exits 0 fleet evacuate 00000a "$fleet" -j
holds '"holds_kb": 2179072,'
[ "$(value dom0_kb)" -gt 0 ] || fail "its device model costs dom0 nothing"
# Its PCI devices are that domain's.
sed -i '/"domid": 2,/s/"type"/"pci_devices": 1, &/' "$fleet/00000a.json"
exits 3 fleet evacuate 00000a "$fleet" --format xl
holds "xl shutdown -w win"
sed -i 's/"pci_devices": 1/"pci_devices": 0/' "$fleet/00000a.json"
exits 0 fleet evacuate 00000a "$fleet" --format xl
host 00000b 2200
exits 3 fleet check --without 00000a "$fleet"
# Or it is a domU of its own, whatever it is called.
host 00000a 100 win 2000 hvm win-dm 128 pv
host 00000b 2350
serves 0
exits 0 fleet check --without 00000a "$fleet" -j
[ "$(value nr_domus)" = 2 ] || fail "$(value nr_domus) domUs"
exits 0 fleet evacuate 00000a "$fleet" --format xl
printf 'xl migrate win 00000b\nxl migrate win-dm 00000b\n' >"$scratch/want"
same "commands" "$scratch/want" "$scratch/out"
# Where another has the name of its device model's domain it is not started.
host 00000a 100 win 2000 hvm win-dm 128 pv
host 00000b 9000 win-dm 100 pv
serves 2
exits 3 fleet check --without 00000a "$fleet" -j
holds "(a domU of its device model's name is on 1)"
# Together they are too large for each host, one by one they are not.
host 00000a 100 web 600 hvm web-dm 600 pv
host 00000b 900
host 00000c 900
exits 5 fleet check --without 00000a "$fleet"
rm "$fleet/00000c.json"
exits 5 fleet evacuate 00000a "$fleet" --format pacemaker
holds "# some hosts could not be read, or are in doubt"
# One that has a PCI device of its host is stopped, and takes no room from those
# who can go.
host 00000a 100 nic 2000 hvm web 1000 pv
sed -i '/"domid": 1,/s/"type"/"pci_devices": 1, &/' "$fleet/00000a.json"
host 00000b 2200
exits 3 fleet evacuate 00000a "$fleet"
holds "1 of 2 domUs of 00000a have to be stopped"
holds "has a PCI device: must be stopped"
exits 3 fleet evacuate 00000a "$fleet" --format xl
printf 'xl migrate web 00000b\nxl shutdown -w nic\n' >"$scratch/want"
same "commands" "$scratch/want" "$scratch/out"
exits 3 fleet evacuate 00000a "$fleet" --format pacemaker
holds "crm_resource -r nic -m -p target-role -v Stopped"
host 00000b 4200
exits 0 fleet check --without 00000a "$fleet"
holds "In 1 of 1 cases some domU has a PCI device"
exits 0 fleet check --without 00000a "$fleet" -j
[ "$(value nr_pci)" = 1 ] || fail "$(value nr_pci) with a PCI device"
# One that its balloon has left 1000 MiB of 4000: its file may start it with all.
host 00000a 100 web 1000 pvh
sed -i '/"domid": 1,/,/}/s/"static_max_kb": 1024000/"static_max_kb": 4096000/' \
    "$fleet/00000a.json"
host 00000b 2000
exits 0 fleet check --without 00000a "$fleet"
holds "as they are: some hold less than their maximum"
holds "Yes, as they are: all domUs would run"
holds "maximum not in 1 of 1 cases."
exits 0 fleet check --without 00000a "$fleet" -j
holds '"at_maximum": "no"'
host 00000b 6000
exits 0 fleet check --without 00000a "$fleet"
! grep -q 'as they are' "$scratch/out" || fail "a remark without need"
exits 0 fleet check --without 00000a "$fleet" -j
holds '"at_maximum": "yes"'
# All but one of 64 are as many cases as one of them.
new_fleet
for i in $(seq 64); do
    host "$i" 1000
done
exits 0 fleet check --lose 63 "$fleet"

# What a guard that enforces could have dom0 give: not counted unless asked for,
# and not on a host without such a guard.
new_fleet
host 00000a 700
host 00000b 100 one 900
exits 3 fleet check --without 00000b "$fleet"
exits 3 fleet check --without 00000b --givers "$fleet"
echo 'mode = "enforce"' >"$scratch/enforce.conf"
exits 0 fleet check --without 00000b --givers --config "$scratch/enforce.conf" \
    "$fleet"
exits 3 fleet check --without 00000b --config "$scratch/enforce.conf" "$fleet"
exits 2 fleet evacuate 00000b --givers "$fleet"
host 00000c 100 one 500

# The command line.
exits 2 fleet
exits 2 fleet check
exits 2 fleet --lose 1 "$fleet"
exits 2 fleet check --without nobody "$fleet"
says "there is no host 'nobody'"
exits 2 fleet check --lose 9 "$fleet"
exits 2 fleet check "$fleet" --format htools
exits 2 fleet "$fleet" --format pacemaker
exits 2 fleet evacuate 00000c "$fleet" --format ganeti
says "'ganeti' is none of xl, pacemaker, htools"
exits 2 fleet evacuate nobody "$fleet"
exits 2 fleet check "$fleet" --host "$fleet/00000c.json"
mkdir "$scratch/none"
exits 1 fleet "$scratch/none"
says "no recorded host"
exits 1 fleet "$scratch/absent"

# More hosts than are searched is an error, and no answer of some of them.
for i in $(seq 65); do
    cp "$fleet/00000c.json" "$scratch/none/h$i.json"
done
exits 1 fleet check "$scratch/none"
says "more than 64 hosts"
silent

# The recorded hosts, as they are printed.
short=many-domus-128g,qemu-64g-nomax,qemu-64g-trixie
for words in "" -j check "check --without many-domus-128g" \
    "check --without efi-32g -j" "check --without $short"; do
    # shellcheck disable=SC2086 # words are split on purpose
    run fleet $words tests/fixtures/hosts
    echo "\$ xl-memguard fleet $words${words:+ }hosts"
    cat "$scratch/out"
    sed 's/^/! /' "$scratch/err"
    printf '[exit %s]\n\n' "$status"
done >"$scratch/all"
if [ "${1:-}" = --update ]; then
    cp "$scratch/all" tests/cli/expected/fleet.txt
else
    same "run 'make update-golden' if this is meant" \
        tests/cli/expected/fleet.txt "$scratch/all"
fi
exit "$failed"
