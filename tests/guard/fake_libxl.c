/* SPDX-License-Identifier: LGPL-2.1-only */
/* A libxenlight.so that notes its callers' arguments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes.h"

fake_libxl the_libxl;

static void called(const char *function)
{
    fake_libxl *f = &the_libxl;

    f->calls++;
    f->function = function;
    memset(f->ptr, 0, sizeof(f->ptr));
    memset(f->num, 0, sizeof(f->num));
}

/* A domain, in the way that libxl makes one, and then its stubdomains. */
static void make(uint32_t domid)
{
    fake_libxl *f = &the_libxl;
    uint32_t made = domid + 100;
    unsigned i;

    if (f->result)
        return;
    if (f->recent) {
        xc_domain_create(NULL, &made, NULL);
        xc_domain_destroy(NULL, made);
    }
    for (i = 0; i < (f->nr_made ? f->nr_made : 1); i++) {
        made = domid + i;
        xc_domain_create(NULL, &made, NULL);
    }
}

static int created(uint32_t *domid)
{
    void (*within)(void) = the_libxl.within;

    the_libxl.within = NULL;
    if (within)
        within();
    make(the_libxl.domid);
    *domid = the_libxl.domid;
    return the_libxl.result;
}

int libxl_ctx_alloc(void **pctx, int version, unsigned flags, void *lg)
{
    called("libxl_ctx_alloc");
    the_libxl.num[1] = version;
    the_libxl.num[2] = flags;
    the_libxl.ptr[3] = lg;
    *pctx = &the_libxl;
    return the_libxl.result;
}

int libxl_domain_create_new(void *ctx, void *config, uint32_t *domid,
                            const void *ao_how, const void *console_how)
{
    called("libxl_domain_create_new");
    the_libxl.ptr[0] = ctx;
    the_libxl.ptr[1] = config;
    the_libxl.ptr[2] = domid;
    the_libxl.ptr[3] = ao_how;
    the_libxl.ptr[4] = console_how;
    return created(domid);
}

int libxl_domain_create_restore(void *ctx, void *config, uint32_t *domid,
                                int restore_fd, int send_back_fd,
                                const void *params, const void *ao_how,
                                const void *console_how)
{
    called("libxl_domain_create_restore");
    the_libxl.ptr[0] = ctx;
    the_libxl.ptr[1] = config;
    the_libxl.ptr[2] = domid;
    the_libxl.num[3] = restore_fd;
    the_libxl.num[4] = send_back_fd;
    the_libxl.ptr[5] = params;
    the_libxl.ptr[6] = ao_how;
    the_libxl.ptr[7] = console_how;
    return created(domid);
}

int libxl_domain_destroy(void *ctx, uint32_t domid, const void *ao_how)
{
    called("libxl_domain_destroy");
    the_libxl.ptr[0] = ctx;
    the_libxl.num[1] = domid;
    the_libxl.ptr[2] = ao_how;
    return the_libxl.result;
}

int libxl_set_memory_target(void *ctx, uint32_t domid, int64_t kb,
                            int relative, int enforce)
{
    called("libxl_set_memory_target");
    the_libxl.ptr[0] = ctx;
    the_libxl.num[1] = domid;
    the_libxl.num[2] = kb;
    the_libxl.num[3] = relative;
    the_libxl.num[4] = enforce;
    return the_libxl.result;
}

int libxl_domain_setmaxmem(void *ctx, uint32_t domid, uint64_t kb)
{
    called("libxl_domain_setmaxmem");
    the_libxl.ptr[0] = ctx;
    the_libxl.num[1] = domid;
    the_libxl.num[2] = (int64_t)kb;
    return the_libxl.result;
}

/* The guard asks this one too: not noted as the last call. */
int libxl_domain_need_memory(void *ctx, void *config, uint32_t domid,
                             uint64_t *kb)
{
    (void)domid;
    *kb = FAKE_NEED_KB;
    return ctx && config ? the_libxl.need_result : -1;
}

int libxl_domain_need_memory_0x041200(void *ctx, const void *b_info,
                                      uint64_t *kb)
{
    called("libxl_domain_need_memory_0x041200");
    the_libxl.ptr[0] = ctx;
    the_libxl.ptr[1] = b_info;
    *kb = FAKE_NEED_KB;
    return the_libxl.need_result;
}

int libxl_domain_need_memory_0x040700(void *ctx, const void *b_info,
                                      uint32_t *kb)
{
    called("libxl_domain_need_memory_0x040700");
    the_libxl.ptr[0] = ctx;
    the_libxl.ptr[1] = b_info;
    *kb = FAKE_NEED_KB;
    return the_libxl.need_result;
}

char *libxl_domain_config_to_json(void *ctx, void *config)
{
    (void)ctx;
    return strdup(config);
}

void libxl_domain_config_dispose(void *config)
{
    (void)config;
}

/* A struct of libxl's that only libxl looks into. */
void libxl_dominfo_init(void *info)
{
    memset(info, 0x5a, 200);
}

void libxl_dominfo_dispose(void *info)
{
    memset(info, 0, 200);
}

int libxl_domain_info(void *ctx, void *info, uint32_t domid)
{
    (void)ctx;
    memcpy(info, &domid, sizeof(domid));
    return 0;
}

char *libxl_dominfo_to_json(void *ctx, void *info)
{
    const fake_libxl *f = &the_libxl;
    char json[256];

    (void)ctx;
    (void)info;
    snprintf(json, sizeof(json),
             "{ \"uuid\": \"%s\", \"shutdown\": %s, "
             "\"shutdown_reason\": \"%s\", \"current_memkb\": %llu, "
             "\"max_memkb\": %llu }",
             f->uuid ? f->uuid : "", f->reason ? "true" : "false",
             f->reason ? f->reason : "unknown",
             (unsigned long long)(f->has_kb ? f->has_kb : 4096),
             (unsigned long long)f->max_kb);
    return strdup(json);
}

void libxl_domain_config_init(void *config)
{
    memset(config, 0, 1300);
}

int libxl_retrieve_domain_configuration(void *ctx, uint32_t domid,
                                        void *config, const void *ao_how)
{
    (void)ctx;
    (void)domid;
    if (ao_how || !the_libxl.stored)
        return -3;
    strcpy(config, the_libxl.stored);
    return 0;
}

/* Without an end. */
int libxl_userdata_retrieve(void *ctx, uint32_t domid, const char *id,
                            uint8_t **data_r, int *len_r)
{
    const char *kept = the_libxl.kept;

    (void)ctx;
    (void)domid;
    if (strcmp(id, "libxl-json"))
        return -3;
    *len_r = kept ? (int)strlen(kept) : 0;
    *data_r = kept ? malloc((size_t)*len_r) : NULL;
    if (kept)
        memcpy(*data_r, kept, (size_t)*len_r);
    return 0;
}

int libxl_domain_config_from_json(void *ctx, void *config, const char *json)
{
    (void)ctx;
    strcpy(config, json);
    return 0;
}

char *libxl_domid_to_name(void *ctx, uint32_t domid)
{
    (void)ctx;
    (void)domid;
    return strdup("a\nn\xc3\xa4me");
}

int libxl_get_memory_target(void *ctx, uint32_t domid, uint64_t *kb)
{
    (void)ctx;
    (void)domid;
    *kb = the_libxl.target_kb;
    return 0;
}

int libxl_evenable_domain_death(void *ctx, uint32_t domid, uint64_t user,
                                void **evgen_out)
{
    called("libxl_evenable_domain_death");
    the_libxl.ptr[0] = ctx;
    the_libxl.num[1] = domid;
    the_libxl.num[2] = (int64_t)user;
    the_libxl.ptr[3] = evgen_out;
    return the_libxl.result;
}
