/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domU's configuration as libxl of 4.14 to 4.20 writes it as JSON
 * (libxl_domain_config_to_json; tools/libs/light/libxl_types.idl):
 *
 *     c_info    type, name, uuid, hap, passthrough, xsdata
 *     b_info    max_vcpus, target_memkb, max_memkb, video_memkb,
 *               shadow_memkb, device_model_stubdomain, stubdomain_memkb,
 *               kernel, ramdisk, bootloader
 *     disks[]   nics[]   pcidevs[]
 *
 * What is at its default is left out.  After libxl_domain_need_memory the
 * defaults that depend on the host are filled in and so are there; in what
 * `xl create -N` prints they are not.
 */
#include <stdio.h>
#include <string.h>

#include "codec/doms.h"
#include "codec/domu.h"
#include "codec/opt_in.h"
#include "codec/facts.h"
#include "codec/json.h"

static const struct {
    const char *key;
    size_t offset;
} sizes[] = {
    {"target_memkb", offsetof(xlmem_need_request, memory_kb)},
    {"max_memkb", offsetof(xlmem_need_request, maxmem_kb)},
    {"video_memkb", offsetof(xlmem_need_request, video_kb)},
    {"shadow_memkb", offsetof(xlmem_need_request, shadow_memory_kb)},
    {"max_vcpus", offsetof(xlmem_need_request, vcpus)},
};

/* A domU, with the member that is wrong. */
struct domu {
    xlmem_domu *domu;
    const xlmem__json *wrong;
};

/* LIBXL_MEMKB_DEFAULT is ~0; yajl writes it signed. */
static bool is_default(const xlmem__json *node)
{
    return !node || node->type == XLMEM__JSON_NULL ||
           (node->type == XLMEM__JSON_NUMBER &&
            (xlmem__str_is(node->text, "-1") ||
             xlmem__str_is(node->text, "18446744073709551615")));
}

/* A libxl_defbool. */
static bool is_true(const xlmem__json *node)
{
    return node && node->type == XLMEM__JSON_STRING &&
           xlmem__str_is(node->text, "True");
}

static int parse_sizes(struct domu *d, const xlmem__json *info)
{
    xlmem_need_request *request = &d->domu->request;
    uint64_t value;
    size_t i;
    int rc;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const xlmem__json *node = xlmem__json_get(info, sizes[i].key);

        if (is_default(node))
            continue;
        d->wrong = node;
        rc = xlmem__json_u64(node, &value);
        if (rc)
            return rc;
        xlmem__set_fact(request, sizes[i].offset, value);
    }
    /* Not said: libxl's default is filled in later. */
    if (!request->vcpus)
        request->known &= ~XLMEM_FACT_BIT(request, vcpus);
    /* libxl builds it with its maximum then. */
    if (!XLMEM_KNOWS(request, memory_kb) && info)
        XLMEM_SET(request, memory_kb,
                  XLMEM_KNOWS(request, maxmem_kb) ? request->maxmem_kb
                                                  : XLMEM__DOMU_DEFAULT_KB);
    return 0;
}

/* libxl writes its choice into the configuration: of one whose defaults were
 * not filled in, and that names no model, it is the larger kind. */
static int parse_stubdom(struct domu *d, const xlmem__json *info)
{
    const xlmem__json *node = xlmem__json_get(info, "stubdomain_memkb");
    const xlmem__json *model = xlmem__json_get(info, "device_model_version");
    uint64_t kb = XLMEM__STUBDOM_DEFAULT_KB;
    int rc = 0;

    if (!is_true(xlmem__json_get(info, "device_model_stubdomain")))
        return 0;
    if (!is_default(node)) {
        d->wrong = node;
        rc = xlmem__json_u64(node, &kb);
    } else if (model && model->type == XLMEM__JSON_STRING &&
               xlmem__str_is(model->text, "qemu_xen_traditional")) {
        kb = XLMEM__STUBDOM_MINIOS_KB;
    }
    if (!rc)
        XLMEM_SET(&d->domu->request, stubdom_kb, kb);
    return rc;
}

void xlmem__domu_name(xlmem_domu *domu, xlmem__str name)
{
    if (name.len >= sizeof(domu->name))
        name.len = sizeof(domu->name) - 1;
    snprintf(domu->name, sizeof(domu->name), "%.*s", (int)name.len, name.p);
}

void xlmem__domu_path(char to[XLMEM_PATH_MAX], xlmem__str path)
{
    if (path.len >= XLMEM_PATH_MAX || memchr(path.p, '\0', path.len))
        path.len = 0;
    memcpy(to, path.p, path.len);
    to[path.len] = '\0';
}

static bool is_text(const xlmem__json *node)
{
    return node && node->type == XLMEM__JSON_STRING && node->text.len;
}

/* A boot loader brings files of its own, whatever else is named. */
static void parse_files(xlmem_domu *domu, const xlmem__json *info)
{
    const xlmem__json *kernel = xlmem__json_get(info, "kernel");
    const xlmem__json *ramdisk = xlmem__json_get(info, "ramdisk");

    if (is_text(xlmem__json_get(info, "bootloader")))
        return;
    if (is_text(kernel))
        xlmem__domu_path(domu->kernel, kernel->text);
    if (is_text(ramdisk))
        xlmem__domu_path(domu->ramdisk, ramdisk->text);
}

/* What the guard gave to libxl to keep (xlmem_guard_opt_in).  Nodes that are
 * no number are whoever's. */
static void parse_opt_in(xlmem_domu *domu, const xlmem__json *nodes)
{
    size_t i;

    for (i = 0; i < XLMEM__OPT_IN_NODES; i++) {
        const xlmem__opt_in_node *of = &xlmem__opt_in_nodes[i];
        const xlmem__json *node = xlmem__json_get(nodes, of->path);

        if (node && node->type == XLMEM__JSON_STRING &&
            !xlmem__number_all(node->text, 10,
                               xlmem__opt_in_at(&domu->opt_in, of->offset)))
            domu->opt_in.known |= XLMEM_FACT_BIT_AT(of->offset);
    }
}

/* "default" and "enabled" leave it to the host. */
static void parse_passthrough(xlmem_need_request *request, xlmem__str mode)
{
    if (xlmem__str_is(mode, "enabled"))
        XLMEM_SET(request, passthrough, 1);
    else if (!xlmem__str_is(mode, "default"))
        XLMEM_SET(request, iommu_tables,
                  (uint64_t)xlmem__str_is(mode, "sync_pt"));
}

static void parse_create(xlmem_domu *domu, const xlmem__json *info)
{
    const xlmem__json *type = xlmem__json_get(info, "type");
    const xlmem__json *uuid = xlmem__json_get(info, "uuid");
    const xlmem__json *name = xlmem__json_get(info, "name");
    const xlmem__json *pass = xlmem__json_get(info, "passthrough");
    const xlmem__json *hap = xlmem__json_get(info, "hap");

    if (type && type->type == XLMEM__JSON_STRING)
        domu->request.type = xlmem__dom_type(type->text);
    if (xlmem__json_is_uuid(uuid))
        xlmem__copy_uuid(domu->uuid, uuid->text.p);
    if (name && name->type == XLMEM__JSON_STRING)
        xlmem__domu_name(domu, name->text);
    if (hap && hap->type == XLMEM__JSON_STRING &&
        !xlmem__str_is(hap->text, "<default>"))
        XLMEM_SET(&domu->request, hap, is_true(hap));
    if (pass && pass->type == XLMEM__JSON_STRING)
        parse_passthrough(&domu->request, pass->text);
    parse_opt_in(domu, xlmem__json_get(info, "xsdata"));
}

static size_t count_of(const xlmem__json *list)
{
    return list && list->type == XLMEM__JSON_ARRAY ? list->nr : 0;
}

/* With devices of its own passthrough is enabled by default (libxl_create.c,
 * libxl__domain_config_setdefault, 4.13 to 4.20). */
static void add_devices(xlmem_need_request *request, const xlmem__json *root)
{
    XLMEM_SET(request, vbds, count_of(xlmem__json_get(root, "disks")));
    XLMEM_SET(request, vifs, count_of(xlmem__json_get(root, "nics")));
    if (count_of(xlmem__json_get(root, "pcidevs")) &&
        !XLMEM_KNOWS(request, iommu_tables))
        XLMEM_SET(request, passthrough, 1);
}

static int parse_config(struct domu *d, const xlmem__json *root)
{
    const xlmem__json *info = xlmem__json_get(root, "b_info");
    xlmem_need_request *request = &d->domu->request;
    int rc;

    d->wrong = root;
    parse_create(d->domu, xlmem__json_get(root, "c_info"));
    rc = parse_sizes(d, info);
    if (!rc)
        rc = parse_stubdom(d, info);
    if (rc)
        return rc;
    parse_files(d->domu, info);
    add_devices(request, root);
    d->wrong = root;
    return request->type == XLMEM_DOM_UNKNOWN ||
                   !XLMEM_KNOWS(request, memory_kb)
               ? XLMEM_ERROR_UNKNOWN
               : 0;
}

int xlmem_domu_from_json(const char *json, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len)
{
    xlmem_domu domu;
    struct domu d = {&domu, NULL};
    xlmem__json_doc doc;
    xlmem__where where = {.line = 0};
    char path[96] = "";
    int rc;

    memset(&domu, 0, sizeof(domu));
    rc = xlmem__json_parse(json, len, &doc, &where);
    if (!rc) {
        rc = parse_config(&d, doc.root);
        if (rc)
            xlmem__json_path(d.wrong, path, sizeof(path));
        xlmem__json_dispose(&doc);
    }
    if (!rc)
        *domu_r = domu;
    else if (err_len && where.text[0])
        snprintf(err, err_len, "%s", where.text);
    else if (err_len)
        snprintf(err, err_len,
                 rc == XLMEM_ERROR_UNKNOWN ? "no type or no memory in it"
                                           : "not what libxl writes: %s",
                 path);
    return rc;
}
