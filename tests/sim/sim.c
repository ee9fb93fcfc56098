/* SPDX-License-Identifier: LGPL-2.1-only */
/* The host: memory, balloons, processes. */
#include "sim.h"

#include "engine/ctx.h"

/* How long a dying domain takes. */
#define DYING_MS 300
#define BUILD_STEPS 4
#define CALL_MS 1

uint64_t sim_seed;

void sim_reseed(uint64_t seed)
{
    sim_seed = test_state = seed;
}

uint64_t sim_between(uint64_t low, uint64_t high)
{
    return test_between(low, high);
}

/* -------------------------------------------------------------- memory --- */

uint64_t sim_claims_kb(const sim *s)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < s->nr_doms; i++)
        if (s->doms[i].used)
            sum += s->doms[i].claim_kb;
    return sum;
}

uint64_t sim_free_kb(const sim *s)
{
    uint64_t used = s->xen_kb;
    size_t i;

    for (i = 0; i < s->nr_doms; i++)
        if (s->doms[i].used)
            used += s->doms[i].tot_kb + s->doms[i].pool_kb;
    SIM_CHECK(used <= s->total_kb);
    return s->total_kb - used;
}

uint64_t sim_available_kb(const sim *s)
{
    uint64_t used = s->dom0_used_kb;
    size_t i;

    for (i = 1; i < s->nr_doms; i++)
        if (s->doms[i].used)
            used += s->doms[i].dom0_kb;
    return s->doms[0].tot_kb > used ? s->doms[0].tot_kb - used : 0;
}

uint64_t sim_unclaimed_kb(const sim *s)
{
    uint64_t free_kb = sim_free_kb(s), claims_kb = sim_claims_kb(s);

    SIM_CHECK(claims_kb <= free_kb);
    return free_kb - claims_kb;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A domain whose pages somebody maps stays, with those. */
static void die(sim *s, sim_dom *dom)
{
    if (s->now_ms < dom->dies_at)
        return;
    if (dom->held_kb && (!dom->held_until || s->now_ms < dom->held_until)) {
        dom->tot_kb = least(dom->tot_kb, dom->held_kb);
        dom->pool_kb = 0;
    } else {
        *dom = (sim_dom){.used = false};
        sim_changes(s);
        sim_fire_kind(s, XLMEM_EVENT_RELEASED);
    }
}

static void live(sim *s, sim_dom *dom, int64_t ms)
{
    if (dom->dies_at)
        die(s, dom);
    else
        sim_balloon(s, dom, ms);
}

/* A domain that moves by itself, or that somebody has to be told of. */
static bool is_busy(const sim_dom *dom)
{
    return dom->used && (dom->dies_at || dom->touched || dom->boots_at ||
                         (dom->temper == SIM_INTERMITTENT &&
                          dom->tot_kb != sim_aim_kb(dom, dom->target_kb)) ||
                         dom->word == SIM_FLOODS);
}

static uint64_t sum_of_all(const sim *s, bool *busy)
{
    uint64_t sum = 0;
    size_t i;

    *busy = false;
    for (i = 0; i < s->nr_doms; i++) {
        if (!s->doms[i].used)
            continue;
        sum = sum * 31 + s->doms[i].tot_kb;
        *busy = *busy || is_busy(&s->doms[i]);
    }
    return sum;
}

/* As long as nothing moves, time passes at once. */
static int64_t idle_ms(const sim *s, int64_t ms)
{
    int64_t speaks = sim_speaks_at(s);

    if (speaks <= s->now_ms)
        return 0;
    return speaks - s->now_ms < ms ? speaks - s->now_ms : ms;
}

static void tick_all(sim *s, int64_t tick)
{
    size_t i;

    for (i = 0; i < s->nr_doms; i++) {
        sim_dom *dom = &s->doms[i];

        if (dom->used && dom->touched) {
            dom->touched = false;
            sim_fire(s, dom, "memory/target");
        }
        if (dom->used)
            live(s, dom, tick);
    }
    sim_guests_speak(s);
}

/* Somebody waits for what has come: no time passes before he has it. */
static bool has_news(const sim *s)
{
    return s->passing && s->listener >= 0 && (s->nr_events || s->lost);
}

void sim_pass(sim *s, int64_t ms)
{
    uint64_t was = 0;
    bool busy = true;

    while (ms > 0) {
        int64_t tick = ms < 50 ? ms : 50;
        uint64_t sum;

        if (has_news(s))
            return;
        s->now_ms += tick;
        tick_all(s, tick);
        sum = sum_of_all(s, &busy);
        if (!busy && sum == was && ms > tick && !has_news(s)) {
            const int64_t skip = idle_ms(s, ms - tick);

            s->now_ms += skip;
            ms -= skip;
        }
        was = sum;
        s->least_dom0_target_kb =
            least(s->least_dom0_target_kb, s->doms[0].target_kb);
        s->least_free_kb = least(s->least_free_kb, sim_unclaimed_kb(s));
        s->least_available_kb =
            least(s->least_available_kb, sim_available_kb(s));
        ms -= tick;
    }
}

void sim_destroy(sim *s, sim_dom *dom)
{
    sim_changes(s);
    sim_fire_kind(s, XLMEM_EVENT_RELEASED);
    if (!dom->dies_at)
        dom->dies_at = s->now_ms + DYING_MS;
    dom->claim_kb = 0;
    dom->dom0_kb = 0;
}

void sim_mem_set(sim_dom *dom, uint64_t kb)
{
    /* dom0's is what its balloon says, which counts pages of 4 kB. */
    dom->target_kb = dom->domid ? kb : kb / 4 * 4;
    dom->maxmem_kb = kb + dom->video_kb + MIB;
    dom->touched = true;
    dom->owed_kb = 0;
}

void sim_mem_max(sim_dom *dom, uint64_t kb)
{
    dom->static_max_kb = kb;
    dom->maxmem_kb = least(kb, XLMEM_NO_MAXMEM_KB);
}

static sim_dom *new_dom(sim *s)
{
    size_t i;

    for (i = 1; i < SIM_DOMS; i++)
        if (!s->doms[i].used) {
            s->doms[i] = (sim_dom){.used = true, .domid = s->next_domid++};
            if (i >= s->nr_doms)
                s->nr_doms = i + 1;
            sim_changes(s);
            return &s->doms[i];
        }
    SIM_CHECK(i < SIM_DOMS);
    return NULL;
}

sim_dom *sim_add_dom(sim *s, enum sim_temper temper, uint64_t kb)
{
    sim_dom *dom = new_dom(s);

    dom->temper = temper;
    dom->tot_kb = dom->target_kb = dom->original_kb = kb;
    dom->maxmem_kb = kb + MIB;
    dom->static_max_kb = kb;
    dom->dynamic_min_kb = kb / 2;
    dom->floor_kb = kb * 3 / 4;
    snprintf(dom->uuid, sizeof(dom->uuid), "00000000-0000-4000-8000-%012llu",
             (unsigned long long)dom->domid);
    s->least_free_kb = sim_unclaimed_kb(s);
    return dom;
}

sim_dom *sim_add_half_built(sim *s, uint64_t kb, uint64_t maxmem_kb)
{
    sim_dom *dom = sim_add_dom(s, SIM_IDEAL, kb);

    dom->building = true;
    dom->maxmem_kb = maxmem_kb;
    dom->target_kb = dom->original_kb = dom->dynamic_min_kb = maxmem_kb - MIB;
    return dom;
}

void sim_init(sim *s, uint64_t total_kb, uint64_t dom0_kb)
{
    memset(s, 0, sizeof(*s));
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->all_done, NULL);
    s->running = -1;
    s->lock_owner = s->listener = s->daemon = -1;
    s->now_ms = 1000000;
    s->total_kb = total_kb;
    s->xen_kb = 64 * MIB;
    s->dom0_used_kb = 300 * MIB;
    s->next_domid = s->nr_doms = 1;
    s->doms[0] = (sim_dom){.used = true,
                           .tot_kb = dom0_kb,
                           .target_kb = dom0_kb,
                           .original_kb = dom0_kb,
                           .maxmem_kb = XLMEM_NO_MAXMEM_KB};
    s->dom0_reach_kb = s->dom0_maximum_kb = UINT64_C(1) << 50;
    s->verbose = getenv("XLMEM_VERBOSE") != NULL;
    s->least_dom0_target_kb = dom0_kb;
    s->least_free_kb = sim_unclaimed_kb(s);
    s->least_available_kb = sim_available_kb(s);
}

void sim_dispose(sim *s)
{
    pthread_cond_destroy(&s->all_done);
    pthread_mutex_destroy(&s->mutex);
}

/* ----------------------------------------------------------- processes --- */

static bool can_run(const sim *s, const sim_proc *p)
{
    if (!p->started || p->done)
        return false;
    if (p->dead || s->now_ms >= p->wake)
        return true;
    if (p->wants_event && (s->nr_events || s->lost))
        return true;
    return p->wants_lock && s->lock_owner < 0 && s->now_ms >= s->lock_until;
}

static bool is_awaited(const sim *s)
{
    size_t i;

    for (i = 0; i < s->nr_procs; i++)
        if (s->procs[i].wants_event && !s->procs[i].done)
            return true;
    return false;
}

/* Somebody at random; when all sleep, time passes. */
static int pick(sim *s)
{
    for (;;) {
        int ready[SIM_PROCS], nr = 0;
        int64_t wake = INT64_MAX;
        size_t i;

        for (i = 0; i < s->nr_procs; i++) {
            const sim_proc *p = &s->procs[i];

            if (can_run(s, p))
                ready[nr++] = p->id;
            else if (!p->done && p->wake < wake)
                wake = p->wake;
        }
        if (s->lock_owner < 0 && s->lock_until > s->now_ms)
            wake = wake < s->lock_until ? wake : s->lock_until;
        if (nr)
            return ready[sim_between(0, (uint64_t)nr - 1)];
        if (wake == INT64_MAX)
            return -1;
        s->passing = is_awaited(s);
        sim_pass(s, wake - s->now_ms);
        s->passing = false;
    }
}

static void hand_over(sim *s, sim_proc *p)
{
    s->running = pick(s);
    if (s->running == p->id)
        return;
    pthread_cond_signal(&s->procs[s->running].turn);
    while (s->running != p->id)
        pthread_cond_wait(&p->turn, &s->mutex);
}

void sim_orphan(const sim *s, sim_entry *entry)
{
    entry->owner = -1;
    entry->left_at = s->now_ms;
}

/* What the kernel does when a process is gone. */
static void bury(sim *s, sim_proc *p)
{
    size_t i;

    p->dead = true;
    if (s->listener == p->id)
        sim_events_close(p);
    if (s->daemon == p->id)
        s->daemon = -1;
    for (i = 0; i < SIM_ENTRIES; i++)
        if (s->ledger[i].used && s->ledger[i].owner == p->id)
            sim_orphan(s, &s->ledger[i]);
    if (s->lock_owner == p->id) {
        s->lock_owner = -1;
        s->lock_until = s->now_ms + p->child_ms;
    }
}

bool sim_step(sim_proc *p)
{
    sim *s = p->sim;

    s->calls++;
    if (p->dead)
        return false;
    sim_pass(s, CALL_MS);
    if (!p->kill_in--)
        bury(s, p);
    hand_over(s, p);
    return !p->dead;
}

static void *main_of(void *arg)
{
    sim_proc *p = arg;
    sim *s = p->sim;

    pthread_mutex_lock(&s->mutex);
    while (s->running != p->id)
        pthread_cond_wait(&p->turn, &s->mutex);
    p->script(p);
    bury(s, p);
    p->done = true;
    s->running = pick(s);
    if (s->running >= 0)
        pthread_cond_signal(&s->procs[s->running].turn);
    else
        pthread_cond_signal(&s->all_done);
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

static void print_log(void *user, int level, const char *text)
{
    sim_proc *p = user;

    (void)level;
    if (p->sim->verbose)
        printf("%8lld %2d%s %s\n", (long long)p->sim->now_ms, p->id,
               p->dead ? " (dead)" : "", text);
}

void sim_note(const sim *s, const sim_dom *dom, const char *what)
{
    if (s->verbose)
        printf("%8lld    domain %llu, target %llu, %s\n", (long long)s->now_ms,
               (unsigned long long)dom->domid,
               (unsigned long long)dom->target_kb, what);
}

sim_proc *sim_add_proc(sim *s, void (*script)(sim_proc *), void *arg,
                       int64_t kill_in)
{
    sim_proc *p = &s->procs[s->nr_procs];

    SIM_CHECK(s->nr_procs < SIM_PROCS);
    *p = (sim_proc){.sim = s,
                    .id = (int)s->nr_procs++,
                    .script = script,
                    .arg = arg,
                    .started = true,
                    .kill_in = kill_in};
    pthread_cond_init(&p->turn, NULL);
    p->ctx = calloc(1, sizeof(*p->ctx));
    SIM_CHECK(p->ctx);
    SIM_CHECK(!xlmem_ctx_set_backend(p->ctx, &sim_backend, p));
    xlmem_ctx_set_log(p->ctx, print_log, p);
    return p;
}

void sim_run(sim *s)
{
    size_t i;

    if (!s->nr_procs)
        return;
    for (i = 0; i < s->nr_procs; i++)
        SIM_CHECK(
            !pthread_create(&s->procs[i].thread, NULL, main_of, &s->procs[i]));
    pthread_mutex_lock(&s->mutex);
    s->running = pick(s);
    pthread_cond_signal(&s->procs[s->running].turn);
    while (s->running >= 0)
        pthread_cond_wait(&s->all_done, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
    for (i = 0; i < s->nr_procs; i++) {
        pthread_join(s->procs[i].thread, NULL);
        pthread_cond_destroy(&s->procs[i].turn);
        xlmem_ctx_free(s->procs[i].ctx);
    }
    s->nr_procs = 0;
}

sim_dom *sim_build(sim_proc *p, const char *uuid, uint64_t kb)
{
    sim *s = p->sim;
    sim_dom *dom;
    int i;

    if (!sim_step(p))
        return NULL;
    dom = new_dom(s);
    dom->building = true;
    snprintf(dom->uuid, sizeof(dom->uuid), "%s", uuid);
    dom->dom0_kb = s->build_dom0_kb + s->domu_dom0_kb;
    if (!sim_step(p))
        return NULL;
    if (sim_unclaimed_kb(s) < kb) {
        sim_destroy(s, dom);
        return NULL;
    }
    dom->pool_kb = s->build_pool_kb;
    kb -= dom->pool_kb;
    dom->target_kb = dom->original_kb = dom->dynamic_min_kb = kb;
    dom->static_max_kb = kb;
    dom->maxmem_kb = kb + MIB;
    dom->claim_kb = kb;
    for (i = 0; i < BUILD_STEPS; i++) {
        uint64_t part =
            i == BUILD_STEPS - 1 ? dom->claim_kb : kb / BUILD_STEPS;

        p->wake = s->now_ms + s->build_ms / BUILD_STEPS;
        if (!sim_step(p))
            return NULL;
        dom->claim_kb -= part;
        dom->tot_kb += part;
    }
    dom->building = false;
    dom->dom0_kb = s->domu_dom0_kb;
    sim_fire_kind(s, XLMEM_EVENT_INTRODUCED);
    return dom;
}

xlmem_policy sim_policy(uint64_t dom0_floor_kb)
{
    xlmem_policy policy;

    xlmem_policy_init(&policy);
    policy.mode = XLMEM_MODE_ENFORCE;
    policy.dom0_floor_kb = dom0_floor_kb;
    return policy;
}

void sim_leave(sim *s, void (*repay)(sim_proc *))
{
    size_t i, n;

    for (i = 1; i < SIM_DOMS; i++)
        if (s->doms[i].used && s->doms[i].uuid[0] == 'a')
            sim_destroy(s, &s->doms[i]);
    for (n = 0; n < 4; n++) {
        sim_pass(s, 20000);
        sim_add_proc(s, repay, NULL, -1);
        sim_run(s);
    }
    SIM_CHECK(!sim_nr_entries(s));
}

size_t sim_nr_entries(const sim *s)
{
    size_t i, nr = 0;

    for (i = 0; i < SIM_ENTRIES; i++)
        nr += s->ledger[i].used;
    return nr;
}
