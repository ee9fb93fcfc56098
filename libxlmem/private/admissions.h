/* SPDX-License-Identifier: LGPL-2.1-only */
/* How often the guard has decided, and how, since the boot. */
#ifndef XLMEM_PRIVATE_ADMISSIONS_H
#define XLMEM_PRIVATE_ADMISSIONS_H

#include "private/admit.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* What was decided: of a verdict, or that there was none. */
typedef enum xlmem_counted {
    XLMEM_COUNTED_ADMIT,
    XLMEM_COUNTED_PLAN,
    XLMEM_COUNTED_REFUSE,  /* with mode warn, too: it would have been */
    XLMEM_COUNTED_UNKNOWN, /* the guard itself failed */
    XLMEM_NR_COUNTED
} xlmem_counted;

/* What asked. */
typedef enum xlmem_path {
    XLMEM_PATH_CREATE,
    XLMEM_PATH_RESTORE, /* or a migration that arrives */
    XLMEM_PATH_REBOOT,
    XLMEM_PATH_RESERVE, /* by hand */
    XLMEM_NR_PATHS
} xlmem_path;

typedef struct xlmem_admissions {
    uint64_t nr[XLMEM_NR_COUNTED][XLMEM_NR_PATHS];
} xlmem_admissions;

/* xlmem_counted_name: "admit", "plan", "refuse", "unknown".  Since: 0.1 */
const char *xlmem_counted_name(xlmem_counted counted);

/* xlmem_path_name: "create", "restore", "reboot", "reserve".  Since: 0.1 */
const char *xlmem_path_name(xlmem_path path);

/*
 * xlmem_admission_count: one more.
 * @root: where the host's files are; NULL: /.
 * @rc: what xlmem_guard returned; @verdict: which it has filled unless it
 *   failed.
 * What cannot be counted is not, and nothing is said.  Blocks for nothing.
 * Since: 0.1
 */
void xlmem_admission_count(const char *root, xlmem_path path, int rc,
                           const xlmem_verdict *verdict);

/*
 * xlmem_admissions_read: all of them; 0 where none has been counted.
 * Returns 0; XLMEM_ERROR_PERM, XLMEM_ERROR_IO.  Since: 0.1
 */
int xlmem_admissions_read(const char *root, xlmem_admissions *admissions_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_ADMISSIONS_H */
