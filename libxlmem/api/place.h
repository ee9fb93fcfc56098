/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Where the quantities of the public header are in the structs inside: a table
 * for each kind of object, from its numbers to places.
 */
#ifndef XLMEM_API_PLACE_H
#define XLMEM_API_PLACE_H

#include "private/all.h"

/* From a number to the offset of a quantity behind the word `known` of its
 * struct; 0: there is none. */
typedef struct xlmem__places {
    const uint16_t *offsets;
    size_t nr;
} xlmem__places;

#define XLMEM__PLACES(table)                                                  \
    {                                                                         \
        table, sizeof(table) / sizeof((table)[0])                             \
    }

/* The quantity of @facts, a struct that begins with its word `known`; false
 * where it is not known, or there is none of this number. */
bool xlmem__place_get(const xlmem__places *places, const void *facts,
                      unsigned number, uint64_t *value_r);

/* Make it known; false where there is none of this number. */
bool xlmem__place_set(const xlmem__places *places, void *facts,
                      unsigned number, uint64_t value);

#endif /* XLMEM_API_PLACE_H */
