/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The administrator's configuration and kill switch, out of four files:
 *
 *     memguard.conf    what he has written
 *     memguard.mode    the mode that a command of his has set; counts first
 *     policy           what was last in force: for what cannot be understood
 *     off              everything passes
 */
#include "engine/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/conf.h"
#include "engine/ctx.h"

typedef struct document {
    int rc;
    char *buf;
    size_t len;
} document;

static document read_policy_file(const xlmem__policy_files *files,
                                 const char *path)
{
    document d = {.rc = XLMEM_ERROR_NOTFOUND};

    if (files->read)
        d.rc = files->read(files->user, path, &d.buf, &d.len);
    if (d.rc == XLMEM_ERROR_UNSUPPORTED)
        d.rc = XLMEM_ERROR_NOTFOUND;
    if (d.rc)
        d.buf = NULL;
    return d;
}

/*
 * What is in the file is no matter, nor whether it may be read.  What failed
 * for another reason (no free descriptor, no memory) says nothing of it: a
 * guard is not switched off by an error.
 */
static bool is_switched_off(const xlmem__policy_files *files)
{
    document d;

    if (files->exists)
        return files->exists(files->user, XLMEM_OFF_FILE);
    d = read_policy_file(files, XLMEM_OFF_FILE);
    free(d.buf);
    return !d.rc || d.rc == XLMEM_ERROR_PERM || d.rc == XLMEM_ERROR_RANGE;
}

/* What was kept by somebody else than us does not count at all. */
static bool read_last_policy(const document *d, xlmem_policy *policy_r)
{
    xlmem__conf conf;

    if (d->rc)
        return false;
    xlmem__conf_start(&conf, NULL, NULL);
    xlmem__conf_text(&conf, "", d->buf, d->len);
    xlmem__conf_end(&conf, policy_r);
    return !conf.nr_problems;
}

static document read_conf(const xlmem__policy_files *files)
{
    if (files->name)
        return (document){.len = files->len};
    return read_policy_file(files, XLMEM_POLICY_FILE);
}

static void take_conf(xlmem__conf *conf, const xlmem__policy_files *files,
                      const document *d)
{
    static const char path[] = "/" XLMEM_POLICY_FILE;

    if (files->name)
        xlmem__conf_text(conf, files->name, files->conf, files->len);
    else if (!d->rc)
        xlmem__conf_text(conf, path, d->buf, d->len);
    else if (d->rc != XLMEM_ERROR_NOTFOUND)
        xlmem__conf_lost(conf, path, xlmem_strerror(d->rc));
}

static void take_mode(xlmem__conf *conf, const document *d)
{
    static const char path[] = "/" XLMEM_MODE_FILE;

    if (!d->rc)
        xlmem__mode_text(conf, path, d->buf, d->len);
    else if (d->rc != XLMEM_ERROR_NOTFOUND)
        xlmem__mode_lost(conf, path, xlmem_strerror(d->rc));
}

/* What could not be read for want of memory or a descriptor may be there, and
 * is better than what is in force without it. */
static bool may_be_there(const document *kept)
{
    return kept->rc == XLMEM_ERROR_NOMEM || kept->rc == XLMEM_ERROR_IO;
}

/* @last_r: what is in force, if that is not what is kept. */
static void format_last(const xlmem_policy *policy, const document *kept,
                        char *last_r, size_t last_len)
{
    char text[XLMEM__POLICY_TEXT_MAX];

    xlmem__conf_format(policy, text);
    if (may_be_there(kept))
        return;
    if (kept->rc || kept->len != strlen(text) ||
        memcmp(kept->buf, text, kept->len) != 0)
        snprintf(last_r, last_len, "%s", text);
}

int xlmem__policy_of(const xlmem__policy_files *files, xlmem_policy *policy_r,
                     xlmem_policy_report *report, char *last_r,
                     size_t last_len)
{
    const document text = read_conf(files);
    const document mode = read_policy_file(files, XLMEM_MODE_FILE);
    const document kept = read_policy_file(files, XLMEM_LAST_POLICY_FILE);
    const bool none =
        text.rc == XLMEM_ERROR_NOTFOUND && mode.rc == XLMEM_ERROR_NOTFOUND;
    xlmem_policy last;
    xlmem__conf conf;

    if (last_len)
        last_r[0] = '\0';
    xlmem__conf_start(&conf, read_last_policy(&kept, &last) ? &last : NULL,
                      report);
    take_conf(&conf, files, &text);
    take_mode(&conf, &mode);
    xlmem__conf_end(&conf, policy_r);
    if (!none)
        format_last(policy_r, &kept, last_r, last_len);
    if (is_switched_off(files)) {
        policy_r->mode = XLMEM_MODE_OFF;
        policy_r->mode_from = XLMEM_MODE_FROM_SWITCH;
        policy_r->switched_off = true;
    }
    free(text.buf);
    free(mode.buf);
    free(kept.buf);
    return none ? XLMEM_ERROR_NOTFOUND : 0;
}

/* ---------------------------------------------------- the file of the mode */

static bool says_mode(const char *text, size_t len, xlmem_mode mode)
{
    xlmem_policy policy;
    xlmem__conf conf;

    xlmem__conf_start(&conf, NULL, NULL);
    xlmem__mode_text(&conf, "", text, len);
    xlmem__conf_end(&conf, &policy);
    return !conf.nr_problems && policy.mode == mode;
}

/* The text with the word put in. */
static int edit_mode(xlmem__str old, xlmem_mode mode, char **text_r,
                     size_t *len_r)
{
    const char *name = xlmem_mode_name(mode);
    xlmem__edit edit = xlmem__edit_of(old);
    char line[XLMEM__CONF_LINE_MAX];
    int rc = xlmem__conf_put(&edit, XLMEM__CONF_NR_KEYS,
                             (xlmem__str){name, strlen(name)}, line);

    return rc ? rc : xlmem__edit_render(&edit, text_r, len_r);
}

int xlmem_mode_edit(const char *old, size_t len, xlmem_mode mode,
                    char **text_r, size_t *len_r)
{
    const xlmem__str nothing = {"", 0};
    int rc =
        edit_mode(old ? (xlmem__str){old, len} : nothing, mode, text_r, len_r);

    if (rc || says_mode(*text_r, *len_r, mode))
        return rc;
    free(*text_r);
    return edit_mode(nothing, mode, text_r, len_r);
}

/* -------------------------------------------------- of a host that is open */

static void log_problems(xlmem_ctx *ctx, const xlmem_policy_report *report)
{
    char text[XLMEM_PROBLEM_LINE_MAX];
    size_t i;

    for (i = 0; i < report->nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++)
        xlmem__log(
            ctx, XLMEM__WARN, "%s",
            xlmem_problem_line(&report->problems[i], text, sizeof(text)));
}

/* Without memory for a report the problems are counted, and not said. */
static int load_policy(xlmem_ctx *ctx, xlmem__policy_files *files,
                       xlmem_policy *policy_r, xlmem_policy_report *report_r)
{
    xlmem_policy_report *own = NULL;
    int rc;

    if (report_r)
        report_r->nr = 0;
    xlmem_policy_init(policy_r);
    if (!ctx->backend)
        return XLMEM_ERROR_NOTFOUND;
    files->read = ctx->backend->read_file;
    files->user = ctx->backend_user;
    if (!report_r)
        own = calloc(1, sizeof(*own));
    rc = xlmem__policy_of(files, policy_r, report_r ? report_r : own, NULL, 0);
    if (own)
        log_problems(ctx, own);
    free(own);
    return rc;
}

int xlmem_policy_from_conf(xlmem_ctx *ctx, const char *name, const char *conf,
                           size_t len, xlmem_policy *policy_r,
                           xlmem_policy_report *report_r)
{
    xlmem__policy_files files = {.name = name, .conf = conf, .len = len};

    return load_policy(ctx, &files, policy_r, report_r);
}

int xlmem_policy_load(xlmem_ctx *ctx, xlmem_policy *policy_r,
                      xlmem_policy_report *report_r)
{
    xlmem__policy_files files = {.name = NULL};

    return load_policy(ctx, &files, policy_r, report_r);
}
