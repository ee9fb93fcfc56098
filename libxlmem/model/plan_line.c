/* SPDX-License-Identifier: LGPL-2.1-only */
/* A plan that was carried out as one line: whose target it lowered. */
#include "model/checked.h"
#include "model/line.h"
#include "model/plan.h"

/* So many are named; of the others it is said how many they are. */
#define NAMED_MAX 4

#define U(n) ((unsigned long long)(n))

typedef struct lowered {
    uint64_t domid;
    uint64_t from_kb, to_kb; /* before all steps, and after them */
} lowered;

typedef struct lowered_list {
    size_t nr;
    lowered list[XLMEM_STEPS_MAX];
} lowered_list;

static uint64_t by_kb(const lowered *one)
{
    return xlmem__sub0(one->from_kb, one->to_kb);
}

/* dom0, then who gave most. */
static bool comes_before(const lowered *a, const lowered *b)
{
    if (!a->domid || !b->domid)
        return !a->domid && b->domid;
    return by_kb(a) > by_kb(b);
}

/* Who is asked twice, since the first was not enough, is one. */
static void add_lowered(lowered_list *all, const xlmem_step *step)
{
    size_t i;

    for (i = 0; i < all->nr && all->list[i].domid != step->domid; i++)
        ;
    if (i == all->nr)
        all->list[all->nr++] =
            (lowered){step->domid, step->from_kb, step->to_kb};
    all->list[i].from_kb = xlmem__max(all->list[i].from_kb, step->from_kb);
    all->list[i].to_kb = xlmem__min(all->list[i].to_kb, step->to_kb);
}

static void sort_lowered(lowered_list *all)
{
    size_t i, j;

    for (i = 1; i < all->nr; i++) {
        const lowered one = all->list[i];

        for (j = i; j && comes_before(&one, &all->list[j - 1]); j--)
            all->list[j] = all->list[j - 1];
        all->list[j] = one;
    }
}

static void add_whose(xlmem__line *line, const xlmem_host *host,
                      uint64_t domid)
{
    const xlmem_dom *dom = host ? xlmem_host_find_dom(host, domid) : NULL;

    if (!domid)
        xlmem__line_add(line, "dom0");
    else if (dom && dom->name && *dom->name)
        xlmem__line_name(line, dom->name);
    else
        xlmem__line_add(line, "domain %llu", U(domid));
    xlmem__line_add(line, "'s");
}

/* "dom0's target was lowered by 300.0 MiB, db1's by 128.0 MiB" */
static void add_named(xlmem__line *line, const xlmem_host *host,
                      const lowered_list *all, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        if (i)
            xlmem__line_add(line, i + 1 == all->nr ? " and " : ", ");
        add_whose(line, host, all->list[i].domid);
        xlmem__line_add(line, i ? " by " : " target was lowered by ");
        xlmem__line_mib(line, by_kb(&all->list[i]));
    }
}

static void add_other_domains(xlmem__line *line, const lowered_list *all,
                              size_t i)
{
    const size_t nr = all->nr - i;
    uint64_t kb = 0;

    for (; i < all->nr; i++)
        kb = xlmem__add_sat(kb, by_kb(&all->list[i]));
    xlmem__line_add(line, " and those of %llu others by ", U(nr));
    xlmem__line_mib(line, kb);
    xlmem__line_add(line, " together");
}

const char *xlmem_plan_line(const xlmem_verdict *v, const xlmem_host *host,
                            const char *name, char *buf, size_t len)
{
    lowered_list all = {.nr = 0};
    xlmem__line line;
    size_t i, named;

    xlmem__line_start(&line, buf, len);
    for (i = 0; i < xlmem__plan_nr_shrinking(&v->plan); i++)
        add_lowered(&all, &v->plan.steps[i]);
    if (!all.nr)
        return buf;
    sort_lowered(&all);
    /* "1 others" would be as long as its name. */
    named = all.nr <= NAMED_MAX + 1 ? all.nr : NAMED_MAX;
    add_named(&line, host, &all, named);
    if (named < all.nr)
        add_other_domains(&line, &all, named);
    xlmem__line_add(&line, " to make room for ");
    xlmem__line_name(&line, name ? name : "it");
    xlmem__line_add(&line,
                    "; the guard raises %s again when so much is free in Xen "
                    "(what is owed: xl memguard status)",
                    all.nr > 1 ? "them" : "it");
    return buf;
}
