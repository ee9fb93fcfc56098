/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * moved MODULE.so: /run/xlmem is moved, or removed, while somebody waits for
 * the decision lock in it: he has the lock that others find from then on.
 * Each is a process with the live module.  Xen is this program (fake_xen.h),
 * /run its own mount; status 77 where that is not to be had.
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#include "private/backend.h"

#define LONG_MS 30000

typedef struct live {
    const xlmem_backend *backend;
    void *user;
    char err[320];
} live;

static const char *module_path;

static void open_live(live *l)
{
    const xlmem_live_params params = {.struct_size = sizeof(params)};
    void *handle = dlopen(module_path, RTLD_NOW);
    const xlmem_live_module_v2 *module =
        handle ? dlsym(handle, "xlmem_live_module") : NULL;

    CHECK(module);
    CHECK(
        !module->open(&params, &l->backend, &l->user, l->err, sizeof(l->err)));
}

static int lock(live *l, int64_t ms)
{
    return l->backend->ledger_lock(l->user, ms, ms, l->err, sizeof(l->err));
}

/* ----------------------------------------------------------- who waits --- */

/* Who has the lock says so, and keeps it until he is told. */
typedef struct holder {
    pid_t pid;
    int from, to;
} holder;

static holder start(void)
{
    int there[2], back[2];
    holder h;

    CHECK(!pipe(there) && !pipe(back));
    h = (holder){fork(), back[0], there[1]};
    if (!h.pid) {
        char c;
        live l;

        close(there[1]);
        open_live(&l);
        if (lock(&l, LONG_MS)) {
            fprintf(stderr, "%s\n", l.err);
            exit(1);
        }
        CHECK(write(back[1], "x", 1) == 1);
        CHECK(read(there[0], &c, 1) == 1);
        l.backend->ledger_unlock(l.user);
        l.backend->close(l.user);
        exit(0);
    }
    CHECK(h.pid > 0);
    close(there[0]);
    close(back[1]);
    return h;
}

static void has_it(const holder *h)
{
    char c;

    CHECK(read(h->from, &c, 1) == 1);
}

static void end(const holder *h)
{
    int status;

    CHECK(write(h->to, "x", 1) == 1);
    CHECK(waitpid(h->pid, &status, 0) == h->pid && !status);
    close(h->to);
    close(h->from);
}

static void wait_for_line(void)
{
    const struct timespec pause = {0, 1000000};
    const struct dirent *entry;
    int ms, nr = 0;
    DIR *line;

    for (ms = 0; !nr && ms < LONG_MS; ms++) {
        nanosleep(&pause, NULL);
        line = opendir("/run/xlmem/ledger/line");
        while (line && (entry = readdir(line)))
            nr += entry->d_name[0] != '.';
        if (line)
            closedir(line);
    }
    CHECK(nr);
}

static void who_waits_follows(const char *away)
{
    const holder first = start();
    holder second;
    live l;

    has_it(&first);
    second = start();
    wait_for_line();
    CHECK(!system(away));
    end(&first);
    has_it(&second);
    open_live(&l);
    CHECK(lock(&l, 0) == XLMEM_ERROR_BUSY);
    end(&second);
    CHECK(!lock(&l, 0));
    CHECK(lock(&l, 0) == XLMEM_ERROR_BUSY);
    l.backend->ledger_unlock(l.user);
    l.backend->close(l.user);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    module_path = argv[1];
    if (unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("none", "/run", "tmpfs", 0, "mode=0755"))
        return 77;
    who_waits_follows("mv /run/xlmem /run/was");
    who_waits_follows("rm -r /run/xlmem");
    who_waits_follows("mount -t tmpfs -o mode=0755 none /run/xlmem");
    return 0;
}
