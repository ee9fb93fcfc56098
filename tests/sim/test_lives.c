/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What may become of a domain while somebody balances: it is paused, restored
 * or without a range in a move, its number is another one's, its maximum is
 * lowered, its nodes cannot be written; and of the ledger.
 */
#include "pair.h"

#include "engine/balance/monitor.h"

#define UUID "aaaaaaaa-0000-4000-8000-000000000001"

static sim_dom *const dom0 = &host.doms[0];

static size_t nr_refused, nr_lines;
static bool refuses_poor;
static int ledger_rc;

static uint64_t dom_fact(const sim_dom *dom, xlmem_monitor_dom_fact which)
{
    uint64_t value = 0;

    return xlmem_monitor_dom_get(first.monitor, dom->domid, which, &value)
               ? value
               : 0;
}

/* Rich is to give, and nobody else can. */
static void poor_needs_more(sim_proc *p)
{
    act_at(p, SECONDS(60));
    host.dom0_used_kb = GIB - 160 * MIB;
    sim_use(&host, poor, 3 * GIB);
}

/* So it is in the middle of that at @at_ms. */
static void rich_is_giving(sim_proc *p, int64_t at_ms)
{
    rich->temper = SIM_SLOW;
    poor_needs_more(p);
    act_at(p, at_ms);
    SIM_CHECK(rich->tot_kb > rich->target_kb + 64 * MIB);
}

/* ---------------------------------------------------- paused, or gone --- */

/* Its balloon rests in every second half of a minute. */
static bool rests(void)
{
    return host.now_ms / 30000 % 2;
}

static bool is_trusted(const sim_dom *dom)
{
    return dom_fact(dom, XLMEM_MONITOR_DOM_PART) == XLMEM_PART_TAKEN;
}

static void pause_in_a_move(sim_proc *p)
{
    int64_t ms = SECONDS(63);

    rich->temper = SIM_INTERMITTENT;
    poor_needs_more(p);
    for (act_at(p, ms); !rests(); ms += 1000)
        act_at(p, ms);
    for (; rests(); ms += 250)
        act_at(p, ms);
    sim_use(&host, poor, 3 * GIB + 512 * MIB);
    act_at(p, ms + SECONDS(1));
    SIM_CHECK(rich->tot_kb > rich->target_kb);
    sim_pause(&host, rich, true);
    for (ms += MINUTES(2); !rests(); ms += 1000)
        act_at(p, ms);
    sim_pause(&host, rich, false);
    sim_use(&host, rich, rich->used_kb + 8 * MIB);
    act_at(p, ms + SECONDS(4));
    SIM_CHECK(is_trusted(rich));
    act_at(p, ms + SECONDS(10));
    SIM_CHECK(!is_trusted(rich));
}

static void a_pause_is_no_time_that_it_stood_still(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, pause_in_a_move, NULL, -1);
    run_for(MINUTES(10));
    check_end();
}

static void end_in_a_move(sim_proc *p)
{
    rich_is_giving(p, SECONDS(63));
    SIM_CHECK(first.monitor->balloons.nr);
    sim_destroy(&host, rich);
    act_at(p, SECONDS(120));
    SIM_CHECK(is_served(poor));
    SIM_CHECK(!first.monitor->balloons.nr);
}

static void who_ends_in_a_move_is_forgotten(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, end_in_a_move, NULL, -1);
    run_for(MINUTES(3));
    check_end();
}

/* --------------------------------------------------- another's number --- */

/* Poor ends, and another one has its number before anybody has looked.  (Who
 * is restored under the number that he had, xl save -D, is who he was.) */
static void come_with_its_number(sim_proc *p)
{
    act_at(p, SECONDS(60));
    SIM_CHECK(dom_fact(poor, XLMEM_MONITOR_DOM_DEMAND_KB));
    poor->uuid[0]++;
    poor->word = SIM_SILENT;
    memset(poor->nodes, 0, sizeof(poor->nodes));
    poor->watched_memory = poor->watched_data = false;
    sim_fire_kind(&host, XLMEM_EVENT_RELEASED);
    sim_fire_kind(&host, XLMEM_EVENT_INTRODUCED);
    act_at(p, SECONDS(61));
    SIM_CHECK(!dom_fact(poor, XLMEM_MONITOR_DOM_DEMAND_KB));
    SIM_CHECK(poor->watched_memory && poor->watched_data);
    SIM_CHECK(poor->nodes[SIM_NODE_SIGNED][0]);
}

static void what_one_has_said_is_not_the_next_ones_word(void **state)
{
    (void)state;
    set_up();
    sim_add_proc(&host, come_with_its_number, NULL, -1);
    run_for(MINUTES(2));
    SIM_CHECK(!poor->nodes[SIM_NODE_PIN][0]);
    check_end();
}

/* ------------------------------------------------- dom0 stands still --- */

static void fill_dom0(void)
{
    host.dom0_used_kb = GIB - 16 * MIB;
    sim_fire_kind(&host, XLMEM_EVENT_PRESSURE);
}

static void stall_dom0_in_a_move(sim_proc *p)
{
    dom0->temper = SIM_STUCK;
    act_at(p, SECONDS(60));
    sim_use(&host, poor, 4 * GIB);
    act_at(p, SECONDS(70));
    SIM_CHECK(dom0->target_kb < dom0->tot_kb);
    fill_dom0();
    act_at(p, SECONDS(72));
    SIM_CHECK(dom0->target_kb > dom0->tot_kb);
    dom0->temper = SIM_IDEAL;
    act_at(p, SECONDS(80));
    SIM_CHECK(sim_available_kb(&host) >= RESERVE_KB);
}

static void dom0_that_stands_still_and_fills_is_helped(void **state)
{
    (void)state;
    set_up();
    host.dom0_used_kb = GIB / 4;
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, stall_dom0_in_a_move, NULL, -1);
    run_for(MINUTES(2));
    check_end();
}

static void set_least(sim_dom *dom, uint64_t kb)
{
    dom->dynamic_min_kb = kb;
    sim_fire(&host, dom, "memory/dynamic-min");
}

/* A create asks dom0 alone, which does not follow, and is refused: the target
 * is put back. */
static void ask_dom0_in_vain(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    act_at(p, SECONDS(60));
    dom0->temper = SIM_STUCK;
    XLMEM_SET(&request, need_kb, GIB / 4);
    SIM_CHECK(xlmem_guard(p->ctx, &policy, &request, &verdict, &hold) ==
              XLMEM_ERROR_NO_HEADROOM);
    SIM_CHECK(host.now_ms > first.from_ms + SECONDS(65));
    SIM_CHECK(host.least_dom0_target_kb < dom0->target_kb);
    SIM_CHECK(dom0->target_kb == dom0->tot_kb);
    dom0->temper = SIM_IDEAL;
}

static void fill_dom0_after_that(sim_proc *p)
{
    ask_dom0_in_vain(p);
    act_at(p, MINUTES(5));
    SIM_CHECK(is_trusted(dom0));
    set_least(rich, GIB);
    fill_dom0();
    act_at(p, MINUTES(5) + SECONDS(10));
    SIM_CHECK(sim_available_kb(&host) >= RESERVE_KB);
}

static void dom0_that_once_stood_still_is_helped(void **state)
{
    (void)state;
    set_up();
    host.dom0_used_kb = GIB / 4;
    rich->dynamic_min_kb = 3 * GIB;
    poor->dynamic_min_kb = GIB;
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, fill_dom0_after_that, NULL, -1);
    run_for(MINUTES(6));
    check_end();
}

/* ------------------------------------------ another, or as good as one --- */

/* It is saved while it gives, and restored: another number, the same uuid, all
 * nodes written anew, and more than its target (xl by itself does not restore
 * that; with the guard it does). */
static void restore_in_a_move(sim_proc *p)
{
    const char *uuid = "00000000-0000-4000-8000-00000000000a";
    uint64_t had_kb, target_kb;

    snprintf(rich->uuid, sizeof(rich->uuid), "%s", uuid);
    rich_is_giving(p, SECONDS(63));
    had_kb = rich->tot_kb;
    target_kb = rich->target_kb;
    sim_pause(&host, rich, true);
    act_at(p, SECONDS(65));
    SIM_CHECK(rich->target_kb == target_kb);
    sim_destroy(&host, rich);
    act_at(p, SECONDS(65) + 310); /* before anybody else has that */
    rich = sim_add_party(&host, SIM_IDEAL, GIB, had_kb, 4 * GIB);
    snprintf(rich->uuid, sizeof(rich->uuid), "%s", uuid);
    sim_mem_set(rich, target_kb);
    rich->used_kb = GIB / 2;
}

static void who_is_restored_in_a_move_is_taken_as_he_is(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, restore_in_a_move, NULL, -1);
    run_for(MINUTES(5));
    SIM_CHECK(!rich->nodes[SIM_NODE_PIN][0]);
    SIM_CHECK(rich->tot_kb == rich->target_kb);
    SIM_CHECK(rich->target_kb < 2 * GIB);
    SIM_CHECK(is_served(poor));
    check_end();
}

/* `xl memguard set`, or whoever writes nodes: it takes no part any more.  What
 * it has been asked for it still gives. */
static void take_its_range(sim_proc *p)
{
    uint64_t target_kb;

    rich_is_giving(p, SECONDS(63));
    target_kb = rich->target_kb;
    rich->dynamic_min_kb = 0;
    sim_fire(&host, rich, "memory/dynamic-min");
    act_at(p, MINUTES(4));
    SIM_CHECK(dom_fact(rich, XLMEM_MONITOR_DOM_PART) == XLMEM_PART_NO_RANGE);
    SIM_CHECK(rich->target_kb == target_kb);
    SIM_CHECK(rich->tot_kb == target_kb);
    rich->dynamic_min_kb = GIB;
    sim_fire(&host, rich, "memory/dynamic-min");
}

static void without_a_range_in_a_move_it_stays_where_it_is(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, take_its_range, NULL, -1);
    run_for(MINUTES(8));
    SIM_CHECK(!rich->nodes[SIM_NODE_PIN][0]);
    SIM_CHECK(balance_serves_one(poor));
    check_end();
}

/* ----------------------------------------------------- what is refused --- */

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

static int ledger_each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                       size_t err_len)
{
    const int rc = sim_backend.ledger_each(user, fn, arg, err, err_len);

    return rc ? rc : ledger_rc;
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
    backend.ledger_each = ledger_each;
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

/* ---------------------------------------------------------- the ledger --- */

/* Nothing is moved that cannot be decided with what others have promised. */
static void ledger_goes(sim_proc *p)
{
    size_t nr_moves;

    rich_is_giving(p, SECONDS(62));
    ledger_rc = XLMEM_ERROR_IO;
    nr_moves = host.nr_moves;
    nr_lines = 0;
    act_at(p, MINUTES(31));
    SIM_CHECK(host.nr_moves == nr_moves);
    SIM_CHECK(nr_lines <= 70);
    SIM_CHECK(nr_lines >= 55); /* each 30 s, and sooner at first */
    ledger_rc = 0;
}

static void a_ledger_that_is_out_of_reach_ends_a_move_for_a_while(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, ledger_goes, NULL, -1);
    run_refused(MINUTES(33));
    SIM_CHECK(is_served(poor));
    check_end();
}

/* Of somebody who died: it reserves nothing, and is said once. */
static void an_entry_that_is_garbage_stops_nobody(void **state)
{
    (void)state;
    set_up();
    host.ledger[0] = (sim_entry){.used = true, .owner = -1, .nr = 1};
    snprintf(host.ledger[0].text, sizeof(host.ledger[0].text),
             "reserve 1\377");
    run_refused(MINUTES(30));
    SIM_CHECK(is_served(poor));
    SIM_CHECK(nr_lines == 1);
    check_end();
}

TEST_GROUP(lives)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_is_no_time_that_it_stood_still),
        cmocka_unit_test(who_ends_in_a_move_is_forgotten),
        cmocka_unit_test(what_one_has_said_is_not_the_next_ones_word),
        cmocka_unit_test(dom0_that_stands_still_and_fills_is_helped),
        cmocka_unit_test(dom0_that_once_stood_still_is_helped),
        cmocka_unit_test(who_is_restored_in_a_move_is_taken_as_he_is),
        cmocka_unit_test(without_a_range_in_a_move_it_stays_where_it_is),
        cmocka_unit_test(
            a_ledger_that_is_out_of_reach_ends_a_move_for_a_while),
        cmocka_unit_test(an_entry_that_is_garbage_stops_nobody),
        cmocka_unit_test(a_floor_above_static_max_is_not_aimed_at),
        cmocka_unit_test(nodes_that_cannot_be_written_are_told_of_ever_later),
    };

    return test_run(tests, NULL, NULL);
}
