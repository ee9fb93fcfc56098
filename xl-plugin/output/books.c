/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/books.h"

#include <stdlib.h>

#define U(n) ((unsigned long long)(n))

/* What a domU is asked for when nothing but its type is said. */
#define LIKE_VCPUS 1

void books_init(books *b)
{
    *b = (books){.known = false};
    xlmem_host_init(&b->host);
    xlmem_policy_init(&b->policy);
}

void books_dispose(books *b)
{
    xlmem_host_dispose(&b->host);
    free(b->leaves);
    b->leaves = NULL;
}

int books_make(books *b)
{
    b->known = !xlmem_account_of(&b->host, &b->policy, &b->account);
    if (!b->known)
        return 0;
    b->leaves = calloc(b->host.nr_doms + 1, sizeof(*b->leaves));
    if (!b->leaves)
        return XLMEM_ERROR_NOMEM;
    return xlmem_evacuate(&b->host, &b->policy, b->leaves, &b->evacuation);
}

/* A term that is not known can only make it less. */
static const char *usable_label(const xlmem_account *a)
{
    if (a->deficit_kb)
        return NULL;
    return XLMEM_KNOWS(a, growth_kb) && XLMEM_KNOWS(a, outstanding_kb)
               ? "usable for new domUs"
               : "usable for new domUs, at most";
}

void books_put_account(out *o, const books *b)
{
    const xlmem_account *a = &b->account;

    out_object(o, "books", b->known ? "What new domUs may take" : NULL);
    OUT_FACT(o, "free_kb", "free in Xen", OUT_KB, a, free_kb);
    OUT_FACT(o, "outstanding_kb", "less what is claimed in Xen", OUT_KB, a,
             outstanding_kb);
    OUT_FACT(o, "ledger_kb", "less what is reserved", OUT_KB, a, ledger_kb);
    OUT_FACT(o, "growth_kb", "less what domains may still take", OUT_KB, a,
             growth_kb);
    OUT_FACT(o, "headroom_kb", "less headroom, kept for Xen", OUT_KB, a,
             headroom_kb);
    OUT_FACT(o, "usable_kb", usable_label(a), OUT_KB, a, usable_kb);
    OUT_FACT(o, "deficit_kb", a->deficit_kb ? "promised too much" : NULL,
             OUT_KB, a, deficit_kb);
    OUT_FACT(o, "coming_kb", a->coming_kb ? "to come back, if it does" : NULL,
             OUT_KB, a, coming_kb);
    OUT_FACT(o, "guests_give_kb", "domUs can give beside", OUT_KB, a,
             guests_give_kb);
    out_end(o);
}

/* ------------------------------------------------------------ largest --- */

static const struct kind {
    xlmem_dom_type type;
    const char *name;
} kinds[] = {
    {XLMEM_DOM_PV, "pv"},
    {XLMEM_DOM_PVH, "pvh"},
    {XLMEM_DOM_HVM, "hvm"},
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *books_type_name(xlmem_dom_type type)
{
    size_t i;

    for (i = 0; i < NR_KINDS; i++)
        if (kinds[i].type == type)
            return kinds[i].name;
    return NULL;
}

bool books_find_largest(const books *b, xlmem_dom_type type,
                        xlmem_largest_domu *found_r)
{
    xlmem_need_request like = {.type = type};

    XLMEM_SET(&like, vcpus, LIKE_VCPUS);
    return !xlmem_largest(&b->host, &b->policy, &like, found_r);
}

/* A size in whole MiB, as people read it. */
static void put_whole_mib(out *o, const char *label, uint64_t kb)
{
    char text[32];

    snprintf(text, sizeof(text), "%llu MiB", U(kb / 1024));
    out_text(o, NULL, label, kb ? text : "none");
}

void books_put_largest(out *o, const books *b)
{
    xlmem_largest_domu found;
    size_t i;

    out_list(o, "largest", "The largest domU that fits, with one vCPU");
    for (i = 0; i < NR_KINDS; i++) {
        if (!b->known || !books_find_largest(b, kinds[i].type, &found))
            continue;
        out_row(o);
        out_text(o, "type", "type", kinds[i].name);
        OUT_NUM(o, "now_kb", NULL, OUT_KB, found.now_kb);
        OUT_NUM(o, "after_plan_kb", NULL, OUT_KB, found.after_plan_kb);
        put_whole_mib(o, "now", found.now_kb);
        put_whole_mib(o, "when others give", found.after_plan_kb);
        out_row_end(o);
    }
    out_end(o);
}

/* --------------------------------------------------------- evacuation --- */

static void say_evacuation(out *o, const xlmem_evacuation *e)
{
    out_say(o, "%s", "");
    if (e->nr_unknown == e->nr_running) {
        out_say(o,
                "Whether the %llu running domUs could be migrated away is "
                "not known: their types are not.",
                U(e->nr_running));
        return;
    }
    if (e->nr_now == e->nr_running)
        out_say(o, "All %llu running domUs could be migrated away now.",
                U(e->nr_running));
    else
        out_say(o,
                "%llu of %llu running domUs could be migrated away now, %llu "
                "if one after another: each that has gone leaves Xen memory.",
                U(e->nr_now), U(e->nr_running), U(e->nr_in_turn));
    if (e->nr_unknown)
        out_say(o, "Of %llu it is not known: their types are not.",
                U(e->nr_unknown));
}

void books_put_evacuation(out *o, const books *b)
{
    const xlmem_evacuation *e = &b->evacuation;

    out_object(o, "migration", NULL);
    OUT_IF(o, "free_kb", NULL, OUT_KB, e->free_kb, b->known);
    OUT_IF(o, "running", NULL, OUT_COUNT, e->nr_running, b->known);
    OUT_IF(o, "now", NULL, OUT_COUNT, e->nr_now, b->known);
    OUT_IF(o, "in_turn", NULL, OUT_COUNT, e->nr_in_turn, b->known);
    OUT_IF(o, "unknown", NULL, OUT_COUNT, e->nr_unknown, b->known);
    out_end(o);
    if (b->known && e->nr_running)
        say_evacuation(o, e);
}

/* -------------------------------------------------------------- lists --- */

/* How long one by hand still lasts; the others last as their creates do. */
static void put_left(out *o, const xlmem_reservation *res)
{
    char text[32];
    const bool known = XLMEM_KNOWS(res, left_ms);

    snprintf(text, sizeof(text), "%llu s", U((res->left_ms + 999) / 1000));
    OUT_FACT(o, "left_ms", NULL, OUT_COUNT, res, left_ms);
    out_text(o, NULL, "ends in", known ? text : NULL);
}

void books_put_reservations(out *o, const xlmem_host *host)
{
    size_t i;

    out_list(o, "reservations",
             host->nr_reservations ? "Reservations (kB)" : NULL);
    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];

        out_row(o);
        out_text(o, "id", "id", *res->id ? res->id : NULL);
        OUT_FACT(o, "need_kb", "in Xen", OUT_KB, res, need_kb);
        OUT_FACT(o, "dom0_need_kb", NULL, OUT_KB, res, dom0_need_kb);
        put_left(o, res);
        OUT_FACT(o, "domid", "domain", OUT_COUNT, res, domid);
        out_text(o, "uuid", "uuid", *res->uuid ? res->uuid : NULL);
        out_row_end(o);
    }
    out_end(o);
}

void books_put_limit(out *o, const char *key, const char *label, uint64_t kb,
                     bool known)
{
    const out_field field = {
        .key = key,
        .label = label,
        .kind = OUT_KB,
        .known = known && xlmem__is_limit(kb),
        .num = kb,
        .absent = known ? "none" : NULL,
    };

    out_num(o, &field);
}

/* What is known of any domain: columns that say nothing are left out. */
static uint64_t known_of_any(const xlmem_host *host)
{
    uint64_t known = 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        known |= host->doms[i].known;
    return known;
}

static const char *column(uint64_t known, uint64_t bit, const char *label)
{
    return known & bit ? label : NULL;
}

/* A label if any domain knows the fact. */
#define COLUMN(dom, f, label) column(any, XLMEM_FACT_BIT(dom, f), label)

/* Memory of one domain.  With a range its upper end stands for static-max,
 * so that a line is no longer than a screen is wide. */
static void put_memory(out *o, const xlmem_dom *dom, uint64_t any)
{
    const char *range_min = COLUMN(dom, dynamic_min_kb, "dyn-min");
    const char *range_max = COLUMN(dom, dynamic_max_kb, "dyn-max");

    OUT_FACT(o, "tot_kb", "has", OUT_KB, dom, tot_kb);
    OUT_FACT(o, "target_kb", COLUMN(dom, target_kb, "target"), OUT_KB, dom,
             target_kb);
    books_put_limit(o, "maxmem_kb", COLUMN(dom, maxmem_kb, "maxmem"),
                    dom->maxmem_kb, XLMEM_KNOWS(dom, maxmem_kb));
    books_put_limit(o, "static_max_kb",
                    range_max ? NULL
                              : COLUMN(dom, static_max_kb, "static-max"),
                    dom->static_max_kb, XLMEM_KNOWS(dom, static_max_kb));
    OUT_FACT(o, "dynamic_min_kb", range_min, OUT_KB, dom, dynamic_min_kb);
    OUT_FACT(o, "dynamic_max_kb", range_max, OUT_KB, dom, dynamic_max_kb);
    OUT_FACT(o, "paging_kb", COLUMN(dom, paging_kb, "pool"), OUT_KB, dom,
             paging_kb);
    OUT_FACT(o, "outstanding_kb", NULL, OUT_KB, dom, outstanding_kb);
}

static bool any_type(const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (host->doms[i].type != XLMEM_DOM_UNKNOWN)
            return true;
    return false;
}

void books_put_domains(out *o, const books *b)
{
    const xlmem_host *host = &b->host;
    const uint64_t any = known_of_any(host);
    const char *type = any_type(host) ? "type" : NULL;
    size_t i;

    out_list(o, "domains", "Domains (kB)");
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        const xlmem_departure *leaves = b->leaves ? &b->leaves[i] : NULL;

        out_row(o);
        OUT_FACT(o, "domid", "id", OUT_COUNT, dom, domid);
        out_text(o, "name", "name", dom->name);
        out_text(o, "type", type, books_type_name(dom->type));
        put_memory(o, dom, any);
        OUT_IF(o, "can_leave", NULL, OUT_BOOL, leaves && leaves->now,
               leaves && XLMEM_KNOWS(leaves, need_kb));
        out_row_end(o);
    }
    out_end(o);
}
