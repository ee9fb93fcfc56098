# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=4G sets=full share=disaster timeout=480
# What guard-disaster.sh is with a guard that only warns: it changes nothing
# but the log, and nothing saves dom0.

guard_on warn
at_boot=$(balloon_kb target_kb)
# The sum of eight of 480 MiB, in fewer domUs.
disaster d0 1440 1440 480 480
refute grep -q 'target .* kB, was' "$GUARD_LOG"
# What it would have done, once for each, before xl shrinks dom0.
assert_eq "$(grep -c 'would refuse d3' "$GUARD_LOG")" 1 "warnings"
assert_eq "$(grep -c 'xlmem-guard.* d[0-3]: needs' "$GUARD_LOG")" 4 "verdicts"
# What xl asked for ended with it, and is out of the books.
assert_eq "$(status books.ledger_kb)" 0 "kB reserved"
guard_off
xl mem-set 0 "$((at_boot / 1024))m"
