/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/root.h"

/* A descriptor costs 2 us, a process of QEMU has fifty: some hundred of them. */
#define CPU_MS 20
/* However slow: where all is emulated, 20 ms do not suffice for a small dom0. */
#define PROCESSES_MIN 1024

static bool maps_domains(int dir, const char *name)
{
    static const char *const devices[] = {
        "/dev/xen/gntdev", "/dev/xen/privcmd", "/proc/xen/privcmd"};
    char target[32];
    const ssize_t len = readlinkat(dir, name, target, sizeof(target));
    size_t i;

    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (len == (ssize_t)strlen(devices[i]) &&
            !memcmp(target, devices[i], (size_t)len))
            return true;
    return false;
}

static bool has_device_open(int proc, const char *pid)
{
    const struct dirent *entry;
    bool found = false;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "%.20s/fd", pid);
    dir = xlmem__open_dir_at(proc, path);
    if (!dir)
        return false;
    while (!found && (entry = readdir(dir)))
        found = maps_domains(dirfd(dir), entry->d_name);
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

    procs->nr_holders++;
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

int xlmem__holders_read(const char *proc, xlmem_vitals_procs *procs)
{
    const int64_t until_ms = xlmem__time_ms(CLOCK_THREAD_CPUTIME_ID) + CPU_MS;
    const struct dirent *entry;
    DIR *dir = opendir(proc);
    size_t nr = 0;

    if (!dir)
        return xlmem__rc_of_errno(errno);
    procs->nr_holders = procs->nr_held_by = 0;
    while ((nr++ < PROCESSES_MIN ||
            xlmem__time_ms(CLOCK_THREAD_CPUTIME_ID) <= until_ms) &&
           (entry = readdir(dir))) {
        xlmem_vitals_process process = {.pid =
                                            strtoul(entry->d_name, NULL, 10)};

        if (!process.pid || process.pid == (uint64_t)getpid() ||
            !has_device_open(dirfd(dir), entry->d_name))
            continue;
        read_comm(dirfd(dir), entry->d_name, process.comm);
        note_holder(procs, &process);
    }
    XLMEM_SET(procs, nr_holders, procs->nr_holders);
    closedir(dir);
    return 0;
}
