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
guard_off
