/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domU that is here already when its file is judged; whose targets a plan
 * lowered. */
#include "sample_host.h"

#include "private/advice.h"

#define UUID "11111111-0000-4000-8000-00000000000a"
#define OTHER "22222222-0000-4000-8000-000000000002"

/* As exact as a need is (docs/design/truth.md). */
#define ROUGH_KB 128

static xlmem_dom *add_named(sample *s, uint64_t domid, uint64_t kb,
                            const char *name, const char *uuid)
{
    xlmem_dom *dom = add_dom(s, domid, kb);

    dom->name = (char *)(uintptr_t)name;
    strcpy(dom->uuid, uuid);
    return dom;
}

static xlmem_domu domu_of(const char *name, const char *uuid)
{
    xlmem_domu domu = {.request = {.type = XLMEM_DOM_PVH}};

    strcpy(domu.name, name);
    strcpy(domu.uuid, uuid);
    return domu;
}

static uint64_t found(const sample *s, const char *name, const char *uuid,
                      bool *refused_r)
{
    const xlmem_domu domu = domu_of(name, uuid);
    const xlmem_dom *dom = xlmem_find_running(&s->host, &domu, refused_r);

    return dom ? dom->domid : 0;
}

/* "web1" and "bot1", as long, in Cyrillic. */
#define WEB1                                                                  \
    "\xd0\xb2\xd0\xb5\xd0\xb1"                                                \
    "1"
#define BOT1                                                                  \
    "\xd0\xb1\xd0\xbe\xd1\x82"                                                \
    "1"

/* ------------------------------------------------------------- finding --- */

static void names_of_one_length_are_two(void **state)
{
    bool refused = true;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    add_named(&s, 3, GIB, WEB1, UUID);
    assert_int_equal(found(&s, BOT1, "", &refused), 0);
    assert_false(refused);
    assert_int_equal(found(&s, WEB1, "", &refused), 3);
}

static void what_has_its_name_is_refused(void **state)
{
    bool refused = true;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    add_named(&s, 3, GIB, "web", UUID);
    add_named(&s, 4, GIB, "db", OTHER);
    assert_int_equal(found(&s, "mail", "", &refused), 0);
    assert_false(refused);
    assert_int_equal(found(&s, "", "", &refused), 0);
    assert_false(refused);
    assert_int_equal(found(&s, "db", UUID, &refused), 4);
    assert_true(refused);
    assert_int_equal(found(&s, "Domain-0", "", &refused), 0);
    /* One that is kept after its end has its name; a zombie has none. */
    XLMEM_SET(&s.doms[2], shutdown, 1);
    assert_int_equal(found(&s, "db", "", &refused), 4);
    assert_true(refused);
    XLMEM_SET(&s.doms[2], dying, 1);
    assert_int_equal(found(&s, "db", "", &refused), 0);
    assert_false(refused);
}

static void a_uuid_alone_refuses_nothing(void **state)
{
    bool refused = true;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    add_named(&s, 3, GIB, "web", UUID);
    assert_int_equal(
        found(&s, "copy", "11111111-0000-4000-8000-00000000000A", &refused),
        3);
    assert_false(refused);
    /* Who knows what its name is? */
    s.doms[1].name = NULL;
    assert_int_equal(found(&s, "copy", UUID, &refused), 3);
    assert_true(refused);
}

/* -------------------------------------------------------------- ending --- */

static uint64_t usable(const sample *s)
{
    xlmem_account account;

    assert_int_equal(xlmem_account_of(&s->host, &s->policy, &account), 0);
    return account.usable_kb;
}

static xlmem_need need_of(const sample *s, uint64_t kb)
{
    xlmem_need_request request = {.type = XLMEM_DOM_PVH};
    xlmem_need need;

    XLMEM_SET(&request, memory_kb, kb);
    XLMEM_SET(&request, vcpus, 1);
    assert_int_equal(xlmem_need_of(&s->host, &request, &need), 0);
    return need;
}

static uint64_t term_of(const xlmem_need *need, const char *name)
{
    size_t i;

    for (i = 0; i < need->nr_terms; i++)
        if (!strcmp(need->terms[i].name, name))
            return need->terms[i].kb;
    fail_msg("no %s", name);
    return 0;
}

/* As libxl makes it: with the pool of its request, and pages of its own among
 * those that Xen counts. */
static xlmem_dom *add_built(sample *s, uint64_t kb)
{
    const xlmem_need need = need_of(s, kb);
    xlmem_dom *dom =
        add_named(s, 5, kb + term_of(&need, "special pages"), "web", UUID);

    dom->paging_kb = term_of(&need, "paging pool");
    return dom;
}

/* The same file again takes no more than it leaves, on a full host too. */
static void the_same_again_fits_always(void **state)
{
    xlmem_verdict verdict;
    uint64_t takes_kb, dom0_kb;
    xlmem_need need;
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB + MIB);
    XLMEM_SET(&s.host.dom0, mem_available_kb, 64 * MIB + 98 * MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    need = need_of(&s, GIB);
    xlmem_takes_of(&s.host, add_built(&s, GIB), &takes_kb, &dom0_kb);
    assert_in_range(takes_kb, need.need_kb, need.need_kb + ROUGH_KB);
    assert_int_equal(dom0_kb, need.dom0_need_kb - need.dom0_build_kb);
    assert_int_equal(usable(&s), 0);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, need.need_kb,
                                 need.dom0_need_kb, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    xlmem_host_end_domu(&s.host, 5);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, need.need_kb,
                                 need.dom0_need_kb, &verdict),
                     0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    /* Its growth is nobody's any more; that is all there is beyond. */
    assert_int_equal(usable(&s), takes_kb + MIB);
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, takes_kb + MIB + 1, 0, &verdict),
        XLMEM_ERROR_NO_HEADROOM);
    /* Twice is once; and who is not there changes nothing. */
    xlmem_host_end_domu(&s.host, 5);
    xlmem_host_end_domu(&s.host, 6);
    xlmem_host_end_domu(&s.host, 0);
    assert_int_equal(usable(&s), takes_kb + MIB);
    assert_int_equal(s.host.nr_doms, 2);
}

/* A host of which little is known: at least what the list says comes back. */
static void what_it_holds_comes_back_in_any_case(void **state)
{
    uint64_t takes_kb, dom0_kb;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, 73 * MIB);
    dom = add_named(&s, 5, GIB, "web", UUID);
    dom->vcpus = 0;
    dom->paging_kb = 300 * MIB;
    XLMEM_SET(&s.host, arm, 1);
    xlmem_takes_of(&s.host, dom, &takes_kb, &dom0_kb);
    assert_in_range(takes_kb, GIB + 300 * MIB, GIB + 301 * MIB);
    /* Which kind it is would be guessing: a pool would be counted, or not. */
    dom->type = XLMEM_DOM_UNKNOWN;
    xlmem_takes_of(&s.host, dom, &takes_kb, &dom0_kb);
    assert_int_equal(takes_kb, GIB + 300 * MIB);
    assert_int_equal(dom0_kb, 0);
    xlmem_host_end_domu(&s.host, 5);
    assert_int_equal(s.host.free_kb, 73 * MIB + takes_kb);
}

static void its_claim_and_its_reservations_end_with_it(void **state)
{
    xlmem_reservation *res;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, 3 * GIB);
    dom = add_named(&s, 5, GIB, "web", UUID);
    XLMEM_SET(dom, outstanding_kb, GIB);
    XLMEM_SET(&s.host, outstanding_kb, GIB + MIB);
    res = add_reservation(&s, 2 * GIB);
    XLMEM_SET(res, domid, 5);
    add_reservation(&s, 7 * MIB);
    xlmem_host_end_domu(&s.host, 5);
    assert_int_equal(s.host.outstanding_kb, MIB);
    assert_int_equal(s.host.nr_reservations, 1);
    assert_int_equal(s.reservations[0].need_kb, 7 * MIB);
}

/* Ending a domU takes from nobody. */
static void less_is_never_left(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 2000; run++) {
        uint64_t before, domid;
        sample s;

        random_sample(&s);
        before = usable(&s);
        domid = test_between(0, s.host.nr_doms);
        xlmem_host_end_domu(&s.host, domid);
        assert_true(usable(&s) >= before);
    }
}

static void what_is_reserved_for_it_is_its_own(void **state)
{
    xlmem_reservation *res;
    sample s;

    (void)state;
    sample_init(&s, 3 * GIB);
    res = add_reservation(&s, GIB);
    strcpy(res->uuid, UUID);
    XLMEM_SET(res, left_ms, 1000);
    res = add_reservation(&s, 2 * GIB); /* of a create that goes on */
    strcpy(res->uuid, UUID);
    res = add_reservation(&s, 3 * GIB);
    XLMEM_SET(res, left_ms, 1000); /* uuid not known */
    xlmem_host_leave_reserved(&s.host, "");
    assert_int_equal(s.host.nr_reservations, 3);
    xlmem_host_leave_reserved(&s.host, UUID);
    assert_int_equal(s.host.nr_reservations, 2);
    assert_int_equal(s.reservations[0].need_kb, 2 * GIB);
    assert_int_equal(s.reservations[1].need_kb, 3 * GIB);
}

/* ------------------------------------------------------- a plan's line --- */

#define RAISED                                                                \
    " again when so much is free in Xen (what is owed: xl memguard status)"

static const char *line_of(const xlmem_verdict *v, const sample *s)
{
    static char line[XLMEM_LINE_MAX];

    return xlmem_plan_line(v, s ? &s->host : NULL, "web\x1b", line,
                           sizeof(line));
}

static void add_step(xlmem_verdict *v, uint64_t domid, uint64_t from_mib,
                     uint64_t to_mib)
{
    v->plan.steps[v->plan.nr_steps++] = (xlmem_step){.domid = (uint32_t)domid,
                                                     .from_kb = from_mib * MIB,
                                                     .to_kb = to_mib * MIB};
}

static void a_plan_tells_whom_it_took_from(void **state)
{
    xlmem_verdict v = {.kind = XLMEM_ADMIT};
    char small[8];
    sample s;

    (void)state;
    sample_init(&s, GIB);
    add_named(&s, 3, GIB, "d\nb", UUID);
    assert_string_equal(line_of(&v, &s), "");
    add_step(&v, 0, 2048, 1748);
    assert_string_equal(line_of(&v, NULL),
                        "dom0's target was lowered by 300.0 MiB to make room "
                        "for web\\x1b; the guard raises it" RAISED);
    /* In two turns of the same create. */
    add_step(&v, 7, 300, 200);
    add_step(&v, 3, 1024, 900);
    add_step(&v, 3, 900, 896);
    add_step(&v, 0, 1748, 1744);
    assert_string_equal(line_of(&v, &s),
                        "dom0's target was lowered by 304.0 MiB, d\\nb's by "
                        "128.0 MiB and domain 7's by 100.0 MiB to make room "
                        "for web\\x1b; the guard raises them" RAISED);
    xlmem_plan_line(&v, NULL, NULL, small, sizeof(small));
    assert_string_equal(small, "dom0's ");
}

/* As many as there can be are one line all the same. */
static void of_many_the_largest_are_named(void **state)
{
    xlmem_verdict v = {.kind = XLMEM_ADMIT};
    uint64_t i;

    (void)state;
    for (i = 1; i <= 5; i++)
        add_step(&v, i, 10 * i, 5 * i);
    assert_string_equal(line_of(&v, NULL),
                        "domain 5's target was lowered by 25.0 MiB, domain "
                        "4's by 20.0 MiB, domain 3's by 15.0 MiB, domain 2's "
                        "by 10.0 MiB and domain 1's by 5.0 MiB to make room "
                        "for web\\x1b; the guard raises them" RAISED);
    for (i = 6; v.plan.nr_steps < XLMEM_STEPS_MAX; i++)
        add_step(&v, i, 2, 1);
    assert_string_equal(line_of(&v, NULL),
                        "domain 5's target was lowered by 25.0 MiB, domain "
                        "4's by 20.0 MiB, domain 3's by 15.0 MiB, domain 2's "
                        "by 10.0 MiB and those of 60 others by 64.0 MiB "
                        "together to make room for web\\x1b; the guard raises "
                        "them" RAISED);
}

TEST_GROUP(running)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_one_length_are_two),
        cmocka_unit_test(what_has_its_name_is_refused),
        cmocka_unit_test(a_uuid_alone_refuses_nothing),
        cmocka_unit_test(the_same_again_fits_always),
        cmocka_unit_test(what_it_holds_comes_back_in_any_case),
        cmocka_unit_test(its_claim_and_its_reservations_end_with_it),
        cmocka_unit_test(less_is_never_left),
        cmocka_unit_test(what_is_reserved_for_it_is_its_own),
        cmocka_unit_test(a_plan_tells_whom_it_took_from),
        cmocka_unit_test(of_many_the_largest_are_named),
    };

    return test_run(tests, NULL, NULL);
}
