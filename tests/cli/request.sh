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

# A domain that has no list has its file beside the host's configuration, and
# one that has a list has that, as a whole.
root=$scratch/root
mkdir -p "$root"
cp -r $host/. "$root"
mkdir -p "$root/etc/xen/memguard.d"
domu()
{
    printf 'name = "it.1"\ntype = "pvh"\nmemory = 512\n%s' "${1-}" \
        >"$scratch/domu.cfg"
    run check "$scratch/domu.cfg" -k --sysroot "$root"
}
least()
{
    sed -n 's/^dynamic_min_kb=//p' "$scratch/out"
}
conf=$root/etc/xen/memguard.d/it.1.conf
domu
[ -z "$(least)" ] || fail "a least size from nowhere: $(least)"
printf '# of libvirt\ndynamic_min = "128M"\nweight = 2\n' >"$conf"
domu
[ "$(least)" = 131072 ] || fail "by its file: $(least)"
domu 'memguard = [ "weight=3" ]
'
[ -z "$(least)" ] || fail "its list does not count first: $(least)"
printf 'dynamic_min = "128M"\nwieght = 2\n' >"$conf"
domu
[ $status = 1 ] || fail "a wrong file has the status $status"
grep -qF "/etc/xen/memguard.d/it.1.conf: line 2: memguard: no such key: 'wieght'" \
    "$scratch/err" || fail "$(cat "$scratch/err")"
printf 'dynamic_min = "1G"\n' >"$conf"
domu
grep -qF "is more than the domain's memory" "$scratch/err" ||
    fail "$(cat "$scratch/err")"

# What is no file is named as what it is, once.
range_says()
{
    domu
    grep -qxF "xl-memguard: /etc/xen/memguard.d/it.1.conf: $1" \
        "$scratch/err" || fail "$(cat "$scratch/err")"
    [ "$(wc -l <"$scratch/err")" = 1 ] || fail "said twice: $(cat "$scratch/err")"
}
rm "$conf"
mkdir "$conf"
range_says 'it is a directory, not a file'
rmdir "$conf"
ln -s it.1.conf "$conf"
range_says 'its symbolic links lead in a circle'
rm "$conf"
mkfifo "$conf"
range_says 'it is a FIFO, a socket or a device, not a file'
rm "$conf"
printf 'dynamic_min = "1G"\n' >"$conf"
mkdir "$root/etc/xen/memguard.conf"
run check 512M --sysroot "$root"
grep -qF '/etc/xen/memguard.conf: it cannot be used: it is a directory' \
    "$scratch/err" || fail "$(cat "$scratch/err")"
rmdir "$root/etc/xen/memguard.conf"
mkdir "$scratch/dir"
exits 1 check "$scratch/dir" --sysroot "$root"
says "xl memguard check --all $scratch/dir"

# So have those that come up with the host, and one that is wrong is named.
mkdir "$scratch/auto"
all()
{
    run check --all "$scratch/auto" -k --sysroot "$root"
}
# judged N VERDICT: of the Nth, from 0.
judged()
{
    grep -qx "domains.$1.verdict=$2" "$scratch/out" ||
        fail "$1 is not $2: $(cat "$scratch/out")"
}
for word in it.1=6000 it.2=6000 it.3=7000; do
    printf 'name = "%s"\ntype = "pvh"\nmemory = %s\n' \
        "${word%=*}" "${word#*=}" >"$scratch/auto/${word%=*}.cfg"
done
rm "$conf"
all
judged 2 refuse
printf 'dynamic_min = "128M"\n' >"$conf"
all
judged 2 plan
printf 'dynamic_min = 128\n' >"$root/etc/xen/memguard.d/it.2.conf"
all
[ $status = 3 ] || fail "check --all with a wrong file: status $status"
grep -qF "it.2.cfg: /etc/xen/memguard.d/it.2.conf: line 1: " \
    "$scratch/err" || fail "$(cat "$scratch/err")"
judged 0 admit
judged 1 error
judged 2 admit
exit $failed
