/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard enable: from now on creates that do not fit are refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "atomic.h"
#include "books.h"
#include "guarding.h"
#include "policy.h"
#include "session.h"

#define PROBLEMS_MAX 16

/* What stands in the way, and what is to be done. */
typedef struct enabling {
    const cmd_run *run;
    books books;
    bool configured;
    guarding guarding;
    xlmem_mode mode; /* to be set */
    size_t nr;
    char problems[PROBLEMS_MAX][240];
    bool written;
} enabling;

#define PROBLEM(e, ...)                                                       \
    do {                                                                      \
        if ((e)->nr < PROBLEMS_MAX)                                           \
            snprintf((e)->problems[(e)->nr++], sizeof((e)->problems[0]),      \
                     __VA_ARGS__);                                            \
    } while (0)

#define U(n) ((unsigned long long)(n))

/* ------------------------------------------------------------ problems --- */

static void check_books(enabling *e)
{
    const xlmem_account *a = &e->books.account;
    const xlmem_dom0 *dom0 = &e->books.host.dom0;

    if (!e->books.known) {
        PROBLEM(e, "free memory and the domains are not known");
        return;
    }
    if (a->deficit_kb)
        PROBLEM(e,
                "%llu kB more are promised than there are: every create would "
                "be refused",
                U(a->deficit_kb));
    if (!XLMEM_KNOWS(a, dom0_floor_kb) ||
        !XLMEM_KNOWS(dom0, balloon_target_kb))
        PROBLEM(e, "dom0's floor or target is not known");
    else if (dom0->balloon_target_kb < a->dom0_floor_kb)
        PROBLEM(e, "dom0's target, %llu kB, is below its floor of %llu kB",
                U(dom0->balloon_target_kb), U(a->dom0_floor_kb));
}

static void check_guard(enabling *e)
{
    size_t i, guarded;

    if (e->books.policy.switched_off)
        PROBLEM(e, "/" XLMEM_OFF_FILE " switches the guard off");
    if (!guarding_count(&e->guarding, XLMEM_GUARDED_XL, &guarded))
        PROBLEM(e, "no xl is found");
    for (i = 0; i < e->guarding.nr; i++)
        if (e->guarding.list[i].kind == XLMEM_GUARDED_XL &&
            !e->guarding.list[i].guarded)
            PROBLEM(e, "%s is not guarded (docs/design/guard.md, xl-divert)",
                    e->guarding.list[i].name);
}

/* A host that cannot be read is none that can be guarded. */
static int look(enabling *e)
{
    xlmem_ctx *ctx;
    int rc = session_open(e->run, &ctx);

    if (rc)
        return rc;
    rc = policy_load(e->run, ctx, &e->books.policy, &e->configured);
    if (!rc)
        rc = xlmem_snapshot(ctx, &e->books.host);
    if (!rc)
        rc = guarding_find(e->run, ctx, &e->guarding);
    xlmem_ctx_free(ctx);
    if (!rc)
        rc = books_make(&e->books);
    return rc;
}

/* ------------------------------------------------------------- writing --- */

static bool write_conf(const char *path, const char *text)
{
    atomic_file file;

    if (!atomic_open(&file, path))
        return false;
    if (fputs(text, file.stream) < 0) {
        atomic_abandon(&file);
        return false;
    }
    return atomic_commit(&file);
}

static int set_mode(enabling *e)
{
    const char *path = policy_path(e->run);
    char *old = NULL, *text = NULL;
    size_t len = 0;
    bool ok = policy_text(e->run, &old, &len) || errno == ENOENT;
    int rc;

    rc = ok ? xlmem_policy_text(old, len, e->mode, &text) : XLMEM_ERROR_IO;
    if (!rc && !write_conf(path, text))
        rc = XLMEM_ERROR_IO;
    if (rc)
        cmd_message("%s: %s", path,
                    rc == XLMEM_ERROR_IO ? strerror(errno)
                                         : xlmem_strerror(rc));
    e->written = !rc;
    free(old);
    free(text);
    return rc;
}

/* ----------------------------------------------------------- reporting --- */

static const char *headline(const enabling *e, int status)
{
    if (status)
        return "Not enabled.";
    if (e->run->global[GLOBAL_DRY_RUN])
        return "Would be written.";
    return e->mode == XLMEM_MODE_ENFORCE
               ? "From now on creates that do not fit are refused."
               : "From now on creates that do not fit are only logged.";
}

static int report(const enabling *e, int status)
{
    out *o = session_out(e->run);
    size_t i;

    if (!o)
        return EXIT_FAILED;
    out_say(o, "%s", headline(e, status));
    out_text(o, "file", "file", policy_path(e->run));
    out_text(o, "mode", "mode", xlmem_mode_name(e->mode));
    out_text(o, "was", e->configured ? "was" : NULL,
             e->configured ? xlmem_mode_name(e->books.policy.mode) : NULL);
    out_bool(o, "written", NULL, e->written);
    out_list(o, "problems", e->nr ? "What stands in the way" : NULL);
    for (i = 0; i < e->nr; i++)
        out_item(o, e->problems[i]);
    out_end(o);
    return session_close_out(o, status);
}

static int enable(enabling *e)
{
    const bool dry = e->run->global[GLOBAL_DRY_RUN];
    int rc = look(e), status = EXIT_DONE;

    if (rc)
        return xlmem_exit_status(rc);
    if (e->mode == XLMEM_MODE_ENFORCE) {
        check_books(e);
        check_guard(e);
    }
    if (e->nr && !e->run->value[ENABLE_FORCE])
        status = EXIT_FINDINGS;
    if (!status && !dry)
        status = xlmem_exit_status(set_mode(e));
    if (status == EXIT_FAILED)
        return status;
    return report(e, status);
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
