/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/root.h"

/* A descriptor costs 2 us of CPU time (measured: 1.6 to 2.8, Linux 6.18): ten
 * thousand of them, which two hundred processes of QEMU have, take 20 ms.  The
 * least is for a slow machine: where all is emulated, 20 ms do not suffice for
 * a small dom0. */
static const xlmem__look_limits holders_limits = {
    .cpu_ms = 20, .wall_ms = 1000, .min = 1024};

typedef struct holders_look {
    xlmem_vitals_procs *procs;
    int proc;
    uint64_t nr;
    bool cut; /* there may be others */
} holders_look;

/* What is gone holds nothing; what is no link leads nowhere. */
static bool is_hidden(int e)
{
    return e && e != ENOENT && e != ESRCH && e != EINVAL;
}

static bool maps_domains(int dir, const char *name, bool *cut_r)
{
    static const char *const devices[] = {
        "/dev/xen/gntdev", "/dev/xen/privcmd", "/proc/xen/privcmd"};
    char target[32];
    const ssize_t len = readlinkat(dir, name, target, sizeof(target));
    size_t i;

    if (len < 0 && is_hidden(errno))
        *cut_r = true;
    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (len == (ssize_t)strlen(devices[i]) &&
            !memcmp(target, devices[i], (size_t)len))
            return true;
    return false;
}

static bool has_device_open(holders_look *l, const char *pid)
{
    const struct dirent *entry;
    bool found = false, cut = false;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "%.20s/fd", pid);
    dir = xlmem__open_dir_at(l->proc, path);
    if (!dir) {
        l->cut |= is_hidden(errno);
        return false;
    }
    while (!found && (errno = 0, entry = readdir(dir)))
        found = maps_domains(dirfd(dir), entry->d_name, &cut);
    if (!found)
        l->cut |= cut || is_hidden(errno);
    closedir(dir);
    return found;
}

static void read_comm(int proc, const char *pid, char comm[XLMEM_COMM_MAX])
{
    char path[64];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "%.20s/comm", pid);
    fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    len = fd < 0 ? -1 : read(fd, comm, XLMEM_COMM_MAX - 1);
    if (fd >= 0)
        close(fd);
    comm[len > 0 ? len : 0] = '\0';
    comm[strcspn(comm, "\n")] = '\0';
}

/* They map a page of every domain, and let go of it when one is destroyed. */
static bool is_usual(const xlmem_vitals_process *process)
{
    return !strcmp(process->comm, "xenstored") ||
           !strcmp(process->comm, "oxenstored") ||
           !strcmp(process->comm, "xenconsoled");
}

static void note_holder(xlmem_vitals_procs *procs,
                        const xlmem_vitals_process *process)
{
    size_t at = procs->nr_held_by;

    if (is_usual(process) && at == XLMEM_HOLDERS_MAX)
        return;
    while (!is_usual(process) && at && is_usual(&procs->held_by[at - 1])) {
        if (at < XLMEM_HOLDERS_MAX)
            procs->held_by[at] = procs->held_by[at - 1];
        at--;
    }
    if (at == XLMEM_HOLDERS_MAX)
        return;
    procs->held_by[at] = *process;
    if (procs->nr_held_by < XLMEM_HOLDERS_MAX)
        procs->nr_held_by++;
}

static void note_if_holder(holders_look *l, uint64_t pid, const char *name)
{
    xlmem_vitals_process process = {.pid = pid};

    if (!has_device_open(l, name))
        return;
    read_comm(l->proc, name, process.comm);
    note_holder(l->procs, &process);
    l->nr++;
}

static void each_holder(holders_look *l, DIR *dir,
                        const xlmem__look_limits *limits)
{
    xlmem__look_end end = xlmem__look_end_of(limits);
    const struct dirent *entry;
    size_t nr = 0;

    while (errno = 0, (entry = readdir(dir))) {
        const uint64_t pid = strtoul(entry->d_name, NULL, 10);

        if (!pid || pid == (uint64_t)getpid())
            continue;
        if (xlmem__look_is_over(&end, nr++)) {
            l->cut = true;
            return;
        }
        note_if_holder(l, pid, entry->d_name);
    }
    l->cut |= errno != 0;
}

int xlmem__holders_read(const char *proc, const xlmem__look_limits *limits,
                        xlmem_vitals_procs *procs)
{
    holders_look l = {.procs = procs};
    DIR *dir = opendir(proc);

    if (!dir)
        return xlmem__rc_of_errno(errno);
    l.proc = dirfd(dir);
    procs->nr_held_by = 0;
    each_holder(&l, dir, limits ? limits : &holders_limits);
    if (!l.cut)
        XLMEM_SET(procs, nr_holders, l.nr);
    closedir(dir);
    return 0;
}
