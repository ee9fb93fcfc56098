/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/vitals/match.h"

#include <stdlib.h>
#include <string.h>

/* All words together are shorter; their bytes are fewer. */
#define STATES_MAX 1536
#define CLASSES_MAX 72

struct xlmem__match {
    uint8_t class_of[256]; /* 0: of a byte that is in no word */
    unsigned nr_classes, nr_states;
    bool ends[STATES_MAX];            /* a word does where it is reached */
    xlmem__match_set set[STATES_MAX]; /* and these do */
    uint16_t next[STATES_MAX][CLASSES_MAX]; /* 0: the root */
};

static bool add_classes(xlmem__match *match, const char *word)
{
    for (; *word; word++) {
        uint8_t *class_of = &match->class_of[(unsigned char)*word];

        if (*class_of)
            continue;
        if (match->nr_classes == CLASSES_MAX)
            return false;
        *class_of = (uint8_t)match->nr_classes++;
    }
    return true;
}

/* A path of states for the word; 0 leads nowhere yet. */
static bool add_path(xlmem__match *match, const char *word, size_t nr)
{
    unsigned state = 0;

    for (; *word; word++) {
        uint16_t *next =
            &match->next[state][match->class_of[(unsigned char)*word]];

        if (!*next) {
            if (match->nr_states == STATES_MAX)
                return false;
            *next = (uint16_t)match->nr_states++;
        }
        state = *next;
    }
    match->set[state].bits[nr / 64] |= UINT64_C(1) << nr % 64;
    match->ends[state] = true;
    return true;
}

static void add_set(xlmem__match_set *to, const xlmem__match_set *set)
{
    size_t i;

    for (i = 0; i < sizeof(to->bits) / sizeof(to->bits[0]); i++)
        to->bits[i] |= set->bits[i];
}

/*
 * Where a byte leads nowhere it leads where it does from the longest end of
 * what was read that a word begins with (fail).  States in the order of their
 * distance from the root, so that those are complete.
 */
static void complete(xlmem__match *match)
{
    uint16_t fail[STATES_MAX] = {0}, queue[STATES_MAX];
    unsigned head = 0, tail = 0, c;

    for (c = 0; c < match->nr_classes; c++)
        if (match->next[0][c])
            queue[tail++] = match->next[0][c];
    while (head < tail) {
        const unsigned state = queue[head++];

        add_set(&match->set[state], &match->set[fail[state]]);
        match->ends[state] = match->ends[state] || match->ends[fail[state]];
        for (c = 0; c < match->nr_classes; c++) {
            uint16_t *next = &match->next[state][c];
            const uint16_t other = match->next[fail[state]][c];

            if (!*next) {
                *next = other;
                continue;
            }
            fail[*next] = other;
            queue[tail++] = *next;
        }
    }
}

xlmem__match *xlmem__match_new(xlmem__match_word *word, size_t nr)
{
    xlmem__match *match = calloc(1, sizeof(*match));
    bool ok = match && nr <= XLMEM__MATCH_WORDS_MAX;
    size_t i;

    if (match)
        match->nr_classes = match->nr_states = 1;
    for (i = 0; ok && i < nr; i++)
        if (word(i))
            ok = add_classes(match, word(i)) && add_path(match, word(i), i);
    if (!ok) {
        free(match);
        return NULL;
    }
    complete(match);
    return match;
}

bool xlmem__match_in(const xlmem__match *match, xlmem__str text,
                     xlmem__match_set *set_r)
{
    const unsigned char *p = (const unsigned char *)text.p;
    const unsigned char *const end = p + text.len;
    unsigned state = 0;
    bool any = false;

    for (; p < end; p++) {
        state = match->next[state][match->class_of[*p]];
        if (!match->ends[state])
            continue;
        if (!any)
            *set_r = (xlmem__match_set){.bits = {0}};
        any = true;
        add_set(set_r, &match->set[state]);
    }
    return any;
}
