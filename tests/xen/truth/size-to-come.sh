# bed: native
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Linux alone: the line for the Xen to come, and what is said of it.
xl-memguard size -k >"$BED_OUT/size"
line=$(sed -n 's/^xen_arg=//p' "$BED_OUT/size")
assert [ -n "$line" ]
xl-memguard predict -k "$line" >"$BED_OUT/predicted"
assert_eq "$(sed -n 's/^xen_arg=//p' "$BED_OUT/predicted")" "$line" "the line"
