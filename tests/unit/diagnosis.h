/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the doctor finds of a recorded host, as the command asks it. */
#ifndef XLMEM_DIAGNOSIS_H
#define XLMEM_DIAGNOSIS_H

#include "test.h"

#include "private/all.h"
#include "private/guard.h"
#include "xlmem.h"

static void diagnose_at(const char *path, xlmem_findings *found_r)
{
    static xlmem_policy policy;
    xlmem_scene scene = {.policy = &policy};
    xlmem_vitals vitals;
    xlmem_host host;
    xlmem_ctx *ctx;

    xlmem_policy_init(&policy);
    xlmem_host_init(&host);
    xlmem_vitals_init(&vitals);
    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_ctx_open_capture(ctx, path), 0);
    assert_int_equal(xlmem_snapshot(ctx, &host), 0);
    assert_int_equal(xlmem_vitals_read(ctx, XLMEM_VITALS_ALL, &vitals), 0);
    scene.host = &host;
    scene.vitals = &vitals;
    scene.autoballoon_known =
        !xlmem_autoballoon(ctx, &host, &scene.autoballoon);
    assert_int_equal(xlmem_diagnose(ctx, &scene, found_r), 0);
    assert_int_equal(found_r->nr_lost, 0);
    xlmem_vitals_dispose(&vitals);
    xlmem_host_dispose(&host);
    xlmem_ctx_free(ctx);
}

/* A folder of tests/fixtures. */
static void fixture_path(char *buf, size_t len, const char *name)
{
    const char *top = getenv("XLMEM_SRCDIR");

    snprintf(buf, len, "%s/tests/fixtures/%s", top ? top : ".", name);
}

/* Findings hold numbers' places by static names alone: they outlive the
 * host. */
static inline const xlmem_finding *
same_finding(const xlmem_findings *found, const char *id, const char *subject)
{
    size_t i;

    for (i = 0; i < found->nr; i++)
        if (!strcmp(found->list[i].id, id) &&
            (!subject || !strcmp(found->list[i].subject, subject)))
            return &found->list[i];
    return NULL;
}

#endif /* XLMEM_DIAGNOSIS_H */
