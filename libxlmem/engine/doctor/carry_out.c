/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Remedies, carried out.  What is decided is in model/doctor/remedy.h, which
 * this does not see: it is told what to do.  Targets and maxima go through the
 * guard's actuator, under its lock; the rest are files of the kernel's, and
 * xl.conf.
 *
 * Compaction and dropped caches are not for every minute: when they were done
 * is kept in two files of /run, on the clock of all processes, until the next
 * boot.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/xl_conf.h"
#include "engine/facts/documents.h"
#include "engine/facts/snapshot.h"
#include "engine/guard/targets.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/plan.h"
#include "model/units.h"
#include "private/dom0.h"
#include "private/remedy.h"

#define COMPACTED "run/xlmem/compacted"
#define DROPPED "run/xlmem/dropped"
#define VM "proc/sys/vm/"
#define MEMORY "sys/devices/system/memory"
#define XL_CONF_FILE "etc/xen/xl.conf"

typedef struct cure_op {
    xlmem_ctx *ctx;
    const xlmem_policy *policy;
    const xlmem_remedy *remedy;
    char *err;
    size_t err_len;
} cure_op;

static int say_cure(const cure_op *op, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int say_cure(const cure_op *op, int rc, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(op->err, op->err_len, fmt, ap);
    va_end(ap);
    return rc;
}

static int cannot(const cure_op *op)
{
    return say_cure(op, XLMEM_ERROR_UNSUPPORTED,
                    "nothing can be changed here");
}

/* --------------------------------------------------------- the kernel --- */

static int write_setting(const cure_op *op, const char *path,
                         const char *value)
{
    const xlmem_backend *backend = op->ctx->backend;

    if (!backend->write_setting)
        return cannot(op);
    xlmem__log(op->ctx, XLMEM__INFO, "writing %s to /%s", value, path);
    return backend->write_setting(op->ctx->backend_user, path, value, op->err,
                                  op->err_len);
}

/* One that cannot be kept is done again too early, at worst. */
static void keep_when(const cure_op *op, const char *path)
{
    const xlmem_backend *backend = op->ctx->backend;
    char text[32], err[XLMEM__ERR_MAX] = "";

    if (!backend->replace_file || !backend->now_ms)
        return;
    snprintf(text, sizeof(text), "%" PRId64 "\n", xlmem__clock_ms(op->ctx));
    if (backend->replace_file(op->ctx->backend_user, path, text, strlen(text),
                              err, sizeof(err)))
        xlmem__log(op->ctx, XLMEM__WARN, "%s", err);
}

static int compact(const cure_op *op)
{
    int rc = write_setting(op, VM "compact_memory", "1");

    if (!rc)
        keep_when(op, COMPACTED);
    return rc;
}

/* What still waits to be written stays in memory, and whoever waits for the
 * medium already would wait longer: a twentieth of memory, as the rules have
 * it.  Where that is not known nothing is dropped. */
static int check_written(const cure_op *op)
{
    xlmem_vitals *vitals = malloc(sizeof(*vitals));
    uint64_t dirty_kb, total_kb;
    bool known;

    if (!vitals)
        return say_cure(op, XLMEM_ERROR_NOMEM, "out of memory");
    xlmem_vitals_init(vitals);
    known = !xlmem__vitals_whole(op->ctx, UINT32_C(1) << XLMEM_DOC_MEMINFO,
                                 vitals) &&
            XLMEM_KNOWS(&vitals->mem, mem_total_kb) &&
            XLMEM_KNOWS(&vitals->mem, dirty_kb) &&
            XLMEM_KNOWS(&vitals->mem, writeback_kb);
    dirty_kb = xlmem__add_sat(vitals->mem.dirty_kb, vitals->mem.writeback_kb);
    total_kb = vitals->mem.mem_total_kb;
    xlmem_vitals_dispose(vitals);
    free(vitals);
    if (!known)
        return say_cure(op, XLMEM_ERROR_UNSUPPORTED,
                        "the caches are kept: /proc/meminfo does not say "
                        "what waits to be written");
    if (dirty_kb <= total_kb / 20)
        return 0;
    return say_cure(op, XLMEM_ERROR_INFEASIBLE,
                    "%" PRIu64 " MiB wait to be written even after sync: "
                    "somebody writes without end",
                    dirty_kb / XLMEM__MIB_KB);
}

static int drop_caches(const cure_op *op)
{
    const xlmem_backend *backend = op->ctx->backend;
    int rc = backend->sync_files ? backend->sync_files(op->ctx->backend_user,
                                                       op->err, op->err_len)
                                 : cannot(op);

    if (!rc)
        rc = check_written(op);
    if (!rc)
        rc = write_setting(op, VM "drop_caches", "3");
    if (rc)
        return rc;
    keep_when(op, DROPPED);
    return compact(op);
}

static bool is_offline(const cure_op *op, const char *path)
{
    size_t len;
    char *text;
    bool offline;

    if (xlmem__read_document(op->ctx, path, &text, &len))
        return false;
    offline = len >= 7 && !memcmp(text, "offline", 7);
    free(text);
    return offline;
}

/* A block that does not come stands in no other's way. */
static int bring_blocks_online(const cure_op *op, char **names, size_t nr)
{
    size_t i, tried = 0, failed = 0;
    char path[128], err[XLMEM__ERR_MAX];
    int rc = 0, r;

    for (i = 0; i < nr; i++) {
        if (strncmp(names[i], "memory", 6) != 0 || strlen(names[i]) > 32)
            continue;
        snprintf(path, sizeof(path), MEMORY "/%s/state", names[i]);
        if (!is_offline(op, path))
            continue;
        tried++;
        r = write_setting(op, path, "online");
        if (!r)
            continue;
        failed++;
        rc = r;
    }
    if (!failed)
        return 0;
    snprintf(err, sizeof(err), "%s", op->err);
    return say_cure(op, failed == tried ? rc : 0,
                    "%zu of %zu blocks stay offline: %s", failed, tried, err);
}

static int online(const cure_op *op)
{
    char **names;
    size_t nr;
    int rc = xlmem__list_documents(op->ctx, MEMORY, &names, &nr);

    if (rc)
        return say_cure(op, rc, "/" MEMORY ": %s", xlmem_strerror(rc));
    rc = bring_blocks_online(op, names, nr);
    xlmem__free_list(names, nr);
    return rc;
}

/* ---------------------------------------------------------------- dom0 --- */

static int move_dom0(const cure_op *op, uint64_t size_kb,
                     xlmem_dom0_move *move)
{
    xlmem_dom0_request request = {.known = 0};
    xlmem_policy policy = *op->policy;
    int rc;

    policy.dom0_reserve_kb =
        xlmem__min(policy.dom0_reserve_kb, XLMEM_REMEDY_RESERVE_KB);
    XLMEM_SET(&request, size_kb, size_kb);
    rc = xlmem_dom0_set(op->ctx, &policy, &request, move);
    if (rc && move->nr_reasons)
        return say_cure(op, rc, "%s",
                        move->reasons[move->nr_reasons - 1].text);
    return rc ? say_cure(op, rc, "%s", xlmem_strerror(rc)) : 0;
}

static int give_size(const cure_op *op, uint64_t size_kb)
{
    xlmem_dom0_move *move = calloc(1, sizeof(*move));
    int rc;

    if (!move)
        return say_cure(op, XLMEM_ERROR_NOMEM, "out of memory");
    rc = move_dom0(op, size_kb, move);
    free(move);
    return rc;
}

/* The next size on the way: what its kernel adds it pays for before, out of
 * what is left, and therefore gets in single sections. */
static uint64_t next_size(const xlmem_remedy *remedy, uint64_t at_kb)
{
    const uint64_t step_kb = xlmem__add_sat(at_kb, XLMEM_DOM0_SECTION_KB);

    return xlmem__min(remedy->to_kb, xlmem__max(remedy->reach_kb, step_kb));
}

static int resize(const cure_op *op)
{
    uint64_t at_kb = op->remedy->from_kb;
    int rc;

    if (op->remedy->to_kb <= at_kb)
        return give_size(op, op->remedy->to_kb);
    do {
        const uint64_t next_kb = next_size(op->remedy, at_kb);

        rc = give_size(op, next_kb);
        if (!rc)
            at_kb = next_kb;
    } while (!rc && at_kb < op->remedy->to_kb);
    /* What it has got by then is measured, and why it is not all is said. */
    return at_kb > op->remedy->from_kb ? 0 : rc;
}

/* --------------------------------------------------------------- sizes --- */

/* As it was decided for, or not touched. */
static bool is_as_decided(const xlmem_dom *dom, const xlmem_remedy *remedy)
{
    const uint64_t low_kb =
        remedy->ceiling ? dom->maxmem_kb : dom->static_max_kb;

    return dom->target_kb == remedy->goal && low_kb == remedy->from_kb;
}

/* What it may take then is promised to it: is there so much, of what nobody
 * else was promised since it was decided? */
static int may_promise(const cure_op *op, const xlmem_dom *dom)
{
    const uint64_t more_kb = xlmem__ceiling_rise_kb(dom, op->remedy->to_kb);
    xlmem__books books = {.uuid = NULL};
    xlmem_account account;
    int rc;

    if (!more_kb)
        return 0;
    rc = xlmem__books_read(op->ctx, NULL, NULL, &books);
    if (!rc)
        rc = xlmem__books_ask_guests(op->ctx, &books);
    if (!rc)
        rc = xlmem_account_of(&books.host, op->policy, &account);
    xlmem__books_dispose(&books);
    if (rc)
        return say_cure(op, rc, "%s", xlmem_strerror(rc));
    return more_kb <= account.usable_kb
               ? 0
               : say_cure(op, XLMEM_ERROR_NO_HEADROOM,
                          "it would take %" PRIu64 " kB more, and %" PRIu64
                          " kB are usable now",
                          more_kb, account.usable_kb);
}

static int set_sizes_locked(const cure_op *op, const xlmem_host *host)
{
    const xlmem_remedy *remedy = op->remedy;
    const xlmem_dom *dom = xlmem_host_find_dom(host, remedy->at);
    xlmem_plan plan = {.nr_steps = 0};
    const xlmem_step step = {
        .from_kb = remedy->ceiling ? remedy->to_kb : remedy->from_kb,
        .to_kb = remedy->to_kb,
        .domid = (uint32_t)remedy->at,
        .action = remedy->ceiling ? XLMEM_STEP_TARGET : XLMEM_STEP_MAXIMUM,
        .author = XLMEM_AUTHOR_ADMIN,
        .why = XLMEM_WHY_ASKED,
    };
    int rc;

    if (!dom || !is_as_decided(dom, remedy))
        return say_cure(op, XLMEM_ERROR_STALE,
                        "its sizes have been changed meanwhile");
    rc = may_promise(op, dom);
    if (rc)
        return rc;
    xlmem__plan_add(&plan, &step);
    rc = xlmem__steps_take(op->ctx, &plan, 0);
    return rc ? say_cure(op, rc, "%s", xlmem_strerror(rc)) : 0;
}

static int set_sizes(const cure_op *op)
{
    xlmem_host host;
    int rc;

    if (!op->ctx->backend->ledger_lock)
        return cannot(op);
    rc = xlmem__guard_lock(op->ctx);
    if (rc)
        return say_cure(op, rc, "the decision lock: %s", xlmem_strerror(rc));
    xlmem_host_init(&host);
    rc = xlmem__snapshot_whole(op->ctx, XLMEM_WANT_ALL, &host);
    rc = rc ? say_cure(op, rc, "%s", xlmem_strerror(rc))
            : set_sizes_locked(op, &host);
    xlmem__guard_unlock(op->ctx);
    xlmem_host_dispose(&host);
    return rc;
}

/* ------------------------------------------------------------- xl.conf --- */

static int replace_conf(const cure_op *op, xlmem__str old)
{
    const xlmem_backend *backend = op->ctx->backend;
    size_t len, line;
    char *text;
    int rc = xlmem__xl_conf_end_autoballoon(old, &text, &len, &line);

    if (rc)
        return say_cure(op, rc, "/" XL_CONF_FILE ": line %zu: %s", line,
                        xlmem_strerror(rc));
    rc = backend->replace_file
             ? backend->replace_file(op->ctx->backend_user, XL_CONF_FILE, text,
                                     len, op->err, op->err_len)
             : cannot(op);
    free(text);
    return rc;
}

static int end_autoballoon(const cure_op *op)
{
    char *buf = NULL;
    size_t len = 0;
    int rc = xlmem__read_document(op->ctx, XL_CONF_FILE, &buf, &len);

    if (rc && rc != XLMEM_ERROR_NOTFOUND)
        return say_cure(op, rc, "/" XL_CONF_FILE ": %s", xlmem_strerror(rc));
    rc = replace_conf(op, (xlmem__str){buf, rc ? 0 : len});
    free(buf);
    return rc;
}

/* ------------------------------------------------------------------------ */

static int carry_out(const cure_op *op)
{
    switch (op->remedy->kind) {
    case XLMEM_REMEDY_NONE:
        break;
    case XLMEM_REMEDY_COMPACT:
        return compact(op);
    case XLMEM_REMEDY_DROP:
        return drop_caches(op);
    case XLMEM_REMEDY_ONLINE:
        return online(op);
    case XLMEM_REMEDY_TAKE_BACK:
    case XLMEM_REMEDY_GROW:
    case XLMEM_REMEDY_WAKE:
        return resize(op);
    case XLMEM_REMEDY_SIZES:
        return set_sizes(op);
    case XLMEM_REMEDY_XL_CONF:
        return end_autoballoon(op);
    }
    return say_cure(op, XLMEM_ERROR_INVAL, "there is no such remedy");
}

int xlmem_remedy_carry_out(xlmem_ctx *ctx, const xlmem_policy *policy,
                           const xlmem_remedy *remedy, char *err,
                           size_t err_len)
{
    const cure_op op = {ctx, policy, remedy, err, err_len};

    if (err_len)
        err[0] = '\0';
    if (!ctx->backend || !ctx->backend->write_setting)
        return cannot(&op);
    if (remedy->refusal[0])
        return say_cure(&op, XLMEM_ERROR_INVAL, "%s", remedy->refusal);
    return carry_out(&op);
}

static bool read_when(xlmem_ctx *ctx, const char *path, uint64_t *ms_r)
{
    size_t len;
    char *buf;
    bool ok;

    if (xlmem__read_document(ctx, path, &buf, &len))
        return false;
    if (len && buf[len - 1] == '\n')
        len--;
    ok = !xlmem__number_all((xlmem__str){buf, len}, 10, ms_r);
    free(buf);
    return ok;
}

void xlmem_remedy_past_read(xlmem_ctx *ctx, xlmem_remedy_past *past_r)
{
    uint64_t ms;

    *past_r = (xlmem_remedy_past){.known = 0};
    if (read_when(ctx, COMPACTED, &ms))
        XLMEM_SET(past_r, compacted_ms, ms);
    if (read_when(ctx, DROPPED, &ms))
        XLMEM_SET(past_r, dropped_ms, ms);
}
