/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The dom0_mem= grammar of Xen on x86, as the hypervisor reads it, and what
 * it makes of the memory that is available at boot.
 */
#ifndef XLMEM_DOM0MEM_H
#define XLMEM_DOM0MEM_H

#include "model/units.h"

/* One amount: bytes, a percentage of what is available, or both. */
typedef struct xlmem__amount {
    bool set;
    bool minus;    /* "available minus this" */
    bool relative; /* depends on what is available: minus or percent */
    bool unitless; /* its size was written without unit: KiB */
    bool wrapped;  /* a number of it passes 2^64; Xen keeps the rest */
    uint64_t bytes;
    uint64_t percent;
} xlmem__amount;

/* All dom0_mem= options of a line, merged as Xen merges them. */
typedef struct xlmem__dom0mem {
    xlmem__amount size, min, max;
    size_t nr_options; /* how many dom0_mem= the line has */
    bool rejected;     /* Xen refused a component and dropped the rest */
    xlmem__str bad;    /* the first refused component; borrowed of the line */
    xlmem__str last;   /* the value of the last option, likewise; of a refused
                          one, all of it */
} xlmem__dom0mem;

/*
 * Read the value of one dom0_mem= of a line into what those before it have
 * set; of a negated one all of the word, which Xen refuses.  Never fails: what
 * Xen would drop is dropped and recorded.
 */
void xlmem__dom0mem_take(xlmem__str value, bool negated, xlmem__dom0mem *spec);

/* What dom0 gets where no size is given. */
uint64_t xlmem__dom0mem_default(uint64_t avail_pages);

/*
 * Xen's clamping: what dom0 gets of @avail_pages.
 * *max_pages_r is UINT64_MAX where there is no limit.
 */
void xlmem__dom0mem_apply(const xlmem__dom0mem *spec, uint64_t avail_pages,
                          uint64_t *nr_pages_r, uint64_t *max_pages_r);

/* Whether the outcome depends on what is free at boot. */
static inline bool xlmem__dom0mem_is_relative(const xlmem__dom0mem *spec)
{
    /* No whole page of size means the default, a share of what is there. */
    return spec->size.relative || spec->min.relative || spec->max.relative ||
           spec->size.bytes / 1024 < XLMEM__PAGE_KB;
}

/* ---------------------------------------------------- pieces of a list --- */

typedef enum xlmem__which {
    XLMEM__SIZE,
    XLMEM__MIN,
    XLMEM__MAX,
} xlmem__which;

/* One component of a dom0_mem= list.  Xen refuses it where !@amount.set. */
typedef struct xlmem__component {
    xlmem__which which;
    xlmem__str text; /* "max:2G" */
    xlmem__str body; /* "2G" */
    xlmem__amount amount;
} xlmem__component;

/*
 * The next component of a value, which moves on; also behind a refused one,
 * where Xen stops.  Returns false at the end.  An empty value has one
 * component, an empty one.
 */
bool xlmem__next_component(xlmem__str *rest, xlmem__component *component_r);

#endif /* XLMEM_DOM0MEM_H */
