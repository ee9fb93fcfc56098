/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_POLICY_FILE_H
#define XLMEM_POLICY_FILE_H

#include "private/guard.h"

/* Where the files of a policy are read. */
typedef struct xlmem__policy_files {
    /* read_file of a backend. */
    int (*read)(void *user, const char *path, char **buf_r, size_t *len_r);
    /* Whether there is such a file, asked without a descriptor; NULL: it is
     * read instead. */
    bool (*exists)(void *user, const char *path);
    void *user;
    /* In place of XLMEM_POLICY_FILE, where name is not NULL. */
    const char *name, *conf;
    size_t len;
} xlmem__policy_files;

/*
 * What they say.  @last_r: XLMEM_LAST_POLICY_FILE as it should be: "" where
 * it is so already, or where there is nothing to be kept.
 * Returns 0 or XLMEM_ERROR_NOTFOUND; @policy_r and @report are filled.
 */
int xlmem__policy_of(const xlmem__policy_files *files, xlmem_policy *policy_r,
                     xlmem_policy_report *report, char *last_r,
                     size_t last_len);

#endif /* XLMEM_POLICY_FILE_H */
