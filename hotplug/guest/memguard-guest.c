/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * memguard-guest: tells the host, through xenstore, how this guest fares with
 * its memory; memguard-guest(8).  One static program without a library, so
 * that any Linux guest can have it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "facts.h"
#include "pace.h"
#include "store.h"

#ifndef XLMEM_VERSION
#define XLMEM_VERSION "?"
#endif

/* libxlmem/codec/report.c reads it. */
#define FOLDER "data/memguard"
#define REPORT FOLDER "/report"

/* Exit statuses; no unit tries again after the last two. */
enum { DONE, FAILED, USAGE, NOT_HERE };

enum { WATCH_DOMID, WATCH_TARGET };

/* Somebody waited for memory for 10 ms of 2 s: the least window that a process
 * without CAP_SYS_RESOURCE may have is 2 s (kernel/sched/psi.c, 6.5). */
static const char trigger[] = "some 10000 2000000";

static volatile sig_atomic_t ending;

static struct {
    const char *root;
    int64_t slow_ms;
    bool once;
    struct guest_files files;
    struct guest_store store;
    struct guest_pace pace;
    struct guest_facts looked; /* what was read last */
    int64_t looked_ms; /* when its pressure was; 0: nothing was read yet */
    int pressure;   /* the trigger; -1: none, pressure is looked at like all */
    int complained; /* about this errno already */
} guest = {.root = "", .slow_ms = GUEST_SLOW_MS, .pressure = -1};

static int complain(int status, const char *what, const char *why)
{
    fprintf(stderr, "memguard-guest: %s%s%s\n", what, *why ? ": " : "", why);
    return status;
}

static void on_signal(int nr)
{
    (void)nr;
    ending = 1;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------- where we are --- */

static bool is_dom0(void)
{
    char name[256], text[64];
    ssize_t len;
    int fd;

    if (!guest_store_read(&guest.store, "domid", text, sizeof(text)))
        return !strcmp(text, "0");
    snprintf(name, sizeof(name), "%s/proc/xen/capabilities", guest.root);
    fd = open(name, O_RDONLY | O_CLOEXEC);
    len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    return strstr(text, "control_d");
}

/* Both watches report once when they are set, and again wherever we wake up
 * after a suspend.  0 or -errno, with nothing open. */
static int connect_store(void)
{
    int r = guest_store_open(&guest.store, guest.root);

    if (!r)
        r = guest_store_watch(&guest.store, "domid", WATCH_DOMID);
    if (!r)
        r = guest_store_watch(&guest.store, "memory/target", WATCH_TARGET);
    if (r)
        guest_store_close(&guest.store);
    return r;
}

static int first_connect(void)
{
    const int r = connect_store();

    if (r == -ENOENT || r == -ENODEV || r == -ENXIO)
        return complain(NOT_HERE,
                        "no /dev/xen/xenbus: this is not a guest of Xen, or "
                        "its kernel was built without CONFIG_XEN",
                        "");
    if (r == -EACCES || r == -EPERM)
        return complain(NOT_HERE, "/dev/xen/xenbus is for root", strerror(-r));
    if (r)
        return complain(FAILED, "xenstore does not answer", strerror(-r));
    if (is_dom0())
        return complain(NOT_HERE,
                        "this is dom0, of which the host knows without being "
                        "told; run it in guests",
                        "");
    return DONE;
}

/* A kernel without PSI, or a /proc that is not to be written. */
static void open_trigger(void)
{
    char name[256];

    snprintf(name, sizeof(name), "%s/proc/pressure/memory", guest.root);
    guest.pressure = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (guest.pressure >= 0 &&
        write(guest.pressure, trigger, sizeof(trigger)) < 0) {
        close(guest.pressure);
        guest.pressure = -1;
    }
}

/* ------------------------------------------------------------- writing --- */

/* A refusal for good ends us; whatever else passes is said once. */
static int write_failed(int r)
{
    const bool refused =
        r == -EPROTO && (!strcmp(guest.store.said, "EACCES") ||
                         !strcmp(guest.store.said, "EPERM"));

    if (refused)
        return complain(NOT_HERE,
                        "the host does not let this guest write " REPORT,
                        guest.store.said);
    if (guest.complained != r)
        complain(0, "cannot write " REPORT,
                 r == -EPROTO ? guest.store.said : strerror(-r));
    guest.complained = r;
    guest_pace_failed(&guest.pace, now_ms());
    /* What is left of a conversation that broke off is of no use. */
    if (r != -EPROTO)
        guest_store_close(&guest.store);
    return DONE;
}

/* Returns whether there is something to write.  A look that comes too soon for
 * pressure is followed by another one. */
static bool look(struct guest_facts *facts)
{
    bool due, whole = true;
    int64_t at_ms;

    guest_facts_read(facts, &guest.files);
    at_ms = now_ms();
    if (guest.looked_ms)
        whole = guest_pressure_since(facts, &guest.looked,
                                     at_ms - guest.looked_ms);
    guest.looked = *facts;
    if (whole)
        guest.looked_ms = at_ms;
    due = guest_pace_due(&guest.pace, at_ms, facts);
    if (!whole)
        guest_pace_hurry(&guest.pace);
    return due;
}

static int report(void)
{
    char text[GUEST_REPORT_MAX];
    struct guest_facts facts;
    int r;

    if (!look(&facts))
        return DONE;
    guest_format(&facts, text, sizeof(text));
    r = guest.store.fd < 0 ? connect_store() : 0;
    if (!r)
        r = guest_store_write(&guest.store, REPORT, text);
    if (r)
        return write_failed(r);
    guest.complained = 0;
    guest_pace_wrote(&guest.pace, now_ms(), &facts);
    return DONE;
}

/* ------------------------------------------------------------- waiting --- */

static void take_events(void)
{
    uint64_t events = 0;
    const int r = guest_store_events(&guest.store, &events);

    if (r < 0)
        guest_store_close(&guest.store); /* opened again with the report */
    if (r < 0 || events & 1 << WATCH_DOMID)
        guest_pace_forget(&guest.pace);
    if (events)
        guest_pace_hurry(&guest.pace);
}

static void wait_for_news(const sigset_t *mask)
{
    const int64_t ms = guest_pace_wait_ms(&guest.pace);
    const struct timespec timeout = {ms / 1000, ms % 1000 * 1000000};
    struct pollfd fds[] = {
        {.fd = guest.store.fd, .events = POLLIN},
        {.fd = guest.pressure, .events = POLLPRI},
    };

    if (ppoll(fds, 2, &timeout, mask) <= 0)
        return;
    if (fds[0].revents)
        take_events();
    if (fds[1].revents & (POLLERR | POLLNVAL)) {
        close(guest.pressure);
        guest.pressure = -1;
    }
}

/* Signals are taken while we wait, and at no other time. */
static int serve(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t block, mask;
    int status = DONE;

    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    guest_pace_init(&guest.pace, now_ms(), guest.slow_ms);
    while (!ending && !status) {
        status = report();
        if (!status)
            wait_for_news(&mask);
    }
    /* A report of nobody would be believed until it expires. */
    if (guest.store.fd >= 0)
        guest_store_remove(&guest.store, FOLDER);
    return status;
}

/* ------------------------------------------------------------ starting --- */

static int usage(int status)
{
    fprintf(status ? stderr : stdout,
            "usage: memguard-guest [-i SECONDS] | -1 | -h | -V\n"
            "Tells the host how this guest fares with its memory.\n"
            "  -i SECONDS  look so often at rest, 1 to 60 (4)\n"
            "  -1          print what would be told, and end\n"
            "  -h, -V      print this help, the version\n");
    return status;
}

static int show(void)
{
    char text[GUEST_REPORT_MAX];
    struct guest_facts facts;

    guest_facts_read(&facts, &guest.files);
    guest_format(&facts, text, sizeof(text));
    return puts(text) < 0 || fflush(stdout) ? FAILED : DONE;
}

/* -1: go on. */
static int take_options(int argc, char **argv)
{
    long seconds;
    char *end;
    int option;

    /* -r: a folder that stands for /, for tests. */
    while ((option = getopt(argc, argv, "i:1r:hV")) != -1) {
        switch (option) {
        case 'i':
            seconds = strtol(optarg, &end, 10);
            if (*end || seconds < 1 || seconds > 60)
                return complain(USAGE, "-i takes 1 to 60 seconds, not",
                                optarg);
            guest.slow_ms = seconds * 1000;
            break;
        case '1':
            guest.once = true;
            break;
        case 'r':
            guest.root = optarg;
            break;
        case 'h':
            return usage(DONE);
        case 'V':
            puts("memguard-guest " XLMEM_VERSION);
            return DONE;
        default:
            return usage(USAGE);
        }
    }
    return optind < argc ? usage(USAGE) : -1;
}

int main(int argc, char **argv)
{
    int status = take_options(argc, argv);

    if (status >= 0)
        return status;
    guest_files_open(&guest.files, guest.root);
    if (guest.files.meminfo < 0)
        return complain(FAILED, "cannot open /proc/meminfo", strerror(errno));
    if (guest.once)
        return show();
    status = first_connect();
    if (status)
        return status;
    open_trigger();
    /* Who speaks of pressure must not have to be read from disk under it.
     * Without the right to do so it goes on as it is. */
    mlockall(MCL_CURRENT | MCL_FUTURE);
    return serve();
}
