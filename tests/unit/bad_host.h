/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host of which every rule has something to say. */
#ifndef XLMEM_BAD_HOST_H
#define XLMEM_BAD_HOST_H

#include "sample_host.h"

/* A host with all that an administrator could have to look at. */
typedef struct bad_host {
    sample s;
    xlmem_account account;
    xlmem_policy_report report;
    xlmem_guarded guarded[3];
    xlmem_scene scene;
    xlmem_findings found;
} bad_host;

static inline void bad_scene(bad_host *b)
{
    b->report.nr = 1;
    b->report.problems[0] = (xlmem_policy_problem){
        .file = "/etc/xen/memguard.conf", .line = 3, .bad = true};
    strcpy(b->report.problems[0].text, "there is no key 'mdoe'");
    b->guarded[0].kind = XLMEM_GUARDED_XL;
    strcpy(b->guarded[0].name, "/usr/sbin/xl");
    b->guarded[1].kind = XLMEM_GUARDED_SERVICE;
    b->guarded[1].restart = true;
    strcpy(b->guarded[1].name, "libvirtd");
    b->guarded[2].kind = XLMEM_GUARDED_MONITOR;
    b->s.policy.mode = XLMEM_MODE_WARN;
    b->s.policy.balance = true;
    b->s.policy.switched_off = true;
    b->s.policy.xen_headroom_kb = 65 * GIB;
    b->scene = (xlmem_scene){
        .host = &b->s.host,
        .policy = &b->s.policy,
        .account = &b->account,
        .report = &b->report,
        .guarded = b->guarded,
        .nr_guarded = 3,
        .guarded_known = true,
        .live = true,
        .ledger_fault = "/run/xlmem: Read-only file system",
        .configured = true,
        .autoballoon_known = true,
        .autoballoon = true,
        .daemon_known = true,
    };
}

static inline void bad_init(bad_host *b)
{
    xlmem_dom *dom;

    memset(b, 0, sizeof(*b));
    sample_init(&b->s, GIB);
    b->s.policy.dom0_floor_kb = 3 * GIB;
    dom = add_dom(&b->s, 1, GIB);
    XLMEM_SET(dom, dying, 1);
    dom = add_dom(&b->s, 2, 64 * MIB);
    XLMEM_SET(dom, vcpus, 0);
    XLMEM_SET(dom, paused, 1);
    XLMEM_SET(dom, maxmem_kb, 2 * GIB);
    dom = add_dom(&b->s, 3, GIB);
    XLMEM_SET(dom, maxmem_kb, 4 * GIB);
    XLMEM_SET(dom, pin_kb, GIB);
    dom = add_dom(&b->s, 4, GIB);
    XLMEM_SET(dom, maxmem_kb, GIB / 2);
    XLMEM_SET(dom, floods, 1);
    dom = add_dom(&b->s, 5, GIB);
    XLMEM_SET(dom, target_kb, 2 * GIB);
    XLMEM_SET(dom, dynamic_min_kb, GIB);
    XLMEM_SET(dom, uncooperative, 1);
    bad_scene(b);
    assert_int_equal(xlmem_account_of(&b->s.host, &b->s.policy, &b->account),
                     0);
}

#endif /* XLMEM_BAD_HOST_H */
