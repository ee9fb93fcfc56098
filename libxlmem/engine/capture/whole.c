/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The whole snapshot: every document once, in the order of the table, then the
 * map chosen and put in order, then a look whether the facts fit together.
 *
 *     read_host ------------------------------------------+
 *     read_xen --+                                        |
 *     documents -+-> facts -> map: normalise, complete -> consistent? -> value
 *     numbers ---+
 *     boot files +
 */
#include "engine/capture/boot_files.h"
#include "engine/capture/text_files.h"
#include "engine/facts/draft.h"
#include "engine/facts/snapshot.h"

/* A draft, and what is asked of it. */
typedef struct whole {
    xlmem__draft draft;
    bool has_xen;   /* Xen's facts are there, from a better place than text */
    uint32_t wants; /* XLMEM_WANT_* */
} whole;

static int parse_recorded(const char *buf, size_t len, xlmem_host *host,
                          xlmem__where *where)
{
    where->line = 0;
    return xlmem_host_from_json(buf, len, host, where->text,
                                sizeof(where->text));
}

/* A capture of ours has the snapshot it was made of: what the texts of xl
 * round, and what they do not say. */
static int take_recorded(xlmem_ctx *ctx, whole *w)
{
    static xlmem__parser *const parse = parse_recorded;
    const xlmem_host *host = &w->draft.host;
    int rc;

    if (w->has_xen)
        return 0;
    rc = xlmem__draft_take(ctx, &w->draft, XLMEM__HOST_FILE, xlmem__read_whole,
                           &parse);
    /* It is written whole or not at all: what is known was in it. */
    w->has_xen = host->known || host->nr_doms;
    return rc;
}

static bool all_typed(const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (host->doms[i].type == XLMEM_DOM_UNKNOWN)
            return false;
    return true;
}

/* Whether a document of the domains says something that is wanted and not
 * known.  Where no list says which there are, each of them is asked that;
 * and of a target the last one's word counts. */
static bool is_asked(const xlmem__text_file *file, const whole *w)
{
    uint32_t wants = w->wants;

    if (!file->gives || !w->draft.host.domains_listed)
        return true;
    if (all_typed(&w->draft.host))
        wants &= ~XLMEM_WANT_TYPES;
    return (file->gives & wants) != 0;
}

static bool is_wanted(const xlmem__text_file *file, const whole *w)
{
    if (!file->parse && !file->pieces)
        return false;
    if (!w->has_xen)
        return is_asked(file, w);
    if (file->flags & XLMEM__TEXT_MAP)
        return w->draft.host.map.source == XLMEM_MAP_NONE;
    return !(file->flags & XLMEM__TEXT_XEN);
}

/* @how: an xlmem__pieces. */
static int read_pieces(xlmem_ctx *ctx, const char *path, const void *how,
                       xlmem_host *host, xlmem__where *where)
{
    return xlmem__parse_document(ctx, path, how, host, where);
}

static int take_texts(xlmem_ctx *ctx, whole *w)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < xlmem__nr_text_files && !rc; i++) {
        const xlmem__text_file *file = &xlmem__text_files[i];

        if (!is_wanted(file, w))
            continue;
        rc = file->pieces ? xlmem__draft_take(ctx, &w->draft, file->path,
                                              read_pieces, file->pieces)
                          : xlmem__draft_take(ctx, &w->draft, file->path,
                                              xlmem__read_whole, &file->parse);
    }
    return rc;
}

static int take_more_numbers(xlmem_ctx *ctx, xlmem__draft *draft)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < xlmem__nr_more_numbers && !rc; i++)
        rc = xlmem__draft_number(ctx, draft, &xlmem__more_numbers[i]);
    return rc;
}

static int compose(xlmem_ctx *ctx, whole *w)
{
    xlmem__draft *draft = &w->draft;
    int rc = 0;

    w->has_xen = ctx->backend->read_xen != NULL;
    if (w->has_xen)
        rc = xlmem__take_from(ctx, ctx->backend->read_xen, &draft->host);
    if (!rc)
        rc = take_recorded(ctx, w);
    if (!rc)
        rc = take_texts(ctx, w);
    if (!rc)
        rc = xlmem__draft_documents(ctx, draft, XLMEM__DOC_ALL);
    if (!rc)
        rc = xlmem__draft_balloon(ctx, draft);
    if (!rc)
        rc = take_more_numbers(ctx, draft);
    if (!rc)
        rc = xlmem__go_without(xlmem__take_firmware_map(ctx, &draft->host));
    if (!rc)
        rc = xlmem__take_boot_files(ctx, &draft->host);
    return rc;
}

int xlmem__snapshot_whole(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r)
{
    whole w = {.wants = wants};
    int rc;

    xlmem__keep_log(ctx, NULL, 0);
    ctx->keeps_log = (wants & XLMEM_WANT_LOG) != 0;
    xlmem__draft_init(ctx, false, &w.draft);
    rc = ctx->backend->read_host
             ? xlmem__take_from(ctx, ctx->backend->read_host, &w.draft.host)
             : compose(ctx, &w);
    ctx->keeps_log = false;
    return xlmem__draft_finish(ctx, &w.draft, rc, host_r);
}
