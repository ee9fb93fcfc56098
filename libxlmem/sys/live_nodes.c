/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Nodes of xenstore, one by one or many at a time, over a connection of our
 * own that stays open (store_wire.h).
 *
 * What is written of a domain must not outlive it: xenstored makes all
 * directories that are missing, so that a write which comes just behind the
 * domain's end would leave a part of its tree to whoever gets that number
 * next.  So it is a transaction that has read the domain's memory/: it fails
 * when that has gone meanwhile.
 *
 *     -> START            <- number
 *     -> READ memory      <- "", or ENOENT: the domain has gone
 *     -> WRITE            <- OK
 *     -> END T            <- OK, or EAGAIN: once more from the start
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "sys/live.h"
#include "sys/store_wire.h"

/* libxl's own transactions on memory/ are over in milliseconds; to fail so
 * often somebody would have to write there without end. */
#define TRIES 20

/* ---------------------------------------------------------- connection --- */

void live_nodes_close(live_ctx *live)
{
    xlmem__store_leave(live->nodes);
    live->nodes = NULL;
}

static int need_nodes(live_ctx *live)
{
    xlmem__msg nowhere = {NULL, 0};

    return live->nodes ? 0 : xlmem__store_connect(&live->nodes, &nowhere);
}

/* ------------------------------------------------------------- reading --- */

static int read_once(live_ctx *live, xlmem_node *list, size_t nr)
{
    xlmem__msg nowhere = {NULL, 0};
    int rc = need_nodes(live);

    if (!rc)
        rc = xlmem__store_read_all(live->nodes, list, nr, &nowhere);
    if (rc)
        live_nodes_close(live);
    return rc;
}

/* A connection that was there before may be one to a xenstored that has been
 * restarted since: once more over a new one. */
int live_nodes_read(void *user, xlmem_node *list, size_t nr)
{
    live_ctx *live = user;
    const bool had_one = live->nodes != NULL;
    size_t i;
    int rc;

    for (i = 0; i < nr; i++)
        if (strlen(list[i].path) > XENSTORE_ABS_PATH_MAX)
            return XLMEM_ERROR_INVAL;
    rc = read_once(live, list, nr);
    return rc && had_one ? read_once(live, list, nr) : rc;
}

int live_node_read(void *user, const char *path, char *buf, size_t room,
                   size_t *len_r)
{
    xlmem_node node = {.path = path, .buf = buf, .room = room};
    int rc = live_nodes_read(user, &node, 1);

    if (rc)
        return rc;
    *len_r = node.len;
    return node.rc;
}

/* ------------------------------------------------------------- writing --- */

/* A request whose answer says what became of it, and no more. */
typedef struct request {
    uint32_t type, tx;
    const char *path;  /* with its NUL */
    const char *value; /* behind it, without one; NULL: none */
} request;

static int rc_of_answer(const xlmem__store_answer *answer)
{
    if (answer->head.type != XS_ERROR)
        return 0;
    if (xlmem__store_says(answer, "ENOENT"))
        return XLMEM_ERROR_NOTFOUND;
    if (xlmem__store_says(answer, "EACCES") ||
        xlmem__store_says(answer, "EPERM"))
        return XLMEM_ERROR_PERM;
    return xlmem__store_says(answer, "EAGAIN") ? XLMEM_ERROR_BUSY
                                               : XLMEM_ERROR_XENSTORE;
}

/* @live->nodes is NULL afterwards when the connection is of no use. */
static int ask(live_ctx *live, const request *q, xlmem__store_answer *answer_r)
{
    const xlmem__str path = {q->path, strlen(q->path) + 1};
    const xlmem__str value = {q->value, q->value ? strlen(q->value) : 0};
    const struct xsd_sockmsg head = {q->type, 0, q->tx, 0};

    if (path.len > XENSTORE_ABS_PATH_MAX ||
        value.len > XENSTORE_PAYLOAD_MAX - path.len)
        return XLMEM_ERROR_RANGE;
    if (xlmem__store_send(live->nodes, head, path, value) &&
        xlmem__store_next(live->nodes, XLMEM__STORE_ANSWER_MS, answer_r) > 0 &&
        (answer_r->head.type == q->type || answer_r->head.type == XS_ERROR))
        return rc_of_answer(answer_r);
    live_nodes_close(live);
    return XLMEM_ERROR_XENSTORE;
}

static int begin(live_ctx *live, uint32_t *tx_r)
{
    const request start = {XS_TRANSACTION_START, 0, "", NULL};
    xlmem__store_answer answer;
    xlmem__str number;
    uint64_t tx;
    int rc = ask(live, &start, &answer);

    if (rc)
        return rc;
    number = (xlmem__str){answer.body, answer.head.len};
    if (number.len && !number.p[number.len - 1])
        number.len--;
    if (xlmem__number_all(number, 10, &tx) || !tx || tx > UINT32_MAX)
        return XLMEM_ERROR_XENSTORE;
    *tx_r = (uint32_t)tx;
    return 0;
}

/* XLMEM_ERROR_BUSY: somebody else has written there meanwhile. */
static int try_write(live_ctx *live, const char *memory, const request *write)
{
    request read = {XS_READ, 0, memory, NULL}, in_it = *write;
    request end = {XS_TRANSACTION_END, 0, "T", NULL};
    xlmem__store_answer answer;
    int end_rc, rc = begin(live, &read.tx);

    if (rc)
        return rc;
    in_it.tx = end.tx = read.tx;
    rc = ask(live, &read, &answer);
    if (!rc)
        rc = ask(live, &in_it, &answer);
    if (rc)
        end.path = "F";
    end_rc = live->nodes ? ask(live, &end, &answer) : XLMEM_ERROR_XENSTORE;
    return rc ? rc : end_rc;
}

/* "/local/domain/7/memory" of what is below /local/domain/7; false: it is no
 * domain's. */
static bool memory_of(const char *path, char *memory, size_t len)
{
    static const char domains[] = "/local/domain/";
    const size_t skip = sizeof(domains) - 1;
    int end;

    if (strncmp(path, domains, skip))
        return false;
    end = (int)(skip + strcspn(path + skip, "/"));
    return snprintf(memory, len, "%.*s/memory", end, path) < (int)len;
}

static int change_once(live_ctx *live, const request *change)
{
    xlmem__store_answer answer;
    char memory[64];
    int tries, rc = need_nodes(live);

    if (rc)
        return rc;
    if (change->type != XS_WRITE ||
        !memory_of(change->path, memory, sizeof(memory)))
        return ask(live, change, &answer);
    rc = XLMEM_ERROR_BUSY;
    for (tries = 0; tries < TRIES && rc == XLMEM_ERROR_BUSY; tries++)
        rc = try_write(live, memory, change);
    return rc == XLMEM_ERROR_BUSY ? XLMEM_ERROR_XENSTORE : rc;
}

/* What is written or removed twice is as if once. */
static int change(live_ctx *live, const request *q)
{
    const bool had_one = live->nodes != NULL;
    int rc = change_once(live, q);

    return rc == XLMEM_ERROR_XENSTORE && had_one && !live->nodes
               ? change_once(live, q)
               : rc;
}

int live_node_write(void *user, const char *path, const char *value)
{
    const request q = {XS_WRITE, 0, path, value};

    return change(user, &q);
}

int live_node_remove(void *user, const char *path)
{
    const request q = {XS_RM, 0, path, NULL};
    int rc = change(user, &q);

    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}
