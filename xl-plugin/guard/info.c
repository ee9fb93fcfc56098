/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What libxl knows of a domain that runs.  libxl fills a buffer far larger
 * than its struct and writes that as JSON: so the guard looks into no struct
 * of any release.
 */
#include <inttypes.h>
#include <stdio.h>
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

uint64_t guard_json_number(const char *json, const char *key)
{
    const char *value = guard_json_value(json, key);

    return *value >= '0' && *value <= '9' ? strtoull(value, NULL, 10) : 0;
}

void guard_name_domain(void *ctx, uint32_t domid, char *name_r, size_t len)
{
    char *(*to_name)(void *, uint32_t) = NULL;
    char *name;

    *(void **)&to_name = guard_next("libxl_domid_to_name");
    name = to_name ? to_name(ctx, domid) : NULL;
    if (name)
        snprintf(name_r, len, "%s", name);
    else
        snprintf(name_r, len, "domain %" PRIu32, domid);
    free(name);
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

typedef int fill_fn(void *ctx, uint32_t domid, void *config);

/* Since 4.13 it takes an ao_how, and waits without one; libxl may run the
 * callbacks of other operations while it waits. */
static int retrieve(void *ctx, uint32_t domid, void *config)
{
    int (*real)(void *, uint32_t, void *, const void *) = NULL;

    *(void **)&real = guard_next("libxl_retrieve_domain_configuration");
    return real ? real(ctx, domid, config, NULL) : LIBXL_ERROR_FAIL;
}

/* The text that libxl keeps of it, from its file; malloc'd or NULL. */
static char *kept_text(void *ctx, uint32_t domid)
{
    int (*real)(void *, uint32_t, const char *, uint8_t **, int *) = NULL;
    uint8_t *data = NULL;
    char *text = NULL;
    int len = 0;

    *(void **)&real = guard_next("libxl_userdata_retrieve");
    if (real && !real(ctx, domid, "libxl-json", &data, &len) && data &&
        len > 0)
        text = strndup((const char *)data, (size_t)len);
    free(data);
    return text;
}

static int recall(void *ctx, uint32_t domid, void *config)
{
    int (*from_json)(void *, void *, const char *) = NULL;
    char *text = kept_text(ctx, domid);
    int r = LIBXL_ERROR_FAIL;

    *(void **)&from_json = guard_next("libxl_domain_config_from_json");
    if (text && from_json)
        r = from_json(ctx, config, text);
    free(text);
    return r;
}

static char *config_json(void *ctx, uint32_t domid, fill_fn *fill)
{
    struct_fn *init = NULL, *dispose = NULL;
    char unused[160], *json = NULL;
    void *config;

    *(void **)&init = guard_next("libxl_domain_config_init");
    *(void **)&dispose = guard_next("libxl_domain_config_dispose");
    config = init && dispose ? calloc(1, STRUCT_BYTES) : NULL;
    if (!config)
        return NULL;
    init(config);
    if (!fill(ctx, domid, config))
        json = guard_config_json(ctx, config, unused, sizeof(unused));
    dispose(config);
    free(config);
    return json;
}

/* @json is replaced. */
static char *with_number(char *json, const char *key, uint64_t value)
{
    const char *at = guard_json_value(json, key);
    const size_t digits = strspn(at, "0123456789");
    const size_t len = strlen(json) + 24;
    char *changed = digits ? malloc(len) : NULL;

    if (!changed)
        return json;
    snprintf(changed, len, "%.*s%" PRIu64 "%s", (int)(at - json), json, value,
             at + digits);
    free(json);
    return changed;
}

/* A target that was set since is in xenstore, without the video RAM. */
static char *with_target(void *ctx, uint32_t domid, char *json)
{
    int (*get_target)(void *, uint32_t, uint64_t *) = NULL;
    uint64_t kb;

    *(void **)&get_target = guard_next("libxl_get_memory_target");
    if (!get_target || get_target(ctx, domid, &kb))
        return json;
    kb += strtoull(guard_json_value(json, "\"video_memkb\""), NULL, 10);
    return with_number(json, "\"target_memkb\"", kb);
}

/*
 * libxl_retrieve_domain_configuration asks an HVM domain's QEMU for its vCPUs
 * (libxl_domain.c, 4.14 to 4.20), and fails where that has died, which is how
 * many of them crash.  xl creates the domain all the same, from what it has
 * itself.  libxl's file has that, as it was created or changed last.
 */
char *guard_stored_json(void *ctx, uint32_t domid)
{
    char *json = config_json(ctx, domid, retrieve);

    if (json)
        return json;
    json = config_json(ctx, domid, recall);
    return json ? with_target(ctx, domid, json) : NULL;
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
