/* SPDX-License-Identifier: LGPL-2.1-only */
/* Two hosts, or parts of them, are the same: member by member, since the bytes
 * of a struct that belong to no member are the compiler's. */
#ifndef XLMEM_TEST_SAME_HOST_H
#define XLMEM_TEST_SAME_HOST_H

#include "test.h"

#include "private/all.h"

static inline void same_text(const char *a, const char *b)
{
    if (!a || !b)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

/* What is before @after is numbers of 64 bits alone. */
#define SAME_FACTS(a, b, type, after)                                         \
    assert_memory_equal(a, b, offsetof(type, after))

static inline void same_maps(const xlmem_map *a, const xlmem_map *b)
{
    size_t i;

    assert_int_equal(a->source, b->source);
    assert_int_equal(a->partial, b->partial);
    assert_int_equal(a->nr, b->nr);
    for (i = 0; i < a->nr; i++) {
        assert_true(a->ranges[i].start == b->ranges[i].start);
        assert_true(a->ranges[i].end == b->ranges[i].end);
        assert_int_equal(a->ranges[i].type, b->ranges[i].type);
    }
}

static inline void same_doms(const xlmem_host *a, const xlmem_host *b)
{
    size_t i;

    assert_int_equal(a->nr_doms, b->nr_doms);
    for (i = 0; i < a->nr_doms; i++) {
        SAME_FACTS(&a->doms[i], &b->doms[i], xlmem_dom, name);
        assert_int_equal(a->doms[i].type, b->doms[i].type);
        assert_int_equal(a->doms[i].set_aside, b->doms[i].set_aside);
        assert_string_equal(a->doms[i].uuid, b->doms[i].uuid);
        same_text(a->doms[i].name, b->doms[i].name);
    }
}

static inline void same_dom0(const xlmem_dom0 *a, const xlmem_dom0 *b)
{
    size_t i;

    SAME_FACTS(a, b, xlmem_dom0, type);
    assert_int_equal(a->type, b->type);
    same_text(a->kernel_release, b->kernel_release);
    same_text(a->kernel_cmdline, b->kernel_cmdline);
    same_text(a->boot_id, b->boot_id);
    assert_int_equal(a->nr_zones, b->nr_zones);
    for (i = 0; i < a->nr_zones; i++)
        assert_memory_equal(&a->zones[i], &b->zones[i], sizeof(xlmem_zone));
}

static inline void same_hosts(const xlmem_host *a, const xlmem_host *b)
{
    size_t i;

    SAME_FACTS(a, b, xlmem_host, xen_version);
    same_text(a->xen_version, b->xen_version);
    same_text(a->xen_cmdline, b->xen_cmdline);
    same_text(a->xen_config_line, b->xen_config_line);
    same_text(a->xen_config_file, b->xen_config_file);
    same_text(a->xen_other_line, b->xen_other_line);
    same_text(a->xen_other_file, b->xen_other_file);
    same_maps(&a->map, &b->map);
    same_doms(a, b);
    same_dom0(&a->dom0, &b->dom0);
    assert_int_equal(a->nr_reservations, b->nr_reservations);
    for (i = 0; i < a->nr_reservations; i++) {
        SAME_FACTS(&a->reservations[i], &b->reservations[i], xlmem_reservation,
                   uuid);
        assert_string_equal(a->reservations[i].uuid, b->reservations[i].uuid);
        assert_string_equal(a->reservations[i].id, b->reservations[i].id);
    }
}

#endif /* XLMEM_TEST_SAME_HOST_H */
