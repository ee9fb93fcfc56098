/* SPDX-License-Identifier: LGPL-2.1-only */
/* A libxlmem.so that decides as it is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes.h"

#include "private/layout.h"

#define FLOOR_KB (1 << 20)

/* A level of an xlmem_log_fn. */
#define LOG_WARN 2

extern fake_xlmem fake_xlmem_state;
__attribute__((visibility("default"))) fake_xlmem fake_xlmem_state;

struct xlmem_ctx {
    xlmem_log_fn *log;
    void *user;
};

struct xlmem_hold {
    int nothing;
};

static xlmem_hold *make_hold(void)
{
    fake_xlmem_state.holds++;
    return calloc(1, sizeof(xlmem_hold));
}

const char *xlmem_version(void)
{
    return XLMEM_VERSION;
}

const char *xlmem_strerror(int rc)
{
    return rc ? "an error" : "success";
}

bool xlmem_is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE ||
           rc == XLMEM_ERROR_TIMEDOUT;
}

const char *xlmem_format_mib(char *buf, size_t len, uint64_t kb)
{
    snprintf(buf, len, "%llu.0 MiB", (unsigned long long)kb / 1024);
    return buf;
}

const char *xlmem_verdict_line(const xlmem_verdict *verdict, const char *name,
                               char *buf, size_t len)
{
    (void)verdict;
    snprintf(buf, len, "%s does not fit", name);
    return buf;
}

const char *xlmem_plan_line(const xlmem_verdict *verdict,
                            const xlmem_host *host, const char *name,
                            char *buf, size_t len)
{
    snprintf(buf, len, "%zu steps, %zu domains, \"%s\" and \"%s\", for %s",
             verdict->plan.nr_steps, host->nr_doms,
             host->doms[0].name ? host->doms[0].name : "",
             host->nr_doms > 1 ? host->doms[1].name : "", name);
    return buf;
}

static xlmem_reservation reservations[8] = {
    {.uuid = "11111111-0000-4000-8000-000000000001"},
    {.uuid = "22222222-0000-4000-8000-000000000002"},
};

int xlmem_advise(const xlmem_host *host, const xlmem_policy *policy,
                 const xlmem_question *question, xlmem_advice *advice_r)
{
    (void)policy;
    fake_xlmem_state.others = host->nr_reservations;
    memset(advice_r, 0, sizeof(*advice_r));
    XLMEM_SET(advice_r, wait_kb, question->need_kb);
    return 0;
}

bool xlmem_advice_line(const xlmem_advice *advice, const xlmem_host *host,
                       size_t n, char *buf, size_t len)
{
    (void)host;
    if (n || !XLMEM_KNOWS(advice, wait_kb))
        return false;
    snprintf(buf, len, "Wait: " FAKE_ADVICE);
    return true;
}

int xlmem_domu_read_files(xlmem_domu *domu)
{
    (void)domu;
    return XLMEM_ERROR_NOTFOUND;
}

int xlmem_ctx_alloc(xlmem_ctx **ctx_r, unsigned api_version,
                    struct xentoollog_logger *lg)
{
    (void)api_version;
    (void)lg;
    *ctx_r = calloc(1, sizeof(**ctx_r));
    fake_xlmem_state.contexts++;
    return 0;
}

void xlmem_ctx_free(xlmem_ctx *ctx)
{
    fake_xlmem_state.contexts--;
    free(ctx);
}

void xlmem_ctx_set_log(xlmem_ctx *ctx, xlmem_log_fn *fn, void *user)
{
    ctx->log = fn;
    ctx->user = user;
}

int xlmem_ctx_open_live(xlmem_ctx *ctx)
{
    (void)ctx;
    return fake_xlmem_state.open_result;
}

bool xlmem_layout_is(const uint32_t *sizes, size_t nr)
{
    static const uint32_t ours[] = XLMEM_LAYOUT;

    return nr == sizeof(ours) / sizeof(ours[0]) &&
           !memcmp(sizes, ours, sizeof(ours));
}

const char *xlmem_problem_line(const xlmem_policy_problem *problem, char *buf,
                               size_t len)
{
    snprintf(buf, len, "%s: line %zu: %s", problem->file, problem->line,
             problem->text);
    return buf;
}

int xlmem_policy_find(const char *root, xlmem_policy *policy_r,
                      xlmem_policy_report *report_r)
{
    (void)root;
    report_r->nr = 0;
    *policy_r = fake_xlmem_state.policy;
    return 0;
}

int xlmem_domu_from_json(const char *json, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len)
{
    (void)err;
    (void)err_len;
    const char *uuid = strstr(json, "\"uuid\": \"");
    const char *need = strstr(json, "\"need\": ");

    (void)len;
    memset(domu_r, 0, sizeof(*domu_r));
    snprintf(domu_r->uuid, sizeof(domu_r->uuid), "%.36s",
             uuid ? uuid + 9 : json);
    if (need)
        need += 8;
    else if ((need = strstr(json, "\"target_memkb\": ")))
        need += 16;
    else if (strlen(json) > 37)
        need = json + 37;
    XLMEM_SET(&domu_r->request, memory_kb,
              need ? strtoull(need, NULL, 10) : FAKE_NEED_KB);
    return 0;
}

int xlmem_domu_opt_in(xlmem_domu *domu, const char *const *list, size_t nr,
                      char *err, size_t err_len)
{
    fake_xlmem *f = &fake_xlmem_state;
    size_t i, at = 0;

    f->lists++;
    f->list[0] = '\0';
    for (i = 0; i < nr; i++)
        at += (size_t)snprintf(f->list + at, sizeof(f->list) - at, "%s;",
                               list[i]);
    if (f->list_result) {
        snprintf(err, err_len, "no good: %s", f->list);
        return f->list_result;
    }
    XLMEM_SET(&domu->opt_in, dynamic_min_kb, FAKE_NEED_KB);
    return 0;
}

int xlmem_domu_opt_in_file(xlmem_ctx *ctx, const char *name, xlmem_domu *domu,
                           char *err, size_t err_len)
{
    fake_xlmem *f = &fake_xlmem_state;

    (void)ctx;
    f->files++;
    snprintf(f->file_name, sizeof(f->file_name), "%s", name);
    if (!f->has_file)
        return XLMEM_ERROR_NOTFOUND;
    if (!f->file_result)
        XLMEM_SET(&domu->opt_in, dynamic_min_kb, FAKE_FILE_KB);
    else
        snprintf(err, err_len, "line 3: no good");
    return f->file_result;
}

int xlmem_guard_opt_in(xlmem_ctx *ctx, const xlmem_opt_in *opt_in,
                       void *config, const void *dispose)
{
    (void)ctx;
    fake_xlmem_state.given++;
    fake_xlmem_state.given_kb = opt_in->dynamic_min_kb;
    fake_xlmem_state.config = config;
    fake_xlmem_state.dispose = dispose;
    return 0;
}

void xlmem_host_init(xlmem_host *host)
{
    memset(host, 0, sizeof(*host));
}

void xlmem_host_dispose(xlmem_host *host)
{
    free(host->xen_version);
}

/* As the real one (tests/unit/test_running.c). */
void xlmem_host_leave_reserved(xlmem_host *host, const char *uuid)
{
    size_t i, kept = 0;

    for (i = 0; i < host->nr_reservations; i++)
        if (!XLMEM_KNOWS(&host->reservations[i], left_ms) ||
            strcmp(host->reservations[i].uuid, uuid))
            host->reservations[kept++] = host->reservations[i];
    host->nr_reservations = kept;
}

int xlmem_need_of(const xlmem_host *host, const xlmem_need_request *request,
                  xlmem_need *need_r)
{
    (void)host;
    memset(need_r, 0, sizeof(*need_r));
    need_r->need_kb = request->memory_kb;
    return 0;
}

int xlmem_snapshot_short(xlmem_ctx *ctx, xlmem_host *host_r)
{
    (void)ctx;
    XLMEM_SET(&host_r->dom0, balloon_current_kb, 2 * FLOOR_KB);
    XLMEM_SET(&host_r->dom0, balloon_target_kb, 2 * FLOOR_KB);
    host_r->doms = fake_xlmem_state.dom;
    host_r->nr_doms = host_r->doms ? 1 : 0;
    XLMEM_SET(&reservations[0], left_ms, 1000);
    host_r->reservations = reservations;
    host_r->nr_reservations =
        fake_xlmem_state.reserved ? 2 + (size_t)fake_xlmem_state.holds : 0;
    return fake_xlmem_state.snapshot_result;
}

int xlmem_account_of(const xlmem_host *host, const xlmem_policy *policy,
                     xlmem_account *account_r)
{
    (void)host;
    (void)policy;
    memset(account_r, 0, sizeof(*account_r));
    XLMEM_SET(account_r, dom0_floor_kb, FLOOR_KB);
    XLMEM_SET(account_r, usable_kb, FAKE_USABLE_KB);
    return 0;
}

/* A hold that was made ahead is continued. */
int xlmem_guard(xlmem_ctx *ctx, const xlmem_policy *policy,
                const xlmem_guard_request *request, xlmem_verdict *verdict_r,
                xlmem_hold **hold_r)
{
    fake_xlmem *f = &fake_xlmem_state;
    size_t i;

    memset(verdict_r, 0, sizeof(*verdict_r));
    f->wait_ms = policy->wait_ms;
    f->reboot_wait_ms = policy->reboot_wait_ms;
    f->guarded++;
    f->reboot = request->reboot;
    f->binds = request->binds;
    f->waits = XLMEM_KNOWS(request, wait_ms);
    f->need_kb = request->need_kb;
    f->continued = *hold_r != NULL;
    snprintf(f->uuid, sizeof(f->uuid), "%s", request->uuid);
    if (f->warns)
        ctx->log(ctx->user, LOG_WARN, f->warns);
    if (f->refusal)
        return f->refusal;
    verdict_r->plan.nr_steps = f->steps;
    for (i = 0; i < f->steps; i++)
        verdict_r->plan.steps[i] =
            (xlmem_step){.domid = (uint32_t)(f->steps - 1 - i),
                         .from_kb = 2048,
                         .to_kb = 1024};
    if (!*hold_r)
        *hold_r = make_hold();
    return 0;
}

void xlmem_admission_count(const char *root, xlmem_path path, int rc,
                           const xlmem_verdict *verdict)
{
    (void)root;
    (void)verdict;
    fake_xlmem_state.counted++;
    fake_xlmem_state.path = path;
    fake_xlmem_state.counted_rc = rc;
}

int xlmem_hold_ahead(xlmem_ctx *ctx, const xlmem_guard_request *request,
                     xlmem_hold **hold_r)
{
    (void)ctx;
    fake_xlmem_state.ahead++;
    fake_xlmem_state.ahead_kb = request->need_kb;
    if (!fake_xlmem_state.ahead_result)
        *hold_r = make_hold();
    return fake_xlmem_state.ahead_result;
}

int xlmem_hold_leaving(xlmem_ctx *ctx, uint64_t domid, uint64_t raise_kb,
                       xlmem_hold **hold_r)
{
    (void)ctx;
    fake_xlmem_state.leaving++;
    fake_xlmem_state.domid = domid;
    fake_xlmem_state.raise_kb = raise_kb;
    if (!fake_xlmem_state.leaving_result)
        *hold_r = make_hold();
    return fake_xlmem_state.leaving_result;
}

int xlmem_hold_bind(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t domid)
{
    (void)ctx;
    (void)hold;
    fake_xlmem_state.bound++;
    fake_xlmem_state.domid = domid;
    return 0;
}

int xlmem_hold_done(xlmem_ctx *ctx, xlmem_hold *hold, bool *done_r,
                    bool *created_r)
{
    (void)ctx;
    void (*within)(void) = fake_xlmem_state.within_done;

    (void)hold;
    fake_xlmem_state.within_done = NULL;
    if (within)
        within();
    *done_r = fake_xlmem_state.done;
    *created_r = fake_xlmem_state.created;
    return 0;
}

void xlmem_hold_release(xlmem_ctx *ctx, xlmem_hold *hold, bool created)
{
    (void)ctx;
    if (!hold)
        return;
    fake_xlmem_state.holds--;
    fake_xlmem_state.released_as = created;
    free(hold);
}

int xlmem_guard_repay(xlmem_ctx *ctx, const xlmem_policy *policy)
{
    (void)ctx;
    (void)policy;
    fake_xlmem_state.raised++;
    return 0;
}
