/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard set: within which sizes memory of a running domain moves. */
#include <stdlib.h>
#include <string.h>

#include "input/range_file.h"
#include "input/session.h"
#include "output/books.h"
#include "private/guard.h"
#include "private/monitor.h"

/* What a domain's administrator wants. */
typedef struct setting {
    const cmd_run *run;
    xlmem_ctx *ctx;
    xlmem_host host;
    const xlmem_dom *dom; /* of it */
    xlmem_opt_in range;   /* what is to be changed */
    bool unpin;           /* it is to move with demand again */
    bool by_file;         /* as its file beside the host's says */
} setting;

/* By its id, or by its name.  Digits are an id, as xl has it
 * (libxl_domain_qualifier_to_domid, 4.14 to 4.20), also where a domain is
 * named so: both commands mean the same domain. */
static const xlmem_dom *find_named(const xlmem_host *host, const char *text)
{
    size_t i;

    if (*text && !text[strspn(text, "0123456789")])
        return xlmem_host_find_dom(host, strtoull(text, NULL, 10));
    for (i = 0; i < host->nr_doms; i++)
        if (host->doms[i].name && !strcmp(host->doms[i].name, text))
            return &host->doms[i];
    return NULL;
}

static int read_words(setting *s)
{
    char err[160];
    int i, rc;

    s->unpin = s->run->argc == 2 && !strcmp(s->run->argv[1], "auto");
    s->by_file = s->run->argc == 2 && !strcmp(s->run->argv[1], "file");
    for (i = 1; i < s->run->argc && !s->unpin && !s->by_file; i++) {
        rc = xlmem_range_read(&s->range, s->run->argv[i], err, sizeof(err));
        if (rc)
            return cmd_usage(s->run->spec, "%s: %s", s->run->argv[i], err);
    }
    return EXIT_DONE;
}

static int find_domain(setting *s)
{
    int rc = xlmem_snapshot(s->ctx, &s->host);

    if (rc) {
        cmd_message("%s", xlmem_strerror(rc));
        return cmd_failed(rc);
    }
    s->dom = find_named(&s->host, s->run->argv[0]);
    if (s->dom)
        return EXIT_DONE;
    if (s->host.nr_doms)
        cmd_message("there is no domain '%s'", s->run->argv[0]);
    else
        cmd_message("which domains run is not known");
    return EXIT_FAILED;
}

/* For a domain that was created before there was one, or without the guard. */
static int read_file_of(setting *s)
{
    char err[RANGE_FILE_ERR_MAX];
    int rc = range_file_of(s->ctx, s->dom, &s->range, err);

    if (rc)
        cmd_message("%s", err);
    return cmd_failed(rc);
}

static int apply_range(const setting *s)
{
    char err[160];
    int rc = xlmem_range_check(s->dom, &s->range, err, sizeof(err));

    if (rc) {
        cmd_message("%s: %s", s->run->argv[0], err);
        return EXIT_FAILED;
    }
    if (s->run->global[GLOBAL_DRY_RUN])
        return EXIT_DONE;
    rc = xlmem_range_set(s->ctx, s->dom, &s->range);
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        cmd_message("a recorded host cannot be changed");
    return cmd_failed(rc);
}

/* What an administrator set it to is its size no longer. */
static int unpin_domain(const setting *s)
{
    int rc = 0;

    if (!s->run->global[GLOBAL_DRY_RUN])
        rc = xlmem_unpin(s->ctx, s->dom->domid);
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        cmd_message("a recorded host cannot be changed");
    return cmd_failed(rc);
}

/* The range as it is now, or would be. */
static int report_range(const setting *s)
{
    const xlmem_opt_in *range = &s->range;
    xlmem_dom dom = *s->dom;
    const bool pinned = XLMEM_KNOWS(&dom, pin_kb) && !s->unpin;
    out *o = session_out(s->run);

    if (!o)
        return EXIT_FAILED;
    if (XLMEM_KNOWS(range, dynamic_min_kb))
        XLMEM_SET(&dom, dynamic_min_kb, range->dynamic_min_kb);
    if (XLMEM_KNOWS(range, dynamic_max_kb))
        XLMEM_SET(&dom, dynamic_max_kb, range->dynamic_max_kb);
    if (XLMEM_KNOWS(range, weight))
        XLMEM_SET(&dom, weight, range->weight);
    OUT_NUM(o, "domid", "domain", OUT_COUNT, dom.domid);
    out_text(o, "name", "name", dom.name);
    OUT_FACT(o, "dynamic_min_kb",
             XLMEM_KNOWS(&dom, dynamic_min_kb) ? "at least" : NULL, OUT_KB,
             &dom, dynamic_min_kb);
    OUT_FACT(o, "target_kb", "its target", OUT_KB, &dom, target_kb);
    OUT_FACT(o, "dynamic_max_kb",
             XLMEM_KNOWS(&dom, dynamic_max_kb) ? "at most" : NULL, OUT_KB,
             &dom, dynamic_max_kb);
    books_put_limit(o, "static_max_kb", "its static maximum",
                    dom.static_max_kb, XLMEM_KNOWS(&dom, static_max_kb));
    OUT_FACT(o, "weight", XLMEM_KNOWS(&dom, weight) ? "weight" : NULL,
             OUT_COUNT, &dom, weight);
    OUT_FACT(o, "demand_kb",
             XLMEM_KNOWS(&dom, demand_kb) ? "its demand" : NULL, OUT_KB, &dom,
             demand_kb);
    OUT_IF(o, "pin_kb", pinned ? "set by hand, and kept at" : NULL, OUT_KB,
           dom.pin_kb, pinned);
    if (!XLMEM_KNOWS(&dom, dynamic_min_kb) && dom.domid)
        out_say(o, "Without a least size (min=SIZE) nothing is taken from "
                   "this domain.");
    else if (pinned)
        out_say(o,
                "It is left at the target that somebody set by hand. To "
                "let it move with demand again: xl memguard set %s auto",
                s->run->argv[0]);
    if (range->known)
        out_say(o, "This holds until the domain ends; its file has what "
                   "follows: memguard = [ \"dynamic_min=SIZE\" ].");
    return session_close_out(o, EXIT_DONE);
}

int cmd_set(const cmd_run *run)
{
    setting s = {.run = run};
    int status = read_words(&s);

    if (status)
        return status;
    if (session_open(run, &s.ctx))
        return EXIT_FAILED;
    xlmem_host_init(&s.host);
    status = find_domain(&s);
    if (!status && s.by_file)
        status = read_file_of(&s);
    if (!status && s.range.known)
        status = apply_range(&s);
    if (!status && s.unpin)
        status = unpin_domain(&s);
    if (!status)
        status = report_range(&s);
    xlmem_host_dispose(&s.host);
    xlmem_ctx_free(s.ctx);
    return status;
}
