# shellcheck shell=bash
# bed: mem=2G xen="dom0_mem=1G,max:1G" linux sets=full share=linux timeout=120
# A Linux guest follows its balloon target down and up, and not while its
# agent holds it.
linux_guest pv guest 256 'maxmem = 256'
agent guest publish
wait_for 10 xs_dom guest data/meminfo_total
result guest_memtotal_kb "$(xs_dom guest data/meminfo_total)"
agent guest alloc 65536
agent guest free
xl mem-set guest 160m
wait_for 30 mib_at_most guest 160
xl mem-set guest 240m
wait_for 30 mib_at_least guest 240
agent guest hold
xl mem-set guest 160m
# What it gives before the agent's next look it cannot take back: Xen's
# maximum is already the new target.  From then on it stays as it is.
sleep 2
held=$(dom_mib guest)
assert_ge "$held" 170 "a held guest"
sleep 3
assert_eq "$(dom_mib guest)" "$held" "a held guest, later"
agent guest follow
xl mem-set guest 161m
wait_for 30 mib_at_most guest 161
