/* SPDX-License-Identifier: LGPL-2.1-only */
/* How the running host was booted: by which line, and what dom0 got by it. */
#ifndef XLMEM_BOOTED_H
#define XLMEM_BOOTED_H

#include "model/xen_line.h"

/* Made once, where a question comes in, and then passed as a const value. */
typedef struct xlmem__booted {
    xlmem__xen_line line; /* empty where it is not known */
    bool known;           /* nr_pages and max_pages are */
    uint64_t nr_pages;
    uint64_t max_pages;  /* UINT64_MAX: none */
    uint64_t seen_pages; /* RAM that dom0's kernel was seen to have at boot,
                            frame 0 included; 0: not known */
} xlmem__booted;

void xlmem__booted_of(const xlmem_host *host, xlmem__booted *booted_r);

#endif /* XLMEM_BOOTED_H */
