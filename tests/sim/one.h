/* SPDX-License-Identifier: LGPL-2.1-only */
/* A simulated host and one process, this thread: it never hands over. */
#ifndef XLMEM_SIM_ONE_H
#define XLMEM_SIM_ONE_H

#include "sim.h"

#define FLOOR_KB GIB
#define UUID "aaaaaaaa-0000-4000-8000-000000000001"

static sim host;
static sim_proc *me;

static inline int set_up(void **state)
{
    (void)state;
    sim_reseed(1);
    sim_init(&host, 64 * MIB + 4 * GIB, 2 * GIB);
    me = sim_add_proc(&host, NULL, NULL, -1);
    host.running = me->id;
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    xlmem_ctx_free(me->ctx);
    pthread_cond_destroy(&me->turn);
    sim_dispose(&host);
    return 0;
}

static inline xlmem_policy enforce(void)
{
    return sim_policy(FLOOR_KB);
}

static inline xlmem_guard_request need(uint64_t kb)
{
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};

    XLMEM_SET(&request, need_kb, kb);
    return request;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif /* XLMEM_SIM_ONE_H */
