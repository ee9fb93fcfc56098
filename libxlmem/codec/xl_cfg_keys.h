/* SPDX-License-Identifier: LGPL-2.1-only */
/* The settings of a domain's file that say what it needs, or for which xl and
 * libxl refuse it. */
#ifndef XLMEM_XL_CFG_KEYS_H
#define XLMEM_XL_CFG_KEYS_H

#include "codec/opt_in.h"
#include "codec/xl_cfg.h"

#define XLMEM__CFG_KEYS(X)                                                    \
    X(NAME, "name")                                                           \
    X(UUID, "uuid")                                                           \
    X(TYPE, "type")                                                           \
    X(BUILDER, "builder")                                                     \
    X(MEMORY, "memory")                                                       \
    X(MAXMEM, "maxmem")                                                       \
    X(VCPUS, "vcpus")                                                         \
    X(MAXVCPUS, "maxvcpus")                                                   \
    X(SHADOW, "shadow_memory")                                                \
    X(VIDEORAM, "videoram")                                                   \
    X(HAP, "hap")                                                             \
    X(VGA, "vga")                                                             \
    X(STDVGA, "stdvga")                                                       \
    X(BIOS, "bios")                                                           \
    X(DEVICE_MODEL, "device_model_version")                                   \
    X(STUBDOM, "device_model_stubdomain_override")                            \
    X(STUBDOM_MEMORY, "stubdomain_memory")                                    \
    X(VIF, "vif")                                                             \
    X(DISK, "disk")                                                           \
    X(PCI, "pci")                                                             \
    X(PASSTHROUGH, "passthrough")                                             \
    X(KERNEL, "kernel")                                                       \
    X(RAMDISK, "ramdisk")                                                     \
    X(BOOTLOADER, "bootloader")                                               \
    X(ON_POWEROFF, "on_poweroff")                                             \
    X(ON_REBOOT, "on_reboot")                                                 \
    X(ON_WATCHDOG, "on_watchdog")                                             \
    X(ON_CRASH, "on_crash")                                                   \
    X(ON_SOFT_RESET, "on_soft_reset")

typedef enum xlmem__cfg_key {
#define XLMEM__CFG_KEY(id, name) XLMEM__CFG_##id,
    XLMEM__CFG_KEYS(XLMEM__CFG_KEY)
#undef XLMEM__CFG_KEY
        XLMEM__CFG_NR
} xlmem__cfg_key;

/* A file that is being read: of a key given twice the last counts. */
typedef struct xlmem__draft {
    bool given[XLMEM__CFG_NR];
    xlmem__cfg_value value[XLMEM__CFG_NR];
    const xlmem_host *host; /* for its Xen's release; may be NULL */
    xlmem_domu domu;
    xlmem_opt_in opt_in;
    int64_t pci; /* devices passed through */
    xlmem__where *where;
} xlmem__draft;

/* The file's text for a key; false where it has none or a list. */
bool xlmem__cfg_text(const xlmem__draft *d, xlmem__cfg_key key,
                     xlmem__str *text_r);

/* Its number; false where xl would find none. */
bool xlmem__cfg_long(const xlmem__draft *d, xlmem__cfg_key key,
                     int64_t *number_r);

/* How many devices a list has. */
size_t xlmem__cfg_count(const xlmem__draft *d, xlmem__cfg_key key);

bool xlmem__cfg_same(const xlmem__draft *d, xlmem__cfg_key key,
                     const char *text);

/* Fill @where with the line of @key, its name and why, and return
 * XLMEM_ERROR_PARSE. */
int xlmem__cfg_refuse(const xlmem__draft *d, xlmem__cfg_key key,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * What xl and libxl refuse, in the order they look at it: first what takes the
 * type, then, when @d->domu.request is filled, the rest (xl_cfg_rules.c).
 * Each: 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_CONFIG with @where filled.
 */
int xlmem__cfg_type(xlmem__draft *d);
int xlmem__cfg_rules(xlmem__draft *d);

#endif /* XLMEM_XL_CFG_KEYS_H */
