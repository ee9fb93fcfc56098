/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard reads a domain's file when it guards the domain's create.  Who was
 * created before there was a guard or a file, or by a libvirtd that is not
 * guarded, has his range from here:
 *
 *     a pass: takes no part, has no range --> looked at before: left alone
 *                                         --> its name, its file, its nodes
 *
 * A list in the domain's own file counts as a whole before that file, so who
 * has any of the three nodes is left alone.  A domain that is migrated to here
 * has another name until it is complete; it is paused as long, and therefore
 * not looked at.
 */
#include "daemon/ranges.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/parts.h"
#include "input/range_file.h"

/* ------------------------------------------------------- one domain --- */

static bool has_any(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, dynamic_min_kb) ||
           XLMEM_KNOWS(dom, dynamic_max_kb) || XLMEM_KNOWS(dom, weight);
}

static void give_range(xlmem_ctx *ctx, const xlmem_dom *dom)
{
    char err[RANGE_FILE_ERR_MAX];
    xlmem_opt_in range = {.known = 0};
    int rc = range_file_of(ctx, dom, &range, err);

    if (rc == XLMEM_ERROR_NOTFOUND || (!rc && !range.known))
        return;
    if (rc) {
        cmd_message("%s", err);
        return;
    }
    if (xlmem_range_check(dom, &range, err, sizeof(err)))
        cmd_message("/" XLMEM_DOM_CONF_DIR "/%s.conf: %s", dom->name, err);
    else if (!xlmem_range_set(ctx, dom, &range)) /* else it is logged */
        cmd_message("domain %" PRIu64 " has the range of /" XLMEM_DOM_CONF_DIR
                    "/%s.conf",
                    dom->domid, dom->name);
}

/* ------------------------------------------------------- all of them --- */

/* Who is to be looked at; who has gone is forgotten, since others may get his
 * id.  Returns whether there is anybody. */
static bool find_newcomers(ranges *r, const xlmem_monitor *monitor,
                           xlmem_domids *newcomers)
{
    xlmem_domids here = {{0}};
    bool any = false;
    xlmem_part part;
    uint64_t domid;
    size_t n = 0;

    while (parts_next(monitor, &n, &domid, &part)) {
        xlmem_domids_add(&here, domid);
        if (xlmem_domids_has(&r->looked, domid) || part != XLMEM_PART_NO_RANGE)
            continue;
        xlmem_domids_add(newcomers, domid);
        any = true;
    }
    xlmem_domids_keep(&r->looked, &here);
    return any;
}

/* Whom the host shows meanwhile; another one is of the next pass. */
static void look_at_newcomers(ranges *r, xlmem_ctx *ctx,
                              const xlmem_domids *newcomers)
{
    const xlmem_dom *dom;
    xlmem_host host;
    size_t i;
    int rc;

    xlmem_host_init(&host);
    /* What failed was logged; the next pass looks again. */
    rc = xlmem_snapshot_short(ctx, &host);
    for (i = 0; !rc && i < host.nr_doms; i++) {
        dom = &host.doms[i];
        if (!xlmem_domids_has(newcomers, dom->domid))
            continue;
        xlmem_domids_add(&r->looked, dom->domid);
        if (!has_any(dom))
            give_range(ctx, dom);
    }
    xlmem_host_dispose(&host);
}

void ranges_look(ranges *r, xlmem_ctx *ctx, const xlmem_monitor *monitor)
{
    xlmem_domids newcomers = {{0}};

    if (find_newcomers(r, monitor, &newcomers))
        look_at_newcomers(r, ctx, &newcomers);
}

void ranges_forget(ranges *r)
{
    memset(r, 0, sizeof(*r));
}
