/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What libxl knows of a domain that runs.  libxl fills a buffer far larger
 * than its struct and writes that as JSON: so the guard looks into no struct
 * of any release.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"

/* A libxl_dominfo has 120 bytes in 4.17, a libxl_domain_config 1288; neither
 * has doubled between 4.14 and 4.20. */
#define STRUCT_BYTES 32768

typedef void struct_fn(void *);

/* Quotes inside of strings are escaped, so a quoted key is one if a colon
 * follows. */
const char *guard_json_value(const char *json, const char *key)
{
    const size_t len = strlen(key);
    const char *p = json;

    while ((p = strstr(p, key))) {
        p += len;
        p += strspn(p, " \t\r\n");
        if (*p == ':')
            return p + 1 + strspn(p + 1, " \t\r\n");
    }
    return "";
}

bool guard_json_is(const char *json, const char *key, const char *value)
{
    return !strncmp(guard_json_value(json, key), value, strlen(value));
}

char *guard_info_json(void *ctx, uint32_t domid)
{
    struct_fn *init = NULL, *dispose = NULL;
    int (*info)(void *, void *, uint32_t) = NULL;
    char *(*to_json)(void *, void *) = NULL;
    char *json = NULL;
    void *dominfo;

    *(void **)&init = guard_next("libxl_dominfo_init");
    *(void **)&dispose = guard_next("libxl_dominfo_dispose");
    *(void **)&info = guard_next("libxl_domain_info");
    *(void **)&to_json = guard_next("libxl_dominfo_to_json");
    dominfo =
        init && dispose && info && to_json ? calloc(1, STRUCT_BYTES) : NULL;
    if (!dominfo)
        return NULL;
    init(dominfo);
    if (!info(ctx, dominfo, domid))
        json = to_json(ctx, dominfo);
    dispose(dominfo);
    free(dominfo);
    return json;
}

/* Since 4.13 it takes an ao_how, and waits without one; libxl may run the
 * callbacks of other operations while it waits. */
char *guard_stored_json(void *ctx, uint32_t domid)
{
    struct_fn *init = NULL, *dispose = NULL;
    int (*retrieve)(void *, uint32_t, void *, const void *) = NULL;
    char unused[160], *json = NULL;
    void *config;

    *(void **)&init = guard_next("libxl_domain_config_init");
    *(void **)&dispose = guard_next("libxl_domain_config_dispose");
    *(void **)&retrieve = guard_next("libxl_retrieve_domain_configuration");
    config = init && dispose && retrieve ? calloc(1, STRUCT_BYTES) : NULL;
    if (!config)
        return NULL;
    init(config);
    if (!retrieve(ctx, domid, config, NULL))
        json = guard_config_json(ctx, config, unused, sizeof(unused));
    dispose(config);
    free(config);
    return json;
}

bool guard_info_uuid(const char *json, char uuid[37])
{
    const char *value = guard_json_value(json, "\"uuid\"");

    if (*value != '"' || strlen(value + 1) < 37)
        return false;
    memcpy(uuid, value + 1, 36);
    uuid[36] = '\0';
    return strcmp(uuid, GUARD_NO_UUID) != 0;
}
