/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Random hours of a host on which somebody balances: guests of all tempers,
 * who say the truth, nothing, or anything; their demand changes; domains are
 * created and destroyed; an administrator sets targets; events are lost, late
 * and told twice; xenstored goes and comes back; calls fail; daemons and
 * guards are killed at any call.  Then for some time nothing happens.
 *
 *     0                      30 min            50 min     60 min
 *     |<-- all of that --->|<-- it settles -->|<-- rest -->|
 *
 * Always: see sim_check_step, and whoever is let through finds his memory.  In
 * the end: nobody moves any more, and whoever can have what he needs has it.
 *
 * XLMEM_HISTORIES: how many; XLMEM_SEED: the first one's.  make check plays
 * the same ones each time, so that it fails for who has broken something; make
 * histories plays others each time (1000, or XLMEM_HISTORIES).
 */
#include "balance.h"

#define MINUTES(n) (INT64_C(60000) * (n))
#define UNREST_MS MINUTES(30)
#define SETTLED_MS MINUTES(50)
#define HOUR_MS MINUTES(60)
#define NR_REIGNS 4
/* With sanitizers one takes ten times as long. */
#ifdef __SANITIZE_ADDRESS__
#define NR_HISTORIES 1000
#else
#define NR_HISTORIES 10000
#endif
#define NR_CREATORS 2

static sim host;
static reign reigns[NR_REIGNS];
static int64_t start_ms;
static uint64_t sum_moves, sum_passes, sum_wakes, sum_served, sum_creates;

static bool chance(uint64_t of)
{
    return !sim_between(0, of - 1);
}

static int64_t now(void)
{
    return host.now_ms - start_ms;
}

static bool sleep_some(sim_proc *p, int64_t least_ms, int64_t most_ms)
{
    p->wake = host.now_ms +
              (int64_t)sim_between((uint64_t)least_ms, (uint64_t)most_ms);
    return sim_step(p);
}

/* ---------------------------------------------------------- the guests --- */

static enum sim_temper any_temper(void)
{
    static const enum sim_temper tempers[] = {
        SIM_IDEAL, SIM_IDEAL,     SIM_IDEAL,  SIM_SLOW,   SIM_STUCK,
        SIM_FLOOR, SIM_VANISHING, SIM_GREEDY, SIM_CEILED, SIM_INTERMITTENT};

    return chance(2) ? SIM_IDEAL
                     : tempers[sim_between(0, ARRAY_SIZE(tempers) - 1)];
}

static enum sim_word any_word(void)
{
    static const enum sim_word words[] = {SIM_HONEST, SIM_HONEST, SIM_HONEST,
                                          SIM_XE,     SIM_SILENT, SIM_LYING};

    return words[sim_between(0, ARRAY_SIZE(words) - 1)];
}

/* Cirrus', stdvga's, and qxl's: libxl_create.c. */
#define VIDEO_MOST_KB (128 * MIB)

/* Every fourth has been given all of its static-max. */
static void make_hvm(sim_dom *dom)
{
    static const uint64_t videos_kb[] = {8 * MIB, 16 * MIB, VIDEO_MOST_KB};

    if (chance(4))
        dom->static_max_kb = dom->target_kb;
    dom->holds_beside = chance(2);
    sim_make_hvm(&host, dom,
                 videos_kb[sim_between(0, ARRAY_SIZE(videos_kb) - 1)]);
}

static void add_guest(uint64_t most_kb)
{
    const uint64_t ceiling_kb = sim_between(512, 4096) * MIB;
    const uint64_t floor_kb = sim_between(128, ceiling_kb / MIB / 2) * MIB;
    const uint64_t kb = sim_between(floor_kb / MIB, ceiling_kb / MIB) * MIB;
    sim_dom *dom;

    if (kb + VIDEO_MOST_KB + 2 * MIB > most_kb)
        return;
    dom = sim_add_party(&host, any_temper(), floor_kb, kb, ceiling_kb);
    dom->word = any_word();
    dom->used_kb = sim_between(64, ceiling_kb / MIB) * MIB;
    dom->weight = chance(2) ? 0 : sim_between(1, 1000);
    if (chance(4))
        dom->dynamic_max_kb = sim_between(floor_kb, ceiling_kb);
    if (chance(8))
        dom->dynamic_min_kb = 0;
    dom->bad_nodes = chance(20);
    if (chance(3))
        make_hvm(dom);
}

static sim_dom *any_guest(void)
{
    sim_dom *dom = &host.doms[sim_between(1, 8)];

    return dom->used && !dom->dies_at && !dom->building && dom->uuid[0] != 'a'
               ? dom
               : NULL;
}

/* ----------------------------------------------------- what may happen --- */

static void somebody_uses(void)
{
    sim_dom *dom = any_guest();

    if (dom)
        sim_use(&host, dom, sim_between(32, 5000) * MIB);
}

static void dom0_uses(void)
{
    sim_changes(&host);
    host.dom0_used_kb = sim_between(200, 700) * MIB;
    if (sim_available_kb(&host) < 256 * MIB)
        sim_fire_kind(&host, XLMEM_EVENT_PRESSURE);
}

/* He lowers, or gives back: what he raises by hand nobody answers for. */
static void admin_acts(void)
{
    const uint64_t less_kb = sim_between(1, 32) * MIB;
    sim_dom *dom = any_guest();

    if (!dom || !dom->dynamic_min_kb || dom->bad_nodes)
        return;
    if (dom->pinned_at && chance(2))
        sim_admin_frees(&host, dom);
    else if (dom->target_kb > 64 * MIB)
        sim_admin_sets(&host, dom, dom->target_kb - less_kb);
}

static void somebody_goes(void)
{
    sim_dom *dom = any_guest();

    if (dom && chance(3))
        sim_destroy(&host, dom);
}

static void somebody_comes(void)
{
    const uint64_t spare_kb = HEADROOM_KB + 256 * MIB;
    uint64_t taken_kb = sim_claims_kb(&host) + spare_kb;
    size_t i;

    for (i = 0; i < SIM_DOMS; i++)
        taken_kb += sim_growth_kb(&host.doms[i]) + MIB;
    /* Nobody guards this one: he looks himself, when nobody creates. */
    if (!sim_nr_entries(&host) && sim_free_kb(&host) > taken_kb)
        add_guest(sim_free_kb(&host) - taken_kb);
}

/* One that is to be left alone: see sim_check_alone. */
static void somebody_withdraws(void)
{
    sim_dom *dom = any_guest();

    if (!dom || dom->shut_at)
        return;
    switch (sim_between(0, 7)) {
    case 0:
        sim_shut_down(&host, dom);
        break;
    case 1:
    case 2:
    case 3:
        sim_refuse(&host, dom, !dom->unwilling_at);
        break;
    default:
        sim_pause(&host, dom, !dom->paused_at);
    }
}

static void something_happens(void)
{
    switch (sim_between(0, 13)) {
    case 0:
        dom0_uses();
        break;
    case 1:
    case 2:
        admin_acts();
        break;
    case 3:
        somebody_goes();
        break;
    case 4:
        sim_restart_store(&host, (int64_t)sim_between(0, 20000));
        break;
    case 5:
        sim_changes(&host);
        sim_fire_kind(&host, XLMEM_EVENT_LOW_MEMORY);
        break;
    case 6:
        somebody_comes();
        break;
    case 7:
    case 8:
        somebody_withdraws();
        break;
    default:
        somebody_uses();
    }
}

/* It goes on, and what it says does not change any more. */
static void settle_down(sim_dom *dom)
{
    if (dom->used && dom->paused_at)
        sim_pause(&host, dom, false);
    if (dom->word == SIM_LYING) {
        dom->word = SIM_HONEST;
        dom->said_used_kb = 0; /* news */
    }
}

static void world(sim_proc *p)
{
    size_t i;

    while (now() < UNREST_MS && sleep_some(p, 1000, 180000))
        something_happens();
    host.fail_bp = host.lose_bp = host.twice_bp = 0;
    for (i = 1; i < host.nr_doms; i++)
        settle_down(&host.doms[i]);
    /* An event that was lost is made up for by the next one. */
    sim_fire_kind(&host, XLMEM_EVENT_INTRODUCED);
    sim_restart_store(&host, 0);
}

/* ------------------------------------------------------------- creates --- */

static void create_one(sim_proc *p, const char *uuid)
{
    const xlmem_policy policy = balance_policy();
    const uint64_t kb = sim_between(64, 2048) * MIB;
    xlmem_guard_request request = {.uuid = uuid, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *dom;

    XLMEM_SET(&request, need_kb, kb + MIB);
    XLMEM_SET(&request, dom0_need_kb, 8 * MIB);
    if (xlmem_guard(p->ctx, &policy, &request, &verdict, &hold))
        return;
    dom = sim_build(p, uuid, kb);
    if (!p->dead && !host.fail_bp)
        SIM_CHECK(dom);
    sum_creates += dom != NULL;
    xlmem_hold_release(p->ctx, hold, dom != NULL);
    if (dom && sleep_some(p, 1000, 300000) && dom->used &&
        !strcmp(dom->uuid, uuid))
        sim_destroy(&host, dom);
}

static void creator(sim_proc *p)
{
    char uuid[37];
    unsigned n = 0;

    while (now() < UNREST_MS && sleep_some(p, 1000, 600000)) {
        snprintf(uuid, sizeof(uuid), "aaaaaaaa-0000-4000-8000-%04d%08u", p->id,
                 n++);
        create_one(p, uuid);
    }
}

/* What stays of the dead, what creators left, and who has shut down. */
static void clean_up(sim_proc *p)
{
    size_t i;

    p->wake = start_ms + UNREST_MS + 1000;
    sim_step(p);
    for (i = 1; i < SIM_DOMS; i++)
        if (host.doms[i].used &&
            (host.doms[i].uuid[0] == 'a' || host.doms[i].shut_at))
            sim_destroy(&host, &host.doms[i]);
}

/* ------------------------------------------------------------ one hour --- */

static void add_daemons(void)
{
    int64_t from = start_ms;
    size_t i;

    for (i = 0; i < NR_REIGNS; i++) {
        const bool last = i == NR_REIGNS - 1;

        reigns[i] = (reign){.from_ms = from};
        from += (int64_t)sim_between(0, UNREST_MS / NR_REIGNS);
        reigns[i].to_ms = last ? start_ms + HOUR_MS : from;
        sim_add_proc(&host, balance_daemon, &reigns[i],
                     !last && chance(2) ? (int64_t)sim_between(1, 400) : -1);
    }
}

static void begin(uint64_t seed)
{
    const uint64_t total_kb = (uint64_t)8192 * MIB;
    size_t i, nr;

    sim_reseed(seed);
    balance_init(&host, total_kb, GIB + sim_between(0, 1024) * MIB);
    start_ms = host.now_ms;
    host.lose_bp = chance(4) ? 1000 : 0;
    host.twice_bp = chance(4) ? 3000 : 0;
    host.fail_bp = chance(4) ? 30 : 0;
    host.step_kb = sim_between(1, 4) * 256 * MIB;
    nr = sim_between(1, 6);
    for (i = 0; i < nr; i++)
        add_guest(sim_free_kb(&host) > GIB ? sim_free_kb(&host) - GIB : 0);
    host.least_free_kb = sim_free_kb(&host);
    sim_add_proc(&host, world, NULL, -1);
    sim_add_proc(&host, clean_up, NULL, -1);
    for (i = sim_between(0, NR_CREATORS); i; i--)
        sim_add_proc(&host, creator, NULL,
                     chance(4) ? (int64_t)sim_between(1, 300) : -1);
    add_daemons();
}

/* Who does not follow is tried again now and then, who lies says another thing
 * each time, and who lacks memory goes on saying so: they keep those who look
 * after them busy. */
static bool is_restless(void)
{
    size_t i;

    for (i = 1; i < host.nr_doms; i++) {
        const sim_dom *dom = &host.doms[i];

        if (dom->used &&
            ((dom->temper != SIM_IDEAL && dom->temper != SIM_SLOW) ||
             dom->word == SIM_LYING ||
             dom->used_kb + 32 * MIB > dom->tot_kb - dom->video_kb))
            return true;
    }
    return false;
}

static void check_end(void)
{
    const reign *last = &reigns[NR_REIGNS - 1];

    if (host.verbose) {
        printf("it began at %lld; the last wake at %lld\n",
               (long long)start_ms, (long long)last->woken_ms);
        balance_show(&host);
    }

    SIM_CHECK(host.least_free_kb + 4 * MIB >= HEADROOM_KB);
    if (!is_restless()) {
        SIM_CHECK(host.moved_ms < start_ms + SETTLED_MS);
        SIM_CHECK(last->passed_ms < start_ms + SETTLED_MS);
    }
    sim_check_rest(&host);
    SIM_CHECK(balance_owes(&host));
    SIM_CHECK(balance_pins(&host));
    if (balance_can_serve(&host)) {
        SIM_CHECK(balance_serves(&host));
        sum_served++;
    }
}

static void hour(uint64_t seed)
{
    size_t i;

    begin(seed);
    sim_run(&host);
    check_end();
    sum_moves += host.nr_moves;
    for (i = 0; i < NR_REIGNS; i++) {
        sum_passes += reigns[i].nr_passes;
        sum_wakes += reigns[i].nr_wakes;
    }
    sim_dispose(&host);
}

static void any_history_is_safe_and_comes_to_rest(void **state)
{
    const char *text = getenv("XLMEM_HISTORIES");
    const char *set = getenv("XLMEM_SEED");
    const uint64_t nr = text ? strtoull(text, NULL, 10) : NR_HISTORIES;
    uint64_t seed, i;

    (void)state;
    seed = set ? strtoull(set, NULL, 0) : 1;
    for (i = 0; i < nr; i++)
        hour(seed + i);
    printf("%llu hours from seed %llu: %llu moves, %llu passes, %llu wakes, "
           "%llu creates; %llu could be served\n",
           (unsigned long long)nr, (unsigned long long)seed,
           (unsigned long long)sum_moves, (unsigned long long)sum_passes,
           (unsigned long long)sum_wakes, (unsigned long long)sum_creates,
           (unsigned long long)sum_served);
    SIM_CHECK(sum_served > nr / 4);
}

TEST_GROUP(histories)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_is_safe_and_comes_to_rest),
    };

    return test_run(tests, NULL, NULL);
}
