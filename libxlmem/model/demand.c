/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The demand of a domain is the memory that it would cost something to be
 * without: its working set, and room for what it does before it can be helped.
 * Nobody can see the working set of a guest from outside.  Seen are
 *
 *     use        what its kernel cannot give without swapping, MemTotal -
 *                MemAvailable.  Surely wanted.
 *     cache      what it can give.  Wanted or not: that shows when it is gone.
 *     swap       what it had to give.  Wanted or not: that shows when it is
 *                needed again.
 *     pressure   the share of time in which somebody waits for memory (PSI,
 *                Linux 4.20): what it costs to be without the rest.
 *
 * so that
 *
 *     need   = use, and what pressure shows to be missing
 *     kept   = use, and what pressure has shown to be missing once
 *     demand = what is kept or the peak of use, and a margin
 *
 * Three numbers, since they are worth differently: without a part of its need
 * a guest stalls, without a part of what is kept it may, without a part of its
 * demand it might some day.  Where the host has not
 * enough for all demands - with margins and peaks that is most of the time on
 * a host that is used well - an equal level for all would give margins to
 * those that are small and keep needs from those that are large.  That costs
 * five times what a clairvoyant leaves short (docs/design/rebalance.md,
 * Contest).
 *
 * Pressure.  Who waits for memory and has some of it in swap misses what is in
 * swap.  Who has it back, or so nearly that nothing is moved for the rest, or
 * swaps nothing, misses page cache, and nobody knows how much: it is looked
 * for as Senpai looks for the working set of a container (facebookincubator
 * senpai, senpai.py; oomd, plugins/Senpai; "TMO", ASPLOS 2022), the other way
 * round.  Under pressure p it needs more than it has,
 *
 *     has * (1 + p / 16)
 *
 * and as it gets that, and still waits, more again.  Pressure of a time in
 * which memory came is that of before, and shows nothing: an answer to it
 * would be one too many.  So the cache and the swap of a guest count as far as
 * their absence hurts.  Pressure in a guest with plenty of free memory is that
 * of a limit inside it (memory.max of a cgroup), which more memory does not
 * help.
 *
 * Kept.  Cache that is read all the time and cache that nobody reads any more
 * look alike: without pressure neither shows.  Which it is shows when it is
 * taken.  So who waits for nothing needs no more than he has, and without
 * pressure of that a fifth less each 10 s: who waits takes it from where it
 * has been missed the longest ago.  Where a little of it is taken and missed,
 * that begins later the next time, and so it ends.  But it is kept where
 * nobody waits, whoever would like to have a margin.  What is taken and not
 * missed is kept no longer.  Were what is kept to fade as well, a host that
 * has just enough would never rest: one makes a margin of what another is
 * still reading, who waits for it and takes it back (docs/design/rebalance.md,
 * "The moves").
 *
 * A guest that says nothing of pressure is blind: what it has in swap counts
 * as used, its margin is twice that of one that sees, for its cache, and half
 * of that is needed.
 *
 * Peaks.  The heap of a garbage-collected runtime is a sawtooth: what follows
 * it moves memory to and fro, and is always late.  A process that ends is a
 * step: what waits for it to come back wastes memory.  Which of them it is
 * shows at the next tooth.  A peak is held for 3 s, which lets a step go; use
 * that comes back to a peak holds it for twice the time that this took, so
 * that the second tooth is the last one to move anything; a peak that has not
 * come back halves the time.
 *
 * Margin.  Memory arrives some seconds after it was wanted: a report takes
 * one, a pass and the giver's balloon some more.  An eighth of the use covers
 * what comes and goes, and where use has risen in two reports one after the
 * other, so much more as it would rise in 5 s is added; of that as much is
 * needed as it rises until the next report has been answered.
 *
 * What a domain has and what its kernel counts are two things: the kernel, its
 * page structures for all memory that the balloon could ever bring, and what
 * firmware holds are not in MemTotal.  That is learned while the balloon
 * stands still, and added, since a target is in terms of what the domain has.
 *
 * Not every agent counts MemTotal anew as the balloon moves: the table in
 * codec/report.c says who does not.  By such a total a guest that has given
 * would use what it gave, and one that was given would use that much less.
 * What it uses is what it has less what is free.
 *
 * Everything only adds up or is a maximum: more use or more pressure in a
 * report never means less.
 */
#include "model/demand.h"

#include "model/checked.h"
#include "model/units.h"
#include "private/pace.h"

/* Small guests need some room for anything at all. */
#define MARGIN_MIN_KB (32 * XLMEM__MIB_KB)
#define MARGIN_PARTS UINT64_C(8)
/* qmemman's is three tenths of all use (qubes/qmemman/algo.py,
 * CACHE_FACTOR). */
#define MARGIN_BLIND_PARTS UINT64_C(4)

/* 10 ms in 6 s, Senpai's target; below is noise. */
#define PRESSURE_MIN_BP UINT64_C(17)
/* Half and twice of it find as well in the contest.  With what Senpai does at
 * once, (p / 3.4 %)^2, a moment of pressure asks for a quarter more. */
#define PRESSURE_PARTS UINT64_C(16)
#define PRESSURE_STEP_BP UINT64_C(1250)
/* Less than this part in swap is what no kernel fetches back. */
#define SWAPS_PARTS UINT64_C(128)
/* More than this part of MemTotal free: nobody waits for the balloon. */
#define PLENTY_PARTS UINT64_C(8)
/* Half of it in 31 s.  In half that time the cache of a guest that is asked
 * for it comes and goes, in twice that time others wait for it too long. */
#define FADE_STEP_MS INT64_C(10000)
#define FADE_PARTS UINT64_C(5)
/* The first of these steps comes twice as late, each time, where less than
 * this part of all that it has had faded when it was missed again. */
#define FADE_LITTLE_PARTS UINT64_C(32)
/* So that what comes and goes at rest ends: ten tries in three hours, and then
 * one in 85 minutes. */
#define FADE_REST_MOST_MS (512 * FADE_STEP_MS)

/* The second report after a step has shown it. */
#define HOLD_MIN_MS INT64_C(3000)
/* Teeth of more than two minutes may as well be followed. */
#define HOLD_MAX_MS INT64_C(240000)
/* Well below a peak, and back at it: in parts of it. */
#define FELL_PARTS UINT64_C(8)
#define BACK_PARTS UINT64_C(16)

/* Until memory arrives that is asked for now. */
#define AHEAD_S UINT64_C(5)
/* Reports further apart than that are no rise, but two states. */
#define AHEAD_MS INT64_C(10000)
/* Until the next report has been answered, in halves of a second; and after
 * that it is said anew, or has ended. */
#define CLIMB_HALVES UINT64_C(3)
#define CLIMB_MS INT64_C(3000)

void xlmem__demand_init(xlmem__demand *demand, int64_t expires_ms)
{
    *demand = (xlmem__demand){
        .expires_ms = expires_ms,
        .hold_ms = HOLD_MIN_MS,
        .rest_ms = FADE_STEP_MS,
    };
}

static int64_t since(int64_t then_ms, int64_t now_ms)
{
    return now_ms > then_ms ? now_ms - then_ms : 0;
}

static bool expired(const xlmem__demand *demand, int64_t now_ms)
{
    return !demand->seen ||
           since(demand->seen_ms, now_ms) >= demand->expires_ms;
}

/* -------------------------------------------------------------- total --- */

/* Free memory that was counted twice with another size, and the same total:
 * once may be a move between its count and Xen's. */
#define ELSEWHERE_ENOUGH 2

static bool is_fixed(const xlmem__total *total)
{
    return total->elsewhere == ELSEWHERE_ENOUGH;
}

static void count_total(xlmem__total *total, const xlmem_report *report,
                        uint64_t has_kb)
{
    const bool counted = report->free_kb != total->free_kb;

    if (report->total_kb != total->said_kb) {
        total->said_kb = report->total_kb;
        total->first_kb = has_kb;
        total->elsewhere = 0;
    } else if (counted && !is_fixed(total) &&
               xlmem_apart_kb(has_kb, total->first_kb) >=
                   XLMEM__LEAST_MOVE_KB) {
        total->elsewhere++;
    }
    if (counted) {
        total->free_kb = report->free_kb;
        total->counted_kb = has_kb;
    }
}

void xlmem__demand_total(xlmem__demand *demand, xlmem_report *report,
                         uint64_t has_kb)
{
    xlmem__total *total = &demand->total;

    if (report->source != XLMEM__REPORT_XE || !XLMEM_KNOWS(report, total_kb) ||
        !XLMEM_KNOWS(report, free_kb)) {
        *total = (xlmem__total){.elsewhere = 0};
        return;
    }
    count_total(total, report, has_kb);
    if (is_fixed(total))
        XLMEM_SET(report, total_kb, total->counted_kb);
}

/* ---------------------------------------------------------------- use --- */

/*
 * What the balloon has and MemTotal were read at one moment by who reports
 * both.  Otherwise Xen's count is younger, and tells only where it is what it
 * was at the report before.
 */
static void learn_own(xlmem__demand *demand, const xlmem_report *report)
{
    const uint64_t moved_kb = xlmem_apart_kb(report->has_kb, demand->has_kb);

    if (!XLMEM_KNOWS(report, total_kb) || is_fixed(&demand->total))
        demand->own_kb = 0; /* its number is of all it has */
    else if (XLMEM_KNOWS(report, balloon_kb))
        demand->own_kb = xlmem__sub0(report->balloon_kb, report->total_kb);
    else if (!demand->seen || moved_kb <= XLMEM__MIB_KB)
        demand->own_kb = xlmem__sub0(report->has_kb, report->total_kb);
}

static bool use_of(const xlmem__demand *demand, const xlmem_report *report,
                   uint64_t *use_kb_r)
{
    uint64_t used_kb;

    if (xlmem__report_used_kb(report, &used_kb)) {
        *use_kb_r = xlmem__add_sat(used_kb, demand->own_kb);
        if (demand->blind)
            *use_kb_r = xlmem__add_sat(*use_kb_r, report->swap_used_kb);
        return true;
    }
    *use_kb_r = report->used_kb;
    return XLMEM_KNOWS(report, used_kb);
}

/* Who has no room for more use has more in swap instead. */
static void look_ahead(xlmem__demand *demand, int64_t now_ms, uint64_t use_kb,
                       uint64_t swap_kb)
{
    const int64_t apart_ms = since(demand->seen_ms, now_ms);
    const uint64_t was_kb = xlmem__add_sat(demand->used_kb, demand->swap_kb);
    const uint64_t more_kb =
        xlmem__sub0(xlmem__add_sat(use_kb, swap_kb), was_kb);
    uint64_t rate_kb = 0;

    if (demand->seen && apart_ms <= AHEAD_MS)
        rate_kb = apart_ms <= 1000
                      ? more_kb
                      : xlmem__mul_sat(more_kb, 1000) / (uint64_t)apart_ms;
    demand->climb_kb = xlmem__min(rate_kb, demand->rate_kb);
    demand->rate_kb = rate_kb;
    /* One that comes and goes has shown how far it goes. */
    demand->ahead_kb =
        demand->hold_ms > HOLD_MIN_MS
            ? 0
            : xlmem__min(xlmem__mul_sat(demand->climb_kb, AHEAD_S), use_kb);
}

static uint64_t climb_kb(const xlmem__demand *demand, int64_t now_ms)
{
    if (since(demand->seen_ms, now_ms) >= CLIMB_MS)
        return 0;
    return xlmem__min(xlmem__mul_sat(demand->climb_kb, CLIMB_HALVES) / 2,
                      demand->used_kb);
}

/* -------------------------------------------------------------- peaks --- */

static void give_up(xlmem__demand *demand)
{
    if (demand->fell) {
        demand->before_kb = demand->peak_kb;
        demand->before_ms = demand->peak_ms;
    }
    demand->hold_ms /= 2;
    if (demand->hold_ms < HOLD_MIN_MS)
        demand->hold_ms = HOLD_MIN_MS;
    demand->fell = false;
}

/* What is in force has been so until now. */
static void let_go(xlmem__demand *demand, int64_t now_ms)
{
    if (demand->used_kb >= demand->peak_kb) {
        demand->peak_ms = now_ms;
        demand->later_kb = 0;
    }
    if (demand->used_kb >= demand->later_kb)
        demand->later_ms = now_ms;
    while (demand->peak_kb > demand->used_kb &&
           since(demand->peak_ms, now_ms) >= demand->hold_ms) {
        give_up(demand);
        demand->peak_kb = demand->later_kb;
        demand->peak_ms = demand->later_ms;
        demand->later_kb = demand->used_kb;
        demand->later_ms = now_ms;
    }
}

static bool is_back(uint64_t use_kb, uint64_t peak_kb)
{
    return use_kb >= peak_kb - peak_kb / BACK_PARTS;
}

static void hold_longer(xlmem__demand *demand, int64_t took_ms)
{
    const int64_t wanted_ms =
        took_ms < HOLD_MAX_MS / 2 ? 2 * took_ms : HOLD_MAX_MS;

    if (took_ms <= HOLD_MAX_MS && wanted_ms > demand->hold_ms)
        demand->hold_ms = wanted_ms;
}

static void come_back(xlmem__demand *demand, int64_t now_ms, uint64_t use_kb)
{
    if (demand->before_kb && is_back(use_kb, demand->before_kb)) {
        hold_longer(demand, since(demand->before_ms, now_ms));
        demand->before_kb = 0;
    }
    if (demand->fell && is_back(use_kb, demand->peak_kb)) {
        hold_longer(demand, since(demand->peak_ms, now_ms));
        demand->peak_ms = now_ms;
        demand->fell = false;
    }
}

static void follow_peak(xlmem__demand *demand, int64_t now_ms, uint64_t use_kb)
{
    let_go(demand, now_ms);
    come_back(demand, now_ms, use_kb);
    if (use_kb >= demand->peak_kb) {
        demand->peak_kb = demand->later_kb = use_kb;
        demand->peak_ms = demand->later_ms = now_ms;
        demand->fell = false;
        return;
    }
    if (use_kb < demand->peak_kb - demand->peak_kb / FELL_PARTS)
        demand->fell = true;
    if (use_kb >= demand->later_kb) {
        demand->later_kb = use_kb;
        demand->later_ms = now_ms;
    }
}

/* ----------------------------------------------------------- pressure --- */

static uint64_t margin_kb(const xlmem__demand *demand, uint64_t use_kb)
{
    return xlmem__max(MARGIN_MIN_KB,
                      xlmem__sub0(use_kb, demand->own_kb) /
                          (demand->blind ? MARGIN_BLIND_PARTS : MARGIN_PARTS));
}

/* Without pressure; what was held is let go of in a copy. */
static uint64_t unpressed_kb(xlmem__demand demand, int64_t now_ms)
{
    uint64_t use_kb = demand.used_kb;

    let_go(&demand, now_ms);
    if (since(demand.seen_ms, now_ms) < AHEAD_MS)
        use_kb = xlmem__add_sat(use_kb, demand.ahead_kb);
    use_kb = xlmem__max(use_kb, demand.peak_kb);
    return xlmem__add_sat(use_kb, margin_kb(&demand, use_kb));
}

static uint64_t pressure_bp(const xlmem_report *report)
{
    if (XLMEM_KNOWS(report, free_kb) && XLMEM_KNOWS(report, total_kb) &&
        report->free_kb > report->total_kb / PLENTY_PARTS)
        return 0;
    return xlmem__min(report->psi_some10_bp, 10000) +
           xlmem__min(report->psi_full10_bp, 10000);
}

/* What pressure has shown beyond its use. */
static uint64_t shown_kb(const xlmem__demand *demand)
{
    return xlmem__sub0(demand->found_kb, demand->used_kb);
}

static int64_t nr_faded(const xlmem__demand *demand, int64_t now_ms)
{
    const int64_t ms = since(demand->found_ms, now_ms);

    return ms < demand->rest_ms ? 0
                                : 1 + (ms - demand->rest_ms) / FADE_STEP_MS;
}

/* How much of that it still needs. */
static uint64_t missed_kb(const xlmem__demand *demand, int64_t now_ms)
{
    int64_t steps = nr_faded(demand, now_ms);
    uint64_t kb = shown_kb(demand);

    for (; steps && kb; steps--)
        kb = xlmem__sub0(kb, xlmem__max(kb / FADE_PARTS, XLMEM__MIB_KB));
    return kb;
}

/* What it uses more it misses no more; what it uses less it does not miss. */
static void use(xlmem__demand *demand, uint64_t use_kb)
{
    const uint64_t more_kb = xlmem__sub0(use_kb, demand->used_kb);

    demand->found_kb =
        xlmem__add_sat(use_kb, xlmem__sub0(shown_kb(demand), more_kb));
    demand->used_kb = use_kb;
}

/* Since the last report no memory came. */
static bool is_fresh(const xlmem__demand *demand, const xlmem_report *report)
{
    return !demand->seen ||
           (report->has_kb <= demand->has_kb + XLMEM__MIB_KB &&
            report->swap_used_kb + XLMEM__MIB_KB >= demand->swap_kb);
}

/* It has what it was found to need, or as near as it will come: nobody is
 * moved for less than the least move, and of what givers have to spare as much
 * may be in pieces that are too small.  So what it waits for is something
 * else. */
static bool has_got(const xlmem_report *report, uint64_t asked_kb)
{
    return xlmem__add_sat(report->has_kb, 2 * XLMEM__LEAST_MOVE_KB) > asked_kb;
}

/* Who waits for nothing has enough. */
static void relax(xlmem__demand *demand, uint64_t has_kb)
{
    demand->found_kb =
        xlmem__max(demand->used_kb, xlmem__min(demand->found_kb, has_kb));
}

/* So little of what faded is missed that nobody else has a use of it: it would
 * be taken and given back for ever. */
static void rest_longer(xlmem__demand *demand, uint64_t faded_kb,
                        uint64_t has_kb)
{
    if (faded_kb >= has_kb / FADE_LITTLE_PARTS)
        demand->rest_ms = FADE_STEP_MS;
    else if (faded_kb && demand->rest_ms < FADE_REST_MOST_MS)
        demand->rest_ms *= 2;
}

/* @asked_kb: what it was found to need before; UINT64_MAX: no more than it
 * used.  @faded_kb: what of that it needed no more. */
static void press(xlmem__demand *demand, int64_t now_ms,
                  const xlmem_report *report, uint64_t asked_kb,
                  uint64_t faded_kb)
{
    const uint64_t bp = pressure_bp(report), has_kb = report->has_kb;
    const uint64_t step_bp = xlmem__min(bp / PRESSURE_PARTS, PRESSURE_STEP_BP);
    const bool swaps = report->swap_used_kb > has_kb / SWAPS_PARTS;

    if (bp < PRESSURE_MIN_BP) {
        relax(demand, has_kb);
        return;
    }
    rest_longer(demand, faded_kb, has_kb);
    demand->found_ms = now_ms;
    demand->found_kb =
        xlmem__max(demand->found_kb,
                   xlmem__add_sat(demand->used_kb, report->swap_used_kb));
    if (is_fresh(demand, report) && (!swaps || has_got(report, asked_kb)))
        demand->found_kb = xlmem__max(
            demand->found_kb,
            xlmem__add_sat(has_kb, xlmem__mul_sat(has_kb, step_bp) / 10000));
}

/* ----------------------------------------------------------------- all --- */

/* Of what a domain was before it fell silent its kernel's own is left, and
 * how its agent counts. */
static void begin_anew(xlmem__demand *demand)
{
    const xlmem__demand was = *demand;

    xlmem__demand_init(demand, was.expires_ms);
    demand->own_kb = was.own_kb;
    demand->total = was.total;
}

void xlmem__demand_see(xlmem__demand *demand, int64_t now_ms,
                       const xlmem_report *report)
{
    uint64_t use_kb, needs_kb, asked_kb, faded_kb;

    if (expired(demand, now_ms))
        begin_anew(demand);
    needs_kb = missed_kb(demand, now_ms);
    asked_kb = needs_kb ? demand->found_kb : UINT64_MAX;
    faded_kb = shown_kb(demand) - needs_kb;
    demand->blind = !XLMEM_KNOWS(report, psi_some10_bp);
    learn_own(demand, report);
    if (!use_of(demand, report, &use_kb))
        return;
    look_ahead(demand, now_ms, use_kb,
               demand->blind ? 0 : report->swap_used_kb);
    follow_peak(demand, now_ms, use_kb);
    use(demand, use_kb);
    press(demand, now_ms, report, asked_kb, faded_kb);
    demand->has_kb = report->has_kb;
    demand->swap_kb = demand->blind ? 0 : report->swap_used_kb;
    demand->seen = true;
    demand->seen_ms = now_ms;
}

uint64_t xlmem__demand_kb(const xlmem__demand *demand, int64_t now_ms,
                          uint64_t target_kb, bool *known_r)
{
    *known_r = !expired(demand, now_ms);
    if (!*known_r)
        return target_kb;
    return xlmem__max(
        unpressed_kb(*demand, now_ms),
        xlmem__add_sat(demand->found_kb, margin_kb(demand, demand->used_kb)));
}

/* With its use and so much beside, what it uses before it is helped. */
static uint64_t with_climb_kb(const xlmem__demand *demand, int64_t now_ms,
                              uint64_t beside_kb)
{
    const uint64_t kb = xlmem__add_sat(
        xlmem__add_sat(demand->used_kb, beside_kb), climb_kb(demand, now_ms));

    return demand->blind
               ? xlmem__add_sat(kb, margin_kb(demand, demand->used_kb) / 2)
               : kb;
}

uint64_t xlmem__demand_need_kb(const xlmem__demand *demand, int64_t now_ms,
                               uint64_t target_kb)
{
    return expired(demand, now_ms)
               ? target_kb
               : with_climb_kb(demand, now_ms, missed_kb(demand, now_ms));
}

uint64_t xlmem__demand_kept_kb(const xlmem__demand *demand, int64_t now_ms,
                               uint64_t target_kb)
{
    return expired(demand, now_ms)
               ? target_kb
               : with_climb_kb(demand, now_ms, shown_kb(demand));
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < 0 || b_ms < a_ms ? b_ms : a_ms;
}

int64_t xlmem__demand_next_ms(const xlmem__demand *demand, int64_t now_ms)
{
    xlmem__demand then = *demand;
    int64_t next_ms = -1;

    if (expired(demand, now_ms))
        return -1;
    let_go(&then, now_ms);
    if (then.peak_kb > then.used_kb)
        next_ms = sooner(next_ms, then.peak_ms + then.hold_ms);
    if (climb_kb(demand, now_ms))
        next_ms = sooner(next_ms, demand->seen_ms + CLIMB_MS);
    if (demand->ahead_kb && since(demand->seen_ms, now_ms) < AHEAD_MS)
        next_ms = sooner(next_ms, demand->seen_ms + AHEAD_MS);
    if (missed_kb(demand, now_ms))
        next_ms = sooner(next_ms, demand->found_ms + demand->rest_ms +
                                      nr_faded(demand, now_ms) * FADE_STEP_MS);
    return next_ms;
}
