/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl-memguard doctor --fix: the remedies of what was found, one at a time.
 *
 *     read and judge -> plan -> the first that was not tried
 *           ^                         |
 *           '---- carry out, <--------'     measured by the next reading
 *
 * So each is decided by what the one before it has left.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor.h"
#include "input/session.h"
#include "output/diagnosis.h"
#include "output/finding.h"
#include "output/treatment.h"

typedef struct fixing {
    doctor_call *call;
    xlmem_ctx *ctx;
    xlmem_remedy_scope scope;
    xlmem_remedies plan;
    size_t nr;
    treatment done[XLMEM_REMEDIES_MAX];
} fixing;

/* --------------------------------------------------------- what is asked - */

int doctor_fix_check(const cmd_run *run)
{
    if (run->argc && !run->value[DOCTOR_FIX])
        return cmd_usage(run->spec, "an ID needs --fix; to be shown one, "
                                    "--only ID");
    if (!run->value[DOCTOR_FIX])
        return EXIT_DONE;
    if (run->value[DOCTOR_ONLY])
        return cmd_usage(run->spec, "--fix takes IDs itself; --only shows");
    if (run->value[DOCTOR_HTML])
        return cmd_usage(run->spec, "--html shows what is found: call it "
                                    "before or after --fix");
    if (run->global[GLOBAL_DRY_RUN])
        return EXIT_DONE;
    if (!session_is_live(run))
        return cmd_usage(run->spec, "a recorded host stays as it is; -N shows "
                                    "what would be done");
    if (!geteuid())
        return EXIT_DONE;
    cmd_message("doctor --fix changes this machine: run it as root; -N shows "
                "what it would do");
    return EXIT_FAILED;
}

/* "ID" or "ID:DOMAIN" */
static bool names_id(const char *asked, const char *id)
{
    const size_t len = strcspn(asked, ":");

    return strlen(id) == len && !strncmp(asked, id, len);
}

static bool is_finding(xlmem_ctx *ctx, const char *asked)
{
    const char *id;
    size_t i;

    for (i = 0; (id = xlmem_diagnosis_id(ctx, i)) != NULL; i++)
        if (names_id(asked, id))
            return true;
    return false;
}

static int check_ids(const fixing *f)
{
    size_t i;

    for (i = 0; i < f->scope.nr; i++)
        if (!is_finding(f->ctx, f->scope.asked[i]))
            return cmd_usage(f->call->run->spec,
                             "--fix: there is no finding '%s'; "
                             "memguard-findings(7) lists them",
                             f->scope.asked[i]);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- do it -- */

static bool was_tried(const fixing *f, const xlmem_remedy *remedy)
{
    size_t i;

    for (i = 0; i < f->nr; i++)
        if (f->done[i].remedy.kind == remedy->kind &&
            f->done[i].remedy.at == remedy->at &&
            !strcmp(f->done[i].remedy.id, remedy->id))
            return true;
    return false;
}

static treatment *note(fixing *f, const xlmem_remedy *remedy,
                       treatment_result result)
{
    treatment *t = &f->done[f->nr++];

    *t = (treatment){.remedy = *remedy, .result = result};
    snprintf(t->why, sizeof(t->why), "%s", remedy->refusal);
    return t;
}

static int plan_again(fixing *f)
{
    xlmem_remedy_past_read(f->ctx, &f->scope.past);
    return xlmem_remedies_plan(f->ctx, &f->call->now.scene, &f->call->found,
                               &f->scope, &f->plan);
}

/* What can be done; @none: what was asked for and cannot be. */
static const xlmem_remedy *next_remedy(const fixing *f, bool none)
{
    size_t i;

    for (i = 0; i < f->plan.nr && f->nr < XLMEM_REMEDIES_MAX; i++)
        if ((f->plan.list[i].kind == XLMEM_REMEDY_NONE) == none &&
            !was_tried(f, &f->plan.list[i]))
            return &f->plan.list[i];
    return NULL;
}

static bool reaches(const xlmem_remedy *remedy, uint64_t value)
{
    return !remedy->goal ||
           (remedy->less ? value <= remedy->goal : value >= remedy->goal);
}

static treatment_result judge_change(const xlmem_findings *found,
                                     const treatment *t)
{
    const xlmem_remedy *remedy = &t->remedy;
    const bool rose = t->after > remedy->before;
    const uint64_t change =
        rose ? t->after - remedy->before : remedy->before - t->after;
    const xlmem_finding *again = treatment_finding(found, remedy);
    const bool gone = !again || again->severity <= XLMEM_SEV_NOTE;

    if (!t->after_known || !change || rose == remedy->less)
        return TREATMENT_NO_BETTER;
    if (gone && reaches(remedy, t->after))
        return TREATMENT_CURED;
    return change >= remedy->least ? TREATMENT_BETTER : TREATMENT_NO_BETTER;
}

/* What is done to all nodes at once is done for each of them. */
static void note_with(fixing *f, const xlmem_remedy *remedy)
{
    const xlmem_remedy *other;
    size_t i;

    note(f, remedy, TREATMENT_FAILED);
    for (i = 0; i < f->plan.nr && remedy->everywhere; i++) {
        other = &f->plan.list[i];
        if (other->kind == remedy->kind && !other->refusal[0] &&
            !was_tried(f, other) && f->nr < XLMEM_REMEDIES_MAX)
            note(f, other, TREATMENT_FAILED);
    }
}

void doctor_measure(const doctor_call *call, xlmem_ctx *ctx, treatment *t)
{
    t->after_known =
        !xlmem_remedy_measure(ctx, &call->now.scene, &t->remedy, &t->after);
    if (!t->rc)
        t->result = judge_change(&call->found, t);
    else if (xlmem_is_refusal(t->rc) && t->rc != XLMEM_ERROR_TIMEDOUT)
        t->result = TREATMENT_REFUSED;
}

static int treat(fixing *f, const xlmem_remedy *remedy)
{
    const size_t first = f->nr;
    treatment *t = &f->done[first];
    size_t i;
    int rc;

    note_with(f, remedy);
    t->rc = xlmem_remedy_carry_out(f->ctx, &f->call->policy, &t->remedy,
                                   t->why, sizeof(t->why));
    if (t->rc && !t->why[0])
        snprintf(t->why, sizeof(t->why), "%s", xlmem_strerror(t->rc));
    for (i = first + 1; i < f->nr; i++) {
        f->done[i].rc = t->rc;
        memcpy(f->done[i].why, t->why, sizeof(t->why));
    }
    rc = doctor_look_again(f->call, f->ctx);
    for (i = first; !rc && i < f->nr; i++)
        doctor_measure(f->call, f->ctx, &f->done[i]);
    return rc;
}

static int treat_all(fixing *f)
{
    const xlmem_remedy *remedy;
    int rc = 0;

    while (!rc && (remedy = next_remedy(f, false)) != NULL) {
        if (remedy->refusal[0]) {
            note(f, remedy, TREATMENT_REFUSED);
            continue;
        }
        rc = treat(f, remedy);
        if (!rc)
            rc = plan_again(f);
    }
    return rc;
}

static void note_all(fixing *f)
{
    const xlmem_remedy *remedy;

    while ((remedy = next_remedy(f, false)) != NULL)
        note(f, remedy,
             remedy->refusal[0] ? TREATMENT_REFUSED : TREATMENT_WOULD);
}

static int fix_all(fixing *f)
{
    const xlmem_remedy *remedy;
    int rc = plan_again(f);

    while (!rc && (remedy = next_remedy(f, true)) != NULL)
        note(f, remedy, TREATMENT_REFUSED);
    if (!rc && f->call->run->global[GLOBAL_DRY_RUN])
        note_all(f);
    else if (!rc)
        rc = treat_all(f);
    return rc;
}

static int report_fixes(const fixing *f)
{
    const cmd_run *run = f->call->run;
    const xlmem_findings *found = &f->call->found;
    const int status = doctor_status(found);
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    treatment_put(o, f->done, f->nr, run->global[GLOBAL_DRY_RUN] != NULL);
    finding_put_lost(o, "fixes", f->plan.nr_lost);
    diagnosis_put(o, found, run->global[GLOBAL_VERBOSE] != NULL);
    return session_close_out(o, treatment_status(f->done, f->nr, status));
}

/* The host could not be read again: what was done to it is said all the same.
 */
static int report_done(const fixing *f, int status)
{
    const cmd_run *run = f->call->run;
    out *o = f->nr ? session_out(run) : NULL;

    if (!o)
        return status;
    treatment_put(o, f->done, f->nr, run->global[GLOBAL_DRY_RUN] != NULL);
    finding_put_lost(o, "fixes", f->plan.nr_lost);
    return session_close_out(o, status);
}

int doctor_fix(doctor_call *call, xlmem_ctx *ctx)
{
    fixing *f = calloc(1, sizeof(*f));
    int rc, status;

    if (!f) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    f->call = call;
    f->ctx = ctx;
    f->scope.nr = (size_t)call->run->argc;
    f->scope.asked = (const char *const *)call->run->argv;
    status = check_ids(f);
    if (!status) {
        rc = fix_all(f);
        status = rc ? report_done(f, cmd_failed(rc)) : report_fixes(f);
    }
    free(f);
    return status;
}
