# bed: timeout=60
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# One boot's row: what dom0 and Xen have, one number a line, in the order of
# the columns of grid.tsv.

sum_zoneinfo()
{
    awk -v k="$1" '$1 == k { n += $2 } END { print n * 4 }' /proc/zoneinfo
}

{
    meminfo_kb MemTotal
    meminfo_kb MemFree
    dom_mib 0
    xl_info total_memory
    xl_info free_memory
    sum_zoneinfo spanned
    sum_zoneinfo present
    sum_zoneinfo managed
    cut -d' ' -f1 /proc/uptime
} >"$BED_OUT/row"
# The machine's memory map, as Xen's ring has it (4.14 writes it without
# brackets, the end exclusive).
xl dmesg | sed -n \
    -e 's/^(XEN) *\[\([0-9a-f]*\), \([0-9a-f]*\)\] (\(.*\))$/\1 \2 \3/p' \
    -e 's/^(XEN) *\([0-9a-f]\{16\}\) - \([0-9a-f]\{16\}\) (\(.*\))$/\1 \2x \3/p' \
    >"$BED_OUT/map"
# To the page: what is free, and what dom0 has.
xl debug-keys mq
xl dmesg | awk '
    /heap\[[0-9]+\]:/ { sub(/.*heap[^:]*: */, ""); free += $0 }
    /nr_pages=/ { sub(/.*nr_pages=/, ""); dom0 = $0 * 4 }
    END { print free; print dom0 }' >"$BED_OUT/exact"
nproc >>"$BED_OUT/exact"
