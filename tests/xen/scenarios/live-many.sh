# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" mem=8G sets=full timeout=400
# What a snapshot of a host with a hundred domUs costs.
COST=/usr/libexec/xlmem/xlmem-live-cost

for i in $(seq 100); do
    tiny_pvh "many$i" 32
done
$COST /usr/lib/x86_64-linux-gnu/xlmem/xen-*/live.so 5 | tee /run/cost
assert_match '^nr_doms=101$' /run/cost
while IFS='=' read -r what us; do
    result "$what" "$us"
done </run/cost
