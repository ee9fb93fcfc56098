/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The network simplex method (Ahuja, Magnanti, Orlin, Network Flows, 1993,
 * chapter 11).  A spanning tree holds the arcs that are neither empty nor
 * full.  An arc outside that would pay at the tree's prices enters; the cycle
 * that it closes is filled until an arc of it is full or empty, which leaves.
 *
 * The tree is strongly feasible: from every node something can be sent to the
 * root.  With the choice of the leaving arc in leave() it stays so, and the
 * method ends.  The root and an arc to it from every node are ours; their
 * cost is beyond that of any path.
 */
#include <stdlib.h>
#include <string.h>

#include "flow.h"

#define NONE UINT32_MAX

typedef struct tree {
    flow *f;
    uint32_t root;
    /* Of each node: its parent, the arc to it (up: from the node to the
     * parent), its children as a list, and how deep it is. */
    uint32_t *parent, *child, *next, *previous, *depth;
    size_t *arc;
    uint32_t *stack;
    uint8_t *in_tree; /* of each arc */
    size_t cursor;    /* where the search for an arc goes on */
} tree;

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void flow_init(flow *f, uint32_t nr_nodes)
{
    *f = (flow){.nr_nodes = nr_nodes};
    f->supply = need(calloc(nr_nodes + 1, sizeof(*f->supply)));
    f->price = need(calloc(nr_nodes + 1, sizeof(*f->price)));
}

void flow_dispose(flow *f)
{
    free(f->arc);
    free(f->supply);
    free(f->price);
}

size_t flow_add(flow *f, const flow_arc *arc)
{
    if (f->nr_arcs == f->arcs_room) {
        f->arcs_room = f->arcs_room ? 2 * f->arcs_room : 1024;
        f->arc = need(realloc(f->arc, f->arcs_room * sizeof(*f->arc)));
    }
    f->arc[f->nr_arcs] = *arc;
    f->arc[f->nr_arcs].flow = 0;
    return f->nr_arcs++;
}

static void hang(tree *t, uint32_t node, uint32_t parent, size_t arc)
{
    t->parent[node] = parent;
    t->arc[node] = arc;
    t->next[node] = t->child[parent];
    t->previous[node] = NONE;
    if (t->child[parent] != NONE)
        t->previous[t->child[parent]] = node;
    t->child[parent] = node;
}

static void cut(tree *t, uint32_t node)
{
    if (t->previous[node] != NONE)
        t->next[t->previous[node]] = t->next[node];
    else
        t->child[t->parent[node]] = t->next[node];
    if (t->next[node] != NONE)
        t->previous[t->next[node]] = t->previous[node];
}

/* Depths and prices of all below the node, whose parent's are right. */
static void settle(tree *t, uint32_t node)
{
    const flow_arc *arc;
    uint32_t child, nr = 0;

    t->stack[nr++] = node;
    while (nr) {
        node = t->stack[--nr];
        arc = &t->f->arc[t->arc[node]];
        t->depth[node] = t->depth[t->parent[node]] + 1;
        t->f->price[node] = t->f->price[t->parent[node]] +
                            (arc->from == node ? -arc->cost : arc->cost);
        for (child = t->child[node]; child != NONE; child = t->next[child])
            t->stack[nr++] = child;
    }
}

/* What a unit through the arc costs at the present prices. */
static int64_t reduced(const flow *f, const flow_arc *arc)
{
    return arc->cost + f->price[arc->from] - f->price[arc->to];
}

/* The arc of the next block that pays best, or nr_arcs: none pays. */
static size_t enter(tree *t)
{
    size_t block = 64, looked, seen = 0, best = t->f->nr_arcs;
    int64_t pays, most = 0;

    while (block * block < t->f->nr_arcs)
        block *= 2;
    for (looked = 0; looked < t->f->nr_arcs; looked++) {
        const flow_arc *arc = &t->f->arc[t->cursor];

        if (arc->room && !t->in_tree[t->cursor]) {
            pays = reduced(t->f, arc);
            pays = arc->flow ? pays : -pays;
            if (pays > most) {
                most = pays;
                best = t->cursor;
            }
        }
        t->cursor = t->cursor + 1 == t->f->nr_arcs ? 0 : t->cursor + 1;
        if (++seen >= block && most > 0)
            break;
        if (seen >= block)
            seen = 0;
    }
    return best;
}

/* How much more goes from the node to its parent, or from the parent. */
static int64_t slack(const tree *t, uint32_t node, bool upwards)
{
    const flow_arc *arc = &t->f->arc[t->arc[node]];

    return (arc->from == node) == upwards ? arc->room - arc->flow : arc->flow;
}

static void push(tree *t, uint32_t node, bool upwards, int64_t amount)
{
    flow_arc *arc = &t->f->arc[t->arc[node]];

    arc->flow += (arc->from == node) == upwards ? amount : -amount;
}

typedef struct cycle {
    uint32_t tail, head; /* what enters leads from tail to head */
    uint32_t apex;
    uint32_t leaving; /* the node whose arc to its parent leaves, or NONE */
    bool of_tail;     /* on the way from the apex to the tail */
    int64_t amount;
} cycle;

/*
 * The arc that leaves is the last that blocks, going round in the direction of
 * the flow from the apex: down to the tail, through what enters, up from the
 * head.
 */
static void leave(const tree *t, cycle *c)
{
    uint32_t a = c->tail, b = c->head;
    int64_t left;

    while (a != b)
        if (t->depth[a] >= t->depth[b])
            a = t->parent[a];
        else
            b = t->parent[b];
    c->apex = a;
    c->leaving = NONE;
    for (a = c->tail; a != c->apex; a = t->parent[a]) {
        left = slack(t, a, false);
        if (left < c->amount) {
            c->amount = left;
            c->leaving = a;
            c->of_tail = true;
        }
    }
    for (b = c->head; b != c->apex; b = t->parent[b]) {
        left = slack(t, b, true);
        if (left <= c->amount) {
            c->amount = left;
            c->leaving = b;
            c->of_tail = false;
        }
    }
}

/* What hung below the leaving arc hangs on the entering one: the way from
 * there up to the cut is turned round. */
static void turn(tree *t, const cycle *c, size_t entering)
{
    uint32_t node = c->of_tail ? c->tail : c->head;
    uint32_t parent = c->of_tail ? c->head : c->tail, up;
    size_t arc = entering, old;

    for (;;) {
        up = t->parent[node];
        old = t->arc[node];
        cut(t, node);
        hang(t, node, parent, arc);
        if (node == c->leaving)
            break;
        parent = node;
        arc = old;
        node = up;
    }
    t->in_tree[old] = 0;
    t->in_tree[entering] = 1;
    settle(t, c->of_tail ? c->tail : c->head);
}

static void pivot(tree *t, size_t entering)
{
    flow_arc *arc = &t->f->arc[entering];
    bool backwards = arc->flow != 0;
    cycle c = {
        .tail = backwards ? arc->to : arc->from,
        .head = backwards ? arc->from : arc->to,
        .amount = arc->room,
    };
    uint32_t node;

    leave(t, &c);
    for (node = c.tail; node != c.apex; node = t->parent[node])
        push(t, node, false, c.amount);
    for (node = c.head; node != c.apex; node = t->parent[node])
        push(t, node, true, c.amount);
    arc->flow += backwards ? -c.amount : c.amount;
    if (c.leaving != NONE)
        turn(t, &c, entering);
}

static void plant(tree *t, flow *f)
{
    size_t nr = f->nr_nodes + 1;
    uint32_t node;

    *t = (tree){.f = f, .root = f->nr_nodes};
    t->parent = need(calloc(nr, sizeof(*t->parent)));
    t->child = need(malloc(nr * sizeof(*t->child)));
    t->next = need(calloc(nr, sizeof(*t->next)));
    t->previous = need(calloc(nr, sizeof(*t->previous)));
    t->depth = need(calloc(nr, sizeof(*t->depth)));
    t->stack = need(calloc(nr, sizeof(*t->stack)));
    t->arc = need(calloc(nr, sizeof(*t->arc)));
    for (node = 0; node < nr; node++)
        t->child[node] = NONE;
    t->parent[t->root] = NONE;
}

/* An arc to or from the root for every node, beyond any price. */
static void root_all(tree *t, size_t nr_real)
{
    flow *f = t->f;
    int64_t beyond = 1;
    uint32_t node;
    size_t arc;

    for (arc = 0; arc < nr_real; arc++)
        beyond += llabs(f->arc[arc].cost);
    f->price[t->root] = 0;
    for (node = 0; node < f->nr_nodes; node++) {
        bool gives = f->supply[node] >= 0;

        arc = flow_add(f, &(flow_arc){.from = gives ? node : t->root,
                                      .to = gives ? t->root : node,
                                      .room = INT64_MAX / 4,
                                      .cost = beyond});
        f->arc[arc].flow = llabs(f->supply[node]);
        hang(t, node, t->root, arc);
        settle(t, node);
    }
    t->in_tree = need(calloc(f->nr_arcs, 1));
    memset(t->in_tree + nr_real, 1, f->nr_nodes);
}

static void fell(tree *t)
{
    free(t->parent);
    free(t->child);
    free(t->next);
    free(t->previous);
    free(t->depth);
    free(t->stack);
    free(t->arc);
    free(t->in_tree);
}

bool flow_solve(flow *f)
{
    size_t nr_real = f->nr_arcs, arc;
    bool ok = true;
    tree t;

    plant(&t, f);
    root_all(&t, nr_real);
    while ((arc = enter(&t)) != f->nr_arcs)
        pivot(&t, arc);
    for (arc = nr_real; arc < f->nr_arcs; arc++)
        ok = ok && !f->arc[arc].flow;
    f->nr_arcs = nr_real;
    fell(&t);
    return ok;
}

bool flow_proven(const flow *f)
{
    int64_t *left = need(calloc(f->nr_nodes, sizeof(*left)));
    const flow_arc *arc;
    uint32_t node;
    bool ok = true;
    int64_t pays;

    for (arc = f->arc; arc < f->arc + f->nr_arcs; arc++) {
        left[arc->from] -= arc->flow;
        left[arc->to] += arc->flow;
        pays = -reduced(f, arc);
        ok = ok && arc->flow >= 0 && arc->flow <= arc->room &&
             (pays <= 0 || arc->flow == arc->room) &&
             (pays >= 0 || arc->flow == 0);
    }
    for (node = 0; node < f->nr_nodes; node++)
        ok = ok && left[node] + f->supply[node] == 0;
    free(left);
    return ok;
}

int64_t flow_cost(const flow *f)
{
    int64_t sum = 0;
    size_t arc;

    for (arc = 0; arc < f->nr_arcs; arc++)
        sum += f->arc[arc].cost * f->arc[arc].flow;
    return sum;
}
