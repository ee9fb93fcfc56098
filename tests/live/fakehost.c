/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Preloaded, it makes a running host of any machine: the live module of the
 * build tree ($FAKEHOST_MODULE) is opened in place of the installed one, and
 * Xen is fake_xen.c, with $FAKEHOST_DOMS domains.  xenstored is whatever
 * XENSTORED_PATH leads to.  Who has written $FAKEHOST_SYNCS files to the disk
 * is killed at the next one; who has connected $FAKEHOST_CONNECTS times is
 * refused once.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake_xen.h"
#include "private/all.h"
#include "private/backend.h"
#include "private/ctx.h"

static void log_line(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%s\n", text);
}

__attribute__((visibility("default"))) int xlmem_ctx_open_live(xlmem_ctx *ctx)
{
    const xlmem_live_params params = {.struct_size = sizeof(params),
                                      .log = log_line};
    const char *doms = getenv("FAKEHOST_DOMS");
    void *user, *handle = dlopen(getenv("FAKEHOST_MODULE"), RTLD_NOW);
    const xlmem_live_module_v2 *module =
        handle ? dlsym(handle, "xlmem_live_module") : NULL;
    const xlmem_backend *backend;
    char err[320] = "";

    if (doms)
        fake_doms = (uint32_t)strtoul(doms, NULL, 10);
    if (!module || module->open(&params, &backend, &user, err, sizeof(err))) {
        fprintf(stderr, "fakehost: %s\n", handle ? err : dlerror());
        return XLMEM_ERROR_XEN;
    }
    return xlmem_ctx_set_backend(ctx, backend, user);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    static unsigned long synced;
    const char *syncs = getenv("FAKEHOST_SYNCS");

    if (syncs && synced++ == strtoul(syncs, NULL, 10))
        raise(SIGKILL);
    return (int)syscall(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int
connect(int fd, const struct sockaddr *addr, socklen_t len)
{
    static unsigned long connected;
    const char *connects = getenv("FAKEHOST_CONNECTS");

    if (connects && connected++ == strtoul(connects, NULL, 10)) {
        errno = ECONNREFUSED;
        return -1;
    }
    return (int)syscall(SYS_connect, fd, addr, len);
}
