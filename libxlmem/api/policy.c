/* SPDX-License-Identifier: LGPL-2.1-only */
/* The policy by its keys. */
#include <stddef.h>
#include <stdlib.h>

#include "private/all.h"

int xlmem_policy_alloc(xlmem_policy **policy_r)
{
    xlmem_policy *policy = malloc(sizeof(*policy));

    if (!policy)
        return XLMEM_ERROR_NOMEM;
    xlmem_policy_init(policy);
    *policy_r = policy;
    return 0;
}

void xlmem_policy_free(xlmem_policy *policy)
{
    free(policy);
}

/* A key has one row. */
enum { A_WORD = 0, A_FLAG = 1, THE_MODE = 2 };
#define KB_MOST (UINT64_MAX / 1024) /* below 2^64 bytes */

static const struct policy_key {
    uint16_t offset; /* of a uint64_t, a bool or the mode */
    uint8_t kind;
    bool computed; /* 0 means: as computed, or no limit: not known */
    uint64_t most; /* that it may be set to; 0: it is not set */
} policy_keys[] = {
#define KEY(key, member, kind, computed, most)                                \
    [XLMEM_POLICY_##                                                          \
        key] = {offsetof(xlmem_policy, member), kind, computed, most}
    KEY(MODE, mode, THE_MODE, false, XLMEM_MODE_ENFORCE),
    KEY(REFUSE_ON_ERROR, refuse_on_error, A_FLAG, false, 1),
    KEY(XEN_HEADROOM_KB, xen_headroom_kb, A_WORD, true, KB_MOST),
    KEY(DOM0_FLOOR_KB, dom0_floor_kb, A_WORD, true, KB_MOST),
    KEY(DOM0_RESERVE_KB, dom0_reserve_kb, A_WORD, false, KB_MOST),
    KEY(WAIT_MS, wait_ms, A_WORD, false, INT32_MAX),
    KEY(REBOOT_WAIT_MS, reboot_wait_ms, A_WORD, false, INT32_MAX),
    KEY(SWITCHED_OFF, switched_off, A_FLAG, false, 0),
    KEY(NR_PROBLEMS, nr_problems, A_WORD, false, 0),
    KEY(BALANCE, balance, A_FLAG, false, 1),
    KEY(BALANCE_STEP_KB, balance_step_kb, A_WORD, true, KB_MOST),
    KEY(BALANCE_RATE_KB, balance_rate_kb, A_WORD, true, KB_MOST),
    KEY(REPORT_EXPIRY_MS, report_expiry_ms, A_WORD, false, INT32_MAX),
#undef KEY
};

/* The row, and where its value is in the policy; NULL: no such key. */
static const struct policy_key *
find_key(const xlmem_policy *policy, xlmem_policy_key key, const void **at_r)
{
    const size_t n = (size_t)key;

    /* Row 0 is empty: keys begin with 1. */
    if (n >= sizeof(policy_keys) / sizeof(policy_keys[0]) ||
        (!policy_keys[n].offset && policy_keys[n].kind != THE_MODE))
        return NULL;
    *at_r = (const char *)policy + policy_keys[n].offset;
    return &policy_keys[n];
}

bool xlmem_policy_get(const xlmem_policy *policy, xlmem_policy_key key,
                      uint64_t *value_r)
{
    const void *at;
    const struct policy_key *row = find_key(policy, key, &at);
    uint64_t value;

    if (!row)
        return false;
    if (row->kind == A_FLAG)
        value = *(const bool *)at;
    else if (row->kind == THE_MODE)
        value = *(const xlmem_mode *)at;
    else
        value = *(const uint64_t *)at;
    if (row->computed && !value)
        return false;
    *value_r = value;
    return true;
}

int xlmem_policy_set(xlmem_policy *policy, xlmem_policy_key key,
                     uint64_t value)
{
    const void *found;
    const struct policy_key *row = find_key(policy, key, &found);
    void *at;

    if (!row || !row->most)
        return XLMEM_ERROR_INVAL;
    if (value > row->most)
        return XLMEM_ERROR_RANGE;
    at = (char *)policy + row->offset;
    if (row->kind == A_FLAG)
        *(bool *)at = value != 0;
    else if (row->kind == THE_MODE)
        *(xlmem_mode *)at = (xlmem_mode)value;
    else
        *(uint64_t *)at = value;
    return 0;
}
