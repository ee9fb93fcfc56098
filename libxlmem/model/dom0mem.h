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
    size_t bad_at;     /* offset in the line of the first refused component */
    size_t bad_len;
} xlmem__dom0mem;

/*
 * Read every dom0_mem= of a command line.  Never fails: what Xen would drop is
 * dropped and recorded.
 */
void xlmem__dom0mem_parse(const char *line, xlmem__dom0mem *spec_r);

/*
 * Xen's clamping: what dom0 gets of @avail_pages.
 * *max_pages_r is UINT64_MAX where there is no limit.
 */
void xlmem__dom0mem_apply(const xlmem__dom0mem *spec, uint64_t avail_pages,
                          uint64_t *nr_pages_r, uint64_t *max_pages_r);

/* Whether the outcome depends on what is free at boot. */
bool xlmem__dom0mem_is_relative(const xlmem__dom0mem *spec);

/*
 * The value of an option of a Xen command line, as Xen splits one (blanks,
 * "--" ends it, the last one wins): of "crashkernel" in "crashkernel=128M".
 * Returns false when it is not there; a bare boolean yields an empty value and
 * "no-NAME" yields "no" ("no-NAME=VALUE" is refused by Xen, and skipped).
 */
bool xlmem__option(const char *line, const char *name, xlmem__str *value_r);

/*
 * Whether libvirt's libxl driver and xl take a line as fixing dom0's size (and
 * so leave autoballoon off).  xl before 4.16 asks libvirt's question.
 */
bool xlmem__libvirt_sees_dom0mem(const char *line);
bool xlmem__xl_sees_dom0mem(const char *line);
/* The xl of this host; where its release is not known, a present one. */
bool xlmem__host_xl_sees_dom0mem(const xlmem_host *host, const char *line);

/* ---------------------------------------------------- pieces of a line --- */

bool xlmem__str_is(xlmem__str text, const char *what);
bool xlmem__str_starts(xlmem__str text, const char *what);

/*
 * A word of the command line.  Xen holds one in a buffer: @key and @value are
 * of what fits, @cut says that not everything did.
 */
typedef struct xlmem__word {
    xlmem__str text;  /* all of it */
    xlmem__str key;   /* before the first '='; without "no-" */
    xlmem__str value; /* behind it; empty where there is none */
    bool has_value;
    bool negated; /* there was a "no-" */
    bool cut;
} xlmem__word;

/* The part of a boot line that is Xen's: all before " -- ". */
xlmem__str xlmem__xen_part(const char *line);

/* The next word of *rest, which moves on.  Returns false at the end. */
bool xlmem__next_word(xlmem__str *rest, xlmem__word *word_r);

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
