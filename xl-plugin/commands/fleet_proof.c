/* SPDX-License-Identifier: LGPL-2.1-only */
/* Why domUs of lost hosts have no place, or why it is not known, in words. */
#include <stdio.h>

#include "commands/fleet.h"

static uint64_t least_need(const fleet_case *c, size_t d,
                           xlmem_fleet_side side)
{
    uint64_t least = UINT64_MAX;
    size_t g;

    for (g = 0; g < c->pack.nr_gaps; g++) {
        const uint64_t kb = c->prices[d * c->pack.nr_gaps + g].stays_kb[side];

        least = kb < least ? kb : least;
    }
    return least;
}

/* Behind the clause that no host has both. */
static void say_bars(const fleet_case *c, size_t d, char *buf, size_t len)
{
    static const struct {
        xlmem_fleet_bar bar;
        const char *before, *after; /* the number of hosts */
    } bars[] = {
        {XLMEM_FLEET_NAME_TAKEN, "a domU of its name is on ", ""},
        {XLMEM_FLEET_STUBDOM_NAME_TAKEN,
         "a domU of its device model's name is on ", ""},
        {XLMEM_FLEET_OTHER_MACHINE, "", " of another architecture"},
    };
    size_t i, at = 0;

    buf[0] = '\0';
    for (i = 0; i < sizeof(bars) / sizeof(bars[0]) && at < len; i++) {
        const size_t nr = fleet_case_barred(c, d, bars[i].bar);

        if (nr)
            at += (size_t)snprintf(buf + at, len - at, "%s%s%zu%s",
                                   at ? ", " : " and may run it (",
                                   bars[i].before, nr, bars[i].after);
    }
    if (at && at < len)
        snprintf(buf + at, len - at, ")");
}

static void say_domain(const fleet_case *c, const out *o, char *buf,
                       size_t len)
{
    const size_t d = c->answer.set[0];
    char name[32], xen[OUT_SIZE_MAX], dom0[OUT_SIZE_MAX], bars[160];

    if (!c->pack.nr_gaps) {
        snprintf(buf, len, "no other host is there");
        return;
    }
    say_bars(c, d, bars, sizeof(bars));
    snprintf(buf, len,
             "%s needs %s in Xen and %s in dom0, and no host that is left "
             "has both%s",
             fleet_domu_name(c->domus[d], name),
             out_size(o, xen, sizeof(xen), least_need(c, d, 0)),
             out_size(o, dom0, sizeof(dom0), least_need(c, d, 1)), bars);
}

/* How many of the hosts may not run some, whatever memory there is. */
static size_t nr_barring(const fleet_case *c)
{
    size_t d, g, nr = 0;

    for (g = 0; g < c->pack.nr_gaps; g++)
        for (d = 0; d < c->pack.nr_domus; d++)
            if (c->prices[d * c->pack.nr_gaps + g].barred) {
                nr++;
                break;
            }
    return nr;
}

static void say_search(const fleet_case *c, char *buf, size_t len)
{
    const size_t barring = nr_barring(c);
    int at =
        snprintf(buf, len, "all ways were tried that differ%s: %llu places",
                 c->namesakes ? ", of a name one domU on a host" : "",
                 (unsigned long long)c->answer.places);

    if (barring)
        snprintf(buf + at, len - (size_t)at,
                 "; of the hosts %zu may not run some (another architecture, "
                 "or a name that is taken)",
                 barring);
}

char *fleet_say_proof(const fleet_case *c, const out *o, char *buf, size_t len)
{
    const xlmem_proof *p = &c->answer.proof;
    const char *side = p->side == XLMEM_FLEET_XEN ? "Xen" : "dom0";
    char one[OUT_SIZE_MAX], other[OUT_SIZE_MAX];

    buf[0] = '\0';
    if (c->guess)
        snprintf(buf, len,
                 "whether %s is a domU of its own, or the device model of one "
                 "as by its name, is not recorded",
                 c->guess->name);
    else if (c->answer.verdict == XLMEM_PACK_UNKNOWN && !c->known)
        snprintf(buf, len, "what some domU needs is not known");
    else if (c->answer.verdict == XLMEM_PACK_UNKNOWN)
        snprintf(buf, len, "%llu places were tried, and not all there are",
                 (unsigned long long)c->answer.places);
    else if (p->kind == XLMEM_PROOF_DOMAIN)
        say_domain(c, o, buf, len);
    else if (p->kind == XLMEM_PROOF_SUM)
        snprintf(buf, len,
                 "the %zu largest domUs need %s in %s together, and the hosts "
                 "that could take one of them have %s",
                 p->nr, out_size(o, one, sizeof(one), p->need_kb), side,
                 out_size(o, other, sizeof(other), p->room_kb));
    else if (p->kind == XLMEM_PROOF_LARGE)
        snprintf(buf, len,
                 "%zu domUs need %s or more in %s, and the hosts have room "
                 "for %llu of that size",
                 p->nr, out_size(o, one, sizeof(one), p->least_kb), side,
                 (unsigned long long)p->fit);
    else if (p->kind == XLMEM_PROOF_SEARCH)
        say_search(c, buf, len);
    return buf;
}
