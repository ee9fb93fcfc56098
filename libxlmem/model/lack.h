/* SPDX-License-Identifier: LGPL-2.1-only */
/* What somebody lacked a moment ago, kept for whoever lacks it again. */
#ifndef XLMEM_MODEL_LACK_H
#define XLMEM_MODEL_LACK_H

#include <stdint.h>

/*
 * The most that was lacking at once lately: of needs, a create and headroom.
 * What lacked is kept for a rest at least and for two at most: a maximum is
 * taken over a rest, from @from_ms on, and dropped a rest after the last lack
 * of that time (@ms), whatever lacks since.  All 0 at first.
 */
typedef struct xlmem__lack {
    uint64_t kb;
    int64_t ms, from_ms;
    uint64_t before_kb; /* of the time before @from_ms */
    int64_t before_ms;
} xlmem__lack;

/* xlmem__lack_note: so much is lacking now; 0: nothing.  To be told in each
 * pass. */
void xlmem__lack_note(xlmem__lack *lack, uint64_t lacks_kb, int64_t now_ms,
                      int64_t rest_ms);

/* What is kept; @until_ms_r: when that becomes less. */
uint64_t xlmem__lack_kept_kb(const xlmem__lack *lack, int64_t rest_ms,
                             int64_t *until_ms_r);

#endif /* XLMEM_MODEL_LACK_H */
