/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/facts.h"
#include "codec/capture/proc_stat.h"
#include "model/checked.h"
#include "sys/root.h"

/*
 * A look costs 7 to 10 us of CPU time for a process or a thread, nearly all of
 * it the kernel's (Linux 6.18, 4500 of them), and the whole of a doctor's look
 * has 50 ms, of which the rest of the command takes 12.  A dom0 of a thousand
 * domains has ten thousand threads, most of them QEMU's: these are looked at
 * only where the load says that somebody waits, and for so long.  On a host
 * with a load of thousands that may take longer: it has a limit of its own,
 * which nothing overrides.
 *
 * The least is for a slow machine: xenstored is among them, which begins with
 * the host (measured: where all is emulated, 40 ms are spent before number
 * 113).  Of the threads it was that of who held a lock that was beyond 8 ms.
 */
#define WALL_MS 1000
static const xlmem__look_limits processes_limits = {
    .cpu_ms = 30, .wall_ms = WALL_MS, .min = 512};
static const xlmem__look_limits threads_limits = {
    .cpu_ms = 8, .wall_ms = WALL_MS, .min = 256};

/* One task that waits for a minute makes a load of 0.63. */
#define LOAD_OF_ONE_BP 5000

/* Of a number of 64 bits. */
#define PID_DIGITS_MAX 20

/* Processes whose threads are to be looked at. */
#define THREADED_MAX 8192

typedef struct look {
    int proc;
    xlmem_vitals_procs *procs;
    uint64_t page_kb;
    size_t nr_threaded;
    uint32_t *threaded; /* pids */
    size_t nr_looked;   /* threads */
    bool cut;           /* not all were counted */
} look;

/* A short file.  false: it is gone. */
static bool read_short(int dir, const char *path, char *buf, size_t room,
                       size_t *len_r)
{
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    ssize_t r;

    if (fd < 0)
        return false;
    do
        r = read(fd, buf, room);
    while (r < 0 && errno == EINTR);
    close(fd);
    *len_r = r > 0 ? (size_t)r : 0;
    return r > 0;
}

static bool read_stat(int dir, const char *path, xlmem__proc_stat *stat_r)
{
    char buf[1024];
    size_t len;

    return read_short(dir, path, buf, sizeof(buf), &len) &&
           xlmem__proc_stat_parse((xlmem__str){buf, len}, stat_r);
}

/* ----------------------------------------------------------- who waits --- */

static void fill_process(xlmem_vitals_process *to,
                         const xlmem__proc_stat *stat, uint64_t pid,
                         uint64_t page_kb)
{
    *to = (xlmem_vitals_process){.pid = pid, .tid = stat->pid};
    to->rss_kb = xlmem__mul_sat(stat->rss_pages, page_kb);
    memcpy(to->comm, stat->comm, sizeof(to->comm));
}

/* Of those that wait the lock's waiters come first, and else the lowest. */
static void keep_stuck(xlmem_vitals_procs *procs,
                       const xlmem_vitals_process *task)
{
    const bool mmap = task->for_map;
    size_t at = procs->nr_stuck;

    if (at == XLMEM_STUCK_MAX) {
        if (!mmap || procs->stuck[at - 1].for_map)
            return;
        at--;
    }
    while (at && mmap && !procs->stuck[at - 1].for_map) {
        if (at < XLMEM_STUCK_MAX)
            procs->stuck[at] = procs->stuck[at - 1];
        at--;
    }
    procs->stuck[at] = *task;
    if (procs->nr_stuck < XLMEM_STUCK_MAX)
        procs->nr_stuck++;
}

/* @path: its folder. */
static void note_waiting(look *l, const char *path, uint64_t pid,
                         const xlmem__proc_stat *stat)
{
    xlmem_vitals_process task;
    char file[96];
    size_t len;

    fill_process(&task, stat, pid, l->page_kb);
    snprintf(file, sizeof(file), "%s/wchan", path);
    if (read_short(l->proc, file, task.waits_in, sizeof(task.waits_in) - 1,
                   &len)) {
        task.waits_in[len] = '\0';
        xlmem__make_safe(task.waits_in);
    }
    /* The kernel does not say. */
    if (!strcmp(task.waits_in, "0"))
        task.waits_in[0] = '\0';
    task.for_map = xlmem__is_mmap_wait(task.waits_in);
    l->procs->nr_waiting++;
    l->procs->nr_mmap += task.for_map;
    keep_stuck(l->procs, &task);
}

/* ----------------------------------------------------------- processes --- */

static void keep_largest(xlmem_vitals_procs *procs,
                         const xlmem_vitals_process *process)
{
    size_t at = procs->nr_largest, i;

    while (at && procs->largest[at - 1].rss_kb < process->rss_kb)
        at--;
    if (at == XLMEM_LARGEST_MAX)
        return;
    if (procs->nr_largest < XLMEM_LARGEST_MAX)
        procs->nr_largest++;
    for (i = procs->nr_largest - 1; i > at; i--)
        procs->largest[i] = procs->largest[i - 1];
    procs->largest[at] = *process;
}

static void note_xenstored(look *l, const xlmem__proc_stat *stat)
{
    const uint64_t per_s = (uint64_t)sysconf(_SC_CLK_TCK);

    if (strcmp(stat->comm, "xenstored") && strcmp(stat->comm, "oxenstored"))
        return;
    XLMEM_SET(l->procs, xenstored_pid, stat->pid);
    XLMEM_SET(l->procs, xenstored_ms,
              xlmem__mul_sat(stat->cpu_ticks, 1000) / (per_s ? per_s : 100));
}

static void note_threaded(look *l, const xlmem__proc_stat *stat)
{
    if (l->nr_threaded < THREADED_MAX && stat->pid <= UINT32_MAX)
        l->threaded[l->nr_threaded++] = (uint32_t)stat->pid;
    else
        l->procs->nr_unread += stat->nr_threads - 1;
}

static void note_process(look *l, const char *pid)
{
    xlmem_vitals_process process;
    xlmem__proc_stat stat;
    char path[PID_DIGITS_MAX + sizeof("/stat")];
    const size_t len = strnlen(pid, PID_DIGITS_MAX);

    memcpy(path, pid, len);
    strcpy(path + len, "/stat");
    if (!read_stat(l->proc, path, &stat))
        return;
    path[len] = '\0';
    l->procs->nr_processes++;
    l->procs->nr_threads += stat.nr_threads;
    l->procs->nr_zombies += stat.state == 'Z';
    if (stat.state == 'D')
        note_waiting(l, path, stat.pid, &stat);
    if (stat.nr_threads > 1)
        note_threaded(l, &stat);
    note_xenstored(l, &stat);
    fill_process(&process, &stat, stat.pid, l->page_kb);
    if (process.rss_kb)
        keep_largest(l->procs, &process);
}

static bool is_number(const char *name)
{
    return name[0] && strspn(name, "0123456789") == strlen(name);
}

static void each_process(look *l, DIR *dir, const xlmem__look_limits *limits)
{
    xlmem__look_end end = xlmem__look_end_of(limits);
    const struct dirent *entry;

    while (errno = 0, (entry = readdir(dir))) {
        if (!is_number(entry->d_name))
            continue;
        if (!l->cut)
            l->cut = xlmem__look_is_over(&end, l->procs->nr_processes);
        if (l->cut)
            l->procs->nr_unread++;
        else
            note_process(l, entry->d_name);
    }
    if (errno) {
        l->cut = true;
        l->procs->nr_unread++; /* one at least */
    }
}

/* ------------------------------------------------------------- threads --- */

static void note_thread(look *l, uint32_t pid, const char *tid)
{
    xlmem__proc_stat stat;
    char file[96];

    l->nr_looked++;
    snprintf(file, sizeof(file), "%u/task/%.20s/stat", pid, tid);
    if (!read_stat(l->proc, file, &stat) || stat.state != 'D')
        return;
    snprintf(file, sizeof(file), "%u/task/%.20s", pid, tid);
    note_waiting(l, file, pid, &stat);
}

/* The first has been looked at as the process. */
static void each_thread(look *l, uint32_t pid, xlmem__look_end *end)
{
    const struct dirent *entry;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "%u/task", pid);
    dir = xlmem__open_dir_at(l->proc, path);
    if (!dir) {
        l->procs->nr_unread += errno != ENOENT;
        return;
    }
    while (errno = 0, (entry = readdir(dir))) {
        if (!is_number(entry->d_name) ||
            strtoul(entry->d_name, NULL, 10) == pid)
            continue;
        if (xlmem__look_is_over(end, l->nr_looked))
            l->procs->nr_unread++;
        else
            note_thread(l, pid, entry->d_name);
    }
    l->procs->nr_unread += errno && errno != ENOENT; /* one at least */
    closedir(dir);
}

/* Whether the load says that anybody waits. */
static bool somebody_waits(int proc)
{
    char buf[128];
    size_t len;
    uint64_t load_bp;
    xlmem__str word;

    if (!read_short(proc, "loadavg", buf, sizeof(buf), &len))
        return true;
    word = (xlmem__str){buf, len};
    return xlmem__decimal(xlmem__cut(&word, ' '), 4, &load_bp) ||
           load_bp >= LOAD_OF_ONE_BP;
}

static void each_threaded(look *l)
{
    xlmem__look_end end = xlmem__look_end_of(&threads_limits);
    size_t i;

    for (i = 0; i < l->nr_threaded; i++)
        each_thread(l, l->threaded[i], &end);
}

/* ----------------------------------------------------------------- all --- */

static int by_tid(const void *a, const void *b)
{
    const xlmem_vitals_process *one = a, *other = b;

    return one->tid < other->tid ? -1 : one->tid > other->tid;
}

/* What was not counted to its end is not known. */
static void finish_look(look *l)
{
    xlmem_vitals_procs *procs = l->procs;

    XLMEM_SET(procs, nr_unread, procs->nr_unread);
    XLMEM_SET(procs, nr_waiting, procs->nr_waiting);
    XLMEM_SET(procs, nr_mmap, procs->nr_mmap);
    if (!l->cut) {
        XLMEM_SET(procs, nr_processes, procs->nr_processes);
        XLMEM_SET(procs, nr_threads, procs->nr_threads);
        XLMEM_SET(procs, nr_zombies, procs->nr_zombies);
    }
    qsort(procs->stuck, procs->nr_stuck, sizeof(procs->stuck[0]), by_tid);
}

int xlmem__processes_read(const char *proc, const xlmem__look_limits *limits,
                          xlmem_vitals_procs *procs_r)
{
    look l = {.procs = procs_r,
              .page_kb = (uint64_t)sysconf(_SC_PAGESIZE) / 1024};
    DIR *dir = opendir(proc);

    if (!dir)
        return xlmem__rc_of_errno(errno);
    l.threaded = malloc(THREADED_MAX * sizeof(*l.threaded));
    if (!l.threaded) {
        closedir(dir);
        return XLMEM_ERROR_NOMEM;
    }
    memset(procs_r, 0, sizeof(*procs_r));
    l.proc = dirfd(dir);
    each_process(&l, dir, limits ? limits : &processes_limits);
    if (procs_r->nr_waiting || somebody_waits(l.proc))
        each_threaded(&l);
    finish_look(&l);
    free(l.threaded);
    closedir(dir);
    return 0;
}
