/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdio.h>

#include "codec/vitals/parse.h"
#include "model/checked.h"

static size_t index_of(size_t offset)
{
    return offset / sizeof(uint64_t) - 1;
}

static uint64_t bit_of(size_t offset)
{
    return UINT64_C(1) << index_of(offset);
}

static void note_source(xlmem__group *group, size_t offset, size_t line)
{
    group->source[index_of(offset)] =
        (xlmem_source){group->file, line < UINT32_MAX ? (uint32_t)line : 0};
}

void xlmem__group_take(xlmem__group *group, size_t offset, uint64_t value,
                       size_t line)
{
    if (group->words[0] & bit_of(offset))
        return;
    group->words[0] |= bit_of(offset);
    group->words[index_of(offset) + 1] = value;
    note_source(group, offset, line);
}

void xlmem__group_add(xlmem__group *group, size_t offset, uint64_t value,
                      size_t line)
{
    uint64_t *word = &group->words[index_of(offset) + 1];

    if (!(group->words[0] & bit_of(offset)))
        xlmem__group_take(group, offset, value, line);
    else if (!xlmem__add(*word, value, word))
        xlmem__group_break(group, offset);
}

void xlmem__group_break(xlmem__group *group, size_t offset)
{
    group->broken |= bit_of(offset);
}

int xlmem__group_end(xlmem__group *group)
{
    size_t i;

    group->words[0] &= ~group->broken;
    for (i = 0; i < 64; i++)
        if (group->broken >> i & 1) {
            group->words[i + 1] = 0;
            group->source[i] = (xlmem_source){NULL, 0};
        }
    for (i = 0; i < 64; i++)
        if ((group->words[0] >> i & 1) && group->source[i].file == group->file)
            return 0;
    return XLMEM_ERROR_PARSE;
}

void xlmem__complain_once(xlmem__where *where, size_t line, const char *what,
                          xlmem__str text)
{
    if (where && !where->text[0])
        xlmem__complain(where, line, XLMEM_ERROR_PARSE, what, text);
}

int xlmem__not_understood(xlmem__where *where, const char *expected)
{
    /* Unless memory ended: then that is why. */
    if (where && where->rc == XLMEM_ERROR_NOMEM)
        return where->rc;
    return xlmem__complain(where, 0, XLMEM_ERROR_PARSE, expected,
                           (xlmem__str){"", 0});
}

static xlmem__vitals_parser *const parsers[XLMEM_NR_DOCS] = {
    [XLMEM_DOC_MEMINFO] = xlmem__vitals_meminfo,
    [XLMEM_DOC_BUDDYINFO] = xlmem__vitals_buddyinfo,
    [XLMEM_DOC_ZONEINFO] = xlmem__vitals_zoneinfo,
    [XLMEM_DOC_PAGETYPEINFO] = xlmem__vitals_pagetypeinfo,
    [XLMEM_DOC_VMSTAT] = xlmem__vitals_vmstat,
    [XLMEM_DOC_LOADAVG] = xlmem__vitals_loadavg,
    [XLMEM_DOC_STAT] = xlmem__vitals_stat,
    [XLMEM_DOC_UPTIME] = xlmem__vitals_uptime,
    [XLMEM_DOC_PSI_MEMORY] = xlmem__vitals_psi_memory,
    [XLMEM_DOC_PSI_IO] = xlmem__vitals_psi_io,
    [XLMEM_DOC_PSI_CPU] = xlmem__vitals_psi_cpu,
    [XLMEM_DOC_OVERCOMMIT] = xlmem__vitals_overcommit,
    [XLMEM_DOC_ARCSTATS] = xlmem__vitals_arcstats,
    [XLMEM_DOC_SWAPS] = xlmem__vitals_swaps,
};

xlmem__vitals_parser *xlmem__vitals_parser_of(xlmem_vitals_doc doc)
{
    return parsers[doc];
}
