/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The functions of libxl and libxlutil that the guard stands in front of, as
 * Xen 4.14 to 4.20 declare them (libxl.h, libxlutil.h), with every pointer of
 * theirs as void.  Each one calls the real one; ao_how is looked at for NULL
 * only.
 */
#include <errno.h>
#include <stdio.h>

#include "guard.h"

#define EXPORT __attribute__((visibility("default")))

/* TYPE *real = the real one; a caller that got here has linked it. */
#define REAL(real, name)                                                      \
    *(void **)&(real) = guard_next(name);                                     \
    if (!(real))                                                              \
        return missing(name);

static int missing(const char *name)
{
    fprintf(stderr, "memguard: %s is nowhere\n", name);
    return LIBXL_ERROR_FAIL;
}

typedef int ctx_alloc_fn(void **, int, unsigned, void *);
typedef int create_new_fn(void *, void *, uint32_t *, const void *,
                          const void *);
typedef int create_restore_fn(void *, void *, uint32_t *, int, int,
                              const void *, const void *, const void *);
typedef int destroy_fn(void *, uint32_t, const void *);
typedef int set_target_fn(void *, uint32_t, int64_t, int, int);
typedef int setmaxmem_fn(void *, uint32_t, uint64_t);
typedef int retrieve_fn(void *, uint32_t, void *, const void *);
typedef int evenable_fn(void *, uint32_t, uint64_t, void **);
typedef int need_memory_fn(void *, void *, uint32_t, uint64_t *);
typedef int need_memory_041200_fn(void *, const void *, uint64_t *);
typedef int need_memory_040700_fn(void *, const void *, uint32_t *);

EXPORT ctx_alloc_fn libxl_ctx_alloc;
EXPORT create_new_fn libxl_domain_create_new;
EXPORT create_restore_fn libxl_domain_create_restore;
EXPORT destroy_fn libxl_domain_destroy;
EXPORT set_target_fn libxl_set_memory_target;
EXPORT setmaxmem_fn libxl_domain_setmaxmem;
EXPORT retrieve_fn libxl_retrieve_domain_configuration;
EXPORT evenable_fn libxl_evenable_domain_death;
EXPORT need_memory_fn libxl_domain_need_memory;
EXPORT need_memory_041200_fn libxl_domain_need_memory_0x041200;
EXPORT need_memory_040700_fn libxl_domain_need_memory_0x040700;

int libxl_ctx_alloc(void **pctx, int version, unsigned flags, void *lg)
{
    ctx_alloc_fn *real;
    int r;

    REAL(real, "libxl_ctx_alloc")
    r = real(pctx, version, flags, lg);
    if (guard_inside())
        return r;
    guard_leave_environment();
    guard_note_process(false);
    guard_mark(false);
    if (!r)
        guard_logger_note(*pctx, lg);
    return r;
}

int libxl_domain_create_new(void *ctx, void *config, uint32_t *domid,
                            const void *ao_how, const void *aop_console_how)
{
    create_new_fn *real;
    guard_create create;
    int r;

    REAL(real, "libxl_domain_create_new")
    if (guard_inside())
        return real(ctx, config, domid, ao_how, aop_console_how);
    r = guard_create_begin(&create, ctx, config, false);
    if (r)
        return r;
    r = real(ctx, config, domid, ao_how, aop_console_how);
    guard_create_end(&create, r, ao_how);
    return r;
}

int libxl_domain_create_restore(void *ctx, void *config, uint32_t *domid,
                                int restore_fd, int send_back_fd,
                                const void *params, const void *ao_how,
                                const void *aop_console_how)
{
    create_restore_fn *real;
    guard_create create;
    int r;

    REAL(real, "libxl_domain_create_restore")
    if (guard_inside())
        return real(ctx, config, domid, restore_fd, send_back_fd, params,
                    ao_how, aop_console_how);
    r = guard_create_begin(&create, ctx, config, true);
    if (r)
        return r;
    r = real(ctx, config, domid, restore_fd, send_back_fd, params, ao_how,
             aop_console_how);
    guard_create_end(&create, r, ao_how);
    return r;
}

int libxl_domain_destroy(void *ctx, uint32_t domid, const void *ao_how)
{
    guard_destroy destroy;
    destroy_fn *real;
    int r;

    REAL(real, "libxl_domain_destroy")
    if (guard_inside())
        return real(ctx, domid, ao_how);
    guard_destroy_begin(&destroy, ctx, domid);
    r = real(ctx, domid, ao_how);
    guard_destroy_end(&destroy, r, ao_how);
    return r;
}

int libxl_set_memory_target(void *ctx, uint32_t domid, int64_t target_memkb,
                            int relative, int enforce)
{
    guard_growth growth = {.state = GUARD_PASS};
    set_target_fn *real;
    int r = 0;

    REAL(real, "libxl_set_memory_target")
    if (guard_inside())
        return real(ctx, domid, target_memkb, relative, enforce);
    if (!domid)
        r = guard_dom0_target(ctx, false, target_memkb, relative);
    else if (enforce)
        r = guard_target_begin(&growth, ctx, domid, target_memkb, relative);
    if (r)
        return r;
    r = real(ctx, domid, target_memkb, relative, enforce);
    guard_grow_end(&growth, r);
    return r;
}

int libxl_domain_setmaxmem(void *ctx, uint32_t domid, uint64_t target_memkb)
{
    guard_growth growth = {.state = GUARD_PASS};
    setmaxmem_fn *real;
    int r = 0;

    REAL(real, "libxl_domain_setmaxmem")
    if (guard_inside())
        return real(ctx, domid, target_memkb);
    if (domid)
        r = guard_maximum_begin(&growth, ctx, domid, target_memkb);
    else if (target_memkb <= INT64_MAX)
        r = guard_dom0_target(ctx, true, (int64_t)target_memkb, false);
    if (r)
        return r;
    r = real(ctx, domid, target_memkb);
    guard_grow_end(&growth, r);
    return r;
}

/* xl takes it just before it saves or migrates the domain. */
int libxl_retrieve_domain_configuration(void *ctx, uint32_t domid,
                                        void *config, const void *ao_how)
{
    retrieve_fn *real;

    REAL(real, "libxl_retrieve_domain_configuration")
    if (!guard_inside())
        guard_leave(ctx, domid);
    return real(ctx, domid, config, ao_how);
}

/* Who waits for a domain's end creates it again: xl's monitor, which has
 * forked since it came through libxl_ctx_alloc. */
int libxl_evenable_domain_death(void *ctx, uint32_t domid, uint64_t user,
                                void **evgen_out)
{
    evenable_fn *real;

    REAL(real, "libxl_evenable_domain_death")
    if (!guard_inside()) {
        guard_note_process(true);
        guard_mark(true);
    }
    return real(ctx, domid, user, evgen_out);
}

/*
 * What a toolstack's own autoballoon asks before it shrinks dom0.  Where the
 * guard holds the memory, or will refuse the create, nothing is needed; in any
 * other case the answer is libxl's.  The older two do not say which domain it
 * is about.
 */
int libxl_domain_need_memory(void *ctx, void *config,
                             uint32_t domid_for_logging, uint64_t *need_memkb)
{
    need_memory_fn *real;
    int r;

    REAL(real, "libxl_domain_need_memory")
    r = real(ctx, config, domid_for_logging, need_memkb);
    if (!r && config && !guard_inside() && guard_create_ask(ctx, config))
        *need_memkb = 0;
    return r;
}

int libxl_domain_need_memory_0x041200(void *ctx, const void *b_info,
                                      uint64_t *need_memkb)
{
    need_memory_041200_fn *real;

    REAL(real, "libxl_domain_need_memory_0x041200")
    return real(ctx, b_info, need_memkb);
}

int libxl_domain_need_memory_0x040700(void *ctx, const void *b_info,
                                      uint32_t *need_memkb)
{
    need_memory_040700_fn *real;

    REAL(real, "libxl_domain_need_memory_0x040700")
    return real(ctx, b_info, need_memkb);
}

/* ----------------------------------------------------------- libxlutil --- */

typedef void *cfg_init_fn(void *, const char *);
typedef int cfg_readdata_fn(void *, const char *, int);

EXPORT cfg_init_fn xlu_cfg_init;
EXPORT cfg_readdata_fn xlu_cfg_readdata;

void *xlu_cfg_init(void *report, const char *source)
{
    cfg_init_fn *real;
    void *cfg;

    *(void **)&real = guard_next("xlu_cfg_init");
    cfg = real ? real(report, source) : NULL;
    if (cfg)
        guard_config_made(cfg, source);
    return cfg;
}

int xlu_cfg_readdata(void *cfg, const char *data, int length)
{
    cfg_readdata_fn *real;
    int e;

    *(void **)&real = guard_next("xlu_cfg_readdata");
    e = real ? real(cfg, data, length) : ENOSYS;
    if (!e)
        guard_config_read(cfg);
    return e;
}
