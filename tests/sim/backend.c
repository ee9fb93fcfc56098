/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backend table over the simulated host. */
#include "sim.h"

/* Whether this call happens: 0, or why not. */
int sim_enter(sim_proc *p)
{
    static const int errors[] = {XLMEM_ERROR_IO, XLMEM_ERROR_XEN,
                                 XLMEM_ERROR_XENSTORE, XLMEM_ERROR_NOMEM,
                                 XLMEM_ERROR_PERM};

    if (!sim_step(p))
        return XLMEM_ERROR_ABORTED;
    if (!p->balances)
        sim_changes(p->sim);
    if (++p->sim->nr_entered == p->sim->fail_at)
        return p->sim->fail_with;
    if (sim_between(0, 9999) < p->sim->fail_bp)
        return errors[sim_between(0, ARRAY_SIZE(errors) - 1)];
    return 0;
}

static int serve(void *user, const char *path, char **buf_r, size_t *len_r)
{
    sim_proc *p = user;
    const sim_dom *dom0 = &p->sim->doms[0];
    char text[256] = "";
    int rc = sim_enter(p);

    if (rc)
        return rc;
    if (!strcmp(path, "proc/meminfo"))
        snprintf(
            text, sizeof(text),
            "MemTotal: %llu kB\nMemFree: %llu kB\nMemAvailable: %llu kB\n",
            (unsigned long long)dom0->tot_kb, 1024ULL,
            (unsigned long long)sim_available_kb(p->sim));
    else if (strstr(path, "xen_memory0/target_kb"))
        snprintf(text, sizeof(text), "%llu\n",
                 (unsigned long long)(p->sim->dom0_shows_kb
                                          ? p->sim->dom0_shows_kb
                                          : dom0->target_kb));
    else if (strstr(path, "xen_memory0/info/current_kb"))
        snprintf(text, sizeof(text), "%llu\n",
                 (unsigned long long)dom0->tot_kb);
    else if (strstr(path, "xen_memory0/info/low_kb"))
        snprintf(text, sizeof(text), "%llu\n",
                 (unsigned long long)(p->sim->dom0_reach_kb - dom0->tot_kb));
    else if (strstr(path, "xen_memory0/info/high_kb") ||
             (strstr(path, "hotplug_unpopulated") && p->sim->hotplug))
        snprintf(text, sizeof(text), "0\n");
    else if (!strcmp(path, "proc/pressure/memory") && p->sim->dom0_stalls)
        snprintf(text, sizeof(text), "%s", p->sim->dom0_stalls);
    else
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return *buf_r ? 0 : XLMEM_ERROR_NOMEM;
}

static int list(void *user, const char *path, char ***names_r, size_t *nr_r)
{
    int rc = sim_enter(user);

    if (rc)
        return rc;
    if (strcmp(path, "run/xlmem/ledger"))
        return XLMEM_ERROR_NOTFOUND;
    *names_r = NULL;
    *nr_r = 0;
    return 0;
}

static void fill_dom(const sim_dom *from, xlmem_dom *dom)
{
    XLMEM_SET(dom, domid, from->domid);
    XLMEM_SET(dom, tot_kb, from->tot_kb);
    XLMEM_SET(dom, maxmem_kb, from->maxmem_kb);
    XLMEM_SET(dom, outstanding_kb, from->claim_kb);
    XLMEM_SET(dom, paging_kb, from->pool_kb);
    XLMEM_SET(dom, paused,
              (from->building && !from->unpaused) || from->paused_at);
    XLMEM_SET(dom, vcpus, !from->building);
    XLMEM_SET(dom, cpu_time_ms, from->building ? 0 : 1000);
    XLMEM_SET(dom, dying, from->dies_at != 0);
    XLMEM_SET(dom, shutdown, from->shut_at != 0);
    /* Xen does not tell PVH from HVM. */
    dom->type = from->domid ? XLMEM_DOM_UNKNOWN : XLMEM_DOM_PVH;
    memcpy(dom->uuid, from->uuid, sizeof(dom->uuid));
}

static int compare(const void *a, const void *b)
{
    const xlmem_dom *x = a, *y = b;

    return (x->domid > y->domid) - (x->domid < y->domid);
}

/* In two parts, as on a real host: others run between them. */
static int books_for(void *user, xlmem_host *host, const xlmem_ask *ask,
                     char *err, size_t err_len)
{
    sim_proc *p = user;
    sim *s = p->sim;
    size_t i;
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;
    if (rc)
        return rc;
    host->doms = calloc(s->nr_doms, sizeof(*host->doms));
    if (!host->doms)
        return XLMEM_ERROR_NOMEM;
    for (i = 0; i < s->nr_doms; i++)
        if (s->doms[i].used)
            fill_dom(&s->doms[i], &host->doms[host->nr_doms++]);
    for (i = 0; ask && i < host->nr_doms; i++)
        if (ask->of(ask->arg, &host->doms[i]) == XLMEM_ASK_NOTHING) {
            host->doms[i].known &= ~XLMEM_FACT_BIT(&host->doms[i], paging_kb);
            host->doms[i].paging_kb = 0;
        }
    qsort(host->doms, host->nr_doms, sizeof(*host->doms), compare);
    XLMEM_SET(host, domains_listed, 1);
    rc = sim_enter(p);
    if (rc)
        return rc;
    XLMEM_SET(host, total_kb, s->total_kb);
    XLMEM_SET(host, free_kb, sim_free_kb(s));
    XLMEM_SET(host, outstanding_kb, sim_claims_kb(s));
    return 0;
}

static int books(void *user, xlmem_host *host, char *err, size_t err_len)
{
    return books_for(user, host, NULL, err, err_len);
}

static sim_dom *find(sim *s, uint64_t domid)
{
    size_t i;

    for (i = 0; i < s->nr_doms; i++)
        if (s->doms[i].used && s->doms[i].domid == domid)
            return &s->doms[i];
    return NULL;
}

/* Whether what is asked for of @dom has an answer. */
static bool is_asked(const xlmem_ask *ask, const xlmem_dom *dom,
                     const sim_dom *is)
{
    const xlmem_ask_answer answer =
        ask ? ask->of(ask->arg, dom) : XLMEM_ASK_ALL;

    return answer == XLMEM_ASK_ALL ||
           (answer == XLMEM_ASK_IF_OPTED_IN && is && is->dynamic_min_kb);
}

static int nodes_for(void *user, xlmem_host *host, const xlmem_ask *ask,
                     char *err, size_t err_len)
{
    sim_proc *p = user;
    size_t i;
    int rc = sim_enter(p);

    for (i = 0; i < host->nr_doms && !rc; i++) {
        const sim_dom *dom = find(p->sim, host->doms[i].domid);

        if (!is_asked(ask, &host->doms[i], dom))
            continue;
        if (dom && dom->bad_nodes && err_len)
            snprintf(err, err_len, "domain %llu has bad nodes",
                     (unsigned long long)dom->domid);
        if (!dom || dom->bad_nodes)
            continue;
        XLMEM_SET(&host->doms[i], target_kb, dom->target_kb);
        XLMEM_SET(&host->doms[i], dynamic_min_kb, dom->dynamic_min_kb);
        XLMEM_SET(&host->doms[i], static_max_kb,
                  dom->domid ? dom->static_max_kb : p->sim->dom0_maximum_kb);
    }
    return rc;
}

static int nodes(void *user, xlmem_host *host, char *err, size_t err_len)
{
    return nodes_for(user, host, NULL, err, err_len);
}

static int whole(void *user, xlmem_host *host, char *err, size_t err_len)
{
    int rc = books(user, host, err, err_len);

    return rc ? rc : nodes(user, host, err, err_len);
}

static int set_target(void *user, uint64_t domid, uint64_t target_kb,
                      char *err, size_t err_len)
{
    sim_proc *p = user;
    sim_dom *dom;
    uint64_t had_kb, owed_kb, was_owed_kb;
    bool balances;
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;
    if (rc)
        return rc;
    SIM_CHECK(p->sim->lock_owner == p->id);
    dom = find(p->sim, domid);
    if (!dom || dom->dies_at)
        return XLMEM_ERROR_NOTFOUND;
    if (!domid && target_kb > p->sim->dom0_maximum_kb)
        return XLMEM_ERROR_XEN;
    had_kb = dom->target_kb;
    owed_kb = was_owed_kb = dom->owed_kb;
    if (target_kb < had_kb && had_kb > owed_kb && !p->balances)
        owed_kb = had_kb;
    sim_mem_set(dom, target_kb);
    dom->owed_kb = target_kb < owed_kb ? owed_kb : 0;
    balances = p->balances || p->sim->listener == p->id;
    if (balances && p->sim->headroom_kb)
        sim_check_alone(p->sim, dom, had_kb, was_owed_kb);
    sim_check_pin(p->sim, dom, had_kb, balances);
    if (!domid)
        p->sim->dom0_bare = false;
    if (balances && p->sim->headroom_kb)
        sim_check_step(p->sim, dom, had_kb, was_owed_kb);
    else if (had_kb > dom->had_kb)
        dom->had_kb = had_kb;
    p->uncounted = true;
    return 0;
}

/* Each target that was set, by the one that set it, before anybody else
 * can. */
static void count_move(void *user, const xlmem_step *step)
{
    sim_proc *p = user;
    const sim_dom *dom = find(p->sim, step->domid);

    SIM_CHECK(p->sim->lock_owner == p->id && p->uncounted);
    SIM_CHECK(dom && dom->target_kb == step->to_kb);
    p->uncounted = false;
}

static int set_maximum(void *user, uint64_t domid, uint64_t maximum_kb,
                       char *err, size_t err_len)
{
    sim_proc *p = user;
    int rc = sim_enter(p);

    sim_dom *dom;

    (void)err;
    (void)err_len;
    if (rc)
        return rc;
    SIM_CHECK(p->sim->lock_owner == p->id);
    dom = find(p->sim, domid);
    if (!dom || dom->dies_at)
        return XLMEM_ERROR_NOTFOUND;
    if (!domid)
        p->sim->dom0_maximum_kb = maximum_kb;
    sim_mem_max(dom, maximum_kb);
    if (dom->maxmem_kb < XLMEM_NO_MAXMEM_KB)
        dom->maxmem_kb += MIB;
    return 0;
}

static int online_added(void *user, char *err, size_t err_len)
{
    sim_proc *p = user;
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;
    if (!rc)
        p->sim->online = true;
    return rc;
}

static int64_t now_ms(void *user)
{
    return ((sim_proc *)user)->sim->now_ms;
}

static void sleep_ms(void *user, int64_t ms)
{
    sim_proc *p = user;

    p->wake = p->sim->now_ms + ms;
    sim_step(p);
    /* The dead do not sleep; time passes for a loop that waits for it. */
    if (p->dead)
        sim_pass(p->sim, ms);
}

/* ------------------------------------------------------------- ledger --- */

static bool is_locked(const sim *s)
{
    return s->lock_owner >= 0 || s->now_ms < s->lock_until;
}

static int lock(void *user, int64_t still_ms, int64_t total_ms, char *err,
                size_t err_len)
{
    sim_proc *p = user;
    sim *s = p->sim;
    int64_t deadline = s->now_ms + (still_ms < total_ms ? still_ms : total_ms);
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;
    while (!rc && is_locked(s) && s->now_ms < deadline) {
        p->wants_lock = true;
        p->wake = deadline;
        rc = sim_step(p) ? 0 : XLMEM_ERROR_ABORTED;
        p->wants_lock = false;
        p->wake = 0;
    }
    if (rc)
        return rc;
    if (is_locked(s))
        return XLMEM_ERROR_BUSY;
    s->lock_owner = p->id;
    return 0;
}

static void unlock(void *user)
{
    sim_proc *p = user;

    if (!sim_step(p))
        return;
    SIM_CHECK(p->sim->lock_owner == p->id && !p->uncounted);
    p->sim->lock_owner = -1;
}

static int each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                size_t err_len)
{
    sim_proc *p = user;
    size_t i;
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;

    if (!rc)
        SIM_CHECK(p->sim->lock_owner == p->id);
    for (i = 0; i < SIM_ENTRIES && !rc; i++) {
        const sim_entry *entry = &p->sim->ledger[i];
        char name[32];

        if (!entry->used)
            continue;
        snprintf(name, sizeof(name), "%u-0", entry->nr);
        rc = fn(arg, name, entry->text, entry->owner >= 0,
                entry->noted ? &entry->domid : NULL);
    }
    return rc;
}

static int add(void *user, const char *text, void **entry_r, char *err,
               size_t err_len)
{
    sim_proc *p = user;
    size_t i;
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;

    if (rc)
        return rc;
    SIM_CHECK(p->sim->lock_owner == p->id);
    for (i = 0; i < SIM_ENTRIES; i++) {
        sim_entry *entry = &p->sim->ledger[i];

        if (entry->used)
            continue;
        *entry = (sim_entry){
            .used = true, .owner = p->id, .nr = ++p->sim->next_entry};
        snprintf(entry->text, sizeof(entry->text), "%s", text);
        *entry_r = entry;
        return 0;
    }
    return XLMEM_ERROR_IO;
}

static int update(void *user, void *ours, const char *text, char *err,
                  size_t err_len)
{
    sim_proc *p = user;
    int rc = sim_enter(p);
    sim_entry *entry = ours;

    (void)err;
    (void)err_len;

    if (rc)
        return rc;
    SIM_CHECK(p->sim->lock_owner == p->id);
    snprintf(entry->text, sizeof(entry->text), "%s", text);
    entry->noted = false;
    return 0;
}

static int take_note(void *user, void *ours, uint64_t domid, char *err,
                     size_t err_len)
{
    sim_entry *entry = ours;
    int rc = sim_enter(user);

    (void)err;
    (void)err_len;

    entry->noted = !rc;
    entry->domid = domid;
    return rc;
}

static void drop(void *user, void *entry)
{
    if (sim_step(user))
        ((sim_entry *)entry)->used = false;
}

static void leave(void *user, void *entry)
{
    if (sim_step(user))
        sim_orphan(((sim_proc *)user)->sim, entry);
}

static int sweep(void *user, const char *name, char *err, size_t err_len)
{
    sim_proc *p = user;
    size_t i;
    int rc = sim_enter(p);

    (void)err;
    (void)err_len;

    if (rc)
        return rc;
    SIM_CHECK(p->sim->lock_owner == p->id);
    for (i = 0; i < SIM_ENTRIES; i++) {
        sim_entry *entry = &p->sim->ledger[i];
        char its[32];

        if (!entry->used)
            continue;
        snprintf(its, sizeof(its), "%u-0", entry->nr);
        if (strcmp(its, name))
            continue;
        if (entry->owner >= 0)
            return XLMEM_ERROR_BUSY;
        entry->used = false;
    }
    return 0;
}

const xlmem_backend sim_backend = {
    .struct_size = sizeof(sim_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "sim",
    .read_file = serve,
    .list_dir = list,
    .read_xen = whole,
    .now_ms = now_ms,
    .read_books = books,
    .read_nodes = nodes,
    .read_books_for = books_for,
    .read_nodes_for = nodes_for,
    .set_target_kb = set_target,
    .sleep_ms = sleep_ms,
    .ledger_lock = lock,
    .ledger_unlock = unlock,
    .ledger_each = each,
    .ledger_add = add,
    .ledger_update = update,
    .ledger_note = take_note,
    .ledger_drop = drop,
    .ledger_leave = leave,
    .ledger_sweep = sweep,
    .count_move = count_move,
    .set_maximum_kb = set_maximum,
    .online_added = online_added,
    .events_open = sim_events_open,
    .events_close = sim_events_close,
    .event_next = sim_event_next,
    .watch = sim_watch,
    .node_read = sim_node_read,
    .node_write = sim_node_write,
    .node_remove = sim_node_remove,
    .nodes_read = sim_nodes_read,
};
