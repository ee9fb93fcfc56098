/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A toolstack as others write it, to be guarded: it creates domains through
 * libxl in each of libxl's forms, says what came of each, and ends when its
 * standard input does.
 *
 * usage: xlmem-guard-client FORM TYPE KERNEL MIB NAME...
 *        xlmem-guard-client target|relative|maximum DOMID KIB
 *
 *     sync       each domain in a thread of its own, all at once; says as well
 *                how many bytes of the thread's stack have been written to
 *     callback   started one after another with an ao_how, which calls back
 *     event      the same, and the end of each is an event
 *     restore    the same, from the stream at descriptor 3, without xl's
 *                header
 *     forked     the same, and then a child that does not exec, as libxl has
 *                them, which lives as long
 */
#define LIBXL_API_VERSION 0x041300

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_utils.h>

#define DOMAINS_MAX 32
#define STREAM_FD 3
#define STACK_BYTES (1 << 20)
#define PAINT 0xa5

typedef struct domain {
    const char *name;
    libxl_domain_config config;
    uint32_t domid;
    pthread_t thread;
    unsigned char *stack;
} domain;

static libxl_ctx *ctx;
static domain domains[DOMAINS_MAX];
static int nr_done;

static void configure(domain *d, char **args)
{
    libxl_domain_create_info *c = &d->config.c_info;
    libxl_domain_build_info *b = &d->config.b_info;

    libxl_domain_config_init(&d->config);
    if (libxl_domain_type_from_string(args[0], &c->type))
        exit(2);
    c->name = strdup(d->name);
    libxl_uuid_generate(&c->uuid);
    libxl_domain_build_info_init_type(b, c->type);
    b->kernel = strdup(args[1]);
    b->target_memkb = b->max_memkb = strtoull(args[2], NULL, 10) << 10;
    b->max_vcpus = 1;
    libxl_cpu_bitmap_alloc(ctx, &b->avail_vcpus, 1);
    libxl_bitmap_set(&b->avail_vcpus, 0);
}

static void say(const domain *d, const char *what, int rc)
{
    printf("%s %s %d\n", d->name, what, rc);
    fflush(stdout);
}

static void *create(void *arg)
{
    domain *d = arg;

    say(d, "done",
        libxl_domain_create_new(ctx, &d->config, &d->domid, NULL, NULL));
    return NULL;
}

static void start_thread(domain *d)
{
    pthread_attr_t attr;

    d->stack = aligned_alloc(4096, STACK_BYTES);
    if (!d->stack)
        exit(1);
    memset(d->stack, PAINT, STACK_BYTES);
    pthread_attr_init(&attr);
    pthread_attr_setstack(&attr, d->stack, STACK_BYTES);
    if (pthread_create(&d->thread, &attr, create, d))
        exit(1);
    pthread_attr_destroy(&attr);
}

static void join_thread(domain *d)
{
    int clean = 0;

    pthread_join(d->thread, NULL);
    while (clean < STACK_BYTES && d->stack[clean] == PAINT)
        clean++;
    say(d, "stack", STACK_BYTES - clean);
    free(d->stack);
}

static void called_back(libxl_ctx *of, int rc, void *arg)
{
    (void)of;
    nr_done++;
    say(arg, "done", rc);
}

/* Returns whether an end will be heard of. */
static bool start(domain *d, const char *form)
{
    libxl_asyncop_how how = {.callback = NULL,
                             .u.for_event = (libxl_ev_user)(d - domains)};
    libxl_domain_restore_params params;
    int rc;

    if (!strcmp(form, "callback")) {
        how.callback = called_back;
        how.u.for_callback = d;
    }
    libxl_domain_restore_params_init(&params);
    params.stream_version = 2;
    if (strcmp(form, "restore") && strcmp(form, "forked"))
        rc = libxl_domain_create_new(ctx, &d->config, &d->domid, &how, NULL);
    else
        rc = libxl_domain_create_restore(ctx, &d->config, &d->domid, STREAM_FD,
                                         -1, &params, &how, NULL);
    libxl_domain_restore_params_dispose(&params);
    say(d, "returned", rc);
    return !rc;
}

static void take_events(void)
{
    libxl_event *event;

    while (!libxl_event_check(ctx, &event, LIBXL_EVENTMASK_ALL, NULL, NULL)) {
        if (event->type == LIBXL_EVENT_TYPE_OPERATION_COMPLETE) {
            nr_done++;
            say(&domains[event->for_user], "done",
                event->u.operation_complete.rc);
        }
        libxl_event_free(ctx, event);
    }
}

static void wait_for_end(void)
{
    char c;

    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
}

static void fork_child(void)
{
    pid_t pid = fork();

    if (!pid) {
        wait_for_end();
        _exit(0);
    }
    printf("child %d\n", (int)pid);
    fflush(stdout);
}

static int wait_once(void)
{
    struct pollfd fds[64];
    int nr = 64, timeout_ms = 1000;
    struct timeval now;

    gettimeofday(&now, NULL);
    if (libxl_osevent_beforepoll(ctx, &nr, fds, &timeout_ms, now))
        return -1;
    poll(fds, (nfds_t)nr, timeout_ms);
    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(ctx, nr, fds, now);
    take_events();
    return 0;
}

static int run(const char *form, int nr)
{
    int i, started = 0;

    if (!strcmp(form, "sync")) {
        for (i = 0; i < nr; i++)
            start_thread(&domains[i]);
        for (i = 0; i < nr; i++)
            join_thread(&domains[i]);
        return 0;
    }
    for (i = 0; i < nr; i++)
        started += start(&domains[i], form);
    if (!strcmp(form, "forked"))
        fork_child();
    while (nr_done < started)
        if (wait_once())
            return 1;
    return 0;
}

/* Of a domain that runs: its target or its maximum. */
static int set_memory(char **argv)
{
    const uint32_t domid = (uint32_t)strtoul(argv[2], NULL, 10);
    const int64_t kib = strtoll(argv[3], NULL, 10);
    int rc;

    if (!strcmp(argv[1], "maximum"))
        rc = libxl_domain_setmaxmem(ctx, domid, (uint64_t)kib);
    else
        rc = libxl_set_memory_target(ctx, domid, kib,
                                     !strcmp(argv[1], "relative"), 1);
    printf("%s %d\n", argv[1], rc);
    return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
    xentoollog_logger_stdiostream *logger;
    int i, r, nr = argc - 5;

    if (argc != 4 && (nr < 1 || nr > DOMAINS_MAX))
        return 2;
    logger = xtl_createlogger_stdiostream(stderr, XTL_WARN, 0);
    if (libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, (xentoollog_logger *)logger))
        return 1;
    if (argc == 4)
        return set_memory(argv);
    for (i = 0; i < nr; i++) {
        domains[i].name = argv[5 + i];
        configure(&domains[i], argv + 2);
    }
    r = run(argv[1], nr);
    wait_for_end();
    for (i = 0; i < nr; i++)
        libxl_domain_config_dispose(&domains[i].config);
    libxl_ctx_free(ctx);
    xtl_logger_destroy((xentoollog_logger *)logger);
    return r;
}
