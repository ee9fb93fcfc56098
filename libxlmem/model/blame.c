/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/blame.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/account.h"
#include "model/admit.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"
#include "private/advice.h"
#include "private/xen.h"

#define MIB(kb) (xlmem__mib_of(kb).text)

/* Several domains in one reason: "7 (3.0 MiB), 12 (<0.1 MiB)". */
typedef struct names {
    char text[112];
    size_t used;
    unsigned nr, left_out;
    uint64_t last; /* domid */
} names;

static void add_blamed(names *n, uint64_t domid, uint64_t kb)
{
    const size_t room = sizeof(n->text) - n->used;
    int len = snprintf(n->text + n->used, room, "%s%" PRIu64 " (%s)",
                       n->nr ? ", " : "", domid, MIB(kb));

    if (len < 0 || (size_t)len >= room) {
        n->text[n->used] = '\0';
        n->left_out++;
        return;
    }
    n->used += (size_t)len;
    n->nr++;
    n->last = domid;
}

static const char *plural(const names *n)
{
    return n->nr + n->left_out > 1 ? "s" : "";
}

static const char *and_others(const names *n)
{
    return n->left_out ? " and others" : "";
}

/* What nobody counts on any more; whoever watched them has set them aside. */
static void name_set_aside(const xlmem_host *host, xlmem_verdict *verdict)
{
    names dying = {.nr = 0}, stuck = {.nr = 0}, half = {.nr = 0};
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!dom->set_aside)
            continue;
        if (dom->dying)
            add_blamed(&dying, dom->domid,
                       xlmem__add_sat(dom->tot_kb, dom->paging_kb));
        else if (xlmem_dom_is_unbuilt(host, dom))
            add_blamed(&half, dom->domid, dom->tot_kb);
        else
            add_blamed(&stuck, dom->domid, dom->tot_kb);
    }
    if (dying.nr)
        xlmem__reason(verdict, XLMEM__RULE_DYING,
                      "dying and not giving up what it holds: domain%s %s%s; "
                      "somebody in dom0 or a driver domain maps its memory",
                      plural(&dying), dying.text, and_others(&dying));
    if (stuck.nr)
        xlmem__reason(verdict, XLMEM__RULE_NOT_FOLLOWING,
                      "not following the target it was given: domain%s %s%s",
                      plural(&stuck), stuck.text, and_others(&stuck));
    if (half.nr)
        xlmem__reason(
            verdict, XLMEM__RULE_HALF_BUILT,
            "half-built and not getting on: domain%s %s%s; if nobody "
            "is building it (restore, migration, MEMGUARD=off): xl "
            "destroy %" PRIu64,
            plural(&half), half.text, and_others(&half), half.last);
}

/* What is counted on, and nobody knows whether it comes: one look does not
 * tell a balloon that works from one that does not. */
static void name_coming(const xlmem_host *host, xlmem_verdict *verdict)
{
    names dying = {.nr = 0}, asked = {.nr = 0};
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        const uint64_t kb = xlmem__coming_kb(host, dom);

        if (kb)
            add_blamed(dom->dying ? &dying : &asked, dom->domid, kb);
    }
    if (asked.nr)
        xlmem__reason(verdict, XLMEM__RULE_COMING,
                      "asked for and not given yet: domain%s %s%s",
                      plural(&asked), asked.text, and_others(&asked));
    if (dying.nr)
        xlmem__reason(verdict, XLMEM__RULE_COMING,
                      "dying and not gone yet: domain%s %s%s", plural(&dying),
                      dying.text, and_others(&dying));
}

static uint64_t curable_growth_kb(const xlmem_dom *dom, bool promised,
                                  uint64_t growth_kb)
{
    return dom->domid && !promised
               ? xlmem__sub0(growth_kb, XLMEM_CEILING_SLACK_KB)
               : 0;
}

/* What one domain holds and may take. */
static void prove_dom(xlmem_finding *reason, const xlmem_dom *dom)
{
    xlmem__about(reason, dom->domid, "domain %" PRIu64, dom->domid);
    xlmem__prove_kb(reason, "holds", dom->tot_kb);
    xlmem__prove_kb(reason, "maxmem", dom->maxmem_kb);
}

static void name_grower(const xlmem_dom *dom, xlmem_verdict *verdict)
{
    const uint64_t least_mib = xlmem__least_maximum_kb(dom) / XLMEM__MIB_KB;
    xlmem_finding *reason = xlmem__reason(
        verdict, XLMEM__RULE_GROWTH,
        "domain %" PRIu64 " may take %s more at any time, which is "
        "kept for it: its maximum is %s, it holds %s; to take that "
        "back: xl mem-max %" PRIu64 " %" PRIu64 "m",
        dom->domid, MIB(xlmem__sub0(dom->maxmem_kb, dom->tot_kb)),
        MIB(dom->maxmem_kb), MIB(dom->tot_kb), dom->domid, least_mib);

    prove_dom(reason, dom);
    xlmem__remedy(reason, "xl mem-max %" PRIu64 " %" PRIu64 "m", dom->domid,
                  least_mib);
}

/*
 * What destroying a domain would give that never ran: it is being built by
 * somebody without a guard, or was left by a builder that was killed, maybe
 * with its claim, which Xen keeps for it.
 */
static uint64_t destroying_gives_kb(const xlmem_dom *dom, bool promised)
{
    if (dom->set_aside || promised || !xlmem__never_ran(dom))
        return 0;
    return xlmem__add_sat(xlmem__max(dom->maxmem_kb, dom->tot_kb),
                          dom->paging_kb);
}

static void name_unbuilt(const xlmem_dom *dom, xlmem_verdict *verdict)
{
    xlmem_finding *reason = xlmem__reason(
        verdict, XLMEM__RULE_HALF_BUILT,
        "domain %" PRIu64 " looks half-built: it never ran, holds "
        "%s, and %s more are kept for it; if nobody is building it "
        "(restore, migration, MEMGUARD=off): xl destroy %" PRIu64,
        dom->domid, MIB(dom->tot_kb),
        MIB(xlmem__sub0(dom->maxmem_kb, dom->tot_kb)), dom->domid);

    prove_dom(reason, dom);
    xlmem__remedy(reason, "xl destroy %" PRIu64, dom->domid);
}

void xlmem__suspects_add(xlmem__suspects *suspects, const xlmem_dom *dom,
                         bool promised, uint64_t growth_kb)
{
    uint64_t kb = destroying_gives_kb(dom, promised);

    suspects->set_aside = suspects->set_aside || dom->set_aside;
    if (kb > suspects->unbuilt_kb) {
        suspects->unbuilt_kb = kb;
        suspects->unbuilt = dom;
    }
    if (kb)
        return;
    kb = curable_growth_kb(dom, promised, growth_kb);
    if (kb > suspects->growth_kb) {
        suspects->growth_kb = kb;
        suspects->grower = dom;
    }
}

/* The largest of those that would make up for it alone. */
static void name_largest(const xlmem__suspects *suspects,
                         xlmem_verdict *verdict)
{
    if (suspects->unbuilt && suspects->unbuilt_kb >= verdict->missing_kb)
        name_unbuilt(suspects->unbuilt, verdict);
    if (suspects->grower && suspects->growth_kb >= verdict->missing_kb)
        name_grower(suspects->grower, verdict);
}

void xlmem__blame(const xlmem_host *host, const xlmem__suspects *suspects,
                  xlmem_verdict *verdict)
{
    if (suspects->set_aside)
        name_set_aside(host, verdict);
    if (verdict->missing_kb)
        name_largest(suspects, verdict);
    if (verdict->wait_kb)
        name_coming(host, verdict);
}
