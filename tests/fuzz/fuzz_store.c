/* SPDX-License-Identifier: LGPL-2.1-only */
/* What xenstored answers, whatever that is: it ends, and stays in its room. */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "sys/store_wire.h"

#define NR_NODES 3
/* All of it fits the buffer of a socket, so that nobody waits. */
#define ANSWER_MAX 16384

/* The rest, as if it came unasked. */
static void read_events(xlmem__store *store)
{
    xlmem__store_answer message;
    xlmem_event event;
    int r;

    while ((r = xlmem__store_next(store, 0, &message)) == 1) {
        if (!xlmem__store_event(&message, &event))
            continue;
        FUZZ_CHECK(message.head.type == XS_WATCH_EVENT);
        FUZZ_CHECK(
            memchr(event.untrusted_path, '\0', sizeof(event.untrusted_path)));
        FUZZ_CHECK(event.kind == XLMEM_EVENT_NODE ||
                   event.untrusted_path[0] == '@');
        FUZZ_CHECK(event.kind == XLMEM_EVENT_NODE ||
                   event.domid == UINT64_MAX);
    }
    FUZZ_CHECK(r < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[NR_NODES] = {"/0", "/1", "/2"};
    static xlmem__store store;
    xlmem_node nodes[NR_NODES];
    char values[NR_NODES][24], text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    int fds[2], rc;
    size_t i;

    if (size > ANSWER_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        return 0;
    for (i = 0; i < NR_NODES; i++)
        nodes[i] = (xlmem_node){
            .path = paths[i], .buf = values[i], .room = sizeof(values[i])};
    FUZZ_CHECK(write(fds[1], data, size) == (ssize_t)size);
    shutdown(fds[1], SHUT_WR);
    store.fd = fds[0];
    store.is_socket = true;
    store.path = "fuzz";
    store.begin = store.end = 0;
    rc = xlmem__store_read_all(&store, nodes, NR_NODES, &msg);
    FUZZ_CHECK(!rc || (rc == XLMEM_ERROR_XENSTORE && text[0]));
    for (i = 0; i < NR_NODES; i++)
        FUZZ_CHECK(nodes[i].len <= nodes[i].room);
    read_events(&store);
    close(fds[0]);
    close(fds[1]);
    return 0;
}
