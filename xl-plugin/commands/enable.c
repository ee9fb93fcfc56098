/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard enable: from now on creates that do not fit are refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/finding.h"
#include "commands/hostview.h"
#include "commands/mode_file.h"
#include "input/policy.h"
#include "input/session.h"
#include "private/advice.h"
#include "private/guard.h"

#define MODE_PATH "/" XLMEM_MODE_FILE

/* What stands in the way, and what is to be done. */
typedef struct enabling {
    host_view h;
    xlmem_mode mode; /* to be set */
    bool read;       /* the host was */
    bool written;
} enabling;

/* A note stands in nobody's way. */
static bool is_in_the_way(const xlmem_finding *finding)
{
    return finding->severity > XLMEM_SEV_NOTE && !finding->swallowed_by;
}

static size_t count_in_the_way(const enabling *e)
{
    size_t i, nr = 0;

    for (i = 0; i < e->h.found.nr; i++)
        nr += is_in_the_way(&e->h.found.list[i]);
    return nr;
}

/* ------------------------------------------------------------- looking --- */

/* A host that cannot be read is none that can be guarded. */
static int see_host(enabling *e)
{
    xlmem_ctx *ctx;
    int rc = session_open(e->h.run, &ctx);

    if (rc)
        return rc;
    rc = host_view_read(&e->h, ctx);
    xlmem_ctx_free(ctx);
    return rc;
}

/* ------------------------------------------------------------- writing --- */

static int write_mode(enabling *e)
{
    e->written = mode_file_set(MODE_PATH, e->mode);
    if (e->written)
        return 0;
    cmd_message("%s: %s", MODE_PATH, strerror(errno));
    return XLMEM_ERROR_IO;
}

/* ----------------------------------------------------------- reporting --- */

static const char *headline(const enabling *e, int status)
{
    if (status && e->h.configured &&
        e->h.books.policy.mode == XLMEM_MODE_ENFORCE)
        return "Enforced already; there is something to mend.";
    if (status)
        return "Not enabled.";
    if (e->h.run->global[GLOBAL_DRY_RUN])
        return e->read
                   ? "Nothing stands in the way. Not written, as -N asks."
                   : "Not written, as -N asks; the host could not be read.";
    if (e->h.books.policy.switched_off)
        return "Written; it counts when /" XLMEM_OFF_FILE " is gone.";
    /* Nor was, perhaps, whether that file is there. */
    if (!e->read)
        return "Written; the host could not be read.";
    return e->mode == XLMEM_MODE_ENFORCE
               ? "From now on creates that do not fit are refused."
               : "From now on creates that do not fit are only logged.";
}

/* Said once here, and at each create until it is done. */
static void put_other_mode(out *o, const enabling *e)
{
    const xlmem_policy *policy = &e->h.books.policy;

    if (policy->mode_from == XLMEM_MODE_FROM_CONF && policy->mode != e->mode)
        out_say(o,
                "%s still says mode = \"%s\", which then does not count: "
                "remove that line.",
                policy_path(e->h.run), xlmem_mode_name(policy->mode));
}

/* Not in the way, and good to know. */
static void put_notes(out *o, const enabling *e)
{
    char line[XLMEM_FINDING_ROOM];
    size_t i;

    for (i = 0; i < e->h.found.nr; i++) {
        if (is_in_the_way(&e->h.found.list[i]))
            continue;
        out_say(o, "%s", "");
        out_say(o, "%s",
                xlmem_finding_line(&e->h.found.list[i], line, sizeof(line)));
    }
}

static int report_enabling(const enabling *e, int status)
{
    const finding_list list = {e->h.found.list, e->h.found.nr,
                               e->h.found.nr_lost};
    out *o = session_out(e->h.run);

    if (!o)
        return EXIT_FAILED;
    out_say(o, "%s", headline(e, status));
    out_text(o, "file", "file", MODE_PATH);
    out_text(o, "mode", "mode", xlmem_mode_name(e->mode));
    out_text(o, "was", e->h.configured ? "was" : NULL,
             e->h.configured ? xlmem_mode_name(e->h.books.policy.mode) : NULL);
    out_text(o, "was_by", e->h.configured ? "was said by" : NULL,
             e->h.configured ? policy_mode_from(e->h.run, &e->h.books.policy)
                             : NULL);
    out_bool(o, "written", NULL, e->written);
    OUT_IF(o, "autoballoon", NULL, OUT_BOOL, e->h.autoballoon,
           e->h.autoballoon_known);
    put_other_mode(o, e);
    finding_put_lines(o, "problems",
                      count_in_the_way(e) ? "What stands in the way" : NULL,
                      &list, XLMEM_SEV_WARNING);
    finding_put_unjudged(o, &e->h.found);
    put_notes(o, e);
    return session_close_out(o, status);
}

static int enable(enabling *e)
{
    const bool dry = e->h.run->global[GLOBAL_DRY_RUN];
    int rc = see_host(e), status = EXIT_DONE;

    /* Where creates are only logged nothing has to be right, and the way back
     * is wanted most where the host cannot be read. */
    if (rc && (e->mode == XLMEM_MODE_ENFORCE || !session_is_live(e->h.run)))
        return cmd_failed(rc);
    e->read = !rc;
    if (e->mode == XLMEM_MODE_ENFORCE)
        host_view_judge(&e->h, XLMEM_VIEW_ENABLE, true);
    if (count_in_the_way(e) && !e->h.run->value[ENABLE_FORCE])
        status = EXIT_FINDINGS;
    if (!status && !dry)
        status = cmd_failed(write_mode(e));
    if (status == EXIT_FAILED)
        return status;
    return report_enabling(e, status);
}

int cmd_enable(const cmd_run *run)
{
    enabling *e;
    int status;

    if (!session_is_live(run) && !run->global[GLOBAL_DRY_RUN])
        return cmd_usage(run->spec, "a recorded host is not changed; -N says "
                                    "what would be done");
    e = calloc(1, sizeof(*e));
    if (!e) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    host_view_init(&e->h, run);
    e->mode = run->value[ENABLE_WARN] ? XLMEM_MODE_WARN : XLMEM_MODE_ENFORCE;
    status = enable(e);
    host_view_dispose(&e->h);
    free(e);
    return status;
}
