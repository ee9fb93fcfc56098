/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/lack.h"

#include "model/checked.h"

/* Who climbs asks for more each second, and in between for nothing. */
void xlmem__lack_note(xlmem__lack *lack, uint64_t lacks_kb, int64_t now_ms,
                      int64_t rest_ms)
{
    if (now_ms - lack->before_ms >= rest_ms)
        lack->before_kb = 0;
    if (now_ms - lack->ms >= rest_ms)
        lack->kb = 0;
    if (!lacks_kb)
        return;
    if (lack->kb && now_ms - lack->from_ms >= rest_ms) {
        lack->before_kb = lack->kb;
        lack->before_ms = lack->ms;
        lack->kb = 0;
    }
    if (!lack->kb)
        lack->from_ms = now_ms;
    lack->kb = xlmem__max(lack->kb, lacks_kb);
    lack->ms = now_ms;
}

uint64_t xlmem__lack_kept_kb(const xlmem__lack *lack, int64_t rest_ms,
                             int64_t *until_ms_r)
{
    const bool before = lack->before_kb > lack->kb;

    *until_ms_r = (before ? lack->before_ms : lack->ms) + rest_ms;
    return before ? lack->before_kb : lack->kb;
}
