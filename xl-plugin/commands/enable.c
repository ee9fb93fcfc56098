/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard enable: from now on creates that do not fit are refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/books.h"
#include "output/finding.h"
#include "commands/guarding.h"
#include "commands/mode_file.h"
#include "input/policy.h"
#include "input/session.h"
#include "private/advice.h"
#include "private/guard.h"

#define MODE_PATH "/" XLMEM_MODE_FILE

/* What stands in the way, and what is to be done. */
typedef struct enabling {
    const cmd_run *run;
    books books;
    bool configured;
    guarding guarding;
    xlmem_mode mode; /* to be set */
    xlmem_findings found;
    xlmem_policy_report report;
    bool autoballoon, autoballoon_known;
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

    for (i = 0; i < e->found.nr; i++)
        nr += is_in_the_way(&e->found.list[i]);
    return nr;
}

/* ------------------------------------------------------------- looking --- */

/* Where creates are only logged, nothing has to be right. */
static void judge_enabling(enabling *e)
{
    const xlmem_scene scene = {
        .host = &e->books.host,
        .policy = &e->books.policy,
        .account = e->books.known ? &e->books.account : NULL,
        .report = &e->report,
        .guarded = e->guarding.list,
        .nr_guarded = e->guarding.nr,
        .guarded_known = true,
        .live = session_is_live(e->run),
        .configured = e->configured,
        .sets_mode = true,
        .autoballoon_known = e->autoballoon_known,
        .autoballoon = e->autoballoon,
    };

    if (e->mode == XLMEM_MODE_ENFORCE)
        xlmem_judge(&scene, XLMEM_VIEW_ENABLE, &e->found);
}

/* A host that cannot be read is none that can be guarded. */
static int see_host(enabling *e)
{
    xlmem_ctx *ctx;
    int rc = session_open(e->run, &ctx);

    if (rc)
        return rc;
    rc =
        policy_look(e->run, ctx, &e->books.policy, &e->configured, &e->report);
    if (!rc)
        rc = xlmem_snapshot(ctx, &e->books.host);
    if (!rc)
        e->autoballoon_known =
            !xlmem_autoballoon(ctx, &e->books.host, &e->autoballoon);
    if (!rc)
        rc = guarding_find(e->run, ctx, &e->guarding);
    xlmem_ctx_free(ctx);
    if (!rc)
        rc = books_make(&e->books);
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
    if (status && e->configured && e->books.policy.mode == XLMEM_MODE_ENFORCE)
        return "Enforced already; there is something to mend.";
    if (status)
        return "Not enabled.";
    if (e->run->global[GLOBAL_DRY_RUN])
        return "Nothing stands in the way. Not written, as -N asks.";
    return e->mode == XLMEM_MODE_ENFORCE
               ? "From now on creates that do not fit are refused."
               : "From now on creates that do not fit are only logged.";
}

/* Said once here, and at each create until it is done. */
static void put_other_mode(out *o, const enabling *e)
{
    const xlmem_policy *policy = &e->books.policy;

    if (policy->mode_from == XLMEM_MODE_FROM_CONF && policy->mode != e->mode)
        out_say(o,
                "%s still says mode = \"%s\", which then does not count: "
                "remove that line.",
                policy_path(e->run), xlmem_mode_name(policy->mode));
}

/* Not in the way, and good to know. */
static void put_notes(out *o, const enabling *e)
{
    char line[XLMEM_FINDING_ROOM];
    size_t i;

    for (i = 0; i < e->found.nr; i++) {
        if (is_in_the_way(&e->found.list[i]))
            continue;
        out_say(o, "%s", "");
        out_say(o, "%s",
                xlmem_finding_line(&e->found.list[i], line, sizeof(line)));
    }
}

static int report_enabling(const enabling *e, int status)
{
    const finding_list list = {e->found.list, e->found.nr, e->found.nr_lost};
    out *o = session_out(e->run);

    if (!o)
        return EXIT_FAILED;
    out_say(o, "%s", headline(e, status));
    out_text(o, "file", "file", MODE_PATH);
    out_text(o, "mode", "mode", xlmem_mode_name(e->mode));
    out_text(o, "was", e->configured ? "was" : NULL,
             e->configured ? xlmem_mode_name(e->books.policy.mode) : NULL);
    out_text(o, "was_by", e->configured ? "was said by" : NULL,
             e->configured ? policy_mode_from(e->run, &e->books.policy)
                           : NULL);
    out_bool(o, "written", NULL, e->written);
    out_bool(o, "autoballoon", NULL, e->autoballoon);
    put_other_mode(o, e);
    finding_put_lines(o, "problems",
                      count_in_the_way(e) ? "What stands in the way" : NULL,
                      &list, XLMEM_SEV_WARNING);
    finding_put_unjudged(o, &e->found);
    put_notes(o, e);
    return session_close_out(o, status);
}

static int enable(enabling *e)
{
    const bool dry = e->run->global[GLOBAL_DRY_RUN];
    int rc = see_host(e), status = EXIT_DONE;

    if (rc)
        return xlmem_exit_status(rc);
    judge_enabling(e);
    if (count_in_the_way(e) && !e->run->value[ENABLE_FORCE])
        status = EXIT_FINDINGS;
    if (!status && !dry)
        status = xlmem_exit_status(write_mode(e));
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
    e->run = run;
    e->mode = run->value[ENABLE_WARN] ? XLMEM_MODE_WARN : XLMEM_MODE_ENFORCE;
    books_init(&e->books);
    status = enable(e);
    books_dispose(&e->books);
    guarding_dispose(&e->guarding);
    free(e);
    return status;
}
