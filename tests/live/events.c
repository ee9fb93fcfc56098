/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xlmem-events SECONDS MODULE.so [NODE...]: what the live module tells of this
 * host, one event a line, for scenarios; waits as a daemon does, on an epoll
 * descriptor that has the module's one below it.
 *
 *     INTRODUCED
 *     NODE 3 /local/domain/3/memory/target
 *     LOW_MEMORY
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "private/backend.h"

typedef struct listening {
    const xlmem_backend *backend;
    void *user;
    int outer; /* epoll */
    char **nodes;
    int nr_nodes;
} listening;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void log_line(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%s\n", text);
}

static bool open_module(listening *l, const char *path)
{
    const xlmem_live_params params = {.struct_size = sizeof(params),
                                      .log = log_line};
    void *handle = dlopen(path, RTLD_NOW);
    const xlmem_live_module_v2 *module =
        handle ? dlsym(handle, "xlmem_live_module") : NULL;
    char err[320] = "";

    if (module &&
        !module->open(&params, &l->backend, &l->user, err, sizeof(err)))
        return true;
    fprintf(stderr, "%s: %s\n", path, handle ? err : dlerror());
    return false;
}

static bool open_events(listening *l)
{
    struct epoll_event event = {.events = EPOLLIN};
    char err[320] = "";
    int i, fd;

    if (l->backend->events_open(l->user, &fd, err, sizeof(err))) {
        printf("CLOSED %s\n", err);
        return false;
    }
    printf("OPEN %s\n", err);
    if (l->outer >= 0)
        close(l->outer);
    l->outer = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(l->outer, EPOLL_CTL_ADD, fd, &event);
    for (i = 0; i < l->nr_nodes; i++)
        l->backend->watch(l->user, l->nodes[i], true);
    return true;
}

static void show(const xlmem_event *event)
{
    static const char *const kinds[] = {
        [XLMEM_EVENT_INTRODUCED] = "INTRODUCED",
        [XLMEM_EVENT_RELEASED] = "RELEASED",
        [XLMEM_EVENT_NODE] = "NODE",
        [XLMEM_EVENT_LOW_MEMORY] = "LOW_MEMORY",
        [XLMEM_EVENT_PRESSURE] = "PRESSURE",
        [XLMEM_EVENT_LOST] = "LOST",
    };

    if (event->kind == XLMEM_EVENT_NODE)
        printf("NODE %" PRId64 " %s\n", (int64_t)event->domid,
               event->untrusted_path);
    else
        printf("%s\n", kinds[event->kind]);
}

int main(int argc, char **argv)
{
    listening l = {.outer = -1, .nodes = argv + 3, .nr_nodes = argc - 3};
    struct epoll_event ready;
    xlmem_event event;
    int64_t until;
    bool open = false;

    if (argc < 3 || !open_module(&l, argv[2]))
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (until = now_ms() + atoi(argv[1]) * 1000; now_ms() < until;) {
        if (!open)
            open = open_events(&l);
        if (open)
            epoll_wait(l.outer, &ready, 1, 1000);
        else
            sleep(1);
        while (open && l.backend->event_next(l.user, &event) == 1) {
            show(&event);
            open = event.kind != XLMEM_EVENT_LOST;
        }
    }
    l.backend->close(l.user);
    return 0;
}
