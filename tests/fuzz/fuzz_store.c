/* SPDX-License-Identifier: LGPL-2.1-only */
/* What xenstored answers, whatever that is: it ends, and stays in its room. */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "sys/store_wire.h"

#define NR_NODES 3
/* All of it fits the buffer of a socket, so that nobody waits. */
#define ANSWER_MAX 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static xlmem__store store;
    xlmem__store_read nodes[NR_NODES];
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    int fds[2], rc;
    size_t i;

    if (size > ANSWER_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        return 0;
    memset(nodes, 0, sizeof(nodes));
    for (i = 0; i < NR_NODES; i++)
        snprintf(nodes[i].path, sizeof(nodes[i].path), "/%zu", i);
    FUZZ_CHECK(write(fds[1], data, size) == (ssize_t)size);
    shutdown(fds[1], SHUT_WR);
    store.fd = fds[0];
    store.is_socket = true;
    store.path = "fuzz";
    store.begin = store.end = 0;
    rc = xlmem__store_read_all(&store, nodes, NR_NODES, &msg);
    FUZZ_CHECK(!rc || (rc == XLMEM_ERROR_XENSTORE && text[0]));
    for (i = 0; i < NR_NODES; i++)
        FUZZ_CHECK(nodes[i].len <= XENSTORE_PAYLOAD_MAX);
    close(fds[0]);
    close(fds[1]);
    return 0;
}
