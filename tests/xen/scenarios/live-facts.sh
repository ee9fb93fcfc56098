# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" sets=full,smoke share=1g timeout=300
# What libxlmem reads of a live host is what xl, xenstore and the kernel say
# at the same moment.
FACTS=/usr/libexec/xlmem/xlmem-facts
dir=/run/live

# fact NAME: empty when it is not known.
fact()
{
    sed -n "s/^$1=//p" $dir/facts
}

# info KEY: of `xl info`.
info()
{
    sed -n "s/^$1 *: //p" $dir/info
}

# has_cap WORD: 1 or 0, as xl prints it.
has_cap()
{
    case " $(info virt_caps) " in
    *" $1 "*) echo 1 ;;
    *) echo 0 ;;
    esac
}

# node ID PATH: of xenstore, empty when there is none.
node()
{
    sed -n "s|^/local/domain/$1/$2 = \"\(.*\)\"\$|\1|p" $dir/store
}

# column ID N: of `xl list`.
column()
{
    awk -v id="$1" -v n="$2" '$2 == id { print $n }' $dir/list
}

# One moment, seen from all sides.
look()
{
    mkdir -p $dir
    $FACTS >$dir/facts
    xl info >$dir/info
    xl list >$dir/list
    xl vm-list >$dir/vms
    xl dmesg >$dir/ring
    xenstore-ls -f >$dir/store
    keep $dir
}

check_host()
{
    assert_eq $(($(fact host.total_kb) / 1024)) "$(info total_memory)" total
    assert_eq $(($(fact host.free_kb) / 1024)) "$(info free_memory)" free
    assert_eq $(($(fact host.outstanding_kb) / 1024)) \
        "$(info outstanding_claims)" claims
    assert_eq "$(fact host.nr_cpus)" "$(info nr_cpus)" CPUs
    assert_eq "$(fact host.nr_nodes)" "$(info nr_nodes)" nodes
    assert_eq "$(fact host.xen_major)" "$(info xen_major)" major
    assert_eq "$(fact host.xen_minor)" "$(info xen_minor)" minor
    assert_eq "$(fact host.xen_version)" "$(info xen_version)" version
    assert_eq "$(fact host.hap)" "$(has_cap hap)" hap
    assert_eq "$(fact host.iommu)" "$(has_cap pv_directio)" iommu
    assert_eq "$(fact host.xen_cmdline)" "$(info xen_commandline)" \
        "command line"
    assert_eq "$(fact host.nr_doms)" $(($(wc -l <$dir/list) - 1)) domains
}

# The map is the machine's, complete, and agrees with what Xen printed.
check_map()
{
    local usable='\[[0-9a-f]{16}[-, ]+[0-9a-f]{16}\] \(usable\)'

    assert_eq "$(fact map.source)" "Xen's memory map" source
    assert_eq "$(fact map.usable_kb)" "$(fact host.total_kb)" "RAM in the map"
    assert_eq "$(grep -cE '^map\.[0-9]+=.* 1$' $dir/facts)" \
        "$(grep -cE "$usable" $dir/ring)" "RAM ranges"
}

# check_dom ID TYPE
check_dom()
{
    local id=$1 dom=dom.$1

    assert_eq "$(fact "$dom.type")" "$2" "type of $id"
    assert_eq "$(fact "$dom.name")" "$(column "$id" 1)" "name of $id"
    assert_eq $((($(fact "$dom.tot_kb") + $(fact "$dom.outstanding_kb")) / 1024)) \
        "$(column "$id" 3)" "memory of $id"
    assert_eq "$(fact "$dom.vcpus")" "$(column "$id" 4)" "vCPUs of $id"
    assert_eq "$(fact "$dom.uuid")" \
        "$(awk -v id="$id" '$2 == id { print $1 }' $dir/vms)" "uuid of $id"
    assert_eq "$(fact "$dom.target_kb")" "$(node "$id" memory/target)" \
        "target of $id"
    assert_eq "$(fact "$dom.static_max_kb")" \
        "$(node "$id" memory/static-max)" "static-max of $id"
    assert_eq "$(fact "$dom.dynamic_min_kb")" \
        "$(node "$id" memory/dynamic-min)" "dynamic-min of $id"
    assert_eq "$(fact "$dom.dynamic_max_kb")" \
        "$(node "$id" memory/dynamic-max)" "dynamic-max of $id"
}

check_dom0()
{
    assert_eq "$(fact dom0.mem_total_kb)" "$(meminfo_kb MemTotal)" MemTotal
    assert_eq "$(fact dom0.balloon_target_kb)" "$(balloon_kb target_kb)" \
        "dom0's target"
    assert_eq "$(fact dom0.kernel_cmdline)" "$(xargs </proc/cmdline)" \
        "dom0's command line"
}

tiny_pv live1 96
tiny_pvh live2 128 'maxmem = 160' 'vcpus = 2'
one=$(domid live1)
two=$(domid live2)
xenstore-write "/local/domain/$two/memory/dynamic-min" 65536 \
    "/local/domain/$two/memory/dynamic-max" 163840
xl mem-set live1 80m
xl pause live1
xl pause live2
look

check_host
check_map
check_dom0
check_dom 0 pv
check_dom "$one" pv
check_dom "$two" pvh
# A guest of four bytes has no balloon: the target moves, the memory stays.
assert_eq "$(fact "dom.$one.target_kb")" $((80 * 1024)) "live1's target"
assert_ge "$(fact "dom.$one.tot_kb")" $((96 * 1024)) "live1's memory"
assert_eq "$(fact "dom.$two.dynamic_min_kb")" 65536 "live2's dynamic-min"
assert_eq "$(fact dom.0.paused)$(fact "dom.$two.paused")" 01 paused
assert_eq "$(fact "dom.$one.paging_kb")" 0 "paging pool of a PV domain"
# 256 pages a vCPU, and a page for each MiB of maxmem; before 4.17 two, and in
# whole MiB (libxl__get_required_paging_memory).
pool=2688
[ "$(info xen_minor)" -ge 17 ] || pool=4096
assert_eq "$(fact "dom.$two.paging_kb")" $pool "paging pool of a PVH domain"
result paging_kb "$(fact "dom.$two.paging_kb")"

# Domains that come and go meanwhile are no error.
$FACTS -n 8 >$dir/times &
snapshots=$!
for i in 1 2 3; do
    tiny_pvh "fleeting$i" 64
    xl destroy "fleeting$i"
done
wait $snapshots
result snapshot_us "$(sed -n 's/^snapshot_us=//p' $dir/times)"

# What each function of the module costs here.
/usr/libexec/xlmem/xlmem-live-cost \
    /usr/lib/x86_64-linux-gnu/xlmem/xen-*/live.so 2 >$dir/cost
while IFS='=' read -r what us; do
    result "$what" "$us"
done <$dir/cost
