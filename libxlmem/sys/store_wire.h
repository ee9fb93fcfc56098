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

#include "model/units.h"
#include "private/backend.h"
#include "sys/sys.h"

/* Room for what is answered: one message at least. */
#define XLMEM__STORE_ROOM                                                     \
    (sizeof(struct xsd_sockmsg) + 2 * XENSTORE_PAYLOAD_MAX)

/* And for what is asked in one write: a request for a node of ours has 60
 * bytes, the longest one 3089. */
#define XLMEM__STORE_ASK_ROOM 8192

/* 16 kB: on no stack. */
typedef struct xlmem__store {
    int fd;
    bool is_socket;    /* else the kernel's device, for a xenstored that runs
                            in a domain of its own */
    const char *path;  /* of that; static */
    size_t begin, end; /* of what has come and was not looked at yet */
    char room[XLMEM__STORE_ROOM];
    char out[XLMEM__STORE_ASK_ROOM];
} xlmem__store;

/*
 * Connect, and see that somebody answers.
 * Returns 0; XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM, with @msg.
 */
int xlmem__store_open(xlmem__store *store, xlmem__msg *msg);
void xlmem__store_close(xlmem__store *store);

/* The same of one that is malloc'd; also XLMEM_ERROR_NOMEM.  NULL is fine. */
int xlmem__store_connect(xlmem__store **store_r, xlmem__msg *msg);
void xlmem__store_leave(xlmem__store *store);

/*
 * Read nodes, many at a time; no path is longer than XENSTORE_ABS_PATH_MAX.  A
 * server that stops answering is waited for some seconds.
 * Returns 0, each answer being in its node; XLMEM_ERROR_XENSTORE with @msg:
 * the connection is of no use then.
 */
int xlmem__store_read_all(xlmem__store *store, xlmem_node *list, size_t nr,
                          xlmem__msg *msg);

/* ----------------------------------------------- one message at a time --- */

/* How long a server that is there may take to answer: one that is busy with a
 * large transaction takes milliseconds. */
#define XLMEM__STORE_ANSWER_MS 5000

/* A message as it came. */
typedef struct xlmem__store_answer {
    struct xsd_sockmsg head;
    const char *body; /* head.len bytes, in the store's room until the next */
} xlmem__store_answer;

/*
 * Send a request.  @head: its len is set.  @path, @value: its body, of
 * XENSTORE_PAYLOAD_MAX bytes at most.
 * false: nobody takes it; the connection is of no use then.
 */
bool xlmem__store_send(xlmem__store *store, struct xsd_sockmsg head,
                       xlmem__str path, xlmem__str value);

/*
 * The next message.
 * @wait_ms: how long to wait for more of it; 0: not at all.
 * Returns 1; 0: it is not there; -1: the connection is gone, or of no use,
 * where what came is no message (errno EPROTO).
 */
int xlmem__store_next(xlmem__store *store, int wait_ms,
                      xlmem__store_answer *answer_r);

/* Whether an answer is the error of that name: "ENOENT". */
bool xlmem__store_says(const xlmem__store_answer *answer, const char *error);

/* What xenstored tells of by these names: domains that come and go. */
#define XLMEM__STORE_INTRODUCED "@introduceDomain"
#define XLMEM__STORE_RELEASED "@releaseDomain"

/* What a watch tells.  false: the message is none of a watch. */
bool xlmem__store_event(const xlmem__store_answer *message,
                        xlmem_event *event_r);

#endif /* XLMEM_STORE_WIRE_H */
