/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen reads what it can and drops the rest, so nothing here fails: what Xen
 * would not understand has no effect.
 */
#include "model/xenown_opts.h"

#include <string.h>

#include "model/checked.h"
#include "model/dom0mem.h"

/* Xen common/kexec.c keeps so many ranges of crashkernel=, all versions. */
#define CRASH_RANGES_MAX 16

static bool take(xlmem__str *text, char c)
{
    if (!text->len || *text->p != c)
        return false;
    text->p++;
    text->len--;
    return true;
}

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
    take(list, ',');
    return true;
}

static bool same(xlmem__str text, const char *word)
{
    return text.len == strlen(word) && !memcmp(text.p, word, text.len);
}

/* Whether the list of an option has a word in it. */
static bool has(const char *line, const char *option, const char *word)
{
    xlmem__str list, item;

    if (!xlmem__option(line, option, &list))
        return false;
    while (next_item(&list, &item))
        if (same(item, word))
            return true;
    return false;
}

/* A boolean's words for false (Xen common/kernel.c, parse_bool). */
static bool has_false(const char *line, const char *option)
{
    static const char *const words[] = {"no", "off", "false", "disable", "0"};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has(line, option, words[i]))
            return true;
    return false;
}

/*
 * A size as Xen reads one (common/lib: parse_size_and_unit): hexadecimal with
 * "0x", a unit or KiB.  Without digits nothing is taken.
 */
static bool take_size(xlmem__str *text, uint64_t *bytes_r)
{
    static const char units[] = "BKMGT";
    bool hex = text->len > 2 && text->p[0] == '0' && (text->p[1] | 32) == 'x';
    xlmem__str digits = {text->p + (hex ? 2 : 0), text->len - (hex ? 2 : 0)};
    const char *unit;
    uint64_t value;
    unsigned shift = 10;
    size_t used;

    if (xlmem__number(digits, hex ? 16 : 10, &value, &used))
        return false;
    text->p = digits.p + used;
    text->len = digits.len - used;
    unit = text->len && *text->p ? strchr(units, *text->p & ~32) : NULL;
    if (unit) {
        shift = 10 * (unsigned)(unit - units);
        text->p++;
        text->len--;
    }
    *bytes_r = xlmem__mul_sat(value, UINT64_C(1) << shift);
    return true;
}

/* "START-[END]:SIZE,...": the size for so much RAM. */
static uint64_t crash_by_ranges(xlmem__str text, uint64_t ram)
{
    uint64_t start, end, size;
    unsigned n;

    for (n = 0; n < CRASH_RANGES_MAX; n++) {
        if (!take_size(&text, &start) || !take(&text, '-'))
            break;
        end = UINT64_MAX;
        if (!take(&text, ':') &&
            (!take_size(&text, &end) || end <= start || !take(&text, ':')))
            break;
        if (!take_size(&text, &size) || !size)
            break;
        if (size < ram && start <= ram && end > ram)
            return size;
        if (!take(&text, ','))
            break;
    }
    return 0;
}

/* Where it lies ("@", "<", ",below=") does not change what it costs. */
static uint64_t crash_kb(const char *line, uint64_t total_kb)
{
    uint64_t ram = xlmem__mul_sat(total_kb, 1024), bytes = 0;
    xlmem__str value;

    if (!xlmem__option(line, "crashkernel", &value))
        return 0;
    if (memchr(value.p, ':', value.len))
        bytes = crash_by_ranges(value, ram);
    else if (!take_size(&value, &bytes))
        return 0;
    return bytes < ram ? bytes / 1024 : 0;
}

/* "N", "MIN-MAX", "-MAX" or "MIN-" (Xen arch/x86/dom0_build.c). */
static uint64_t dom0_vcpus(const char *line, const xlmem_host *host)
{
    uint64_t min = 0, max = UINT64_MAX;
    uint64_t cpus = host->nr_cpus;
    xlmem__str value;
    size_t used;

    if (xlmem__option(line, "dom0_max_vcpus", &value)) {
        if (!xlmem__number(value, 10, &min, &used)) {
            value.p += used;
            value.len -= used;
            max = min;
        }
        if (take(&value, '-') && xlmem__number(value, 10, &max, &used))
            max = UINT64_MAX;
    }
    return xlmem__min(xlmem__max(cpus, min), max);
}

void xlmem__xen_opts_of(const char *line, const xlmem_host *host,
                        uint64_t total_kb, xlmem__xen_opts *opts_r)
{
    xlmem__str dom0;

    opts_r->pvh = has(line, "dom0", "pvh");
    /* Of a host whose line is not known its dom0 itself may tell. */
    if (!host->xen_cmdline && host->dom0.type == XLMEM_DOM_PVH &&
        !xlmem__option(line, "dom0", &dom0))
        opts_r->pvh = true;
    opts_r->shadow = has(line, "dom0", "shadow");
    opts_r->pv32 = !has(line, "pv", "no-32") && !has(line, "pv", "32=no") &&
                   !has(line, "pv", "32=0");
    opts_r->dom0_iommu = !has_false(line, "iommu") &&
                         !has(line, "iommu", "dom0-passthrough") &&
                         !has(line, "dom0-iommu", "none") &&
                         !has(line, "dom0-iommu", "passthrough");
    opts_r->dom0_vcpus = dom0_vcpus(line, host);
    opts_r->crash_kb = crash_kb(line, total_kb);
}
