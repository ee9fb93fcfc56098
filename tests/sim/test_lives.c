/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What may become of a domain while somebody balances: its maximum is lowered,
 * its nodes cannot be written.
 */
#include "pair.h"

#include "engine/ctx.h"

static size_t nr_refused, nr_lines;
static bool refuses_poor;

/* ------------------------------------------------------ what is refused --- */

/* libxl sets no target above memory/static-max. */
static int set_target(void *user, uint64_t domid, uint64_t target_kb,
                      char *err, size_t err_len)
{
    if (domid == poor->domid && target_kb > poor->static_max_kb) {
        nr_refused++;
        return XLMEM_ERROR_XEN;
    }
    return sim_backend.set_target_kb(user, domid, target_kb, err, err_len);
}

static int node_write(void *user, const char *path, const char *value)
{
    char folder[64];

    snprintf(folder, sizeof(folder), "/local/domain/%llu/",
             (unsigned long long)poor->domid);
    return refuses_poor && !strncmp(path, folder, strlen(folder))
               ? XLMEM_ERROR_XENSTORE
               : sim_backend.node_write(user, path, value);
}

static void count_line(void *user, int level, const char *message)
{
    (void)user;
    (void)message;
    nr_lines += level >= XLMEM__WARN;
}

static void daemon_refused(sim_proc *p)
{
    xlmem_backend backend = sim_backend;

    backend.set_target_kb = set_target;
    backend.node_write = node_write;
    SIM_CHECK(!xlmem_ctx_set_backend(p->ctx, &backend, p));
    xlmem_ctx_set_log(p->ctx, count_line, p);
    balance_daemon(p);
}

static void run_refused(int64_t for_ms)
{
    nr_refused = nr_lines = 0;
    first = (reign){.from_ms = host.now_ms, .to_ms = host.now_ms + for_ms};
    sim_add_proc(&host, daemon_refused, &first, -1);
    sim_run(&host);
}

/* `xl mem-max` of a size below what dynamic-min says. */
static void a_floor_above_static_max_is_not_aimed_at(void **state)
{
    (void)state;
    set_up();
    host.total_kb -= 2 * GIB; /* no more than what is there is free */
    rich->tot_kb = rich->target_kb = GIB;
    rich->maxmem_kb = GIB + MIB;
    rich->dynamic_min_kb = GIB / 4;
    poor->static_max_kb = GIB;
    poor->dynamic_min_kb = 2 * GIB;
    poor->used_kb = GIB / 4;
    run_refused(MINUTES(30));
    SIM_CHECK(!nr_refused);
    SIM_CHECK(rich->target_kb == GIB);
    SIM_CHECK(poor->target_kb == GIB);
    check_end();
}

/* After 1, 2, 4 s and so on, up to ten minutes. */
static void nodes_that_cannot_be_written_are_told_of_ever_later(void **state)
{
    (void)state;
    set_up();
    refuses_poor = true;
    run_refused(MINUTES(60));
    SIM_CHECK(nr_lines >= 8);
    SIM_CHECK(nr_lines <= 16);
    SIM_CHECK(!poor->nodes[SIM_NODE_SIGNED][0]);
    SIM_CHECK(poor->target_kb == GIB);
    refuses_poor = false;
    run_refused(MINUTES(1));
    SIM_CHECK(is_served(poor));
    check_end();
}

TEST_GROUP(lives)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_floor_above_static_max_is_not_aimed_at),
        cmocka_unit_test(nodes_that_cannot_be_written_are_told_of_ever_later),
    };

    return test_run(tests, NULL, NULL);
}
