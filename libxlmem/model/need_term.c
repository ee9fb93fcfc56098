/* SPDX-License-Identifier: LGPL-2.1-only */
/* A sum, and the list of what it is made of. */
#include "model/checked.h"
#include "model/need.h"

int xlmem__need_term(xlmem_term *terms, size_t *nr, uint64_t *sum_kb,
                     const xlmem_term *term)
{
    if (!term->kb)
        return 0;
    if (!xlmem__add(*sum_kb, term->kb, sum_kb))
        return XLMEM_ERROR_RANGE;
    terms[(*nr)++] = *term;
    return 0;
}
