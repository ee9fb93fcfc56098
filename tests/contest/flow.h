/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Flows of least cost through a network, exact, in whole numbers; and a proof
 * of it that does not believe the solver.
 *
 *     flow_init; flow_add, flow_supply as often as needed; flow_solve;
 *     flow_proven; flow_dispose
 */
#ifndef XLMEM_CONTEST_FLOW_H
#define XLMEM_CONTEST_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct flow_arc {
    uint32_t from, to;
    int64_t room, cost; /* of a unit; cost may be negative */
    int64_t flow;
} flow_arc;

typedef struct flow {
    uint32_t nr_nodes;
    size_t nr_arcs, arcs_room;
    flow_arc *arc;
    int64_t *supply; /* of a node; what it takes is negative */
    int64_t *price;  /* of a node: the proof */
} flow;

void flow_init(flow *f, uint32_t nr_nodes);
void flow_dispose(flow *f);

/* Returns the number of the arc. */
size_t flow_add(flow *f, const flow_arc *arc);

/* Fill in the arcs' flows and the nodes' prices; false: there is no flow that
 * serves all supplies. */
bool flow_solve(flow *f);

/*
 * Whether the flows are flows - within every arc's room, nothing lost at any
 * node - and the prices show that none costs less: an arc that would pay at
 * these prices is full, one that would not is empty (complementary
 * slackness: Ahuja, Magnanti, Orlin, Network Flows, 1993, theorem 9.4).
 */
bool flow_proven(const flow *f);

int64_t flow_cost(const flow *f);

#endif /* XLMEM_CONTEST_FLOW_H */
