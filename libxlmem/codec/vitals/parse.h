/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Parsers of what a machine is judged by (private/vitals.h), for kernels from
 * 2.6.18 on.
 *
 * What is recorded of a sick machine is often cut, pasted or half written.  So
 * a line that is ours and cannot be understood leaves its facts unknown and
 * the others are taken; @where says which was the first such line.  Of what is
 * said twice the first counts.
 */
#ifndef XLMEM_VITALS_PARSE_H
#define XLMEM_VITALS_PARSE_H

#include "codec/facts.h"
#include "private/all.h"

/*
 * Returns 0, also with something to tell in @where; XLMEM_ERROR_PARSE where
 * nothing could be understood: @vitals is as before; XLMEM_ERROR_NOMEM.
 */
typedef int xlmem__vitals_parser(xlmem__str text, xlmem_vitals *vitals,
                                 xlmem__where *where);

xlmem__vitals_parser xlmem__vitals_meminfo;
xlmem__vitals_parser xlmem__vitals_vmstat;
xlmem__vitals_parser xlmem__vitals_arcstats;
xlmem__vitals_parser xlmem__vitals_swaps;
xlmem__vitals_parser xlmem__vitals_overcommit;

xlmem__vitals_parser xlmem__vitals_loadavg;
xlmem__vitals_parser xlmem__vitals_stat;
xlmem__vitals_parser xlmem__vitals_uptime;
xlmem__vitals_parser xlmem__vitals_psi_memory;
xlmem__vitals_parser xlmem__vitals_psi_io;
xlmem__vitals_parser xlmem__vitals_psi_cpu;

xlmem__vitals_parser xlmem__vitals_buddyinfo;
xlmem__vitals_parser xlmem__vitals_zoneinfo;
xlmem__vitals_parser xlmem__vitals_pagetypeinfo;

/* Memory blocks have a file each: their states one after the other, a line
 * each, and the two files beside them. */
xlmem__vitals_parser xlmem__vitals_blocks;
xlmem__vitals_parser xlmem__vitals_block_bytes;
xlmem__vitals_parser xlmem__vitals_auto_online;

/* The parser of a document that is one file of /proc or /sys; NULL: it is
 * not. */
xlmem__vitals_parser *xlmem__vitals_parser_of(xlmem_vitals_doc doc);

/* ------------------------------------------------------ for parsers --- */

/* A group of facts that is being read out of one document. */
typedef struct xlmem__group {
    uint64_t *words;      /* `known`, and the quantities behind it */
    xlmem_source *source; /* of each quantity */
    const char *file;     /* static */
    uint64_t broken;      /* whose lines could not be understood */
} xlmem__group;

#define XLMEM__GROUP(g, path)                                                 \
    {                                                                         \
        .words = &(g)->known, .source = (g)->source, .file = (path)           \
    }

/* Take a quantity, of which @line speaks; not one that is known. */
void xlmem__group_take(xlmem__group *group, size_t offset, uint64_t value,
                       size_t line);
/* Add to a quantity that several lines tell a part of. */
void xlmem__group_add(xlmem__group *group, size_t offset, uint64_t value,
                      size_t line);
/* A line about a quantity could not be understood: it is not known. */
void xlmem__group_break(xlmem__group *group, size_t offset);
/* Drop what is broken.  0, or XLMEM_ERROR_PARSE: nothing was taken. */
int xlmem__group_end(xlmem__group *group);

/* Keep the first complaint only. */
void xlmem__complain_once(xlmem__where *where, size_t line, const char *what,
                          xlmem__str text);
/* Nothing of the document was understood: XLMEM_ERROR_PARSE. */
int xlmem__not_understood(xlmem__where *where, const char *expected);

/* More than any machine has: 64 nodes with four zones each are 256. */
#define XLMEM__VITALS_ZONES_MAX 1024

/* A zone by node and name, added where it is not there.  NULL: no memory,
 * which @where says then, or too many. */
xlmem_vitals_zone *xlmem__vitals_zone(xlmem_vitals *vitals, uint64_t node,
                                      xlmem__str name, xlmem__where *where);
/* Put zones in the kernel's order. */
void xlmem__vitals_sort_zones(xlmem_vitals_zone *zones, size_t nr);
/* "(0, 2965, 193855)" or "0 2965 193855": what a zone must leave for others.
 * false: not a list of numbers. */
bool xlmem__parse_protection(xlmem__str text, xlmem_vitals_zone *zone);

#endif /* XLMEM_VITALS_PARSE_H */
