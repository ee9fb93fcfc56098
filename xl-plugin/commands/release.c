/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard release: end reservations that were made by hand. */
#include <stdlib.h>
#include <string.h>

#include "input/policy.h"
#include "input/session.h"
#include "private/guard.h"

/* One run: what there is, and what becomes of it. */
typedef struct releasing {
    const cmd_run *run;
    xlmem_ctx *ctx;
    xlmem_policy policy;
    xlmem_reservation *list;
    size_t nr;
    out *o;
    int status; /* of the first that could not be released */
} releasing;

static bool is_reserved(const releasing *r, const char *id)
{
    size_t i;

    for (i = 0; i < r->nr; i++)
        if (XLMEM_KNOWS(&r->list[i], left_ms) && !strcmp(r->list[i].id, id))
            return true;
    return false;
}

static int try_release(const releasing *r, const char *id)
{
    if (is_reserved(r, id))
        return 0;
    cmd_message("there is no reservation %s", id);
    return XLMEM_ERROR_NOTFOUND;
}

static void release(releasing *r, const char *id)
{
    int rc = r->run->global[GLOBAL_DRY_RUN]
                 ? try_release(r, id)
                 : xlmem_reservation_end(r->ctx, &r->policy, id);

    if (!rc)
        out_item(r->o, id);
    else if (!r->status)
        r->status = cmd_failed(rc);
}

static void release_all(releasing *r)
{
    bool any = r->run->argc != 0;
    size_t i;
    int n;

    out_list(r->o, "released",
             r->run->global[GLOBAL_DRY_RUN] ? "Would be released"
                                            : "Released");
    for (i = 0; i < r->nr && r->run->value[RELEASE_ALL]; i++)
        if (XLMEM_KNOWS(&r->list[i], left_ms)) {
            release(r, r->list[i].id);
            any = true;
        }
    for (n = 0; n < r->run->argc; n++)
        release(r, r->run->argv[n]);
    out_end(r->o);
    if (!any)
        out_say(r->o, "Nothing is reserved by hand.");
}

static int look_at_reservations(releasing *r)
{
    int rc = policy_load(r->run, r->ctx, &r->policy, NULL);

    return rc ? rc : xlmem_reservations(r->ctx, &r->list, &r->nr);
}

int cmd_release(const cmd_run *run)
{
    releasing r = {.run = run};
    int rc;

    if (!run->value[RELEASE_ALL] == !run->argc)
        return cmd_usage(run->spec, "name reservations, or say --all");
    if (!session_is_live(run) && !run->global[GLOBAL_DRY_RUN])
        return cmd_usage(run->spec, "a recorded host stays as it is; -N says "
                                    "what would be released");
    rc = session_open(run, &r.ctx);
    if (rc)
        return cmd_failed(rc);
    rc = look_at_reservations(&r);
    r.status = cmd_failed(rc);
    if (!rc)
        r.o = session_out(run);
    if (r.o) {
        release_all(&r);
        r.status = session_close_out(r.o, r.status);
    } else if (!rc) {
        r.status = EXIT_FAILED;
    }
    free(r.list);
    xlmem_ctx_free(r.ctx);
    return r.status;
}
