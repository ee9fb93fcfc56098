/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xenstore.  A round trip costs 93 us on real hardware and there is no
 * request for more than one node.  Of a decision, under the lock, who did not
 * opt in is asked for nothing else, many at a time (store_wire.c):
 *
 *     /local/domain/N/memory/dynamic-min                   1
 *     /local/domain/N/memory/target, .../static-max        2 of who opted in
 *
 * Of a snapshot as few are asked for as tell everything:
 *
 *     /local/domain/N/name          1
 *     /local/domain/N/memory        1   which nodes there are
 *     /local/domain/N/memory/...    1 for each of ours: 2 under plain xl
 *     /libxl/N/type                 1   only for HVM and PVH
 *     /local/domain/N/image/...     1   only for HVM: its device model
 *     /local/domain/0/backend/pci   1   in all: who has PCI devices
 *     .../pci/N/0/num_devs          1   only of these
 *     /tool/memguard/daemon/...     1 or 2 in all
 *
 * No transaction: the nodes are independent, and in one the server copies
 * each node it reads.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "private/xen.h"
#include "sys/live.h"
#include "sys/store_wire.h"

#define PATH_LEN 64
#define MEMORY_NODE "/local/domain/%" PRIu64 "/memory/%s"

int live_need_store(live_ctx *live, xlmem__msg *msg)
{
    xlmem__store *store;
    int rc = live->xs ? 0 : xlmem__store_connect(&store, msg);

    if (rc || live->xs)
        return rc;
    xlmem__store_leave(store);
    live->xs = xs_open(0);
    return live->xs ? 0
                    : xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                                  "xs_open failed: %s", strerror(errno));
}

static bool is_absent(int e)
{
    return e == ENOENT || e == EACCES;
}

static int store_fail(xlmem__msg *msg, const char *path)
{
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE, "xenstore %s: %s", path,
                       strerror(errno));
}

/* *untrusted_r is malloc'd, NULL when there is no such node. */
static int read_node(live_ctx *live, const char *path, xlmem__str *untrusted_r,
                     xlmem__msg *msg)
{
    unsigned int len;
    char *untrusted = xs_read(live->xs, XBT_NULL, path, &len);

    if (!untrusted && !is_absent(errno))
        return store_fail(msg, path);
    *untrusted_r = (xlmem__str){untrusted, untrusted ? len : 0};
    return 0;
}

static void free_value(xlmem__str value)
{
    free((void *)(uintptr_t)value.p);
}

typedef struct memory_node {
    const char *name;
    size_t offset; /* in xlmem_dom */
} memory_node;

static const memory_node memory_nodes[] = {
    {"target", offsetof(xlmem_dom, target_kb)},
    {"static-max", offsetof(xlmem_dom, static_max_kb)},
    {"dynamic-min", offsetof(xlmem_dom, dynamic_min_kb)},
    {"dynamic-max", offsetof(xlmem_dom, dynamic_max_kb)},
    {"weight", offsetof(xlmem_dom, weight)},
    {"uncooperative", offsetof(xlmem_dom, uncooperative)},
    {"memguard-pin", offsetof(xlmem_dom, pin_kb)},
    {"memguard-demand", offsetof(xlmem_dom, demand_kb)},
    {"memguard-floods", offsetof(xlmem_dom, floods)},
};

static void set_fact(xlmem_dom *dom, size_t offset, uint64_t value)
{
    memcpy((char *)dom + offset, &value, sizeof(value));
    dom->known |= XLMEM_FACT_BIT_AT(offset);
}

_Static_assert(offsetof(xlmem_dom, known) == 0, "bits count from the start");

/* Bytes must fit 64 bits: no memory is larger, and no sum over it wraps. */
#define KB_END (UINT64_C(1) << 54)

/* A node that is no number of kB says nothing about its domain, and nothing
 * about any other.  The first one is named. */
static void pass_over_node(xlmem__msg *msg, const char *path)
{
    if (msg->len && !msg->text[0])
        xlmem__fail(msg, 0,
                    "xenstore %s is not a number of kB; what it should say "
                    "is taken as not known",
                    path);
}

static void take_node_kb(xlmem_dom *dom, const memory_node *node,
                         xlmem__str untrusted_value, const char *path,
                         xlmem__msg *msg)
{
    uint64_t kb;

    if (!xlmem__number_all(untrusted_value, 10, &kb) && kb < KB_END)
        set_fact(dom, node->offset, kb);
    else
        pass_over_node(msg, path);
}

static int read_memory_node(live_ctx *live, const memory_node *node,
                            xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str untrusted_value;
    int rc;

    snprintf(path, sizeof(path), MEMORY_NODE, dom->domid, node->name);
    rc = read_node(live, path, &untrusted_value, msg);
    if (rc || !untrusted_value.p)
        return rc;
    take_node_kb(dom, node, untrusted_value, path, msg);
    free_value(untrusted_value);
    return 0;
}

static const memory_node *find_node(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(memory_nodes) / sizeof(memory_nodes[0]); i++)
        if (!strcmp(memory_nodes[i].name, name))
            return &memory_nodes[i];
    return NULL;
}

static int read_memory_nodes(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    const memory_node *node;
    unsigned int i, nr;
    char **untrusted_names;
    int rc = 0;

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/memory",
             dom->domid);
    untrusted_names = xs_directory(live->xs, XBT_NULL, path, &nr);
    if (!untrusted_names)
        return is_absent(errno) ? 0 : store_fail(msg, path);
    for (i = 0; i < nr && !rc; i++) {
        node = find_node(untrusted_names[i]);
        if (node)
            rc = read_memory_node(live, node, dom, msg);
    }
    free(untrusted_names);
    return rc;
}

static int read_name(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str untrusted_value;
    int rc;

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/name", dom->domid);
    rc = read_node(live, path, &untrusted_value, msg);
    if (rc || !untrusted_value.p)
        return rc;
    dom->name = xlmem__strdup_name(untrusted_value);
    free_value(untrusted_value);
    return dom->name ? 0 : XLMEM_ERROR_NOMEM;
}

/* Xen tells PV from the others; which of the others is the toolstack's. */
static int read_type(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str untrusted_value;
    int rc;

    if (dom->type != XLMEM_DOM_UNKNOWN)
        return 0;
    snprintf(path, sizeof(path), "/libxl/%" PRIu64 "/type", dom->domid);
    rc = read_node(live, path, &untrusted_value, msg);
    if (rc || !untrusted_value.p)
        return rc;
    if (xlmem__str_is(untrusted_value, "pvh"))
        dom->type = XLMEM_DOM_PVH;
    else if (xlmem__str_is(untrusted_value, "hvm"))
        dom->type = XLMEM_DOM_HVM;
    free_value(untrusted_value);
    return 0;
}

/* While it is built, and paused, a domain of its device model may still come:
 * that it has none can be seen later only. */
static int read_device_model(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str untrusted_value;
    uint64_t domid = 0;
    bool known;
    int rc;

    if (dom->type != XLMEM_DOM_HVM)
        return 0;
    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/%s", dom->domid,
             XLMEM_DEVICE_MODEL_NODE);
    rc = read_node(live, path, &untrusted_value, msg);
    if (rc)
        return rc;
    known = untrusted_value.p ? !xlmem__number_all(untrusted_value, 10, &domid)
                              : !dom->paused;
    if (known && domid < XLMEM_DOMID_END)
        XLMEM_SET(dom, device_model_domid, domid);
    free_value(untrusted_value);
    return 0;
}

/* ---------------------------------------------- what one decision asks --- */

/* A number of 64 bits has 20 digits. */
#define VALUE_LEN 24

/* Nodes that are asked for together. */
typedef struct batch {
    size_t nr;
    xlmem_node *reads;
    struct batch_of {
        xlmem_dom *dom;
        const memory_node *node;
        char path[PATH_LEN], value[VALUE_LEN];
    } * of;
} batch;

static void add_read(batch *b, xlmem_dom *dom, const char *name)
{
    struct batch_of *of = &b->of[b->nr];

    of->dom = dom;
    of->node = find_node(name);
    snprintf(of->path, sizeof(of->path), MEMORY_NODE, dom->domid, name);
    b->reads[b->nr++] = (xlmem_node){
        .path = of->path, .buf = of->value, .room = sizeof(of->value)};
}

/* Then it is empty again. */
static int run_batch(batch *b, xlmem__store *store, xlmem__msg *msg)
{
    int rc = xlmem__store_read_all(store, b->reads, b->nr, msg);
    size_t i;

    for (i = 0; i < b->nr && !rc; i++) {
        const xlmem_node *read = &b->reads[i];
        const xlmem__str untrusted_value = {read->buf, read->len};

        if (!read->rc)
            take_node_kb(b->of[i].dom, b->of[i].node, untrusted_value,
                         read->path, msg);
        else if (read->rc == XLMEM_ERROR_RANGE)
            pass_over_node(msg, read->path);
    }
    b->nr = 0;
    return rc;
}

/* Whether a domain opted in is all that is asked of most of them. */
static int read_asked(batch *b, xlmem_host *host, const xlmem_ask *ask,
                      xlmem__store *store, xlmem__msg *msg)
{
    size_t i;
    int rc;

    for (i = 0; i < host->nr_doms; i++)
        if (ask->of(ask->arg, &host->doms[i]) != XLMEM_ASK_NOTHING)
            add_read(b, &host->doms[i], "dynamic-min");
    rc = run_batch(b, store, msg);
    for (i = 0; i < host->nr_doms && !rc; i++) {
        xlmem_dom *dom = &host->doms[i];
        const xlmem_ask_answer answer = ask->of(ask->arg, dom);

        if (answer == XLMEM_ASK_ALL || (answer == XLMEM_ASK_IF_OPTED_IN &&
                                        XLMEM_KNOWS(dom, dynamic_min_kb))) {
            add_read(b, dom, "target");
            add_read(b, dom, "static-max");
        }
    }
    return rc ? rc : run_batch(b, store, msg);
}

int live_store_read_for(live_ctx *live, xlmem_host *host, const xlmem_ask *ask,
                        xlmem__msg *msg)
{
    const size_t room = 2 * host->nr_doms + 1;
    batch b = {0, calloc(room, sizeof(*b.reads)), calloc(room, sizeof(*b.of))};
    xlmem__store *store;
    int rc = XLMEM_ERROR_NOMEM;

    (void)live;
    if (b.reads && b.of)
        rc = xlmem__store_connect(&store, msg);
    if (!rc) {
        rc = read_asked(&b, host, ask, store, msg);
        xlmem__store_leave(store);
    }
    free(b.reads);
    free(b.of);
    return rc;
}

/* ----------------------------------------------------------- all of it --- */

/* What a daemon has left: it may have been killed since. */
static int read_daemon(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    xlmem__str value;
    uint64_t pid;
    int rc = read_node(live, XLMEM_DAEMON_NODE "/pid", &value, msg);

    if (rc || !value.p)
        return rc;
    if (!xlmem__number_all(value, 10, &pid))
        XLMEM_SET(host, daemon_pid, pid);
    free_value(value);
    rc = read_node(live, XLMEM_DAEMON_NODE "/state", &value, msg);
    if (rc || !value.p)
        return rc;
    XLMEM_SET(host, daemon_moves, xlmem__str_is(value, XLMEM_DAEMON_MOVES));
    free_value(value);
    return 0;
}

#define PCI_NODE "/local/domain/0/" XLMEM_PCI_NODE

static int read_pci_count(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str value;
    uint64_t nr;
    int rc;

    snprintf(path, sizeof(path), PCI_NODE "/%" PRIu64 XLMEM_PCI_COUNT,
             dom->domid);
    rc = read_node(live, path, &value, msg);
    if (rc || !value.p)
        return rc;
    if (!xlmem__number_all(value, 10, &nr) && nr)
        XLMEM_SET(dom, pci_devices, nr);
    free_value(value);
    return 0;
}

static xlmem_dom *listed_dom(xlmem_host *host, const char *id)
{
    const xlmem_dom *dom;
    uint64_t domid;

    if (xlmem__number_all((xlmem__str){id, strlen(id)}, 10, &domid))
        return NULL;
    dom = xlmem_host_find_dom(host, domid);
    return dom ? &host->doms[dom - host->doms] : NULL;
}

static int read_pci(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    unsigned int i, nr;
    char **ids = xs_directory(live->xs, XBT_NULL, PCI_NODE, &nr);
    int rc = 0;

    if (!ids)
        return is_absent(errno) ? 0 : store_fail(msg, PCI_NODE);
    for (i = 0; i < nr && !rc; i++) {
        xlmem_dom *dom = listed_dom(host, ids[i]);

        if (dom)
            rc = read_pci_count(live, dom, msg);
    }
    free(ids);
    return rc;
}

int live_store_read(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    int rc = live_need_store(live, msg);
    size_t i;

    if (!rc)
        rc = read_daemon(live, host, msg);
    if (!rc)
        rc = read_pci(live, host, msg);
    for (i = 0; i < host->nr_doms && !rc; i++) {
        rc = read_name(live, &host->doms[i], msg);
        if (!rc)
            rc = read_memory_nodes(live, &host->doms[i], msg);
        if (!rc)
            rc = read_type(live, &host->doms[i], msg);
        if (!rc)
            rc = read_device_model(live, &host->doms[i], msg);
    }
    return rc;
}
