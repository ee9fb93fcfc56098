/* SPDX-License-Identifier: LGPL-2.1-only */
/* What xenstored, Xen and the toolstack say. */
#include "codec/facts.h"
#include "codec/vitals/log_takes.h"
#include "model/checked.h"

/* ----------------------------------------------------------- xenstored --- */

/*
 * "Domain 12 exceeds ...", behind "[20261126T21:25:13.123Z| warn|quota] " in
 * oxenstored's own log.  Guests' words stand in others of its sentences and
 * begin none.
 * @says: what may follow the number (xenstored_domain.c 4.14 to 4.20;
 *   tools/ocaml/xenstored/quota.ml), up to NULL.
 */
static bool take_quota(xlmem__log_reader *log, const xlmem__log_line *line,
                       xlmem_log_kind kind, const char *const *says)
{
    xlmem_log_event event = xlmem__log_event_of(log, kind, line);
    xlmem__str text = line->text;
    uint64_t domid;

    if (xlmem__str_starts(text, "["))
        xlmem__past(text, "] ", &text);
    if ((!xlmem__skip(&text, "Domain ") && !xlmem__skip(&text, "domain ")) ||
        xlmem__take_number(&text, 10, &domid))
        return false;
    while (*says && !xlmem__str_starts(text, *says))
        says++;
    if (!*says)
        return false;
    XLMEM_SET(&event, domid, domid);
    return xlmem__log_count_line(log, &event);
}

bool xlmem__log_take_soft_quota(xlmem__log_reader *log,
                                const xlmem__log_line *line)
{
    static const char *const says[] = {" exceeds soft memory quota",
                                       " cannot create entry: quota reached",
                                       NULL};

    return take_quota(log, line, XLMEM_LOG_QUOTA_SOFT, says);
}

bool xlmem__log_take_hard_quota(xlmem__log_reader *log,
                                const xlmem__log_line *line)
{
    static const char *const says[] = {" exceeds hard memory quota", NULL};

    return take_quota(log, line, XLMEM_LOG_QUOTA_HARD, says);
}

bool xlmem__log_take_soft_over(xlmem__log_reader *log,
                               const xlmem__log_line *line)
{
    static const char *const says[] = {" below soft memory quota again", NULL};

    return take_quota(log, line, XLMEM_LOG_QUOTA_SOFT_OVER, says);
}

bool xlmem__log_take_hard_over(xlmem__log_reader *log,
                               const xlmem__log_line *line)
{
    static const char *const says[] = {" below hard memory quota again", NULL};

    return take_quota(log, line, XLMEM_LOG_QUOTA_HARD_OVER, says);
}

/* ---------------------------------------------------------- Xen's ring --- */

/* "domain 12", "d12", "Dom12": the number behind @word. */
static void take_domid(xlmem_log_event *event, xlmem__str text,
                       const char *word)
{
    uint64_t domid;

    if (xlmem__number_past(text, word, &domid))
        XLMEM_SET(event, domid, domid);
}

/* "Over-allocation for d12: 262145 > 262144" */
bool xlmem__log_take_over(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_OVER_ALLOCATION, line);
    xlmem__str rest, who;
    uint64_t nr;

    if (!xlmem__past(line->text, "Over-allocation for ", &rest))
        return false;
    who = xlmem__cut(&rest, ':');
    take_domid(&event, who,
               xlmem__str_starts(who, "domain ") ? "domain " : "d");
    if (xlmem__number_past(rest, " ", &nr))
        XLMEM_SET(&event, current, nr);
    if (xlmem__number_past(rest, "> ", &nr))
        XLMEM_SET(&event, limit, nr);
    return xlmem__log_count_line(log, &event);
}

/* "memory.c:155:d0v0 Could not allocate order=0 extent: id=12 ..." */
bool xlmem__log_take_extent(xlmem__log_reader *log,
                            const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_NO_EXTENT, line);

    xlmem__log_take_order(&event, line->text);
    take_domid(&event, line->text, "id=");
    return xlmem__log_count_line(log, &event);
}

/* "p2m_pod_demand_populate: Dom24 out of PoD memory! (tot=T ents=E domN)" */
bool xlmem__log_take_pod(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event = xlmem__log_event_of(log, XLMEM_LOG_POD, line);
    uint64_t nr;

    take_domid(&event, line->text, "Dom");
    if (xlmem__number_past(line->text, "tot=", &nr))
        XLMEM_SET(&event, current, nr);
    if (xlmem__number_past(line->text, "ents=", &nr))
        XLMEM_SET(&event, limit, nr);
    return xlmem__log_count_line(log, &event);
}

bool xlmem__log_take_pod_cache(xlmem__log_reader *log,
                               const xlmem__log_line *line)
{
    return xlmem__log_take_plain(log, line, XLMEM_LOG_POD_CACHE);
}

/* "d12v0 failed to set entry for G -> M altp2m A, rc -12" */
bool xlmem__log_take_pool(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_PAGING_POOL, line);
    uint64_t error;

    if (!xlmem__number_past(line->text, "rc -", &error))
        return false;
    XLMEM_SET(&event, error, error);
    take_domid(&event, line->text, "d");
    return xlmem__log_count_line(log, &event);
}

bool xlmem__log_take_dom0_crash(xlmem__log_reader *log,
                                const xlmem__log_line *line)
{
    return xlmem__log_take_plain(log, line, XLMEM_LOG_DOM0_CRASHED);
}

/* "Domain 24 (vcpu#0) crashed on cpu#3:" */
bool xlmem__log_take_crash(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_DOMU_CRASHED, line);
    uint64_t domid;

    if (!xlmem__number_past(line->text, "Domain ", &domid))
        return false;
    if (!domid)
        return xlmem__log_take_dom0_crash(log, line);
    XLMEM_SET(&event, domid, domid);
    return xlmem__log_count_line(log, &event);
}

/* "Initial low memory virq threshold set at 0x4000 pages." */
bool xlmem__log_take_threshold(xlmem__log_reader *log,
                               const xlmem__log_line *line)
{
    uint64_t pages, kb;

    if (!xlmem__log_hex_past(line->text, "set at 0x", &pages) ||
        !xlmem__mul(pages, XLMEM__PAGE_KB, &kb))
        return false;
    xlmem__log_take_state(log, offsetof(xlmem_vitals_state, low_virq_kb), kb,
                          line->nr);
    return true;
}

/* "Guest Loglevel: Nothing (Rate-limited: Errors and warnings)" */
bool xlmem__log_take_loglevel(xlmem__log_reader *log,
                              const xlmem__log_line *line)
{
    xlmem__str rest;

    if (!xlmem__past(line->text, "Guest Loglevel: ", &rest))
        return false;
    xlmem__log_take_state(log, offsetof(xlmem_vitals_state, guest_log_all),
                          xlmem__str_starts(rest, "All"), line->nr);
    return true;
}

/* -------------------------------------------------------- var/log/xen --- */

bool xlmem__log_take_build(xlmem__log_reader *log, const xlmem__log_line *line)
{
    return xlmem__log_take_plain(log, line, XLMEM_LOG_BUILD_NOMEM);
}

bool xlmem__log_take_claim(xlmem__log_reader *log, const xlmem__log_line *line)
{
    return xlmem__log_take_plain(log, line, XLMEM_LOG_CLAIM_FAILED);
}

bool xlmem__log_take_free(xlmem__log_reader *log, const xlmem__log_line *line)
{
    return xlmem__log_take_plain(log, line, XLMEM_LOG_FREE_FAILED);
}
