/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a decision asks of which domains, and that it is enough. */
#include "random_host.h"

#include "engine/guard/guard.h"
#include "model/account.h"
#include "private/backend.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

/* ------------------------------------------------------ what is enough --- */

/* What nodes say counts where the model says so, and nowhere else. */
static void nodes_that_are_not_asked_for_change_nothing(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 20000; run++) {
        xlmem_host host, bare;
        xlmem_dom dom, without;

        random_host(&host);
        bare = host;
        memset(&dom, 0, sizeof(dom));
        random_dom(&dom, test_between(0, 2));
        SOME(&dom, maxmem_kb, 0, 8000);
        SOME(&dom, dying, 0, 1);
        SOME(&dom, shutdown, 0, 1);
        SOME(&dom, outstanding_kb, 0, 1);
        without = dom;
        FORGET(&without, dynamic_min_kb);
        if (!xlmem__may_be_asked(&dom))
            assert_int_equal(xlmem_dom_give_kb(&dom), 0);
        assert_int_equal(xlmem_dom_give_kb(&without), 0);
        FORGET(&without, target_kb);
        FORGET(&without, static_max_kb);
        assert_true(xlmem__growth_kb(&host, &dom) ==
                    xlmem__growth_kb(&bare, &without));
        if (!xlmem__needs_target(&dom))
            assert_true(xlmem__coming_kb(&host, &dom) ==
                        xlmem__coming_kb(&bare, &without));
        free(dom.name);
        xlmem_host_dispose(&host);
    }
}

/* ------------------------------------------------------- who is asked --- */

enum who {
    DOM0,
    RUNS,
    DYING,
    NEVER_RAN,
    PAUSED,
    CLAIMS,
    BEHIND,
    GROWS,
    SAME_UUID,
    DEBTOR,
    NR_WHO
};

static const char *const uuids[NR_WHO] = {
    [SAME_UUID] = "22222222-2222-2222-2222-222222222222",
};

#define UUID "11111111-1111-1111-1111-111111111111"
#define DEBT                                                                  \
    "xlmem-reservation 2\nuuid 00000000-0000-0000-0000-000000000000\n"        \
    "need_kb 0\nstep 9 2097152 1048576\nend\n"
#define RESERVED                                                              \
    "xlmem-reservation 2\nuuid 22222222-2222-2222-2222-222222222222\n"        \
    "need_kb 1048576\norder 1\ngranted 1\nend\n"

/* What was asked, by domain; of pools when the books were read last. */
static xlmem_ask_answer pools[NR_WHO], nodes[NR_WHO];
static unsigned nr_nodes;

static void make_doms(xlmem_dom *doms)
{
    size_t i;

    for (i = 0; i < NR_WHO; i++) {
        xlmem_dom *dom = &doms[i];

        XLMEM_SET(dom, domid, i);
        XLMEM_SET(dom, vcpus, i != NEVER_RAN);
        XLMEM_SET(dom, tot_kb, GIB);
        XLMEM_SET(dom, maxmem_kb, GIB + MIB);
        XLMEM_SET(dom, outstanding_kb, i == CLAIMS ? MIB : 0);
        XLMEM_SET(dom, paused, i == PAUSED || i == NEVER_RAN);
        XLMEM_SET(dom, dying, i == DYING);
        XLMEM_SET(dom, shutdown, 0);
        if (uuids[i])
            memcpy(dom->uuid, uuids[i], sizeof(dom->uuid));
        else
            snprintf(dom->uuid, sizeof(dom->uuid),
                     "00000000-0000-0000-0000-%012u", (unsigned)i);
    }
    doms[NEVER_RAN].maxmem_kb = 2 * GIB;
    doms[BEHIND].tot_kb = GIB + 2 * MIB;
    doms[GROWS].maxmem_kb = 2 * GIB;
}

static int books_for(void *user, xlmem_host *host, const xlmem_ask *ask,
                     char *err, size_t err_len)
{
    size_t i;

    (void)user;
    (void)err;
    (void)err_len;
    host->doms = calloc(NR_WHO, sizeof(*host->doms));
    assert_non_null(host->doms);
    host->nr_doms = NR_WHO;
    make_doms(host->doms);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(host, total_kb, 64 * GIB);
    XLMEM_SET(host, free_kb, 4 * GIB);
    XLMEM_SET(host, outstanding_kb, MIB);
    for (i = 0; i < NR_WHO; i++)
        pools[i] = ask->of(ask->arg, &host->doms[i]);
    return 0;
}

static int nodes_for(void *user, xlmem_host *host, const xlmem_ask *ask,
                     char *err, size_t err_len)
{
    size_t i;

    (void)user;
    (void)err;
    (void)err_len;
    nr_nodes++;
    for (i = 0; i < NR_WHO; i++)
        nodes[i] = ask->of(ask->arg, &host->doms[i]);
    return 0;
}

/* Where the others are there these are not called. */
static int never(void *user, xlmem_host *host, char *err, size_t err_len)
{
    (void)user;
    (void)host;
    (void)err;
    (void)err_len;
    return XLMEM_ERROR_XEN;
}

static int lock(void *user, int64_t still_ms, int64_t total_ms, char *err,
                size_t err_len)
{
    (void)user;
    (void)still_ms;
    (void)total_ms;
    (void)err;
    (void)err_len;
    return 0;
}

static void unlock(void *user)
{
    (void)user;
}

static int each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                size_t err_len)
{
    int rc = fn(arg, "1-0", RESERVED, true, NULL);

    (void)user;
    (void)err;
    (void)err_len;
    return rc ? rc : fn(arg, "1-1", DEBT, false, NULL);
}

static int add(void *user, const char *text, void **entry_r, char *err,
               size_t err_len)
{
    (void)user;
    (void)text;
    (void)err;
    (void)err_len;
    *entry_r = &nr_nodes;
    return 0;
}

static int update(void *user, void *entry, const char *text, char *err,
                  size_t err_len)
{
    return add(user, text, &entry, err, err_len);
}

static void end(void *user, void *entry)
{
    (void)user;
    (void)entry;
}

static int sweep(void *user, const char *name, char *err, size_t err_len)
{
    (void)user;
    (void)name;
    (void)err;
    (void)err_len;
    return 0;
}

static int64_t now_ms(void *user)
{
    (void)user;
    return 1000;
}

static void sleep_ms(void *user, int64_t ms)
{
    (void)user;
    (void)ms;
}

static const xlmem_backend table = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "asked",
    .now_ms = now_ms,
    .read_books = never,
    .read_nodes = never,
    .sleep_ms = sleep_ms,
    .ledger_lock = lock,
    .ledger_unlock = unlock,
    .ledger_each = each,
    .ledger_add = add,
    .ledger_update = update,
    .ledger_drop = end,
    .ledger_leave = end,
    .ledger_sweep = sweep,
    .read_books_for = books_for,
    .read_nodes_for = nodes_for,
};

static void decide(uint64_t need_kb)
{
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    xlmem_policy policy;
    xlmem_ctx ctx = {0};

    XLMEM_SET(&request, need_kb, need_kb);
    xlmem_policy_init(&policy);
    policy.mode = XLMEM_MODE_WARN;
    nr_nodes = 0;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &table, NULL), 0);
    assert_int_equal(xlmem_guard(&ctx, &policy, &request, &verdict, &hold), 0);
    xlmem_hold_release(&ctx, hold, true);
}

static void what_fits_asks_few_pools_and_no_node(void **state)
{
    size_t i;

    (void)state;
    decide(MIB);
    assert_int_equal(nr_nodes, 0);
    for (i = 0; i < NR_WHO; i++)
        assert_int_equal(pools[i] != XLMEM_ASK_NOTHING,
                         i == DYING || i == NEVER_RAN || i == SAME_UUID);
}

static void what_is_short_asks_who_may_give_or_owe(void **state)
{
    static const xlmem_ask_answer expected[NR_WHO] = {
        [DOM0] = XLMEM_ASK_ALL,
        [RUNS] = XLMEM_ASK_IF_OPTED_IN,
        [DYING] = XLMEM_ASK_NOTHING,
        [NEVER_RAN] = XLMEM_ASK_ALL, /* it may grow */
        [PAUSED] = XLMEM_ASK_NOTHING,
        [CLAIMS] = XLMEM_ASK_NOTHING,
        [BEHIND] = XLMEM_ASK_ALL,
        [GROWS] = XLMEM_ASK_ALL,
        [SAME_UUID] = XLMEM_ASK_IF_OPTED_IN,
        [DEBTOR] = XLMEM_ASK_ALL,
    };
    size_t i;

    (void)state;
    decide(8 * GIB);
    assert_int_equal(nr_nodes, 1);
    for (i = 0; i < NR_WHO; i++)
        assert_int_equal(nodes[i], expected[i]);
}

TEST_GROUP(asked)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_that_are_not_asked_for_change_nothing),
        cmocka_unit_test(what_fits_asks_few_pools_and_no_node),
        cmocka_unit_test(what_is_short_asks_who_may_give_or_owe),
    };

    return test_run(tests, NULL, NULL);
}
