/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Prints what libxlmem knows of this machine, one fact a line, for scenarios
 * that compare it with what other tools say:
 *
 *     host.free_kb=2981888
 *     dom.0.tot_kb=1048576
 *     map.0=0x0 0x9fc00 1
 *
 * usage: xlmem-facts [-n TIMES | -u UID | -c CAPTURE]
 *   -n   take the snapshot so often and say how long one took
 *   -u   become this user first
 *   -c   read this capture instead of the machine
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "private/all.h"

#define SHOW(prefix, s, field)                                                \
    do {                                                                      \
        if (XLMEM_KNOWS(s, field))                                            \
            printf("%s" #field "=%" PRIu64 "\n", prefix, (s)->field);         \
    } while (0)

static void show_text(const char *name, const char *text)
{
    if (text)
        printf("%s=%s\n", name, text);
}

static void show_dom(const xlmem_dom *dom)
{
    static const char *const types[] = {"unknown", "pv", "pvh", "hvm"};
    char prefix[32], name[48];

    snprintf(prefix, sizeof(prefix), "dom.%" PRIu64 ".", dom->domid);
    SHOW(prefix, dom, vcpus);
    SHOW(prefix, dom, tot_kb);
    SHOW(prefix, dom, maxmem_kb);
    SHOW(prefix, dom, outstanding_kb);
    SHOW(prefix, dom, paging_kb);
    SHOW(prefix, dom, target_kb);
    SHOW(prefix, dom, static_max_kb);
    SHOW(prefix, dom, dynamic_min_kb);
    SHOW(prefix, dom, dynamic_max_kb);
    SHOW(prefix, dom, cpu_time_ms);
    SHOW(prefix, dom, paused);
    SHOW(prefix, dom, dying);
    SHOW(prefix, dom, shutdown);
    printf("%stype=%s\n", prefix, types[dom->type]);
    printf("%suuid=%s\n", prefix, dom->uuid);
    snprintf(name, sizeof(name), "%sname", prefix);
    show_text(name, dom->name);
}

static void show_map(const xlmem_map *map)
{
    size_t i;

    printf("map.source=%s\n", xlmem_map_source_name(map->source));
    printf("map.usable_kb=%" PRIu64 "\n", xlmem_map_usable_kb(map));
    for (i = 0; i < map->nr; i++)
        printf("map.%zu=%#" PRIx64 " %#" PRIx64 " %" PRIu32 "\n", i,
               map->ranges[i].start, map->ranges[i].end, map->ranges[i].type);
}

static void show_dom0(const xlmem_dom0 *dom0)
{
    SHOW("dom0.", dom0, mem_total_kb);
    SHOW("dom0.", dom0, balloon_target_kb);
    SHOW("dom0.", dom0, balloon_current_kb);
    SHOW("dom0.", dom0, linux_major);
    SHOW("dom0.", dom0, linux_minor);
    SHOW("dom0.", dom0, nr_cpus);
    SHOW("dom0.", dom0, present_pages);
    SHOW("dom0.", dom0, boot_available_kb);
    printf("dom0.nr_zones=%zu\n", dom0->nr_zones);
    show_text("dom0.kernel_cmdline", dom0->kernel_cmdline);
}

static void show_host(const xlmem_host *host)
{
    size_t i;

    SHOW("host.", host, total_kb);
    SHOW("host.", host, free_kb);
    SHOW("host.", host, outstanding_kb);
    SHOW("host.", host, nr_cpus);
    SHOW("host.", host, nr_nodes);
    SHOW("host.", host, xen_major);
    SHOW("host.", host, xen_minor);
    SHOW("host.", host, hap);
    SHOW("host.", host, iommu);
    SHOW("host.", host, domains_listed);
    show_text("host.xen_version", host->xen_version);
    show_text("host.xen_cmdline", host->xen_cmdline);
    printf("host.nr_doms=%zu\n", host->nr_doms);
    for (i = 0; i < host->nr_doms; i++)
        show_dom(&host->doms[i]);
    show_map(&host->map);
    show_dom0(&host->dom0);
}

static void print_message(void *user, int level, const char *text)
{
    (void)user;
    if (level > 0)
        fprintf(stderr, "%s\n", text);
}

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int time_snapshots(xlmem_ctx *ctx, long times)
{
    uint64_t start = now_us();
    xlmem_host host;
    long i;
    int rc = 0;

    xlmem_host_init(&host);
    for (i = 0; i < times && !rc; i++)
        rc = xlmem_snapshot(ctx, &host);
    if (!rc)
        printf("snapshot_us=%" PRIu64 "\nnr_doms=%zu\n",
               (now_us() - start) / (uint64_t)times, host.nr_doms);
    xlmem_host_dispose(&host);
    return rc;
}

static int show_snapshot(xlmem_ctx *ctx)
{
    xlmem_host host;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem_snapshot(ctx, &host);
    if (!rc)
        show_host(&host);
    xlmem_host_dispose(&host);
    return rc;
}

int main(int argc, char **argv)
{
    const char *option = argc == 3 ? argv[1] : "";
    bool capture = !strcmp(option, "-c");
    long number = argc == 3 && !capture ? atol(argv[2]) : 0;
    xlmem_ctx *ctx;
    int rc;

    if (argc != 1 && !capture && number < 1)
        return 2;
    if (!strcmp(option, "-u") && setuid((uid_t)number))
        return 2;
    rc = xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL);
    if (rc)
        return 1;
    xlmem_ctx_set_log(ctx, print_message, NULL);
    rc = capture ? xlmem_ctx_open_capture(ctx, argv[2])
                 : xlmem_ctx_open_live(ctx);
    if (!rc)
        rc = strcmp(option, "-n") ? show_snapshot(ctx)
                                  : time_snapshots(ctx, number);
    xlmem_ctx_free(ctx);
    return xlmem_exit_status(rc);
}
