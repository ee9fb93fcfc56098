/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers and sizes among a command's arguments and options. */
#include "cmd.h"

/* A plain decimal number below 2^64. */
static bool parse_count(const char *text, uint64_t *count_r)
{
    uint64_t count = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' ||
            __builtin_mul_overflow(count, 10, &count) ||
            __builtin_add_overflow(count, (uint64_t)(*text - '0'), &count))
            return false;
    }
    *count_r = count;
    return true;
}

int cmd_get_count(const cmd_run *run, int n, uint64_t max, uint64_t *count_r)
{
    const char *name = run->spec->options[n].name, *text = run->value[n];

    if (!parse_count(text, count_r))
        return cmd_usage(run->spec, "--%s: '%s' is not a number", name, text);
    if (*count_r > max)
        return cmd_usage(run->spec,
                         "--%s: '%s' is more than the %llu there can be", name,
                         text, (unsigned long long)max);
    return EXIT_DONE;
}

int cmd_get_size(const cmd_run *run, const char *what, const char *text,
                 uint64_t *kb_r)
{
    int rc = xlmem_parse_size_kb(text, kb_r);

    if (!rc)
        return EXIT_DONE;
    if (rc == XLMEM_ERROR_RANGE)
        return cmd_usage(run->spec, "%s: '%s' is more than there can be", what,
                         text);
    return cmd_usage(run->spec,
                     "%s: '%s' is not a size; write it like 512M or 2G", what,
                     text);
}
