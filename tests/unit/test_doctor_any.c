/* SPDX-License-Identifier: LGPL-2.1-only */
/* What holds for the doctor whatever a host is like. */
#include "patient.h"

#define ROUNDS 3000

static patient p, q;

/* ----------------------------------------------------- any host at all --- */

static uint64_t any_kb(void)
{
    return test_magnitude() >> 26;
}

/* Of DMA32 at most 4 GiB; of all no more free than there is. */
static void any_zone(xlmem_vitals_zone *zone)
{
    const bool dma32 = !strcmp(zone->name, "DMA32");
    uint64_t free = 0;
    size_t o;

    for (o = 0; o < 11; o++) {
        zone->free_blocks[o] =
            test_between(0, 2) ? test_magnitude() >> (48 + o) : 0;
        free += zone->free_blocks[o] << o;
    }
    zone->managed_pages = free + (dma32 ? 4096 : 0);
    zone->managed_pages += test_magnitude() >> (dma32 ? 45 : 38);
    zone->present_pages = zone->managed_pages;
    zone->protection[2] = 0;
}

static void any_zones(reading *r)
{
    any_zone(&r->zones[1]);
    any_zone(&r->zones[2]);
    /* As the kernel computes it. */
    r->zones[1].protection[2] = r->zones[2].managed_pages / 256;
    XLMEM_SET(&r->vitals.mem, mem_total_kb,
              4 * (r->zones[1].managed_pages + r->zones[2].managed_pages));
}

static void any_event(patient *a)
{
    static const char *const who[] = {"", "xenwatch", "xl", "\x1b[2J"};
    xlmem_log_event *e =
        add_event(a, (xlmem_log_kind)test_between(1, XLMEM_NR_LOG_KINDS - 1));

    strcpy(e->who, who[test_between(0, ARRAY_SIZE(who) - 1)]);
    strcpy(e->victim, who[test_between(0, ARRAY_SIZE(who) - 1)]);
    XLMEM_SET(e, order, test_between(0, 10));
    XLMEM_SET(e, domid, test_between(0, 9));
    XLMEM_SET(e, bytes, test_magnitude() >> 40);
    e->count = test_between(1, 9);
    e->earlier = test_between(0, 1);
    e->atomic = test_between(0, 1);
    e->network = test_between(0, 1);
    e->quiet = test_between(0, 1);
}

static void any_reading(reading *r)
{
    xlmem_vitals *v = &r->vitals;

    reading_init(r);
    any_zones(r);
    XLMEM_SET(&v->mem, mem_available_kb, any_kb());
    XLMEM_SET(&v->mem, cached_kb, any_kb());
    XLMEM_SET(&v->mem, sunreclaim_kb, any_kb());
    XLMEM_SET(&v->mem, swap_free_kb, any_kb());
    XLMEM_SET(&v->mem, committed_as_kb, any_kb());
    XLMEM_SET(&v->load, load1_bp, test_magnitude() >> 34);
    XLMEM_SET(&v->load, mem_some60_bp, test_between(0, 3000));
    XLMEM_SET(&v->state, hash_kb, any_kb());
    XLMEM_SET(&v->state, hash_entries, any_kb());
    XLMEM_SET(&v->state, nr_offline, test_between(0, 1));
    XLMEM_SET(&r->s.host, nr_cpus, test_between(1, 64));
    r->s.host.free_kb = any_kb();
    r->s.doms[1].target_kb = any_kb();
    r->s.doms[1].maxmem_kb = any_kb();
    XLMEM_SET(&r->s.host.dom0, balloon_current_kb, any_kb());
    r->scene.autoballoon = test_between(0, 1);
}

static void any_patient(patient *a)
{
    uint64_t nr = test_between(0, NR_EVENTS);

    any_reading(&a->now);
    any_reading(&a->before);
    while (nr--)
        any_event(a);
    if (test_between(0, 1))
        a->now.scene.before = &a->before.scene;
    a->now.scene.apart_ms = test_between(0, 120000);
}

/* A copy whose pointers are its own. */
static void copy_reading(reading *to, const reading *from)
{
    *to = *from;
    to->s.host.doms = to->s.doms;
    to->s.host.reservations = to->s.reservations;
    to->s.host.xen_cmdline = from->s.host.xen_cmdline ? to->line : NULL;
    to->vitals.zones = to->zones;
    to->vitals.events = to->events;
    to->scene.host = &to->s.host;
    to->scene.policy = &to->s.policy;
    to->scene.vitals = &to->vitals;
}

static void copy_patient(patient *to, const patient *from)
{
    copy_reading(&to->now, &from->now);
    copy_reading(&to->before, &from->before);
    if (from->now.scene.before)
        to->now.scene.before = &to->before.scene;
}

static const xlmem_finding *like(const patient *in, const xlmem_finding *f)
{
    size_t i;

    for (i = 0; i < in->found.nr; i++)
        if (in->found.list[i].id == f->id &&
            !strcmp(in->found.list[i].subject, f->subject))
            return &in->found.list[i];
    return NULL;
}

static xlmem_severity worst(const patient *in, const xlmem_finding *f)
{
    xlmem_severity severity = XLMEM_SEV_NOTE;
    size_t i;

    for (i = 0; i < in->found.nr; i++)
        if (in->found.list[i].id == f->id &&
            !strcmp(in->found.list[i].subject, f->subject) &&
            in->found.list[i].severity > severity)
            severity = in->found.list[i].severity;
    return severity;
}

/* ------------------------------------------------------- files go away --- */

static void lose_zoneinfo(patient *a)
{
    size_t i;

    for (i = 0; i < NR_ZONES; i++) {
        a->now.zones[i].known = 0;
        XLMEM_SET(&a->now.zones[i], nr_orders, 11);
        XLMEM_SET(&a->now.zones[i], node, 0);
    }
}

static void lose_buddyinfo(patient *a)
{
    a->now.vitals.docs &= ~(1U << XLMEM_DOC_BUDDYINFO);
}

static void lose_meminfo(patient *a)
{
    a->now.vitals.mem.known = 0;
}

static void lose_loadavg(patient *a)
{
    a->now.vitals.load.known &=
        ~(XLMEM_FACT_BIT(&a->now.vitals.load, load1_bp));
}

static void lose_pressure(patient *a)
{
    a->now.vitals.load.known &=
        ~(XLMEM_FACT_BIT(&a->now.vitals.load, mem_some60_bp));
}

static void lose_log(patient *a)
{
    a->now.vitals.docs &= ~(1U << XLMEM_DOC_DMESG | 1U << XLMEM_DOC_PREVIOUS);
    a->now.vitals.nr_events = 0;
    a->now.vitals.state.known = 0;
}

static void lose_vmstat(patient *a)
{
    a->now.vitals.counts.known = 0;
}

static void lose_xl_info(patient *a)
{
    a->now.s.host.known &= XLMEM_FACT_BIT(&a->now.s.host, domains_listed);
    a->now.s.host.xen_cmdline = NULL;
}

static void lose_xl_list(patient *a)
{
    a->now.s.host.nr_doms = 0;
    a->now.s.host.known &= ~XLMEM_FACT_BIT(&a->now.s.host, domains_listed);
}

static void lose_balloon(patient *a)
{
    a->now.s.host.dom0.known = 0;
}

static void lose_xl_conf(patient *a)
{
    a->now.scene.autoballoon_known = false;
}

static void (*const losses[])(patient *a) = {
    lose_zoneinfo, lose_buddyinfo, lose_meminfo, lose_loadavg,
    lose_pressure, lose_log,       lose_vmstat,  lose_xl_info,
    lose_xl_list,  lose_balloon,   lose_xl_conf,
};

static void a_file_that_is_missing_adds_nothing(void **state)
{
    size_t i, j, n;

    (void)state;
    test_seed();
    for (i = 0; i < ROUNDS; i++) {
        any_patient(&p);
        xlmem__doctor(&p.now.scene, &p.found);
        n = test_between(0, ARRAY_SIZE(losses) - 1);
        copy_patient(&q, &p);
        losses[n](&q);
        xlmem__doctor(&q.now.scene, &q.found);
        for (j = 0; j < q.found.nr; j++) {
            const xlmem_finding *f = &q.found.list[j];

            if (like(&p, f) && worst(&p, f) >= f->severity)
                continue;
            /* Without its size the zone that is judged may be another. */
            if (n == 0 && !strcmp(f->id, "fragmented") &&
                found_by(&p, f->id) &&
                found_by(&p, f->id)->severity >= f->severity)
                continue;
            fail_msg("without file %zu: %s %s: %s", n,
                     xlmem_severity_name(f->severity), f->id, f->text);
        }
    }
}

/* ------------------------------------------------------------- scale --- */

static void more_of_all_keeps_a_healthy_host_healthy(void **state)
{
    size_t i, k, o;

    (void)state;
    test_seed();
    for (i = 0; i < ROUNDS; i++) {
        const uint64_t by = test_between(2, 100);
        uint64_t *mem = &p.now.vitals.mem.mem_total_kb;

        patient_init(&p);
        any_zones(&p.now);
        p.now.vitals.mem.mem_available_kb = any_kb();
        p.now.vitals.mem.cached_kb = any_kb();
        p.now.vitals.mem.committed_as_kb = any_kb();
        xlmem__doctor(&p.now.scene, &p.found);
        if (p.found.nr && p.found.list[0].severity > XLMEM_SEV_NOTE)
            continue;
        for (k = 0; k < NR_ZONES; k++) {
            for (o = 0; o < 11; o++)
                p.now.zones[k].free_blocks[o] *= by;
            p.now.zones[k].managed_pages *= by;
            p.now.zones[k].min_pages *= by;
            p.now.zones[k].present_pages *= by;
            p.now.zones[k].protection[2] *= by;
        }
        for (k = 0; k < XLMEM_NR_MEM_FACTS; k++)
            if (mem + k != &p.now.vitals.mem.hugepage_size_kb)
                mem[k] *= by;
        xlmem__doctor(&p.now.scene, &p.found);
        if (p.found.nr && p.found.list[0].severity > XLMEM_SEV_NOTE)
            fail_msg("%llu times as much: %s: %s", (unsigned long long)by,
                     p.found.list[0].id, p.found.list[0].text);
    }
}

/* ------------------------------------------------------------- order --- */

#define SWAP(type, a, b)                                                      \
    do {                                                                      \
        type swapped = (a);                                                   \
        (a) = (b);                                                            \
        (b) = swapped;                                                        \
    } while (0)

static void the_order_of_things_is_no_matter(void **state)
{
    size_t i, j, k;

    (void)state;
    test_seed();
    for (i = 0; i < ROUNDS; i++) {
        any_patient(&p);
        copy_patient(&q, &p);
        for (k = 0; k < 3; k++) {
            const size_t z = test_between(0, 2);
            const size_t e = q.now.vitals.nr_events;
            const size_t with = e ? test_between(0, e - 1) : 0;

            SWAP(xlmem_vitals_zone, q.now.zones[k], q.now.zones[z]);
            SWAP(xlmem_log_event, q.now.events[0], q.now.events[with]);
        }
        xlmem__doctor(&p.now.scene, &p.found);
        xlmem__doctor(&q.now.scene, &q.found);
        assert_int_equal(p.found.nr, q.found.nr);
        assert_int_equal(p.found.nr_unjudged, q.found.nr_unjudged);
        for (j = 0; j < q.found.nr; j++) {
            assert_non_null(like(&p, &q.found.list[j]));
            assert_int_equal(worst(&p, &q.found.list[j]),
                             worst(&q, &q.found.list[j]));
        }
    }
}

/* ---------------------------------------------------- whatever it says --- */

static void every_finding_is_whole_and_quotes_others(void **state)
{
    size_t i, j;

    (void)state;
    test_seed();
    for (i = 0; i < ROUNDS; i++) {
        any_patient(&p);
        xlmem__doctor(&p.now.scene, &p.found);
        for (j = 0; j < p.found.nr; j++) {
            assert_int_equal(p.found.list[j].nr_cut, 0);
            assert_null(strchr(p.found.list[j].text, '\x1b'));
            assert_null(strchr(p.found.list[j].subject, '\x1b'));
        }
    }
}

/* --------------------------------------------------- what is told of ---- */

static bool is_unaccounted(void)
{
    size_t i;

    examine(&p);
    for (i = 0; i < p.found.nr; i++)
        if (!strcmp(p.found.list[i].id, "unaccounted"))
            return true;
    return false;
}

/* A tenth of a small host is next to nothing; and a kernel without huge pages
 * (a PV dom0's) has no line of them before those of its direct map. */
static void a_small_host_is_not_said_to_leak(void **state)
{
    xlmem_vitals_mem *mem = &p.now.vitals.mem;

    (void)state;
    patient_init(&p);
    mem->mem_total_kb = 256 * MIB;
    mem->commit_limit_kb = 256 * MIB;
    mem->mem_free_kb = mem->cached_kb = mem->slab_kb = 0;
    mem->anon_pages_kb = 128 * MIB + 1;
    assert_false(is_unaccounted());
    mem->anon_pages_kb--;
    assert_true(is_unaccounted());
    mem->known &= ~XLMEM_FACT_BIT(mem, hugetlb_kb);
    mem->known &= ~XLMEM_FACT_BIT(mem, hugepages_total);
    assert_false(is_unaccounted());
    XLMEM_SET(mem, direct_map_4k_kb, 256 * MIB);
    assert_true(is_unaccounted());
    mem->known &= ~XLMEM_FACT_BIT(mem, percpu_kb);
    assert_false(is_unaccounted());
}

/* ---------------------------------------------------- who is named ------ */

/* Who has the lock waits for a disk; who may keep a domain's pages. */
static void who_it_is_is_named(void **state)
{
    xlmem_vitals_procs *procs = &p.now.vitals.procs;
    const xlmem_vitals_process waits = {.pid = 5, .tid = 6, .for_map = true};

    (void)state;
    patient_init(&p);
    procs->nr_mmap = 1;
    procs->nr_stuck = 2;
    procs->stuck[0] = p.before.vitals.procs.stuck[0] = waits;
    p.before.vitals.procs.nr_stuck = 1;
    procs->stuck[1] = (xlmem_vitals_process){
        .pid = 5, .tid = 7, .waits_in = "folio_wait_bit_common"};
    XLMEM_SET(&p.now.s.doms[1], dying, 1);
    XLMEM_SET(&p.before.s.doms[1], dying, 1);
    p.now.scene.apart_ms = 60000;
    procs->nr_held_by = 1;
    procs->held_by[0] = (xlmem_vitals_process){.pid = 9, .comm = "qemu"};
    XLMEM_SET(procs, nr_holders, 2);
    examine(&p);
    assert_non_null(strstr(found_by(&p, "stuck-mmap-lock")->text,
                           "waits in folio_wait_bit_common."));
    assert_non_null(
        strstr(found_by(&p, "dying-holds")->text, "qemu (9) and others."));
    procs->known &= ~(UINT64_C(1) << XLMEM_FACT_INDEX(procs, nr_holders));
    examine(&p);
    assert_non_null(strstr(found_by(&p, "dying-holds")->text,
                           "qemu (9) and perhaps others."));
}

static bool is_left_open(const char *id)
{
    size_t i;

    for (i = 0; i < p.found.nr_unjudged; i++)
        if (!strcmp(p.found.unjudged[i].id, id))
            return true;
    return false;
}

static void what_a_kill_means_goes_by_whole_names(void **state)
{
    static const struct {
        const char *victim, *says;
    } kills[] = {
        {"xenstored", "It took xenstored: nothing can be done"},
        {"qemu-system-x86", "It took qemu-system-x86: a guest died"},
        {"xl", "It took xl: nobody looks after its domains."},
        {"xl-memguard", "It took xl-memguard."},
        {"xlsx2csv", "It took xlsx2csv."},
        {"sshd-session", "It took sshd-session: the way in"},
        {"systemd", "It took systemd: the way in may be gone."},
        {"systemd-journal", "It took systemd-journal."},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(kills); i++) {
        const xlmem_finding *f;

        patient_init(&p);
        strcpy(add_event(&p, XLMEM_LOG_OOM)->victim, kills[i].victim);
        examine(&p);
        f = found_by(&p, "oom-kill");
        assert_non_null(f);
        if (!strstr(f->text, kills[i].says))
            fail_msg("%s: %s", kills[i].victim, f->text);
    }
}

/* One that the time did not suffice for is not judged to be at rest. */
static void xenstored_unread_is_not_judged(void **state)
{
    xlmem_vitals_procs *procs = &p.now.vitals.procs;

    (void)state;
    patient_init(&p);
    procs->known &= ~(UINT64_C(1) << XLMEM_FACT_INDEX(procs, xenstored_ms));
    examine(&p);
    assert_false(is_left_open("xenstored-busy"));
    XLMEM_SET(procs, nr_unread, 9);
    examine(&p);
    assert_true(is_left_open("xenstored-busy"));
}

TEST_GROUP(doctor_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_missing_adds_nothing),
        cmocka_unit_test(more_of_all_keeps_a_healthy_host_healthy),
        cmocka_unit_test(the_order_of_things_is_no_matter),
        cmocka_unit_test(every_finding_is_whole_and_quotes_others),
        cmocka_unit_test(a_small_host_is_not_said_to_leak),
        cmocka_unit_test(who_it_is_is_named),
        cmocka_unit_test(what_a_kill_means_goes_by_whole_names),
        cmocka_unit_test(xenstored_unread_is_not_judged),
    };

    return test_run(tests, NULL, NULL);
}
