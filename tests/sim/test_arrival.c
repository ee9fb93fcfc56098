/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How long memory is on its way to a guest that has begun to need it, on
 * random hosts on which there is enough for all and balloons follow: from the
 * report that says so
 *
 *   - to the first target that is set for it;
 *   - until the guest has it, less what balloons need for it: those that give
 *     work before the one that takes.
 *
 * Neither may be more than LATEST_MS.
 */
#include "balance.h"

#define SECONDS(n) (INT64_C(1000) * (n))
#define LATEST_MS 5000
#define NR_HOSTS 500
#define NR_CHANGES 10
#define NR_GUESTS_MOST 6
#define MOST (NR_HOSTS * NR_CHANGES)
#define LOOK_MS 20
#define VIDEO_KB (16 * MIB)
#define LEAST_KB (16 * MIB)

static sim host;
static reign reigning;
static int64_t first_ms[MOST], there_ms[MOST];
static size_t nr_seen;

static bool sleep_ms(sim_proc *p, int64_t ms)
{
    p->wake = host.now_ms + ms;
    return sim_step(p);
}

static bool has_said(const sim_dom *dom)
{
    return dom->said_used_kb == dom->used_kb;
}

/* What balloons need for it: givers work side by side, and @taker takes when
 * they have given. */
static int64_t ballooning_ms(const sim_dom *taker, const uint64_t *had_kb)
{
    uint64_t given_kb = 0, taken_kb = 0;
    size_t i;

    for (i = 0; i < host.nr_doms; i++) {
        const uint64_t kb = host.doms[i].tot_kb;

        if (kb < had_kb[i] && had_kb[i] - kb > given_kb)
            given_kb = had_kb[i] - kb;
        else if (&host.doms[i] == taker && kb > had_kb[i])
            taken_kb = kb - had_kb[i];
    }
    return (int64_t)((given_kb + taken_kb) / SIM_KB_PER_MS);
}

/* What it asks for, as who balances has understood its report; less is not
 * worth a move. */
static bool has_it(const sim_dom *dom)
{
    uint64_t demand_kb = UINT64_MAX;

    xlmem_monitor_dom_get(reigning.monitor, dom->domid,
                          XLMEM_MONITOR_DOM_DEMAND_KB, &demand_kb);
    return balance_serves_one(dom) ||
           dom->tot_kb + LEAST_KB >= sim_aim_kb(dom, demand_kb);
}

/* @dom has just said that it needs more. */
static void await_it(sim_proc *p, const sim_dom *dom)
{
    const int64_t said_ms = host.now_ms;
    const size_t nr_moves = host.nr_moves;
    uint64_t had_kb[SIM_DOMS];
    size_t i;

    for (i = 0; i < host.nr_doms; i++)
        had_kb[i] = host.doms[i].tot_kb;
    while (host.nr_moves == nr_moves && sleep_ms(p, LOOK_MS))
        SIM_CHECK(host.now_ms - said_ms <= LATEST_MS);
    first_ms[nr_seen] = host.moved_ms - said_ms;
    while (!has_it(dom) && sleep_ms(p, LOOK_MS))
        SIM_CHECK(host.now_ms - said_ms <=
                  LATEST_MS + ballooning_ms(dom, had_kb));
    there_ms[nr_seen++] = host.now_ms - said_ms - ballooning_ms(dom, had_kb);
}

static void need_by_chance(sim_proc *p)
{
    int i;

    for (i = 0; i < NR_CHANGES && sleep_ms(p, SECONDS(30)); i++) {
        sim_dom *dom = &host.doms[sim_between(1, host.nr_doms - 1)];

        sim_use(&host, dom, sim_between(64, dom->static_max_kb / MIB) * MIB);
        while (!has_said(dom) && sleep_ms(p, LOOK_MS))
            ;
        if (!balance_serves_one(dom) && balance_can_serve(&host))
            await_it(p, dom);
    }
}

static void add_guest(void)
{
    const uint64_t ceiling_kb = sim_between(512, 4096) * MIB;
    const uint64_t floor_kb = sim_between(128, ceiling_kb / MIB / 2) * MIB;
    const uint64_t kb = sim_between(floor_kb / MIB, ceiling_kb / MIB) * MIB;
    sim_dom *dom;

    if (sim_free_kb(&host) < kb + VIDEO_KB + HEADROOM_KB + 256 * MIB)
        return;
    dom = sim_add_party(&host, SIM_IDEAL, floor_kb, kb, ceiling_kb);
    dom->used_kb = sim_between(64, kb / MIB / 2) * MIB;
    if (!sim_between(0, 2)) {
        dom->holds_beside = sim_between(0, 1);
        sim_make_hvm(&host, dom, VIDEO_KB);
    }
}

static void play(uint64_t seed)
{
    size_t i;

    sim_reseed(seed);
    balance_init(&host, 8 * GIB, GIB + sim_between(0, 1024) * MIB);
    for (i = 0; i < NR_GUESTS_MOST; i++)
        add_guest();
    reigning = (reign){.from_ms = host.now_ms,
                       .to_ms = host.now_ms + SECONDS(90) * NR_CHANGES};
    sim_add_proc(&host, balance_daemon, &reigning, -1);
    sim_add_proc(&host, need_by_chance, NULL, -1);
    sim_run(&host);
    SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
    sim_dispose(&host);
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void tell(const char *what, int64_t *list)
{
    qsort(list, nr_seen, sizeof(*list), compare);
    printf("%s: %lld ms in the median, %lld in 99 of 100, %lld at most\n",
           what, (long long)list[nr_seen / 2],
           (long long)list[nr_seen * 99 / 100], (long long)list[nr_seen - 1]);
}

static void memory_is_there_when_balloons_have_moved_it(void **state)
{
    uint64_t seed;

    (void)state;
    for (seed = 1; seed <= NR_HOSTS; seed++)
        play(seed);
    SIM_CHECK(nr_seen > MOST / 8);
    printf("%zu times somebody needed more\n", nr_seen);
    tell("first target", first_ms);
    tell("there, less ballooning", there_ms);
}

TEST_GROUP(arrival)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_there_when_balloons_have_moved_it),
    };

    return test_run(tests, NULL, NULL);
}
