/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0_mem= of Xen for Arm (xen/arch/arm/domain_build.c, parse_dom0_mem, 4.4
 * to 4.20): one size and nothing else.
 *
 *     dom0_mem = number [ B | K | M | G | T ]     none means KiB
 *
 * What stands behind the size makes Xen report an invalid value, and is lost;
 * the size counts all the same.  Of several options the last one counts.
 * Without a size, or with 0, dom0 gets 512 MiB; a size that the machine has
 * not is a panic.  There is no max: a dom0 has no more than its size.
 */
#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "model/lint.h"

#define ARM_DEFAULT_KB (512 * XLMEM__MIB_KB)

/* The size at the start of a value; *used_r: how much of it that is. */
static uint64_t size_at_start_kb(xlmem__str value, bool *unitless_r,
                                 size_t *used_r)
{
    xlmem__component c = {.which = XLMEM__SIZE};
    xlmem__str head = value, rest;

    /* The longest beginning that is a size by the grammar of x86, which has
     * the same sizes. */
    for (; head.len; head.len--) {
        rest = head;
        if (head.p[0] != '-' && !memchr(head.p, ',', head.len) &&
            xlmem__next_component(&rest, &c) && c.amount.set &&
            c.which == XLMEM__SIZE && !c.amount.relative)
            break;
    }
    *used_r = head.len;
    *unitless_r = head.len && c.amount.unitless;
    return head.len ? c.amount.bytes / 1024 : 0;
}

/* What Xen makes of a line. */
static uint64_t gets_kb(const xlmem__xen_line *line)
{
    bool unitless;
    size_t used;
    uint64_t kb = 0;

    if (line->dom0mem.nr_options)
        kb = size_at_start_kb(line->dom0mem.last, &unitless, &used);
    return kb ? kb : ARM_DEFAULT_KB;
}

static void write_fix(xlmem__lint *lint)
{
    const xlmem__amount *size = &lint->meant.part[XLMEM__SIZE];
    const xlmem__amount *max = &lint->meant.part[XLMEM__MAX];
    xlmem__amount given = {.set = true, .bytes = gets_kb(lint->line) * 1024};
    char text[40];

    if (size->set && !size->relative &&
        size->bytes / 1024 >= XLMEM__DOM0_FLOOR_KB)
        given = *size;
    else if (max->set && !max->relative)
        given = *max;
    if (given.bytes / 1024 < XLMEM__DOM0_FLOOR_KB)
        given.bytes = ARM_DEFAULT_KB * 1024;
    lint->fix_source = "";
    xlmem__lint_amount(&given, text, sizeof(text));
    snprintf(lint->fix, sizeof(lint->fix), "dom0_mem=%s", text);
    snprintf(lint->outcome, sizeof(lint->outcome), "dom0 gets %s",
             xlmem_format_size_kb(text, sizeof(text), gets_kb(lint->line)));
}

void xlmem__lint_arm_value(xlmem__lint *lint, const xlmem__word *word)
{
    const xlmem__str value = xlmem__word_value(word);
    bool unitless;
    size_t used;
    uint64_t kb = size_at_start_kb(value, &unitless, &used);
    char size[32];

    xlmem_format_size_kb(size, sizeof(size), kb);
    if (used < value.len || !used)
        xlmem__found(lint->to, XLMEM__RULE_BAD_COMPONENT,
                     "Xen for Arm takes one size and nothing else, and "
                     "calls '%s' an invalid value; %s. Write %s",
                     xlmem__quote(value).text, lint->outcome, lint->fix);
    else if (unitless && kb < XLMEM__LINT_KIB_KB)
        xlmem__found(lint->to, XLMEM__RULE_UNIT_LESS,
                     "a number without unit is KiB: Xen reads '%s' as %s; "
                     "%s. Write %s",
                     xlmem__quote(value).text, size, lint->outcome, lint->fix);
    else if (unitless)
        xlmem__found(lint->to, XLMEM__RULE_KIB,
                     "a number without unit is KiB: Xen reads '%s' as %s; "
                     "with a unit nobody errs. Write %s",
                     xlmem__quote(value).text, size, lint->fix);
}

static void check_sum(xlmem__lint *lint)
{
    uint64_t kb = gets_kb(lint->line);
    char size[32];

    xlmem_format_size_kb(size, sizeof(size), kb);
    if (!lint->line->dom0mem.nr_options) {
        xlmem__found(lint->to, XLMEM__RULE_NO_DOM0_MEM,
                     "no dom0_mem: Xen for Arm gives dom0 512 MiB, and asks "
                     "for a size. Write %s",
                     lint->fix);
        return;
    }
    if (lint->host_kb && kb >= lint->host_kb)
        xlmem__found(lint->to, XLMEM__RULE_LARGER_THAN_HOST,
                     "%s of a host that has %llu MiB: Xen for Arm does not "
                     "boot with it. Write a size that leaves room for domUs",
                     size,
                     (unsigned long long)(lint->host_kb / XLMEM__MIB_KB));
    if (kb < XLMEM__DOM0_FLOOR_KB)
        xlmem__found(lint->to, XLMEM__RULE_TOO_SMALL,
                     "dom0 gets %s; below 256 MiB its kernel and toolstack "
                     "do not live. Write more, for example dom0_mem=1G",
                     size);
    if (lint->line->dom0mem.nr_options > 1)
        xlmem__found(lint->to, XLMEM__RULE_REPEATED,
                     "dom0_mem= is there %llu times, and the last counts: "
                     "%s. One is enough: %s",
                     (unsigned long long)lint->line->dom0mem.nr_options,
                     lint->outcome, lint->fix);
}

void xlmem__lint_arm(xlmem__lint *lint)
{
    write_fix(lint);
    xlmem__lint_words(lint);
    check_sum(lint);
}
