# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=240
# The ways to the guard, through the dispatcher and Debian's shell wrapper, and
# the ways around it.

ERR=/run/err

# create NAME MIB [COMMAND...]: paused; what it says is in $ERR.
create()
{
    local file

    file=$(config "$1" 'type = "pvh"' "memory = $2" \
        "kernel = \"$GUESTS/tiny-pvh\"")
    "${@:3}" -p "$file" >/run/out 2>"$ERR"
}

verdicts()
{
    grep -c "xlmem-guard.*: $1" "$GUARD_LOG" || true
}

# Without a configuration it is not there.
rm -rf "$GUARD_CONF" /run/xlmem
/usr/libexec/xlmem/xl-divert add
assert create none 32 xl create -q
assert_eq "$(cat "$ERR")" "" "what is said without a configuration"
destroy none
refute test -e /run/xlmem/ledger

guard_on enforce 'dom0_floor = "600M"'

# dom0's floor.
before=$(balloon_kb target_kb)
refute xl mem-set 0 100m 2>"$ERR"
assert_match 'dom0 is not set to 100.0 MiB: it needs 600.0 MiB.*MEMGUARD=off' \
    "$ERR"
assert_eq "$(balloon_kb target_kb)" "$before" "dom0's target"
refute xl mem-max 0 100 2>"$ERR"
assert_match 'maximum of dom0 is not set to 100.0 MiB' "$ERR"
assert xl mem-set 0 900m
wait_for 30 eval "[ \$(balloon_kb info/current_kb) -lt 950000 ]"
assert xl mem-set 0 1024m
wait_for 30 eval "[ \$(balloon_kb info/current_kb) -gt 1040000 ]"

# A prefix of a command, with an option before it: what runs in the end is
# the real xl behind the wrapper.  It fits; `-v` shows the verdict.
assert create verbose 32 xl -v cre
assert_match 'memguard: detail: admit verbose: needs' "$ERR"
destroy verbose

# More than there is, with all that dom0 may give.
refute create big 4000 xl cre -q
assert_match 'memguard: error: big is not created: it does not fit' "$ERR"
assert_match 'xen-short: ' "$ERR"
refute grep 'libxl: error' "$ERR"
assert_eq "$(verdicts 'refuse big')" 1 "refusals in syslog"
refute xl domid big 2>/dev/null
assert_eq "$(ledger_entries)" 0 "reservations"

# Down to the last 20 MiB: refused for the headroom's sake, and in mode warn
# it changes nothing but the log.
last=$(($(host_free_mib) - 24))
guard_on enforce 'dom0_floor = "1G"'
refute create last "$last" xl create -q
guard_on warn 'dom0_floor = "1G"'
assert create last "$last" xl create -q
assert_eq "$(verdicts 'would refuse last')" 1 "warnings in syslog"
assert_eq "$(balloon_kb target_kb)" 1048576 "dom0's target"
destroy last

# Overrides: for one command, for the host.
guard_on enforce 'dom0_floor = "1G"'
MEMGUARD=warn assert create last "$last" xl create -q
assert_eq "$(verdicts 'would refuse last')" 2 "warnings in syslog"
destroy last
lines=$(wc -l <"$GUARD_LOG")
MEMGUARD=off assert create last "$last" xl create -q
assert_eq "$(cat "$ERR")" "" "what is said when it is off"
destroy last
touch /run/xlmem/off
assert create last "$last" xl create -q
destroy last
rm /run/xlmem/off
assert_eq "$(wc -l <"$GUARD_LOG")" "$lines" "lines of syslog"

# What is broken lets through, with one line.
libdir=/usr/lib/x86_64-linux-gnu
mv $libdir/xlmem/xen-* /run/module
assert create one 32 xl create -q
assert_match '^memguard: warning: .* passes unguarded: .*module' \
    "$ERR"
assert_eq "$(grep -c . "$ERR")" 1 "lines that are said"
destroy one
mv /run/module "$libdir/xlmem/xen-$(xl_info xen_major).$(xl_info xen_minor)"
mv $libdir/libxlmem.so.0 /run/libxlmem.so.0
assert create one 32 xl create -q
assert_match 'unguarded: .*libxlmem' "$ERR"
destroy one
mv /run/libxlmem.so.0 $libdir/

# A slip does not: what was last in force goes on, and each create says it.
guard_on enforce 'dom0_floor = "1G"'
assert create one 32 xl create -q
destroy one
printf '\xef\xbb\xbfmode = enfroce\r\ndom0_floor = 1024\n' >"$GUARD_CONF"
refute create last "$last" xl create -q
assert_match 'memguard.conf: line 1: .*as before: mode = "enforce"' "$ERR"
assert_match 'memguard.conf: line 2: .*as before: dom0_floor = "1024M"' "$ERR"
assert_status 3 xl memguard status -k >/run/out
assert_match '^guard.mode=enforce$' /run/out

# Removed from the system: as before.
guard_on enforce
mv $libdir/xlmem/libxlmem-guard.so /run/
assert create one 32 xl create -q
assert_eq "$(cat "$ERR")" "" "what is said without the library"
destroy one
mv /run/libxlmem-guard.so $libdir/xlmem/
guard_off
assert create one 32 xl create -q
destroy one
