#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# The agent for Pacemaker, with fakes of what it asks and tells: what it writes,
# when, in which order, and when it writes nothing.
# shellcheck disable=SC2016 # for the shells of the fakes
set -u
dir=$(mktemp -d)
agent=$dir/headroom
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
failed=0
# The stock agent's own file is where the test can have one.
sed "s:/etc/xen/vm/MyDomU:$dir/MyDomU:" "${XLMEM_SRCDIR:?}/hotplug/ocf/headroom" \
    >headroom
grep -q "$dir/MyDomU" headroom || exit 99

fail()
{
    echo "FAIL: $*" >&2
    failed=1
}

# fake NAME: a command of what is on stdin.
mkdir bin
fake()
{
    {
        printf '#!/bin/sh\ndir=%s\n' "$dir"
        cat
    } >"bin/$1"
    chmod +x "bin/$1"
}
# Its arguments, a word in brackets each; it fails on demand.
writes='{ printf "%s" "${0##*/}"; printf " [%s]" "$@"; echo; } >>"$dir/log"
[ ! -e "$dir/refuse" ]'
fake crm_attribute <<<"$writes"
# What it says of a parameter that is not set, and how it exits: 0 (seen with
# 2.1.5) or, as by no-xmfile, something else.
fake crm_resource <<<'case "$*" in *"-g xmfile")
    [ ! -e "$dir/hang-xmfile" ] || exec sleep 60
    [ ! -e "$dir/no-xmfile" ] || exit "$(cat "$dir/no-xmfile")"
    cat "$dir/xmfile-$2" 2>/dev/null || echo "not found" >&2
    exit 0 ;;
esac
'"$writes"
fake crm_mon <<<'[ ! -e "$dir/hang-crm_mon" ] || exec sleep 60
[ ! -e "$dir/offline" ] && cat "$dir/mon"'
fake crm_node <<<'[ ! -e "$dir/hang-crm_node" ] || exec sleep 60
echo n1'
# It stands still but where something hangs: there it is about seconds.
fake date <<<'for hangs in "$dir"/hang-*; do
    [ ! -e "$hangs" ] || exec '"$(command -v date)"' "$@"
done
cat "$dir/clock"'
fake xl-memguard <<'END'
[ ! -e "$dir/hang-$1" ] || exec sleep 60
case $1 in
status) cat "$dir/status" ;;
check)
    echo "$3" >>"$dir/checked"
    echo "dom0_need_kb=2000"
    sed -n 's/^memory=\([0-9]*\)$/need_kb=\1/p' "$3"
    ;;
esac
END

# has USABLE_MIB ABSORB_MIB [AVAILABLE_KB]
has()
{
    printf '%s\n' "books.usable_kb=$(($1 * 1024 + 5))" \
        "dom0.absorb_kb=$(($2 * 1024))" "dom0.reserve_kb=65536" \
        "dom0.memavailable_kb=${3:-800000}" "domains.0.name=books.usable_kb=1" \
        >status
}

# resource ID NODE AGENT
resource()
{
    printf '<resource id="%s" resource_agent="%s" role="%s" blocked="%s" managed="true" failed="%s" failure_ignored="false" pending="%s">\n  <node name="%s" id="1"/>\n</resource>\n' \
        "$1" "$3" "${role-Started}" "${blocked-false}" "${failed_rsc-false}" \
        "${pending-Monitoring}" "$2"
}

# runs [ID]...: on this node, beside others of other nodes and kinds.
runs()
{
    {
        echo '<nodes><node name="n1" id="1"/></nodes><resources>'
        resource far n2 ocf:heartbeat:Xen
        resource ip n1 ocf:heartbeat:IPaddr2
        echo '<resource id="down" resource_agent="ocf:heartbeat:Xen"/>'
        echo '<node name="n1" id="1"/>'
        for id; do
            resource "$id" n1 ocf::heartbeat:Xen
        done
    } >mon
}

# file ID KB: its configuration.
file()
{
    echo "$dir/$1.cfg" >"xmfile-$1"
    echo "memory=$2" >"$1.cfg"
}

# does STATUS ACTION: the agent's exit status must be that.
does()
{
    local status=0
    : >log
    : >checked
    HA_RSCTMP=$dir/run OCF_RESOURCE_INSTANCE=headroom PATH=$dir/bin:$PATH \
        OCF_RESKEY_up_after=120 sh "$agent" "$2" >out 2>err || status=$?
    [ "$status" = "$1" ] ||
        fail "line ${BASH_LINENO[0]}: $2: $status, expected $1: $(cat err)"
}

# at CLOCK STATUS: a monitor at that time.
at()
{
    echo "$1" >clock
    does "$2" monitor
}

# wrote [LINE]...: that in this order, and nothing else.
wrote()
{
    local want=
    [ $# = 0 ] || want=$(printf '%s\n' "$@")
    [ "$(cat log)" = "$want" ] ||
        fail "line ${BASH_LINENO[0]}: wrote $(cat log); expected $want"
}
node() { echo "crm_attribute [-t] [nodes] [-N] [n1] [-z] [-n] [$1] [-v] [$2]"; }
rsc() { echo "crm_resource [-r] [$1] [-z] [-p] [$2] [-v] [$3]"; }
gone_node() { echo "crm_attribute [-t] [nodes] [-N] [n1] [-z] [-n] [$1] [-D]"; }
gone() { echo "crm_resource [-r] [$1] [-z] [-d] [$2]"; }

# What Pacemaker asks of any agent.
does 0 meta-data
grep -q '<resource-agent name="headroom"' out || fail "meta-data"
! command -v xmllint >/dev/null || xmllint --noout out || fail "its XML"
# resource-agents' ra-api-1.dtd wants both texts of each parameter and of itself.
for text in longdesc shortdesc; do
    [ "$(grep -o "<$text " out | wc -l)" = 3 ] || fail "its ${text}s"
done
does 3 nonsense
does 0 validate-all
OCF_RESKEY_step=64x does 6 validate-all
OCF_RESKEY_step=0 does 6 validate-all
has 3000 700
runs
at 1000 7
does 0 stop
wrote

# Whole steps, at least one below what there is; ten looks at it write nothing.
does 0 start
wrote "$(node hv_memory 2880)" "$(node dom0_memory 576)"
for i in 1 2 3 4 5 6 7 8 9 10; do
    has $((3000 + (i % 3 - 1) * 63)) $((700 - (i % 2) * 63))
    at $((1000 + i * 60)) 0
    wrote
done
# Less is published at once.
has 2880 700
does 0 monitor
wrote
has 2879 700
does 0 monitor
wrote "$(node hv_memory 2752)"
# More when it has been there for a while, and was not gone in between.
has 2999 700
at 2000 0
wrote
at 2119 0
wrote
has 2943 700
at 2119 0
has 2999 700
at 2120 0
wrote
at 2239 0
wrote
at 2240 0
wrote "$(node hv_memory 2880)"

# A domU that comes: its need is the resource's and the node's; the node has
# what it had.  Its file is judged again when it changes, and not before.
file vm-a 1048577
runs vm-a
has 1974 698
does 0 monitor
wrote "$(rsc vm-a hv_memory 1025)" "$(rsc vm-a dom0_memory 2)"
[ "$(cat checked)" = "$dir/vm-a.cfg" ] || fail "its file is not asked"
does 0 monitor
wrote
[ ! -s checked ] || fail "checked again"
# A larger need comes to the node first: it is overfull at no moment.
file vm-a $((3000 * 1024))
does 0 monitor
wrote "$(node hv_memory 4864)" "$(rsc vm-a hv_memory 3000)" \
    "$(rsc vm-a dom0_memory 2)"
# A smaller one to the resource.
file vm-a $((1000 * 1024))
does 0 monitor
wrote "$(rsc vm-a hv_memory 1000)" "$(rsc vm-a dom0_memory 2)" \
    "$(node hv_memory 2880)"
# A file that is not there leaves what it was.
rm vm-a.cfg
does 0 monitor
wrote
# A full host has what runs there, not a step less: nothing is moved off it.
has 0 0
does 0 monitor
wrote "$(node hv_memory 1000)" "$(node dom0_memory 2)"

# While one is on its way, the sums do not agree: nothing is written.
has 5000 5000
pending=Starting runs vm-a
at 9000 0
at 9200 0
wrote
# 2.1.5 says it as its role.
file vm-b $((905 * 1024))
role=Stopping runs vm-a vm-b
at 9200 0
wrote
# Nor of one that could not be started there, until that has been cleared away:
# the node would have what it needs as well.
failed_rsc=true runs vm-a vm-b
at 9201 0
wrote
runs vm-a

# What is refused is tried again; what cannot be read leaves what is there.
has 2000 0
at 9300 0
touch refuse
at 9500 190
rm refuse
does 0 monitor
wrote "$(node hv_memory 2880)"
touch offline
does 190 monitor
wrote
rm offline
: >status
does 190 monitor
wrote
# What does not answer is left before Pacemaker ends the monitor, which would be
# a failure: a stop would follow, and all domUs would have to go.
# That is one limit for all that it asks, however many resources there are.
has 2000 0
for n in 1 2 3 4 5 6 7 8; do
    file "hangs-$n" 1024
done
runs vm-a hangs-1 hangs-2 hangs-3 hangs-4 hangs-5 hangs-6 hangs-7 hangs-8
for what in crm_node crm_mon status xmfile check; do
    touch "hang-$what"
    before=$SECONDS
    OCF_RESKEY_CRM_meta_timeout=3000 does 190 monitor
    [ $((SECONDS - before)) -lt 10 ] || fail "it hangs with $what"
    wrote
    grep -q 'does not answer' err || fail "it is not said that nobody answers"
    rm "hang-$what"
done
runs vm-a
# One that has no file of its own has the stock agent's; of one whose file the
# cluster does not tell (102: not connected) what is known stays.
file vm-a $((1000 * 1024))
does 0 monitor
echo "memory=$((300 * 1024))" >MyDomU
for status in 102 1 124; do
    echo $status >no-xmfile
    does 0 monitor
    wrote
done
echo 105 >no-xmfile
does 0 monitor
grep -qxF "$(rsc vm-a hv_memory 300)" log || fail "105: not the stock agent's"
rm no-xmfile
does 0 monitor
grep -qxF "$(rsc vm-a hv_memory 1000)" log || fail "not its own file"
mv xmfile-vm-a kept
does 0 monitor
grep -qxF "$(rsc vm-a hv_memory 300)" log || fail "not the stock agent's"
mv kept xmfile-vm-a
does 0 monitor
rm MyDomU
# dom0 below its reserve.
has 2000 0 60000
does 190 monitor
wrote
grep -q 'its reserve is 65536 kB' err || fail "it is not said why"

# Names that no XML id is, or that would be options or patterns.
has 2000 0
file '*' 1024
file 'a b' 1024
runs vm-a '*' '-D' '$(touch pwned)' '../up' 'a b' 'x;y' '&quot;' 'busy '
does 0 monitor
wrote
[ ! -e pwned ] || fail "a name was run"

# One that has failed, and is left as it is, runs.
failed_rsc=true blocked=true runs vm-a vm-b
does 0 monitor
grep -qxF "$(rsc vm-b hv_memory 905)" log || fail "its need is not told"
runs vm-a
does 0 monitor

# A stop takes away what is of those that run here, then the node's.
does 0 stop
wrote "$(gone vm-a hv_memory)" "$(gone vm-a dom0_memory)" \
    "$(gone_node hv_memory)" "$(gone_node dom0_memory)"
does 7 monitor
does 0 stop
wrote
# Not of one that has moved: its new node has published it.
file vm-a 1024000
does 0 start
runs
does 0 stop
wrote "$(gone_node hv_memory)" "$(gone_node dom0_memory)"

[ "$(wc -l <"$agent")" -lt 200 ] || fail "200 lines or more"
exit $failed
