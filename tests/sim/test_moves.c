/* SPDX-License-Identifier: LGPL-2.1-only */
/* What somebody who balances counts as moved: what was, and nothing else. */
#include "pair.h"

#define UUID "aaaaaaaa-0000-4000-8000-000000000001"

/* The daemon's calls, some of which fail for a time. */
static bool ledger_is_full, rich_is_refused;
static size_t nr_refused;

static int add(void *user, const char *text, void **entry_r, char *err,
               size_t err_len)
{
    return ledger_is_full
               ? XLMEM_ERROR_IO
               : sim_backend.ledger_add(user, text, entry_r, err, err_len);
}

static int update(void *user, void *entry, const char *text, char *err,
                  size_t err_len)
{
    return ledger_is_full
               ? XLMEM_ERROR_IO
               : sim_backend.ledger_update(user, entry, text, err, err_len);
}

static int set_target(void *user, uint64_t domid, uint64_t target_kb,
                      char *err, size_t err_len)
{
    if (rich_is_refused && domid == rich->domid) {
        nr_refused++;
        return XLMEM_ERROR_XEN;
    }
    return sim_backend.set_target_kb(user, domid, target_kb, err, err_len);
}

static void daemon_that_fails(sim_proc *p)
{
    xlmem_backend backend = sim_backend;

    backend.ledger_add = add;
    backend.ledger_update = update;
    backend.set_target_kb = set_target;
    SIM_CHECK(!xlmem_ctx_set_backend(p->ctx, &backend, p));
    balance_daemon(p);
}

static void run_failing(void (*script)(sim_proc *), int64_t for_ms)
{
    first = (reign){.from_ms = host.now_ms, .to_ms = host.now_ms + for_ms};
    sim_add_proc(&host, daemon_that_fails, &first, -1);
    sim_add_proc(&host, script, NULL, -1);
    sim_run(&host);
}

static uint64_t fact(xlmem_monitor_fact which)
{
    uint64_t value = 0;

    SIM_CHECK(xlmem_monitor_get(first.monitor, which, &value));
    return value;
}

/* Poor is served when it is over, at once: nothing was charged to anybody. */
static void check_served_soon(sim_proc *p)
{
    const int64_t now_ms = host.now_ms - first.from_ms;

    SIM_CHECK(!is_served(poor));
    SIM_CHECK(first.nr_failures);
    ledger_is_full = rich_is_refused = false;
    act_at(p, now_ms + SECONDS(90));
    SIM_CHECK(is_served(poor));
    SIM_CHECK(fact(XLMEM_MONITOR_NR_MOVES) >= 2);
}

/* A create has taken of the rich one, and lasts: who moves that writes it
 * down. */
static void fill_ledger(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    uint64_t moves, moved_kb, rich_kb;

    act_at(p, SECONDS(60));
    host.dom0_used_kb = FLOOR_KB; /* it gives nothing */
    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    act_at(p, SECONDS(120));
    ledger_is_full = true;
    moves = fact(XLMEM_MONITOR_NR_MOVES);
    moved_kb = fact(XLMEM_MONITOR_MOVED_KB);
    rich_kb = rich->target_kb;
    SIM_CHECK(rich_kb < 3 * GIB);
    sim_use(&host, poor, poor->tot_kb + 256 * MIB);
    act_at(p, SECONDS(180));
    SIM_CHECK(rich->target_kb == rich_kb);
    SIM_CHECK(fact(XLMEM_MONITOR_NR_MOVES) == moves);
    SIM_CHECK(fact(XLMEM_MONITOR_MOVED_KB) == moved_kb);
    check_served_soon(p);
    xlmem_hold_release(p->ctx, hold, false);
}

static void what_cannot_be_written_down_has_not_moved(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    run_failing(fill_ledger, SECONDS(300));
    check_end();
}

static void refuse_rich(sim_proc *p)
{
    act_at(p, SECONDS(60));
    SIM_CHECK(rich->target_kb == 3 * GIB);
    SIM_CHECK(fact(XLMEM_MONITOR_NR_MOVES) == host.nr_moves);
    SIM_CHECK(fact(XLMEM_MONITOR_MOVED_KB) == host.moved_kb);
    check_served_soon(p);
}

static void nor_has_who_is_refused(void **state)
{
    (void)state;
    set_up();
    rich_is_refused = true;
    poor->used_kb = GIB + 512 * MIB;
    run_failing(refuse_rich, SECONDS(200));
    check_end();
}

/* Each try is a line in the log: 1, 2, 4 s and so on behind each other. */
static void stay_refused(sim_proc *p)
{
    act_at(p, MINUTES(30));
    SIM_CHECK(nr_refused >= 8);
    SIM_CHECK(nr_refused <= 12);
    SIM_CHECK(rich->target_kb == 3 * GIB);
    rich_is_refused = false;
}

static void who_is_refused_is_tried_ever_later(void **state)
{
    (void)state;
    set_up();
    rich_is_refused = true;
    nr_refused = 0;
    poor->used_kb = GIB + 512 * MIB;
    run_failing(stay_refused, MINUTES(60));
    SIM_CHECK(is_served(poor));
    check_end();
}

TEST_GROUP(moves)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_written_down_has_not_moved),
        cmocka_unit_test(nor_has_who_is_refused),
        cmocka_unit_test(who_is_refused_is_tried_ever_later),
    };

    return test_run(tests, NULL, NULL);
}
