/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `xenstore-ls -fp`: one node a line, its permissions behind.
 *
 *     /local/domain/1/name = "mail"   (n0,r1)
 *     /local/domain/1/memory/target = "262144"   (n0,r1)
 *
 * Below memory/ a guest cannot write under libxl: what is no number there is
 * an error.  Its name is set by the toolstack too, and is shown only.
 */
#include "codec/capture/texts.h"
#include "codec/doms.h"

static const xlmem__key keys[] = {
    {"memory/target", offsetof(xlmem_dom, target_kb)},
    {"memory/static-max", offsetof(xlmem_dom, static_max_kb)},
    {"memory/dynamic-min", offsetof(xlmem_dom, dynamic_min_kb)},
    {"memory/dynamic-max", offsetof(xlmem_dom, dynamic_max_kb)},
};

/* The value of `path = "value"   (perms)`; false for other lines. */
static bool split(xlmem__str line, xlmem__str *path_r, xlmem__str *value_r)
{
    xlmem__str value = line, path = xlmem__cut(&value, '=');

    while (value.len && value.p[value.len - 1] != '"')
        value.len--;
    if (!xlmem__skip(&value, " \"") || !value.len)
        return false;
    value.len--; /* the closing quote */
    *path_r = xlmem__trim(path);
    *value_r = value;
    return true;
}

static int parse_node(xlmem_dom *dom, xlmem__str name, xlmem__str value)
{
    const xlmem__key *key =
        xlmem__find_key(keys, sizeof(keys) / sizeof(keys[0]), name);
    uint64_t kb;
    int rc;

    if (!key)
        return xlmem__keep_text(&dom->name, value);
    rc = xlmem__number_all(value, 10, &kb);
    if (rc)
        return rc;
    return xlmem__set_fact(dom, key->offset, kb) ? 0 : XLMEM_ERROR_PARSE;
}

static bool is_wanted(xlmem__str name)
{
    return xlmem__equals(name, "name") ||
           xlmem__find_key(keys, sizeof(keys) / sizeof(keys[0]), name);
}

static int parse_line(xlmem__doms *doms, xlmem__str line)
{
    xlmem__str path, value, rest;
    bool type = false;
    xlmem_dom *dom;
    uint64_t domid;
    int rc;

    if (!split(line, &path, &value))
        return 0;
    rest = path;
    if (xlmem__skip(&rest, "/libxl/"))
        type = true;
    else if (!xlmem__skip(&rest, "/local/domain/"))
        return 0;
    rc = xlmem__number_all(xlmem__cut(&rest, '/'), 10, &domid);
    if (rc)
        return rc;
    if (type ? !xlmem__equals(rest, "type") : !is_wanted(rest))
        return 0;
    dom = xlmem__doms_get(doms, domid, &rc);
    if (!dom)
        return rc;
    if (type)
        dom->type = xlmem__dom_type(value);
    return type ? 0 : parse_node(dom, rest, value);
}

int xlmem__parse_xenstore_ls(const char *buf, size_t len, xlmem_host *host,
                             xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__doms *doms = xlmem__doms_alloc();
    xlmem__str line = {"", 0};
    int rc;

    if (!doms)
        return xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "no memory", line);
    while (xlmem__next_line(&lines, &line)) {
        rc = parse_line(doms, line);
        if (rc) {
            rc = xlmem__complain(where, lines.nr, rc,
                                 "expected a number of kB", line);
            goto out;
        }
    }
    rc = xlmem__doms_merge(doms, host);
out:
    xlmem__doms_free(doms);
    return rc;
}
