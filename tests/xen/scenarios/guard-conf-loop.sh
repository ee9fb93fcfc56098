# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=120
# A configuration that is there and cannot be opened (here a link to itself)
# leaves the last policy in force for creates, as it does for `status`.
guard_on enforce 'dom0_floor = "1G"'
last=$(($(host_free_mib) - 24))
refute paused_pv x "$last" 2>/run/err
rm "$GUARD_CONF"
ln -s memguard.conf "$GUARD_CONF"
assert_eq "$(status guard.mode)" enforce "mode in status"
refute paused_pv x "$last" 2>/run/err
assert_match 'memguard.conf: it cannot be used: .*all is as before' /run/err
rm "$GUARD_CONF"

# Without a ledger nothing is guarded, and that is said before a create is.
# unusable WHY: by status, which goes on, and by enable, which stops there.
unusable()
{
    local r=0

    xl-memguard status -k >/run/out 2>/run/err || r=$?
    assert_match "ledger cannot be used: .*$1" /run/out
    assert_match '^books.free_kb=' /run/out
    r=0
    xl-memguard enable -N -k >/run/out 2>/run/err || r=$?
    assert_eq "$r" 3 "enable without a ledger"
    assert_match "ledger cannot be used: .*$1" /run/out
}

mv /run/xlmem /run/xlmem-away
: >/run/xlmem
unusable 'Not a directory'
rm /run/xlmem
mkdir -m 1777 /run/xlmem
unusable 'others could write to it'
rmdir /run/xlmem
mv /run/xlmem-away /run/xlmem
guard_off
