/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard capture: write down a host's facts, and say what is missing. */
#include <stdlib.h>
#include <string.h>

#include "input/session.h"

typedef struct captured {
    size_t nr, alloc;
    struct captured_file {
        char *name;
        int rc;
    } * files;
    bool lost; /* there was no memory to note one */
} captured;

static void note_file(void *user, const char *name, int rc)
{
    captured *c = user;

    if (c->nr == c->alloc) {
        size_t alloc = c->alloc ? 2 * c->alloc : 32;
        struct captured_file *files =
            realloc(c->files, alloc * sizeof(*files));

        if (!files) {
            c->lost = true;
            return;
        }
        c->files = files;
        c->alloc = alloc;
    }
    c->files[c->nr].name = strdup(name);
    c->files[c->nr].rc = rc;
    if (c->files[c->nr].name)
        c->nr++;
    else
        c->lost = true;
}

static void dispose(captured *c)
{
    size_t i;

    for (i = 0; i < c->nr; i++)
        free(c->files[i].name);
    free(c->files);
}

static int report_capture(const cmd_run *run, const captured *c)
{
    size_t i, written = 0;
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    for (i = 0; i < c->nr; i++)
        written += !c->files[i].rc;
    out_text(o, "path", "written to", run->argv[0]);
    OUT_NUM(o, "nr_files", "files", OUT_COUNT, written);
    out_list(o, "files", NULL);
    for (i = 0; i < c->nr; i++) {
        out_row(o);
        out_text(o, "file", NULL, c->files[i].name);
        out_bool(o, "written", NULL, !c->files[i].rc);
        out_text(o, "reason", NULL,
                 c->files[i].rc ? xlmem_strerror(c->files[i].rc) : NULL);
        out_row_end(o);
    }
    out_end(o);
    for (i = 0; i < c->nr; i++)
        if (c->files[i].rc)
            out_say(o, "%s is missing: %s", c->files[i].name,
                    xlmem_strerror(c->files[i].rc));
    if (c->lost)
        out_fail(o, XLMEM_ERROR_NOMEM);
    return session_close_out(o, EXIT_DONE);
}

int cmd_capture(const cmd_run *run)
{
    captured c = {.nr = 0};
    xlmem_ctx *ctx;
    int status, rc = session_open_any(run, &ctx);

    if (rc)
        return cmd_failed(rc);
    rc = xlmem_capture(ctx, run->argv[0], note_file, &c);
    xlmem_ctx_free(ctx);
    status = rc ? cmd_failed(rc) : report_capture(run, &c);
    dispose(&c);
    return status;
}
