/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard doctor: what is wrong with a host's memory, and its cure. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "commands/doctor.h"
#include "commands/picture.h"
#include "input/policy.h"
#include "input/session.h"
#include "output/diagnosis.h"
#include "output/doctor_page.h"
#include "private/guard.h"

#define WATCH_MAX_S 3600
/* Less than a xenstored that is silent takes. */
#define PATIENCE_MS 4000

static void look_init(doctor_look *l)
{
    xlmem_host_init(&l->host);
    xlmem_vitals_init(&l->vitals);
}

static void look_dispose(doctor_look *l)
{
    xlmem_host_dispose(&l->host);
    xlmem_vitals_dispose(&l->vitals);
}

/* Who may keep a domain's memory is looked for where one is dying; Xen's ring
 * is libxl's to read, which asks xenstored first. */
static uint32_t wanted_documents(const xlmem_host *host, bool store_silent)
{
    size_t i;

    if (store_silent)
        return XLMEM_VITALS_ALL & ~(UINT32_C(1) << XLMEM_DOC_RING);
    for (i = 0; i < host->nr_doms; i++)
        if (host->doms[i].dying)
            return XLMEM_VITALS_ALL | XLMEM_VITALS_HOLDERS;
    return XLMEM_VITALS_ALL;
}

/* A connection may be lost, or one answer be wrong, without anything that
 * lasts: another is tried, but where the first has been waited for. */
static int ask_twice(xlmem_ctx *ctx, xlmem_host *host)
{
    const uint32_t wants = XLMEM_WANT_ALL | XLMEM_WANT_LOG;
    const int64_t since_ms = clock_ms();
    int rc = xlmem_snapshot_of(ctx, wants, host);

    if (rc == XLMEM_ERROR_XENSTORE && clock_ms() - since_ms < PATIENCE_MS)
        rc = xlmem_snapshot_of(ctx, wants, host);
    return rc;
}

static int take_reading(const doctor_call *call, xlmem_ctx *ctx,
                        doctor_look *l)
{
    int rc = ask_twice(ctx, &l->host);
    /* Why it is, the rest of the machine may tell. */
    const bool store_silent = rc == XLMEM_ERROR_XENSTORE;

    if (!rc || store_silent)
        rc = xlmem_vitals_read(ctx, wanted_documents(&l->host, store_silent),
                               &l->vitals);
    if (rc)
        return rc;
    l->scene = (xlmem_scene){
        .host = &l->host,
        .policy = &call->policy,
        .vitals = &l->vitals,
        .live = session_is_live(call->run),
        .configured = call->configured,
        .store_silent = store_silent,
    };
    l->scene.autoballoon_known =
        !xlmem_autoballoon(ctx, &l->host, &l->scene.autoballoon);
    return 0;
}

static void wait_seconds(uint64_t seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};

    while (nanosleep(&left, &left))
        ;
}

/* A first reading, and the time to the second. */
static int take_first(doctor_call *call, xlmem_ctx *ctx, uint64_t seconds)
{
    int rc;

    if (!seconds)
        return 0;
    rc = take_reading(call, ctx, &call->before);
    if (!rc)
        wait_seconds(seconds);
    return rc;
}

static void set_before(doctor_call *call)
{
    if (!call->before.scene.vitals)
        return;
    call->now.scene.before = &call->before.scene;
    call->now.scene.apart_ms =
        (uint64_t)(call->now.vitals.now_ms - call->before.vitals.now_ms);
}

/* Those of --only alone. */
static void keep_only(xlmem_findings *found, const char *id)
{
    size_t i, nr = 0;

    for (i = 0; i < found->nr; i++)
        if (!strcmp(found->list[i].id, id))
            found->list[nr++] = found->list[i];
    found->nr = nr;
    found->nr_swallowed = 0;
    for (i = 0; i < nr; i++)
        found->nr_swallowed += found->list[i].swallowed_by != NULL;
    for (i = nr = 0; i < found->nr_unjudged; i++)
        if (!strcmp(found->unjudged[i].id, id))
            found->unjudged[nr++] = found->unjudged[i];
    found->nr_unjudged = nr;
    found->nr_rules = 1;
}

static int check_only(const doctor_call *call, xlmem_ctx *ctx)
{
    const char *only = call->run->value[DOCTOR_ONLY], *id;
    size_t i;

    if (!only)
        return EXIT_DONE;
    for (i = 0; (id = xlmem_diagnosis_id(ctx, i)) != NULL; i++)
        if (!strcmp(id, only))
            return EXIT_DONE;
    return cmd_usage(call->run->spec,
                     "--only: there is no finding '%s'; memguard-findings(7) "
                     "lists them",
                     only);
}

int doctor_look_again(doctor_call *call, xlmem_ctx *ctx)
{
    int rc;

    look_dispose(&call->now);
    look_init(&call->now);
    rc = take_reading(call, ctx, &call->now);
    if (rc)
        return rc;
    set_before(call);
    return xlmem_diagnose(ctx, &call->now.scene, &call->found);
}

static int diagnose(doctor_call *call, xlmem_ctx *ctx, uint64_t seconds)
{
    int rc = policy_look(call->run, ctx, &call->policy, &call->configured,
                         &call->report);

    if (!rc)
        rc = take_first(call, ctx, seconds);
    if (!rc)
        rc = doctor_look_again(call, ctx);
    if (!rc && call->run->value[DOCTOR_ONLY])
        keep_only(&call->found, call->run->value[DOCTOR_ONLY]);
    return rc;
}

int doctor_status(const xlmem_findings *found)
{
    static const int statuses[] = {
        [DIAGNOSIS_HEALTHY] = EXIT_DONE,
        [DIAGNOSIS_ILL] = EXIT_FINDINGS,
        [DIAGNOSIS_UNKNOWN] = EXIT_UNKNOWN,
    };

    return statuses[diagnosis_verdict_of(found)];
}

static int write_doctor_page(FILE *file, const void *what)
{
    const doctor_call *call = what;
    const time_t now = time(NULL);
    char written[64];
    struct tm tm;
    const doctor_page page = {
        .scene = &call->now.scene,
        .found = &call->found,
        .written = call->now.scene.live ? written : NULL,
    };

    if (!gmtime_r(&now, &tm) ||
        !strftime(written, sizeof(written), "%Y-%m-%d %H:%M UTC", &tm))
        written[0] = '\0';
    return doctor_page_write(&page, file);
}

static int report_diagnosis(const doctor_call *call)
{
    const char *html = call->run->value[DOCTOR_HTML];
    const int status =
        html ? picture_write(call->run, html, write_doctor_page, call)
             : EXIT_DONE;
    out *o;

    if (status)
        return status;
    if (picture_is_report(html))
        return session_status(doctor_status(&call->found));
    o = session_out(call->run);
    if (!o)
        return EXIT_FAILED;
    diagnosis_put(o, &call->found, call->run->global[GLOBAL_VERBOSE] != NULL);
    return session_close_out(o, doctor_status(&call->found));
}

static int run_doctor(doctor_call *call)
{
    const cmd_run *run = call->run;
    uint64_t seconds = 0;
    xlmem_ctx *ctx;
    int rc, status = EXIT_DONE;

    if (run->value[DOCTOR_WATCH])
        status = cmd_get_count(run, DOCTOR_WATCH, WATCH_MAX_S, &seconds);
    if (status)
        return status;
    if (seconds && !session_is_live(run))
        return cmd_usage(run->spec, "--watch: a recorded host does not move");
    status = doctor_fix_check(run);
    if (!status)
        status = picture_check(run, "--html", run->value[DOCTOR_HTML]);
    if (status)
        return status;
    rc = session_open_any(run, &ctx);
    if (rc)
        return cmd_failed(rc);
    status = check_only(call, ctx);
    if (!status) {
        rc = diagnose(call, ctx, seconds);
        if (rc)
            status = cmd_failed(rc);
        else
            status = run->value[DOCTOR_FIX] ? doctor_fix(call, ctx)
                                            : report_diagnosis(call);
    }
    xlmem_ctx_free(ctx);
    return status;
}

int cmd_doctor(const cmd_run *run)
{
    doctor_call *call = calloc(1, sizeof(*call));
    int status;

    if (!call) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    call->run = run;
    look_init(&call->now);
    look_init(&call->before);
    status = run_doctor(call);
    look_dispose(&call->now);
    look_dispose(&call->before);
    free(call);
    return status;
}
