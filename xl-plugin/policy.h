/* SPDX-License-Identifier: LGPL-2.1-only */
/* The administrator's configuration: the host's, or the file of --config. */
#ifndef XL_MEMGUARD_POLICY_H
#define XL_MEMGUARD_POLICY_H

#include "cmd.h"

/* policy_path: the file that is read, as messages and reports name it. */
const char *policy_path(const cmd_run *run);

/*
 * policy_load: what it says; the defaults where the host has none.
 * @found_r: whether it has one; may be NULL.
 * Returns 0 or an XLMEM_ERROR_*; a message was printed.
 */
int policy_load(const cmd_run *run, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r);

/*
 * policy_text: the file as it is on this machine, malloc'd.
 * Returns false with errno where it cannot be read.
 */
bool policy_text(const cmd_run *run, char **text_r, size_t *len_r);

#endif /* XL_MEMGUARD_POLICY_H */
