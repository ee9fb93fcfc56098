/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a finding of the doctor's advises, and what is found where a part of it
 * is not known. */
#include "patient.h"

static patient p;

/* The failure that leads asked for one page; one of those it tells of did not,
 * and something can be done for that. */
static void whoever_tells_of_pieces_has_their_cure(void **state)
{
    const char *id = xlmem__doctor_rules[XLMEM__DOCTOR_ALLOC_FAILED].id;
    uint64_t order;

    (void)state;
    for (order = 1; order < 3; order++) {
        const xlmem_finding *finding;
        xlmem_log_event *one, *other;

        patient_init(&p);
        one = add_event(&p, XLMEM_LOG_ALLOC_FAILED);
        other = add_event(&p, XLMEM_LOG_ALLOC_FAILED);
        XLMEM_SET(one, order, 0);
        XLMEM_SET(other, order, order);
        examine(&p);
        finding = found_by(&p, id);
        assert_non_null(finding);
        assert_non_null(strstr(finding->text, "(order 0)"));
        assert_non_null(strstr(finding->text, "1 other is as bad"));
        assert_int_equal(xlmem_finding_remedy(finding, 0) != NULL, order >= 2);
    }
}

static void shrink_in_vain(xlmem_dom *dom)
{
    dom->target_kb = dom->tot_kb / 2;
    dom->maxmem_kb = dom->target_kb + MIB;
}

/* A guest that does not shrink as it was told to is told of with what ends
 * that: it keeps what it has, where static-max lets it.  One that shrinks is
 * left to it. */
static void who_keeps_too_much_may_be_let(void **state)
{
    static const struct {
        uint64_t had_more_kb, static_max_kb;
        bool stays;
        const char *remedy;
    } rows[] = {
        {0, GIB, true, "xl mem-set 7 1048576k"},
        {0, 0, true, "xl mem-set 7 1048576k"},
        {0, GIB - 4, true, NULL},
        {4, GIB, false, NULL},
    };
    const char *id = xlmem__doctor_rules[XLMEM__DOCTOR_CONTRADICT].id;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_dom *now = &p.now.s.doms[1], *before = &p.before.s.doms[1];
        const xlmem_finding *finding;

        patient_init(&p);
        shrink_in_vain(now);
        shrink_in_vain(before);
        before->tot_kb += rows[i].had_more_kb;
        XLMEM_SET(now, static_max_kb, rows[i].static_max_kb);
        examine(&p);
        finding = found_by(&p, id);
        assert_non_null(finding);
        assert_int_equal(finding->severity,
                         rows[i].stays ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE);
        assert_int_equal(strstr(finding->text, "does not give up") != NULL,
                         rows[i].stays);
        if (rows[i].remedy)
            assert_non_null(
                strstr(xlmem_finding_remedy(finding, 0), rows[i].remedy));
        else
            assert_null(xlmem_finding_remedy(finding, 0));
    }
}

/* Where less is free than kswapd keeps nothing can be gathered before caches
 * are dropped. */
static void what_is_low_has_its_caches_dropped(void **state)
{
    const char *id = xlmem__doctor_rules[XLMEM__DOCTOR_FRAGMENTED].id;
    const xlmem_finding *finding;

    (void)state;
    patient_init(&p);
    set_blocks(&p, 0, 400000);
    XLMEM_SET(&p.now.zones[2], high_pages, UINT64_MAX);
    examine(&p);
    finding = found_by(&p, id);
    assert_non_null(finding);
    assert_non_null(xlmem_finding_remedy(finding, 0));
    assert_non_null(strstr(xlmem_finding_remedy(finding, 0), "drop_caches"));
}

/* With a quarter of memory free it is a group that stalls; what can be had may
 * be a cache that is read again and again. */
static void a_group_that_stalls_is_looked_for(void **state)
{
    const char *id = xlmem__doctor_rules[XLMEM__DOCTOR_LOW].id;
    xlmem_vitals_mem *mem = &p.now.vitals.mem;
    int less;

    (void)state;
    for (less = 0; less < 2; less++) {
        patient_init(&p);
        p.now.vitals.load.mem_some60_bp = 2000;
        XLMEM_SET(mem, mem_free_kb, mem->mem_total_kb / 4 - (uint64_t)less);
        XLMEM_SET(mem, mem_available_kb, mem->mem_total_kb / 2);
        examine(&p);
        assert_non_null(found_by(&p, id));
        assert_int_equal(!strstr(found_by(&p, id)->text, "its own limit"),
                         less);
    }
}

static void forget_size(xlmem_vitals_zone *zone)
{
    zone->known &= ~(XLMEM_FACT_BIT(zone, managed_pages) |
                     XLMEM_FACT_BIT(zone, present_pages));
}

/* Normal has little, and that in one piece; DMA32 helps, and has much in
 * single pages. */
static void scatter_below(void)
{
    set_blocks(&p, 100, 0);
    p.now.zones[1].protection[2] = 0;
    memset(p.now.zones[1].free_blocks, 0, sizeof(p.now.zones[1].free_blocks));
    p.now.zones[1].free_blocks[0] = 100000;
}

static const xlmem_unjudged *unjudged_by(const char *id)
{
    size_t i;

    for (i = 0; i < p.found.nr_unjudged; i++)
        if (!strcmp(p.found.unjudged[i].id, id))
            return &p.found.unjudged[i];
    return NULL;
}

/* A lower zone of which it is not known whether it is next to nothing makes
 * no finding of a node that has none without it. */
static void a_zone_that_may_not_matter_makes_it_no_worse(void **state)
{
    const char *id = xlmem__doctor_rules[XLMEM__DOCTOR_FRAGMENTED].id;

    (void)state;
    patient_init(&p);
    scatter_below();
    examine(&p);
    assert_non_null(found_by(&p, id));
    forget_size(&p.now.zones[1]);
    examine(&p);
    assert_null(found_by(&p, id));
    assert_null(unjudged_by(id));
}

/* Where that is not known of the upper one either nothing has been judged. */
static void of_two_that_may_not_matter_nothing_is_said(void **state)
{
    const char *id = xlmem__doctor_rules[XLMEM__DOCTOR_FRAGMENTED].id;

    (void)state;
    patient_init(&p);
    scatter_below();
    forget_size(&p.now.zones[1]);
    forget_size(&p.now.zones[2]);
    examine(&p);
    assert_null(found_by(&p, id));
    assert_non_null(unjudged_by(id));
    assert_false(unjudged_by(id)->partly);
}

TEST_GROUP(doctor_cure)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_keeps_too_much_may_be_let),
        cmocka_unit_test(what_is_low_has_its_caches_dropped),
        cmocka_unit_test(a_group_that_stalls_is_looked_for),
        cmocka_unit_test(whoever_tells_of_pieces_has_their_cure),
        cmocka_unit_test(a_zone_that_may_not_matter_makes_it_no_worse),
        cmocka_unit_test(of_two_that_may_not_matter_nothing_is_said),
    };

    return test_run(tests, NULL, NULL);
}
