/* SPDX-License-Identifier: LGPL-2.1-only */
/* The live module's events and nodes, against the real xenstored.  Xen's
 * interrupt is this program. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/live_events.h"
#include "sys/root.h"

static struct xs_handle *store;
static live_ctx live;
static int fd; /* of the events */

/* ------------------------------------------------------------ the VIRQ --- */

static int virq_errno, virq_fd = -1;
static unsigned nr_unmasked;

xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger, unsigned flags)
{
    (void)logger;
    (void)flags;
    virq_fd = eventfd(0, EFD_CLOEXEC);
    return (xenevtchn_handle *)&virq_fd;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    (void)xce;
    close(virq_fd);
    virq_fd = -1;
    return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    (void)xce;
    return virq_fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce,
                                              unsigned virq)
{
    (void)xce;
    assert_int_equal(virq, 12); /* VIRQ_ENOMEM */
    errno = virq_errno;
    return virq_errno ? -1 : 5;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    eventfd_t n;

    (void)xce;
    return eventfd_read(virq_fd, &n) ? -1 : 5;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    assert_int_equal(port, 5);
    nr_unmasked++;
    return 0;
}

/* ------------------------------------------------------------ the rest --- */

/* What another does between two requests of ours. */
static void (*meanwhile)(void);
static unsigned nr_sends;

ssize_t send(int s, const void *buf, size_t len, int flags)
{
    const struct xsd_sockmsg *head = buf;

    nr_sends++;
    if (meanwhile && head->type == XS_WRITE)
        meanwhile();
    return sendto(s, buf, len, flags, NULL, 0);
}

static void put(const char *path, const char *value)
{
    assert_true(
        xs_write(store, XBT_NULL, path, value, (unsigned)strlen(value)));
}

static bool is_there(const char *path)
{
    unsigned len;
    char *value = xs_read(store, XBT_NULL, path, &len);

    free(value);
    return value != NULL;
}

static int open_all(void **state)
{
    (void)state;
    store = xs_open(0);
    live = (live_ctx){.root = -1};
    virq_errno = 0;
    meanwhile = NULL;
    return store ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    live_events_close(&live);
    live_nodes_close(&live);
    xs_rm(store, XBT_NULL, "/local/domain");
    xs_rm(store, XBT_NULL, "/tool");
    xs_close(store);
    return 0;
}

/* @what: what is said of it. */
static void open_events(const char *what)
{
    char err[320] = "";

    assert_int_equal(live_events_open(&live, &fd, err, sizeof(err)), 0);
    if (!strstr(err, what))
        fail_msg("'%s' is not in '%s'", what, err);
}

static bool is_readable(int wait_ms)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    return poll(&pollfd, 1, wait_ms) == 1;
}

/* The next one, which comes. */
static xlmem_event await(void)
{
    xlmem_event event = {.kind = XLMEM_EVENT_LOST};

    while (!live_event_next(&live, &event))
        assert_true(is_readable(5000));
    return event;
}

static void await_kind(xlmem_event_kind kind)
{
    assert_int_equal(await().kind, kind);
}

static void await_node(const char *path, uint64_t domid)
{
    const xlmem_event event = await();

    assert_int_equal(event.kind, XLMEM_EVENT_NODE);
    assert_string_equal(event.untrusted_path, path);
    assert_true(event.domid == domid);
}

/* Whatever xenstored has to say before it answers this is there by then. */
static void assert_nothing_comes(void)
{
    xlmem_event event;

    assert_true(live_watch(&live, "/last", true) == 0);
    await_node("/last", UINT64_MAX);
    assert_int_equal(live_watch(&live, "/last", false), 0);
    assert_int_equal(live_event_next(&live, &event), 0);
}

static void open_and_drain(void)
{
    open_events("");
    await_kind(XLMEM_EVENT_INTRODUCED);
    await_kind(XLMEM_EVENT_RELEASED);
}

/* -------------------------------------------------------------- events --- */

static void what_comes_first_is_that_there_are_domains(void **state)
{
    xlmem_event event;

    (void)state;
    open_events("");
    await_kind(XLMEM_EVENT_INTRODUCED);
    await_kind(XLMEM_EVENT_RELEASED);
    assert_int_equal(live_event_next(&live, &event), 0);
    assert_false(is_readable(50));
}

static void what_is_watched_is_told(void **state)
{
    (void)state;
    open_and_drain();
    assert_int_equal(live_watch(&live, "/local/domain/7/memory", true), 0);
    await_node("/local/domain/7/memory", 7);
    put("/local/domain/7/memory/target", "1024");
    await_node("/local/domain/7/memory/target", 7);
    put("/local/domain/8/memory/target", "1024");
    put("/local/domain/7/data/meminfo_free", "1024");
    assert_nothing_comes();
    assert_int_equal(live_watch(&live, "/local/domain/7/memory", false), 0);
    assert_nothing_comes(); /* so it has been heard */
    put("/local/domain/7/memory/target", "2048");
    assert_nothing_comes();
}

static void to_watch_twice_is_fine(void **state)
{
    (void)state;
    open_and_drain();
    assert_int_equal(live_watch(&live, "/tool/a", true), 0);
    assert_int_equal(live_watch(&live, "/tool/a", true), 0);
    assert_int_equal(live_watch(&live, "/tool/b", false), 0);
    await_node("/tool/a", UINT64_MAX);
    put("/tool/a", "1");
    await_node("/tool/a", UINT64_MAX);
    assert_nothing_comes();
}

/* What a guest may make up. */
static void long_paths_have_a_domain_and_no_name(void **state)
{
    char path[400] = "/local/domain/7/data/";
    xlmem_event event;

    (void)state;
    memset(path + strlen(path), 'x', 200);
    open_and_drain();
    assert_int_equal(live_watch(&live, "/local/domain/7/data", true), 0);
    await_node("/local/domain/7/data", 7);
    put(path, "1");
    event = await();
    assert_int_equal(event.kind, XLMEM_EVENT_NODE);
    assert_int_equal(event.domid, 7);
    assert_string_equal(event.untrusted_path, "");
}

/* None of the requests is waited for. */
static void a_thousand_are_watched_at_once(void **state)
{
    struct timespec from, to;
    char path[64];
    unsigned i;

    (void)state;
    open_and_drain();
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (i = 1; i <= 1000; i++) {
        snprintf(path, sizeof(path), "/local/domain/%u/memory", i);
        assert_int_equal(live_watch(&live, path, true), 0);
    }
    for (i = 1; i <= 1000; i++)
        assert_int_equal(await().domid, i);
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("1000 watches in %ld us\n",
                  (long)(to.tv_sec - from.tv_sec) * 1000000 +
                      (to.tv_nsec - from.tv_nsec) / 1000);
    assert_nothing_comes();
}

static void low_memory_is_told(void **state)
{
    (void)state;
    open_and_drain();
    assert_false(is_readable(0));
    nr_unmasked = 0;
    eventfd_write(virq_fd, 1);
    assert_true(is_readable(0));
    await_kind(XLMEM_EVENT_LOW_MEMORY);
    assert_int_equal(nr_unmasked, 1);
    assert_nothing_comes();
    assert_false(is_readable(0));
}

/* A guest that writes all the time keeps nobody from being heard. */
static void low_memory_is_told_in_a_flood(void **state)
{
    unsigned i;

    (void)state;
    open_and_drain();
    for (i = 0; i < 200; i++)
        assert_int_equal(
            live_watch(&live, i % 2 ? "/tool/a" : "/tool/b", !(i / 2 % 2)), 0);
    eventfd_write(virq_fd, 1);
    /* All of them are there before it is looked for. */
    assert_int_equal(live_watch(&live, "/last", true), 0);
    for (i = 0; await().kind != XLMEM_EVENT_LOW_MEMORY; i++)
        assert_true(i < 65);
}

static void without_the_interrupt_it_goes_on(void **state)
{
    (void)state;
    virq_errno = EEXIST;
    open_events("another process listens");
    await_kind(XLMEM_EVENT_INTRODUCED);
    await_kind(XLMEM_EVENT_RELEASED);
    assert_nothing_comes();
    virq_errno = EPERM;
    open_events("VIRQ_ENOMEM: Operation not permitted");
}

static void a_server_that_goes_is_told_once(void **state)
{
    xlmem_event event;

    (void)state;
    open_and_drain();
    shutdown(live.events->store.fd, SHUT_RDWR);
    assert_true(is_readable(0));
    await_kind(XLMEM_EVENT_LOST);
    assert_true(live_event_next(&live, &event) < 0);
    assert_int_equal(live_watch(&live, "/tool", true), XLMEM_ERROR_XENSTORE);
    assert_false(is_readable(0));
    live_events_close(&live);
    assert_true(live_event_next(&live, &event) < 0);
    open_and_drain();
}

/* --------------------------------------------------------------- nodes --- */

static void assert_node(const char *path, int rc, const char *value)
{
    char buf[16];
    size_t len = 0;

    assert_int_equal(live_node_read(&live, path, buf, sizeof(buf), &len), rc);
    if (value) {
        assert_int_equal(len, strlen(value));
        assert_memory_equal(buf, value, len);
    }
}

static void nodes_are_read(void **state)
{
    (void)state;
    put("/tool/a", "4711");
    put("/tool/long", "0123456789abcdefghij");
    assert_node("/tool/a", 0, "4711");
    assert_node("/tool/b", XLMEM_ERROR_NOTFOUND, NULL);
    assert_node("/tool/long", XLMEM_ERROR_RANGE, "0123456789abcdef");
}

static void many_nodes_are_read_in_few_round_trips(void **state)
{
    char paths[1000][32], values[1000][8];
    xlmem_node nodes[1000];
    unsigned i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        snprintf(paths[i], sizeof(paths[i]), "/tool/%u", i);
        if (i % 2)
            put(paths[i], paths[i] + 6);
        nodes[i] = (xlmem_node){paths[i], values[i], sizeof(values[i]), 0, 0};
    }
    nr_sends = 0;
    assert_int_equal(live_nodes_read(&live, nodes, 1000), 0);
    assert_int_equal(nr_sends, 1 + 16); /* the first one is the root's */
    for (i = 0; i < 1000; i++) {
        assert_int_equal(nodes[i].rc, i % 2 ? 0 : XLMEM_ERROR_NOTFOUND);
        if (i % 2)
            assert_memory_equal(values[i], paths[i] + 6, nodes[i].len);
    }
}

static void nodes_are_written_and_removed(void **state)
{
    (void)state;
    assert_int_equal(live_node_write(&live, "/tool/memguard/pid", "12"), 0);
    assert_node("/tool/memguard/pid", 0, "12");
    assert_int_equal(live_node_write(&live, "/tool/memguard/pid", ""), 0);
    assert_node("/tool/memguard/pid", 0, "");
    assert_int_equal(live_node_remove(&live, "/tool/memguard/pid"), 0);
    assert_int_equal(live_node_remove(&live, "/tool/memguard/pid"), 0);
    assert_int_equal(live_node_remove(&live, "/nowhere/at/all"), 0);
    assert_node("/tool/memguard/pid", XLMEM_ERROR_NOTFOUND, NULL);
}

/* As libxl has it: the guest reads what is written there, and no other. */
static void a_domains_node_is_readable_for_it(void **state)
{
    struct xs_permissions want[2] = {{0, XS_PERM_NONE}, {7, XS_PERM_READ}};
    struct xs_permissions *has;
    unsigned nr;

    (void)state;
    put("/local/domain/7/memory", "");
    assert_true(xs_set_permissions(store, XBT_NULL, "/local/domain/7/memory",
                                   want, 2));
    assert_int_equal(live_node_write(&live, "/local/domain/7/memory/a", "1"),
                     0);
    has = xs_get_permissions(store, XBT_NULL, "/local/domain/7/memory/a", &nr);
    assert_non_null(has);
    assert_int_equal(nr, 2);
    assert_int_equal(has[0].id, 0);
    assert_int_equal(has[0].perms, XS_PERM_NONE);
    assert_int_equal(has[1].id, 7);
    assert_int_equal(has[1].perms, XS_PERM_READ);
    free(has);
}

static void end_domain(void)
{
    meanwhile = NULL;
    assert_true(xs_rm(store, XBT_NULL, "/local/domain/7"));
}

static void nothing_is_left_of_a_domain_that_goes(void **state)
{
    (void)state;
    assert_int_equal(live_node_write(&live, "/local/domain/7/memory/a", "1"),
                     XLMEM_ERROR_NOTFOUND);
    assert_false(is_there("/local/domain/7"));
    put("/local/domain/7/memory/target", "1024");
    meanwhile = end_domain;
    assert_int_equal(live_node_write(&live, "/local/domain/7/memory/a", "1"),
                     XLMEM_ERROR_NOTFOUND);
    assert_null(meanwhile);
    assert_false(is_there("/local/domain/7"));
}

static unsigned others;

/* A node that is new changes the list of its parent. */
static void write_beside(void)
{
    static const char *const paths[] = {"/local/domain/7/memory/x",
                                        "/local/domain/7/memory/y",
                                        "/local/domain/7/memory/z"};

    put(paths[others], "2048");
    if (++others == 3)
        meanwhile = NULL;
}

static void what_others_write_meanwhile_is_waited_out(void **state)
{
    (void)state;
    put("/local/domain/7/memory/target", "1024");
    others = 0;
    meanwhile = write_beside;
    assert_int_equal(live_node_write(&live, "/local/domain/7/memory/a", "1"),
                     0);
    assert_int_equal(others, 3);
    assert_node("/local/domain/7/memory/a", 0, "1");
    assert_node("/local/domain/7/memory/z", 0, "2048");
}

static void a_dead_connection_is_made_anew(void **state)
{
    (void)state;
    put("/tool/a", "4711");
    assert_node("/tool/a", 0, "4711");
    shutdown(live.nodes->fd, SHUT_RDWR);
    assert_node("/tool/a", 0, "4711");
    shutdown(live.nodes->fd, SHUT_RDWR);
    assert_int_equal(live_node_write(&live, "/tool/a", "1"), 0);
    shutdown(live.nodes->fd, SHUT_RDWR);
    assert_int_equal(live_node_remove(&live, "/tool/a"), 0);
    assert_false(is_there("/tool/a"));
}

static void without_a_server_it_says_so(void **state)
{
    char real[108], err[320];

    (void)state;
    snprintf(real, sizeof(real), "%s", getenv("XENSTORED_PATH"));
    setenv("XENSTORED_PATH", "/nowhere/socket", 1);
    assert_node("/tool/a", XLMEM_ERROR_XENSTORE, NULL);
    assert_int_equal(live_node_write(&live, "/tool/a", "1"),
                     XLMEM_ERROR_XENSTORE);
    assert_int_equal(live_events_open(&live, &fd, err, sizeof(err)),
                     XLMEM_ERROR_XENSTORE);
    assert_non_null(strstr(err, "xenstored is not running"));
    setenv("XENSTORED_PATH", real, 1);
}

#define EVENT_TEST(f) cmocka_unit_test_setup_teardown(f, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENT_TEST(what_comes_first_is_that_there_are_domains),
        EVENT_TEST(what_is_watched_is_told),
        EVENT_TEST(to_watch_twice_is_fine),
        EVENT_TEST(long_paths_have_a_domain_and_no_name),
        EVENT_TEST(a_thousand_are_watched_at_once),
        EVENT_TEST(low_memory_is_told),
        EVENT_TEST(low_memory_is_told_in_a_flood),
        EVENT_TEST(without_the_interrupt_it_goes_on),
        EVENT_TEST(a_server_that_goes_is_told_once),
        EVENT_TEST(nodes_are_read),
        EVENT_TEST(many_nodes_are_read_in_few_round_trips),
        EVENT_TEST(nodes_are_written_and_removed),
        EVENT_TEST(a_domains_node_is_readable_for_it),
        EVENT_TEST(nothing_is_left_of_a_domain_that_goes),
        EVENT_TEST(what_others_write_meanwhile_is_waited_out),
        EVENT_TEST(a_dead_connection_is_made_anew),
        EVENT_TEST(without_a_server_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
