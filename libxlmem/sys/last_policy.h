/* SPDX-License-Identifier: LGPL-2.1-only */
/* The policy that was last in force, kept below /run for those who cannot
 * understand the configuration. */
#ifndef XLMEM_LAST_POLICY_H
#define XLMEM_LAST_POLICY_H

#include "sys/root.h"

/*
 * A document below a root, as xlmem__root_read; the last policy is one only
 * where nobody but root and ourselves can have written it.
 */
int xlmem__policy_document(int root, const char *path, char **buf_r,
                           size_t *len_r);

/* Replace it, whole or not at all.  Who may not leaves it as it is. */
void xlmem__last_policy_keep(int root, const char *text);

#endif /* XLMEM_LAST_POLICY_H */
