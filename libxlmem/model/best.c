/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/best.h"

void xlmem__best_add(xlmem__best *b, uint64_t kb, size_t at)
{
    size_t i;

    if (b->nr == b->room) {
        b->more = true;
        if (!b->nr || kb <= b->list[b->nr - 1].kb)
            return;
        b->nr--;
    }
    for (i = b->nr++; i && b->list[i - 1].kb < kb; i--)
        b->list[i] = b->list[i - 1];
    b->list[i].kb = kb;
    b->list[i].at = at;
}
