# shellcheck shell=bash
# bed: mem=64G xen="dom0_mem=2G,max:2G" sets=full timeout=60
# A big host costs this machine little.
assert_near "$(xl_info total_memory)" 65535 1 "the host's memory"
assert_ge "$(host_free_mib)" 62000 "Xen's free memory"
result memtotal_kb "$(meminfo_kb MemTotal)"
result free_mib "$(host_free_mib)"
