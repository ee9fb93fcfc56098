/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/render.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/capture/host_tables.h"
#include "model/checked.h"
#include "private/printable.h"

/* A text that grows; failure is remembered. */
struct out {
    char *p;
    size_t len, room;
    bool failed;
};

static void render_line(struct out *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void render_line(struct out *out, const char *fmt, ...)
{
    va_list ap, again;
    char *bigger;
    size_t need;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    need = out->len + (n < 0 ? 0 : (size_t)n) + 1;
    if (need > out->room && !out->failed) {
        bigger = realloc(out->p, 2 * need);
        out->failed = !bigger;
        if (bigger) {
            out->p = bigger;
            out->room = 2 * need;
        }
    }
    if (n > 0 && !out->failed) {
        vsnprintf(out->p + out->len, out->room - out->len, fmt, again);
        out->len += (size_t)n;
    }
    va_end(again);
    va_end(ap);
}

/* A name on a line of its own: cut, and escaped, so that it stays one. */
typedef struct line_name {
    char text[256];
} line_name;

static line_name name_on_line(const char *name)
{
    line_name on = {""};

    xlmem_escape(on.text, sizeof(on.text), name, XLMEM_ESCAPE_UNPRINTABLE);
    return on;
}

/* Nothing said is no document. */
static int finish_document(struct out *out, char **text_r)
{
    if (out->failed) {
        free(out->p);
        return XLMEM_ERROR_NOMEM;
    }
    if (out->p)
        *text_r = out->p;
    return 0;
}

static unsigned long long xls_mib(uint64_t kb)
{
    return (unsigned long long)(kb / XLMEM__MIB_KB);
}

/* ------------------------------------------------------------ xl info --- */

static void say_number(struct out *out, const char *name, uint64_t value)
{
    render_line(out, "%-23s: %llu\n", name, (unsigned long long)value);
}

static void say_text(struct out *out, const char *name, const char *text)
{
    if (text)
        render_line(out, "%-23s: %s\n", name, text);
}

/* free_memory has the claims deducted already. */
static void say_memory(struct out *out, const xlmem_host *host)
{
    if (XLMEM_KNOWS(host, total_kb))
        say_number(out, "total_memory", xls_mib(host->total_kb));
    if (XLMEM_KNOWS(host, free_kb))
        say_number(out, "free_memory",
                   xlmem__sub0(xls_mib(host->free_kb),
                               xls_mib(host->outstanding_kb)));
    if (XLMEM_KNOWS(host, outstanding_kb))
        say_number(out, "outstanding_claims", xls_mib(host->outstanding_kb));
}

int xlmem__render_xl_info(const xlmem_host *host, char **text_r)
{
    struct out out = {NULL, 0, 0, false};

    say_text(&out, "release", host->dom0.kernel_release);
    if (XLMEM_KNOWS(host, nr_cpus))
        say_number(&out, "nr_cpus", host->nr_cpus);
    if (XLMEM_KNOWS(host, nr_nodes))
        say_number(&out, "nr_nodes", host->nr_nodes);
    if (XLMEM_KNOWS(host, arm))
        render_line(&out, "%-23s: %s\n", "machine",
                    host->arm ? "aarch64" : "x86_64");
    /* The line says all; it is left out where HAP or IOMMU is not known. */
    if (XLMEM_KNOWS(host, iommu) && XLMEM_KNOWS(host, hap))
        render_line(&out, "%-23s: pv%s%s%s\n", "virt_caps",
                    host->iommu ? " pv_directio" : "", host->hap ? " hap" : "",
                    host->iommu_pt_share ? " iommu_hap_pt_share" : "");
    say_memory(&out, host);
    if (XLMEM_KNOWS(host, xen_major))
        say_number(&out, "xen_major", host->xen_major);
    if (XLMEM_KNOWS(host, xen_minor))
        say_number(&out, "xen_minor", host->xen_minor);
    say_text(&out, "xen_version", host->xen_version);
    say_text(&out, "xen_commandline", host->xen_cmdline);
    return finish_document(&out, text_r);
}

/* ------------------------------------------------------------ xl list --- */

static bool fills_row(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, tot_kb) && XLMEM_KNOWS(dom, vcpus) &&
           XLMEM_KNOWS(dom, cpu_time_ms) && XLMEM_KNOWS(dom, paused) &&
           XLMEM_KNOWS(dom, shutdown) && XLMEM_KNOWS(dom, dying);
}

static void say_row(struct out *out, const xlmem_dom *dom)
{
    render_line(out, "%-40s %5llu %5llu %5llu     --%c%c-%c  %6llu.%llu\n",
                name_on_line(dom->name ? dom->name : "(null)").text,
                (unsigned long long)dom->domid, xls_mib(dom->tot_kb),
                (unsigned long long)dom->vcpus, dom->paused ? 'p' : '-',
                dom->shutdown ? 's' : '-', dom->dying ? 'd' : '-',
                (unsigned long long)(dom->cpu_time_ms / 1000),
                (unsigned long long)(dom->cpu_time_ms % 1000 / 100));
}

/* A list with a domain left out would say that it is not there. */
int xlmem__render_xl_list(const xlmem_host *host, char **text_r)
{
    struct out out = {NULL, 0, 0, false};
    size_t i;

    if (!XLMEM_KNOWS(host, domains_listed) || !host->domains_listed)
        return 0;
    for (i = 0; i < host->nr_doms; i++)
        if (!fills_row(&host->doms[i]))
            return 0;
    render_line(&out, "%-40s %5s %5s %5s %10s %8s\n", "Name", "ID", "Mem",
                "VCPUs", "State", "Time(s)");
    for (i = 0; i < host->nr_doms; i++)
        say_row(&out, &host->doms[i]);
    return finish_document(&out, text_r);
}

static void put_create(xlmem__json_out *out, const xlmem_dom *dom)
{
    const char *type = xlmem__name_of(&xlmem__dom_types, dom->type);

    xlmem__json_put_object(out, "c_info");
    if (type)
        xlmem__json_put_string(out, "type", type);
    if (dom->name)
        xlmem__json_put_string(out, "name", dom->name);
    if (dom->uuid[0])
        xlmem__json_put_string(out, "uuid", dom->uuid);
    xlmem__json_end_object(out);
}

static void put_build(xlmem__json_out *out, const xlmem_dom *dom)
{
    xlmem__json_put_object(out, "b_info");
    if (XLMEM_KNOWS(dom, vcpus))
        xlmem__json_put_u64(out, "max_vcpus", dom->vcpus);
    if (XLMEM_KNOWS(dom, static_max_kb))
        xlmem__json_put_u64(out, "max_memkb", dom->static_max_kb);
    if (XLMEM_KNOWS(dom, target_kb))
        xlmem__json_put_u64(out, "target_memkb", dom->target_kb);
    if (XLMEM_KNOWS(dom, paging_kb) && dom->type != XLMEM_DOM_PV)
        xlmem__json_put_u64(out, "shadow_memkb", dom->paging_kb);
    xlmem__json_end_object(out);
}

int xlmem__render_xl_list_long(const xlmem_host *host, char **text_r)
{
    xlmem__json_out *out;
    size_t i;
    int rc;

    if (!host->nr_doms)
        return 0;
    out = xlmem__json_out_alloc();
    if (!out)
        return XLMEM_ERROR_NOMEM;
    xlmem__json_put_array(out, NULL);
    for (i = 0; i < host->nr_doms; i++) {
        xlmem__json_put_object(out, NULL);
        xlmem__json_put_u64(out, "domid", host->doms[i].domid);
        xlmem__json_put_object(out, "config");
        put_create(out, &host->doms[i]);
        put_build(out, &host->doms[i]);
        xlmem__json_end_object(out);
        xlmem__json_end_object(out);
    }
    xlmem__json_end_array(out);
    rc = xlmem__json_out_finish(out, text_r);
    xlmem__json_out_free(out);
    return rc;
}

/* ------------------------------------------------------------- others --- */

int xlmem__render_e820(const xlmem_host *host, char **text_r)
{
    struct out out = {NULL, 0, 0, false};
    size_t i;

    if (host->map.source != XLMEM_MAP_XEN)
        return 0;
    for (i = 0; i < host->map.nr; i++) {
        const xlmem_range *range = &host->map.ranges[i];

        render_line(&out, "%llx %llx %lu\n", (unsigned long long)range->start,
                    (unsigned long long)(range->end - 1),
                    (unsigned long)range->type);
    }
    return finish_document(&out, text_r);
}

static void say_node(struct out *out, const xlmem_dom *dom, const char *node,
                     bool known, uint64_t value)
{
    const unsigned long long id = (unsigned long long)dom->domid;

    if (known)
        render_line(out, "/local/domain/%llu/%s = \"%llu\"   (n0,r%llu)\n", id,
                    node, (unsigned long long)value, id);
}

int xlmem__render_xenstore_ls(const xlmem_host *host, char **text_r)
{
    struct out out = {NULL, 0, 0, false};
    size_t i;

#define NODE(name, field)                                                     \
    say_node(&out, dom, name, XLMEM_KNOWS(dom, field), dom->field)
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        const char *type = xlmem__name_of(&xlmem__dom_types, dom->type);
        const unsigned long long id = (unsigned long long)dom->domid;

        if (dom->name)
            render_line(&out,
                        "/local/domain/%llu/name = \"%s\"   (n0,r%llu)\n", id,
                        name_on_line(dom->name).text, id);
        NODE("memory/static-max", static_max_kb);
        NODE("memory/target", target_kb);
        NODE("memory/dynamic-min", dynamic_min_kb);
        NODE("memory/dynamic-max", dynamic_max_kb);
        NODE("memory/weight", weight);
        NODE("memory/uncooperative", uncooperative);
        NODE("memory/memguard-pin", pin_kb);
        NODE("memory/memguard-demand", demand_kb);
        NODE("memory/memguard-floods", floods);
        /* Of one that has none there is no node. */
        if (dom->device_model_domid)
            NODE(XLMEM_DEVICE_MODEL_NODE, device_model_domid);
        if (XLMEM_KNOWS(dom, pci_devices))
            render_line(&out,
                        "/local/domain/0/" XLMEM_PCI_NODE
                        "/%llu" XLMEM_PCI_COUNT " = \"%llu\"   (n0,r%llu)\n",
                        id, (unsigned long long)dom->pci_devices, id);
        if (type)
            render_line(&out, "/libxl/%llu/type = \"%s\"   (n0)\n", id, type);
    }
#undef NODE
    if (XLMEM_KNOWS(host, daemon_pid))
        render_line(&out, XLMEM_DAEMON_NODE "/pid = \"%llu\"   (n0)\n",
                    (unsigned long long)host->daemon_pid);
    if (XLMEM_KNOWS(host, daemon_moves))
        render_line(&out, XLMEM_DAEMON_NODE "/state = \"%s\"   (n0)\n",
                    host->daemon_moves ? XLMEM_DAEMON_MOVES : "off");
    return finish_document(&out, text_r);
}
