/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `xenstore-ls -fp`: one node a line, its permissions behind.
 *
 *     /local/domain/1/name = "mail"   (n0,r1)
 *     /local/domain/1/memory/target = "262144"   (n0,r1)
 *
 * Below memory/ and image/ a guest cannot write under libxl: what is no number
 * there is an error.  Its name is set by the toolstack too, and is shown only.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/capture/pieces.h"
#include "codec/capture/texts.h"
#include "codec/doms.h"

static const xlmem__key keys[] = {
    {"memory/target", offsetof(xlmem_dom, target_kb)},
    {"memory/static-max", offsetof(xlmem_dom, static_max_kb)},
    {"memory/dynamic-min", offsetof(xlmem_dom, dynamic_min_kb)},
    {"memory/dynamic-max", offsetof(xlmem_dom, dynamic_max_kb)},
    {"memory/weight", offsetof(xlmem_dom, weight)},
    {"memory/uncooperative", offsetof(xlmem_dom, uncooperative)},
    {"memory/memguard-pin", offsetof(xlmem_dom, pin_kb)},
    {"memory/memguard-demand", offsetof(xlmem_dom, demand_kb)},
    {"memory/memguard-floods", offsetof(xlmem_dom, floods)},
    {XLMEM_DEVICE_MODEL_NODE, offsetof(xlmem_dom, device_model_domid)},
};

/* The value of `path = "value"   (perms)`; false for other lines. */
static bool split_node(xlmem__str line, xlmem__str *path_r,
                       xlmem__str *untrusted_r)
{
    xlmem__str untrusted = line, path = xlmem__cut(&untrusted, '=');

    while (untrusted.len && untrusted.p[untrusted.len - 1] != '"')
        untrusted.len--;
    if (!xlmem__skip(&untrusted, " \"") || !untrusted.len)
        return false;
    untrusted.len--; /* the closing quote */
    *path_r = xlmem__trim(path);
    *untrusted_r = untrusted;
    return true;
}

static const xlmem__key *key_of(xlmem__str name)
{
    return xlmem__str_starts(name, "memory/") ||
                   xlmem__str_starts(name, XLMEM_DEVICE_MODEL_NODE)
               ? xlmem__find_key(keys, sizeof(keys) / sizeof(keys[0]), name)
               : NULL;
}

static int parse_node(xlmem_dom *dom, const xlmem__key *key,
                      xlmem__str untrusted_value)
{
    uint64_t kb;
    int rc;

    if (!key)
        return xlmem__keep_name(&dom->name, untrusted_value);
    rc = xlmem__number_all(untrusted_value, 10, &kb);
    if (rc)
        return rc;
    return xlmem__set_fact(dom, key->offset, kb) ? 0 : XLMEM_ERROR_PARSE;
}

/* @name: of the node below the domain's own; @type: below libxl's. */
static int parse_value(xlmem__doms *doms, uint64_t domid, xlmem__str name,
                       bool type, xlmem__str untrusted_value)
{
    const xlmem__key *key = type ? NULL : key_of(name);
    xlmem_dom *dom;
    int rc;

    if (!key && !xlmem__str_is(name, type ? "type" : "name"))
        return 0;
    dom = xlmem__doms_get(doms, domid, &rc);
    if (!dom)
        return rc;
    if (!type)
        return parse_node(dom, key, untrusted_value);
    dom->type = xlmem__dom_type(untrusted_value);
    return 0;
}

/* What is read: of domains, and of the daemon. */
typedef struct store {
    xlmem__doms *doms; /* owned */
    xlmem__line_feed feed;
    bool has_pid, has_state;
    uint64_t daemon_pid;
    bool daemon_moves;
} store;

/* The trees that are read, and what of a domain. */
#define TREE_DAEMON XLMEM_DAEMON_NODE "/"
#define TREE_LIBXL "/libxl/"
#define TREE_DOMAIN "/local/domain/"
/* Ids have 15 bits: more digits are no id, and looked at as any number. */
#define DIGITS_MAX 9
#define BEGINS(s, text)                                                       \
    ((s).len >= sizeof(text) - 1 && !memcmp((s).p, text, sizeof(text) - 1))

/*
 * Of a hundred nodes a domU five at most are read.  Whether a line is one of
 * the others, of a domain, is seen at its beginning, before it is taken apart.
 */
static bool is_not_read(xlmem__str path, bool type)
{
    size_t i = 0;

    while (i < path.len && i < DIGITS_MAX && path.p[i] >= '0' &&
           path.p[i] <= '9')
        i++;
    if (!i || i == path.len || path.p[i] != '/')
        return false;
    path.p += i + 1;
    path.len -= i + 1;
    return type ? !BEGINS(path, "type")
                : !BEGINS(path, "name") && !BEGINS(path, "memory/") &&
                      !BEGINS(path, XLMEM_DEVICE_MODEL_NODE) &&
                      !BEGINS(path, XLMEM_PCI_NODE "/");
}

/* Whatever it has left: nothing depends on it. */
static void parse_daemon_line(store *s, xlmem__str line)
{
    xlmem__str path, value;

    if (!split_node(line, &path, &value))
        return;
    if (xlmem__str_is(path, "pid"))
        s->has_pid = !xlmem__number_all(value, 10, &s->daemon_pid);
    if (!xlmem__str_is(path, "state"))
        return;
    s->has_state = true;
    s->daemon_moves = xlmem__str_is(value, XLMEM_DAEMON_MOVES);
}

static inline bool skip_tree(xlmem__str *line, const char *tree)
{
    const size_t len = strlen(tree);

    if (line->len < len || memcmp(line->p, tree, len) != 0)
        return false;
    line->p += len;
    line->len -= len;
    return true;
}

/* "7/0/num_devs", of dom0's back end for PCI. */
static int parse_pci(xlmem__doms *doms, xlmem__str path, xlmem__str value)
{
    uint64_t domid, nr;
    xlmem_dom *dom;
    size_t i = 0;
    int rc;

    while (i < path.len && path.p[i] != '/')
        i++;
    if (!xlmem__str_is((xlmem__str){path.p + i, path.len - i},
                       XLMEM_PCI_COUNT))
        return 0;
    rc = xlmem__number_all((xlmem__str){path.p, i}, 10, &domid);
    if (!rc)
        rc = xlmem__number_all(value, 10, &nr);
    if (rc || !nr)
        return rc;
    dom = xlmem__doms_get(doms, domid, &rc);
    if (!dom)
        return rc;
    XLMEM_SET(dom, pci_devices, nr);
    return 0;
}

static int parse_dom_line(xlmem__doms *doms, xlmem__str line, bool type)
{
    xlmem__str path, untrusted_value;
    uint64_t domid;
    int rc;

    if (is_not_read(line, type) || !split_node(line, &path, &untrusted_value))
        return 0;
    rc = xlmem__number_all(xlmem__cut(&path, '/'), 10, &domid);
    if (!rc && !domid && !type && skip_tree(&path, XLMEM_PCI_NODE "/"))
        return parse_pci(doms, path, untrusted_value);
    return rc ? rc : parse_value(doms, domid, path, type, untrusted_value);
}

static int parse_node_line(store *s, xlmem__str line)
{
    while (line.len && (*line.p == ' ' || *line.p == '\t')) {
        line.p++;
        line.len--;
    }
    if (skip_tree(&line, TREE_DOMAIN))
        return parse_dom_line(s->doms, line, false);
    if (skip_tree(&line, TREE_LIBXL))
        return parse_dom_line(s->doms, line, true);
    if (skip_tree(&line, TREE_DAEMON))
        parse_daemon_line(s, line);
    return 0;
}

/* ------------------------------------------------------------ pieces --- */

static void store_dispose(void *state)
{
    store *s = state;

    if (!s)
        return;
    xlmem__doms_free(s->doms);
    xlmem__feed_dispose(&s->feed);
    free(s);
}

static void *store_begin(void)
{
    store *s = calloc(1, sizeof(*s));

    if (s)
        s->doms = xlmem__doms_alloc();
    if (s && s->doms)
        return s;
    store_dispose(s);
    return NULL;
}

static int take_node(void *arg, xlmem__str line, size_t nr,
                     xlmem__where *where)
{
    int rc = parse_node_line(arg, line);

    return rc ? xlmem__complain(where, nr, rc, "expected a number", line) : 0;
}

static int store_feed(void *state, xlmem__str piece, xlmem__where *where)
{
    store *s = state;

    return xlmem__feed_lines(&s->feed, piece, take_node, s, where);
}

static int store_end(void *state, xlmem_host *host, xlmem__where *where)
{
    store *s = state;
    int rc = xlmem__feed_end(&s->feed, take_node, s, where);

    if (rc)
        return rc;
    if (s->has_pid)
        XLMEM_SET(host, daemon_pid, s->daemon_pid);
    if (s->has_state)
        XLMEM_SET(host, daemon_moves, s->daemon_moves);
    return xlmem__doms_merge(s->doms, host);
}

const xlmem__pieces xlmem__xenstore_ls_pieces = {store_begin, store_feed,
                                                 store_end, store_dispose};

int xlmem__parse_xenstore_ls(const char *buf, size_t len, xlmem_host *host,
                             xlmem__where *where)
{
    return xlmem__parse_pieces(&xlmem__xenstore_ls_pieces,
                               (xlmem__str){buf, len}, host, where);
}
