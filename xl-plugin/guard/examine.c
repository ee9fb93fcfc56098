/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain will need, from a libxl_domain_config.
 *
 * It is read from libxl's own JSON, after libxl has filled in its defaults the
 * way it does in xl's own memory check: so no struct of any Xen release is
 * touched.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"

#define NO_DOMID UINT32_MAX

char *guard_config_json(void *ctx, void *config, char *failure, size_t len)
{
    int (*need)(void *, void *, uint32_t, uint64_t *) = NULL;
    char *(*to_json)(void *, void *) = NULL;
    uint64_t need_kb;
    char *json = NULL;
    int r;

    *(void **)&need = guard_next("libxl_domain_need_memory");
    *(void **)&to_json = guard_next("libxl_domain_config_to_json");
    if (!need || !to_json) {
        snprintf(failure, len, "this libxl has no %s",
                 need ? "libxl_domain_config_to_json"
                      : "libxl_domain_need_memory");
        return NULL;
    }
    r = need(ctx, config, NO_DOMID, &need_kb);
    if (!r)
        json = to_json(ctx, config);
    if (!json)
        snprintf(failure, len,
                 "libxl does not understand the configuration: error %d", r);
    return json;
}

#define VERSION "/sys/hypervisor/version/"

static bool read_release_word(const char *path, char word[16])
{
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    if (!fgets(word, 16, file))
        word[0] = '\0';
    fclose(file);
    word[strcspn(word, "\n")] = '\0';
    return true;
}

static bool read_release_number(const char *path, uint64_t *value_r)
{
    char word[16], *end;

    if (!read_release_word(path, word))
        return false;
    *value_r = strtoull(word, &end, 10);
    return end != word && !*end;
}

/* The release decides what a domain costs; where it cannot be read the
 * dearest is taken. */
static void read_release(xlmem_host *host)
{
    uint64_t major, minor;
    char extra[16], text[64];

    if (!read_release_number(VERSION "major", &major) ||
        !read_release_number(VERSION "minor", &minor))
        return;
    XLMEM_SET(host, xen_major, major);
    XLMEM_SET(host, xen_minor, minor);
    if (!read_release_word(VERSION "extra", extra))
        return;
    snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "%s", major, minor,
             extra);
    host->xen_version = strdup(text);
}

static int find_config_need(const guard_library *lib, guard_domain *domain)
{
    xlmem_need need;
    xlmem_host host;
    int rc;

    lib->xlmem_host_init(&host);
    read_release(&host);
    rc = lib->xlmem_need_of(&host, &domain->domu.request, &need);
    lib->xlmem_host_dispose(&host);
    if (rc)
        return rc;
    domain->need_kb = need.need_kb;
    domain->dom0_need_kb = need.dom0_need_kb;
    domain->dom0_build_kb = need.dom0_build_kb;
    return 0;
}

int guard_examine_json(guard_session *session, const char *json,
                       guard_domain *domain_r)
{
    guard_report *report = &session->report;
    xlmem_domu *domu = &domain_r->domu;
    int rc;

    rc = session->lib->xlmem_domu_from_json(
        json, strlen(json), domu, report->failure, sizeof(report->failure));
    if (rc)
        return rc;
    domu->restored = domain_r->restores;
    /* What cannot be told counts as measured elsewhere. */
    (void)session->lib->xlmem_domu_read_files(domu);
    if (!domu->uuid[0])
        memcpy(domu->uuid, GUARD_NO_UUID, sizeof(GUARD_NO_UUID));
    if (!domu->name[0])
        memcpy(domu->name, domu->uuid, sizeof(domu->uuid));
    return find_config_need(session->lib, domain_r);
}

int guard_examine(guard_session *session, void *ctx, void *config,
                  guard_domain *domain_r)
{
    char *json = guard_config_json(ctx, config, session->report.failure,
                                   sizeof(session->report.failure));
    int rc;

    if (!json)
        return XLMEM_ERROR_XEN;
    rc = guard_examine_json(session, json, domain_r);
    free(json);
    return rc;
}

xlmem_guard_request guard_request_of(const guard_domain *domain)
{
    xlmem_guard_request request = {.uuid = domain->domu.uuid,
                                   .name = domain->domu.name,
                                   .binds = guard_binds()};

    XLMEM_SET(&request, need_kb, domain->need_kb);
    XLMEM_SET(&request, dom0_need_kb, domain->dom0_need_kb);
    XLMEM_SET(&request, dom0_build_kb, domain->dom0_build_kb);
    return request;
}
