/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain's configuration file says about its memory, as xl reads it
 * (tools/xl/xl_parse.c, Xen 4.14 to 4.20): sizes are MiB, a later setting
 * replaces an earlier one, a domain without a type is PV.
 */
#include <stdio.h>
#include <string.h>

#include "codec/domu.h"
#include "codec/opt_in.h"
#include "codec/xl_cfg.h"
#include "model/checked.h"

/* The settings that say what is needed only together. */
typedef struct draft {
    xlmem_domu domu;
    xlmem__opt_in opt_in;
    uint64_t pci; /* devices passed through */
    bool stubdomain;
} draft;

/* Returns NULL, or what the value should have been. */
typedef const char *taker(const xlmem__cfg_value *value, draft *d);

static bool mib_of(const xlmem__cfg_value *value, uint64_t *kb_r)
{
    uint64_t mib, kb;

    if (!xlmem__cfg_number(value, &mib) ||
        !xlmem__mul(mib, XLMEM__MIB_KB, &kb) || kb >> 54)
        return false;
    *kb_r = kb;
    return true;
}

#define TAKE_MIB(name, field)                                                 \
    static const char *name(const xlmem__cfg_value *value, draft *d)          \
    {                                                                         \
        uint64_t kb;                                                          \
                                                                              \
        if (!mib_of(value, &kb))                                              \
            return "a number of MiB";                                         \
        XLMEM_SET(&d->domu.request, field, kb);                               \
        return NULL;                                                          \
    }

TAKE_MIB(take_memory, memory_kb)
TAKE_MIB(take_maxmem, maxmem_kb)
TAKE_MIB(take_shadow, shadow_memory_kb)
TAKE_MIB(take_video, video_kb)
TAKE_MIB(take_stubdom_memory, stubdom_kb)

/* Xen's own limit is far below (MAX_VIRT_CPUS is 8192 for PV). */
#define VCPUS_MAX 65536

/* maxvcpus wins over vcpus in whatever order they come. */
static const char *take_vcpus(const xlmem__cfg_value *value, draft *d)
{
    uint64_t n;

    if (!xlmem__cfg_number(value, &n) || !n || n > VCPUS_MAX)
        return "a number of vCPUs";
    XLMEM_SET(&d->domu.request, vcpus, xlmem__max(n, d->domu.request.vcpus));
    return NULL;
}

static const char *take_hap(const xlmem__cfg_value *value, draft *d)
{
    uint64_t n;

    if (!xlmem__cfg_number(value, &n))
        return "0 or 1";
    XLMEM_SET(&d->domu.request, hap, n != 0);
    return NULL;
}

static const char *take_stubdomain(const xlmem__cfg_value *value, draft *d)
{
    uint64_t n;

    if (!xlmem__cfg_number(value, &n))
        return "0 or 1";
    d->stubdomain = n != 0;
    return NULL;
}

static const char *take_type(const xlmem__cfg_value *value, draft *d)
{
    static const struct {
        const char *name;
        xlmem_dom_type type;
    } types[] = {
        {"pv", XLMEM_DOM_PV},    {"pvh", XLMEM_DOM_PVH},
        {"hvm", XLMEM_DOM_HVM},  {"generic", XLMEM_DOM_PV},
        {"linux", XLMEM_DOM_PV},
    };
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (value->kind == XLMEM__CFG_STRING &&
            xlmem__equals(value->text, types[i].name)) {
            d->domu.request.type = types[i].type;
            return NULL;
        }
    return "\"pv\", \"pvh\" or \"hvm\"";
}

/* xl takes one device without brackets as well. */
static uint64_t count_of(const xlmem__cfg_value *value)
{
    return value->kind == XLMEM__CFG_LIST ? value->nr : 1;
}

#define TAKE_COUNT(name, field)                                               \
    static const char *name(const xlmem__cfg_value *value, draft *d)          \
    {                                                                         \
        uint64_t had = value->appended ? d->domu.request.field : 0;           \
                                                                              \
        XLMEM_SET(&d->domu.request, field, had + count_of(value));            \
        return NULL;                                                          \
    }

TAKE_COUNT(take_vifs, vifs)
TAKE_COUNT(take_vbds, vbds)

static const char *take_pci(const xlmem__cfg_value *value, draft *d)
{
    d->pci = count_of(value);
    return NULL;
}

static const char *take_passthrough(const xlmem__cfg_value *value, draft *d)
{
    if (xlmem__equals(value->text, "sync_pt"))
        XLMEM_SET(&d->domu.request, iommu_tables, 1);
    return NULL;
}

static const char *take_name(const xlmem__cfg_value *value, draft *d)
{
    if (value->kind != XLMEM__CFG_STRING)
        return "a name in quotes";
    xlmem__domu_name(&d->domu, value->text);
    return NULL;
}

static const struct setting {
    const char *name;
    taker *take;
} settings[] = {
    {"name", take_name},
    {"memory", take_memory},
    {"maxmem", take_maxmem},
    {"vcpus", take_vcpus},
    {"maxvcpus", take_vcpus},
    {"type", take_type},
    {"builder", take_type},
    {"shadow_memory", take_shadow},
    {"videoram", take_video},
    {"hap", take_hap},
    {"vif", take_vifs},
    {"disk", take_vbds},
    {"pci", take_pci},
    {"passthrough", take_passthrough},
    {"device_model_stubdomain_override", take_stubdomain},
    {"stubdomain_memory", take_stubdom_memory},
};

static const char *take(xlmem__str key, const xlmem__cfg_value *value,
                        draft *d)
{
    size_t i;

    for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (xlmem__equals(key, settings[i].name))
            return settings[i].take(value, d);
    return NULL;
}

static int not_as_expected(xlmem__str key, const char *expected, size_t line,
                           xlmem__where *where)
{
    snprintf(where->text, sizeof(where->text), "%.*s: expected %s",
             (int)xlmem__min(key.len, 40), key.p, expected);
    where->line = line;
    return XLMEM_ERROR_PARSE;
}

/* The list that is ours: libxl knows nothing of it. */
static int take_memguard(xlmem__str key, const xlmem__cfg_value *value,
                         size_t line, draft *d, xlmem__where *where)
{
    static const char expected[] = "a list of \"key=value\"";
    xlmem__cfg list = xlmem__cfg_of(value->text.p, value->text.len);
    xlmem__cfg_value entry;
    int rc = 0;

    if (value->kind != XLMEM__CFG_LIST)
        return not_as_expected(key, expected, line, where);
    if (!value->appended)
        d->opt_in = (xlmem__opt_in){.given = 0};
    list.p++;
    while (!rc && xlmem__cfg_element(&list, &entry))
        rc = entry.kind == XLMEM__CFG_LIST
                 ? not_as_expected(key, expected, line, where)
                 : xlmem__opt_in_take(&d->opt_in, entry.text, line, where);
    return rc;
}

/* @list_only: of our list. */
static int read_all(xlmem__cfg *cfg, bool list_only, draft *d,
                    xlmem__where *where)
{
    xlmem__cfg_value value;
    xlmem__str key;
    int rc;

    while (!(rc = xlmem__cfg_next(cfg, &key, &value, where))) {
        const char *expected = list_only ? NULL : take(key, &value, d);

        if (expected)
            return not_as_expected(key, expected, cfg->line, where);
        if (xlmem__equals(key, "memguard"))
            rc = take_memguard(key, &value, cfg->line, d, where);
        if (rc)
            return rc;
    }
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

static int finish(draft *d, xlmem__where *where)
{
    xlmem_need_request *request = &d->domu.request;
    const char *missing = NULL;

    if (!XLMEM_KNOWS(request, memory_kb) && XLMEM_KNOWS(request, maxmem_kb))
        XLMEM_SET(request, memory_kb, request->maxmem_kb);
    if (!request->memory_kb)
        missing = "memory is not set";
    else if (d->stubdomain && !XLMEM_KNOWS(request, stubdom_kb))
        missing = "the device model has a domain of its own, and "
                  "stubdomain_memory is not set";
    if (missing) {
        snprintf(where->text, sizeof(where->text), "%s", missing);
        where->line = 0;
        return XLMEM_ERROR_CONFIG;
    }
    if (!d->stubdomain) {
        request->known &= ~XLMEM_FACT_BIT(request, stubdom_kb);
        request->stubdom_kb = 0;
    }
    if (request->type == XLMEM_DOM_PV && d->pci)
        XLMEM_SET(request, iommu_tables, 1);
    return 0;
}

static void say(const xlmem__where *where, char *err, size_t err_len)
{
    if (err_len && where->line)
        snprintf(err, err_len, "line %zu: %s", where->line, where->text);
    else if (err_len)
        snprintf(err, err_len, "%s", where->text);
}

int xlmem_domu_from_cfg(const char *cfg, size_t len, xlmem_domu *domu_r,
                        char *err, size_t err_len)
{
    xlmem__cfg settings_left = xlmem__cfg_of(cfg, len);
    draft d = {.domu = {.request = {.type = XLMEM_DOM_PV}}};
    xlmem__where where = {0, ""};
    int rc = read_all(&settings_left, false, &d, &where);

    if (!rc)
        rc = finish(&d, &where);
    if (!rc)
        rc = xlmem__opt_in_finish(&d.opt_in, &d.domu.request, &d.domu.opt_in,
                                  &where);
    if (!rc)
        *domu_r = d.domu;
    else
        say(&where, err, err_len);
    return rc;
}

int xlmem_domu_opt_in_cfg(xlmem_domu *domu, const char *cfg, size_t len,
                          char *err, size_t err_len)
{
    xlmem__cfg settings_left = xlmem__cfg_of(cfg, len);
    draft d = {.pci = 0};
    xlmem__where where = {0, ""};
    int rc = read_all(&settings_left, true, &d, &where);

    if (!rc)
        rc = xlmem__opt_in_finish(&d.opt_in, &domu->request, &domu->opt_in,
                                  &where);
    if (rc)
        say(&where, err, err_len);
    return rc;
}
