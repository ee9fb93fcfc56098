/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard status: where the memory is. */
#include "account.h"
#include "session.h"

static const char *type_name(xlmem_dom_type type)
{
    switch (type) {
    case XLMEM_DOM_PV:
        return "pv";
    case XLMEM_DOM_PVH:
        return "pvh";
    case XLMEM_DOM_HVM:
        return "hvm";
    case XLMEM_DOM_UNKNOWN:
        break;
    }
    return NULL;
}

static void put_host(out *o, const xlmem_host *host, const account *a)
{
    out_text(o, "xen_version", "Xen", host->xen_version);
    OUT_FACT(o, "total_kb", "memory of the host", OUT_KB, a, total_kb);
    OUT_FACT(o, "xen_kb", "Xen's own", OUT_KB, a, xen_kb);
    OUT_FACT(o, "dom0_kb", "dom0", OUT_KB, a, dom0_kb);
    OUT_FACT(o, "domus_kb", "domUs", OUT_KB, a, domus_kb);
    OUT_FACT(o, "free_kb", "free", OUT_KB, a, free_kb);
    OUT_FACT(o, "outstanding_kb", "of it claimed", OUT_KB, host,
             outstanding_kb);
}

static void put_dom0(out *o, const xlmem_dom0 *dom0)
{
    out_object(o, "dom0", "dom0's own view");
    out_text(o, "kernel", "kernel", dom0->kernel_release);
    OUT_FACT(o, "target_kb", "balloon's target", OUT_KB, dom0,
             balloon_target_kb);
    OUT_FACT(o, "current_kb", "balloon's present size", OUT_KB, dom0,
             balloon_current_kb);
    OUT_FACT(o, "memtotal_kb", "MemTotal", OUT_KB, dom0, mem_total_kb);
    OUT_FACT(o, "memavailable_kb", "MemAvailable", OUT_KB, dom0,
             mem_available_kb);
    OUT_FACT(o, "memfree_kb", "MemFree", OUT_KB, dom0, mem_free_kb);
    out_end(o);
}

static void put_maxmem(out *o, const xlmem_dom *dom)
{
    bool known = XLMEM_KNOWS(dom, maxmem_kb);
    const out_field field = {
        .key = "maxmem_kb",
        .label = "maxmem",
        .kind = OUT_KB,
        .known = known && dom->maxmem_kb != XLMEM_NO_MAXMEM_KB,
        .num = dom->maxmem_kb,
        .absent = known ? "none" : NULL,
    };

    out_num(o, &field);
}

static void put_domains(out *o, const xlmem_host *host)
{
    size_t i;

    out_list(o, "domains", "Domains (kB)");
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        out_row(o);
        OUT_FACT(o, "domid", "id", OUT_COUNT, dom, domid);
        out_text(o, "name", "name", dom->name);
        out_text(o, "type", "type", type_name(dom->type));
        OUT_FACT(o, "tot_kb", "has", OUT_KB, dom, tot_kb);
        OUT_FACT(o, "target_kb", "target", OUT_KB, dom, target_kb);
        put_maxmem(o, dom);
        OUT_FACT(o, "static_max_kb", "static-max", OUT_KB, dom, static_max_kb);
        OUT_FACT(o, "paging_kb", "pool", OUT_KB, dom, paging_kb);
        OUT_FACT(o, "outstanding_kb", NULL, OUT_KB, dom, outstanding_kb);
        out_row_end(o);
    }
    out_end(o);
}

int cmd_status(const cmd_run *run)
{
    xlmem_host host;
    account a;
    out *o = NULL;
    int status, rc;

    xlmem_host_init(&host);
    rc = session_snapshot(run, &host);
    if (rc) {
        status = xlmem_exit_status(rc);
        goto out;
    }
    status = EXIT_FAILED;
    o = session_out(run);
    if (!o)
        goto out;
    account_make(&host, &a);
    put_host(o, &host, &a);
    put_dom0(o, &host.dom0);
    account_draw(o, &a);
    put_domains(o, &host);
    if (!XLMEM_KNOWS(&host, domains_listed))
        out_say(o, "%s", "");
    if (!XLMEM_KNOWS(&host, domains_listed))
        out_say(o, "Which domains run is not known.");
    status = session_close_out(o, EXIT_DONE);
out:
    xlmem_host_dispose(&host);
    return status;
}
