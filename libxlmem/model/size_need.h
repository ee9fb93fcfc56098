/* SPDX-License-Identifier: LGPL-2.1-only */
/* What dom0 needs beside its kernel, term by term. */
#ifndef XLMEM_SIZE_NEED_H
#define XLMEM_SIZE_NEED_H

#include "model/units.h"

/* A sum under construction. */
typedef struct xlmem__sum {
    uint64_t kb;
    bool overflow;
    size_t nr;
    xlmem_term terms[XLMEM_TERMS_MAX];
} xlmem__sum;

/* A term of nothing is left out. */
void xlmem__sum_add(xlmem__sum *sum, const char *name, uint64_t kb,
                    const char *source);

typedef struct xlmem__need {
    xlmem__sum sum;    /* what dom0's processes, domUs and cache need */
    uint64_t least_kb; /* of that, what cannot be reclaimed at all */
    uint64_t domus;    /* how many domUs it is for */
} xlmem__need;

/* @vcpus: of dom0. */
void xlmem__size_need(const xlmem_host *host,
                      const xlmem_size_request *request, uint64_t vcpus,
                      xlmem__need *need_r);

/* What of a running dom0's memory cannot be reclaimed, and at least what the
 * services need. */
uint64_t xlmem__size_least_kb(const xlmem_dom0 *dom0);

#endif /* XLMEM_SIZE_NEED_H */
