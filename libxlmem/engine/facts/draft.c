/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/facts/draft.h"

#include <stdlib.h>
#include <string.h>

/* Everything that is known now comes from one place. */
static void mark_all(xlmem__draft *draft, const char *from)
{
    size_t i;

    for (i = 0; i < 64; i++) {
        draft->origin.of_host[i] = (xlmem_source){from, 0};
        draft->origin.of_dom0[i] = (xlmem_source){from, 0};
    }
    draft->origin.doms = from;
}

void xlmem__draft_init(const xlmem_ctx *ctx, bool strict,
                       xlmem__draft *draft_r)
{
    memset(draft_r, 0, sizeof(*draft_r));
    draft_r->strict = strict;
    xlmem_host_init(&draft_r->host);
    mark_all(draft_r, ctx->backend->name);
}

/* ------------------------------------------------------- documents --- */

/* @rc: of a document; 0: go on. */
static int tolerate(const xlmem__draft *draft, int rc)
{
    return draft->strict ? rc : xlmem__go_without(rc);
}

/* The quantities of a struct of facts, to see which of them are new. */
typedef struct words {
    uint64_t known, fact[64];
} words;

/* How many quantities follow @known: up to the first bit that is not one. */
#define NR_HOST_FACTS                                                         \
    (offsetof(xlmem_host, xen_version) / sizeof(uint64_t) - 1)
#define NR_DOM0_FACTS (offsetof(xlmem_dom0, type) / sizeof(uint64_t) - 1)

static void renew(uint64_t *facts, const uint64_t *now, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (now[0] >> i & 1) {
            facts[i + 1] = now[i + 1];
            facts[0] |= UINT64_C(1) << i;
        }
}

void xlmem__draft_renew(xlmem_host *host, xlmem_host *now)
{
    xlmem_dom *doms = host->doms;
    const size_t nr_doms = host->nr_doms;
    struct xlmem_reservation *reservations = host->reservations;

    renew((uint64_t *)(void *)host, (uint64_t *)(void *)now, NR_HOST_FACTS);
    renew((uint64_t *)(void *)&host->dom0, (uint64_t *)(void *)&now->dom0,
          NR_DOM0_FACTS);
    host->doms = now->doms;
    host->nr_doms = now->nr_doms;
    host->reservations = now->reservations;
    host->nr_reservations = now->nr_reservations;
    now->doms = doms;
    now->nr_doms = nr_doms;
    now->reservations = reservations;
    now->nr_reservations = 0;
}

typedef struct draft_words {
    words host, dom0;
    size_t nr_doms;
} draft_words;

static void mark_facts(const char *path, const words *before,
                       const uint64_t *known, const uint32_t lines[64],
                       xlmem_source from[64])
{
    size_t i;

    for (i = 0; i < 64; i++)
        if ((known[0] >> i & 1) &&
            (!(before->known >> i & 1) || before->fact[i] != known[i + 1]))
            from[i] = (xlmem_source){path, lines[i]};
}

static const uint64_t *facts_of_draft(const void *facts)
{
    return facts;
}

static void remember(const uint64_t *known, size_t nr, words *words_r)
{
    memset(words_r, 0, sizeof(*words_r));
    memcpy(words_r, known, (nr + 1) * sizeof(*known));
}

/* Who said what of all that is new since @before. */
static void mark_draft(xlmem__draft *draft, const char *path,
                       const draft_words *was, const xlmem__said *said)
{
    const xlmem_host *host = &draft->host;

    mark_facts(path, &was->host, facts_of_draft(host), said->of_host,
               draft->origin.of_host);
    mark_facts(path, &was->dom0, facts_of_draft(&host->dom0), said->of_dom0,
               draft->origin.of_dom0);
    if (host->nr_doms != was->nr_doms)
        draft->origin.doms = path;
}

static void remember_draft(const xlmem__draft *draft, draft_words *was_r)
{
    remember(facts_of_draft(&draft->host), NR_HOST_FACTS, &was_r->host);
    remember(facts_of_draft(&draft->host.dom0), NR_DOM0_FACTS, &was_r->dom0);
    was_r->nr_doms = draft->host.nr_doms;
}

int xlmem__read_whole(xlmem_ctx *ctx, const char *path, const void *how,
                      xlmem_host *host, xlmem__where *where)
{
    xlmem__parser *const *parse = how;
    char *buf;
    size_t len;
    int rc = xlmem__read_document(ctx, path, &buf, &len);

    if (rc)
        return rc;
    rc = (*parse)(buf, len, host, where);
    free(buf);
    return rc;
}

int xlmem__draft_take(xlmem_ctx *ctx, xlmem__draft *draft, const char *path,
                      xlmem__read_fn *read, const void *how)
{
    xlmem__said said = {.of_host = {0}};
    xlmem__where where = {.said = &said};
    draft_words was;
    int rc;

    remember_draft(draft, &was);
    rc = read(ctx, path, how, &draft->host, &where);
    if (!rc)
        mark_draft(draft, path, &was, &said);
    else if (!where.text[0])
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : tolerate(draft, rc);
    else if (draft->strict)
        xlmem__complain_of(ctx, path, &where);
    else
        xlmem__warn_of(ctx, path, &where);
    return tolerate(draft, rc);
}

static int take_own(xlmem_ctx *ctx, xlmem__draft *draft,
                    const xlmem__document *document)
{
    return xlmem__draft_take(ctx, draft, document->path, xlmem__read_whole,
                             &document->parse);
}

int xlmem__draft_documents(xlmem_ctx *ctx, xlmem__draft *draft, unsigned flags)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < xlmem__nr_documents && !rc; i++)
        if (xlmem__documents[i].flags & flags)
            rc = take_own(ctx, draft, &xlmem__documents[i]);
    return rc;
}

int xlmem__draft_number(xlmem_ctx *ctx, xlmem__draft *draft,
                        const xlmem__number_file *file)
{
    const size_t word = file->offset / sizeof(uint64_t);
    uint64_t *facts = (uint64_t *)(void *)&draft->host.dom0;
    uint64_t number;
    xlmem__lines lines;
    xlmem__str text = {"", 0};
    char *buf;
    size_t len;
    int rc = xlmem__read_document(ctx, file->path, &buf, &len);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : tolerate(draft, rc);
    lines = xlmem__lines_of(buf, len);
    xlmem__next_line(&lines, &text);
    rc = xlmem__number_all(xlmem__trim(text), 10, &number);
    if (rc) {
        xlmem__log(ctx, draft->strict ? XLMEM__ERR : XLMEM__WARN,
                   "%s: line 1: expected a number", file->path);
    } else {
        facts[word] = number;
        facts[0] |= UINT64_C(1) << (word - 1);
        draft->origin.of_dom0[word - 1] = (xlmem_source){file->path, 1};
    }
    free(buf);
    return tolerate(draft, rc);
}

/* A balloon that is stuck looks the same, and is read once more. */
static bool may_move(const xlmem_dom0 *dom0)
{
    return XLMEM_KNOWS(dom0, balloon_current_kb) &&
           XLMEM_KNOWS(dom0, balloon_target_kb) &&
           dom0->balloon_current_kb != dom0->balloon_target_kb;
}

/*
 * What dom0's kernel keeps is its size less MemTotal, and a balloon moves by
 * hundreds of MiB while a reader waits for its turn on a busy dom0: the two
 * are read until the size is the same before MemTotal and behind it.
 */
#define LOOKS_MAX 8

static int take_of_one_moment(xlmem_ctx *ctx, xlmem__draft *draft)
{
    const xlmem_dom0 *dom0 = &draft->host.dom0;
    uint64_t before_kb = 0;
    int looks, rc = 0;

    for (looks = 0; !rc && looks < LOOKS_MAX && may_move(dom0) &&
                    dom0->balloon_current_kb != before_kb;
         looks++) {
        before_kb = dom0->balloon_current_kb;
        rc = xlmem__draft_documents(ctx, draft, XLMEM__DOC_BOOKS);
        if (!rc)
            rc = xlmem__draft_number(ctx, draft, &xlmem__number_files[0]);
    }
    return rc;
}

int xlmem__draft_balloon(xlmem_ctx *ctx, xlmem__draft *draft)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < xlmem__nr_number_files && !rc; i++)
        rc = xlmem__draft_number(ctx, draft, &xlmem__number_files[i]);
    return rc ? rc : take_of_one_moment(ctx, draft);
}

/* A backend is no file, and its name does not outlive it. */
static void forget_backend(const char *backend, xlmem_source from[64])
{
    size_t i;

    for (i = 0; i < 64; i++)
        if (from[i].file == backend)
            from[i].file = NULL;
}

/* For whoever has to say where a number came from. */
static int keep_sources(const xlmem_ctx *ctx, xlmem__draft *draft)
{
    xlmem_sources *sources = malloc(sizeof(*sources));

    if (!sources)
        return XLMEM_ERROR_NOMEM;
    *sources = draft->origin;
    forget_backend(ctx->backend->name, sources->of_host);
    forget_backend(ctx->backend->name, sources->of_dom0);
    if (sources->doms == ctx->backend->name)
        sources->doms = NULL;
    free(draft->host.sources);
    draft->host.sources = sources;
    return 0;
}

int xlmem__draft_finish(xlmem_ctx *ctx, xlmem__draft *draft, int rc,
                        xlmem_host *host_r)
{
    if (!rc)
        rc = xlmem__settle(ctx, &draft->host, &draft->origin);
    if (!rc && !draft->strict)
        rc = keep_sources(ctx, draft);
    if (rc) {
        xlmem_host_dispose(&draft->host);
        return rc;
    }
    xlmem_host_dispose(host_r);
    *host_r = draft->host;
    return 0;
}
