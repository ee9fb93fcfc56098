/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The functions of libxlutil that the guard stands in front of, as Xen 4.14
 * to 4.20 declare them (libxlutil.h).  Each one calls the real one, and looks
 * at what it made.
 */
#include <errno.h>

#include "guard.h"

#define EXPORT __attribute__((visibility("default")))

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
