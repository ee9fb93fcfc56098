/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A doctor's look at a live host of @N processes: each process' stat below a
 * folder made as /proc is, then all rules over a fifth as many domains.
 *
 *     bench_doctor N REPEATS
 *
 * The look at processes ends by the clock (sys/capture/look.h).  Instructions
 * are counted by a program that is fifty times slower, so that its clock
 * stands still here (--wrap): what is counted is what a host that is quick
 * enough does.  What the kernel does for the files is not counted.
 */
#include "bench.h"

#include <sys/stat.h>
#include <unistd.h>

#include "model/doctor/view.h"
#include "sys/capture/processes.h"

#define MOST 100000

static char dir[] = "/tmp/bench-doctor-XXXXXX";
static xlmem_vitals_zone zones[2];
static xlmem_findings found;

int64_t __wrap_xlmem__time_ms(clockid_t clock);

int64_t __wrap_xlmem__time_ms(clockid_t clock)
{
    (void)clock;
    return 0;
}

static void write_file(const char *name, const char *text)
{
    char path[96];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "we");
    if (!file || fputs(text, file) < 0 || fclose(file))
        exit(BENCH_FAILED);
}

/* Fields as Linux 6.1 writes them; one of 50 has a thread more, one of 500
 * waits uninterruptibly. */
static void make_process(size_t pid)
{
    char name[64], text[256];

    snprintf(name, sizeof(name), "%s/%zu", dir, pid);
    if (mkdir(name, 0700))
        exit(BENCH_FAILED);
    snprintf(text, sizeof(text),
             "%zu (qemu-system-i38) %c 1 %zu %zu 0 -1 4194560 8010 0 12 0 311 "
             "270 0 0 20 0 %d 0 5121 1207959552 %zu 18446744073709551615 1 1 "
             "0 0 0 0 0 4096 134234626 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
             pid, pid % 500 ? 'S' : 'D', pid, pid, pid % 50 ? 1 : 2,
             pid * 7919 % 100000);
    snprintf(name, sizeof(name), "%zu/stat", pid);
    write_file(name, text);
    snprintf(name, sizeof(name), "%zu/wchan", pid);
    write_file(name, "io_schedule");
}

static void end_process(size_t pid)
{
    static const char *const names[] = {"/stat", "/wchan", ""};
    char path[96];
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%zu%s", dir, pid, names[i]);
        remove(path);
    }
}

static void set_vitals(xlmem_vitals *v)
{
    size_t i, o;

    xlmem_vitals_init(v);
    v->docs = (1U << XLMEM_NR_DOCS) - 1;
    XLMEM_SET(&v->mem, mem_total_kb, 8 * GIB);
    XLMEM_SET(&v->mem, mem_free_kb, 3 * GIB);
    XLMEM_SET(&v->mem, mem_available_kb, 4 * GIB);
    v->zones = zones;
    v->nr_zones = 2;
    for (i = 0; i < 2; i++) {
        strcpy(zones[i].name, i ? "Normal" : "DMA32");
        XLMEM_SET(&zones[i], node, 0);
        XLMEM_SET(&zones[i], managed_pages, 1048576);
        XLMEM_SET(&zones[i], nr_orders, 11);
        for (o = 0; o < 11; o++)
            zones[i].free_blocks[o] = 190;
    }
}

BENCH_PHASE static int phase_look(const xlmem_host *host, xlmem_vitals *v)
{
    xlmem_policy policy;
    const xlmem_scene scene = {
        .host = host, .vitals = v, .live = true, .policy = &policy};
    int rc = xlmem__processes_read(dir, NULL, &v->procs);

    xlmem_policy_init(&policy);
    if (!rc)
        xlmem__doctor(&scene, &found);
    return rc;
}

int main(int argc, char **argv)
{
    const size_t nr = bench_size(argc, argv, 1, 5000, MOST);
    const size_t repeats = bench_size(argc, argv, 2, 1, BENCH_REPEATS_MAX);
    static int64_t took_ns[BENCH_REPEATS_MAX];
    xlmem_vitals vitals;
    xlmem_host host;
    char result[64];
    size_t i;
    int rc = 0;

    if (!mkdtemp(dir))
        return BENCH_FAILED;
    for (i = 1; i <= nr; i++)
        make_process(i);
    write_file("loadavg", "0.10 0.10 0.10 1/100 1\n");
    bench_host(&host, nr / 5 + 1, 0);
    set_vitals(&vitals);
    for (i = 0; i < repeats && !rc; i++) {
        const int64_t start_ns = bench_now_ns();

        rc = phase_look(&host, &vitals);
        took_ns[i] = bench_now_ns() - start_ns;
    }
    for (i = 1; i <= nr; i++)
        end_process(i);
    snprintf(result, sizeof(result), "%s/loadavg", dir);
    remove(result);
    remove(dir);
    if (rc || vitals.procs.nr_processes != nr)
        return BENCH_FAILED;
    snprintf(result, sizeof(result), "%zu findings, %" PRIu64 " waiting",
             found.nr, vitals.procs.nr_waiting);
    bench_print("doctor", took_ns, repeats, result);
    return 0;
}
