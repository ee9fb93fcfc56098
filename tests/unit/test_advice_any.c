/* SPDX-License-Identifier: LGPL-2.1-only */
/* Advice on hosts at random, carried out. */
#include "sample_host.h"

#include "model/host.h"
#include "model/trial.h"
#include "private/dom0.h"

static xlmem_dom *find(sample *s, uint64_t domid)
{
    size_t i;

    for (i = 0; i < s->host.nr_doms; i++)
        if (s->doms[i].domid == domid)
            return &s->doms[i];
    fail_msg("advice names domain %llu, which is not there",
             (unsigned long long)domid);
    return NULL;
}

static void leave(sample *s, xlmem_dom *dom)
{
    s->host.free_kb += dom->tot_kb + dom->paging_kb;
    s->host.dom0.mem_available_kb +=
        554 + (dom->type == XLMEM_DOM_HVM ? 12 * MIB : 0);
    s->host.nr_doms--;
    memmove(dom, dom + 1,
            (size_t)(&s->doms[s->host.nr_doms] - dom) * sizeof(*dom));
}

static void give(sample *s, const xlmem_action *a)
{
    xlmem_dom *dom = find(s, a->domid);
    const uint64_t from_kb =
        a->domid ? dom->target_kb : s->host.dom0.balloon_target_kb;

    assert_int_equal(from_kb - a->to_kb, a->gives_kb);
    s->host.free_kb += a->gives_kb;
    dom->tot_kb -= a->gives_kb;
    if (a->domid) {
        dom->target_kb = a->to_kb;
        dom->maxmem_kb -= a->gives_kb;
        assert_true(a->to_kb >= dom->dynamic_min_kb);
    } else {
        s->host.dom0.balloon_target_kb = a->to_kb;
        s->host.dom0.mem_available_kb -= a->gives_kb;
        assert_true(a->to_kb >= s->policy.dom0_floor_kb);
    }
}

static void grow_dom0(sample *s, const xlmem_action *a)
{
    xlmem_dom0_request request = {.known = 0};
    xlmem_dom0_move move;
    xlmem_dom0 *dom0 = &s->host.dom0;

    XLMEM_SET(&request, size_kb, a->to_kb);
    assert_int_equal(xlmem_dom0_plan(&s->host, &s->policy, &request, &move),
                     0);
    s->host.free_kb -= a->gives_kb;
    dom0->mem_available_kb += a->gives_kb - move.price_kb;
    dom0->balloon_target_kb = dom0->balloon_current_kb = a->to_kb;
    find(s, 0)->tot_kb = a->to_kb;
}

static void release(sample *s, const char *id)
{
    size_t i;

    for (i = 0; i < s->host.nr_reservations; i++)
        if (!strcmp(s->reservations[i].id, id)) {
            s->reservations[i].need_kb = s->reservations[i].dom0_need_kb = 0;
            return;
        }
    fail_msg("advice names a reservation that is not there: %s", id);
}

static void carry_out(sample *s, const xlmem_action *a)
{
    xlmem_dom *dom;

    switch (a->kind) {
    case XLMEM_ACTION_RELEASE:
        release(s, a->id);
        break;
    case XLMEM_ACTION_DESTROY:
    case XLMEM_ACTION_SHUTDOWN:
        leave(s, find(s, a->domid));
        break;
    case XLMEM_ACTION_CAP:
        dom = find(s, a->domid);
        assert_true(a->to_kb >= dom->target_kb);
        dom->maxmem_kb =
            (a->to_kb > dom->tot_kb ? a->to_kb : dom->tot_kb) + MIB;
        break;
    case XLMEM_ACTION_TARGET:
        give(s, a);
        break;
    case XLMEM_ACTION_GROW:
        grow_dom0(s, a);
        break;
    }
}

/* A sample's pointers are its own. */
static void copy(sample *to, const sample *from)
{
    *to = *from;
    to->host.doms = to->doms;
    to->host.reservations = to->reservations;
}

static bool starts(const sample *s, const xlmem_question *q)
{
    xlmem_verdict verdict;

    return !xlmem_admit(&s->host, &s->policy, q->need_kb, q->dom0_need_kb,
                        &verdict) &&
           (!q->no_plan || !verdict.plan.nr_steps);
}

/* A real machine's: some HVM, some that may grow, one half-built, one that is
 * reserved for by hand. */
static void make_host(sample *s)
{
    uint64_t i, n = test_between(0, 7);

    sample_init(s, test_between(0, 3 * GIB));
    s->policy.dom0_floor_kb = test_between(1, 3 * GIB);
    XLMEM_SET(&s->host.dom0, balloon_current_kb, 2 * GIB);
    XLMEM_SET(&s->host.dom0, balloon_low_kb, test_between(0, GIB));
    XLMEM_SET(&s->host.dom0, balloon_high_kb, 0);
    XLMEM_SET(&s->host.dom0, mem_available_kb, test_between(0, 256 * MIB));
    if (test_between(0, 1))
        XLMEM_SET(&s->host.dom0, hotplug_unpopulated, 0);
    for (i = 1; i <= n; i++) {
        xlmem_dom *dom = add_dom(s, i, test_between(1, 2 * GIB) / 4 * 4);

        dom->type = (xlmem_dom_type)test_between(XLMEM_DOM_PV, XLMEM_DOM_HVM);
        XLMEM_SET(dom, vcpus, test_between(0, 3) ? test_between(1, 64) : 0);
        XLMEM_SET(dom, paging_kb, test_between(0, 32 * MIB));
        if (!test_between(0, 3))
            XLMEM_SET(dom, maxmem_kb, dom->tot_kb + test_between(0, GIB));
        if (!test_between(0, 3))
            XLMEM_SET(dom, paused, 1);
        if (!test_between(0, 3))
            XLMEM_SET(dom, dynamic_min_kb,
                      test_between(0, dom->tot_kb) / 4 * 4);
        if (!test_between(0, 9))
            XLMEM_SET(dom, dying, 1);
    }
    for (i = test_between(0, 2); i; i--) {
        xlmem_reservation *res = add_reservation(s, test_between(0, GIB));

        snprintf(res->id, sizeof(res->id), "4711-%u", (unsigned)i);
        if (test_between(0, 1))
            XLMEM_SET(res, left_ms, 1000);
        else if (n)
            XLMEM_SET(res, domid, test_between(1, n));
    }
}

static void check_cure(const sample *s, const xlmem_question *q,
                       const xlmem_cure *cure)
{
    sample then;
    size_t i;

    copy(&then, s);
    assert_in_range(cure->nr, 1, XLMEM_ACTIONS_MAX);
    for (i = 0; i < cure->nr; i++)
        carry_out(&then, &cure->actions[i]);
    if (!starts(&then, q))
        fail_msg("a cure of %zu actions is none", cure->nr);
}

static bool may_end(const sample *s, const xlmem_dom *dom)
{
    size_t i;

    for (i = 0; i < s->host.nr_reservations; i++)
        if (XLMEM_KNOWS(&s->reservations[i], domid) &&
            s->reservations[i].domid == dom->domid)
            return false;
    return dom->domid && !dom->dying;
}

/* The fewest domUs, by trying all sets of them; 0: no set helps. */
static unsigned fewest(const sample *s, const xlmem_question *q)
{
    const size_t nr = s->host.nr_doms;
    unsigned sets, least = 0;
    size_t i;

    for (sets = 1; sets < 1U << nr; sets++) {
        const unsigned members = (unsigned)__builtin_popcount(sets);
        bool ok = !least || members < least;
        sample then;

        copy(&then, s);
        for (i = nr; ok && i-- > 0;) {
            if (!(sets >> i & 1))
                continue;
            ok = may_end(s, &s->doms[i]);
            if (ok)
                leave(&then, &then.doms[i]);
        }
        if (ok && starts(&then, q))
            least = members;
    }
    return least;
}

static unsigned ends(const xlmem_cure *cure, bool *pure_r)
{
    unsigned nr = 0;
    size_t i;

    *pure_r = true;
    for (i = 0; i < cure->nr; i++) {
        nr += cure->actions[i].kind == XLMEM_ACTION_SHUTDOWN ||
              cure->actions[i].kind == XLMEM_ACTION_DESTROY;
        *pure_r = *pure_r && (cure->actions[i].kind == XLMEM_ACTION_SHUTDOWN ||
                              cure->actions[i].kind == XLMEM_ACTION_DESTROY ||
                              cure->actions[i].kind == XLMEM_ACTION_TARGET);
    }
    return nr;
}

/* Each is a cure; of those that end domUs one ends the fewest; and where none
 * is given no set of them would have helped. */
static void check_advice(const sample *s, const xlmem_question *q,
                         unsigned *cured)
{
    unsigned least = 0, best, nr;
    xlmem_advice advice;
    bool pure;
    size_t i;

    assert_int_equal(xlmem_advise(&s->host, &s->policy, q, &advice), 0);
    for (i = 0; i < advice.nr_cures; i++) {
        check_cure(s, q, &advice.cures[i]);
        nr = ends(&advice.cures[i], &pure);
        if (pure && nr && (!least || nr < least))
            least = nr;
    }
    *cured += advice.nr_cures != 0;
    if (starts(s, q) || q->no_plan)
        return;
    best = fewest(s, q);
    assert_int_equal(!best, !least);
    if (best <= 2)
        assert_int_equal(best, least);
    if (XLMEM_KNOWS(&advice, override_kb))
        assert_true(q->need_kb + advice.override_kb <= s->host.free_kb);
}

static void every_advice_is_a_cure(void **state)
{
    unsigned n, cured = 0;

    (void)state;
    test_seed();
    for (n = 0; n < 3000; n++) {
        xlmem_question q = {test_between(0, 8 * GIB),
                            test_between(0, 128 * MIB), NULL,
                            test_between(0, 3) == 0};
        sample s;

        make_host(&s);
        check_advice(&s, &q, &cured);
    }
    assert_true(cured > 300);
}

/* Headroom goes by one of them, and more may give than are asked. */
static void make_odd_host(sample *s)
{
    size_t i;

    make_host(s);
    for (i = 1; i < s->host.nr_doms && test_between(0, 1); i++) {
        XLMEM_SET(&s->doms[i], vcpus, test_between(1, 512));
        XLMEM_SET(&s->doms[i], dynamic_min_kb,
                  test_between(0, s->doms[i].tot_kb) / 4 * 4);
    }
}

/* Who is not tried would not have been enough. */
static void who_cannot_help_does_not(void **state)
{
    unsigned n, passed_over = 0;

    (void)state;
    for (n = 0; n < 3000; n++) {
        const xlmem_question q = {test_between(0, 8 * GIB),
                                  test_between(0, 128 * MIB), NULL,
                                  test_between(0, 1) == 0};
        const size_t room = test_between(0, 4);
        xlmem__trial t = {.question = &q,
                          .need_kb = q.need_kb,
                          .dom0_need_kb = q.dom0_need_kb,
                          .set = (xlmem__try)test_between(0, 1)};
        xlmem__limits limits;
        xlmem_action a;
        sample s;
        size_t i;

        make_odd_host(&s);
        t.was = &s.host;
        t.policy = s.policy;
        t.nr = s.host.nr_doms + s.host.nr_reservations;
        assert_int_equal(xlmem__host_borrow(&s.host, &t.host), 0);
        xlmem__promised_of(&s.host, &t.promised);
        xlmem__trial_fits(&t, room);
        xlmem__trial_limits(&t, room, &limits);
        for (i = 0; i < t.nr; i++) {
            const xlmem_host before = t.host;

            if (!xlmem__trial_action(&t, i, &a) ||
                xlmem__trial_may_help(&t, &limits, i, &a))
                continue;
            xlmem__trial_do(&t, i, &a);
            assert_false(xlmem__trial_fits(&t, room));
            xlmem__trial_undo(&t, i, &before);
            passed_over++;
        }
        xlmem__host_return(&t.host);
    }
    assert_true(passed_over > 1000);
}

/* Whatever a host is said to be, and to the last byte as it was. */
static void any_host_may_be_asked(void **state)
{
    unsigned n;

    (void)state;
    for (n = 0; n < 300; n++) {
        xlmem_question q = {test_magnitude(), test_magnitude(), NULL,
                            test_between(0, 1) == 0};
        char line[XLMEM_LINE_MAX];
        xlmem_advice advice;
        sample s, was;
        size_t i;

        random_sample(&s);
        memcpy(&was, &s, sizeof(s));
        assert_int_equal(xlmem_advise(&s.host, &s.policy, &q, &advice), 0);
        assert_memory_equal(&was, &s, sizeof(s));
        for (i = 0; xlmem_advice_line(&advice, &s.host, i, line, sizeof(line));
             i++)
            assert_true(line[0] >= 'A' && line[0] <= 'Z');
        assert_in_range(i, 0, XLMEM_CURES_MAX + 3);
    }
}

TEST_GROUP(advice_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_advice_is_a_cure),
        cmocka_unit_test(who_cannot_help_does_not),
        cmocka_unit_test(any_host_may_be_asked),
    };

    return test_run(tests, NULL, NULL);
}
