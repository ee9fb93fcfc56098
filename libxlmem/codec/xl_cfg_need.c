/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain's configuration file says about its memory, as xl reads it
 * (tools/xl/xl_parse.c, Xen 4.9 to 4.20): the grammar of the whole file first,
 * then its values.  Sizes are MiB; of a key given twice the last counts; what
 * should be a number and is none, or is a list, is passed over with a warning;
 * without a type a domain is PV, without a memory it has 32 MiB.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/domu.h"
#include "codec/xl_cfg_keys.h"
#include "model/checked.h"

typedef xlmem__draft draft;

static const char *const names[] = {
#define NAME(id, name) name,
    XLMEM__CFG_KEYS(NAME)
#undef NAME
};

/* Xen's own limit is far below (MAX_VIRT_CPUS is 8192 for PV). */
#define VCPUS_MAX 65536

/* ------------------------------------------------------ for the rules --- */

bool xlmem__cfg_text(const draft *d, xlmem__cfg_key key, xlmem__str *text_r)
{
    *text_r = (xlmem__str){"", 0};
    if (!d->given[key] || d->value[key].kind == XLMEM__CFG_LIST)
        return false;
    *text_r = d->value[key].text;
    return true;
}

bool xlmem__cfg_long(const draft *d, xlmem__cfg_key key, int64_t *number_r)
{
    return d->given[key] && xlmem__cfg_number(&d->value[key], number_r);
}

size_t xlmem__cfg_count(const draft *d, xlmem__cfg_key key)
{
    return d->given[key] && d->value[key].kind == XLMEM__CFG_LIST
               ? d->value[key].nr
               : 0;
}

bool xlmem__cfg_same(const draft *d, xlmem__cfg_key key, const char *text)
{
    xlmem__str value;

    return xlmem__cfg_text(d, key, &value) && xlmem__str_is(value, text);
}

int xlmem__cfg_refuse(const draft *d, xlmem__cfg_key key, const char *format,
                      ...)
{
    xlmem__where *where = d->where;
    size_t used;
    va_list args;

    where->line = d->value[key].line;
    snprintf(where->text, sizeof(where->text), "%s: ", names[key]);
    used = strlen(where->text);
    va_start(args, format);
    vsnprintf(where->text + used, sizeof(where->text) - used, format, args);
    va_end(args);
    xlmem__make_safe(where->text);
    return XLMEM_ERROR_PARSE;
}

/* ------------------------------------------------------------ settings --- */

/* Numbers and lists that are something else: xl warns, and goes on. */
static void pass_over_key(draft *d, xlmem__cfg_key key)
{
    char *text = d->domu.ignored;
    const size_t len = sizeof(d->domu.ignored), used = strlen(text);

    if (strlen(names[key]) + 3 > len - used)
        return;
    snprintf(text + used, len - used, "%s%s", used ? ", " : "", names[key]);
}

/* A number of MiB; 0 where there is none to be taken. */
static int take_mib(draft *d, xlmem__cfg_key key, uint64_t *kb_r, bool *set_r)
{
    int64_t mib;
    uint64_t kb;

    *set_r = xlmem__cfg_long(d, key, &mib);
    if (!*set_r) {
        if (d->given[key])
            pass_over_key(d, key);
        return 0;
    }
    if (mib < 0 || !xlmem__mul((uint64_t)mib, XLMEM__MIB_KB, &kb) || kb >> 54)
        return xlmem__cfg_refuse(d, key, "no machine has such a memory");
    *kb_r = kb;
    return 0;
}

#define TAKE_MIB(d, key, field)                                               \
    do {                                                                      \
        uint64_t kb;                                                          \
        bool set;                                                             \
        int bad = take_mib(d, key, &kb, &set);                                \
                                                                              \
        if (bad)                                                              \
            return bad;                                                       \
        if (set)                                                              \
            XLMEM_SET(&(d)->domu.request, field, kb);                         \
    } while (0)

static int take_cfg_sizes(draft *d)
{
    xlmem_need_request *request = &d->domu.request;

    TAKE_MIB(d, XLMEM__CFG_MEMORY, memory_kb);
    TAKE_MIB(d, XLMEM__CFG_MAXMEM, maxmem_kb);
    TAKE_MIB(d, XLMEM__CFG_SHADOW, shadow_memory_kb);
    TAKE_MIB(d, XLMEM__CFG_VIDEORAM, video_kb);
    TAKE_MIB(d, XLMEM__CFG_STUBDOM_MEMORY, stubdom_kb);
    if (!XLMEM_KNOWS(request, memory_kb))
        XLMEM_SET(request, memory_kb,
                  XLMEM_KNOWS(request, maxmem_kb) ? request->maxmem_kb
                                                  : XLMEM__DOMU_DEFAULT_KB);
    if (!request->memory_kb)
        return xlmem__cfg_refuse(d,
                                 d->given[XLMEM__CFG_MEMORY]
                                     ? XLMEM__CFG_MEMORY
                                     : XLMEM__CFG_MAXMEM,
                                 "a domain without memory is none");
    return 0;
}

/* maxvcpus wins over vcpus, and must not be less; 0 is as not given. */
static int take_cfg_vcpus(draft *d)
{
    int64_t vcpus = 0, most = 0;

    if (!xlmem__cfg_long(d, XLMEM__CFG_VCPUS, &vcpus) &&
        d->given[XLMEM__CFG_VCPUS])
        pass_over_key(d, XLMEM__CFG_VCPUS);
    if (!xlmem__cfg_long(d, XLMEM__CFG_MAXVCPUS, &most) &&
        d->given[XLMEM__CFG_MAXVCPUS])
        pass_over_key(d, XLMEM__CFG_MAXVCPUS);
    if (vcpus < 0 || vcpus > VCPUS_MAX)
        return xlmem__cfg_refuse(d, XLMEM__CFG_VCPUS,
                                 "no domain has so many vCPUs");
    if (most > VCPUS_MAX)
        return xlmem__cfg_refuse(d, XLMEM__CFG_MAXVCPUS,
                                 "no domain has so many vCPUs");
    if (!most)
        most = vcpus;
    if (most < vcpus)
        return xlmem__cfg_refuse(d, XLMEM__CFG_MAXVCPUS,
                                 "it is less than vcpus");
    if (most)
        XLMEM_SET(&d->domu.request, vcpus, (uint64_t)most);
    return 0;
}

/* A boot loader brings files of its own, whatever else is named. */
static void take_files(draft *d)
{
    xlmem__str text;

    if (xlmem__cfg_text(d, XLMEM__CFG_BOOTLOADER, &text) && text.len)
        return;
    if (xlmem__cfg_text(d, XLMEM__CFG_KERNEL, &text))
        xlmem__domu_path(d->domu.kernel, text);
    if (xlmem__cfg_text(d, XLMEM__CFG_RAMDISK, &text))
        xlmem__domu_path(d->domu.ramdisk, text);
}

static void take_rest(draft *d)
{
    static const xlmem__cfg_key lists[] = {XLMEM__CFG_VIF, XLMEM__CFG_DISK,
                                           XLMEM__CFG_PCI};
    xlmem_need_request *request = &d->domu.request;
    xlmem__str text;
    int64_t number;
    size_t i;

    if (xlmem__cfg_text(d, XLMEM__CFG_NAME, &text))
        xlmem__domu_name(&d->domu, text);
    if (xlmem__cfg_text(d, XLMEM__CFG_UUID, &text) && xlmem__is_uuid(text))
        xlmem__copy_uuid(d->domu.uuid, text.p);
    if (xlmem__cfg_long(d, XLMEM__CFG_HAP, &number))
        XLMEM_SET(request, hap, number != 0);
    else if (d->given[XLMEM__CFG_HAP])
        pass_over_key(d, XLMEM__CFG_HAP);
    if (d->given[XLMEM__CFG_VIF])
        XLMEM_SET(request, vifs, xlmem__cfg_count(d, XLMEM__CFG_VIF));
    if (d->given[XLMEM__CFG_DISK])
        XLMEM_SET(request, vbds, xlmem__cfg_count(d, XLMEM__CFG_DISK));
    d->pci = (int64_t)xlmem__cfg_count(d, XLMEM__CFG_PCI);
    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (d->given[lists[i]] && d->value[lists[i]].kind != XLMEM__CFG_LIST)
            pass_over_key(d, lists[i]);
    if (d->given[XLMEM__CFG_PASSTHROUGH] &&
        d->value[XLMEM__CFG_PASSTHROUGH].kind == XLMEM__CFG_LIST)
        pass_over_key(d, XLMEM__CFG_PASSTHROUGH);
}

/* "+=": a list grows, text does not matter to us but for its kind. */
static int store(draft *d, xlmem__str key, const xlmem__cfg_value *value)
{
    xlmem__cfg_value *kept;
    size_t i, had = 0;

    for (i = 0; i < XLMEM__CFG_NR; i++)
        if (xlmem__str_is(key, names[i]))
            break;
    if (i == XLMEM__CFG_NR)
        return 0;
    kept = &d->value[i];
    if (value->appended && d->given[i]) {
        had = kept->nr;
        if ((kept->kind == XLMEM__CFG_LIST) !=
            (value->kind == XLMEM__CFG_LIST)) {
            *kept = *value;
            return xlmem__cfg_refuse(d, (xlmem__cfg_key)i,
                                     "+= joins lists, or texts, and not one "
                                     "to the other");
        }
    }
    *kept = *value;
    kept->nr += had;
    d->given[i] = true;
    return 0;
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
        d->opt_in = (xlmem_opt_in){.known = 0};
    list.p++;
    while (!rc && xlmem__cfg_element(&list, &entry))
        rc = entry.kind == XLMEM__CFG_LIST
                 ? not_as_expected(key, expected, line, where)
                 : xlmem__opt_in_take(&d->opt_in, entry.text, line, where);
    return rc;
}

/* All of the file; of @list_only our list alone is kept. */
static int read_cfg_settings(xlmem__cfg *cfg, bool list_only, draft *d)
{
    xlmem__cfg_value value;
    xlmem__str key;
    int rc;

    while (!(rc = xlmem__cfg_next(cfg, &key, &value, d->where))) {
        if (!list_only)
            rc = store(d, key, &value);
        if (!rc && xlmem__str_is(key, "memguard"))
            rc = take_memguard(key, &value, value.line, d, d->where);
        if (rc)
            return rc;
    }
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

/* What was read, as xl and libxl take it. */
static int take_values(draft *d)
{
    int rc = xlmem__cfg_type(d);

    if (!rc)
        rc = take_cfg_vcpus(d);
    if (!rc)
        rc = take_cfg_sizes(d);
    if (rc)
        return rc;
    take_rest(d);
    take_files(d);
    return xlmem__cfg_rules(d);
}

int xlmem_domu_from_cfg_on(const xlmem_host *host, const char *cfg, size_t len,
                           xlmem_domu *domu_r, char *err, size_t err_len)
{
    xlmem__cfg settings_left = xlmem__cfg_of(cfg, len);
    xlmem__where where = {.line = 0};
    draft d = {.host = host, .where = &where};
    int rc = read_cfg_settings(&settings_left, false, &d);

    if (!rc)
        rc = take_values(&d);
    if (!rc)
        rc = xlmem__opt_in_finish(&d.opt_in, &d.domu.request, &d.domu.opt_in,
                                  &where);
    if (!rc)
        *domu_r = d.domu;
    else
        xlmem__where_line(&where, err, err_len);
    return rc;
}

int xlmem_domu_from_cfg(const char *cfg, size_t len, xlmem_domu *domu_r,
                        char *err, size_t err_len)
{
    return xlmem_domu_from_cfg_on(NULL, cfg, len, domu_r, err, err_len);
}

int xlmem_domu_opt_in_cfg(xlmem_domu *domu, const char *cfg, size_t len,
                          char *err, size_t err_len)
{
    xlmem__cfg settings_left = xlmem__cfg_of(cfg, len);
    xlmem__where where = {.line = 0};
    draft d = {.where = &where};
    int rc = read_cfg_settings(&settings_left, true, &d);

    if (!rc)
        rc = xlmem__opt_in_finish(&d.opt_in, &domu->request, &domu->opt_in,
                                  &where);
    if (rc)
        xlmem__where_line(&where, err, err_len);
    return rc;
}
