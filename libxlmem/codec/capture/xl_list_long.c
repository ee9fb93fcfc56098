/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `xl list -l`: an array of {"domid": N, "config": libxl_domain_config}, as
 * libxl of 4.14 to 4.20 writes it (tools/libs/light/libxl_types.idl):
 *
 *     c_info  type, name, uuid
 *     b_info  max_vcpus, avail_vcpus, max_memkb, target_memkb, shadow_memkb
 *
 * What is at its default is left out.
 */
#include "codec/doms.h"

#include <string.h>

#include "codec/capture/texts.h"
#include "codec/json.h"

static const struct {
    const char *key;
    size_t offset;
} numbers[] = {
    {"max_memkb", offsetof(xlmem_dom, static_max_kb)},
    {"target_memkb", offsetof(xlmem_dom, target_kb)},
    {"shadow_memkb", offsetof(xlmem_dom, paging_kb)},
};

/* One domain, with the member that is wrong. */
struct entry {
    xlmem_dom *dom;
    const xlmem__json *wrong;
};

static int parse_build(struct entry *entry, const xlmem__json *info)
{
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const xlmem__json *node = xlmem__json_get(info, numbers[i].key);
        uint64_t kb;
        int rc;

        /* libxl charges PV guests a pool that Xen never gives them. */
        if (!node || (numbers[i].offset == offsetof(xlmem_dom, paging_kb) &&
                      entry->dom->type == XLMEM_DOM_PV))
            continue;
        entry->wrong = node;
        rc = xlmem__json_u64(node, &kb);
        if (rc)
            return rc;
        xlmem__set_fact(entry->dom, numbers[i].offset, kb);
    }
    return 0;
}

/* The vCPUs that are online, else all. */
static int parse_vcpus(struct entry *entry, const xlmem__json *info)
{
    const xlmem__json *online = xlmem__json_get(info, "avail_vcpus");
    const xlmem__json *all = xlmem__json_get(info, "max_vcpus");
    uint64_t vcpus;
    int rc;

    if (online && online->type == XLMEM__JSON_ARRAY && online->nr) {
        XLMEM_SET(entry->dom, vcpus, online->nr);
        return 0;
    }
    if (!all)
        return 0;
    entry->wrong = all;
    rc = xlmem__json_u64(all, &vcpus);
    if (!rc)
        XLMEM_SET(entry->dom, vcpus, vcpus);
    return rc;
}

static int parse_create(struct entry *entry, const xlmem__json *info)
{
    const xlmem__json *type = xlmem__json_get(info, "type");
    const xlmem__json *uuid = xlmem__json_get(info, "uuid");
    const xlmem__json *name = xlmem__json_get(info, "name");
    xlmem_dom *dom = entry->dom;

    if (type && type->type == XLMEM__JSON_STRING)
        dom->type = xlmem__dom_type(type->text);
    if (xlmem__json_is_uuid(uuid))
        memcpy(dom->uuid, uuid->text.p, sizeof(dom->uuid) - 1);
    if (name && name->type == XLMEM__JSON_STRING)
        return xlmem__keep_text(&dom->name, name->text);
    return 0;
}

static int parse_entry(xlmem__doms *doms, const xlmem__json *node,
                       struct entry *entry)
{
    const xlmem__json *config = xlmem__json_get(node, "config");
    const xlmem__json *build = xlmem__json_get(config, "b_info");
    size_t before = doms->nr;
    uint64_t domid;
    int rc;

    entry->wrong = node;
    rc = xlmem__json_u64(xlmem__json_get(node, "domid"), &domid);
    if (rc)
        return rc;
    entry->dom = xlmem__doms_get(doms, domid, &rc);
    if (!entry->dom)
        return rc;
    if (doms->nr == before)
        return XLMEM_ERROR_PARSE;
    rc = parse_create(entry, xlmem__json_get(config, "c_info"));
    if (!rc)
        rc = parse_build(entry, build);
    if (!rc)
        rc = parse_vcpus(entry, build);
    return rc;
}

static int parse_array(xlmem__doms *doms, const xlmem__json *root,
                       xlmem__where *where)
{
    struct entry entry = {NULL, root};
    const xlmem__json *node;
    char path[96];
    int rc = root->type == XLMEM__JSON_ARRAY ? 0 : XLMEM_ERROR_PARSE;

    for (node = root->first; !rc && node; node = node->next)
        rc = parse_entry(doms, node, &entry);
    if (rc) {
        xlmem__json_path(entry.wrong, path, sizeof(path));
        xlmem__complain(where, entry.wrong->line, rc,
                        "not what xl list -l writes",
                        (xlmem__str){path, strlen(path)});
    }
    return rc;
}

int xlmem__parse_xl_list_long(const char *buf, size_t len, xlmem_host *host,
                              xlmem__where *where)
{
    xlmem__json_doc doc;
    xlmem__doms *doms;
    int rc = xlmem__json_parse(buf, len, &doc, where);

    if (rc)
        return rc;
    doms = xlmem__doms_alloc();
    if (!doms) {
        rc = xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "no memory",
                             (xlmem__str){"", 0});
        goto out;
    }
    rc = parse_array(doms, doc.root, where);
    if (!rc)
        rc = xlmem__doms_merge(doms, host);
out:
    xlmem__doms_free(doms);
    xlmem__json_dispose(&doc);
    return rc;
}
