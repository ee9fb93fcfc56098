/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the library passes on to its module for captures.  The module is looked
 * for at each call and kept by the dynamic linker: there is no state here. */
#include "captures.h"

#include <stdio.h>
#include <string.h>

#include "engine/facts/snapshot.h"
#include "sys/sys.h"

static bool is_ours(const xlmem__captures *captures)
{
    static const uint32_t layout[] = XLMEM__CAPTURES_LAYOUT;

    return !memcmp(captures->layout, layout, sizeof(layout)) &&
           !strcmp(captures->build, XLMEM_VERSION);
}

static int find_captures(const xlmem__captures **captures_r, xlmem__msg *msg)
{
    static const char anchor; /* it is in this library */
    const void *table = NULL;
    int rc = xlmem__module_beside(&anchor, XLMEM__CAPTURES_MODULE,
                                  XLMEM__CAPTURES_SYMBOL, &table, msg);

    if (rc)
        return rc;
    *captures_r = table;
    if (is_ours(*captures_r))
        return 0;
    return xlmem__fail(msg, XLMEM_ERROR_IO,
                       XLMEM__CAPTURES_MODULE
                       " beside libxlmem.so (" XLMEM_VERSION
                       ") is of another build; install both from one");
}

/* The same for who has a log. */
static int need_captures(xlmem_ctx *ctx, const xlmem__captures **captures_r)
{
    char text[512] = "";
    xlmem__msg msg = {text, sizeof(text)};
    int rc = find_captures(captures_r, &msg);

    if (rc)
        xlmem__log(ctx, XLMEM__ERR, "%s", text);
    return rc;
}

int xlmem_ctx_open_capture(xlmem_ctx *ctx, const char *path)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->open_capture(ctx, path);
}

int xlmem_ctx_open_json(xlmem_ctx *ctx, const char *path)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->open_json(ctx, path);
}

int xlmem_capture(xlmem_ctx *ctx, const char *path, xlmem_capture_fn *fn,
                  void *user)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->write(ctx, path, fn, user);
}

int xlmem__snapshot_whole(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->snapshot(ctx, wants, host_r);
}

int xlmem__vitals_whole(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->vitals(ctx, docs, vitals_r);
}

int xlmem_vitals_read(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r)
{
    return xlmem__vitals_whole(ctx, docs, vitals_r);
}

int xlmem_ctx_open_plain(xlmem_ctx *ctx)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->open_plain(ctx);
}

int xlmem_host_to_json(const xlmem_host *host, char **json_r)
{
    const xlmem__captures *captures;
    char text[512];
    xlmem__msg msg = {text, sizeof(text)};
    int rc = find_captures(&captures, &msg);

    return rc ? rc : captures->to_json(host, json_r);
}

int xlmem_host_from_json(const char *json, size_t len, xlmem_host *host_r,
                         char *err, size_t err_len)
{
    const xlmem__captures *captures;
    char text[512] = "";
    xlmem__msg msg = {text, sizeof(text)};
    int rc = find_captures(&captures, &msg);

    if (!rc)
        return captures->from_json(json, len, host_r, err, err_len);
    if (err && err_len)
        snprintf(err, err_len, "%s", text);
    return rc;
}

int xlmem_diagnose(xlmem_ctx *ctx, const xlmem_scene *scene,
                   xlmem_findings *findings_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    if (!rc)
        captures->diagnose(scene, findings_r);
    return rc;
}

const char *xlmem_diagnosis_id(xlmem_ctx *ctx, size_t n)
{
    const xlmem__captures *captures;

    return need_captures(ctx, &captures) ? NULL : captures->diagnosis_id(n);
}

int xlmem_fragmentation_of(xlmem_ctx *ctx, const xlmem_vitals *vitals,
                           unsigned order, xlmem_fragmentation *worst_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    if (!rc)
        captures->fragmentation(vitals, order, worst_r);
    return rc;
}

int xlmem_guarded_find(xlmem_ctx *ctx, const char *search,
                       xlmem_guarded **list_r, size_t *nr_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    return rc ? rc : captures->guarded(ctx, search, list_r, nr_r);
}

int xlmem_remedies_plan(xlmem_ctx *ctx, const xlmem_scene *scene,
                        const xlmem_findings *findings,
                        const xlmem_remedy_scope *scope,
                        xlmem_remedies *remedies_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    if (!rc)
        captures->remedies(scene, findings, scope, remedies_r);
    return rc;
}

int xlmem_remedy_measure(xlmem_ctx *ctx, const xlmem_scene *scene,
                         const xlmem_remedy *remedy, uint64_t *value_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    if (!rc && !captures->measure(scene, remedy, value_r))
        rc = XLMEM_ERROR_UNKNOWN;
    return rc;
}

int xlmem_attend_look(xlmem_ctx *ctx, xlmem_attend *attend,
                      const xlmem_findings *findings, int64_t now_ms,
                      xlmem_remedy_kind *due_r)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    *due_r = rc ? XLMEM_REMEDY_NONE
                : captures->attend_look(attend, findings, now_ms);
    return rc;
}

int xlmem_attend_done(xlmem_ctx *ctx, xlmem_attend *attend,
                      xlmem_remedy_kind kind, xlmem_attend_result result)
{
    const xlmem__captures *captures;
    int rc = need_captures(ctx, &captures);

    if (!rc)
        captures->attend_done(attend, kind, result);
    return rc;
}

int xlmem__open_captures_machine(const xlmem_backend **backend_r,
                                 void **user_r, char *err, size_t err_len)
{
    const xlmem__captures *captures;
    xlmem__msg msg = {err, err_len};
    int rc = find_captures(&captures, &msg);

    return rc ? rc : captures->open_machine(backend_r, user_r, err, err_len);
}
