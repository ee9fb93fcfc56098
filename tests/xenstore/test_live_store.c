/* SPDX-License-Identifier: LGPL-2.1-only */
/* The live module's reading of xenstore, against the real server. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/live.h"
#include "sys/store_wire.h"

#define MANY 100

static struct xs_handle *store;

static void put(const char *path, const char *value)
{
    assert_true(
        xs_write(store, XBT_NULL, path, value, (unsigned)strlen(value)));
}

static void put_of(unsigned domid, const char *node, const char *value)
{
    char path[96];

    snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, node);
    put(path, value);
}

/* Domains 1 to @nr, as libxl writes them. */
static void make_doms(unsigned nr, const char *type)
{
    char text[64];
    unsigned i;

    for (i = 1; i <= nr; i++) {
        snprintf(text, sizeof(text), "dom%u", i);
        put_of(i, "name", text);
        snprintf(text, sizeof(text), "%u", 262144 + i);
        put_of(i, "memory/target", text);
        put_of(i, "memory/static-max", "524288");
        put_of(i, "memory/videoram", "0");
        snprintf(text, sizeof(text), "/libxl/%u/type", i);
        put(text, type);
    }
}

static int open_store(void **state)
{
    (void)state;
    store = xs_open(0);
    return store ? 0 : -1;
}

static int close_store(void **state)
{
    (void)state;
    xs_rm(store, XBT_NULL, "/local/domain");
    xs_rm(store, XBT_NULL, "/libxl");
    xs_close(store);
    return 0;
}

/* What Xen would have listed: @nr domains, none of them PV. */
static void list_doms(xlmem_host *host, unsigned nr)
{
    unsigned i;

    xlmem_host_init(host);
    host->doms = calloc(nr, sizeof(*host->doms));
    assert_non_null(host->doms);
    host->nr_doms = nr;
    for (i = 0; i < nr; i++)
        XLMEM_SET(&host->doms[i], domid, i + 1);
}

static int read_doms(xlmem_host *host, xlmem__msg *msg)
{
    live_ctx live = {.xs = store};

    return live_store_read(&live, host, msg);
}

static void what_libxl_writes_is_read(void **state)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    const xlmem_dom *dom;
    xlmem_host host;

    (void)state;
    make_doms(2, "pvh");
    put_of(2, "memory/dynamic-min", "65536");
    put_of(2, "memory/dynamic-max", "18014398509481983");
    put("/libxl/2/type", "hvm");
    list_doms(&host, 2);
    assert_int_equal(read_doms(&host, &msg), 0);
    dom = &host.doms[0];
    assert_string_equal(dom->name, "dom1");
    assert_int_equal(dom->type, XLMEM_DOM_PVH);
    assert_true(XLMEM_KNOWS(dom, target_kb));
    assert_int_equal(dom->target_kb, 262145);
    assert_int_equal(dom->static_max_kb, 524288);
    assert_false(XLMEM_KNOWS(dom, dynamic_min_kb));
    assert_false(XLMEM_KNOWS(dom, tot_kb));
    dom = &host.doms[1];
    assert_int_equal(dom->type, XLMEM_DOM_HVM);
    assert_int_equal(dom->dynamic_min_kb, 65536);
    assert_true(XLMEM_KNOWS(dom, dynamic_max_kb));
    assert_true(dom->dynamic_max_kb == (UINT64_C(1) << 54) - 1);
    xlmem_host_dispose(&host);
}

/* What the device model of each has for itself; -1: not known. */
static void expect_device_models(const int *domid, unsigned nr)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;
    unsigned i;

    list_doms(&host, nr);
    XLMEM_SET(&host.doms[nr - 1], paused, 1);
    assert_int_equal(read_doms(&host, &msg), 0);
    for (i = 0; i < nr; i++) {
        assert_int_equal(XLMEM_KNOWS(&host.doms[i], device_model_domid),
                         domid[i] >= 0);
        if (domid[i] >= 0)
            assert_int_equal(host.doms[i].device_model_domid, domid[i]);
    }
    xlmem_host_dispose(&host);
}

/* An HVM domain has one in a domain of its own, or none; of one that is being
 * built it may still come.  Others are not asked. */
static void the_domain_of_a_device_model_is_read(void **state)
{
    static const int first[] = {7, 0, -1, -1}, then[] = {-1, 0, -1, 9};

    (void)state;
    make_doms(4, "hvm");
    put("/libxl/3/type", "pvh");
    put_of(1, "image/device-model-domid", "7");
    put_of(3, "image/device-model-domid", "8");
    expect_device_models(first, 4);
    put_of(1, "image/device-model-domid", "none");
    put_of(4, "image/device-model-domid", "9");
    expect_device_models(then, 4);
    put_of(1, "image/device-model-domid", "32752");
    expect_device_models(then, 4);
}

/* Domain 0's back end has a folder for each that was given PCI devices. */
static void who_has_pci_devices_is_read(void **state)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;

    (void)state;
    make_doms(3, "hvm");
    put_of(0, "backend/pci/2/0/num_devs", "2");
    put_of(0, "backend/pci/3/0/num_devs", "0");
    put_of(0, "backend/pci/9/0/num_devs", "1");
    put_of(1, "backend/pci/3/0/num_devs", "1");
    list_doms(&host, 3);
    assert_int_equal(read_doms(&host, &msg), 0);
    assert_false(XLMEM_KNOWS(&host.doms[0], pci_devices));
    assert_true(XLMEM_KNOWS(&host.doms[1], pci_devices));
    assert_int_equal(host.doms[1].pci_devices, 2);
    assert_false(XLMEM_KNOWS(&host.doms[2], pci_devices));
    xlmem_host_dispose(&host);
}

/* Under construction, dying, or PV: it need not be there. */
static void what_is_not_there_stays_unknown(void **state)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;

    (void)state;
    put_of(2, "name", "half");
    put("/libxl/2/type", "something new");
    put("/libxl/3/type", "hvm");
    list_doms(&host, 3);
    host.doms[2].type = XLMEM_DOM_PV;
    assert_int_equal(read_doms(&host, &msg), 0);
    assert_null(host.doms[0].name);
    assert_int_equal(host.doms[0].known, XLMEM_FACT_BIT(&host.doms[0], domid));
    assert_int_equal(host.doms[0].type, XLMEM_DOM_UNKNOWN);
    assert_string_equal(host.doms[1].name, "half");
    assert_int_equal(host.doms[1].type, XLMEM_DOM_UNKNOWN);
    assert_int_equal(host.doms[2].type, XLMEM_DOM_PV);
    xlmem_host_dispose(&host);
}

/* What is no number of kB is not known; its neighbours are. */
static void odd_values_spoil_one_fact_of_one_domain(void **state)
{
    static const char *const odd[] = {"",
                                      "-1",
                                      "0x10",
                                      "1 ",
                                      "1k",
                                      "512M",
                                      "1.5",
                                      "18014398509481984",
                                      "18446744073709551615",
                                      "18446744073709551616"};
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;
    size_t i;

    (void)state;
    make_doms(3, "pvh");
    put_of(3, "memory/dynamic-min", "garbage");
    for (i = 0; i < ARRAY_SIZE(odd); i++) {
        text[0] = '\0';
        put_of(2, "memory/target", odd[i]);
        list_doms(&host, 3);
        assert_int_equal(read_doms(&host, &msg), 0);
        assert_non_null(strstr(text, "/local/domain/2/memory/target"));
        assert_true(XLMEM_KNOWS(&host.doms[0], target_kb));
        assert_false(XLMEM_KNOWS(&host.doms[1], target_kb));
        assert_int_equal(host.doms[1].target_kb, 0);
        assert_int_equal(host.doms[1].static_max_kb, 524288);
        assert_true(XLMEM_KNOWS(&host.doms[2], target_kb));
        assert_false(XLMEM_KNOWS(&host.doms[2], dynamic_min_kb));
        xlmem_host_dispose(&host);
    }
}

/* They are compared; who shows one escapes it. */
static void names_are_kept_as_they_are(void **state)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;

    (void)state;
    put_of(1, "name", "a\x1b[31mb\n");
    list_doms(&host, 1);
    assert_int_equal(read_doms(&host, &msg), 0);
    assert_string_equal(host.doms[0].name, "a\x1b[31mb\n");
    xlmem_host_dispose(&host);
}

static void a_hundred_domains_are_read(void **state)
{
    struct timespec from, to;
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;

    (void)state;
    make_doms(MANY, "pvh");
    list_doms(&host, MANY);
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(read_doms(&host, &msg), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_int_equal(host.doms[MANY - 1].target_kb, 262144 + MANY);
    print_message("%d domains in %ld us\n", MANY,
                  (long)(to.tv_sec - from.tv_sec) * 1000000 +
                      (to.tv_nsec - from.tv_nsec) / 1000);
    xlmem_host_dispose(&host);
}

/* A socket at @path that nobody accepts from; -1 as well when it is closed
 * again, so that only the name is left. */
static int make_socket(const char *path, bool stale)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    unlink(path);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(listen(fd, 1), 0);
    if (!stale)
        return fd;
    close(fd);
    return -1;
}

static void assert_open(int rc, const char *what)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    live_ctx live = {.xs = NULL};

    assert_int_equal(live_need_store(&live, &msg), rc);
    assert_non_null(strstr(text, what));
    assert_true(!rc == (live.xs != NULL));
    if (live.xs)
        xs_close(live.xs);
}

static void dead_and_silent_servers_are_told_apart(void **state)
{
    char real[108], path[128];
    int fd;

    (void)state;
    assert_open(0, "");
    snprintf(real, sizeof(real), "%s", getenv("XENSTORED_PATH"));
    snprintf(path, sizeof(path), "%.100s-open", real);
    setenv("XENSTORED_PATH", path, 1);
    assert_open(XLMEM_ERROR_XENSTORE, "/dev/xen/xenbus");
    make_socket(path, true);
    assert_open(XLMEM_ERROR_XENSTORE, "Connection refused");
    fd = make_socket(path, false);
    assert_open(XLMEM_ERROR_XENSTORE, "does not answer");
    close(fd);
    unlink(path);
    setenv("XENSTORED_PATH", real, 1);
}

/* ------------------------------------------------------- of a few only --- */

static xlmem_ask_answer by_thirds(void *arg, const xlmem_dom *dom)
{
    (void)arg;
    return (xlmem_ask_answer)(dom->domid % 3);
}

static int read_asked(xlmem_host *host, const xlmem_ask *ask, xlmem__msg *msg)
{
    live_ctx live = {.xs = NULL};

    return live_store_read_for(&live, host, ask, msg);
}

/* What is written to a socket by us: libxenstore writes otherwise. */
static unsigned nr_sends;

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
    nr_sends++;
    return sendto(fd, buf, len, flags, NULL, 0);
}

static void only_who_is_asked_for_is_read(void **state)
{
    const xlmem_ask ask = {by_thirds, NULL};
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;
    size_t i;

    (void)state;
    make_doms(6, "pvh");
    put_of(3, "memory/dynamic-min", "garbage"); /* nobody asks */
    put_of(4, "memory/dynamic-min", "65536");
    put_of(5, "memory/target", "more than twenty-four characters");
    list_doms(&host, 6);
    assert_int_equal(read_asked(&host, &ask, &msg), 0);
    for (i = 0; i < 6; i++) {
        const xlmem_dom *dom = &host.doms[i];

        assert_int_equal(XLMEM_KNOWS(dom, dynamic_min_kb), dom->domid == 4);
        assert_int_equal(XLMEM_KNOWS(dom, target_kb),
                         dom->domid == 2 || dom->domid == 4);
        assert_int_equal(XLMEM_KNOWS(dom, static_max_kb),
                         dom->domid == 2 || dom->domid == 4 ||
                             dom->domid == 5);
        assert_null(dom->name);
    }
    assert_int_equal(host.doms[3].target_kb, 262148);
    assert_int_equal(host.doms[3].static_max_kb, 524288);
    assert_int_equal(host.doms[3].dynamic_min_kb, 65536);
    assert_non_null(strstr(text, "/local/domain/5/memory/target"));
    xlmem_host_dispose(&host);
}

static xlmem_ask_answer if_opted_in(void *arg, const xlmem_dom *dom)
{
    (void)arg;
    (void)dom;
    return XLMEM_ASK_IF_OPTED_IN;
}

/* A thousand of whom ten opted in: a round trip for each 64 nodes. */
static void a_thousand_are_asked_in_a_few_round_trips(void **state)
{
    const xlmem_ask ask = {if_opted_in, NULL};
    struct timespec from, to;
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem_host host;
    unsigned i;

    (void)state;
    for (i = 100; i <= 1000; i += 100) {
        put_of(i, "memory/dynamic-min", "65536");
        put_of(i, "memory/target", "131072");
    }
    list_doms(&host, 1000);
    nr_sends = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(read_asked(&host, &ask, &msg), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("1000 domains in %ld us, %u round trips\n",
                  (long)(to.tv_sec - from.tv_sec) * 1000000 +
                      (to.tv_nsec - from.tv_nsec) / 1000,
                  nr_sends);
    assert_int_equal(nr_sends, 1 + 16 + 1);
    for (i = 1; i <= 1000; i++)
        assert_int_equal(XLMEM_KNOWS(&host.doms[i - 1], target_kb),
                         i % 100 == 0);
    xlmem_host_dispose(&host);
}

/* Answers the root node, and then what it is given, to as many as ask. */
typedef struct odd_server {
    int listener;
    struct xsd_sockmsg head;
    const char *body;
    size_t len;
} odd_server;

static void *serve_odd(void *arg)
{
    const struct xsd_sockmsg root = {XS_READ, 0, 0, 0};
    const odd_server *odd = arg;
    int fd = accept(odd->listener, NULL, NULL);
    char asked[256];

    if (read(fd, asked, sizeof(asked)) > 0 &&
        write(fd, &root, sizeof(root)) == sizeof(root) &&
        read(fd, asked, sizeof(asked)) > 0 &&
        send(fd, &odd->head, sizeof(odd->head), MSG_NOSIGNAL) > 0)
        send(fd, odd->body, odd->len, MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

static void assert_odd(struct xsd_sockmsg head, const char *body, int rc,
                       const char *what)
{
    const xlmem_ask ask = {if_opted_in, NULL};
    char real[108], path[128], text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    odd_server odd = {-1, head, body, strlen(body)};
    xlmem_host host;
    pthread_t server;

    snprintf(real, sizeof(real), "%s", getenv("XENSTORED_PATH"));
    snprintf(path, sizeof(path), "%.100s-odd", real);
    setenv("XENSTORED_PATH", path, 1);
    odd.listener = make_socket(path, false);
    pthread_create(&server, NULL, serve_odd, &odd);
    list_doms(&host, 1);
    assert_int_equal(read_asked(&host, &ask, &msg), rc);
    assert_non_null(strstr(text, what));
    assert_false(XLMEM_KNOWS(&host.doms[0], dynamic_min_kb));
    pthread_join(server, NULL);
    close(odd.listener);
    unlink(path);
    setenv("XENSTORED_PATH", real, 1);
    xlmem_host_dispose(&host);
}

static void odd_answers_are_errors(void **state)
{
    const uint32_t error = XS_ERROR, value = XS_READ;

    (void)state;
    assert_odd((struct xsd_sockmsg){error, 0, 0, 7}, "EINVAL",
               XLMEM_ERROR_XENSTORE, "has closed"); /* it is cut */
    assert_odd((struct xsd_sockmsg){error, 0, 0, 6}, "EINVAL",
               XLMEM_ERROR_XENSTORE, "memory/dynamic-min: EINVAL");
    assert_odd((struct xsd_sockmsg){value, 1, 0, 4}, "4096",
               XLMEM_ERROR_XENSTORE, "what was not asked");
    assert_odd((struct xsd_sockmsg){value, 0, 0, 4097}, "4096",
               XLMEM_ERROR_XENSTORE, "what was not asked");
    assert_odd((struct xsd_sockmsg){XS_WATCH, 0, 0, 0}, "",
               XLMEM_ERROR_XENSTORE, "memory/dynamic-min: ");
    assert_odd((struct xsd_sockmsg){value, 0, 0, 0}, "", 0,
               "memory/dynamic-min is not a number");
}

static int leaves = -1; /* a listener that goes as soon as somebody came */

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
    const int r = (int)syscall(SYS_connect, fd, addr, len);

    if (!r && leaves >= 0) {
        close(leaves);
        leaves = -1;
    }
    return r;
}

/* To write to it raises SIGPIPE, which nobody here ignores. */
static void a_server_that_leaves_kills_nobody(void **state)
{
    char real[108], path[128];

    (void)state;
    snprintf(real, sizeof(real), "%s", getenv("XENSTORED_PATH"));
    snprintf(path, sizeof(path), "%.100s-gone", real);
    setenv("XENSTORED_PATH", path, 1);
    leaves = make_socket(path, false);
    assert_open(XLMEM_ERROR_XENSTORE, "has closed the connection");
    assert_int_equal(leaves, -1);
    unlink(path);
    setenv("XENSTORED_PATH", real, 1);
}

#define QUEUED 3

/* Takes its time, and then answers the last who came. */
static void *serve_late(void *arg)
{
    const int *listener = arg;
    char message[18] = ""; /* a header and the path of the root node */
    int i, fd;

    usleep(100000);
    for (i = 0; i <= QUEUED; i++) {
        fd = accept(*listener, NULL, NULL);
        if (i == QUEUED && recv(fd, message, sizeof(message), 0) > 0)
            send(fd, message, sizeof(message), 0);
        close(fd);
    }
    return NULL;
}

/* Twenty creates at once are more than xenstored lets wait. */
static void a_queue_at_the_server_is_waited_in(void **state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int listener, clients[QUEUED], i, nr = 0;
    char *path = addr.sun_path, real[108];
    pthread_t server;

    (void)state;
    snprintf(real, sizeof(real), "%s", getenv("XENSTORED_PATH"));
    snprintf(path, sizeof(addr.sun_path), "%.100s-queue", real);
    setenv("XENSTORED_PATH", path, 1);
    listener = make_socket(path, false);
    assert_int_equal(listen(listener, QUEUED - 1), 0);
    for (i = 0; i < QUEUED; i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        nr += !connect(clients[i], (struct sockaddr *)&addr, sizeof(addr));
    }
    assert_int_equal(nr, QUEUED);
    pthread_create(&server, NULL, serve_late, &listener);
    assert_open(0, "");
    pthread_join(server, NULL);
    for (i = 0; i < QUEUED; i++)
        close(clients[i]);
    close(listener);
    unlink(path);
    setenv("XENSTORED_PATH", real, 1);
}

#define STORE_TEST(f)                                                         \
    cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_libxl_writes_is_read),
        STORE_TEST(what_is_not_there_stays_unknown),
        STORE_TEST(the_domain_of_a_device_model_is_read),
        STORE_TEST(who_has_pci_devices_is_read),
        STORE_TEST(odd_values_spoil_one_fact_of_one_domain),
        STORE_TEST(names_are_kept_as_they_are),
        STORE_TEST(a_hundred_domains_are_read),
        STORE_TEST(only_who_is_asked_for_is_read),
        STORE_TEST(a_thousand_are_asked_in_a_few_round_trips),
        cmocka_unit_test(odd_answers_are_errors),
        cmocka_unit_test(a_server_that_leaves_kills_nobody),
        cmocka_unit_test(a_queue_at_the_server_is_waited_in),
        cmocka_unit_test(dead_and_silent_servers_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
