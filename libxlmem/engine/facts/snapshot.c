/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A document that cannot be read is told, and leaves its facts unknown as one
 * that is missing does: the others still answer.  Not so for the books of a
 * decision, where the guard has a policy for what it cannot read (on_error).
 *
 * The snapshot: every document once, in the order of the table, then the map
 * chosen and put in order, then a look whether the facts fit together.
 *
 *     read_host ------------------------------------------+
 *     read_xen --+                                        |
 *     documents -+-> facts -> map: normalise, complete -> consistent? -> value
 *     numbers ---+
 *     boot files +
 */
#include "engine/facts/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/facts/boot_files.h"
#include "engine/facts/documents.h"
#include "engine/facts/entries.h"
#include "engine/facts/uuids.h"
#include "model/floor.h"
#include "model/host.h"

/* ------------------------------------------------------- documents --- */

/* A snapshot in the making. */
struct draft {
    xlmem_host host;
    xlmem__origin origin;
    bool has_xen;   /* Xen's facts are there, from a better place than text */
    unsigned books; /* only documents with these flags, for a decision of the
                       guard; 0: the whole host */
    uint32_t wants; /* XLMEM_WANT_* */
};

/* @rc: of a document; 0: go on. */
static int tolerate(const struct draft *draft, int rc)
{
    return draft->books ? rc : xlmem__go_without(rc);
}

/* The quantities of a struct of facts, to see which of them are new. */
typedef struct words {
    uint64_t known, fact[64];
} words;

/* How many quantities follow @known: up to the first bit that is not one. */
#define NR_HOST_FACTS                                                         \
    (offsetof(xlmem_host, xen_version) / sizeof(uint64_t) - 1)
#define NR_DOM0_FACTS (offsetof(xlmem_dom0, type) / sizeof(uint64_t) - 1)

typedef struct draft_words {
    words host, dom0;
    size_t nr_doms;
} draft_words;

static void mark(const char *path, const words *before, const uint64_t *known,
                 size_t nr, const char **from)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if ((known[0] >> i & 1) &&
            (!(before->known >> i & 1) || before->fact[i] != known[i + 1]))
            from[i] = path;
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
static void mark_draft(struct draft *draft, const char *path,
                       const draft_words *was)
{
    const xlmem_host *host = &draft->host;

    mark(path, &was->host, facts_of_draft(host), NR_HOST_FACTS,
         draft->origin.of_host);
    mark(path, &was->dom0, facts_of_draft(&host->dom0), NR_DOM0_FACTS,
         draft->origin.of_dom0);
    if (host->nr_doms != was->nr_doms)
        draft->origin.doms = path;
}

static void remember_draft(const struct draft *draft, draft_words *was_r)
{
    remember(facts_of_draft(&draft->host), NR_HOST_FACTS, &was_r->host);
    remember(facts_of_draft(&draft->host.dom0), NR_DOM0_FACTS, &was_r->dom0);
    was_r->nr_doms = draft->host.nr_doms;
}

/* Read and parse.  @where says what the parser found wrong; else it is said
 * already. */
static int parse(xlmem_ctx *ctx, const xlmem__document *document,
                 xlmem_host *host, xlmem__where *where)
{
    char *buf;
    size_t len;
    int rc;

    if (document->pieces)
        return xlmem__parse_document(ctx, document->path, document->pieces,
                                     host, where);
    rc = xlmem__read_document(ctx, document->path, &buf, &len);
    if (rc)
        return rc;
    rc = document->parse(buf, len, host, where);
    free(buf);
    return rc;
}

/* A document that is not there leaves its facts unknown. */
static int take_document(xlmem_ctx *ctx, const xlmem__document *document,
                         struct draft *draft)
{
    xlmem__where where = {0, ""};
    draft_words was;
    int rc;

    remember_draft(draft, &was);
    rc = parse(ctx, document, &draft->host, &where);
    if (!rc)
        mark_draft(draft, document->path, &was);
    else if (!where.text[0])
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : tolerate(draft, rc);
    else if (draft->books)
        xlmem__complain_of(ctx, document->path, &where);
    else
        xlmem__warn_of(ctx, document->path, &where);
    return tolerate(draft, rc);
}

static int parse_recorded(const char *buf, size_t len, xlmem_host *host,
                          xlmem__where *where)
{
    where->line = 0;
    return xlmem_host_from_json(buf, len, host, where->text,
                                sizeof(where->text));
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
static bool is_asked(const xlmem__document *document,
                     const struct draft *draft)
{
    uint32_t wants = draft->wants;

    if (!document->gives || !draft->host.domains_listed)
        return true;
    if (all_typed(&draft->host))
        wants &= ~XLMEM_WANT_TYPES;
    return (document->gives & wants) != 0;
}

static bool is_wanted_document(const xlmem__document *document,
                               const struct draft *draft)
{
    if (!document->parse && !document->pieces)
        return false;
    if (draft->books)
        return document->flags & draft->books;
    if (!draft->has_xen)
        return is_asked(document, draft);
    if (document->flags & XLMEM__DOC_MAP)
        return draft->host.map.source == XLMEM_MAP_NONE;
    return !(document->flags & XLMEM__DOC_XEN);
}

/* A capture of ours has the snapshot it was made of: what the texts of xl
 * round, and what they do not say. */
static int take_recorded(xlmem_ctx *ctx, struct draft *draft)
{
    static const xlmem__document document = {
        .path = XLMEM__HOST_FILE,
        .parse = parse_recorded,
    };
    int rc;

    if (draft->has_xen)
        return 0;
    rc = take_document(ctx, &document, draft);
    /* It is written whole or not at all: what is known was in it. */
    draft->has_xen = draft->host.known || draft->host.nr_doms;
    return rc;
}

static int take_documents(xlmem_ctx *ctx, struct draft *draft)
{
    size_t i;
    int rc;

    for (i = 0; i < xlmem__nr_documents; i++) {
        if (!is_wanted_document(&xlmem__documents[i], draft))
            continue;
        rc = take_document(ctx, &xlmem__documents[i], draft);
        if (rc)
            return rc;
    }
    return 0;
}

static int take_number_file(xlmem_ctx *ctx, const xlmem__number_file *file,
                            struct draft *draft)
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
        xlmem__log(ctx, draft->books ? XLMEM__ERR : XLMEM__WARN,
                   "%s: line 1: expected a number", file->path);
    } else {
        facts[word] = number;
        facts[0] |= UINT64_C(1) << (word - 1);
        draft->origin.of_dom0[word - 1] = file->path;
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

static int take_meminfo(xlmem_ctx *ctx, struct draft *draft)
{
    size_t i = 0;

    while (xlmem__documents[i].parse != xlmem__parse_meminfo)
        i++;
    return take_document(ctx, &xlmem__documents[i], draft);
}

/*
 * What dom0's kernel keeps is its size less MemTotal, and a balloon moves by
 * hundreds of MiB while a reader waits for its turn on a busy dom0: the two are
 * read until the size is the same before MemTotal and behind it.
 */
#define LOOKS_MAX 8

static int take_of_one_moment(xlmem_ctx *ctx, struct draft *draft)
{
    const xlmem_dom0 *dom0 = &draft->host.dom0;
    uint64_t before_kb = 0;
    int looks, rc = 0;

    for (looks = 0; !rc && looks < LOOKS_MAX && may_move(dom0) &&
                    dom0->balloon_current_kb != before_kb;
         looks++) {
        before_kb = dom0->balloon_current_kb;
        rc = take_meminfo(ctx, draft);
        if (!rc)
            rc = take_number_file(ctx, &xlmem__number_files[0], draft);
    }
    return rc;
}

static int take_numbers(xlmem_ctx *ctx, struct draft *draft)
{
    const size_t nr =
        draft->books ? XLMEM__NR_BOOKS_NUMBERS : xlmem__nr_number_files;
    size_t i;
    int rc;

    for (i = 0; i < nr; i++) {
        rc = take_number_file(ctx, &xlmem__number_files[i], draft);
        if (rc)
            return rc;
    }
    return take_of_one_moment(ctx, draft);
}

/* ---------------------------------------------------------- compose --- */

/* Everything that is known now comes from one place. */
static void mark_all(struct draft *draft, const char *from)
{
    size_t i;

    for (i = 0; i < 64; i++) {
        draft->origin.of_host[i] = from;
        draft->origin.of_dom0[i] = from;
    }
    draft->origin.doms = from;
}

/* read_xen or read_host. */
static int take_whole(xlmem_ctx *ctx,
                      int (*read)(void *, xlmem_host *, char *, size_t),
                      struct draft *draft)
{
    mark_all(draft, ctx->backend->name);
    return read ? xlmem__take_from(ctx, read, &draft->host) : 0;
}

static int compose(xlmem_ctx *ctx, struct draft *draft)
{
    int rc = take_whole(ctx, ctx->backend->read_xen, draft);

    draft->has_xen = ctx->backend->read_xen != NULL;
    if (!rc)
        rc = take_recorded(ctx, draft);
    if (!rc)
        rc = take_documents(ctx, draft);
    if (!rc)
        rc = take_numbers(ctx, draft);
    if (!rc)
        rc = xlmem__go_without(xlmem__take_firmware_map(ctx, &draft->host));
    if (!rc)
        rc = xlmem__take_boot_files(ctx, &draft->host);
    return rc;
}

/* The facts fit together and become the caller's, or are dropped. */
static int finish_draft(xlmem_ctx *ctx, struct draft *draft, int rc,
                        xlmem_host *host_r)
{
    if (!rc)
        rc = xlmem__settle(ctx, &draft->host, &draft->origin);
    if (rc) {
        xlmem_host_dispose(&draft->host);
        return rc;
    }
    xlmem_host_dispose(host_r);
    *host_r = draft->host;
    return 0;
}

static int snapshot_of(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r)
{
    struct draft draft = {.wants = wants};
    int rc;

    xlmem_host_init(&draft.host);
    rc = ctx->backend->read_host
             ? take_whole(ctx, ctx->backend->read_host, &draft)
             : compose(ctx, &draft);
    return finish_draft(ctx, &draft, rc, host_r);
}

int xlmem__snapshot_whole(xlmem_ctx *ctx, xlmem_host *host_r)
{
    return snapshot_of(ctx, XLMEM_WANT_ALL, host_r);
}

int xlmem_snapshot(xlmem_ctx *ctx, xlmem_host *host_r)
{
    return xlmem_snapshot_of(ctx, XLMEM_WANT_ALL, host_r);
}

int xlmem_snapshot_of(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r)
{
    xlmem__entries entries;
    int rc;

    if (!ctx->backend) {
        xlmem__log(ctx, XLMEM__ERR, "no host was opened");
        return XLMEM_ERROR_INVAL;
    }
    rc = xlmem__entries_look(ctx, &entries);
    if (!rc)
        rc = snapshot_of(ctx, wants, host_r);
    if (!rc && entries.nr)
        rc = xlmem__entries_enter(&entries, host_r);
    xlmem__entries_dispose(&entries);
    return rc;
}

/* Whose paging pool the books need: of who was built for an entry, or may have
 * been; of who is going, which comes back; of who never ran. */
static xlmem_ask_answer books_want_pool(void *arg, const xlmem_dom *dom)
{
    const xlmem__uuids *uuids = arg;

    /* Its uuid is that of entries for nobody. */
    if (!dom->domid)
        return XLMEM_ASK_NOTHING;
    return dom->dying || xlmem__never_ran(dom) ||
                   xlmem__uuids_find(uuids, dom->uuid)
               ? XLMEM_ASK_ALL
               : XLMEM_ASK_NOTHING;
}

static int take_books(xlmem_ctx *ctx, const xlmem__entries *entries,
                      xlmem_host *host)
{
    xlmem__uuids uuids;
    const xlmem_ask ask = {books_want_pool, &uuids};
    size_t i;
    int rc;

    if (!ctx->backend->read_books_for)
        return xlmem__take_from(ctx, ctx->backend->read_books, host);
    rc = xlmem__uuids_init(&uuids, entries ? entries->nr : 0);
    for (i = 0; entries && i < entries->nr && !rc; i++)
        xlmem__uuids_add(&uuids, entries->list[i].entry.res.uuid);
    if (!rc)
        rc = xlmem__take_asked(ctx, ctx->backend->read_books_for, &ask, host);
    xlmem__uuids_dispose(&uuids);
    return rc;
}

int xlmem__snapshot_books(xlmem_ctx *ctx, const xlmem__entries *entries,
                          xlmem_host *host_r)
{
    struct draft draft = {.books = XLMEM__DOC_BOOKS};
    int rc;

    if (!ctx->backend->read_books)
        return xlmem__snapshot_whole(ctx, host_r);
    xlmem_host_init(&draft.host);
    mark_all(&draft, ctx->backend->name);
    rc = take_books(ctx, entries, &draft.host);
    if (!rc)
        rc = take_documents(ctx, &draft);
    if (!rc)
        rc = take_numbers(ctx, &draft);
    if (!rc && xlmem__dom0_floor_is_guessed(&draft.host)) {
        draft.books = XLMEM__DOC_FLOOR;
        rc = take_documents(ctx, &draft);
    }
    return finish_draft(ctx, &draft, rc, host_r);
}
