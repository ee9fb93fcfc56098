/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/guarding.h"

#include <stdlib.h>

#include "input/session.h"

int guarding_find(const cmd_run *run, xlmem_ctx *ctx, guarding *g_r)
{
    const char *search = session_is_live(run) ? getenv("PATH") : NULL;
    int rc;

    *g_r = (guarding){.nr = 0};
    rc = xlmem_guarded_find(ctx, search, &g_r->list, &g_r->nr);
    if (rc == XLMEM_ERROR_NOMEM)
        cmd_message("%s", xlmem_strerror(rc));
    return rc;
}

void guarding_dispose(guarding *g)
{
    free(g->list);
    *g = (guarding){.nr = 0};
}

size_t guarding_count(const guarding *g, xlmem_guarded_kind kind,
                      size_t *guarded_r)
{
    size_t i, nr = 0;

    *guarded_r = 0;
    for (i = 0; i < g->nr; i++) {
        nr += g->list[i].kind == kind;
        *guarded_r += g->list[i].kind == kind && g->list[i].guarded;
    }
    return nr;
}

/* For programs all of a kind. */
static void put_kind(out *o, const guarding *g, xlmem_guarded_kind kind,
                     const char *key, const char *name)
{
    size_t i;

    out_list(o, key, NULL);
    for (i = 0; i < g->nr; i++) {
        const xlmem_guarded *it = &g->list[i];

        if (it->kind != kind)
            continue;
        out_row(o);
        if (kind == XLMEM_GUARDED_MONITOR)
            OUT_NUM(o, "pid", NULL, OUT_COUNT, it->pid);
        out_text(o, name, NULL, it->name[0] ? it->name : NULL);
        out_bool(o, "guarded", NULL, it->guarded);
        if (kind == XLMEM_GUARDED_SERVICE)
            out_bool(o, "restart", NULL, it->restart);
        out_row_end(o);
    }
    out_end(o);
}

static const char *state_of(const xlmem_guarded *it)
{
    if (it->restart)
        return "not guarded: it runs since before its drop-in, or ignores it; "
               "restart it";
    return it->guarded ? "guarded" : "not guarded";
}

/* A line for each; of the monitors for those that are not. */
static void put_guarded(out *o, const xlmem_guarded *it)
{
    char label[64];

    if (it->kind != XLMEM_GUARDED_MONITOR) {
        out_text(o, NULL, it->name, state_of(it));
    } else if (!it->guarded) {
        snprintf(label, sizeof(label), "xl monitor %llu",
                 (unsigned long long)it->pid);
        out_text(o, NULL, label, "not guarded");
    }
}

static void put_all_guarded(out *o, const guarding *g)
{
    size_t i, guarded;
    const size_t nr = guarding_count(g, XLMEM_GUARDED_MONITOR, &guarded);
    char text[64];

    for (i = 0; i < g->nr; i++)
        put_guarded(o, &g->list[i]);
    if (!nr)
        return;
    snprintf(text, sizeof(text), "%zu, of them guarded %zu", nr, guarded);
    out_text(o, NULL, "monitors", text);
}

void guarding_put(out *o, const guarding *g)
{
    put_all_guarded(o, g);
    put_kind(o, g, XLMEM_GUARDED_XL, "xl", "path");
    put_kind(o, g, XLMEM_GUARDED_SERVICE, "services", "name");
    put_kind(o, g, XLMEM_GUARDED_MONITOR, "monitors", "domain");
}
