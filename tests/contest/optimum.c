/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The clairvoyant optimum is a flow of least cost over time.
 *
 * Memory flows through time: a node for each domain at each step, and one for
 * what nobody has.  From a domain's node the memory that it has goes to its
 * node of the next step: at least its floor, at most its ceiling, and every kB
 * of it below its need pays W.  Between a domain and the pool a balloon can
 * move what it moves in one step, for 1 a kB.  W is more than any detour can
 * cost, so that the flow of least cost has the least unmet demand, and among
 * those the least that is moved.
 *
 * Nobody does better, at any finer grain of time.  Let x(t) be what a domain
 * has in any history whose balloons move no faster, and y(k) its average over
 * step k.  The averages keep floors, ceilings and the pool, and they move no
 * faster from step to step: they are a flow through this network.  And what
 * is short on average is no more than the average of what is short, since
 * max(0, need - x) is convex (Jensen); so too where the need itself is
 * averaged over some steps of the trace.  What is found here is a bound for
 * everybody, the player who replays it included.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "flow.h"
#include "model/checked.h"
#include "optimum.h"

typedef struct network {
    const trace *t;
    optimum *o;
    flow f;
    size_t *held; /* the arc for what is needed; what is not is the next */
    int64_t pays; /* W */
} network;

static uint32_t node_of(const network *n, size_t step, size_t dom)
{
    return (uint32_t)(step * (n->t->nr_doms + 1) + dom);
}

/* What is needed beyond the floor, on average. */
static uint64_t need_kb(const trace *t, size_t step, size_t dom)
{
    size_t from = step * t->grid, to = from + t->grid, i;
    uint64_t sum = 0;

    to = to < t->nr_steps ? to : t->nr_steps;
    for (i = from; i < to; i++)
        sum += trace_need_kb(t, i, dom);
    return xlmem__sub0(sum / (to - from), t->dom[dom].floor_kb);
}

static void add(network *n, uint32_t from, uint32_t to, uint64_t room,
                int64_t cost)
{
    flow_add(&n->f,
             &(flow_arc){
                 .from = from, .to = to, .room = (int64_t)room, .cost = cost});
}

static void add_dom(network *n, size_t step, size_t i)
{
    const trace_dom *dom = &n->t->dom[i];
    uint32_t pool = node_of(n, step, n->t->nr_doms);
    uint32_t here = node_of(n, step, i), after = node_of(n, step + 1, i);
    uint64_t range = dom->ceiling_kb - dom->floor_kb;
    uint64_t reach = dom->speed_kb_s * n->o->grid_ms / 1000;
    uint64_t need = xlmem__min(need_kb(n->t, step, i), range);

    if (step + 1 == n->o->nr_steps)
        after = node_of(n, step + 1, 0);
    n->held[step * TRACE_DOMS_MAX + i] = n->f.nr_arcs;
    add(n, here, after, need, -n->pays);
    add(n, here, after, range - need, 0);
    add(n, pool, here, reach, 1);
    add(n, here, pool, reach, 1);
}

static void build(network *n)
{
    const trace *t = n->t;
    size_t step, i, last = n->o->nr_steps - 1;
    uint64_t floors = 0, starts = 0;

    flow_init(&n->f, node_of(n, n->o->nr_steps, 1));
    for (i = 0; i < t->nr_doms; i++) {
        floors += t->dom[i].floor_kb;
        starts += t->dom[i].start_kb;
        n->f.supply[node_of(n, 0, i)] =
            (int64_t)(t->dom[i].start_kb - t->dom[i].floor_kb);
    }
    n->f.supply[node_of(n, 0, t->nr_doms)] = (int64_t)(t->pool_kb - starts);
    n->f.supply[node_of(n, last + 1, 0)] = -(int64_t)(t->pool_kb - floors);
    for (step = 0; step <= last; step++) {
        for (i = 0; i < t->nr_doms; i++)
            add_dom(n, step, i);
        add(n, node_of(n, step, t->nr_doms),
            node_of(n, step + 1, step < last ? t->nr_doms : 0), t->pool_kb, 0);
    }
}

static void read_off(network *n)
{
    const trace *t = n->t;
    optimum *o = n->o;
    const flow_arc *arc;
    size_t step, i;

    for (step = 0; step < o->nr_steps; step++)
        for (i = 0; i < t->nr_doms; i++) {
            arc = &n->f.arc[n->held[step * TRACE_DOMS_MAX + i]];
            o->unmet_kb_ms +=
                (uint64_t)(arc[0].room - arc[0].flow) * o->grid_ms;
            o->has_kb[step * TRACE_DOMS_MAX + i] =
                t->dom[i].floor_kb + (uint64_t)(arc[0].flow + arc[1].flow);
            o->moved_kb += (uint64_t)(arc[2].flow + arc[3].flow);
        }
}

static void begin(network *n, optimum *o, const trace *t)
{
    size_t rows = (t->nr_steps + t->grid - 1) / t->grid;

    *o = (optimum){.nr_steps = rows, .grid_ms = t->step_ms * t->grid};
    *n = (network){.t = t, .o = o};
    n->held = calloc(rows * TRACE_DOMS_MAX, sizeof(*n->held));
    o->has_kb = calloc(rows * TRACE_DOMS_MAX, sizeof(*o->has_kb));
    if (!n->held || !o->has_kb)
        abort();
    /* A way round in the network meets each arc once at most. */
    n->pays = (int64_t)(2 * rows * t->nr_doms + 1);
    build(n);
}

void optimum_find(optimum *o, const trace *t)
{
    network n;

    begin(&n, o, t);
    o->proven = flow_solve(&n.f) && flow_proven(&n.f);
    read_off(&n);
    flow_dispose(&n.f);
    free(n.held);
}

void optimum_dispose(optimum *o)
{
    free(o->has_kb);
    o->has_kb = NULL;
}

static void write_node(const flow *f, uint32_t node, FILE *file)
{
    const flow_arc *arc;
    bool any = false;

    for (arc = f->arc; arc < f->arc + f->nr_arcs; arc++)
        if (arc->from == node || arc->to == node) {
            fprintf(file, " %c a%td", arc->from == node ? '+' : '-',
                    arc - f->arc);
            any = true;
        }
    if (any)
        fprintf(file, " = %" PRId64 "\n", f->supply[node]);
}

void optimum_write(const trace *t, FILE *file)
{
    const flow_arc *arc;
    optimum o;
    network n;
    uint32_t node;

    begin(&n, &o, t);
    fprintf(file, "Minimize\n obj:");
    for (arc = n.f.arc; arc < n.f.arc + n.f.nr_arcs; arc++)
        if (arc->cost)
            fprintf(file, " %+" PRId64 " a%td\n", arc->cost, arc - n.f.arc);
    fprintf(file, "Subject To\n");
    for (node = 0; node < n.f.nr_nodes; node++)
        write_node(&n.f, node, file);
    fprintf(file, "Bounds\n");
    for (arc = n.f.arc; arc < n.f.arc + n.f.nr_arcs; arc++)
        fprintf(file, " 0 <= a%td <= %" PRId64 "\n", arc - n.f.arc, arc->room);
    fprintf(file, "End\n");
    flow_dispose(&n.f);
    free(n.held);
    optimum_dispose(&o);
}
