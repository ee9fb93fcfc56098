/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Findings about what all dom0_mem= of a line add up to, on this host.
 *
 * A PV dom0 keeps metadata for every page up to its maximum, and without one
 * for 11 times its initial size: Linux arch/x86/xen/setup.c adds at most
 * EXTRA_MEM_RATIO = 10 times what it was given.  The price of a page,
 * measured on real Xen: 86.2 bytes on Linux 5.10 and 6.1, 80.2 on 6.12.
 */
#include <stdio.h>

#include "model/checked.h"
#include "model/kernel_layout.h"
#include "model/lint.h"

#define PAGE_PRICE_BYTES 86

static bool is_some_size(const xlmem__amount *a)
{
    return a->set && !a->relative && a->bytes >> 12;
}

static const char *format_kb(char buf[32], uint64_t kb)
{
    return xlmem_format_size_kb(buf, 32, kb);
}

static uint64_t price_kb(uint64_t room_kb)
{
    return xlmem__mul_sat(room_kb / XLMEM__PAGE_KB, PAGE_PRICE_BYTES) / 1024;
}

/* What Xen would give of all the host's memory, or of any amount, in kB. */
static uint64_t given_kb(const xlmem__lint *lint)
{
    return lint->nr_pages * XLMEM__PAGE_KB;
}

static void check_missing(xlmem__lint *lint)
{
    const xlmem__dom0mem *linuxes = &lint->linuxes->dom0mem;

    if (lint->line->dom0mem.nr_options)
        return;
    if (linuxes->nr_options)
        xlmem__found(lint->to, XLMEM__RULE_LINUX_SIDE,
                     "'dom0_mem=%s' stands on the command line of dom0's "
                     "kernel, where nothing reads it; %s. Write "
                     "%s where Xen's options are (GRUB_CMDLINE_XEN)",
                     xlmem__quote(linuxes->last).text, lint->outcome,
                     lint->fix);
    xlmem__found(lint->to, XLMEM__RULE_NO_DOM0_MEM,
                 "no dom0_mem: %s. Each domU's memory is taken from dom0, "
                 "whose kernel keeps tables for all of the host: in the "
                 "end dom0 starves. Write %s%s",
                 lint->outcome, lint->fix, lint->fix_source);
}

/* What dom0 gets depends on a host that is not known. */
static bool is_unsettled(const xlmem__lint *lint)
{
    return !is_some_size(&lint->line->dom0mem.size) && !lint->host_kb;
}

/* The size is none that was meant. */
static bool size_is_odd(const xlmem__lint *lint)
{
    static const xlmem__rule_id odd[] = {
        XLMEM__RULE_UNIT_LESS,
        XLMEM__RULE_ZERO,
        XLMEM__RULE_WRAPPED,
        XLMEM__RULE_MINUS_ABOVE_HOST,
    };
    size_t i;

    for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (xlmem__rule_in(&lint->said, odd[i]))
            return true;
    return is_unsettled(lint);
}

static uint64_t whole_mib(uint64_t kb)
{
    return kb / XLMEM__MIB_KB * XLMEM__MIB_KB;
}

/* What dom0's kernel prepares for, above what it gets, without a maximum. */
static uint64_t room_for_kb(const xlmem__lint *lint)
{
    uint64_t kb = given_kb(lint);
    uint64_t room_kb = xlmem__extra_most(kb);

    if (!lint->host_kb)
        return room_kb;
    return xlmem__min(room_kb, xlmem__sub0(lint->host_kb, kb));
}

static void check_no_max(xlmem__lint *lint)
{
    uint64_t room_kb = room_for_kb(lint);
    char room[32], price[32];

    if ((!lint->line->dom0mem.size.set && !lint->line->dom0mem.min.set) ||
        lint->line->dom0mem.max.set || lint->meant.part[XLMEM__MAX].set ||
        lint->pvh)
        return;
    format_kb(room, whole_mib(room_kb));
    format_kb(price, whole_mib(price_kb(room_kb)));
    if (!lint->host_kb && price_kb(room_kb) < XLMEM__MIB_KB)
        xlmem__found(lint->to, XLMEM__RULE_NO_MAX,
                     "no max: a PV dom0 makes tables for memory it never "
                     "gets, up to ten times its size. Write %s",
                     lint->fix);
    else if (size_is_odd(lint))
        xlmem__found(lint->to, XLMEM__RULE_NO_MAX,
                     "no max: a PV dom0 makes tables for memory it never "
                     "gets. Write %s",
                     lint->fix);
    else if (price_kb(room_kb) >= XLMEM__MIB_KB)
        xlmem__found(lint->to, XLMEM__RULE_NO_MAX,
                     "no max: a PV dom0 makes tables for up to %s it never "
                     "gets, which costs it up to %s. Write %s",
                     room, price, lint->fix);
}

/* The three parts against each other. */
static void check_order(xlmem__lint *lint)
{
    const xlmem__dom0mem *s = &lint->line->dom0mem;
    char a[40], b[40];

    if (is_some_size(&s->min) && is_some_size(&s->max) &&
        s->min.bytes > s->max.bytes) {
        xlmem__lint_amount(&s->min, a, sizeof(a));
        xlmem__lint_amount(&s->max, b, sizeof(b));
        xlmem__found(lint->to, XLMEM__RULE_MIN_ABOVE_MAX,
                     "min:%s is above max:%s, and max counts: %s. Write %s", a,
                     b, lint->outcome, lint->fix);
    } else if (is_some_size(&s->size) && is_some_size(&s->min) &&
               s->size.bytes < s->min.bytes) {
        xlmem__lint_amount(&s->size, a, sizeof(a));
        xlmem__lint_amount(&s->min, b, sizeof(b));
        xlmem__found(lint->to, XLMEM__RULE_SIZE_BELOW_MIN,
                     "%s is below min:%s, and min counts: %s. Write %s", a, b,
                     lint->outcome, lint->fix);
    }
    if (is_some_size(&s->size) && is_some_size(&s->max) &&
        s->size.bytes > s->max.bytes) {
        xlmem__lint_amount(&s->size, a, sizeof(a));
        xlmem__lint_amount(&s->max, b, sizeof(b));
        xlmem__found(lint->to, XLMEM__RULE_SIZE_ABOVE_MAX,
                     "%s is above max:%s, and max counts: %s. Write %s", a, b,
                     lint->outcome, lint->fix);
    }
}

static void check_growth(xlmem__lint *lint)
{
    const xlmem__dom0mem *s = &lint->line->dom0mem;
    uint64_t room_kb;
    char room[32], price[32];

    if (!is_some_size(&s->size) || !is_some_size(&s->max) ||
        s->max.bytes <= s->size.bytes || lint->pvh)
        return;
    room_kb = (s->max.bytes - s->size.bytes) / 1024;
    room_kb = xlmem__min(room_kb, xlmem__extra_most(s->size.bytes / 1024));
    xlmem__found(lint->to, XLMEM__RULE_GROWTH_ROOM,
                 "max leaves %s to grow, for which a PV dom0 pays about %s "
                 "from the start. If it need not grow, make max the size",
                 format_kb(room, room_kb),
                 format_kb(price, whole_mib(price_kb(room_kb))));
}

static void check_against_host(xlmem__lint *lint)
{
    const xlmem__dom0mem *s = &lint->line->dom0mem;
    uint64_t host_kb = lint->host_kb, keep_kb;
    char amount[40], host[32], price[32];

    if (!host_kb)
        return;
    format_kb(host, host_kb < XLMEM__GIB_KB ? host_kb : whole_mib(host_kb));
    keep_kb = xlmem__min(host_kb / 16, 128 * XLMEM__MIB_KB);
    if (is_some_size(&s->size) && s->size.bytes / 1024 > host_kb - keep_kb) {
        xlmem__lint_amount(&s->size, amount, sizeof(amount));
        xlmem__found(lint->to, XLMEM__RULE_LARGER_THAN_HOST,
                     "%s of a host that has %s: Xen cuts it to what is "
                     "there, and no domU can start. Write %s%s",
                     amount, host, lint->fix, lint->fix_source);
    } else if (is_some_size(&s->max) && s->max.bytes / 1024 > host_kb &&
               !lint->pvh) {
        xlmem__lint_amount(&s->max, amount, sizeof(amount));
        xlmem__found(lint->to, XLMEM__RULE_MAX_ABOVE_HOST,
                     "max:%s is no limit on a host that has %s: a PV dom0 "
                     "makes tables for all of it, up to %s of them. Write "
                     "%s",
                     amount, host,
                     format_kb(price, whole_mib(price_kb(room_for_kb(lint)))),
                     lint->fix);
    }
    if (s->size.minus && s->size.bytes / 1024 >= host_kb) {
        xlmem__lint_amount(&s->size, amount, sizeof(amount));
        xlmem__found(lint->to, XLMEM__RULE_MINUS_ABOVE_HOST,
                     "%s on a host that has %s wraps: %s, nothing is left "
                     "for domUs. Write %s%s",
                     amount, host, lint->outcome, lint->fix, lint->fix_source);
    }
}

static void check_floor(xlmem__lint *lint)
{
    uint64_t kb = given_kb(lint);
    char size[32];

    if (!lint->line->dom0mem.size.set || is_unsettled(lint) ||
        kb >= XLMEM__DOM0_FLOOR_KB)
        return;
    xlmem__found(lint->to, XLMEM__RULE_TOO_SMALL,
                 "dom0 gets %s; below 256 MiB its kernel and toolstack do "
                 "not live. Write %s%s",
                 format_kb(size, kb), lint->fix, lint->fix_source);
}

static void check_relative(xlmem__lint *lint)
{
    const xlmem__dom0mem *s = &lint->line->dom0mem;
    xlmem__amount now = {.set = true};
    char fixed[40];

    now.bytes = given_kb(lint) / XLMEM__MIB_KB * XLMEM__MIB_KB * 1024;
    if (!lint->host_kb)
        now.bytes = UINT64_C(2) << 30;
    xlmem__lint_amount(&now, fixed, sizeof(fixed));
    if (s->size.relative || s->min.relative || s->max.relative)
        xlmem__found(lint->to, XLMEM__RULE_RELATIVE,
                     "percent and minus refer to what is free as Xen "
                     "starts: %s, and something else after any change of "
                     "hardware or Xen. Fixed%s: dom0_mem=%s,max:%s",
                     lint->outcome, lint->host_kb ? "" : ", for example",
                     fixed, fixed);
    else if (s->nr_options && !s->size.set && !s->rejected &&
             (s->max.set || s->min.set))
        xlmem__found(lint->to, XLMEM__RULE_NO_SIZE,
                     "%s: dom0 gets all memory %s. Write %s to fix the size, "
                     "too",
                     !s->max.set  ? "only min is given"
                     : s->min.set ? "no size is given beside min and max"
                                  : "only max is given",
                     s->max.set ? "up to max:" : "but 128 MiB or a sixteenth",
                     lint->fix);
}

static void check_toolstacks(xlmem__lint *lint)
{
    const xlmem__dom0mem *s = &lint->line->dom0mem;
    xlmem__seen seen;

    /* What is refused has to be written anew anyway. */
    if (s->rejected || !(s->size.set || s->max.set))
        return;
    seen = xlmem__dom0mem_seen(lint->host, lint->line);
    if (!seen.libvirt)
        xlmem__found(lint->to, XLMEM__RULE_LIBVIRT_BLIND,
                     "libvirt understands plain decimal sizes in B, K, M "
                     "and G only: it takes dom0 for not fixed and shrinks "
                     "it for domUs. Set autoballoon = 0 in "
                     "/etc/libvirt/libxl.conf");
    if (!seen.xl)
        xlmem__found(lint->to, XLMEM__RULE_XL_BLIND,
                     "xl's test for dom0_mem does not understand this "
                     "form: it takes dom0 for not fixed and shrinks it for "
                     "domUs. Set autoballoon=\"off\" in /etc/xen/xl.conf");
}

void xlmem__lint_sum(xlmem__lint *lint)
{
    check_missing(lint);
    check_order(lint);
    check_against_host(lint);
    check_floor(lint);
    check_no_max(lint);
    check_relative(lint);
    check_growth(lint);
    if (lint->line->dom0mem.nr_options > 1)
        xlmem__found(lint->to, XLMEM__RULE_REPEATED,
                     "dom0_mem= is there %llu times; Xen merges them item "
                     "by item: %s. One is enough: %s",
                     (unsigned long long)lint->line->dom0mem.nr_options,
                     lint->outcome, lint->fix);
    check_toolstacks(lint);
    if (lint->line->opts.mem.p)
        xlmem__found(lint->to, XLMEM__RULE_MEM_LIMITS_HOST,
                     "mem=%s makes Xen ignore memory above that address, "
                     "for domUs as well; it does not size dom0. Write %s",
                     xlmem__quote(lint->line->opts.mem).text, lint->fix);
}
