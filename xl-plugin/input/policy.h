/* SPDX-License-Identifier: LGPL-2.1-only */
/* The administrator's configuration: the host's, or the file of --config. */
#ifndef XL_MEMGUARD_POLICY_H
#define XL_MEMGUARD_POLICY_H

#include "cmd.h"

/* policy_path: the file that is read, as messages and reports name it. */
const char *policy_path(const cmd_run *run);

/* policy_mode_from: what says the mode, likewise: a path, or a clause. */
const char *policy_mode_from(const cmd_run *run, const xlmem_policy *policy);

/* A configuration that is larger is none. */
#define CONF_MAX_BYTES ((size_t)1 << 20)

/*
 * policy_load: the policy in force; the defaults where nothing is configured.
 * What is wrong with the configuration is printed, and is no failure.
 * @found_r: whether the host is configured; may be NULL.
 * Returns 0 or an XLMEM_ERROR_*; a message was printed.
 */
int policy_load(const cmd_run *run, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r);

/* policy_look: the same; what is wrong goes to @report_r and is not
 * printed. */
int policy_look(const cmd_run *run, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r, xlmem_policy_report *report_r);

#endif /* XL_MEMGUARD_POLICY_H */
