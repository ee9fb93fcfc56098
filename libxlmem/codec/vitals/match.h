/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which of some words stand in a text, in one pass over it however many words
 * there are (Aho and Corasick, CACM 18/6, 1975): logs have tens of megabytes,
 * and hardly a line of them is of interest.
 */
#ifndef XLMEM_VITALS_MATCH_H
#define XLMEM_VITALS_MATCH_H

#include "model/units.h"

#define XLMEM__MATCH_WORDS_MAX 128

typedef struct xlmem__match xlmem__match;

/* Some of the words. */
typedef struct xlmem__match_set {
    uint64_t bits[XLMEM__MATCH_WORDS_MAX / 64];
} xlmem__match_set;

static inline bool xlmem__match_has(const xlmem__match_set *set, size_t i)
{
    return set->bits[i / 64] >> i % 64 & 1;
}

/* The @i-th of @nr words of ASCII, NULL for one that is not looked for. */
typedef const char *xlmem__match_word(size_t i);

/* NULL: no memory, or the words are more than fit (a test sees to it that the
 * table's do).  Free it with free(). */
xlmem__match *xlmem__match_new(xlmem__match_word *word, size_t nr);

/* Those that stand in @text.  false: none. */
bool xlmem__match_in(const xlmem__match *match, xlmem__str text,
                     xlmem__match_set *set_r);

#endif /* XLMEM_VITALS_MATCH_H */
