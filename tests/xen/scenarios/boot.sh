# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" sets=full,smoke share=1g
# The toolstack answers, and Xen sees the host that was asked for.
assert_eq "$(xl list | awk 'NR == 2 { print $3 }')" 1024 "dom0's memory"
assert_near "$(xl_info total_memory)" 4095 1 "the host's memory"
assert_ge "$(host_free_mib)" 2900 "Xen's free memory"
assert_match 'hap' <(xl_info virt_caps)
result memtotal_kb "$(meminfo_kb MemTotal)"
result xen "$(xl_info xen_version)"
