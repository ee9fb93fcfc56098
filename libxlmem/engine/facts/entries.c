/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/facts/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/facts/documents.h"
#include "private/guard.h"

/* Somebody who only looks does not wait for somebody who decides; a little
 * while many do. */
#define LOOK_STILL_MS 200
#define LOOK_TOTAL_MS 2000

bool xlmem__listed_is_debt(const xlmem__listed *listed)
{
    return !listed->owned && !listed->counts && !listed->yields &&
           listed->entry.plan.nr_steps;
}

bool xlmem__has_debts(const xlmem__entries *entries)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (xlmem__listed_is_debt(&entries->list[i]))
            return true;
    return false;
}

void xlmem__entries_dispose(xlmem__entries *entries)
{
    free(entries->list);
    *entries = (xlmem__entries){.nr = 0};
}

static xlmem__listed *add_listed(xlmem__entries *entries)
{
    xlmem__listed *grown;

    if (entries->nr == entries->room) {
        size_t room = entries->room ? 2 * entries->room : 8;

        grown = realloc(entries->list, room * sizeof(*grown));
        if (!grown)
            return NULL;
        entries->list = grown;
        entries->room = room;
    }
    return &entries->list[entries->nr++];
}

/* One walk over the ledger. */
typedef struct walk {
    xlmem_ctx *ctx;
    xlmem__entries *entries;
    int64_t now_ms;
    size_t nr_unread; /* that nobody owns */
    char unread[200]; /* the first of them */
} walk;

static bool counts(const walk *w, const xlmem__listed *listed)
{
    return listed->owned || (XLMEM_KNOWS(&listed->entry, until_ms) &&
                             (int64_t)listed->entry.until_ms > w->now_ms);
}

bool xlmem__listed_by_hand(const xlmem__listed *listed)
{
    return listed->counts && !listed->owned &&
           XLMEM_KNOWS(&listed->entry, until_ms);
}

/* What is said of an entry beside its text. */
static void note_entry(const walk *w, xlmem__listed *listed)
{
    xlmem_reservation *res = &listed->entry.res;

    snprintf(res->id, sizeof(res->id), "%s", listed->name);
    if (xlmem__listed_by_hand(listed))
        XLMEM_SET(res, left_ms, listed->entry.until_ms - (uint64_t)w->now_ms);
}

static void note_unread(walk *w, const char *name, const xlmem__where *where,
                        bool owned)
{
    char line[XLMEM__WHERE_MAX], text[sizeof(w->unread)];

    snprintf(text, sizeof(text), "/" XLMEM__LEDGER_DIR "/%s: %s", name,
             xlmem__where_line(where, line, sizeof(line)));
    if (owned)
        xlmem__log(w->ctx, XLMEM__ERR, "%s", text);
    else if (!w->nr_unread++)
        strcpy(w->unread, text);
}

/* Those that nobody owns: debts, what was reserved by hand, or what is nothing
 * any more.  Which of these, their text would say, and without it they reserve
 * nothing.  It is not said at each look: who balances looks all the time. */
static void say_unread(walk *w)
{
    xlmem_ctx *ctx = w->ctx;
    char text[sizeof(ctx->unread)], more[32] = "";

    if (!w->nr_unread)
        return;
    if (w->nr_unread > 1)
        snprintf(more, sizeof(more), ", and %zu more", w->nr_unread - 1);
    snprintf(text, sizeof(text), "%s%s", w->unread, more);
    if (strcmp(text, ctx->unread))
        xlmem__log(ctx, XLMEM__WARN,
                   "%s; memory that was reserved by hand there is not held "
                   "any more",
                   strcpy(ctx->unread, text));
}

/* @domid: what its owner said last of which domain it is; NULL: nothing. */
static int take_text(walk *w, const char *name, xlmem__str text, bool owned,
                     const uint64_t *domid)
{
    xlmem__where where = {.line = 0};
    xlmem__listed *listed = add_listed(w->entries);
    int rc;

    if (!listed)
        return XLMEM_ERROR_NOMEM;
    if (!text.len && !owned) {
        /* The process that created the file ended before it had written what
         * it reserves: nothing. */
        *listed = (xlmem__listed){.entry.version = XLMEM__ENTRY_VERSION};
        snprintf(listed->name, sizeof(listed->name), "%s", name);
        return 0;
    }
    rc = xlmem__parse_entry(text.p, text.len, &listed->entry, &where);
    if (rc) {
        w->entries->nr--;
        note_unread(w, name, &where, owned);
        return owned ? rc : 0;
    }
    snprintf(listed->name, sizeof(listed->name), "%s", name);
    if (domid)
        XLMEM_SET(&listed->entry.res, domid, *domid);
    listed->owned = owned;
    listed->yields = false;
    listed->counts = counts(w, listed);
    note_entry(w, listed);
    return 0;
}

static int take_listed(void *arg, const char *name, const char *text,
                       bool owned, const uint64_t *domid)
{
    return take_text(arg, name, (xlmem__str){text, strlen(text)}, owned,
                     domid);
}

/* An entry without an owner that is nothing any more, of this guard or an
 * older one; a newer guard's is its own business. */
static bool is_nothing(const xlmem__listed *listed)
{
    return !listed->counts && !listed->entry.plan.nr_steps &&
           listed->entry.version <= XLMEM__ENTRY_VERSION;
}

static void sweep_one(xlmem_ctx *ctx, const char *name)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc =
        ctx->backend->ledger_sweep(ctx->backend_user, name, err, sizeof(err));

    if (rc && rc != XLMEM_ERROR_BUSY)
        xlmem__log(ctx, XLMEM__WARN, "reservation %s cannot be removed: %s",
                   name, xlmem__why(err, rc));
}

/* Who only looks passes over what is nothing, and leaves it. */
static void pass_over_nothing(xlmem_ctx *ctx, xlmem__entries *entries,
                              bool sweeps)
{
    size_t i, kept = 0;

    for (i = 0; i < entries->nr; i++)
        if (!is_nothing(&entries->list[i]))
            entries->list[kept++] = entries->list[i];
        else if (sweeps)
            sweep_one(ctx, entries->list[i].name);
    entries->nr = kept;
}

static int read_entries(xlmem_ctx *ctx, xlmem__entries *entries_r, bool sweeps)
{
    char err[XLMEM__ERR_MAX] = "";
    walk w = {.ctx = ctx};
    int rc;

    *entries_r = (xlmem__entries){.nr = 0};
    w.entries = entries_r;
    w.now_ms = ctx->backend->now_ms(ctx->backend_user);
    rc = ctx->backend->ledger_each(ctx->backend_user, take_listed, &w, err,
                                   sizeof(err));
    if (rc == XLMEM_ERROR_PARSE)
        return rc;
    if (rc) {
        xlmem__log(ctx, XLMEM__ERR, "the ledger cannot be read: %s",
                   xlmem__why(err, rc));
        return rc;
    }
    say_unread(&w);
    pass_over_nothing(ctx, entries_r, sweeps);
    return 0;
}

int xlmem__entries_read(xlmem_ctx *ctx, xlmem__entries *entries_r)
{
    return read_entries(ctx, entries_r, true);
}

/* ---------------------------------------------------- only looking --- */

/* "PID-N": the lock, its line and what else there may be is none. */
static bool is_entry(const char *name)
{
    const size_t pid = strspn(name, "0123456789");
    const size_t n = name[pid] ? strspn(name + pid + 1, "0123456789") : 0;

    return pid && n && name[pid] == '-' && !name[pid + 1 + n] &&
           pid + 1 + n < XLMEM_ID_MAX;
}

/* Whether an owner lives cannot be seen from files: all are taken to. */
static int look_at_file(walk *w, const char *name)
{
    char path[64], *text;
    size_t len;
    int rc;

    if (!is_entry(name))
        return 0;
    snprintf(path, sizeof(path), XLMEM__LEDGER_DIR "/%s", name);
    rc = xlmem__read_document(w->ctx, path, &text, &len);
    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    rc =
        take_text(w, name, (xlmem__str){text, strnlen(text, len)}, true, NULL);
    free(text);
    return rc;
}

static int look_at_files(xlmem_ctx *ctx, char **names, size_t nr,
                         xlmem__entries *entries)
{
    walk w = {.ctx = ctx, .entries = entries};
    size_t i;
    int rc = 0;

    for (i = 0; i < nr && !rc; i++)
        rc = look_at_file(&w, names[i]);
    return rc;
}

static int lock_to_look(xlmem_ctx *ctx, char *err, size_t len)
{
    return ctx->backend->ledger_lock
               ? ctx->backend->ledger_lock(ctx->backend_user, LOOK_STILL_MS,
                                           LOOK_TOTAL_MS, err, len)
               : XLMEM_ERROR_UNSUPPORTED;
}

int xlmem_ledger_try(xlmem_ctx *ctx, char *why_r, size_t len)
{
    int rc;

    why_r[0] = '\0';
    rc = lock_to_look(ctx, why_r, len);
    if (!rc)
        ctx->backend->ledger_unlock(ctx->backend_user);
    if (!rc || rc == XLMEM_ERROR_BUSY || rc == XLMEM_ERROR_UNSUPPORTED)
        why_r[0] = '\0';
    else if (!why_r[0])
        snprintf(why_r, len, "%s", xlmem_strerror(rc));
    return rc;
}

int xlmem__entries_look(xlmem_ctx *ctx, xlmem__entries *entries_r)
{
    char **names;
    size_t nr;
    int rc;

    *entries_r = (xlmem__entries){.nr = 0};
    rc = xlmem__list_documents(ctx, XLMEM__LEDGER_DIR, &names, &nr);
    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    if (!lock_to_look(ctx, NULL, 0)) {
        rc = read_entries(ctx, entries_r, false);
        ctx->backend->ledger_unlock(ctx->backend_user);
    } else {
        rc = look_at_files(ctx, names, nr, entries_r);
    }
    xlmem__free_list(names, nr);
    return rc;
}

/* ------------------------------------------------------------- writing --- */

int xlmem__entry_add(xlmem_ctx *ctx, const xlmem__entry *entry,
                     void **in_ledger_r, char *err, size_t err_len)
{
    int rc = xlmem__render_entry(entry, ctx->entry);

    return rc ? rc
              : ctx->backend->ledger_add(ctx->backend_user, ctx->entry,
                                         in_ledger_r, err, err_len);
}

int xlmem__entry_update(xlmem_ctx *ctx, const xlmem__entry *entry,
                        void *in_ledger, char *err, size_t err_len)
{
    int rc = xlmem__render_entry(entry, ctx->entry);

    return rc ? rc
              : ctx->backend->ledger_update(ctx->backend_user, in_ledger,
                                            ctx->entry, err, err_len);
}
