/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_decide CASE [DOMS RESERVATIONS DEBTS REPEATS]: one guarded create, all
 * that is done under the decision lock, on a host whose backend costs nothing
 * but the copy of its DOMS domains (fake_books).
 *
 *     fits   there is room
 *     plan   all opted in, and some have to give
 *
 * Of the RESERVATIONS every other one is for a domain that is there, none is
 * bound; each is found by its uuid.  DEBTS entries are left of plans that took
 * from 16 domains each, and cannot be paid.
 */
#include "bench.h"

#include "private/backend.h"
#include "private/guard.h"

#define DOMS_MAX 32000
#define ENTRIES_MAX 4096
#define TEXT_MAX 4096
#define DEBT_STEPS 16

typedef struct fake {
    const xlmem_host *host;
    size_t nr_entries, nr_owned;
    char (*entries)[TEXT_MAX];
    int64_t now_ms;
    char added[TEXT_MAX];
} fake;

static int fake_file(void *user, const char *path, char **buf_r, size_t *len_r)
{
    const char *text;

    (void)user;
    if (!strcmp(path, "proc/meminfo"))
        text = "MemTotal: 7340032 kB\nMemFree: 3145728 kB\n"
               "MemAvailable: 4194304 kB\n";
    else if (strstr(path, "xen_memory0/target_kb") ||
             strstr(path, "xen_memory0/info/current_kb"))
        text = "8388608\n";
    else
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return *buf_r ? 0 : XLMEM_ERROR_NOMEM;
}

/* Everything but what xenstore says. */
static int fake_books(void *user, xlmem_host *host, char *err, size_t err_len)
{
    const xlmem_host *from = ((fake *)user)->host;
    const size_t size = from->nr_doms * sizeof(*from->doms);
    xlmem_dom *doms = malloc(size);

    (void)err;
    (void)err_len;
    if (!doms)
        return XLMEM_ERROR_NOMEM;
    memcpy(doms, from->doms, size);
    free(host->doms);
    *host = *from;
    host->xen_cmdline = NULL;
    host->doms = doms;
    return 0;
}

static int fake_nodes(void *user, xlmem_host *host, char *err, size_t err_len)
{
    size_t i;

    (void)user;
    (void)err;
    (void)err_len;
    for (i = 1; i < host->nr_doms; i++) {
        XLMEM_SET(&host->doms[i], target_kb, GIB);
        XLMEM_SET(&host->doms[i], dynamic_min_kb, GIB / 2 - 4 * i);
    }
    return 0;
}

static int64_t fake_now(void *user)
{
    return ((fake *)user)->now_ms;
}

static void fake_sleep(void *user, int64_t ms)
{
    ((fake *)user)->now_ms += ms;
}

static int fake_set(void *user, uint64_t domid, uint64_t kb, char *err,
                    size_t err_len)
{
    (void)user;
    (void)domid;
    (void)kb;
    (void)err;
    (void)err_len;
    return 0;
}

static int fake_lock(void *user, int64_t still_ms, int64_t total_ms, char *err,
                     size_t err_len)
{
    (void)user;
    (void)still_ms;
    (void)total_ms;
    (void)err;
    (void)err_len;
    return 0;
}

static void fake_unlock(void *user)
{
    (void)user;
}

static int fake_each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                     size_t err_len)
{
    const fake *f = user;
    char name[XLMEM_ID_MAX];
    size_t i;
    int rc = 0;

    (void)err;
    (void)err_len;
    for (i = 0; i < f->nr_entries && !rc; i++) {
        snprintf(name, sizeof(name), "4711-%zu", i);
        rc = fn(arg, name, f->entries[i], i < f->nr_owned, NULL);
    }
    if (!rc && f->added[0])
        rc = fn(arg, "4712-0", f->added, true, NULL);
    return rc;
}

static int fake_update(void *user, void *entry, const char *text, char *err,
                       size_t err_len)
{
    fake *f = user;

    (void)entry;
    (void)err;
    (void)err_len;
    snprintf(f->added, sizeof(f->added), "%s", text);
    return 0;
}

static int fake_add(void *user, const char *text, void **entry_r, char *err,
                    size_t err_len)
{
    *entry_r = user;
    return fake_update(user, user, text, err, err_len);
}

static void fake_end(void *user, void *entry)
{
    (void)entry;
    ((fake *)user)->added[0] = '\0';
}

static int fake_sweep(void *user, const char *name, char *err, size_t err_len)
{
    (void)user;
    (void)name;
    (void)err;
    (void)err_len;
    return 0;
}

static const xlmem_backend backend = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "bench",
    .read_file = fake_file,
    .read_xen = fake_books,
    .read_books = fake_books,
    .read_nodes = fake_nodes,
    .now_ms = fake_now,
    .sleep_ms = fake_sleep,
    .set_target_kb = fake_set,
    .set_maximum_kb = fake_set,
    .ledger_lock = fake_lock,
    .ledger_unlock = fake_unlock,
    .ledger_each = fake_each,
    .ledger_add = fake_add,
    .ledger_update = fake_update,
    .ledger_drop = fake_end,
    .ledger_leave = fake_end,
    .ledger_sweep = fake_sweep,
};

static void make_reservations(fake *f, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        snprintf(f->entries[i], TEXT_MAX,
                 "xlmem-reservation 2\nuuid 00000000-0000-4000-%s-%012x\n"
                 "need_kb 1056768\ndom0_need_kb 8192\ndom0_build_kb 4096\n"
                 "order %zu\ngranted 1\nend\n",
                 i % 2 ? "9000" : "8000", (unsigned)(f->host->nr_doms - 1 - i),
                 i + 1);
    f->nr_owned = f->nr_entries = nr;
}

static void make_debts(fake *f, size_t nr)
{
    size_t i, j, used;

    for (i = 0; i < nr; i++) {
        char *text = f->entries[f->nr_entries++];

        used = (size_t)snprintf(
            text, TEXT_MAX,
            "xlmem-reservation 2\nuuid 00000000-0000-0000-0000-000000000000\n"
            "need_kb 0\n");
        for (j = 0; j < DEBT_STEPS; j++)
            used += (size_t)snprintf(
                text + used, TEXT_MAX - used, "step %zu %u %u\n",
                1 + (i * DEBT_STEPS + j) % (f->host->nr_doms - 1), 3U << 20,
                2U << 20);
        snprintf(text + used, TEXT_MAX - used, "end\n");
    }
}

BENCH_PHASE static int phase_guard(xlmem_ctx *ctx, const xlmem_policy *policy,
                                   uint64_t need_kb, xlmem_verdict *verdict)
{
    xlmem_guard_request request = {
        .uuid = "11111111-2222-4333-8444-555555555555", .name = "bench"};
    xlmem_hold *hold = NULL;
    int rc;

    XLMEM_SET(&request, need_kb, need_kb);
    XLMEM_SET(&request, dom0_need_kb, MIB);
    request.no_plan = false;
    rc = xlmem_guard(ctx, policy, &request, verdict, &hold);
    if (!rc)
        xlmem_hold_release(ctx, hold, false);
    return rc;
}

static size_t at_least_0(int argc, char **argv, int nth, size_t otherwise)
{
    return nth < argc && !strcmp(argv[nth], "0")
               ? 0
               : bench_size(argc, argv, nth, otherwise, ENTRIES_MAX / 2);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const char *what = argc > 1 ? argv[1] : "fits";
    const bool plan = !strcmp(what, "plan");
    const size_t nr_doms = bench_size(argc, argv, 2, 10000, DOMS_MAX);
    const size_t nr_res = at_least_0(argc, argv, 3, 256);
    const size_t nr_debts = at_least_0(argc, argv, 4, 0);
    const size_t repeats = bench_size(argc, argv, 5, 21, BENCH_REPEATS_MAX);
    xlmem_verdict verdict = {.kind = XLMEM_REFUSE};
    fake f = {.now_ms = 1000};
    xlmem_policy policy;
    xlmem_host host;
    xlmem_ctx *ctx;
    char name[96];
    size_t i;
    int rc;

    bench_host(&host, nr_doms, 0);
    XLMEM_SET(&host, free_kb, plan ? (nr_res / 2 + 40) * GIB : 1024 * GIB);
    XLMEM_SET(&host, total_kb, 64 * 1024 * GIB);
    f.host = &host;
    f.entries = bench_alloc(ENTRIES_MAX, TEXT_MAX);
    make_reservations(&f, nr_res);
    make_debts(&f, nr_debts);
    xlmem_policy_init(&policy);
    policy.mode = plan ? XLMEM_MODE_WARN : XLMEM_MODE_ENFORCE;
    if (xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL) ||
        xlmem_ctx_set_backend(ctx, &backend, &f))
        return 1;
    for (i = 0; i < repeats; i++) {
        const int64_t start = bench_now_ns();

        rc = phase_guard(ctx, &policy, plan ? 48 * GIB : GIB, &verdict);
        took_ns[i] = bench_now_ns() - start;
        if (rc && !xlmem_is_refusal(rc)) {
            fprintf(stderr, "xlmem_guard: %s\n", xlmem_strerror(rc));
            return 1;
        }
    }
    snprintf(name, sizeof(name),
             "decide case=%s doms=%zu reservations=%zu debts=%zu", what,
             nr_doms, nr_res, nr_debts);
    bench_print(name, took_ns, repeats, xlmem_verdict_name(verdict.kind));
    xlmem_ctx_free(ctx);
    free(f.entries);
    bench_dispose(&host);
    return 0;
}
