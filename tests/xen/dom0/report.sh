# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What memguard-guest has written in a Linux guest of the bed.

REPORT=data/memguard/report

# reported NAME WORD: of the report.
reported()
{
    xs_dom "$1" "$REPORT" | tr ' ' '\n' | sed -n "s/^$2=//p"
}

# reports_what_it_has NAME MIB: the first report, by the guest's own kernel.
reports_what_it_has()
{
    local name=$1 began

    is_up "$name"
    agent "$name" report
    began=$(seconds)
    wait_for 10 xs_dom "$name" "$REPORT"
    result "${name}_report_after_s" $(($(seconds) - began))
    result "${name}_report" "$(xs_dom "$name" "$REPORT")"

    agent "$name" publish
    assert_eq "$(reported "$name" total_kb)" \
        "$(xs_dom "$name" data/meminfo_total)"
    assert_near "$(reported "$name" available_kb)" \
        "$(xs_dom "$name" data/meminfo_free)" 4096 "what is available in kB"
    # Some MiB of a PVH guest's are its firmware's and the toolstack's.
    assert_near "$(reported "$name" balloon_kb)" $(($2 * 1024)) 4096 \
        "its balloon in kB"
    assert_eq "$(reported "$name" swap_used_kb)" 0
}
