/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * memguard-guest takes any text for /proc/meminfo and /proc/pressure/memory,
 * and any bytes for what xenstored answers: it ends, stays in its room, and
 * writes what the host's parser understands.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/facts.h"
#include "guest/store.h"
#include "model/report.h"

/* All of it fits the buffer of a socket, so that nobody waits. */
#define ANSWER_MAX 16384

static void check_texts(const char *text)
{
    struct guest_facts facts;
    char line[GUEST_REPORT_MAX];
    xlmem_report report;
    int i;

    for (i = 0; i < GUEST_NR_FACTS; i++)
        facts.is[i] = GUEST_UNKNOWN;
    guest_parse_meminfo(&facts, text);
    guest_parse_pressure(&facts, text);
    guest_format(&facts, line, sizeof(line));
    FUZZ_CHECK(strlen(line) < sizeof(line) - 1);
    xlmem__report_init(&report);
    FUZZ_CHECK(xlmem__report_node(&report, "data/memguard/report", line,
                                  strlen(line)) == (line[0] != '\0'));
    FUZZ_CHECK(!XLMEM_KNOWS(&report, total_kb) ||
               report.total_kb == facts.is[GUEST_TOTAL_KB]);
}

static void check_answers(const uint8_t *data, size_t size)
{
    static struct guest_store store;
    char value[64];
    uint64_t events;
    int fds[2];

    if (size > ANSWER_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        return;
    FUZZ_CHECK(write(fds[1], data, size) == (ssize_t)size);
    shutdown(fds[1], SHUT_WR);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    guest_store_use(&store, fds[0]);
    if (!guest_store_read(&store, "domid", value, sizeof(value)))
        FUZZ_CHECK(strlen(value) < sizeof(value));
    guest_store_watch(&store, "domid", 0);
    FUZZ_CHECK(store.used <= sizeof(store.in));
    FUZZ_CHECK(memchr(store.said, '\0', sizeof(store.said)));
    FUZZ_CHECK(guest_store_events(&store, &events) < 0);
    guest_store_close(&store);
    close(fds[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    check_texts(text);
    free(text);
    check_answers(data, size);
    return 0;
}
