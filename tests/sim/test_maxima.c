/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a plan took with a target beside memory, and how what is owed is paid:
 * maxima, and entries that are more than one round can carry. */
#include "one.h"

static int maximum_error;
static unsigned nr_maxima_set;

static int set_maximum(void *user, uint64_t domid, uint64_t kb, char *err,
                       size_t err_len)
{
    nr_maxima_set++;
    return maximum_error
               ? maximum_error
               : sim_backend.set_maximum_kb(user, domid, kb, err, err_len);
}

static int watch_maxima(void **state)
{
    xlmem_backend backend = sim_backend;
    int rc = set_up(state);

    maximum_error = 0;
    nr_maxima_set = 0;
    backend.set_maximum_kb = set_maximum;
    return rc ? rc : xlmem_ctx_set_backend(me->ctx, &backend, me);
}

static void put_entry(size_t at, const char *lines)
{
    sim_entry *entry = &host.ledger[at];

    *entry = (sim_entry){.used = true, .owner = -1, .nr = 1000 + (unsigned)at};
    snprintf(entry->text, sizeof(entry->text),
             "xlmem-reservation 2\n"
             "uuid 00000000-0000-0000-0000-000000000000\n"
             "need_kb 0\n%send\n",
             lines);
}

/* All of dom0's target was given back, and whoever did was killed before he
 * gave back its maximum; then Xen does not take that twice. */
static void a_maximum_that_is_not_taken_stays_owed(void **state)
{
    const xlmem_policy policy = enforce();
    char lines[128];
    unsigned i;

    (void)state;
    snprintf(lines, sizeof(lines), "step 0 %llu %llu\nmaximum 0 %llu\n",
             (unsigned long long)(2 * GIB),
             (unsigned long long)(2 * GIB - 300 * MIB),
             (unsigned long long)XLMEM_NO_MAXMEM_KB);
    put_entry(0, lines);
    sim_mem_set(&host.doms[0], 2 * GIB);
    maximum_error = XLMEM_ERROR_XEN;
    for (i = 1; i <= 2; i++) {
        xlmem_guard_repay(me->ctx, &policy);
        assert_int_equal(nr_maxima_set, i);
        assert_int_equal(sim_nr_entries(&host), 1);
    }
    maximum_error = 0;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* The same, and before it is tried again a plan takes of that target: the
 * ceiling it finds is that of the target, and nothing to be written. */
static void and_so_it_does_when_a_plan_takes_again(void **state)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = need(2 * GIB + 256 * MIB);
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    char lines[128];

    (void)state;
    snprintf(lines, sizeof(lines), "step 0 %llu %llu\nmaximum 0 %llu\n",
             (unsigned long long)(2 * GIB),
             (unsigned long long)(2 * GIB - 300 * MIB),
             (unsigned long long)XLMEM_NO_MAXMEM_KB);
    put_entry(SIM_ENTRIES - 1, lines);
    sim_mem_set(&host.doms[0], 2 * GIB);
    maximum_error = XLMEM_ERROR_XEN;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    maximum_error = 0;
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Two plans took of dom0 before its kernel heard of the first. */
static void pay_what_is_unheard(void)
{
    const xlmem_policy policy = enforce();
    char lines[128];

    snprintf(lines, sizeof(lines), "step 0 %llu %llu\nmaximum 0 %llu\n",
             (unsigned long long)(2 * GIB),
             (unsigned long long)(2 * GIB - 300 * MIB),
             (unsigned long long)XLMEM_NO_MAXMEM_KB);
    put_entry(0, lines);
    snprintf(lines, sizeof(lines), "step 0 %llu %llu\n",
             (unsigned long long)(2 * GIB - 300 * MIB),
             (unsigned long long)(2 * GIB - 500 * MIB));
    put_entry(1, lines);
    sim_mem_set(&host.doms[0], 2 * GIB - 500 * MIB);
    host.dom0_shows_kb = 2 * GIB;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void what_dom0_shows_yet_is_no_payment(void **state)
{
    (void)state;
    pay_what_is_unheard();
}

/* It holds nearly all of it still: that costs nothing, and little is to be
 * had. */
static void and_is_paid_on_a_full_host(void **state)
{
    (void)state;
    sim_add_dom(&host, SIM_IDEAL, sim_free_kb(&host) - 100 * MIB);
    pay_what_is_unheard();
}

/* A create takes of a domU of 512 MiB, and is given up. */
static void borrow_of_one(uint64_t static_max_kb)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);

    dom->static_max_kb = static_max_kb;
    policy.dom0_floor_kb = 2 * GIB;
    request = need(sim_free_kb(&host) - 72 * MIB + 100 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_in_range(dom->target_kb, 256 * MIB, 412 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(dom->target_kb, 512 * MIB);
    assert_int_equal(dom->maxmem_kb, 513 * MIB);
    assert_int_equal(dom->static_max_kb, static_max_kb);
    assert_int_equal(nr_maxima_set, 0);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* memory=512 maxmem=1024: libxl keeps Xen's ceiling at the target and 1 MiB,
 * and that comes back with the target.  To set it would make the 1024 MiB 513.
 */
static void a_ceiling_that_follows_the_target_is_not_given_back(void **state)
{
    (void)state;
    borrow_of_one(GIB);
}

static void nor_is_one_above_static_max(void **state)
{
    (void)state;
    borrow_of_one(512 * MIB);
}

/* stdvga's: libxl_create.c */
#define VIDEO_KB (16 * MIB)

/* An HVM domU whose balloon runs. */
static sim_dom *add_hvm(uint64_t kb, uint64_t static_max_kb)
{
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, kb);

    dom->static_max_kb = static_max_kb - VIDEO_KB;
    sim_make_hvm(&host, dom, VIDEO_KB);
    dom->boots_at = 0;
    dom->tot_kb = dom->target_kb;
    sim_mem_set(dom, dom->target_kb);
    return dom;
}

/* Nor is one with video RAM below it that the domain does not have: a newer
 * Linux counts that against its target. */
static void nor_is_one_with_video_ram(void **state)
{
    const xlmem_policy policy = enforce();
    sim_dom *dom = add_hvm(512 * MIB, GIB);
    xlmem_guard_request request;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    host.dom0_used_kb = 2 * GIB - 32 * MIB; /* it gives nothing */
    request = need(sim_free_kb(&host) - 72 * MIB - VIDEO_KB);
    XLMEM_SET(&request, dom0_need_kb, 0);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(dom->target_kb < 512 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(dom->target_kb, 512 * MIB);
    assert_int_equal(dom->maxmem_kb, 512 * MIB + VIDEO_KB + MIB);
    assert_int_equal(dom->static_max_kb, GIB);
    assert_int_equal(nr_maxima_set, 0);
}

/* Of what it was asked for a domU has still some, and nothing is usable: its
 * target is raised so far that it may keep that, and take nothing. */
static void what_is_kept_is_paid_and_no_video_ram_beside(void **state)
{
    const xlmem_policy policy = enforce();
    sim_dom *dom = add_hvm(512 * MIB, GIB);
    char lines[128];

    (void)state;
    snprintf(lines, sizeof(lines), "step %llu %llu %llu\n",
             (unsigned long long)dom->domid, (unsigned long long)(512 * MIB),
             (unsigned long long)(112 * MIB));
    put_entry(0, lines);
    dom->temper = SIM_STUCK;
    dom->tot_kb = 200 * MIB;
    sim_mem_set(dom, 112 * MIB);
    host.total_kb -= sim_free_kb(&host) - 72 * MIB;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(dom->maxmem_kb, dom->tot_kb);
    assert_int_equal(dom->target_kb, 200 * MIB - VIDEO_KB - MIB);
    assert_int_equal(sim_nr_entries(&host), 1);
}

#define NR_EACH (XLMEM_STEPS_MAX / 2 + 1)

/* The debts of NR_EACH domains from @first on, of 5 MiB each. */
static void put_debts(size_t at, uint64_t first)
{
    char lines[3072] = "";
    size_t len = 0;
    uint64_t i;

    for (i = first; i < first + NR_EACH; i++)
        len += (size_t)snprintf(lines + len, sizeof(lines) - len,
                                "step %llu %llu %llu\n", (unsigned long long)i,
                                (unsigned long long)(25 * MIB),
                                (unsigned long long)(20 * MIB));
    put_entry(at, lines);
}

static unsigned nr_paid(uint64_t first)
{
    unsigned i, nr = 0;

    for (i = 0; i < SIM_DOMS; i++)
        nr += host.doms[i].used && host.doms[i].domid >= first &&
              host.doms[i].domid < first + NR_EACH &&
              host.doms[i].target_kb == 25 * MIB;
    return nr;
}

/* There is memory for all, and room for the steps of one and a half: the half
 * is left for another time, and nothing of it is paid. */
static void an_entry_is_paid_as_a_whole(void **state)
{
    const xlmem_policy policy = enforce();
    unsigned i;

    (void)state;
    for (i = 0; i < 2 * NR_EACH; i++)
        sim_add_dom(&host, SIM_IDEAL, 20 * MIB);
    put_debts(0, 1);
    put_debts(1, 1 + NR_EACH);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(nr_paid(1), NR_EACH);
    assert_int_equal(nr_paid(1 + NR_EACH), 0);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(nr_paid(1), NR_EACH);
    assert_int_equal(nr_paid(1 + NR_EACH), NR_EACH);
    assert_int_equal(sim_nr_entries(&host), 0);
}

#define WATCHED(f) cmocka_unit_test_setup_teardown(f, watch_maxima, tear_down)

TEST_GROUP(maxima)
{
    const struct CMUnitTest tests[] = {
        WATCHED(a_maximum_that_is_not_taken_stays_owed),
        WATCHED(and_so_it_does_when_a_plan_takes_again),
        WATCHED(what_dom0_shows_yet_is_no_payment),
        WATCHED(and_is_paid_on_a_full_host),
        WATCHED(a_ceiling_that_follows_the_target_is_not_given_back),
        WATCHED(nor_is_one_above_static_max),
        WATCHED(nor_is_one_with_video_ram),
        WATCHED(what_is_kept_is_paid_and_no_video_ram_beside),
        WATCHED(an_entry_is_paid_as_a_whole),
    };

    return test_run(tests, NULL, NULL);
}
