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
 * so that the demand is
 *
 *     use, held at its peak + margin + what pressure adds
 *
 * Pressure.  As Senpai finds the working set of a container (facebookincubator
 * senpai, senpai.py; oomd, plugins/Senpai; "TMO", ASPLOS 2022): memory is taken
 * slowly until pressure shows, and given back at once, and the more the higher
 * it is.  Under pressure p a domain wants more than it has,
 *
 *     has * (1 + min((p / 4 %)^2, 25 %))
 *
 * and as it gets that, and still waits, it wants more again: doubled within
 * some reports.  Without pressure what it added fades, by 1 % of its size in
 * 6 s.  So the cache and the swap of a guest count as far as their absence
 * hurts, and no guest is squeezed harder than to a fraction of a percent of
 * its time.  Pressure in a guest with plenty of free memory is that of a limit
 * inside it (memory.max of a cgroup), which more memory does not help.
 *
 * A guest that says nothing of pressure is blind: what it has in swap counts as
 * used, and its margin is twice that of one that sees, for its cache.
 *
 * Peaks.  The heap of a garbage-collected runtime is a sawtooth: what follows
 * it moves memory to and fro, and is always late.  A process that ends is a
 * step: what waits for it to come back wastes memory.  Which of them it is
 * shows at the next tooth.  A peak is held for 3 s, which lets a step go; use
 * that comes back to a peak holds it for twice the time that this took, so
 * that the second tooth is the last one to move anything; a peak that has not
 * come back halves the time.
 *
 * Margin.  Memory arrives some seconds after it was wanted: a report takes one,
 * a pass and the giver's balloon some more.  An eighth of the use covers what
 * comes and goes, and where use has risen in two reports one after the other,
 * so much more as it would rise in 5 s is added.
 *
 * What a domain has and what its kernel counts are two things: the kernel, its
 * page structures for all memory that the balloon could ever bring, and what
 * firmware holds are not in MemTotal.  That is learned while the balloon
 * stands still, and added, since a target is in terms of what the domain has.
 *
 * Everything only adds up or is a maximum: more use or more pressure in a
 * report never means less.
 */
#include "model/demand.h"

#include "model/checked.h"
#include "model/units.h"

/* Small guests need some room for anything at all. */
#define MARGIN_MIN_KB (32 * XLMEM__MIB_KB)
#define MARGIN_PARTS UINT64_C(8)
/* qmemman's is three tenths of all use (qubes/qmemman/algo.py, CACHE_FACTOR). */
#define MARGIN_BLIND_PARTS UINT64_C(4)

/* 10 ms in 6 s, Senpai's target; below is noise. */
#define PRESSURE_MIN_BP UINT64_C(17)
/* Senpai answers 20 times its target with all that it may give: (p / 340)^2.
 * With 400 the square of p in 1/10 000 needs a division by 16 only. */
#define PRESSURE_SQUARE_PARTS UINT64_C(16)
/* Senpai may double a container at once, on its own machine; here others pay
 * for it, and there is another report in a second. */
#define PRESSURE_STEP_BP UINT64_C(2500)
/* More than this part of MemTotal free: nobody waits for the balloon. */
#define PLENTY_PARTS UINT64_C(8)
/* 1 % in 6 s, Senpai's max_probe and interval; in steps that are worth a
 * look. */
#define FADE_STEP_MS INT64_C(30000)
#define FADE_PARTS UINT64_C(20)

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

void xlmem__demand_init(xlmem__demand *demand, int64_t expires_ms)
{
    *demand = (xlmem__demand){
        .expires_ms = expires_ms,
        .hold_ms = HOLD_MIN_MS,
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

/* ---------------------------------------------------------------- use --- */

/*
 * What the balloon has and MemTotal were read at one moment by who reports
 * both.  Otherwise Xen's count is younger, and tells only where it is what it
 * was at the report before.
 */
static void learn_own(xlmem__demand *demand, const xlmem_report *report)
{
    const uint64_t moved_kb = report->has_kb > demand->has_kb
                                  ? report->has_kb - demand->has_kb
                                  : demand->has_kb - report->has_kb;

    if (!XLMEM_KNOWS(report, total_kb))
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

static void look_ahead(xlmem__demand *demand, int64_t now_ms, uint64_t use_kb)
{
    const int64_t apart_ms = since(demand->seen_ms, now_ms);
    const uint64_t more_kb = xlmem__sub0(use_kb, demand->used_kb);
    uint64_t rate_kb = 0;

    if (demand->seen && apart_ms <= AHEAD_MS)
        rate_kb = apart_ms <= 1000
                      ? more_kb
                      : xlmem__mul_sat(more_kb, 1000) / (uint64_t)apart_ms;
    demand->ahead_kb = xlmem__min(
        xlmem__mul_sat(xlmem__min(rate_kb, demand->rate_kb), AHEAD_S), use_kb);
    demand->rate_kb = rate_kb;
    /* One that comes and goes has shown how far it goes. */
    if (demand->hold_ms > HOLD_MIN_MS)
        demand->ahead_kb = 0;
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

static uint64_t still_pressed_kb(const xlmem__demand *demand, int64_t now_ms)
{
    const int64_t steps = since(demand->pressed_ms, now_ms) / FADE_STEP_MS;

    return xlmem__sub0(demand->pressed_kb,
                       xlmem__mul_sat(demand->fades_kb, (uint64_t)steps));
}

static uint64_t pressure_bp(const xlmem_report *report)
{
    if (XLMEM_KNOWS(report, free_kb) && XLMEM_KNOWS(report, total_kb) &&
        report->free_kb > report->total_kb / PLENTY_PARTS)
        return 0;
    return xlmem__min(report->psi_some10_bp, 10000) +
           xlmem__min(report->psi_full10_bp, 10000);
}

/* Under pressure what is in swap is missed. */
static void press(xlmem__demand *demand, int64_t now_ms,
                  const xlmem_report *report)
{
    const uint64_t bp = pressure_bp(report), has_kb = report->has_kb;
    const uint64_t without_kb = unpressed_kb(*demand, now_ms);
    uint64_t step_bp, wants_kb, adds_kb;

    if (bp < PRESSURE_MIN_BP)
        return;
    step_bp = xlmem__min(bp * bp / PRESSURE_SQUARE_PARTS, PRESSURE_STEP_BP);
    wants_kb = xlmem__max(
        xlmem__add_sat(has_kb, xlmem__mul_sat(has_kb, step_bp) / 10000),
        xlmem__add_sat(without_kb, report->swap_used_kb));
    adds_kb = xlmem__sub0(wants_kb, without_kb);
    if (adds_kb < still_pressed_kb(demand, now_ms))
        return;
    demand->pressed_kb = adds_kb;
    demand->pressed_ms = now_ms;
    demand->fades_kb = xlmem__max(has_kb / FADE_PARTS, 1);
}

/* ----------------------------------------------------------------- all --- */

/* Of what a domain was before it fell silent its kernel's own is left. */
static void begin_anew(xlmem__demand *demand, uint64_t own_kb)
{
    xlmem__demand_init(demand, demand->expires_ms);
    demand->own_kb = own_kb;
}

void xlmem__demand_see(xlmem__demand *demand, int64_t now_ms,
                       const xlmem_report *report)
{
    uint64_t use_kb;

    if (expired(demand, now_ms))
        begin_anew(demand, demand->own_kb);
    demand->blind = !XLMEM_KNOWS(report, psi_some10_bp);
    learn_own(demand, report);
    if (!use_of(demand, report, &use_kb))
        return;
    look_ahead(demand, now_ms, use_kb);
    follow_peak(demand, now_ms, use_kb);
    demand->used_kb = use_kb;
    demand->has_kb = report->has_kb;
    demand->seen = true;
    demand->seen_ms = now_ms;
    press(demand, now_ms, report);
}

uint64_t xlmem__demand_kb(const xlmem__demand *demand, int64_t now_ms,
                          uint64_t target_kb, bool *known_r)
{
    *known_r = !expired(demand, now_ms);
    if (!*known_r)
        return target_kb;
    return xlmem__add_sat(unpressed_kb(*demand, now_ms),
                          still_pressed_kb(demand, now_ms));
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
    if (demand->ahead_kb && since(demand->seen_ms, now_ms) < AHEAD_MS)
        next_ms = sooner(next_ms, demand->seen_ms + AHEAD_MS);
    if (still_pressed_kb(demand, now_ms))
        next_ms =
            sooner(next_ms,
                   demand->pressed_ms +
                       (since(demand->pressed_ms, now_ms) / FADE_STEP_MS + 1) *
                           FADE_STEP_MS);
    return next_ms;
}
