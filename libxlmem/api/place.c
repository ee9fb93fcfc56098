/* SPDX-License-Identifier: LGPL-2.1-only */
#include "api/place.h"

#include <string.h>

static size_t offset_of(const xlmem__places *places, unsigned number)
{
    return number < places->nr ? places->offsets[number] : 0;
}

/* A struct of facts is words: `known`, and then the quantities. */
static uint64_t word_at(const void *facts, size_t offset)
{
    uint64_t word;

    memcpy(&word, (const char *)facts + offset, sizeof(word));
    return word;
}

bool xlmem__place_get(const xlmem__places *places, const void *facts,
                      unsigned number, uint64_t *value_r)
{
    const size_t offset = offset_of(places, number);

    if (!offset || !(word_at(facts, 0) & XLMEM_FACT_BIT_AT(offset)))
        return false;
    *value_r = word_at(facts, offset);
    return true;
}

bool xlmem__place_set(const xlmem__places *places, void *facts,
                      unsigned number, uint64_t value)
{
    const size_t offset = offset_of(places, number);
    const uint64_t known =
        offset ? word_at(facts, 0) | XLMEM_FACT_BIT_AT(offset) : 0;

    if (!offset)
        return false;
    memcpy((char *)facts + offset, &value, sizeof(value));
    memcpy(facts, &known, sizeof(known));
    return true;
}
