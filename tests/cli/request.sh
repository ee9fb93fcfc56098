#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What is asked by size is what a file of nothing but that memory would ask:
# without vcpus= libxl's paging pool has none to count.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/qemu-16g

for type in pv pvh hvm; do
    for vcpus in "" 1 4; do
        printf 'name = "it"\ntype = "%s"\nmemory = 512\n' $type >"$scratch/domu.cfg"
        [ -z "$vcpus" ] || echo "vcpus = $vcpus" >>"$scratch/domu.cfg"
        exits 0 check "$scratch/domu.cfg" -k --sysroot $host
        mv "$scratch/out" "$scratch/by-file"
        exits 0 check 512M --type $type ${vcpus:+--vcpus $vcpus} -k \
            --sysroot $host
        same "$type with '$vcpus' vCPUs" "$scratch/by-file" "$scratch/out"
    done
done

# need TYPE [VCPUS]: the kB that a domU of 512 MiB takes.
need()
{
    exits 0 check 512M --type "$1" ${2:+--vcpus $2} -k --sysroot $host
    sed -n 's/^need_kb=//p' "$scratch/out"
}

[ $(($(need pvh 1) - $(need pvh))) = 1024 ] || fail "vcpus=1 is no MiB more"
[ "$(need pv 1)" = "$(need pv)" ] || fail "a PV domU has no pool"
exit $failed
