/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/prediction.h"

#include <stdio.h>

#include "output/finding.h"

static const char *basis_name(xlmem_basis basis)
{
    switch (basis) {
    case XLMEM_BASIS_GENERIC:
        return "generic";
    case XLMEM_BASIS_KERNEL:
        return "kernel";
    case XLMEM_BASIS_CALIBRATED:
        return "calibrated";
    }
    return NULL;
}

static const char *basis_text(xlmem_basis basis)
{
    switch (basis) {
    case XLMEM_BASIS_GENERIC:
        return "the newest kernel known; dom0's own is not recorded";
    case XLMEM_BASIS_KERNEL:
        return "the version of dom0's kernel";
    case XLMEM_BASIS_CALIBRATED:
        return "this host's present boot";
    }
    return NULL;
}

static void put_predicted_dom0(out *o, const xlmem_prediction *p)
{
    const out_field max = {
        .key = "max_pages",
        .label = "its maximum",
        .kind = OUT_PAGES,
        .known = XLMEM_KNOWS(p, max_pages),
        .num = p->max_pages,
        .absent = "none",
    };

    OUT_FACT(o, "nr_pages", "dom0 gets", OUT_PAGES, p, nr_pages);
    out_num(o, &max);
    OUT_FACT(o, "memtotal_kb", "MemTotal in dom0", OUT_KB, p, memtotal_kb);
    OUT_FACT(o, "metadata_kb", "spent on describing memory", OUT_KB, p,
             metadata_kb);
    OUT_FACT(o, "hash_kb", "of it hash tables", OUT_KB, p, hash_kb);
    OUT_FACT(o, "kernel_kb", "kernel, initramfs, buffers", OUT_KB, p,
             kernel_kb);
}

void prediction_put(out *o, const xlmem_prediction *p)
{
    put_predicted_dom0(o, p);
    OUT_FACT(o, "host_free_kb", "stays free in Xen", OUT_KB, p, host_free_kb);
    OUT_FACT(o, "xen_kb", "Xen's own", OUT_KB, p, xen_kb);
    out_bool(o, "exact", NULL, p->exact);
    out_text(o, "basis", NULL, basis_name(p->basis));
    out_text(o, NULL, "based on", basis_text(p->basis));
    if (!p->exact)
        out_say(o,
                "What dom0 gets depends on what Xen has free when it boots: "
                "the figures are estimates.");
}

/* "Xen 4.17", or "the newest Xen known". */
static const char *release_name(char *buf, size_t len, const char *what,
                                bool known, uint64_t major, uint64_t minor)
{
    if (known)
        snprintf(buf, len, "%s %llu.%llu", what, (unsigned long long)major,
                 (unsigned long long)minor);
    else
        snprintf(buf, len, "the newest %s known", what);
    return buf;
}

static void say_assumed(out *o, const xlmem_host *host)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    char ram[32], xen[48], kernel[48];

    out_say(o,
            "Of a machine that is assumed: a PC with %s, %llu CPUs, %s, %s.",
            xlmem_format_size_kb(ram, sizeof(ram), host->total_kb),
            (unsigned long long)host->nr_cpus,
            release_name(xen, sizeof(xen), "Xen", XLMEM_KNOWS(host, xen_major),
                         host->xen_major, host->xen_minor),
            release_name(kernel, sizeof(kernel), "Linux",
                         XLMEM_KNOWS(dom0, linux_major), dom0->linux_major,
                         dom0->linux_minor));
}

static void say_taken_for(out *o, const char *what, const uint64_t its[2],
                          const uint64_t newest[2])
{
    out_say(o,
            "Of %s %llu.%llu there are no figures: it is taken for %llu.%llu, "
            "the newest known.",
            what, (unsigned long long)its[0], (unsigned long long)its[1],
            (unsigned long long)newest[0], (unsigned long long)newest[1]);
}

/* Releases that are too new. */
static void say_beyond(out *o, const xlmem_host *host)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    xlmem_machine newest;

    xlmem_host_beyond(host, &newest);
    if (XLMEM_KNOWS(&newest, xen_major))
        say_taken_for(o, "Xen", (uint64_t[]){host->xen_major, host->xen_minor},
                      (uint64_t[]){newest.xen_major, newest.xen_minor});
    if (XLMEM_KNOWS(&newest, linux_major))
        say_taken_for(o, "Linux",
                      (uint64_t[]){dom0->linux_major, dom0->linux_minor},
                      (uint64_t[]){newest.linux_major, newest.linux_minor});
}

void prediction_of_none(out *o, const xlmem_host *host)
{
    char xen[48];

    if (host->map.source == XLMEM_MAP_ASSUMED)
        say_assumed(o, host);
    if (host->no_xen)
        out_say(o,
                "No Xen runs on this machine: the figures are of one to come, "
                "%s, and what is used is used by all that runs now.",
                release_name(xen, sizeof(xen), "Xen",
                             XLMEM_KNOWS(host, xen_major), host->xen_major,
                             host->xen_minor));
    if (host->map.source == XLMEM_MAP_ASSUMED || host->no_xen)
        say_beyond(o, host);
}

/* What people are not told already. */
static finding_list unsaid(const xlmem_prediction *p,
                           const xlmem_lint_report *lint,
                           xlmem_finding room[XLMEM_WARNINGS_MAX])
{
    finding_list list = {room, 0, p->nr_warnings_lost};
    size_t i;

    for (i = 0; i < p->nr_warnings; i++)
        if (!xlmem_finding_is(lint->items, lint->nr, p->warnings[i].id))
            room[list.nr++] = p->warnings[i];
    return list;
}

void prediction_warn(out *o, const xlmem_prediction *p,
                     const xlmem_lint_report *lint)
{
    xlmem_finding room[XLMEM_WARNINGS_MAX];
    finding_list list = {p->warnings, p->nr_warnings, p->nr_warnings_lost};

    if (o->ops->say && lint)
        list = unsaid(p, lint, room);
    finding_put_lines(o, "warnings", "Warnings", &list, XLMEM_SEV_NOTE);
}

const char *prediction_refusal(int rc)
{
    switch (rc) {
    case XLMEM_ERROR_UNKNOWN:
        return "how much memory this host has is not known; a memory map or "
               "'xl info' is needed";
    case XLMEM_ERROR_UNSUPPORTED:
        return "Xen for Arm is not modelled: its dom0 has the size that "
               "dom0_mem= names, and what its kernel keeps of that is not "
               "known here; 'xl-memguard lint' judges its command line by "
               "Arm's grammar";
    }
    return xlmem_strerror(rc);
}
