/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/session.h"

#include <stdlib.h>
#include <string.h>

/* Levels of xlmem_log_fn. */
#define LEVEL_WARNING 2

/* The last message of a failed attempt, held back to be said in full. */
typedef struct held {
    char text[512];
} held;

/* Something of a recorded host could not be read, and was told. */
static bool incomplete;

static void print_message(void *user, int level, const char *text)
{
    const cmd_run *run = user;

    if (level >= LEVEL_WARNING && !session_is_live(run))
        incomplete = true;
    if (level >= LEVEL_WARNING || run->global[GLOBAL_VERBOSE])
        cmd_message("%s", text);
}

static void hold_message(void *user, int level, const char *text)
{
    held *h = user;

    if (level >= LEVEL_WARNING)
        snprintf(h->text, sizeof(h->text), "%s", text);
}

/* @any: a machine without Xen will do.  The second attempt says nothing where
 * the first has said what is wrong. */
static int open_live(xlmem_ctx *ctx, bool any)
{
    held h = {.text = ""}, other = {.text = ""};
    int rc, plain = 0;

    xlmem_ctx_set_log(ctx, hold_message, &h);
    rc = xlmem_ctx_open_live(ctx);
    /* Memory that ended tells nothing of whether there is Xen. */
    if (rc && rc != XLMEM_ERROR_NOMEM && any) {
        xlmem_ctx_set_log(ctx, hold_message, &other);
        plain = xlmem_ctx_open_plain(ctx);
        if (!plain)
            return 0;
    }
    if (plain == XLMEM_ERROR_NOMEM) /* said by whoever ends the command */
        return plain;
    if (rc)
        cmd_message("%s; to read a recorded host use --sysroot or --host",
                    *h.text ? h.text : xlmem_strerror(rc));
    return rc;
}

static int open_run_host(const cmd_run *run, bool any, xlmem_ctx *ctx)
{
    if (run->global[GLOBAL_SYSROOT])
        return xlmem_ctx_open_capture(ctx, run->global[GLOBAL_SYSROOT]);
    if (run->global[GLOBAL_HOST])
        return xlmem_ctx_open_json(ctx, run->global[GLOBAL_HOST]);
    return open_live(ctx, any);
}

bool session_is_live(const cmd_run *run)
{
    return !run->global[GLOBAL_SYSROOT] && !run->global[GLOBAL_HOST] &&
           !cmd_has_machine(run);
}

static int open_any_session(const cmd_run *run, bool any, xlmem_ctx **ctx_r)
{
    xlmem_ctx *ctx;
    int rc = xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL);

    if (rc) {
        cmd_message("%s", xlmem_strerror(rc));
        return rc;
    }
    xlmem_ctx_set_log(ctx, print_message, (void *)(uintptr_t)run);
    rc = open_run_host(run, any, ctx);
    if (rc) {
        xlmem_ctx_free(ctx);
        return rc;
    }
    xlmem_ctx_set_log(ctx, print_message, (void *)(uintptr_t)run);
    *ctx_r = ctx;
    return 0;
}

static int assume_machine(const cmd_run *run, xlmem_host *host_r)
{
    int rc = xlmem_host_assume(&run->machine, host_r);

    if (rc)
        cmd_message("%s", xlmem_strerror(rc));
    return rc;
}

static int take_snapshot(const cmd_run *run, bool any, uint32_t wants,
                         xlmem_host *host_r)
{
    xlmem_ctx *ctx;
    int rc;

    if (cmd_has_machine(run))
        return assume_machine(run, host_r);
    rc = open_any_session(run, any, &ctx);
    if (rc)
        return rc;
    rc = xlmem_snapshot_of(ctx, wants, host_r);
    xlmem_ctx_free(ctx);
    return rc;
}

int session_open(const cmd_run *run, xlmem_ctx **ctx_r)
{
    return open_any_session(run, false, ctx_r);
}

int session_open_any(const cmd_run *run, xlmem_ctx **ctx_r)
{
    return open_any_session(run, true, ctx_r);
}

int session_snapshot(const cmd_run *run, uint32_t wants, xlmem_host *host_r)
{
    return take_snapshot(run, false, wants, host_r);
}

int session_snapshot_any(const cmd_run *run, uint32_t wants,
                         xlmem_host *host_r)
{
    return take_snapshot(run, true, wants, host_r);
}

bool session_take_gaps(void)
{
    const bool gaps = incomplete;

    incomplete = false;
    return gaps;
}

out *session_out(const cmd_run *run)
{
    out_format format = OUT_TABLE;
    out *o;

    if (run->global[GLOBAL_JSON])
        format = OUT_JSON;
    else if (run->global[GLOBAL_KEY_VALUE])
        format = OUT_KV;
    o = out_open(format, stdout);
    if (!o)
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
    else
        OUT_NUM(o, "version", NULL, OUT_COUNT, OUT_SCHEMA_VERSION);
    if (o && run->global[GLOBAL_VERBOSE])
        out_in_kb(o);
    return o;
}

int session_status(int status)
{
    return incomplete && status == EXIT_DONE ? EXIT_FAILED : status;
}

int session_close_out(out *o, int status)
{
    int rc = out_close(o);

    /* What main's last look at stdout will find is said there. */
    if (rc && rc != XLMEM_ERROR_IO)
        cmd_message("%s", xlmem_strerror(rc));
    return rc ? EXIT_FAILED : session_status(status);
}

char *session_line(const cmd_run *run, int *status_r)
{
    static const char name[] = "dom0_mem=";
    size_t len = sizeof(name);
    char *line;
    int i;

    for (i = 0; i < run->argc; i++) {
        len += strlen(run->argv[i]) + 1;
        if (run->argc > 1 && xlmem_is_dom0_mem_value(run->argv[i])) {
            *status_r = cmd_usage(run->spec,
                                  "'%s' is no option of Xen; write "
                                  "'dom0_mem=%s', or quote the whole line",
                                  run->argv[i], run->argv[i]);
            return NULL;
        }
    }
    line = calloc(len, 1);
    if (!line) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        *status_r = EXIT_FAILED;
        return NULL;
    }
    if (run->argc == 1 && xlmem_is_dom0_mem_value(run->argv[0]))
        strcpy(line, name);
    for (i = 0; i < run->argc; i++) {
        strcat(line, i ? " " : "");
        strcat(line, run->argv[i]);
    }
    return line;
}
