# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-only
# uuid_of NAME: a domU's; of the same name always the same.
uuid_of()
{
    printf '00000000-0000-4000-8000-%012d\n' "$(printf %s "$1" | cksum | cut -d' ' -f1)"
}

# host FREE_MIB [DOMU MIB ID]...: a host as a snapshot, with that much free.  A
# domU has the paging pool that libxl gives one of a vCPU: 256 pages, and one
# for each MiB (model/need_table.c).
host()
{
    cat <<EOT
{"version": 1, "total_kb": 67108864, "free_kb": $(($1 * 1024)),
 "outstanding_kb": 0, "xen_major": 4, "xen_minor": 17, "hap": 1,
 "domains_listed": 1, "dom0": {"mem_total_kb": 1048576,
 "mem_available_kb": 819200, "balloon_target_kb": 1048576, "type": "pv"},
 "doms": [{"domid": 0, "type": "pv", "vcpus": 2, "tot_kb": 1048576,
   "maxmem_kb": 1048576, "target_kb": 1048576}
EOT
    shift
    while [ $# -gt 0 ]; do
        kb=$(($2 * 1024))
        cat <<EOT
, {"domid": $3, "type": "pvh", "vcpus": 1, "tot_kb": $kb,
   "maxmem_kb": $((kb + 1024)), "outstanding_kb": 0,
   "paging_kb": $((1024 + $2 * 4)), "target_kb": $kb, "static_max_kb": $kb,
   "name": "$1", "uuid": "$(uuid_of "$1")"}
EOT
        shift 3
    done
    echo ']}'
}
