/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0_mem= (Xen arch/x86/dom0_build.c and lib/parse-size.c; the grammar and
 * the clamping are the same from 4.12 to 4.21):
 *
 *     list   = item *( "," item )
 *     item   = [ "min:" | "max:" ] amount
 *     amount = [ "-" ] ( size | percent "%" | size "+" percent "%" )
 *     size   = number [ B | K | M | G | T ]     either case; none means KiB
 *     number = decimal, 0octal or 0xhex; wraps at 2^64 without notice
 *
 * with percent below 100.  An item that does not fit is not stored and ends
 * the list; what came before stays in force.
 *
 *     amount(a) = bytes / 4096 + percent * a / 100, or a minus that
 *     size      = amount(avail), or where that is 0 the default:
 *                 avail - min(avail / 16, 128 MiB)
 *     dom0      = min(avail, min(max, max(min, size)))
 *
 * All of it in 64 bits that wrap: "-8G" on a host of 4 GiB is a huge number,
 * and so dom0 gets everything.
 *
 * Not modelled: PV kernels without XEN_ELFNOTE_INIT_P2M (32-bit, before
 * Linux 2.6.37), whose size Xen clips once more.
 */
#include "model/dom0mem.h"

#include <string.h>

#include "model/checked.h"
#include "model/units.h"

#define PAGE_SHIFT 12
/* Kept for Xen where no size is given (4.0 to 4.21). */
#define DEFAULT_RESERVE_PAGES (UINT64_C(128) << (20 - PAGE_SHIFT))
/* d->max_pages is an unsigned int: this value stands for no limit. */
#define MAX_PAGES_NONE UINT64_C(0xffffffff)

static char char_at(xlmem__str text, size_t i)
{
    return i < text.len ? text.p[i] : '\0';
}

/* Xen's simple_strtoull with base 0, from *at. */
static uint64_t read_xen_number(xlmem__str text, size_t *at, bool *wrapped)
{
    uint64_t value = 0, exact;
    unsigned base = 10, digit;

    if (char_at(text, *at) == '0') {
        base = 8;
        ++*at;
        if ((char_at(text, *at) == 'x' || char_at(text, *at) == 'X') &&
            xlmem__digit(char_at(text, *at + 1)) < 16) {
            base = 16;
            ++*at;
        }
    }
    for (; (digit = xlmem__digit(char_at(text, *at))) < base; ++*at) {
        if (!xlmem__mul(value, base, &exact) ||
            !xlmem__add(exact, digit, &exact))
            *wrapped = true;
        value = value * base + digit;
    }
    return value;
}

/* Bits to shift by for a suffix; -1 for none of them. */
static int suffix_shift(char c)
{
    switch (c) {
    case 'T':
    case 't':
        return 40;
    case 'G':
    case 'g':
        return 30;
    case 'M':
    case 'm':
        return 20;
    case 'K':
    case 'k':
        return 10;
    case 'B':
    case 'b':
        return 0;
    default:
        return -1;
    }
}

/* A "percent%" from *at; false when it is something else. */
static bool read_percent(xlmem__str text, size_t *at, xlmem__amount *amount)
{
    size_t i = *at;
    uint64_t value;
    bool wrapped = amount->wrapped;

    if (!xlmem__is_digit(char_at(text, i)))
        return false;
    value = read_xen_number(text, &i, &wrapped);
    if (char_at(text, i) != '%' || value >= 100)
        return false;
    amount->percent = value;
    amount->wrapped = wrapped;
    *at = i + 1;
    return true;
}

static void read_size(xlmem__str text, size_t *at, xlmem__amount *amount)
{
    uint64_t value = read_xen_number(text, at, &amount->wrapped);
    int shift = suffix_shift(char_at(text, *at));

    amount->unitless = shift < 0;
    if (amount->unitless)
        shift = 10;
    else
        ++*at;
    if (value > UINT64_MAX >> shift)
        amount->wrapped = true;
    amount->bytes = value << shift;
}

static bool parse_amount(xlmem__str text, xlmem__amount *amount_r)
{
    xlmem__amount amount = {.minus = char_at(text, 0) == '-'};
    size_t at = amount.minus;

    if (!xlmem__is_digit(char_at(text, at)))
        return false;
    if (!read_percent(text, &at, &amount)) {
        read_size(text, &at, &amount);
        if (char_at(text, at) == '+') {
            at++;
            if (!read_percent(text, &at, &amount))
                return false;
        }
    }
    if (at != text.len)
        return false;
    amount.set = true;
    amount.relative = amount.minus || amount.percent;
    *amount_r = amount;
    return true;
}

static xlmem__str behind(xlmem__str text, size_t n)
{
    return (xlmem__str){text.p + n, text.len - n};
}

bool xlmem__next_component(xlmem__str *rest, xlmem__component *component_r)
{
    const char *comma;

    memset(component_r, 0, sizeof(*component_r));
    if (!rest->p)
        return false;
    component_r->text = *rest;
    comma = rest->len ? memchr(rest->p, ',', rest->len) : NULL;
    if (comma) {
        component_r->text.len = (size_t)(comma - rest->p);
        *rest = behind(*rest, component_r->text.len + 1);
    } else {
        *rest = (xlmem__str){NULL, 0};
    }
    component_r->body = component_r->text;
    if (xlmem__str_starts(component_r->text, "min:"))
        component_r->which = XLMEM__MIN;
    else if (xlmem__str_starts(component_r->text, "max:"))
        component_r->which = XLMEM__MAX;
    if (component_r->which != XLMEM__SIZE)
        component_r->body = behind(component_r->text, strlen("min:"));
    parse_amount(component_r->body, &component_r->amount);
    return true;
}

static void reject_rest(xlmem__dom0mem *spec, xlmem__str text)
{
    if (spec->rejected)
        return;
    spec->rejected = true;
    spec->bad = text;
}

void xlmem__dom0mem_take(xlmem__str value, bool negated, xlmem__dom0mem *spec)
{
    xlmem__amount *part[] = {&spec->size, &spec->min, &spec->max};
    xlmem__component component;

    spec->nr_options++;
    spec->last = value;
    if (negated) {
        reject_rest(spec, value);
        return;
    }
    while (xlmem__next_component(&value, &component)) {
        if (!component.amount.set) {
            reject_rest(spec, component.text);
            return;
        }
        *part[component.which] = component.amount;
    }
}

static uint64_t amount_of(const xlmem__amount *amount, uint64_t avail_pages)
{
    uint64_t pages =
        (amount->bytes >> PAGE_SHIFT) + amount->percent * avail_pages / 100;

    return amount->minus ? avail_pages - pages : pages;
}

uint64_t xlmem__dom0mem_default(uint64_t avail_pages)
{
    return avail_pages - xlmem__min(avail_pages / 16, DEFAULT_RESERVE_PAGES);
}

void xlmem__dom0mem_apply(const xlmem__dom0mem *spec, uint64_t avail_pages,
                          uint64_t *nr_pages_r, uint64_t *max_pages_r)
{
    uint64_t nr = amount_of(&spec->size, avail_pages);
    uint64_t min = amount_of(&spec->min, avail_pages);
    uint64_t max = spec->max.set ? amount_of(&spec->max, avail_pages)
                                 : (uint64_t)INT64_MAX;

    if (!nr)
        nr = xlmem__dom0mem_default(avail_pages);
    nr = xlmem__max(nr, min);
    nr = xlmem__min(nr, max);
    nr = xlmem__min(nr, avail_pages);
    *nr_pages_r = nr;
    *max_pages_r = max >= MAX_PAGES_NONE ? UINT64_MAX : max;
}
