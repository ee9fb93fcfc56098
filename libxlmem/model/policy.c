/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdio.h>

#include "model/units.h"

void xlmem_policy_init(xlmem_policy *policy)
{
    *policy = (xlmem_policy){
        .mode = XLMEM_MODE_WARN,
        /* What an idle Debian 12 dom0 of 1 GiB needs to fork and log while
         * xl builds a domain: the builder's passing peak is below 32 MiB
         * (docs/design/truth.md). */
        .dom0_reserve_kb = 64 * XLMEM__MIB_KB,
        .wait_ms = 10000,
        .reboot_wait_ms = 60000,
        /* A balloon moves 0.5 to 2 GiB a second: what has been asked for is
         * there before it is decided anew. */
        .balance_step_kb = 1024 * XLMEM__MIB_KB,
        .balance_rate_kb = 16384 * XLMEM__MIB_KB,
        .report_expiry_ms = 900000,
    };
}

const char *xlmem_problem_line(const xlmem_policy_problem *problem, char *buf,
                               size_t len)
{
    if (problem->line)
        snprintf(buf, len, "%s: line %zu: %s", problem->file, problem->line,
                 problem->text);
    else
        snprintf(buf, len, "%s: %s", problem->file, problem->text);
    return buf;
}

const char *xlmem_mode_name(xlmem_mode mode)
{
    switch (mode) {
    case XLMEM_MODE_OFF:
        break;
    case XLMEM_MODE_WARN:
        return "warn";
    case XLMEM_MODE_ENFORCE:
        return "enforce";
    }
    return "off";
}
