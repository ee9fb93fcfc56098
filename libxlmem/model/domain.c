/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain may take, who builds it, and what a create that died
 * leaves. */
#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"
#include "private/xen.h"
#include "private/advice.h"

uint64_t xlmem_dom_growth_kb(const xlmem_dom *dom)
{
    if (!dom->domid || dom->dying || !XLMEM_KNOWS(dom, maxmem_kb))
        return 0;
    if (dom->set_aside && xlmem__is_unbuilt(dom))
        return 0;
    return xlmem__sub0(dom->maxmem_kb,
                       xlmem__add_sat(dom->tot_kb, dom->outstanding_kb));
}

uint64_t xlmem__least_maximum_kb(const xlmem_dom *dom)
{
    return xlmem__round_up(xlmem__max(dom->tot_kb, dom->target_kb),
                           XLMEM__MIB_KB);
}

bool xlmem__is_promised(const xlmem_host *host, const xlmem_dom *dom)
{
    size_t i;

    for (i = 0; i < host->nr_reservations; i++)
        if (XLMEM_KNOWS(&host->reservations[i], domid) &&
            host->reservations[i].domid == dom->domid)
            return true;
    return false;
}

/*
 * A vCPU is down (VPF_down) until its context is set, which the builder does
 * last (xc_dom_boot_image, xc_domain_hvm_setcontext; Xen's getdomaininfo
 * counts those that are not down, 4.14 to 4.20).  A whole domain has one
 * online, also one that was created paused and has been given more since.
 */
bool xlmem__never_ran(const xlmem_dom *dom)
{
    if (!dom->domid || !dom->paused || dom->dying || dom->shutdown)
        return false;
    if (!XLMEM_KNOWS(dom, vcpus) || dom->vcpus)
        return false;
    return XLMEM_KNOWS(dom, outstanding_kb) && XLMEM_KNOWS(dom, maxmem_kb) &&
           XLMEM_KNOWS(dom, tot_kb) &&
           dom->maxmem_kb >
               xlmem__add_sat(dom->tot_kb, XLMEM_CEILING_SLACK_KB);
}

/*
 * Xen makes each domain paused (domain_create, xen/common/domain.c), and libxl
 * leaves it so: whoever asked for it lets it run when the create has returned
 * (libxl_domain_unpause in xl and libvirt; of itself libxl unpauses none but
 * stubdomains, libxl_dm.c), and who resets a domain pauses it around that; all
 * 4.14 to 4.20.  What its need contains beside its pages, as Xen's structures
 * and a stubdomain, no list of domains shows: that it has taken it can only be
 * told by this.
 */
bool xlmem__was_let_run(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, paused) && !dom->paused;
}

bool xlmem__is_unbuilt(const xlmem_dom *dom)
{
    return xlmem__never_ran(dom) && !dom->outstanding_kb;
}

bool xlmem_dom_is_unbuilt(const xlmem_host *host, const xlmem_dom *dom)
{
    return xlmem__is_unbuilt(dom) && !xlmem__is_promised(host, dom);
}
