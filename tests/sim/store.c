/* SPDX-License-Identifier: LGPL-2.1-only */
/* xenstore of the simulated host: nodes, watches, and the events of one who
 * listens. */
#include "sim.h"

bool sim_wait(sim_proc *p, int64_t until_ms)
{
    p->wake = until_ms;
    p->wants_event = true;
    sim_step(p);
    p->wants_event = false;
    p->wake = 0;
    return !p->dead;
}

/* -------------------------------------------------------------- events --- */

static void push(sim *s, const xlmem_event *event)
{
    if (s->nr_events == SIM_EVENTS) {
        s->lost = true;
        return;
    }
    s->events[(s->first_event + s->nr_events++) % SIM_EVENTS] = *event;
}

static void push_maybe(sim *s, const xlmem_event *event)
{
    if (s->listener < 0)
        return;
    if (s->lose_bp && sim_between(0, 9999) < s->lose_bp)
        return;
    push(s, event);
    if (s->twice_bp && sim_between(0, 9999) < s->twice_bp)
        push(s, event);
}

void sim_fire(sim *s, sim_dom *dom, const char *name)
{
    xlmem_event event = {.kind = XLMEM_EVENT_NODE, .domid = dom->domid};

    if (!(strncmp(name, "data", 4) ? dom->watched_memory : dom->watched_data))
        return;
    snprintf(event.untrusted_path, sizeof(event.untrusted_path),
             "/local/domain/%llu/%s", (unsigned long long)dom->domid, name);
    push_maybe(s, &event);
}

void sim_fire_kind(sim *s, xlmem_event_kind kind)
{
    const xlmem_event event = {.kind = kind, .domid = UINT64_MAX};

    push_maybe(s, &event);
}

static void end_watches(sim *s)
{
    size_t i;

    for (i = 0; i < SIM_DOMS; i++)
        s->doms[i].watched_memory = s->doms[i].watched_data = false;
}

void sim_restart_store(sim *s, int64_t down_ms)
{
    sim_changes(s);
    s->store_down_until = s->now_ms + down_ms;
    end_watches(s);
    s->nr_events = 0;
    s->lost = s->listener >= 0;
}

static int enter(sim_proc *p)
{
    int rc = sim_enter(p);

    if (!rc && p->sim->now_ms < p->sim->store_down_until)
        rc = XLMEM_ERROR_XENSTORE;
    return rc;
}

int sim_events_open(void *user, int *fd_r, char *err, size_t err_len)
{
    sim_proc *p = user;
    int rc = enter(p);

    (void)err;
    (void)err_len;
    if (rc)
        return rc;
    SIM_CHECK(p->sim->listener < 0);
    p->sim->listener = p->id;
    p->sim->nr_events = 0;
    p->sim->lost = false;
    *fd_r = 4711;
    sim_fire_kind(p->sim, XLMEM_EVENT_INTRODUCED);
    return 0;
}

void sim_events_close(void *user)
{
    sim_proc *p = user;

    if (p->sim->listener != p->id)
        return;
    end_watches(p->sim);
    p->sim->listener = -1;
    p->sim->nr_events = 0;
    p->sim->lost = false;
}

int sim_event_next(void *user, xlmem_event *event_r)
{
    sim_proc *p = user;
    sim *s = p->sim;

    if (p->dead || s->listener != p->id)
        return XLMEM_ERROR_XENSTORE;
    if (s->lost) {
        *event_r = (xlmem_event){.kind = XLMEM_EVENT_LOST};
        return 1;
    }
    if (!s->nr_events)
        return 0;
    *event_r = s->events[s->first_event];
    s->first_event = (s->first_event + 1) % SIM_EVENTS;
    s->nr_events--;
    return 1;
}

/* --------------------------------------------------------------- nodes --- */

/* The domain of a path, and what is behind its folder. */
static sim_dom *dom_of(sim *s, const char *path, const char **name_r)
{
    static const char folder[] = "/local/domain/";
    uint64_t domid;
    char *end;
    size_t i;

    SIM_CHECK(!strncmp(path, folder, sizeof(folder) - 1));
    domid = strtoull(path + sizeof(folder) - 1, &end, 10);
    SIM_CHECK(*end == '/');
    *name_r = end + 1;
    for (i = 0; i < s->nr_doms; i++)
        if (s->doms[i].used && s->doms[i].domid == domid)
            return &s->doms[i];
    return NULL;
}

int sim_watch(void *user, const char *path, bool on)
{
    sim_proc *p = user;
    const char *name;
    sim_dom *dom;
    bool *watched;
    int rc = enter(p);

    if (rc)
        return rc;
    dom = dom_of(p->sim, path, &name);
    if (!dom)
        return 0;
    SIM_CHECK(!strcmp(name, "data") || !strcmp(name, "memory"));
    watched = name[0] == 'd' ? &dom->watched_data : &dom->watched_memory;
    if (on && !*watched) {
        *watched = true;
        sim_fire(p->sim, dom, name);
    }
    *watched = on;
    return 0;
}

static char *text_of(sim_dom *dom, const char *name)
{
    static const struct {
        const char *name;
        enum sim_node node;
    } texts[] = {{"memory/memguard-target", SIM_NODE_SIGNED},
                 {"memory/memguard-pin", SIM_NODE_PIN},
                 {"memory/uncooperative", SIM_NODE_UNCOOPERATIVE},
                 {"data/memguard/report", SIM_NODE_REPORT},
                 {"data/meminfo_total", SIM_NODE_XE_TOTAL},
                 {"data/meminfo_free", SIM_NODE_XE_FREE}};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(texts); i++)
        if (!strcmp(name, texts[i].name))
            return dom->nodes[texts[i].node];
    return NULL;
}

/* libxl makes dom0's folder when its target is set. */
static bool has_folder(const sim *s, const sim_dom *dom)
{
    return dom && (dom->domid || !s->dom0_bare);
}

static uint64_t number_of(const sim *s, const sim_dom *dom, const char *name)
{
    if (!strcmp(name, "memory/target"))
        return dom->untold ? 0 : dom->target_kb;
    if (!strcmp(name, "memory/static-max"))
        return dom->domid ? dom->static_max_kb : s->dom0_maximum_kb;
    if (!strcmp(name, "memory/dynamic-min"))
        return dom->dynamic_min_kb;
    if (!strcmp(name, "memory/dynamic-max"))
        return dom->dynamic_max_kb;
    return !strcmp(name, "memory/weight") ? dom->weight : 0;
}

static int read_one(sim *s, const char *path, char *buf, size_t room,
                    size_t *len_r)
{
    char number[32] = "";
    const char *name, *text;
    sim_dom *dom = dom_of(s, path, &name);
    uint64_t value;

    if (!has_folder(s, dom))
        return XLMEM_ERROR_NOTFOUND;
    text = text_of(dom, name);
    value = text ? 0 : number_of(s, dom, name);
    if (value)
        snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
    text = text ? text : number;
    if (!text[0])
        return XLMEM_ERROR_NOTFOUND;
    if (dom->bad_nodes)
        text = "a lot of garbage";
    *len_r = strlen(text) < room ? strlen(text) : room;
    memcpy(buf, text, *len_r);
    return strlen(text) > room ? XLMEM_ERROR_RANGE : 0;
}

static int enter_to_read(sim_proc *p)
{
    const int rc = enter(p);

    return rc || !p->sim->refuse_nodes ? rc : XLMEM_ERROR_PERM;
}

int sim_node_read(void *user, const char *path, char *buf, size_t room,
                  size_t *len_r)
{
    sim_proc *p = user;
    int rc = enter_to_read(p);

    return rc ? rc : read_one(p->sim, path, buf, room, len_r);
}

int sim_nodes_read(void *user, xlmem_node *list, size_t nr)
{
    sim_proc *p = user;
    size_t i;
    int rc = enter_to_read(p);

    for (i = 0; i < nr && !rc; i++)
        list[i].rc = read_one(p->sim, list[i].path, list[i].buf, list[i].room,
                              &list[i].len);
    return rc;
}

int sim_node_write(void *user, const char *path, const char *value)
{
    sim_proc *p = user;
    const char *name;
    sim_dom *dom;
    char *text;
    int rc = enter(p);

    if (rc)
        return rc;
    dom = dom_of(p->sim, path, &name);
    if (!has_folder(p->sim, dom))
        return XLMEM_ERROR_NOTFOUND;
    text = text_of(dom, name);
    SIM_CHECK(text && strlen(value) < SIM_NODE_ROOM);
    /* libxl sets the target of who is being built: signed before that it would
     * look as if set by hand. */
    SIM_CHECK(!p->balances || !dom->building);
    /* Signatures and pins. */
    SIM_CHECK(p->sim->lock_owner == p->id);
    snprintf(text, SIM_NODE_ROOM, "%s", value);
    sim_note(p->sim, dom, name);
    sim_note(p->sim, dom, value);
    sim_fire(p->sim, dom, name);
    return 0;
}

int sim_node_remove(void *user, const char *path)
{
    sim_proc *p = user;
    const char *name;
    sim_dom *dom;
    int rc = enter(p);

    if (rc)
        return rc;
    SIM_CHECK(p->sim->lock_owner == p->id);
    dom = dom_of(p->sim, path, &name);
    if (dom && text_of(dom, name)) {
        text_of(dom, name)[0] = '\0';
        sim_fire(p->sim, dom, name);
    }
    return 0;
}
