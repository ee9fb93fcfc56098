/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * qmemman's rule, after its published formulas: QubesOS/qubes-core-admin,
 * commit 1ad5f9b84dc1, qubes/qmemman/algo.py and systemstate.py, and
 * QubesOS/qubes-linux-utils, commit 25063069abf5, qmemman/meminfo-writer.c
 * with its systemd unit's arguments (read for the formulas; nothing of it is
 * copied).
 *
 * In each domain, every 100 ms: used = what Xen gave it - buffers - cached -
 * free + swap used; told when it moved by more than 30000 kB, or rose by more
 * than half of that and is above 10/13 of the memory.
 *
 *   pref   = 1.3 * used, at most the maximum, at least 200 MiB;
 *            dom0: 1.3 * used + 350 MiB, at most the maximum
 *   actual = max(what it has, its last target)
 *   need   = pref - actual
 *   free   = Xen's free / 1.00781 - sum of max(0, last target - has)
 *   spare  = free - 50 MiB - sum of need
 *
 *   spare > 0: target = 0.999 * (pref + pref / sum of pref * spare), what is
 *     beyond somebody's maximum in equal parts to the others, 0.999 of it,
 *     again and again; those that give come first.
 *   else: who has more than 10 MiB above pref goes to pref; the others get,
 *     by their part of the sum of their prefs, 0.999 of what is free less
 *     what those are to give, if that is not negative (so it says).
 *
 * All of that only if Xen's free is more than 15 MiB below 50 MiB, or one that
 * is below its pref would get more than 15 MiB, or all that would move, with
 * what free is off 50 MiB, is more than 150 MiB.  Each target waits, up to 5
 * times 100 ms, until 0.9 * 50 MiB stay free with it; if they do not, that
 * domain gets what there is above 50 MiB and the rest is not done.  A domain
 * that did not move by then is left out until it is near its target or wants
 * more.  There are no floors in it but 200 MiB; the maxima are the ceilings
 * that everybody has.
 */
#include "model/checked.h"
#include "world.h"

#define PART_OF_FREE (1.0 / 1.00781)
#define LEFT_KB INT64_C(51200)
#define LEAST_PREF_KB INT64_C(204800)
#define DOM0_MORE_KB INT64_C(358400)
#define UNDER_PREF_KB INT64_C(15360)
#define TOGETHER_KB INT64_C(153600)
#define NOT_WORTH_KB INT64_C(10240)
#define TOLD_KB INT64_C(30000)
#define TRIES 5

typedef struct qmemman_dom {
    int64_t told_kb; /* by its meminfo-writer, the last time; 0: never */
    bool told;       /* and not yet looked at */
    int64_t used_kb; /* 0: not known */
    int64_t last_target_kb, actual_kb, has_kb, max_kb;
    bool no_progress;
} qmemman_dom;

typedef struct request {
    size_t dom;
    int64_t target_kb;
} request;

typedef struct qmemman {
    size_t nr;
    qmemman_dom dom[TRACE_DOMS_MAX];
    /* A balance that is under way. */
    request list[TRACE_DOMS_MAX];
    int64_t before_kb[TRACE_DOMS_MAX];
    size_t nr_requests, at;
    int tries;
} qmemman;

static bool counts(const qmemman_dom *dom)
{
    return dom->used_kb && !dom->no_progress;
}

static int64_t pref_kb(const qmemman *q, size_t i)
{
    const qmemman_dom *dom = &q->dom[i];
    double pref = (double)dom->used_kb * 1.3;

    if (i == 0)
        pref += DOM0_MORE_KB;
    if (pref > (double)dom->max_kb)
        pref = (double)dom->max_kb;
    if (i && pref < LEAST_PREF_KB)
        pref = LEAST_PREF_KB;
    return (int64_t)pref;
}

static int64_t need_kb(const qmemman *q, size_t i)
{
    return pref_kb(q, i) - q->dom[i].actual_kb;
}

static void refresh(qmemman *q, const world *w)
{
    qmemman_dom *dom;
    size_t i;

    for (i = 0; i < q->nr; i++) {
        dom = &q->dom[i];
        dom->has_kb = (int64_t)w->dom[i].has_kb;
        dom->actual_kb = dom->has_kb > dom->last_target_kb
                             ? dom->has_kb
                             : dom->last_target_kb;
    }
}

static int64_t free_kb(const qmemman *q, const world *w)
{
    int64_t sum = (int64_t)((double)w->free_kb * PART_OF_FREE);
    const qmemman_dom *dom;

    for (dom = q->dom; dom < q->dom + q->nr; dom++)
        if (dom->last_target_kb > dom->has_kb)
            sum -= dom->last_target_kb - dom->has_kb;
    return sum;
}

static void forgive(qmemman *q)
{
    qmemman_dom *dom;
    size_t i;

    for (i = 0; i < q->nr; i++) {
        dom = &q->dom[i];
        if (dom->used_kb &&
            (dom->actual_kb <= dom->last_target_kb + LEFT_KB / 2 ||
             dom->actual_kb < pref_kb(q, i)))
            dom->no_progress = false;
    }
}

static void ask(qmemman *q, size_t dom, int64_t target_kb)
{
    q->list[q->nr_requests++] = (request){dom, target_kb};
}

/* What is beyond the maxima, to all that are below theirs. */
static void spill(const qmemman *q, int64_t *target, int64_t left, int nr)
{
    int64_t more, next;
    int still;
    size_t i;

    while (left > 0 && nr > 0) {
        more = (int64_t)(0.999 * (double)left / nr);
        next = 0;
        still = nr;
        for (i = 0; i < q->nr; i++) {
            if (!counts(&q->dom[i]) || target[i] >= q->dom[i].max_kb)
                continue;
            target[i] += more;
            if (target[i] >= q->dom[i].max_kb) {
                next += target[i] - q->dom[i].max_kb;
                target[i] = q->dom[i].max_kb;
                still--;
            }
        }
        if (!more)
            break;
        left = next;
        nr = still;
    }
}

static void ask_enough(qmemman *q, int64_t sum_pref, int64_t spare)
{
    int64_t target[TRACE_DOMS_MAX] = {0}, left = 0, pref;
    int nr = 0, pass;
    size_t i;

    for (i = 0; i < q->nr; i++) {
        if (!counts(&q->dom[i]))
            continue;
        pref = pref_kb(q, i);
        target[i] =
            (int64_t)(0.999 * ((double)pref + (double)pref / (double)sum_pref *
                                                  (double)spare));
        if (target[i] > q->dom[i].max_kb) {
            left += target[i] - q->dom[i].max_kb;
            target[i] = q->dom[i].max_kb;
        } else {
            nr++;
        }
    }
    spill(q, target, left, nr);
    for (pass = 0; pass < 2; pass++)
        for (i = 0; i < q->nr; i++)
            if (counts(&q->dom[i]) &&
                (target[i] < q->dom[i].actual_kb) == !pass)
                ask(q, i, target[i]);
}

static bool takes(const qmemman *q, size_t i)
{
    return need_kb(q, i) >= 0 && q->dom[i].actual_kb < q->dom[i].max_kb;
}

static void ask_low(qmemman *q, int64_t free)
{
    int64_t sum_pref = 0, target;
    size_t i;

    for (i = 0; i < q->nr; i++) {
        if (!counts(&q->dom[i]))
            continue;
        if (takes(q, i)) {
            sum_pref += pref_kb(q, i);
        } else if (-need_kb(q, i) >= NOT_WORTH_KB) {
            free += need_kb(q, i);
            ask(q, i, pref_kb(q, i));
        }
    }
    if (free < 0)
        return;
    for (i = 0; i < q->nr; i++) {
        if (!counts(&q->dom[i]) || !takes(q, i))
            continue;
        target = (int64_t)(0.999 * ((double)q->dom[i].actual_kb +
                                    (double)pref_kb(q, i) / (double)sum_pref *
                                        (double)free));
        ask(q, i, target < q->dom[i].max_kb ? target : q->dom[i].max_kb);
    }
}

static bool is_worth_it(const qmemman *q, int64_t free)
{
    int64_t sum = free > LEFT_KB ? free - LEFT_KB : LEFT_KB - free, change;
    const request *r;

    if (LEFT_KB - free > UNDER_PREF_KB)
        return true;
    for (r = q->list; r < q->list + q->nr_requests; r++) {
        change = r->target_kb - q->dom[r->dom].last_target_kb;
        if (q->dom[r->dom].last_target_kb > 0 &&
            q->dom[r->dom].last_target_kb < pref_kb(q, r->dom) &&
            change > UNDER_PREF_KB)
            return true;
        sum += change < 0 ? -change : change;
    }
    return sum > TOGETHER_KB;
}

/* Decide; what is to be asked is in the list, which may be empty. */
static void balance(qmemman *q, const world *w)
{
    int64_t free, spare, sum_pref = 0;
    size_t i;

    refresh(q, w);
    forgive(q);
    free = free_kb(q, w);
    spare = free - LEFT_KB;
    for (i = 0; i < q->nr; i++)
        if (counts(&q->dom[i])) {
            spare -= need_kb(q, i);
            sum_pref += pref_kb(q, i);
        }
    q->nr_requests = q->at = 0;
    q->tries = TRIES;
    if (spare > 0)
        ask_enough(q, sum_pref, spare);
    else
        ask_low(q, free - LEFT_KB);
    if (!is_worth_it(q, free))
        q->nr_requests = 0;
    for (i = 0; i < q->nr; i++)
        q->before_kb[i] = q->dom[i].actual_kb;
}

static void set(qmemman *q, world *w, size_t i, int64_t target_kb)
{
    q->dom[i].last_target_kb = target_kb;
    world_set_target(w, i, target_kb > 0 ? (uint64_t)target_kb : 0);
}

static void blame(qmemman *q, size_t stuck)
{
    const request *r;
    qmemman_dom *dom;

    for (r = q->list; r < q->list + q->nr_requests && r->dom != stuck; r++) {
        dom = &q->dom[r->dom];
        if (dom->actual_kb > dom->last_target_kb + LEFT_KB / 4 &&
            q->before_kb[r->dom] == dom->actual_kb)
            dom->no_progress = true;
    }
}

/* Go on with what was asked; false: it has to wait for the next tick. */
static bool carry_out(qmemman *q, world *w)
{
    const request *r;
    int64_t free;

    for (; q->at < q->nr_requests; q->at++) {
        r = &q->list[q->at];
        if (q->tries < TRIES)
            refresh(q, w);
        free = free_kb(q, w);
        if (10 * (free - (r->target_kb - q->dom[r->dom].actual_kb)) <
            9 * LEFT_KB) {
            if (q->tries-- > 0)
                return false;
            blame(q, r->dom);
            set(q, w, r->dom, free + q->dom[r->dom].actual_kb - LEFT_KB);
            q->nr_requests = 0;
            break;
        }
        set(q, w, r->dom, r->target_kb);
        q->tries = TRIES;
    }
    return true;
}

/* What the domain's meminfo-writer does every 100 ms. */
static void write_meminfo(qmemman_dom *dom, const world_dom *of, uint64_t own)
{
    const meminfo *m = &of->seen;
    int64_t has = (int64_t)(m->total_kb + own);
    int64_t used = has - (int64_t)m->cached_kb - (int64_t)m->free_kb +
                   (int64_t)m->swap_used_kb;
    int64_t moved = used - dom->told_kb;

    if (moved > TOLD_KB || -moved > TOLD_KB || !dom->told_kb ||
        (moved > TOLD_KB / 2 && used / 10 > (has + 12) / 13)) {
        dom->told_kb = used;
        dom->told = true;
    }
}

static void tick(void *state, world *w)
{
    qmemman *q = state;
    size_t i;

    for (i = 0; i < q->nr; i++)
        write_meminfo(&q->dom[i], &w->dom[i], w->t->dom[i].own_kb);
    if (!carry_out(q, w))
        return;
    for (i = 0; i < q->nr; i++) {
        if (!q->dom[i].told)
            continue;
        q->dom[i].told = false;
        q->dom[i].used_kb = q->dom[i].told_kb;
        balance(q, w);
        if (!carry_out(q, w))
            return;
    }
}

static void start(void *state, const world *w)
{
    qmemman *q = state;
    size_t i;

    q->nr = w->t->nr_doms;
    for (i = 0; i < q->nr; i++) {
        q->dom[i].last_target_kb = (int64_t)w->dom[i].target_kb;
        q->dom[i].max_kb = (int64_t)w->t->dom[i].ceiling_kb;
    }
}

const player player_qmemman = {
    .name = "qmemman",
    .state_size = sizeof(qmemman),
    .start = start,
    .tick = tick,
};
