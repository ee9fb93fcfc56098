/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which domains the entries of the ledger have become.
 *
 * Those that are bound say it.  The others are looked for by their uuid, all
 * at once: they go into a table, and one walk over the domains finds for each
 * uuid those that have it, in ascending order:
 *
 *     buckets uuid 6f2c... -> 7 -> 12      uuid 90ab... -> none
 *     next                    7: 12, 12: none
 *     taken   of each domain: an entry has it, or somebody says it is his
 *
 * Who is taken stays so, and is cut out of the list that he stands in when
 * somebody comes by; so that no order of entries and domains costs more than
 * their number, also where all have the same uuid.
 */
#include "engine/facts/entries.h"
#include "engine/facts/uuids.h"

#include <stdlib.h>
#include <string.h>

static bool was_there(const xlmem__entry *entry, uint64_t domid)
{
    size_t i;

    for (i = 0; i < entry->nr_before; i++)
        if (entry->before[i] == domid)
            return true;
    return false;
}

/* Of its uuid. */
static bool may_be_its(const xlmem_dom *dom)
{
    return dom->domid && !dom->dying;
}

static bool is_its(const xlmem__entry *entry, const xlmem_dom *dom)
{
    return may_be_its(dom) && !strcmp(dom->uuid, entry->res.uuid);
}

static const xlmem_dom *find_bound(const xlmem__entry *entry,
                                   const xlmem_host *host)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, entry->res.domid);

    return dom && is_its(entry, dom) ? dom : NULL;
}

/* Whether somebody who lives says that a domain is his, and which. */
static bool says_domid(const xlmem__listed *listed)
{
    return (listed->owned || listed->counts) &&
           XLMEM_KNOWS(&listed->entry.res, domid);
}

/* ------------------------------------------------------- one of them --- */

static bool is_bound(const xlmem__entries *entries, uint64_t domid)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (says_domid(&entries->list[i]) &&
            entries->list[i].entry.res.domid == domid)
            return true;
    return false;
}

static const xlmem_dom *guess_dom(const xlmem__entry *entry,
                                  const xlmem_host *host,
                                  const xlmem__entries *entries)
{
    size_t i;

    if (XLMEM_KNOWS(entry, binds))
        return NULL;
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (is_its(entry, dom) && !was_there(entry, dom->domid) &&
            !(entries && is_bound(entries, dom->domid)))
            return dom;
    }
    return NULL;
}

const xlmem_dom *xlmem__entry_dom(const xlmem__entry *entry,
                                  const xlmem__entries *entries,
                                  const xlmem_host *host)
{
    return XLMEM_KNOWS(&entry->res, domid) ? find_bound(entry, host)
                                           : guess_dom(entry, host, entries);
}

/* ------------------------------------------------------- all of them --- */

typedef struct search {
    const xlmem_host *host;
    bool *taken;   /* by place among the domains, as the next two */
    bool *counted; /* an entry in the books has it */
    size_t *next;  /* NULL: nobody is looked for */
    xlmem__uuids uuids;
} search;

/* What somebody who balances has written down is no reservation. */
static bool reserves(const xlmem__listed *listed)
{
    const xlmem_reservation *res = &listed->entry.res;

    return listed->counts && (res->need_kb || res->dom0_need_kb);
}

/* Whether its domain has to be looked for. */
static bool has_open_domain(const xlmem__listed *listed)
{
    return reserves(listed) && !XLMEM_KNOWS(&listed->entry.res, domid) &&
           !XLMEM_KNOWS(&listed->entry, binds);
}

/* From the last domain to the first, so that each goes to the front. */
static void find_candidates(search *s)
{
    size_t i;

    for (i = s->host->nr_doms; i--;) {
        const xlmem_dom *dom = &s->host->doms[i];
        xlmem__uuid_bucket *bucket = xlmem__uuids_find(&s->uuids, dom->uuid);

        if (!bucket || !may_be_its(dom))
            continue;
        s->next[i] = bucket->first_dom;
        bucket->first_dom = i;
    }
}

static int look_for_all(const xlmem__entries *entries, size_t nr_open,
                        search *s)
{
    size_t i;
    int rc = xlmem__uuids_init(&s->uuids, nr_open);

    if (rc)
        return rc;
    s->next = calloc(s->host->nr_doms + 1, sizeof(*s->next));
    if (!s->next)
        return XLMEM_ERROR_NOMEM;
    for (i = 0; i < entries->nr; i++)
        if (has_open_domain(&entries->list[i]))
            xlmem__uuids_add(&s->uuids, entries->list[i].entry.res.uuid);
    find_candidates(s);
    return 0;
}

static int search_init(const xlmem__entries *entries, const xlmem_host *host,
                       search *s)
{
    const xlmem_dom *dom;
    size_t i, nr_open = 0;

    *s = (search){.host = host};
    s->taken = calloc(host->nr_doms + 1, sizeof(*s->taken));
    s->counted = calloc(host->nr_doms + 1, sizeof(*s->counted));
    if (!s->taken || !s->counted)
        return XLMEM_ERROR_NOMEM;
    for (i = 0; i < entries->nr; i++) {
        const xlmem__listed *listed = &entries->list[i];

        nr_open += has_open_domain(listed);
        dom = says_domid(listed)
                  ? xlmem_host_find_dom(host, listed->entry.res.domid)
                  : NULL;
        if (dom)
            s->taken[dom - host->doms] = true;
    }
    return nr_open ? look_for_all(entries, nr_open, s) : 0;
}

static void search_dispose(search *s)
{
    free(s->taken);
    free(s->counted);
    free(s->next);
    xlmem__uuids_dispose(&s->uuids);
}

/* The first with its uuid that nobody has, and that was not there before. */
static const xlmem_dom *find_open(search *s, const xlmem__entry *entry)
{
    size_t *at = &xlmem__uuids_find(&s->uuids, entry->res.uuid)->first_dom;

    while (*at != XLMEM__NO_DOM) {
        const xlmem_dom *dom = &s->host->doms[*at];

        if (s->taken[*at]) {
            *at = s->next[*at];
            continue;
        }
        if (!was_there(entry, dom->domid))
            return dom;
        at = &s->next[*at];
    }
    return NULL;
}

/* One more in the books.  A domain has one entry, even where toolstacks give
 * all the same uuid: of two that are bound to one domain the second counts in
 * full, since what that domain has is taken off once. */
static void enter_in_books(search *s, const xlmem__listed *listed,
                           xlmem_reservation *list, size_t *nr)
{
    const xlmem__entry *entry = &listed->entry;
    const bool bound = XLMEM_KNOWS(&entry->res, domid);
    xlmem_reservation *res = &list[*nr];
    const xlmem_dom *dom = NULL;
    size_t at;

    if (bound)
        dom = find_bound(entry, s->host);
    else if (has_open_domain(listed))
        dom = find_open(s, entry);
    /* Who knew its domain needs nothing once that has gone. */
    if (bound && !dom)
        return;
    *res = entry->res;
    res->known &= ~XLMEM_FACT_BIT(res, domid);
    res->domid = 0;
    at = dom ? (size_t)(dom - s->host->doms) : s->host->nr_doms;
    if (dom && !s->counted[at]) {
        XLMEM_SET(res, domid, dom->domid);
        s->counted[at] = s->taken[at] = true;
    }
    ++*nr;
}

int xlmem__entries_enter(const xlmem__entries *entries, xlmem_host *host)
{
    xlmem_reservation *list = calloc(entries->nr + 1, sizeof(*list));
    size_t i, nr = 0;
    search s;
    int rc;

    if (!list)
        return XLMEM_ERROR_NOMEM;
    rc = search_init(entries, host, &s);
    for (i = 0; i < entries->nr && !rc; i++)
        if (reserves(&entries->list[i]))
            enter_in_books(&s, &entries->list[i], list, &nr);
    search_dispose(&s);
    if (rc) {
        free(list);
        return rc;
    }
    free(host->reservations);
    host->reservations = list;
    host->nr_reservations = nr;
    return 0;
}
