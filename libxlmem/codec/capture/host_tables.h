/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A snapshot as JSON.  The key of a fact is the name of its field; what is
 * unknown is left out.  These tables are the format:
 *
 *     { "version": 1, "total_kb": 4193784, ..., "xen_version": "4.17.5",
 *       "map": { "source": "xen", "partial": 0,
 *                "ranges": [ { "start": 0, "end": 654336, "type": "ram" } ] },
 *       "doms": [ { "domid": 0, "tot_kb": 2097152, "type": "pv" } ],
 *       "dom0": { "mem_total_kb": 2031616, ...,
 *                 "zones": [ { "name": "DMA", "free_blocks": [ 0, 1 ] } ] },
 *       "reservations": [ { "need_kb": 532480 } ] }
 *
 * Keys of no meaning here are passed over: a newer library may write more.
 */
#ifndef XLMEM_JSON_TABLES_H
#define XLMEM_JSON_TABLES_H

#include "codec/facts.h"

#define XLMEM__JSON_VERSION 1

/* The quantities of a struct, and its owned texts. */
typedef struct xlmem__schema {
    const xlmem__key *facts;
    size_t nr_facts;
    const xlmem__key *texts;
    size_t nr_texts;
} xlmem__schema;

extern const xlmem__schema xlmem__host_schema;
extern const xlmem__schema xlmem__dom0_schema;
extern const xlmem__schema xlmem__dom_schema;
extern const xlmem__schema xlmem__zone_schema;
extern const xlmem__schema xlmem__reservation_schema;

/* An enumeration's numbers by name. */
typedef struct xlmem__name {
    const char *name;
    uint32_t value;
} xlmem__name;

typedef struct xlmem__names {
    const xlmem__name *names;
    size_t nr;
} xlmem__names;

extern const xlmem__names xlmem__range_types;
extern const xlmem__names xlmem__map_sources;
extern const xlmem__names xlmem__dom_types;

/* NULL: there is no name for it. */
const char *xlmem__name_of(const xlmem__names *names, uint32_t value);
bool xlmem__value_of(const xlmem__names *names, xlmem__str name,
                     uint32_t *value_r);

#endif /* XLMEM_JSON_TABLES_H */
