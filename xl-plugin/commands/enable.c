/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard enable: from now on creates that do not fit are refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/books.h"
#include "commands/guarding.h"
#include "commands/mode_file.h"
#include "input/policy.h"
#include "input/session.h"
#include "private/advice.h"
#include "private/guard.h"

#define PROBLEMS_MAX 32
#define MODE_PATH "/" XLMEM_MODE_FILE

/* What stands in the way, and what is to be done. */
typedef struct enabling {
    const cmd_run *run;
    books books;
    bool configured;
    guarding guarding;
    xlmem_mode mode; /* to be set */
    size_t nr;
    char problems[PROBLEMS_MAX][320];
    xlmem_policy_report report;
    bool autoballoon; /* xl makes room for creates itself */
    bool written;
} enabling;

#define PROBLEM(e, ...)                                                       \
    do {                                                                      \
        if ((e)->nr < PROBLEMS_MAX)                                           \
            snprintf((e)->problems[(e)->nr++], sizeof((e)->problems[0]),      \
                     __VA_ARGS__);                                            \
    } while (0)

/* ------------------------------------------------------------ problems --- */

static void check_books(enabling *e)
{
    const xlmem_account *a = &e->books.account;
    const xlmem_dom0 *dom0 = &e->books.host.dom0;
    char less[32], more[32];

    if (!e->books.known) {
        PROBLEM(e, "free memory and the domains are not known: nothing could "
                   "be decided");
        return;
    }
    if (a->deficit_kb)
        PROBLEM(e,
                "%s more are promised than there are, and every create would "
                "be refused: shut a domU down, or lower what one may still "
                "take (xl mem-max) or what is reserved (xl memguard reserve)",
                xlmem_format_mib(less, sizeof(less), a->deficit_kb));
    if (!XLMEM_KNOWS(a, dom0_floor_kb) ||
        !XLMEM_KNOWS(dom0, balloon_target_kb))
        PROBLEM(e, "dom0's floor or target is not known");
    else if (dom0->balloon_target_kb < a->dom0_floor_kb)
        PROBLEM(e,
                "dom0's target, %s, is below its floor, the least it can live "
                "with, of %s: xl memguard dom0 %lluM",
                xlmem_format_mib(less, sizeof(less), dom0->balloon_target_kb),
                xlmem_format_mib(more, sizeof(more), a->dom0_floor_kb),
                (unsigned long long)(a->dom0_floor_kb + 1023) / 1024);
}

static void check_guard(enabling *e)
{
    size_t i, guarded;

    if (e->books.policy.switched_off)
        PROBLEM(e, "/" XLMEM_OFF_FILE " switches the guard off: remove it");
    if (!guarding_count(&e->guarding, XLMEM_GUARDED_XL, &guarded))
        PROBLEM(e, "no xl is found in PATH, nor /usr/sbin/xl");
    for (i = 0; i < e->guarding.nr; i++)
        if (e->guarding.list[i].kind == XLMEM_GUARDED_XL &&
            !e->guarding.list[i].guarded)
            PROBLEM(e,
                    "%s is not guarded: libexec/xlmem/xl-divert add puts the "
                    "guard in front of it",
                    e->guarding.list[i].name);
}

/* Lines that do not count; but the file of the mode is about to be replaced. */
static void check_conf(enabling *e)
{
    char text[sizeof(e->problems[0])];
    size_t i;

    for (i = 0; i < e->report.nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++) {
        policy_problem(&e->report, i, text, sizeof(text));
        if (!e->report.problems[i].bad ||
            !strcmp(e->report.problems[i].file, MODE_PATH))
            cmd_message("%s", text);
        else
            PROBLEM(e, "%s", text);
    }
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
    if (!rc && xlmem_autoballoon(ctx, &e->books.host, &e->autoballoon))
        e->autoballoon = false;
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

/* Not in the way: creates are guarded, and wait for each other. */
static void put_autoballoon(out *o, const enabling *e)
{
    if (!e->autoballoon || e->mode != XLMEM_MODE_ENFORCE)
        return;
    out_say(o, "%s", "");
    out_say(o, "autoballoon is on in /etc/xen/xl.conf: xl holds its lock "
               "through each create,");
    out_say(o, "so that one that waits for memory holds up all others and "
               "reboots.");
    out_say(o, "Write autoballoon = \"off\" there: the guard makes room.");
}

static int report_enabling(const enabling *e, int status)
{
    out *o = session_out(e->run);
    size_t i;

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
    out_list(o, "problems", e->nr ? "What stands in the way" : NULL);
    for (i = 0; i < e->nr; i++)
        out_item(o, e->problems[i]);
    out_end(o);
    put_autoballoon(o, e);
    return session_close_out(o, status);
}

static int enable(enabling *e)
{
    const bool dry = e->run->global[GLOBAL_DRY_RUN];
    int rc = see_host(e), status = EXIT_DONE;

    if (rc)
        return xlmem_exit_status(rc);
    if (e->mode == XLMEM_MODE_ENFORCE) {
        check_conf(e);
        check_books(e);
        check_guard(e);
    }
    if (e->nr && !e->run->value[ENABLE_FORCE])
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
