/* SPDX-License-Identifier: LGPL-2.1-only */
/* The example of docs/examples, on a simulated host: as it is meant, and with
 * each call of the backend table failing in turn, with each error. */
#include "sim.h"

#include "xlmem.h"

#define FLOOR_KB GIB
#define UUID "aaaaaaaa-0000-4000-8000-000000000001"

int start_domain(xlmem_ctx *ctx, const xlmem_policy *policy,
                 const xlmem_request *request);
int make_domain(uint64_t *domid_r);
int build_domain(uint64_t domid);
int is_wanted(void);

static sim host;
static sim_proc *me;
static sim_dom *built;

/* What EAGAIN, EIO, ENOSPC, E2BIG, ENOMEM, EACCES and a host that is gone
 * become in the backend. */
static const int errors[] = {
    XLMEM_ERROR_BUSY,  XLMEM_ERROR_IO,       XLMEM_ERROR_RANGE,
    XLMEM_ERROR_NOMEM, XLMEM_ERROR_PERM,     XLMEM_ERROR_XEN,
    XLMEM_ERROR_PARSE, XLMEM_ERROR_XENSTORE, XLMEM_ERROR_NOTFOUND};

/* The host as it was before, and this thread its only process. */
static void begin(void)
{
    sim_reseed(1);
    sim_init(&host, 64 * MIB + 4 * GIB, 2 * GIB);
    me = sim_add_proc(&host, NULL, NULL, -1);
    host.running = me->id;
    built = NULL;
}

static void finish(void)
{
    xlmem_ctx_free(me->ctx);
    pthread_cond_destroy(&me->turn);
    sim_dispose(&host);
}

static int patience; /* polls until it is not wanted any more */

int is_wanted(void)
{
    return patience-- > 0;
}

int make_domain(uint64_t *domid_r)
{
    built = sim_build(me, UUID, GIB);
    if (!built)
        return XLMEM_ERROR_XEN;
    *domid_r = built->domid;
    return 0;
}

int build_domain(uint64_t domid)
{
    return built && built->domid == domid ? 0 : XLMEM_ERROR_XEN;
}

static xlmem_policy enforce(void)
{
    return sim_policy(FLOOR_KB);
}

/* The example, asked for so much. */
static int example(const xlmem_policy *policy, uint64_t need_kb)
{
    xlmem_request *request = NULL;
    int rc;

    assert_int_equal(xlmem_request_alloc(&request), 0);
    assert_int_equal(xlmem_request_set_text(request, XLMEM_REQUEST_UUID, UUID),
                     0);
    assert_int_equal(
        xlmem_request_set(request, XLMEM_REQUEST_NEED_KB, need_kb), 0);
    built = NULL;
    rc = start_domain(me->ctx, policy, request);
    xlmem_request_free(request);
    return rc;
}

static void the_example_starts_what_fits(void **state)
{
    xlmem_policy policy = enforce();

    (void)state;
    begin();
    patience = 1000;
    assert_int_equal(example(&policy, GIB), 0);
    assert_non_null(built);
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(example(&policy, 8 * GIB), XLMEM_ERROR_INFEASIBLE);
    assert_null(built);
    assert_int_equal(sim_nr_entries(&host), 0);
    /* dom0 is asked, and nobody waits for what it gives. */
    patience = 1;
    assert_int_equal(example(&policy, GIB + 512 * MIB), XLMEM_ERROR_PENDING);
    assert_null(built);
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    finish();
}

/* A debt that could not be paid while calls failed is paid now, and nothing
 * else is left. */
static void check_nothing_is_left(const xlmem_policy *policy)
{
    int n;

    host.fail_at = 0;
    if (built)
        sim_destroy(&host, built);
    for (n = 0; n < 3; n++) {
        sim_pass(&host, 20000);
        assert_int_equal(xlmem_guard_repay(me->ctx, policy), 0);
    }
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(host.lock_owner, -1);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_true(host.least_dom0_target_kb >= FLOOR_KB);
    assert_true(host.least_free_kb >= 72 * MIB);
}

/* One create that needs a plan; its call @at fails with @error.  False when
 * there is no such call. */
static bool fail_one(uint64_t at, int error, bool builds)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_verdict verdict = {.need_kb = 4711};
    xlmem_hold *hold = NULL;
    bool reached;
    int rc;

    begin();
    host.fail_at = at;
    host.fail_with = error;
    XLMEM_SET(&request, need_kb, 2 * GIB + 512 * MIB);
    rc = xlmem_guard(me->ctx, &policy, &request, &verdict, &hold);
    assert_int_equal(!rc, hold != NULL);
    if (rc && rc != XLMEM_ERROR_NO_HEADROOM && rc != XLMEM_ERROR_INFEASIBLE &&
        rc != XLMEM_ERROR_TIMEDOUT)
        assert_int_equal(verdict.need_kb, 4711);
    else
        assert_int_equal(verdict.need_kb, 2 * GIB + 512 * MIB);
    if (!rc && builds)
        built = sim_build(me, UUID, 2 * GIB + 512 * MIB);
    if (!rc && builds)
        assert_non_null(built);
    xlmem_hold_release(me->ctx, hold, built != NULL);
    reached = host.nr_entered >= at;
    check_nothing_is_left(&policy);
    finish();
    return reached;
}

/* Before a create needs it; somebody who decides just now is no fault. */
static void a_ledger_that_cannot_be_used_is_told(void **state)
{
    static const struct {
        int error;
        bool told;
    } cases[] = {{XLMEM_ERROR_IO, true},
                 {XLMEM_ERROR_PERM, true},
                 {XLMEM_ERROR_BUSY, false}};
    char why[64] = "before";
    size_t i;

    (void)state;
    begin();
    assert_int_equal(xlmem_ledger_try(me->ctx, why, sizeof(why)), 0);
    assert_string_equal(why, "");
    assert_int_equal(host.lock_owner, -1);
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        host.fail_at = host.nr_entered + 1;
        host.fail_with = cases[i].error;
        assert_int_equal(xlmem_ledger_try(me->ctx, why, sizeof(why)),
                         cases[i].error);
        assert_int_equal(why[0] != '\0', cases[i].told);
    }
    finish();
}

static void each_call_may_fail_with_each_error(void **state)
{
    uint64_t at, nr = 0;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(errors); i++)
        for (at = 1; fail_one(at, errors[i], at & 1); at++)
            nr++;
    print_message("%llu failures\n", (unsigned long long)nr);
    assert_true(nr > 9 * 40);
}

/* What it had comes back after it was given up: the debt waits for that. */
static void destroyed_while_it_is_being_built(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    begin();
    XLMEM_SET(&request, need_kb, 2 * GIB + 512 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    built = sim_build(me, UUID, 2 * GIB);
    assert_non_null(built);
    sim_destroy(&host, built);
    xlmem_hold_release(me->ctx, hold, false);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    built = NULL;
    check_nothing_is_left(&policy);
    finish();
}

/* The id of the domain that was there before comes again: the reservation
 * counts beside its domain until it is bound to it. */
static void an_id_that_comes_again_counts_too_much(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_reservation *list;
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    sim_dom *dom;
    size_t nr;

    (void)state;
    begin();
    dom = sim_add_dom(&host, SIM_IDEAL, 256 * MIB);
    strcpy(dom->uuid, UUID);
    XLMEM_SET(&request, need_kb, 256 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    host.next_domid = dom->domid;
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
    dom = sim_build(me, UUID, 256 * MIB);
    assert_non_null(dom);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_false(XLMEM_KNOWS(&list[0], domid));
    free(list);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_true(XLMEM_KNOWS(&list[0], domid));
    free(list);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(sim_nr_entries(&host), 0);
    finish();
}

static size_t nr_lines;

static void no_control_characters(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    nr_lines++;
    for (; *text; text++)
        assert_true((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void names_are_said_without_their_escapes(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID,
                                   .name = "a\n<3>b\033[2J\rc\x7f"};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    begin();
    xlmem_ctx_set_log(me->ctx, no_control_characters, NULL);
    XLMEM_SET(&request, need_kb, MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(nr_lines > 0);
    xlmem_hold_release(me->ctx, hold, true);
    finish();
}

TEST_GROUP(faults)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_starts_what_fits),
        cmocka_unit_test(destroyed_while_it_is_being_built),
        cmocka_unit_test(an_id_that_comes_again_counts_too_much),
        cmocka_unit_test(names_are_said_without_their_escapes),
        cmocka_unit_test(a_ledger_that_cannot_be_used_is_told),
        cmocka_unit_test(each_call_may_fail_with_each_error),
    };

    return test_run(tests, NULL, NULL);
}
