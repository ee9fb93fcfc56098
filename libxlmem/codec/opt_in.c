/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The list in a domain's configuration file, memguard.conf(5):
 *
 *     memguard = [ "dynamic_min=512M", "weight=2" ]
 *
 * Strict, because the likely unknown key is a misspelt one.  A list counts as
 * a whole or not at all.
 */
#include "codec/opt_in.h"

#include <stdio.h>
#include <string.h>

/* As a weight of Xen's credit schedulers is bounded (xl sched-credit). */
#define WEIGHT_MAX 65535

typedef int taker(xlmem__str value, xlmem_opt_in *opt_in);

static int read_opt_in_size(xlmem__str value, uint64_t *kb_r)
{
    char text[32];
    uint64_t kb;
    int rc;

    if (value.len >= sizeof(text) || memchr(value.p, '\0', value.len))
        return XLMEM_ERROR_PARSE;
    memcpy(text, value.p, value.len);
    text[value.len] = '\0';
    rc = xlmem_parse_size_kb(text, &kb);
    if (rc)
        return rc;
    if (kb < XLMEM__MIB_KB || kb >> 54)
        return XLMEM_ERROR_RANGE;
    *kb_r = kb;
    return 0;
}

static int take_dynamic_min(xlmem__str value, xlmem_opt_in *opt_in)
{
    uint64_t kb;
    int rc = read_opt_in_size(value, &kb);

    if (!rc)
        XLMEM_SET(opt_in, dynamic_min_kb, kb);
    return rc;
}

static int take_dynamic_max(xlmem__str value, xlmem_opt_in *opt_in)
{
    uint64_t kb;

    (void)opt_in;
    return read_opt_in_size(value, &kb);
}

static int take_weight(xlmem__str value, xlmem_opt_in *opt_in)
{
    uint64_t n;
    int rc = xlmem__number_all(value, 10, &n);

    (void)opt_in;
    if (rc)
        return rc;
    return n && n <= WEIGHT_MAX ? 0 : XLMEM_ERROR_RANGE;
}

static const struct key {
    const char *name;
    const char *wants;
    taker *take;
    bool used; /* otherwise it is for what moves memory while domains run,
                  which is not there yet: its value is judged, and not kept */
} keys[] = {
    {"dynamic_min", "dynamic_min is a size of 1M or more", take_dynamic_min,
     true},
    {"dynamic_max", "dynamic_max is a size of 1M or more", take_dynamic_max,
     false},
    {"weight", "weight is a number, 1 to 65535", take_weight, false},
};

#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

int xlmem__opt_in_take(xlmem__opt_in *list, xlmem__str entry, size_t line,
                       xlmem__where *where)
{
    xlmem__str value = entry;
    xlmem__str key = xlmem__trim(xlmem__cut(&value, '='));
    size_t i;
    int rc;

    value = xlmem__trim(value);
    for (i = 0; i < NR_KEYS && !xlmem__equals(key, keys[i].name); i++)
        ;
    if (i == NR_KEYS)
        return xlmem__complain(where, line, XLMEM_ERROR_CONFIG,
                               "memguard: no such key", entry);
    if (list->given & UINT64_C(1) << i)
        return xlmem__complain(where, line, XLMEM_ERROR_CONFIG,
                               "memguard: given twice", entry);
    list->given |= UINT64_C(1) << i;
    rc = keys[i].take(value, &list->got);
    return rc ? xlmem__complain(where, line, rc, keys[i].wants, entry) : 0;
}

static void name_unused(uint64_t given, char *buf, size_t len)
{
    size_t i, at = 0;

    buf[0] = '\0';
    for (i = 0; i < NR_KEYS && at < len; i++)
        if (!keys[i].used && given & UINT64_C(1) << i)
            at += (size_t)snprintf(buf + at, len - at, "%s%s", at ? ", " : "",
                                   keys[i].name);
}

int xlmem__opt_in_finish(const xlmem__opt_in *list,
                         const xlmem_need_request *request,
                         xlmem_opt_in *opt_in_r, xlmem__where *where)
{
    xlmem_opt_in got = list->got;

    if (XLMEM_KNOWS(&got, dynamic_min_kb) && XLMEM_KNOWS(request, memory_kb) &&
        got.dynamic_min_kb > request->memory_kb) {
        where->line = 0;
        snprintf(where->text, sizeof(where->text),
                 "memguard: dynamic_min, %llu kB, is more than the domain's "
                 "memory, %llu kB",
                 (unsigned long long)got.dynamic_min_kb,
                 (unsigned long long)request->memory_kb);
        return XLMEM_ERROR_CONFIG;
    }
    name_unused(list->given, got.unused, sizeof(got.unused));
    *opt_in_r = got;
    return 0;
}

int xlmem_domu_opt_in(xlmem_domu *domu, const char *const *list, size_t nr,
                      char *err, size_t err_len)
{
    xlmem__opt_in read = {.given = 0};
    xlmem__where where = {0, ""};
    size_t i;
    int rc = 0;

    for (i = 0; i < nr && !rc; i++)
        rc = xlmem__opt_in_take(&read, (xlmem__str){list[i], strlen(list[i])},
                                0, &where);
    if (!rc)
        rc =
            xlmem__opt_in_finish(&read, &domu->request, &domu->opt_in, &where);
    if (rc && err_len)
        snprintf(err, err_len, "%s", where.text);
    return rc;
}
