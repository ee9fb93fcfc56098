/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who balances comes to rest: since the last time that anything else happened
 * on the host it has moved so much and no more, and not for long.
 */
#include "sim.h"

/* The largest step, of a host that has no limit of its own: model/party.c. */
#define STEP_KB (1024 * MIB)

/* One that has not followed is tried again with twice least_kb there, after 1,
 * 2, 4, 8 and 16 minutes in half an hour, in either direction.  That moves him
 * and whoever gives or takes instead, there and back. */
#define MOST_LITTLE_KB (2 * 5 * 2 * 2 * 16 * MIB)

/* What fades of somebody, less than a part of what it has, and is missed again
 * fades the next time twice as late (model/demand.c, FADE_LITTLE_PARTS): from
 * SIM_SETTLES_MS on after 640 and 1280 s, and 320 s for who began late.  It
 * goes to somebody else, and comes back. */
#define TRIED_PARTS 32
#define TRIES_MOST (3 * 2)

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* What of @moved_kb did not bring it from one to the other; a page by which it
 * was woken is no move. */
static uint64_t beyond(uint64_t moved_kb, uint64_t from_kb, uint64_t to_kb)
{
    const uint64_t kb = distance(from_kb, to_kb);

    return moved_kb > kb ? moved_kb - kb : 0;
}

/* One that pauses for half of each minute is trusted again each time, and each
 * time sent as far as a step: ten times, while its tries are a minute apart
 * and more. */
#define COMES_ROUND 10

static bool follows(const sim_dom *dom)
{
    return dom->temper == SIM_IDEAL || dom->temper == SIM_SLOW;
}

void sim_changes(sim *s)
{
    size_t i;

    s->changed_ms = s->now_ms;
    for (i = 0; i < s->nr_doms; i++) {
        s->doms[i].was_kb = s->doms[i].late_was_kb = s->doms[i].target_kb;
        s->doms[i].since_kb = s->doms[i].late_kb = 0;
        s->doms[i].nr_late_tries = 0;
    }
}

/* What it is measured from goes with it. */
static void try_late(sim_dom *dom, uint64_t had_kb)
{
    dom->nr_late_tries++;
    dom->late_was_kb += dom->target_kb - had_kb;
}

void sim_count_rest(sim *s, sim_dom *dom, uint64_t had_kb)
{
    const uint64_t kb = distance(dom->target_kb, had_kb);

    if (s->now_ms < s->changed_ms + SIM_SETTLES_MS)
        dom->late_was_kb = dom->target_kb;
    else if (kb < had_kb / TRIED_PARTS && dom->nr_late_tries < TRIES_MOST)
        try_late(dom, had_kb);
    else
        dom->late_kb += kb;
    dom->since_kb += kb;
}

/* A paid debt is no move: what it is measured from moves up by what was
 * paid. */
void sim_count_debt(sim_dom *dom, uint64_t paid_kb)
{
    dom->was_kb += paid_kb;
    dom->late_was_kb += paid_kb;
}

/*
 * Since the last change each has been moved to where it is in the end.  Beside
 * that by a step, and back: what it needs is found by trying, debts are paid
 * out of what a balloon is about to give, and headroom is taken back from
 * somebody else when it does not.  Twice that where it does not follow, since
 * others give or take instead, and a little a few times.
 */
void sim_check_rest(const sim *s)
{
    const uint64_t step_kb = s->step_kb ? s->step_kb : STEP_KB;
    uint64_t to_and_fro_kb = 0, late_kb = 0, late_to_and_fro_kb = 0;
    uint64_t nr_untrusted = 0, nr_steps = 0;
    bool expires = false, comes_round = false;
    size_t i;

    for (i = 0; i < s->nr_doms; i++) {
        const sim_dom *dom = &s->doms[i];

        if (!dom->used)
            continue;
        to_and_fro_kb += beyond(dom->since_kb, dom->was_kb, dom->target_kb);
        late_kb += dom->late_kb;
        late_to_and_fro_kb +=
            beyond(dom->late_kb, dom->late_was_kb, dom->target_kb);
        nr_untrusted += !follows(dom);
        nr_steps += dom->temper == SIM_INTERMITTENT ? 2 * COMES_ROUND
                    : follows(dom)                  ? 1
                                                    : 2;
        comes_round = comes_round || dom->temper == SIM_INTERMITTENT;
        expires = expires || dom->word == SIM_XE;
    }
    SIM_CHECK(to_and_fro_kb <=
              nr_steps * 2 * step_kb + nr_untrusted * MOST_LITTLE_KB);
    if (!comes_round)
        SIM_CHECK(late_to_and_fro_kb <= nr_untrusted * MOST_LITTLE_KB);
    SIM_CHECK(nr_untrusted || expires || !late_kb);
}
