/* SPDX-License-Identifier: LGPL-2.1-only */
/* Some hosts of a fleet are lost: the question, and its answer. */
#include <stdlib.h>
#include <string.h>

#include "commands/fleet.h"

static size_t count_lost(fleet_case *c)
{
    size_t i, nr = 0;

    c->nr_lost = 0;
    for (i = 0; i < c->f->nr; i++) {
        c->nr_lost += c->lost[i];
        nr += c->lost[i] ? c->f->hosts[i]->sum.nr_domus : 0;
    }
    return nr;
}

static bool make_case_room(fleet_case *c, size_t nr)
{
    const size_t gaps = c->f->nr - c->nr_lost + 1, domus = nr + 1;

    c->gap_hosts = calloc(gaps, sizeof(*c->gap_hosts));
    c->gaps = calloc(gaps, sizeof(*c->gaps));
    c->domus = calloc(domus, sizeof(*c->domus));
    c->from = calloc(domus, sizeof(*c->from));
    c->prices = calloc(domus * gaps, sizeof(*c->prices));
    c->answer.where = calloc(domus, sizeof(*c->answer.where));
    c->answer.set = calloc(domus, sizeof(*c->answer.set));
    return c->gap_hosts && c->gaps && c->domus && c->from && c->prices &&
           c->answer.where && c->answer.set;
}

void fleet_case_dispose(fleet_case *c)
{
    free(c->gap_hosts);
    free(c->gaps);
    free(c->domus);
    free(c->from);
    free(c->prices);
    free(c->answer.where);
    free(c->answer.set);
    *c = (fleet_case){.f = NULL};
}

static void add_lost_domus(fleet_case *c, size_t from)
{
    const xlmem_host *host = &c->f->hosts[from]->view.books.host;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        const xlmem_dom *guess = xlmem_fleet_guess_of(host, dom);

        if (!xlmem_fleet_counts(host, dom))
            continue;
        if (guess)
            c->guess = guess;
        c->domus[c->pack.nr_domus] = dom;
        c->from[c->pack.nr_domus++] = from;
    }
}

static void add_gap(fleet_case *c, size_t at)
{
    const host_view *view = &c->f->hosts[at]->view;
    const books *b = &view->books;
    xlmem_fleet_gap *gap = &c->gaps[c->pack.nr_gaps];

    xlmem_fleet_gap_of(&b->account, gap);
    if (c->f->run->value[FLEET_GIVERS] && view->configured &&
        b->policy.mode == XLMEM_MODE_ENFORCE)
        xlmem_fleet_add_givers(&b->host, &b->account, gap);
    c->gap_hosts[c->pack.nr_gaps++] = at;
}

static xlmem_fleet_domu lost_domu(const fleet_case *c, size_t d)
{
    return xlmem_fleet_domu_of(&c->f->hosts[c->from[d]]->view.books.host,
                               c->domus[d]);
}

/* Where the device model has a domain of its own they are that one's, for
 * libxl (libxl_pci.c, 4.17). */
bool fleet_case_has_pci(const fleet_case *c, size_t d)
{
    const xlmem_fleet_domu domu = lost_domu(c, d);

    return xlmem_dom_has_pci(domu.dom) ||
           (domu.stubdom && xlmem_dom_has_pci(domu.stubdom));
}

static bool find_prices(fleet_case *c)
{
    const size_t gaps = c->pack.nr_gaps;
    size_t d, g;

    for (d = 0; d < c->pack.nr_domus; d++) {
        const xlmem_fleet_domu domu = lost_domu(c, d);

        for (g = 0; g < gaps; g++) {
            const books *to = &c->f->hosts[c->gap_hosts[g]]->view.books;
            xlmem_fleet_price *price = &c->prices[d * gaps + g];

            if (xlmem_fleet_price_of(&domu, &to->host, &to->policy, price))
                return false;
            /* Room for one that stays is taken from those who can go. */
            if (c->pack.may_stop && fleet_case_has_pci(c, d))
                price->barred = 1;
        }
    }
    return true;
}

size_t fleet_case_barred(const fleet_case *c, size_t d, xlmem_fleet_bar bar)
{
    const xlmem_fleet_domu domu = lost_domu(c, d);
    size_t g, nr = 0;

    for (g = 0; g < c->pack.nr_gaps; g++)
        nr +=
            xlmem_fleet_bar_of(
                &domu, &c->f->hosts[c->gap_hosts[g]]->view.books.host) == bar;
    return nr;
}

typedef struct named {
    const char *name;
    size_t domu;
} named;

static int compare_names(const void *one, const void *other)
{
    return strcmp(((const named *)one)->name, ((const named *)other)->name);
}

static void set_name(fleet_case *c, size_t d, uint64_t name)
{
    size_t g;

    for (g = 0; g < c->pack.nr_gaps; g++)
        c->prices[d * c->pack.nr_gaps + g].name = name;
    c->namesakes = true;
}

/* Two of a name can come to one host only from two.  False without memory. */
static bool find_namesakes(fleet_case *c)
{
    named *list = calloc(c->pack.nr_domus + 1, sizeof(*list));
    size_t d, i, nr = 0;

    if (!list)
        return false;
    for (d = 0; d < c->pack.nr_domus; d++)
        if (c->domus[d]->name && *c->domus[d]->name)
            list[nr++] = (named){c->domus[d]->name, d};
    qsort(list, nr, sizeof(*list), compare_names);
    for (i = 0, d = 0; i < nr; i++) {
        if (strcmp(list[i].name, list[d].name))
            d = i;
        if (i == d)
            continue;
        set_name(c, list[d].domu, d + 1);
        set_name(c, list[i].domu, d + 1);
    }
    free(list);
    return true;
}

/* Each takes all that it was built for: whether any does. */
static bool raise_prices(fleet_case *c)
{
    bool raised = false;
    size_t d, g;

    for (d = 0; d < c->pack.nr_domus; d++) {
        const uint64_t kb = xlmem_fleet_spared_kb(c->domus[d]);

        raised |= kb != 0;
        for (g = 0; g < c->pack.nr_gaps; g++) {
            uint64_t *stays = c->prices[d * c->pack.nr_gaps + g].stays_kb;

            stays[XLMEM_FLEET_XEN] =
                xlmem_fleet_add(stays[XLMEM_FLEET_XEN], kb);
        }
    }
    return raised;
}

/*
 * Who is started anew has what its file says, and not what it was left by its
 * balloon.  How much that is no recording tells; that it is no more than its
 * maximum is certain.  False without memory.
 */
static bool ask_at_maximum(fleet_case *c, void *arena)
{
    const size_t nr = c->pack.nr_domus * c->pack.nr_gaps;
    xlmem_fleet_price *as_is = c->prices;
    xlmem_pack_answer answer = {.where = NULL};
    bool ok;

    c->at_maximum = c->answer.verdict;
    if (c->answer.verdict != XLMEM_PACK_YES || !nr)
        return true;
    c->prices = malloc(nr * sizeof(*as_is));
    answer.where = calloc(c->pack.nr_domus, sizeof(*answer.where));
    answer.set = calloc(c->pack.nr_domus, sizeof(*answer.set));
    ok = c->prices && answer.where && answer.set;
    if (ok) {
        memcpy(c->prices, as_is, nr * sizeof(*as_is));
        c->pack.prices = c->prices;
        c->pack.limit = FLEET_PLACES_AT_MAXIMUM;
        if (raise_prices(c)) {
            xlmem_pack_find(&c->pack, arena, &answer);
            c->at_maximum = answer.verdict;
        }
    }
    free(c->prices);
    free(answer.where);
    free(answer.set);
    c->pack.prices = c->prices = as_is;
    return ok;
}

bool fleet_case_ask(fleet_case *c, const fleet *f, bool may_stop)
{
    void *arena;
    size_t i, nr;
    bool ok = true;

    c->f = f;
    nr = count_lost(c);
    if (!make_case_room(c, nr))
        return false;
    for (i = 0; i < f->nr; i++)
        if (c->lost[i])
            add_lost_domus(c, i);
        else
            add_gap(c, i);
    c->pack.gaps = c->gaps;
    c->pack.prices = c->prices;
    c->pack.limit = FLEET_PLACES;
    c->pack.may_stop = may_stop;
    c->answer.verdict = c->at_maximum = XLMEM_PACK_UNKNOWN;
    c->known = find_prices(c);
    if (!c->known)
        return true;
    if (c->nr_lost > 1 && !find_namesakes(c))
        return false;
    arena = malloc(xlmem_pack_room(c->pack.nr_gaps, c->pack.nr_domus) + 1);
    if (!arena)
        return false;
    xlmem_pack_find(&c->pack, arena, &c->answer);
    if (!may_stop)
        ok = ask_at_maximum(c, arena);
    free(arena);
    return ok;
}

xlmem_pack_verdict fleet_verdict(const fleet *f, xlmem_pack_verdict found)
{
    if (f->nr_left_out || f->nr_partial || f->nr_twins)
        return XLMEM_PACK_UNKNOWN;
    if (found == XLMEM_PACK_YES && f->nr_doubts)
        return XLMEM_PACK_UNKNOWN;
    return found;
}

xlmem_pack_verdict fleet_case_verdict(const fleet_case *c,
                                      xlmem_pack_verdict found)
{
    return c->guess ? XLMEM_PACK_UNKNOWN : fleet_verdict(c->f, found);
}

bool fleet_need_of(const fleet_host *h, const xlmem_dom *dom,
                   fleet_need *need_r)
{
    const books *b = &h->view.books;
    const xlmem_fleet_domu domu = xlmem_fleet_domu_of(&b->host, dom);
    xlmem_fleet_price price;

    if (xlmem_fleet_price_of(&domu, &b->host, &b->policy, &price))
        return false;
    need_r->xen_mib = xlmem_fleet_mib(&price, XLMEM_FLEET_XEN);
    need_r->dom0_mib = xlmem_fleet_mib(&price, XLMEM_FLEET_DOM0);
    return true;
}

bool fleet_is_plain(const char *name)
{
    return *name && *name != '-' &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}
