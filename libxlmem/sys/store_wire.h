/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A connection of our own to xenstored, for what libxenstore has no call for:
 * many nodes in a few round trips, and an end to waiting.
 */
#ifndef XLMEM_STORE_WIRE_H
#define XLMEM_STORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

#include "sys/sys.h"

/* Room for what is answered: one message at least. */
#define XLMEM__STORE_ROOM                                                     \
    (sizeof(struct xsd_sockmsg) + 2 * XENSTORE_PAYLOAD_MAX)

typedef struct xlmem__store {
    int fd;
    bool is_socket;    /* else the kernel's device, for a xenstored that runs
                            in a domain of its own */
    const char *path;  /* of that; static */
    size_t begin, end; /* of what has come and was not looked at yet */
    char room[XLMEM__STORE_ROOM];
} xlmem__store;

/* Longer than any path of a node that is read here, with its NUL. */
#define XLMEM__STORE_PATH_MAX 64
/* A number of 64 bits has 20 digits. */
#define XLMEM__STORE_VALUE_MAX 24

/* One node: its path, and what becomes of it. */
typedef struct xlmem__store_read {
    char path[XLMEM__STORE_PATH_MAX];
    bool there; /* it is there, and may be read */
    size_t len; /* of its value; beyond XLMEM__STORE_VALUE_MAX that is cut */
    char value[XLMEM__STORE_VALUE_MAX];
} xlmem__store_read;

/*
 * Connect, and see that somebody answers.
 * Returns 0; XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM, with @msg.
 */
int xlmem__store_open(xlmem__store *store, xlmem__msg *msg);
void xlmem__store_close(xlmem__store *store);

/*
 * Read nodes, many at a time.  A server that stops answering is waited for
 * some seconds.
 * Returns 0, XLMEM_ERROR_XENSTORE with @msg: the connection is of no use then.
 */
int xlmem__store_read_all(xlmem__store *store, xlmem__store_read *list,
                          size_t nr, xlmem__msg *msg);

#endif /* XLMEM_STORE_WIRE_H */
