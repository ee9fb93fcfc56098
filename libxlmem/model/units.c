/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/units.h"

#include <stdio.h>
#include <string.h>

#include "model/checked.h"

int xlmem__number(xlmem__str text, unsigned base, uint64_t *value_r,
                  size_t *used_r)
{
    uint64_t value = 0;
    size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned digit = xlmem__digit(text.p[i]);

        if (digit >= base)
            break;
        if (!xlmem__mul(value, base, &value) ||
            !xlmem__add(value, digit, &value))
            return XLMEM_ERROR_RANGE;
    }
    if (!i)
        return XLMEM_ERROR_PARSE;
    *value_r = value;
    *used_r = i;
    return 0;
}

int xlmem__number_all(xlmem__str text, unsigned base, uint64_t *value_r)
{
    uint64_t value;
    size_t used;
    int rc = xlmem__number(text, base, &value, &used);

    if (rc)
        return rc;
    if (used != text.len)
        return XLMEM_ERROR_PARSE;
    *value_r = value;
    return 0;
}

/* How many kB a suffix stands for; 0 for none of ours. */
static uint64_t suffix_kb(char c)
{
    switch (c) {
    case 'k':
    case 'K':
        return 1;
    case 'm':
    case 'M':
        return XLMEM__MIB_KB;
    case 'g':
    case 'G':
        return XLMEM__GIB_KB;
    case 't':
    case 'T':
        return XLMEM__GIB_KB * 1024;
    default:
        return 0;
    }
}

int xlmem__size_kb(xlmem__str text, uint64_t *kb_r)
{
    uint64_t value, unit, kb;
    size_t used;
    int rc = xlmem__number(text, 10, &value, &used);

    if (rc)
        return rc;
    if (used + 1 != text.len || !(unit = suffix_kb(text.p[used])))
        return XLMEM_ERROR_PARSE;
    if (!xlmem__mul(value, unit, &kb) || kb > UINT64_MAX / 1024)
        return XLMEM_ERROR_RANGE;
    *kb_r = kb;
    return 0;
}

int xlmem_parse_size_kb(const char *str, uint64_t *kb_r)
{
    return xlmem__size_kb((xlmem__str){str, strlen(str)}, kb_r);
}

/* Whether kb is a number of units with at most one decimal. */
static bool exact_in(uint64_t kb, uint64_t unit)
{
    uint64_t tenths;

    return kb >= unit && xlmem__mul(kb, 10, &tenths) && tenths % unit == 0;
}

static const char *format_in(char *buf, size_t len, uint64_t kb, uint64_t unit,
                             const char *name)
{
    uint64_t tenth = kb % unit * 10 / unit;

    if (tenth)
        snprintf(buf, len, "%llu.%llu %s", (unsigned long long)(kb / unit),
                 (unsigned long long)tenth, name);
    else
        snprintf(buf, len, "%llu %s", (unsigned long long)(kb / unit), name);
    return buf;
}

const char *xlmem_format_size_kb(char *buf, size_t len, uint64_t kb)
{
    static const struct {
        uint64_t kb;
        const char *name;
    } units[] = {
        {XLMEM__GIB_KB * 1024, "TiB"},
        {XLMEM__GIB_KB, "GiB"},
        {XLMEM__MIB_KB, "MiB"},
    };
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (exact_in(kb, units[i].kb))
            return format_in(buf, len, kb, units[i].kb, units[i].name);
    return format_in(buf, len, kb, 1, "kB");
}
