/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What may not move.
 *
 *     state of a domain                        the books count   watched is
 *     a balloon that was asked                 coming            tot
 *     dying                                    coming            tot + pool
 *     half-built: paused, never ran, no claim  growth            max - tot
 *
 * The first two are promises, and one that is not kept must not make a create
 * wait, and then fail, for memory that somebody else could give.  The third is
 * a fear: nobody builds that domain any more, if nobody does.  What has not
 * shrunk for STALL_MS is judged, and set aside in the books of this create:
 * what it holds stays held, nothing comes from it, nothing is asked of it, and
 * nothing is kept for it.  Once it moves it counts again.
 */
#include <stdlib.h>

#include "engine/guard/guard.h"
#include "model/account.h"
#include "model/checked.h"

/*
 * Linux's balloon begins within a second; under emulation it has finished
 * after 2 to 6.  Xen gives back a dying domain's pages without a pause, some
 * GiB in a second, as long as nobody maps them.  A builder is still for as
 * long as it reads and unpacks a kernel.
 */
#define STALL_MS 5000

void xlmem__stalls_init(xlmem__stalls *stalls, int64_t wait_ms)
{
    *stalls =
        (xlmem__stalls){.dying_ms = wait_ms < STALL_MS ? wait_ms : STALL_MS};
}

void xlmem__stalls_dispose(xlmem__stalls *stalls)
{
    free(stalls->list);
    *stalls = (xlmem__stalls){.nr = 0};
}

static xlmem__stall_kind kind_of(const xlmem_host *host, const xlmem_dom *dom)
{
    if (xlmem_dom_is_unbuilt(host, dom))
        return XLMEM__STALL_UNBUILT;
    if (!xlmem__coming_kb(host, dom))
        return XLMEM__STALL_NONE;
    return dom->dying ? XLMEM__STALL_DYING : XLMEM__STALL_BALLOON;
}

/* What gets less while it moves. */
static uint64_t left_of(const xlmem_dom *dom, xlmem__stall_kind kind)
{
    if (kind == XLMEM__STALL_UNBUILT)
        return xlmem__sub0(dom->maxmem_kb, dom->tot_kb);
    return xlmem__add_sat(dom->tot_kb, dom->dying ? dom->paging_kb : 0);
}

static xlmem__stall *find(xlmem__stalls *stalls, uint64_t domid)
{
    size_t i;

    for (i = 0; i < stalls->nr; i++)
        if (stalls->list[i].domid == domid)
            return &stalls->list[i];
    return NULL;
}

/* Without room nobody is watched any more: what is promised is waited for. */
static xlmem__stall *add(xlmem__stalls *stalls)
{
    xlmem__stall *grown;

    if (stalls->nr == stalls->room) {
        size_t room = stalls->room ? 2 * stalls->room : 16;

        grown = realloc(stalls->list, room * sizeof(*grown));
        if (!grown)
            return NULL;
        stalls->list = grown;
        stalls->room = room;
    }
    return &stalls->list[stalls->nr++];
}

/* A balloon that was judged stays so when its target has been put back: it is
 * not to be asked again and again.  Anything else that is at rest is not
 * watched. */
static bool is_kept(const xlmem__stall *stall, const xlmem_host *host)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, stall->domid);
    xlmem__stall_kind kind = dom ? kind_of(host, dom) : XLMEM__STALL_NONE;

    if (kind != XLMEM__STALL_NONE)
        return kind == stall->kind;
    return dom && stall->judged && stall->kind == XLMEM__STALL_BALLOON;
}

static void forget(xlmem__stalls *stalls, const xlmem_host *host)
{
    size_t i, kept = 0;

    for (i = 0; i < stalls->nr; i++)
        if (is_kept(&stalls->list[i], host))
            stalls->list[kept++] = stalls->list[i];
    stalls->nr = kept;
}

static void judge(xlmem__stalls *stalls, xlmem__stall *stall, int64_t now_ms)
{
    const int64_t ms =
        stall->kind == XLMEM__STALL_DYING ? stalls->dying_ms : STALL_MS;
    const bool was = stall->judged;

    stall->judged = now_ms - stall->since >= ms;
    if (stall->judged && !was)
        stalls->nr_judged++;
}

/* NULL: not watched. */
static xlmem__stall *watch(xlmem__stalls *stalls, int64_t now_ms,
                           const xlmem_host *host, const xlmem_dom *dom)
{
    xlmem__stall *stall = find(stalls, dom->domid);
    xlmem__stall_kind kind = stall ? stall->kind : kind_of(host, dom);
    uint64_t left_kb = left_of(dom, kind);

    if (kind == XLMEM__STALL_NONE)
        return NULL;
    if (!stall) {
        stall = add(stalls);
        if (!stall)
            return NULL;
        *stall = (xlmem__stall){dom->domid, kind, left_kb, now_ms, false};
    }
    if (left_kb < stall->left_kb) {
        stall->left_kb = left_kb;
        stall->since = now_ms;
    }
    judge(stalls, stall, now_ms);
    return stall;
}

/* Of dom0 nothing can be asked without knowing its target. */
static void set_aside(xlmem_host *host, xlmem_dom *dom)
{
    dom->set_aside = true;
    if (!dom->domid)
        host->dom0.known &= ~XLMEM_FACT_BIT(&host->dom0, balloon_target_kb);
}

void xlmem__stalls_update(xlmem__stalls *stalls, int64_t now_ms,
                          xlmem_host *host)
{
    size_t i;

    forget(stalls, host);
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem__stall *stall =
            watch(stalls, now_ms, host, &host->doms[i]);

        if (stall && stall->judged)
            set_aside(host, &host->doms[i]);
    }
}

bool xlmem__stalls_suspect(const xlmem__stalls *stalls, xlmem_host *host)
{
    bool any = false;
    size_t i, j;

    for (i = 0; i < stalls->nr; i++) {
        if (stalls->list[i].judged ||
            stalls->list[i].kind != XLMEM__STALL_UNBUILT)
            continue;
        for (j = 0; j < host->nr_doms; j++)
            if (host->doms[j].domid == stalls->list[i].domid)
                host->doms[j].set_aside = any = true;
    }
    return any;
}
