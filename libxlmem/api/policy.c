/* SPDX-License-Identifier: LGPL-2.1-only */
/* The policy by its keys. */
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

static bool is_computed(xlmem_policy_key key)
{
    return key == XLMEM_POLICY_XEN_HEADROOM_KB ||
           key == XLMEM_POLICY_DOM0_FLOOR_KB ||
           key == XLMEM_POLICY_BALANCE_STEP_KB ||
           key == XLMEM_POLICY_BALANCE_RATE_KB;
}

static bool value_of(const xlmem_policy *policy, xlmem_policy_key key,
                     uint64_t *value_r)
{
    switch (key) {
    case XLMEM_POLICY_MODE:
        *value_r = policy->mode;
        return true;
    case XLMEM_POLICY_REFUSE_ON_ERROR:
        *value_r = policy->refuse_on_error;
        return true;
    case XLMEM_POLICY_XEN_HEADROOM_KB:
        *value_r = policy->xen_headroom_kb;
        return true;
    case XLMEM_POLICY_DOM0_FLOOR_KB:
        *value_r = policy->dom0_floor_kb;
        return true;
    case XLMEM_POLICY_DOM0_RESERVE_KB:
        *value_r = policy->dom0_reserve_kb;
        return true;
    case XLMEM_POLICY_WAIT_MS:
        *value_r = policy->wait_ms;
        return true;
    case XLMEM_POLICY_REBOOT_WAIT_MS:
        *value_r = policy->reboot_wait_ms;
        return true;
    case XLMEM_POLICY_SWITCHED_OFF:
        *value_r = policy->switched_off;
        return true;
    case XLMEM_POLICY_NR_PROBLEMS:
        *value_r = policy->nr_problems;
        return true;
    case XLMEM_POLICY_BALANCE:
        *value_r = policy->balance;
        return true;
    case XLMEM_POLICY_BALANCE_STEP_KB:
        *value_r = policy->balance_step_kb;
        return true;
    case XLMEM_POLICY_BALANCE_RATE_KB:
        *value_r = policy->balance_rate_kb;
        return true;
    case XLMEM_POLICY_REPORT_EXPIRY_MS:
        *value_r = policy->report_expiry_ms;
        return true;
    }
    return false;
}

bool xlmem_policy_get(const xlmem_policy *policy, xlmem_policy_key key,
                      uint64_t *value_r)
{
    uint64_t value;

    if (!value_of(policy, key, &value) || (is_computed(key) && !value))
        return false;
    *value_r = value;
    return true;
}

static uint64_t most_of(xlmem_policy_key key)
{
    if (key == XLMEM_POLICY_MODE)
        return XLMEM_MODE_ENFORCE;
    if (key == XLMEM_POLICY_REFUSE_ON_ERROR || key == XLMEM_POLICY_BALANCE)
        return 1;
    if (key == XLMEM_POLICY_WAIT_MS || key == XLMEM_POLICY_REBOOT_WAIT_MS ||
        key == XLMEM_POLICY_REPORT_EXPIRY_MS)
        return INT32_MAX;
    return UINT64_MAX / 1024; /* of kB: below 2^64 bytes */
}

static uint64_t *policy_word(xlmem_policy *policy, xlmem_policy_key key)
{
    if (key == XLMEM_POLICY_XEN_HEADROOM_KB)
        return &policy->xen_headroom_kb;
    if (key == XLMEM_POLICY_DOM0_FLOOR_KB)
        return &policy->dom0_floor_kb;
    if (key == XLMEM_POLICY_DOM0_RESERVE_KB)
        return &policy->dom0_reserve_kb;
    if (key == XLMEM_POLICY_WAIT_MS)
        return &policy->wait_ms;
    if (key == XLMEM_POLICY_BALANCE_STEP_KB)
        return &policy->balance_step_kb;
    if (key == XLMEM_POLICY_BALANCE_RATE_KB)
        return &policy->balance_rate_kb;
    if (key == XLMEM_POLICY_REPORT_EXPIRY_MS)
        return &policy->report_expiry_ms;
    return key == XLMEM_POLICY_REBOOT_WAIT_MS ? &policy->reboot_wait_ms : NULL;
}

static bool *policy_flag(xlmem_policy *policy, xlmem_policy_key key)
{
    if (key == XLMEM_POLICY_REFUSE_ON_ERROR)
        return &policy->refuse_on_error;
    return key == XLMEM_POLICY_BALANCE ? &policy->balance : NULL;
}

int xlmem_policy_set(xlmem_policy *policy, xlmem_policy_key key,
                     uint64_t value)
{
    uint64_t *word = policy_word(policy, key);
    bool *flag = policy_flag(policy, key);

    if (!word && !flag && key != XLMEM_POLICY_MODE)
        return XLMEM_ERROR_INVAL;
    if (value > most_of(key))
        return XLMEM_ERROR_RANGE;
    if (word)
        *word = value;
    else if (key == XLMEM_POLICY_MODE)
        policy->mode = (xlmem_mode)value;
    else
        *flag = value != 0;
    return 0;
}
