/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the administrator wants kept: memguard.conf(5). */
#ifndef XLMEM_API_POLICY_H
#define XLMEM_API_POLICY_H

#include <xlmem/context.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct xlmem_policy xlmem_policy;

typedef enum xlmem_mode {
    XLMEM_MODE_OFF,
    XLMEM_MODE_WARN,    /* log what would have been refused */
    XLMEM_MODE_ENFORCE, /* refuse it */
} xlmem_mode;

typedef enum xlmem_policy_key {
    XLMEM_POLICY_MODE = 1,            /* xlmem_mode */
    XLMEM_POLICY_REFUSE_ON_ERROR = 2, /* 0 or 1: what a caller does whose guard
                                         has failed */
    XLMEM_POLICY_XEN_HEADROOM_KB = 3, /* kept free in Xen; not known: as
                                         computed */
    XLMEM_POLICY_DOM0_FLOOR_KB = 4,   /* dom0's least size; the same */
    XLMEM_POLICY_DOM0_RESERVE_KB = 5, /* MemAvailable that dom0 keeps */
    XLMEM_POLICY_WAIT_MS = 6,         /* for memory that is coming */
    XLMEM_POLICY_REBOOT_WAIT_MS = 7,  /* the same for a domain that ran here a
                                         moment ago */
    /* As read, and not to be set: */
    XLMEM_POLICY_SWITCHED_OFF = 8, /* 0 or 1: by the administrator's switch,
                                      whatever mode is configured */
    XLMEM_POLICY_NR_PROBLEMS = 9,  /* lines of the files that are wrong */
    /* What the monitor goes by: */
    XLMEM_POLICY_BALANCE = 10, /* 0 or 1: whether memory moves with demand */
    XLMEM_POLICY_BALANCE_STEP_KB = 11,  /* of one domain at once; not known:
                                          without a limit */
    XLMEM_POLICY_BALANCE_RATE_KB = 12,  /* and in a minute; the same */
    XLMEM_POLICY_REPORT_EXPIRY_MS = 13, /* how long counts what a domain says
                                           of itself */
} xlmem_policy_key;

/*
 * xlmem_policy_alloc: the defaults that memguard.conf(5) documents.
 * @policy_r: xlmem_policy_free it.
 * Returns 0, XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_policy_alloc(xlmem_policy **policy_r);

/* xlmem_policy_free: NULL is fine.  Since: 0.1 */
void xlmem_policy_free(xlmem_policy *policy);

/*
 * xlmem_policy_read: the policy in force on a host, from its files alone:
 * needs no context and no Xen.
 *
 * A line that is wrong spoils its own key only: that has the value that was
 * last in force, or its default where none is known.  A configuration that
 * cannot be read at all leaves all of the last policy in force.  What is in
 * force is kept below run/xlmem, for processes that start later, if the caller
 * may write there.
 *
 * @root: where the host's files are; NULL: /.
 * @policy: replaced; the defaults where nothing is configured.
 * @fn, @user: told each thing that is wrong, as a line with file and line
 *   number (level 3, or 2 for what counts nevertheless); may be NULL.
 * Returns 0, whatever is wrong with the configuration; XLMEM_ERROR_NOTFOUND
 * when there is none: such a host is not guarded, everything passes.
 * Since: 0.1
 */
int xlmem_policy_read(const char *root, xlmem_policy *policy, xlmem_log_fn *fn,
                      void *user);

/*
 * xlmem_policy_get: what a policy says.
 * @value_r: untouched where it is not known.
 * Returns whether it is known, and means something to this library.
 * Since: 0.1
 */
bool xlmem_policy_get(const xlmem_policy *policy, xlmem_policy_key key,
                      uint64_t *value_r);

/*
 * xlmem_policy_set: have a policy say something else.
 * @value: 0 of what is computed where it is not known: as computed.
 * Returns 0; XLMEM_ERROR_INVAL for a key that this library does not know, or
 * does not let be set; XLMEM_ERROR_RANGE.  Since: 0.1
 */
int xlmem_policy_set(xlmem_policy *policy, xlmem_policy_key key,
                     uint64_t value);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_POLICY_H */
