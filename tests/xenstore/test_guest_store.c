/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * memguard-guest's conversation with xenstore: with the real server, which
 * takes this process for dom0 and its paths for dom0's, and with one of ours
 * that answers as a kernel or a busy server may.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest/store.h"

#define FOLDER "data/memguard"
#define REPORT FOLDER "/report"

static struct guest_store store;
static int server = -1; /* ours */

static void set_nonblocking(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static int begin_real(void **state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const char *path = getenv("XENSTORED_PATH");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_non_null(path);
    assert_true(strlen(path) < sizeof(addr.sun_path));
    strcpy(addr.sun_path, path);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    set_nonblocking(fd);
    guest_store_use(&store, fd);
    return 0;
}

static int begin_ours(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    set_nonblocking(fds[0]);
    guest_store_use(&store, fds[0]);
    server = fds[1];
    return 0;
}

static int end(void **state)
{
    (void)state;
    guest_store_close(&store);
    if (server >= 0)
        close(server);
    server = -1;
    return 0;
}

/* ----------------------------------------------------- the real server --- */

static void what_is_written_is_there(void **state)
{
    char value[64];

    (void)state;
    assert_int_equal(guest_store_write(&store, REPORT, "total_kb=4711"), 0);
    assert_int_equal(guest_store_read(&store, REPORT, value, sizeof(value)),
                     0);
    assert_string_equal(value, "total_kb=4711");
    assert_int_equal(guest_store_read(&store, REPORT, value, 6), 0);
    assert_string_equal(value, "total");
}

static void what_is_removed_is_gone(void **state)
{
    char value[64];

    (void)state;
    assert_int_equal(guest_store_write(&store, REPORT, "x"), 0);
    assert_int_equal(guest_store_remove(&store, FOLDER), 0);
    assert_int_equal(guest_store_read(&store, REPORT, value, sizeof(value)),
                     -EPROTO);
    assert_string_equal(store.said, "ENOENT");
    /* And the conversation goes on. */
    assert_int_equal(guest_store_write(&store, REPORT, "y"), 0);
}

static uint64_t events_until(uint64_t wanted)
{
    uint64_t seen = 0, events;
    int tries;

    for (tries = 0; tries < 500 && (seen & wanted) != wanted; tries++) {
        assert_int_equal(guest_store_events(&store, &events), 0);
        seen |= events;
        usleep(10000);
    }
    return seen;
}

/* Once when it is set, and at each change; among answers too. */
static void watches_report(void **state)
{
    uint64_t events;
    int i;

    (void)state;
    assert_int_equal(guest_store_watch(&store, "memory/target", 1), 0);
    assert_int_equal(guest_store_watch(&store, "domid", 0), 0);
    assert_int_equal(events_until(3), 3);
    assert_int_equal(guest_store_events(&store, &events), 0);
    assert_int_equal(events, 0);
    for (i = 0; i < 100; i++)
        assert_int_equal(guest_store_write(&store, "memory/target", "42"), 0);
    assert_int_equal(events_until(2), 2);
    assert_int_equal(guest_store_watch(&store, "domid", 0), -EPROTO);
    assert_string_equal(store.said, "EEXIST");
}

/* ---------------------------------------------------- a server of ours --- */

struct header {
    uint32_t type, req_id, tx_id, len;
};

static void answer(uint32_t type, uint32_t req_id, const char *body,
                   size_t len)
{
    const struct header head = {type, req_id, 0, (uint32_t)len};

    assert_int_equal(write(server, &head, sizeof(head)), sizeof(head));
    if (len)
        assert_int_equal(write(server, body, len), (ssize_t)len);
}

static void answers_to_others_are_passed_over(void **state)
{
    char value[8];

    (void)state;
    answer(2, 77, "late", 4);
    answer(15, 0, "domid\0000", 8);
    answer(16, 0, "EINVAL", 7);
    answer(2, 1, "7", 1);
    assert_int_equal(guest_store_read(&store, "domid", value, sizeof(value)),
                     0);
    assert_string_equal(value, "7");
    assert_int_equal(store.events, 1);
}

/* Kernels before 4.11 answer for a watch without its number. */
static void a_watch_may_be_answered_without_a_number(void **state)
{
    (void)state;
    answer(4, 0, "OK", 3);
    assert_int_equal(guest_store_watch(&store, "domid", 0), 0);
}

static void odd_events_are_nobodys(void **state)
{
    uint64_t events;

    (void)state;
    answer(15, 0, "", 0);
    answer(15, 0, "domid", 5);
    answer(15, 0, "domid\0", 6);
    answer(15, 0, "domid\0x", 8);
    answer(15, 0, "domid\00012", 9);
    answer(15, 0, "\0\0\0", 3);
    assert_int_equal(guest_store_events(&store, &events), 0);
    assert_int_equal(events, 0);
    answer(15, 0, "domid\0009", 8);
    assert_int_equal(guest_store_events(&store, &events), 0);
    assert_int_equal(events, 1 << 9);
}

static void a_refusal_is_kept_as_a_word(void **state)
{
    (void)state;
    answer(16, 1, "EACCES", 7);
    assert_int_equal(guest_store_write(&store, REPORT, "x"), -EPROTO);
    assert_string_equal(store.said, "EACCES");
    answer(16, 2, "E\033[31mACCES", 12);
    assert_int_equal(guest_store_write(&store, REPORT, "x"), -EPROTO);
    assert_string_equal(store.said, "E");
}

static void an_answer_of_another_kind_is_none(void **state)
{
    (void)state;
    answer(2, 1, "x", 1);
    assert_int_equal(guest_store_write(&store, REPORT, "x"), -EIO);
}

static void more_than_may_be_sent_breaks_off(void **state)
{
    const struct header head = {2, 1, 0, GUEST_STORE_PAYLOAD + 1};

    (void)state;
    assert_int_equal(write(server, &head, sizeof(head)), sizeof(head));
    assert_int_equal(guest_store_write(&store, REPORT, "x"), -EIO);
}

static void as_much_as_may_be_sent_is_taken(void **state)
{
    char body[GUEST_STORE_PAYLOAD], value[GUEST_STORE_PAYLOAD + 1];

    (void)state;
    memset(body, 'x', sizeof(body));
    answer(2, 1, body, sizeof(body));
    assert_int_equal(guest_store_read(&store, REPORT, value, sizeof(value)),
                     0);
    assert_int_equal(strlen(value), sizeof(body));
}

static void a_server_that_goes_is_an_error(void **state)
{
    uint64_t events;

    (void)state;
    assert_int_equal(shutdown(server, SHUT_WR), 0);
    assert_int_equal(guest_store_events(&store, &events), -EIO);
    assert_int_equal(guest_store_write(&store, REPORT, "x"), -EIO);
}

static void what_does_not_fit_is_not_sent(void **state)
{
    char path[600];

    (void)state;
    memset(path, 'p', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(guest_store_write(&store, path, "x"), -EMSGSIZE);
    assert_int_equal(guest_store_remove(&store, path), -EMSGSIZE);
}

static void a_device_that_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(guest_store_open(&store, "/nonexistent"), -ENOENT);
    assert_int_equal(store.fd, -1);
}

int main(void)
{
#define REAL(test) cmocka_unit_test_setup_teardown(test, begin_real, end)
#define OURS(test) cmocka_unit_test_setup_teardown(test, begin_ours, end)
    const struct CMUnitTest tests[] = {
        REAL(what_is_written_is_there),
        REAL(what_is_removed_is_gone),
        REAL(watches_report),
        OURS(answers_to_others_are_passed_over),
        OURS(a_watch_may_be_answered_without_a_number),
        OURS(odd_events_are_nobodys),
        OURS(a_refusal_is_kept_as_a_word),
        OURS(an_answer_of_another_kind_is_none),
        OURS(more_than_may_be_sent_breaks_off),
        OURS(as_much_as_may_be_sent_is_taken),
        OURS(a_server_that_goes_is_an_error),
        OURS(what_does_not_fit_is_not_sent),
        cmocka_unit_test(a_device_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
