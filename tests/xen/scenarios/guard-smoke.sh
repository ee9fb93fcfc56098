# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full,smoke share=guard
# What the guard does, in short, for every release of Xen: with one and the
# same binary of it in the matrix.

ERR=/run/err

# create NAME MIB [LINES...]: what it says is in $ERR.
create()
{
    local r=0

    paused_pv "$@" 2>$ERR || r=$?
    [ "$r" = 0 ] || cat $ERR
    return "$r"
}

verdicts()
{
    grep -c "xlmem-guard.*: $1" "$GUARD_LOG" || true
}

result guard "$(sha256sum /usr/lib/x86_64-linux-gnu/xlmem/libxlmem-guard.so |
    cut -c1-16)"
guard_on enforce 'dom0_floor = "1G"'

# What the loader opens in each program, until it is unset again.
export LD_DEBUG=files LD_DEBUG_OUTPUT=/run/loaded

# What the toolstack starts for a domain does not inherit the guard; the
# domain itself is guarded.
modprobe xen-netback
cat >/run/vif-env <<'SCRIPT'
#!/bin/sh
env >/run/vif-env.out
[ "$1" != online ] || xenstore-write "$XENBUS_PATH/hotplug-status" connected
SCRIPT
chmod +x /run/vif-env
assert create small 32 'vif = [ "script=/run/vif-env" ]' \
    'memguard = [ "dynamic_min=16M" ]'
assert_match '^XENBUS_PATH=' /run/vif-env.out
refute grep LD_PRELOAD=. /run/vif-env.out
assert_eq "$(verdicts 'admit small')" 1 "verdicts"

# The list of its file is where this release of libxl keeps such things.
assert_eq "$(xs_dom small memory/dynamic-min)" 16384 "dynamic-min"
xl list -l small >/run/small.json
assert_match '"memory/dynamic-min": "16384"' /run/small.json
destroy small

status=0
create big 4000 || status=$?
result status_refused "$status"
assert_eq "$status" 5 "exit status of a refused create"
assert_match 'big is not created: it does not fit' $ERR
# Not by the builder.
refute grep 'libxl: error' $ERR
assert_eq "$(verdicts 'refuse big')" 1 "refusals"

# A guarded program has the library, and no module that reads captures: not
# where it says what would help, and not for dom0's size.
refute xl mem-set 0 100m 2>$ERR
unset LD_DEBUG LD_DEBUG_OUTPUT
assert grep -q 'file=.*/libxlmem\.so' /run/loaded.*
refute grep -l 'capture\.so' /run/loaded.*
rm -f /run/loaded.*

# For headroom's sake; in mode warn it runs.
last=$(($(host_free_mib) - 24))
refute create last "$last"
guard_on warn 'dom0_floor = "1G"'
assert create last "$last"
assert_eq "$(verdicts 'would refuse last')" 1 "warnings"
destroy last

# Whose memory a create took is told to who asked for it, in one line.
lowered="dom0's target was lowered by [0-9.]+ MiB to make room for planned;"
guard_on enforce 'dom0_floor = "900M"'
assert create planned $(($(host_free_mib) - 72 + 24))
assert_match "$lowered the guard raises it again" $ERR
assert_eq "$(grep -c memguard $ERR)" 1 "lines"
target_is()
{
    [ "$(balloon_kb target_kb)" = "$1" ]
}
refute target_is 1048576
destroy planned
wait_for 60 target_is 1048576
assert create small 32
refute grep memguard $ERR
destroy small

guard_on enforce 'dom0_floor = "1G"'
refute xl mem-set 0 100m 2>$ERR
assert_match 'dom0 is not set to 100.0 MiB: it needs 1024.0 MiB' $ERR
assert_eq "$(balloon_kb target_kb)" 1048576 "dom0's target"
assert_eq "$(ledger_entries)" 0 "reservations"
guard_off
assert create small 32
refute grep memguard $ERR
destroy small
