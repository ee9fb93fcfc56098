/* SPDX-License-Identifier: LGPL-2.1-only */
#include "pace.h"

#define CHANGE_KB UINT64_C(4096)
#define CHANGE_PARTS UINT64_C(100)
#define JUMP_PARTS UINT64_C(8)
/* Below an eighth of the memory free, pressure means something to the host
 * (libxlmem/model/demand.c, PLENTY_PARTS). */
#define PLENTY_PARTS UINT64_C(8)

#define FAST_MS INT64_C(1000)
#define LIFE_MS INT64_C(300000)
#define PRESSED_MS INT64_C(5000)
#define LEAST_MS INT64_C(1000)
#define CREDIT_MS INT64_C(2000)
#define CREDITS 10
#define FAILED_MIN_MS INT64_C(5000)
#define FAILED_MAX_MS INT64_C(60000)

void guest_pace_init(struct guest_pace *pace, int64_t now_ms, int64_t slow_ms)
{
    *pace = (struct guest_pace){
        .slow_ms = slow_ms,
        .credit_ms = now_ms - CREDITS * CREDIT_MS,
        .every_ms = FAST_MS,
        .again_ms = now_ms,
    };
}

void guest_pace_forget(struct guest_pace *pace)
{
    pace->any = false;
}

void guest_pace_hurry(struct guest_pace *pace)
{
    pace->every_ms = FAST_MS;
}

/* The first is noise, from the second on libxlmem/model/demand.c counts it. */
static int band(uint64_t bp)
{
    static const uint64_t from_bp[] = {17, 50, 100, 200, 500, 1000, 2500};
    int i = 0;

    if (bp == GUEST_UNKNOWN)
        return -1;
    while (i < (int)(sizeof(from_bp) / sizeof(from_bp[0])) && bp >= from_bp[i])
        i++;
    return i;
}

static int pressure(const struct guest_facts *facts)
{
    return band(facts->is[GUEST_PSI_SOME10_BP]);
}

/* A band is left downwards when a third of its bound has gone with it, or each
 * breath at its bound would be written. */
static bool other_pressure(const struct guest_facts *old,
                           const struct guest_facts *now)
{
    const uint64_t bp = now->is[GUEST_PSI_SOME10_BP];

    if (bp == GUEST_UNKNOWN || pressure(old) < 0)
        return pressure(old) != band(bp);
    return band(bp) > pressure(old) || band(bp + bp / 2) < pressure(old);
}

static bool plenty(const struct guest_facts *facts)
{
    return facts->is[GUEST_FREE_KB] > facts->is[GUEST_TOTAL_KB] / PLENTY_PARTS;
}

static bool differ(uint64_t a, uint64_t b, uint64_t by)
{
    if (a == GUEST_UNKNOWN || b == GUEST_UNKNOWN)
        return a != b;
    return (a > b ? a - b : b - a) >= by;
}

static bool changed(const struct guest_facts *old,
                    const struct guest_facts *now)
{
    static const enum guest_fact sizes[] = {
        GUEST_TOTAL_KB,
        GUEST_SWAP_USED_KB,
        GUEST_BALLOON_KB,
        GUEST_BALLOON_TARGET_KB,
    };
    uint64_t by_kb = CHANGE_KB;
    unsigned i;

    if (now->is[GUEST_TOTAL_KB] != GUEST_UNKNOWN &&
        now->is[GUEST_TOTAL_KB] / CHANGE_PARTS > by_kb)
        by_kb = now->is[GUEST_TOTAL_KB] / CHANGE_PARTS;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (differ(old->is[sizes[i]], now->is[sizes[i]], by_kb))
            return true;
    return differ(guest_used_kb(old), guest_used_kb(now), by_kb) ||
           other_pressure(old, now) ||
           (pressure(now) > 0 && plenty(old) != plenty(now));
}

static bool urgent(const struct guest_facts *old,
                   const struct guest_facts *now)
{
    const uint64_t was_kb = guest_used_kb(old), is_kb = guest_used_kb(now);

    return pressure(now) > pressure(old) ||
           (is_kb != GUEST_UNKNOWN && was_kb != GUEST_UNKNOWN &&
            is_kb > was_kb &&
            is_kb - was_kb >= now->is[GUEST_TOTAL_KB] / JUMP_PARTS);
}

static bool allowed(const struct guest_pace *pace, int64_t now_ms,
                    const struct guest_facts *facts)
{
    if (!pace->any)
        return true;
    if (now_ms - pace->written_ms < LEAST_MS)
        return false;
    return now_ms - pace->credit_ms >= CREDIT_MS ||
           urgent(&pace->written, facts);
}

static void raise_to(uint64_t *bp, uint64_t least_bp)
{
    if (*bp < least_bp)
        *bp = least_bp;
}

static void recall_pressure(const struct guest_pace *pace,
                            struct guest_facts *facts)
{
    raise_to(&facts->is[GUEST_PSI_SOME10_BP], pace->unsaid_some_bp);
    raise_to(&facts->is[GUEST_PSI_FULL10_BP], pace->unsaid_full_bp);
}

static void keep_pressure(struct guest_pace *pace,
                          const struct guest_facts *facts)
{
    pace->unsaid_some_bp = facts->is[GUEST_PSI_SOME10_BP];
    pace->unsaid_full_bp = facts->is[GUEST_PSI_FULL10_BP];
}

static void forget_pressure(struct guest_pace *pace)
{
    pace->unsaid_some_bp = pace->unsaid_full_bp = 0;
}

static void look_less(struct guest_pace *pace)
{
    pace->every_ms *= 2;
    if (pace->every_ms > pace->slow_ms)
        pace->every_ms = pace->slow_ms;
}

bool guest_pace_due(struct guest_pace *pace, int64_t now_ms,
                    struct guest_facts *facts)
{
    const int64_t age_ms = now_ms - pace->written_ms;
    bool news;

    recall_pressure(pace, facts);
    news = !pace->any || changed(&pace->written, facts);
    if (news || pressure(facts) > 0)
        guest_pace_hurry(pace);
    else
        look_less(pace);
    if (pressure(facts) > 0 && age_ms >= PRESSED_MS)
        news = true;
    if (age_ms >= LIFE_MS)
        news = true;
    if (now_ms < pace->again_ms)
        return false;
    if (!allowed(pace, now_ms, facts)) {
        if (pressure(facts) > pressure(&pace->written))
            keep_pressure(pace, facts);
        return false;
    }
    return news;
}

void guest_pace_wrote(struct guest_pace *pace, int64_t now_ms,
                      const struct guest_facts *facts)
{
    const int64_t most_ms = now_ms - CREDITS * CREDIT_MS;

    if (pace->credit_ms < most_ms)
        pace->credit_ms = most_ms;
    pace->credit_ms += CREDIT_MS;
    if (pace->credit_ms > now_ms)
        pace->credit_ms = now_ms;
    pace->written = *facts;
    pace->written_ms = now_ms;
    pace->any = true;
    pace->failed_ms = 0;
    forget_pressure(pace);
}

void guest_pace_failed(struct guest_pace *pace, int64_t now_ms)
{
    pace->failed_ms *= 2;
    if (pace->failed_ms < FAILED_MIN_MS)
        pace->failed_ms = FAILED_MIN_MS;
    if (pace->failed_ms > FAILED_MAX_MS)
        pace->failed_ms = FAILED_MAX_MS;
    pace->again_ms = now_ms + pace->failed_ms;
    forget_pressure(pace); /* it is of long ago when that has passed */
}

int64_t guest_pace_wait_ms(const struct guest_pace *pace)
{
    return pace->failed_ms > pace->every_ms ? pace->failed_ms : pace->every_ms;
}
