/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xenstore from inside a guest: its wire protocol through the kernel's device
 * (xen/include/public/io/xs_wire.h; drivers/xen/xenbus/xenbus_dev_frontend.c).
 *
 * libxlmem/sys/store_wire.c speaks the same to the server's socket, to read a
 * thousand nodes at once, and links libxenstore to find it; here are a request
 * at a time, watches, and no library at all, since a guest has none.
 *
 * Paths are within the domain's own folder.  The kernel sets the watches again
 * after a suspend or a migration, and each reports once when it is set: that
 * is how a guest learns that it is somewhere else.
 */
#ifndef XLMEM_GUEST_STORE_H
#define XLMEM_GUEST_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_STORE_HEADER 16
#define GUEST_STORE_PAYLOAD 4096

struct guest_store {
    int fd; /* the caller's, non-blocking; -1: closed */
    uint32_t request;
    size_t used;     /* of what has come and was not looked at yet */
    uint64_t events; /* a bit for each token of a watch that has reported */
    char said[64];   /* the server's word for its last refusal, "EACCES" */
    char in[GUEST_STORE_HEADER + GUEST_STORE_PAYLOAD];
};

/* Opens the device.  0 or -errno. */
int guest_store_open(struct guest_store *store, const char *root);
/* The same of a connection that there is already. */
void guest_store_use(struct guest_store *store, int fd);
void guest_store_close(struct guest_store *store);

/*
 * Requests.  0; -EPROTO: refused, with the server's word in store->said;
 * another -errno: the connection is of no use any more, -ETIMEDOUT when
 * nothing came within five seconds.
 */
int guest_store_read(struct guest_store *store, const char *path, char *value,
                     size_t room);
int guest_store_write(struct guest_store *store, const char *path,
                      const char *value);
int guest_store_remove(struct guest_store *store, const char *path);
/* @token: 0 to 9, the bit of store->events. */
int guest_store_watch(struct guest_store *store, const char *path,
                      unsigned token);

/* Take what has come without waiting; *events_r: tokens that have reported
 * since it was asked last.  0 or -errno. */
int guest_store_events(struct guest_store *store, uint64_t *events_r);

#endif /* XLMEM_GUEST_STORE_H */
