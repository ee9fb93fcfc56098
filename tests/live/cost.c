/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Says what each function of a live module costs on this machine:
 *
 *     open_us=2100
 *     read_xen_us=41000
 *     proc/meminfo_us=180
 *
 * usage: xlmem-live-cost MODULE.so [TIMES]
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "private/backend.h"

static const char *const documents[] = {
    "proc/meminfo", "proc/zoneinfo", "proc/buddyinfo",
    "proc/vmstat",  "xl/dmesg",
};

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void report(const char *what, uint64_t start_us, uint64_t times)
{
    printf("%s_us=%" PRIu64 "\n", what, (now_us() - start_us) / times);
}

static int read_xen(const xlmem_backend *backend, void *user, uint64_t times)
{
    uint64_t start_us = now_us(), i;
    char err[320] = "";
    xlmem_host host;
    int rc = 0;

    for (i = 0; i < times && !rc; i++) {
        xlmem_host_init(&host);
        rc = backend->read_xen(user, &host, err, sizeof(err));
        if (!rc && i + 1 == times)
            printf("nr_doms=%zu\n", host.nr_doms);
        xlmem_host_dispose(&host);
    }
    if (rc)
        fprintf(stderr, "read_xen: %s\n", err);
    else
        report("read_xen", start_us, times);
    return rc;
}

static int read_document(const xlmem_backend *backend, void *user,
                         const char *path, uint64_t times)
{
    uint64_t start_us = now_us(), i;
    size_t len;
    char *buf;
    int rc = 0;

    for (i = 0; i < times && !rc; i++) {
        rc = backend->read_file(user, path, &buf, &len);
        if (!rc)
            free(buf);
    }
    if (rc)
        fprintf(stderr, "%s: %s\n", path, xlmem_strerror(rc));
    else
        report(path, start_us, times);
    return rc;
}

int main(int argc, char **argv)
{
    const xlmem_live_params params = {.struct_size = sizeof(params)};
    uint64_t times = argc > 2 ? strtoull(argv[2], NULL, 10) : 10;
    const xlmem_live_module_v2 *module;
    const xlmem_backend *backend;
    char err[320] = "";
    uint64_t start_us;
    size_t i;
    void *user;
    int rc;

    if (argc < 2 || !times)
        return 2;
    start_us = now_us();
    module = dlsym(dlopen(argv[1], RTLD_NOW), "xlmem_live_module");
    if (!module) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    report("load", start_us, 1);
    start_us = now_us();
    rc = module->open(&params, &backend, &user, err, sizeof(err));
    if (rc) {
        fprintf(stderr, "open: %s\n", err);
        return 1;
    }
    report("open", start_us, 1);
    rc = read_xen(backend, user, times);
    for (i = 0; i < sizeof(documents) / sizeof(documents[0]) && !rc; i++)
        rc = read_document(backend, user, documents[i], times);
    backend->close(user);
    return rc ? 1 : 0;
}
