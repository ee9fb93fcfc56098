/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard metrics: a host as numbers that Prometheus keeps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boot/record.h"
#include "clock.h"
#include "commands/guarding.h"
#include "commands/textfile.h"
#include "input/policy.h"
#include "input/session.h"
#include "metrics/metrics.h"

/* Where whoever writes a text file keeps what he saw of balloons. */
#define SIGHTS_FILE "/run/xlmem/balloons"

/* Everything of one call. */
typedef struct metrics_call {
    const cmd_run *run;
    exposition_format format;
    xlmem_host host;
    xlmem_policy policy;
    xlmem_policy_report report;
    xlmem_account account;
    xlmem_vitals vitals;
    xlmem_findings found;
    xlmem_fragmentation fragmentation[XLMEM_NR_ORDERS];
    xlmem_admissions admissions;
    xlmem_moves moves;
    guarding guarding;
    balloon_state *balloons; /* owned */
    balloon_sights sights;   /* owned */
    bool *named;             /* owned */
    metrics_scene scene;
} metrics_call;

static void call_init(metrics_call *call, const cmd_run *run)
{
    call->run = run;
    xlmem_host_init(&call->host);
    xlmem_policy_init(&call->policy);
    xlmem_vitals_init(&call->vitals);
}

static void call_dispose(metrics_call *call)
{
    xlmem_host_dispose(&call->host);
    xlmem_vitals_dispose(&call->vitals);
    guarding_dispose(&call->guarding);
    free(call->balloons);
    free(call->sights.list);
    free(call->named);
}

/* ----------------------------------------------------------- reading --- */

static int read_facts(metrics_call *call, xlmem_ctx *ctx)
{
    const bool live = session_is_live(call->run);
    bool configured = false;
    int rc =
        policy_look(call->run, ctx, &call->policy, &configured, &call->report);

    if (!rc)
        rc = xlmem_snapshot_of(ctx, XLMEM_WANT_ALL | XLMEM_WANT_LOG,
                               &call->host);
    if (!rc)
        rc = xlmem_vitals_read(
            ctx, live ? XLMEM_VITALS_LIVE : XLMEM_VITALS_ALL, &call->vitals);
    if (!rc)
        rc = guarding_find(call->run, ctx, &call->guarding);
    if (!rc && live && !configured)
        call->policy.mode = XLMEM_MODE_OFF;
    call->scene.live = live;
    call->scene.mode_known = live || configured;
    return rc;
}

/* The doctor's, by what the doctor would be told. */
static int diagnose_facts(metrics_call *call, xlmem_ctx *ctx)
{
    xlmem_scene scene = {
        .host = &call->host,
        .policy = &call->policy,
        .vitals = &call->vitals,
        .live = call->scene.live,
        .configured = call->scene.mode_known,
    };
    unsigned order;
    int rc = 0;

    scene.autoballoon_known =
        !xlmem_autoballoon(ctx, &call->host, &scene.autoballoon);
    for (order = 0; order < XLMEM_NR_ORDERS && !rc; order++)
        rc = xlmem_fragmentation_of(ctx, &call->vitals, order,
                                    &call->fragmentation[order]);
    return rc ? rc : xlmem_diagnose(ctx, &scene, &call->found);
}

/* When a recorded host was read its own clocks say. */
static void set_time(metrics_call *call)
{
    const xlmem_vitals_load *load = &call->vitals.load;
    metrics_scene *scene = &call->scene;

    scene->timed = scene->live ||
                   (XLMEM_KNOWS(load, boot_s) && XLMEM_KNOWS(load, uptime_ms));
    scene->timestamp_s = scene->live ? (uint64_t)time(NULL)
                                     : load->boot_s + load->uptime_ms / 1000;
}

static void set_boot(metrics_scene *scene)
{
    boot_record record;
    boot_tree tree;
    boot_msg msg = {.text = ""};

    if (!scene->live || boot_tree_open("/", &tree, &msg))
        return;
    scene->boot_known = boot_record_read(&tree, &record);
    scene->boot_matches = scene->boot_known && record.matches;
    boot_tree_close(&tree);
}

/* What was seen of balloons before is of this boot of this machine. */
static int see_balloons(metrics_call *call)
{
    balloon_sights before = {.nr = 0};
    FILE *file = call->scene.live ? fopen(SIGHTS_FILE, "re") : NULL;
    int rc;

    if (file) {
        balloons_read(file, &before);
        fclose(file);
    }
    rc = balloons_see(&call->host, &before, clock_boot_ms(), &call->balloons,
                      &call->sights);
    free(before.list);
    return rc;
}

static void set_scene(metrics_call *call)
{
    metrics_scene *scene = &call->scene;

    scene->host = &call->host;
    scene->policy = &call->policy;
    scene->vitals = &call->vitals;
    scene->found = &call->found;
    scene->fragmentation = call->fragmentation;
    scene->guarded = call->guarding.list;
    scene->nr_guarded = call->guarding.nr;
    scene->balloons = call->balloons;
    scene->named = call->named;
    scene->domains = !call->run->value[METRICS_NO_DOMAINS];
    if (!xlmem_account_of(&call->host, &call->policy, &call->account))
        scene->account = &call->account;
    if (scene->live && !xlmem_admissions_read(NULL, &call->admissions))
        scene->admissions = &call->admissions;
    if (scene->live && !xlmem_moves_read(NULL, &call->moves))
        scene->moves = &call->moves;
    set_time(call);
    set_boot(scene);
}

static int read_scene(metrics_call *call)
{
    xlmem_ctx *ctx;
    int rc = session_open(call->run, &ctx);

    if (rc)
        return rc;
    rc = read_facts(call, ctx);
    if (!rc)
        rc = diagnose_facts(call, ctx);
    xlmem_ctx_free(ctx);
    if (!rc)
        rc = see_balloons(call);
    if (!rc)
        rc = metrics_named(&call->host, &call->named);
    if (rc == XLMEM_ERROR_NOMEM)
        cmd_message("%s", xlmem_strerror(rc));
    if (!rc)
        set_scene(call);
    return rc;
}

/* ----------------------------------------------------------- writing --- */

static int write_textfile(const metrics_call *call, const char *path)
{
    textfile file;
    int status = textfile_begin(&file, call->run, path);

    if (status || !file.stream)
        return status;
    metrics_write(&call->scene, call->format, file.stream);
    return textfile_end(&file);
}

/* Of use to the next one only, who does without as well. */
static void keep_sights(const metrics_call *call)
{
    atomic_file file = {.stream = NULL};

    if (!call->scene.live || call->run->global[GLOBAL_DRY_RUN] ||
        !atomic_replace(&file, SIGHTS_FILE, 0644))
        return;
    balloons_write(&call->sights, file.stream);
    (void)atomic_commit(&file);
}

static int write_metrics(const metrics_call *call)
{
    const char *path = call->run->value[METRICS_TEXTFILE];
    int status;

    if (!path) {
        metrics_write(&call->scene, call->format, stdout);
        return session_status(EXIT_DONE);
    }
    status = write_textfile(call, path);
    if (!status)
        keep_sights(call);
    return status;
}

static int parse_call(metrics_call *call)
{
    const cmd_run *run = call->run;
    const char *format = run->value[METRICS_FORMAT];

    if (run->global[GLOBAL_JSON] || run->global[GLOBAL_KEY_VALUE])
        return cmd_usage(run->spec, "metrics have a form of their own; "
                                    "'status -j' has the same facts");
    if (format && !strcmp(format, "openmetrics"))
        call->format = EXPOSITION_OPENMETRICS;
    else if (format && strcmp(format, "prometheus"))
        return cmd_usage(run->spec,
                         "--format: '%s' is neither prometheus nor "
                         "openmetrics",
                         format);
    return EXIT_DONE;
}

int cmd_metrics(const cmd_run *run)
{
    metrics_call *call = calloc(1, sizeof(*call));
    int status, rc;

    if (!call) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    call_init(call, run);
    status = parse_call(call);
    if (!status) {
        rc = read_scene(call);
        status = rc ? cmd_failed(rc) : write_metrics(call);
    }
    call_dispose(call);
    free(call);
    return status;
}
