/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen reads what it can and drops the rest, so nothing here fails: what Xen
 * would not understand has no effect.  Each word is read as it comes, into the
 * same variables, so that "dom0=pvh dom0=verbose" is a PVH dom0 and
 * "iommu=off iommu=verbose" has no IOMMU.  Where the readers are (4.14, 4.17,
 * 4.20 alike as far as they are followed here):
 *
 *   dom0=            arch/x86/dom0_build.c, parse_dom0_param
 *   dom0_max_vcpus=  arch/x86/dom0_build.c, parse_dom0_max_vcpus
 *   iommu=           drivers/passthrough/iommu.c, parse_iommu_param
 *   dom0-iommu=      drivers/passthrough/iommu.c, parse_dom0_iommu_param
 *   pv=              arch/x86/pv/domain.c, parse_pv
 *   crashkernel=     common/kexec.c, parse_crashkernel
 *   mem=             arch/x86/e820.c, a size
 */
#include "model/xen_opts.h"

#include <string.h>

#include "model/checked.h"

/* Xen common/kexec.c keeps so many ranges of crashkernel=, all versions. */
#define CRASH_RANGES_MAX 16

static bool take_char(xlmem__str *text, char c)
{
    if (!text->len || *text->p != c)
        return false;
    text->p++;
    text->len--;
    return true;
}

/* ------------------------------------------------------- list items --- */

/* The next item of a list with commas. */
static bool next_item(xlmem__str *list, xlmem__str *item_r)
{
    const char *comma;

    if (!list->len)
        return false;
    comma = memchr(list->p, ',', list->len);
    item_r->p = list->p;
    item_r->len = comma ? (size_t)(comma - list->p) : list->len;
    list->p += item_r->len;
    list->len -= item_r->len;
    take_char(list, ',');
    return true;
}

/* cmdline_strcmp(): the word, or the word and one of these signs. */
static bool is_item(xlmem__str item, const char *word)
{
    size_t len = strlen(word);

    return xlmem__str_starts(item, word) &&
           (item.len == len || strchr(":;=", item.p[len]));
}

/* parse_bool(): false where it is neither. */
static bool take_bool(xlmem__str text, bool *value_r)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"no", false},      {"off", false}, {"false", false},
                 {"disable", false}, {"0", false},   {"yes", true},
                 {"on", true},       {"true", true}, {"enable", true},
                 {"1", true}};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (xlmem__str_is(text, words[i].text)) {
            *value_r = words[i].value;
            return true;
        }
    return false;
}

/* parse_boolean(): "NAME", "no-NAME" or "NAME=BOOL"; else nothing is set. */
static void take_named_bool(xlmem__str item, const char *name, bool *value_r)
{
    size_t len = strlen(name);
    bool no = xlmem__str_starts(item, "no-");

    if (no)
        item = (xlmem__str){item.p + 3, item.len - 3};
    if (!xlmem__str_starts(item, name))
        return;
    item = (xlmem__str){item.p + len, item.len - len};
    if (!item.len)
        *value_r = !no;
    else if (!no && take_char(&item, '='))
        take_bool(item, value_r);
}

static void take_dom0(xlmem__str list, xlmem__xen_opts *opts)
{
    xlmem__str item;

    opts->dom0 = true;
    while (next_item(&list, &item)) {
        if (is_item(item, "pv"))
            opts->pvh = false;
        else if (is_item(item, "pvh"))
            opts->pvh = true;
        else
            take_named_bool(item, "shadow", &opts->shadow);
    }
}

static void take_iommu(xlmem__str list, xlmem__xen_opts *opts)
{
    xlmem__str item;
    bool on;

    while (next_item(&list, &item)) {
        if (take_bool(item, &on))
            opts->no_iommu = !on;
        else
            take_named_bool(item, "dom0-passthrough", &opts->passthrough);
    }
}

static void take_dom0_iommu(xlmem__str list, xlmem__xen_opts *opts)
{
    xlmem__str item;

    while (next_item(&list, &item)) {
        if (is_item(item, "none"))
            opts->no_dom0_iommu = true;
        else
            take_named_bool(item, "passthrough", &opts->passthrough);
    }
}

static void take_pv(xlmem__str list, xlmem__xen_opts *opts)
{
    xlmem__str item;
    bool pv32 = !opts->no_pv32;

    while (next_item(&list, &item))
        take_named_bool(item, "32", &pv32);
    opts->no_pv32 = !pv32;
}

/* ----------------------------------------------------------- numbers --- */

/* simple_strtoull() of base 0 without a sign: decimal, 0x or 0 in front.
 * Without digits nothing is taken, and the number is 0. */
static uint64_t take_option_number(xlmem__str *text)
{
    uint64_t value = 0;
    unsigned base = 10;
    size_t used = 0, skip = 0;
    xlmem__str digits;

    if (text->len > 2 && text->p[0] == '0' && (text->p[1] | 32) == 'x' &&
        xlmem__digit(text->p[2]) < 16) {
        base = 16;
        skip = 2;
    } else if (text->len > 1 && text->p[0] == '0') {
        base = 8;
    }
    digits = (xlmem__str){text->p + skip, text->len - skip};
    if (xlmem__number(digits, base, &value, &used))
        return 0;
    text->p = digits.p + used;
    text->len = digits.len - used;
    return value;
}

/* parse_size_and_unit() of lib/parse-size.c: a unit, or KiB.  Without digits
 * nothing is taken. */
static bool take_size(xlmem__str *text, uint64_t *bytes_r)
{
    static const char units[] = "BKMGT";
    const char *start = text->p, *unit;
    uint64_t value = take_option_number(text);
    unsigned shift = 10;

    if (text->p == start)
        return false;
    unit = text->len && *text->p ? strchr(units, *text->p & ~32) : NULL;
    if (unit) {
        shift = 10 * (unsigned)(unit - units);
        text->p++;
        text->len--;
    }
    *bytes_r = xlmem__mul_sat(value, UINT64_C(1) << shift);
    return true;
}

/* "N", "MIN-MAX", "-MAX" or "MIN-"; a minimum of 0 is 1. */
static void take_dom0_vcpus(xlmem__str text, xlmem__xen_opts *opts)
{
    if (take_char(&text, '-')) {
        opts->vcpus_max = take_option_number(&text);
        return;
    }
    opts->vcpus_min = xlmem__max(take_option_number(&text), 1);
    if (!text.len)
        opts->vcpus_max = opts->vcpus_min;
    else if (take_char(&text, '-') && text.len)
        opts->vcpus_max = take_option_number(&text);
}

static void take_crash(xlmem__str text, xlmem__xen_opts *opts)
{
    if (text.len && memchr(text.p, ':', text.len))
        opts->crash_ranges = text;
    else
        opts->crash_size = text;
}

static void take_mem(xlmem__str text, xlmem__xen_opts *opts)
{
    opts->mem = text;
}

/* ---------------------------------------------------------- options --- */

void xlmem__xen_opts_take(xlmem__str name, xlmem__str value,
                          xlmem__xen_opts *opts)
{
    static const struct {
        const char *name;
        void (*take)(xlmem__str, xlmem__xen_opts *);
    } options[] = {
        {"dom0", take_dom0},   {"dom0_max_vcpus", take_dom0_vcpus},
        {"iommu", take_iommu}, {"dom0-iommu", take_dom0_iommu},
        {"pv", take_pv},       {"crashkernel", take_crash},
        {"mem", take_mem},
    };
    size_t i;

    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (xlmem__str_is(name, options[i].name))
            options[i].take(value, opts);
}

/* -------------------------------------------------------- on a host --- */

/* "START-[END]:SIZE,...": the size for so much RAM. */
static uint64_t crash_by_ranges(xlmem__str text, uint64_t ram)
{
    uint64_t start, end, size;
    unsigned n;

    for (n = 0; n < CRASH_RANGES_MAX; n++) {
        if (!take_size(&text, &start) || !take_char(&text, '-'))
            break;
        end = UINT64_MAX;
        if (!take_char(&text, ':') && (!take_size(&text, &end) ||
                                       end <= start || !take_char(&text, ':')))
            break;
        if (!take_size(&text, &size) || !size)
            break;
        if (size < ram && start <= ram && end > ram)
            return size;
        if (!take_char(&text, ','))
            break;
    }
    return 0;
}

/* Ranges count where no plain size is given.  Where it lies ("@", "<",
 * ",below=") does not change what it costs. */
static uint64_t crash_kb(const xlmem__xen_opts *opts, uint64_t total_kb)
{
    uint64_t ram = xlmem__mul_sat(total_kb, 1024), bytes;
    xlmem__str size = opts->crash_size;

    if (!take_size(&size, &bytes) || !bytes)
        bytes = crash_by_ranges(opts->crash_ranges, ram);
    return bytes < ram ? bytes / 1024 : 0;
}

void xlmem__xen_setup_of(const xlmem__xen_opts *opts, const xlmem_host *host,
                         uint64_t total_kb, xlmem__xen_setup *setup_r)
{
    setup_r->pvh = opts->pvh;
    /* Of a host whose line is not known its dom0 itself may tell. */
    if (!host->xen_cmdline && host->dom0.type == XLMEM_DOM_PVH && !opts->dom0)
        setup_r->pvh = true;
    setup_r->shadow = opts->shadow;
    setup_r->pv32 = !opts->no_pv32;
    setup_r->dom0_iommu =
        !opts->no_iommu && !opts->passthrough && !opts->no_dom0_iommu;
    setup_r->dom0_vcpus = xlmem__min(
        xlmem__max(host->nr_cpus, opts->vcpus_min), opts->vcpus_max);
    setup_r->crash_kb = crash_kb(opts, total_kb);
}
