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
#include "model/promised.h"

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

static xlmem__stall_kind kind_of(const xlmem__promised *promised,
                                 const xlmem_dom *dom)
{
    if (xlmem__is_unbuilt(dom) && !xlmem__promised_has(promised, dom))
        return XLMEM__STALL_UNBUILT;
    if (!xlmem__coming_kb(promised->host, dom))
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
static bool is_kept(const xlmem__stall *stall, const xlmem__promised *promised)
{
    const xlmem_dom *dom = xlmem_host_find_dom(promised->host, stall->domid);
    xlmem__stall_kind kind = dom ? kind_of(promised, dom) : XLMEM__STALL_NONE;

    if (kind != XLMEM__STALL_NONE)
        return kind == stall->kind;
    return dom && stall->judged && stall->kind == XLMEM__STALL_BALLOON;
}

static void forget(xlmem__stalls *stalls, const xlmem__promised *promised)
{
    size_t i, kept = 0;

    for (i = 0; i < stalls->nr; i++)
        if (is_kept(&stalls->list[i], promised))
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

/* @stall: its own, or NULL: it has not been watched.  NULL: it is not. */
static xlmem__stall *watch(xlmem__stalls *stalls, xlmem__stall *stall,
                           int64_t now_ms, const xlmem__promised *promised,
                           const xlmem_dom *dom)
{
    xlmem__stall_kind kind = stall ? stall->kind : kind_of(promised, dom);
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

static int by_domid(const void *a, const void *b)
{
    const xlmem__stall *x = a, *y = b;

    return (x->domid > y->domid) - (x->domid < y->domid);
}

/* Both lists are in ascending order; who is new stands behind the others until
 * the end. */
void xlmem__stalls_update(xlmem__stalls *stalls, int64_t now_ms,
                          xlmem_host *host)
{
    xlmem__promised promised;
    size_t i, at = 0, nr_known;

    xlmem__promised_of(host, &promised);
    forget(stalls, &promised);
    nr_known = stalls->nr;
    for (i = 0; i < host->nr_doms; i++) {
        xlmem_dom *dom = &host->doms[i];
        xlmem__stall *stall;

        while (at < nr_known && stalls->list[at].domid < dom->domid)
            at++;
        stall = at < nr_known && stalls->list[at].domid == dom->domid
                    ? &stalls->list[at]
                    : NULL;
        stall = watch(stalls, stall, now_ms, &promised, dom);
        if (stall && stall->judged)
            set_aside(host, dom);
    }
    if (stalls->nr > nr_known)
        qsort(stalls->list, stalls->nr, sizeof(*stalls->list), by_domid);
}

bool xlmem__stalls_suspect(const xlmem__stalls *stalls, xlmem_host *host)
{
    bool any = false;
    size_t i;

    for (i = 0; i < stalls->nr; i++) {
        const xlmem_dom *dom;

        if (stalls->list[i].judged ||
            stalls->list[i].kind != XLMEM__STALL_UNBUILT)
            continue;
        dom = xlmem_host_find_dom(host, stalls->list[i].domid);
        if (dom)
            host->doms[dom - host->doms].set_aside = any = true;
    }
    return any;
}
