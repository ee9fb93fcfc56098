/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain's file allows the guard goes into its configuration before
 * libxl creates it: libxl writes the nodes with its own, and keeps them over
 * reboot, save and migration.  A list that is wrong does not count, and keeps
 * no domain from starting.
 */
#include <stdio.h>
#include <stdlib.h>

#include "guard.h"

static int judge_opt_in(guard_create *create, const guard_list *list,
                        char *err, size_t err_len)
{
    if (list->wrong) {
        snprintf(err, err_len, "memguard: %s", list->wrong);
        return XLMEM_ERROR_CONFIG;
    }
    return create->session.lib->xlmem_domu_opt_in(
        &create->domain.domu, list->entries, list->nr, err, err_len);
}

static void give_to_libxl(guard_create *create, const char *file, void *config)
{
    guard_session *session = &create->session;

    if (session->lib->xlmem_guard_opt_in(
            session->xlmem, &create->domain.domu.opt_in, config,
            guard_next("libxl_domain_config_dispose")))
        guard_say(&session->report, GUARD_WARN,
                  "%s: memguard: %s is created as without that list: %s", file,
                  create->domain.domu.name, session->report.failure);
}

static void apply(guard_create *create, const guard_list *list, void *config)
{
    guard_session *session = &create->session;
    const char *file = list->source[0] ? list->source : list->name;
    char *err = session->report.failure;
    const size_t err_len = sizeof(session->report.failure);

    err[0] = '\0';
    if (judge_opt_in(create, list, err, err_len)) {
        guard_say(&session->report, GUARD_WARN,
                  "%s: %s; %s is created as without that list", file, err,
                  create->domain.domu.name);
        return;
    }
    give_to_libxl(create, file, config);
}

/* A domain that has no list: what libxl has kept of one, or a file beside the
 * host's configuration.  A wrong file does not count either. */
static void apply_file(guard_create *create, void *config)
{
    guard_session *session = &create->session;
    xlmem_domu *domu = &create->domain.domu;
    char *err = session->report.failure, file[320];
    int rc;

    if (domu->opt_in.known)
        return;
    err[0] = '\0';
    rc = session->lib->xlmem_domu_opt_in_file(session->xlmem, domu->name, domu,
                                              err,
                                              sizeof(session->report.failure));
    if (rc == XLMEM_ERROR_NOTFOUND)
        return;
    snprintf(file, sizeof(file), "/" XLMEM_DOM_CONF_DIR "/%s.conf",
             domu->name);
    if (rc)
        guard_say(&session->report, GUARD_WARN,
                  "%s: %s; %s is created as without that file", file, err,
                  domu->name);
    else
        give_to_libxl(create, file, config);
}

void guard_opt_in(guard_create *create, void *config)
{
    create->list = guard_list_take(create->domain.domu.name);
    if (create->list)
        apply(create, create->list, config);
    else
        apply_file(create, config);
}

void guard_opt_in_end(guard_create *create, bool created)
{
    if (created)
        free(create->list);
    else
        guard_list_keep(create->list);
    create->list = NULL;
}
