# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" sets=full,smoke share=1g timeout=300
# A capture of a live host says what the host said.
FACTS=/usr/libexec/xlmem/xlmem-facts
dir=/run/live-capture
lasting='^(host\.(nr_|xen_|hap)|map\.[0-9]|dom\.[0-9]+\.(name|uuid|vcpus|paused|target_kb|static_max_kb|dynamic_)|dom0\.(mem_total_kb|linux_|nr_|kernel_cmdline|balloon_target))'

# lasting FILE: the facts that do not change from one moment to the next.
lasting()
{
    grep -E "$lasting" "$1" | sort
}

# mib FILE FACT: xl's own texts round down to MiB.
mib()
{
    echo $(($(sed -n "s/^$2=//p" "$1") / 1024))
}

mkdir -p $dir
tiny_pv cap1 96
tiny_pvh cap2 128 'maxmem = 160'
id=$(domid cap2)
xenstore-write "/local/domain/$id/memory/dynamic-min" 65536
xl-memguard capture $dir/host.tar.gz
$FACTS >$dir/live
$FACTS -c $dir/host.tar.gz >$dir/captured
keep $dir

diff <(lasting $dir/live) <(lasting $dir/captured) >&2 ||
    fail "the capture says something else"
assert_ge "$(lasting $dir/live | wc -l)" 30 "facts compared"
assert_eq "$(mib $dir/captured host.total_kb)" "$(mib $dir/live host.total_kb)"
assert_eq "$(mib $dir/captured dom."$id".tot_kb)" 128
assert_match "^dom\\.$id\\.dynamic_min_kb=65536$" $dir/captured
tar -tzvf $dir/host.tar.gz | tee $dir/listing
refute grep -vE '^[-d]r.(x|-)------' $dir/listing
for file in dmesg xl/dmesg xen/e820 xl/info xenstore/ls proc/meminfo; do
    assert_match "$file$" $dir/listing
done
mkdir $dir/files
tar -xzf $dir/host.tar.gz -C $dir/files
assert_match 'Linux version' $dir/files/dmesg
assert_match 'Xen version' $dir/files/xl/dmesg
