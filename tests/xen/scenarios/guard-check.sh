# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=full timeout=240
# check on a running host: xl's own reading of a file and ours come to the same
# need, and to what Xen takes; waiting; what comes up after a reboot.

guest()
{
    config "$1" "type = \"$2\"" "memory = $3" \
        "kernel = \"$GUESTS/tiny-${2/hvm/pvh}\"" "${@:4}"
}

# need ARG...: what check says it takes.
need()
{
    xl-memguard check -k "$@" >/run/check 2>/run/check.err ||
        { cat /run/check.err && fail "check $*"; }
    sed -n 's/^need_kb=//p' /run/check
}

# The same host without its xl: our own reader.
xl-memguard capture /run/host >/dev/null
own()
{
    need "$@" --sysroot /run/host
}

files=(
    "$(guest pv1 pv 64)"
    "$(guest pvh1 pvh 64)"
    "$(guest pvh2 pvh 128 'maxmem = 160' "vcpus = '2'")"
    "$(guest pvh3 pvh 0x40 'maxvcpus = 3; vcpus = 1' 'shadow_memory = 9')"
    "$(guest hvm1 hvm 128 'videoram = 16' "vif = [ 'mac=00:16:3e:00:00:01',]")"
)
for file in "${files[@]}"; do
    by_xl=$(need -v "$file")
    refute grep -q 'own rules' /run/check.err
    assert_eq "$by_xl" "$(own "$file")" "need of $file by our own reader"
    result "$(basename "$file" .cfg)" "$by_xl"
done

# A configuration without vcpus= gets no page for its vCPU in the pool.
before=$(host_free_mib)
tiny_pvh nov 128 'maxmem = 160'
xl-memguard status -k >/run/status
n=$(sed -n 's/^\(domains\.[0-9]*\)\.name=nov$/\1/p' /run/status)
pool=640
[ "$(xl_info xen_minor)" -ge 17 ] || pool=2048
assert_eq "$(sed -n "s/^$n\.paging_kb=//p" /run/status)" $pool "pool"
xl-memguard check -k "$(guest nov2 pvh 128 'maxmem = 160')" >/run/check
n=$(sed -n 's/^\(terms\.[0-9]*\)\.name=paging pool$/\1/p' /run/check)
assert_eq "$(sed -n "s/^$n\.kb=//p" /run/check)" $pool "pool, as predicted"

# again NAME: the file of one that runs is judged as a rebuild, and takes what
# that one leaves.
again()
{
    xl-memguard check "/run/bed-$1.cfg" -k >/run/check
    assert_match "^running.name=$1\$" /run/check
    assert_match '^running.refused=true$' /run/check
    assert_near "$(sed -n 's/^running.takes_kb=//p' /run/check)" \
        "$(sed -n 's/^need_kb=//p' /run/check)" 128 "kB that $1 takes again"
    assert_ge "$(sed -n 's/^running.takes_kb=//p' /run/check)" \
        "$(sed -n 's/^need_kb=//p' /run/check)" "kB that $1 leaves"
    xl-memguard check "/run/bed-$1.cfg" >/run/check
    assert_match "^$1 runs already \(id $(domid "$1")\)" /run/check
    assert_match "^$1, shut down and created from this file, fits" /run/check
    assert_match '^That is what it takes from Xen now' /run/check
}
again nov
destroy nov
wait_for 30 eval "[ \$(host_free_mib) -ge $before ]"

# What xl refuses is refused, in its words; as SXP it cannot be read.
printf 'name = "bad"\nmemory = = 64\n' >/run/bad.cfg
assert_status 1 xl-memguard check /run/bad.cfg 2>/run/err
assert_match 'bad.cfg: xl: .*2: config parsing error' /run/err
cp /etc/xen/xl.conf /run/xl.conf
echo 'output_format = "sxp"' >>/etc/xen/xl.conf
by_us=$(need -v "${files[0]}")
assert_match 'own rules' /run/check.err
assert_eq "$by_us" "$(own "${files[0]}")" "need without JSON"
cp /run/xl.conf /etc/xen/xl.conf

# Waiting: in vain, for what can never be, and for somebody who leaves.
printf 'mode = "enforce"\ndom0_floor = "1G"\n' >"$GUARD_CONF"
free=$(host_free_mib)
tiny_pv big $((free - 300))
assert_status 5 xl-memguard check 600M --wait 2 >/dev/null
assert_status 3 xl-memguard check 600M --wait 0 >/dev/null
start=$(seconds)
assert_status 3 xl-memguard check 900G --wait 600 >/dev/null
assert_le $(($(seconds) - start)) $((10 * SLOW)) "seconds for the impossible"
(sleep 3 && xl destroy big) &
assert_status 0 xl-memguard check 600M --wait $((60 * SLOW)) >/run/check
wait
assert_match ' fits \(needs ' /run/check
assert_eq "$(ledger_entries)" 0 "reservations"

le32()
{
    printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) \
        $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# image FILE: what `xl save` writes before a domain's memory; a guest of four
# bytes cannot be saved.
image()
{
    local json

    json=$(xl -N create -q -f "$1")
    printf 'Xen saved domain, xl format\n \0 \r'
    printf '%b' "$(le32 0x01020304)$(le32 3)$(le32 0)"
    printf '%b' "$(le32 $((${#json} + 4)))$(le32 ${#json})"
    printf '%s' "$json"
}

# After a reboot: the domUs of now are gone; what was saved comes first.
mkdir -p /run/auto /run/saved
for file in "${files[@]:0:3}"; do
    ln -s "$file" "/run/auto/$(basename "$file")"
done
image "${files[0]}" >/run/saved/pv1
tiny_pv big $((free - 300))
again big
refute xl create -q /run/bed-big.cfg 2>/run/err
assert_match 'already exists' /run/err
assert_status 0 xl-memguard check --all /run/auto --saved /run/saved -k \
    >/run/check
assert_eq "$(grep -c '\.verdict=admit' /run/check)" 3 "domUs that come up"
assert_match '^domains.0.saved=(true|1)$' /run/check
assert_match '\.verdict=skip' /run/check
boot=$(sed -n 's/^boot.host_free_kb=//p' /run/check)
destroy_all
wait_for 30 eval "[ \$(host_free_mib) -ge $((free - 1)) ]"
assert_near $((boot / 1024)) "$(host_free_mib)" 2 "MiB free after a reboot"
guest huge pv 90000 >/dev/null
cp /run/bed-huge.cfg /run/auto/
assert_status 3 xl-memguard check --all /run/auto >/run/check
assert_match 'huge .*refuse' /run/check
rm -f "$GUARD_CONF"
