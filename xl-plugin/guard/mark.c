/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A mark of each process that the guard is in, for `xl memguard status`: the
 * file /run/xlmem/guarded/PID, which says
 *
 *     START COMM
 *     NAMESPACE
 *
 * as /proc/PID/stat has them (fields 22 and 2), and the inode of
 * /proc/PID/ns/pid, in which PID counts.  ld.so leaves the guard out
 * where it drops LD_PRELOAD, and then there is no mark; and what is mapped
 * into a process that hangs cannot be asked of the kernel, which takes the
 * process's own lock for that.
 *
 * The mark is removed when the process ends.  Of those that were killed it is
 * swept by the next xl that begins to wait for a domain's end, in the same
 * namespace: /run may be shared with a container whose processes kill(2) does
 * not know by those numbers.  A reader that finds another start time or
 * command passes a mark over.  A host that is not configured has no marks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"

#define RUN_DIR "/run/xlmem"
#define MARK_DIR RUN_DIR "/guarded"
#define MARK MARK_DIR "/%d"

/* What a process that was forked from a marked one has to make anew. */
static atomic_int marked;

/* Processes are numbered in it; 0: unknown. */
static unsigned long long namespace(void)
{
    struct stat st;

    return stat("/proc/self/ns/pid", &st) ? 0 : st.st_ino;
}

/* What this process's mark says; 0: unknown. */
static size_t describe(char *text, size_t len)
{
    char stat[512], comm[32] = "", *name, *end, *p;
    unsigned long long start;
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);

    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return 0;
    stat[got] = '\0';
    name = strchr(stat, '(');
    end = strrchr(stat, ')');
    if (!name || !end || end < name)
        return 0;
    *end = '\0';
    snprintf(comm, sizeof(comm), "%s", name + 1);
    for (p = comm; *p; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
            *p = '?';
    /* Field 3 is the first one behind the name. */
    if (sscanf(end + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
               "%*d %*d %*d %*d %llu",
               &start) != 1)
        return 0;
    return (size_t)snprintf(text, len, "%llu %s\n%llu\n", start, comm,
                            namespace());
}

/* Whether a mark was made where we are: its second line says so. */
static bool is_of_here(const char *path)
{
    char text[128];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    const unsigned long long here = namespace();
    const char *second;

    if (fd >= 0)
        close(fd);
    if (got <= 0 || !here)
        return false;
    text[got] = '\0';
    second = strchr(text, '\n');
    return second && strtoull(second + 1, NULL, 10) == here;
}

static void sweep_marks(void)
{
    DIR *dir = opendir(MARK_DIR);
    struct dirent *entry;
    char path[64], *end;
    long pid;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        pid = strtol(entry->d_name, &end, 10);
        if (*end || pid <= 0 || pid > INT32_MAX || !kill((pid_t)pid, 0) ||
            errno != ESRCH)
            continue;
        snprintf(path, sizeof(path), MARK, (int)pid);
        if (is_of_here(path))
            unlink(path);
    }
    closedir(dir);
}

/* Who may not write there is not marked: he may create no domain either. */
static bool make_mark(int pid)
{
    char path[64], text[128];
    const size_t len = describe(text, sizeof(text));
    int fd;
    bool ok;

    if (!len || (mkdir(RUN_DIR, 0700) && errno != EEXIST) ||
        (mkdir(MARK_DIR, 0700) && errno != EEXIST))
        return false;
    snprintf(path, sizeof(path), MARK, pid);
    fd = open(path,
              O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC |
                  O_NONBLOCK,
              0600);
    if (fd < 0)
        return false;
    ok = write(fd, text, len) == (ssize_t)len;
    close(fd);
    if (!ok)
        unlink(path);
    return ok;
}

void guard_mark(bool waits)
{
    const int pid = (int)getpid();
    const int e = errno;

    if ((atomic_load(&marked) == pid && !waits) || guard_is_off() ||
        !guard_is_configured())
        return;
    guard_shield_raise();
    if (atomic_load(&marked) != pid && make_mark(pid))
        atomic_store(&marked, pid);
    if (waits)
        sweep_marks();
    if (!guard_inside())
        guard_shield_lower();
    errno = e;
}

/* A child that was forked and ends has not made it. */
__attribute__((destructor)) static void unmark(void)
{
    const int pid = atomic_load(&marked);
    char path[64];

    if (!pid || pid != (int)getpid())
        return;
    snprintf(path, sizeof(path), MARK, pid);
    unlink(path);
}
