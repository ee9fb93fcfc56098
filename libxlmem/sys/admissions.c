/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Counters that any number of processes raise, without a lock and without a
 * text that somebody could tear: a counter is a file below /run/xlmem, and its
 * value is its size.  A byte more is one write with O_APPEND, which the kernel
 * makes whole or not at all.  A host that decides a create each second has
 * 30 MiB after a year, in a tmpfs; one that boots begins with none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private/admissions.h"
#include "sys/small_write.h"
#include "xlmem/result.h"

#define RUN_PATH "run/xlmem"
#define COUNTERS_PATH RUN_PATH "/admissions"

static const char *const counted_names[XLMEM_NR_COUNTED] = {
    [XLMEM_COUNTED_ADMIT] = "admit",
    [XLMEM_COUNTED_PLAN] = "plan",
    [XLMEM_COUNTED_REFUSE] = "refuse",
    [XLMEM_COUNTED_UNKNOWN] = "unknown",
};

static const char *const path_names[XLMEM_NR_PATHS] = {
    [XLMEM_PATH_CREATE] = "create",
    [XLMEM_PATH_RESTORE] = "restore",
    [XLMEM_PATH_REBOOT] = "reboot",
    [XLMEM_PATH_RESERVE] = "reserve",
};

const char *xlmem_counted_name(xlmem_counted counted)
{
    return counted_names[counted];
}

const char *xlmem_path_name(xlmem_path path)
{
    return path_names[path];
}

#define COUNTER_ROOM 32

static void counter_name(char name[COUNTER_ROOM], xlmem_counted counted,
                         xlmem_path path)
{
    snprintf(name, COUNTER_ROOM, "%s-%s", counted_names[counted],
             path_names[path]);
}

static int open_root(const char *root)
{
    return open(root ? root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Nobody but root can have made a link of it: /run/xlmem is root's. */
static int open_counters(int root, bool make)
{
    if (make && mkdirat(root, RUN_PATH, 0755) && errno != EEXIST)
        return -1;
    if (make && mkdirat(root, COUNTERS_PATH, 0755) && errno != EEXIST)
        return -1;
    return openat(root, COUNTERS_PATH,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void raise_counter(int dir, const char *name)
{
    const int fd = openat(dir, name,
                          O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW |
                              O_NONBLOCK | O_CLOEXEC,
                          0644);
    struct stat st;

    if (fd < 0)
        return;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode))
        (void)xlmem__write_quietly(fd, "\n", 1);
    close(fd);
}

static xlmem_counted counted_of(int rc, const xlmem_verdict *verdict)
{
    static const xlmem_counted of[] = {
        [XLMEM_ADMIT] = XLMEM_COUNTED_ADMIT,
        [XLMEM_ADMIT_AFTER_PLAN] = XLMEM_COUNTED_PLAN,
        [XLMEM_REFUSE] = XLMEM_COUNTED_REFUSE,
    };

    /* Could have been, and the memory did not come: no verdict says so. */
    if (xlmem_is_refusal(rc))
        return XLMEM_COUNTED_REFUSE;
    return rc ? XLMEM_COUNTED_UNKNOWN : of[verdict->kind];
}

void xlmem_admission_count(const char *root, xlmem_path path, int rc,
                           const xlmem_verdict *verdict)
{
    const int saved = errno, top = open_root(root);
    const int dir = top < 0 ? -1 : open_counters(top, true);
    char name[COUNTER_ROOM];

    counter_name(name, counted_of(rc, verdict), path);
    if (dir >= 0) {
        raise_counter(dir, name);
        close(dir);
    }
    if (top >= 0)
        close(top);
    errno = saved;
}

/* What is no file has no size that anybody counted: none is raised either. */
static int read_counters(int dir, xlmem_admissions *admissions)
{
    char name[COUNTER_ROOM];
    struct stat st;
    size_t v, p;

    for (v = 0; v < XLMEM_NR_COUNTED; v++)
        for (p = 0; p < XLMEM_NR_PATHS; p++) {
            counter_name(name, (xlmem_counted)v, (xlmem_path)p);
            if (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
                admissions->nr[v][p] =
                    S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
            else if (errno != ENOENT)
                return XLMEM_ERROR_IO;
        }
    return 0;
}

int xlmem_admissions_read(const char *root, xlmem_admissions *admissions_r)
{
    const int top = open_root(root);
    const int dir = top < 0 ? -1 : open_counters(top, false);
    xlmem_admissions admissions = {.nr = {{0}}};
    int rc = 0;

    if (dir >= 0) {
        rc = read_counters(dir, &admissions);
        close(dir);
    } else if (top < 0 || errno != ENOENT) {
        rc = errno == EACCES ? XLMEM_ERROR_PERM : XLMEM_ERROR_IO;
    }
    if (top >= 0)
        close(top);
    if (!rc)
        *admissions_r = admissions;
    return rc;
}
