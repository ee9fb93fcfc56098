# shellcheck shell=bash
# bed: dom0=pvh suites=bookworm,trixie xen="dom0_mem=1G" sets=full timeout=60
# dom0 without paravirtualised page tables.
assert_match PVH /sys/hypervisor/guest_type
result memtotal_kb "$(meminfo_kb MemTotal)"
tiny_pv one 128
assert_eq "$(dom_count)" 1
