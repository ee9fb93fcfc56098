/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a kernel says of its back ends, balloon and boot; and what the rows of
 * the table share. */
#include <string.h>

#include "codec/vitals/log_takes.h"
#include "codec/vitals/parse.h"
#include "model/checked.h"

bool xlmem__log_count_line(xlmem__log_reader *log,
                           const xlmem_log_event *event)
{
    xlmem__log_count(&log->books, event);
    return true;
}

/* What stands before @word. */
xlmem__str xlmem__log_before(xlmem__str text, const char *word)
{
    const char *at = xlmem__spot(text, word);

    return (xlmem__str){text.p, at ? (size_t)(at - text.p) : 0};
}

void xlmem__log_set_who(xlmem_log_event *event, xlmem__str who)
{
    xlmem__quote_into(event->who, sizeof(event->who), who);
}

/* Behind @word a number to any base, of which there is a bit of room. */
bool xlmem__log_hex_past(xlmem__str text, const char *word, uint64_t *value_r)
{
    xlmem__str rest;

    return xlmem__past(text, word, &rest) &&
           !xlmem__take_number(&rest, 16, value_r);
}

bool xlmem__log_take_plain(xlmem__log_reader *log, const xlmem__log_line *line,
                           xlmem_log_kind kind)
{
    const xlmem_log_event event = xlmem__log_event_of(log, kind, line);

    return xlmem__log_count_line(log, &event);
}

void xlmem__log_take_state(xlmem__log_reader *log, size_t offset,
                           uint64_t value, size_t line)
{
    xlmem__group group = XLMEM__GROUP(&log->state, log->of.file);

    xlmem__group_take(&group, offset, value, line);
}

/* "order:4" or "order=4"; -1: somebody asked for it. */
void xlmem__log_take_order(xlmem_log_event *event, xlmem__str text)
{
    uint64_t order;

    if (xlmem__number_past(text, "order:", &order) ||
        xlmem__number_past(text, "order=", &order))
        XLMEM_SET(event, order, order);
    else
        event->manual = xlmem__spot(text, "order=-1") != NULL;
}

/* Whether a driver's name begins the line, as kernels have written it:
 * "xen:balloon: ", "xen/balloon: ", "xen_balloon: ". */
static bool begins_with_driver(xlmem__str text, const char *name)
{
    return (xlmem__skip(&text, "xen:") || xlmem__skip(&text, "xen/") ||
            xlmem__skip(&text, "xen_")) &&
           xlmem__str_starts(text, name);
}

/* ---------------------------------------------------------- back ends --- */

bool xlmem__log_take_squeeze(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    if (!begins_with_driver(line->text, "net: ") &&
        !xlmem__str_starts(line->text, "Memory squeeze"))
        return false;
    return xlmem__log_take_plain(log, line, XLMEM_LOG_NETBACK_SQUEEZE);
}

/* "vif vif-1-0: 12 allocating ...", "vbd vbd-1-51712: 12 ...": 12 is ENOMEM
 * (xenbus_va_dev_error, drivers/xen/xenbus/xenbus_client.c). */
bool xlmem__log_take_device_error(xlmem__log_reader *log,
                                  const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_BACKEND_NOMEM, line);
    xlmem__str rest = line->text, who;
    uint64_t domid;

    who = xlmem__cut(&rest, ':');
    if ((!xlmem__str_starts(who, "vif ") && !xlmem__str_starts(who, "vbd ")) ||
        (!xlmem__str_starts(rest, " 12 ") && !xlmem__spot(rest, "(12 ")))
        return false;
    if (xlmem__number_past(who, "-", &domid))
        XLMEM_SET(&event, domid, domid);
    XLMEM_SET(&event, error, 12);
    xlmem__log_set_who(&event, who);
    return xlmem__log_count_line(log, &event);
}

/* "vif1.0 ...: Could not reserve mmap_pages", by netdev_err with driver and
 * device before it: "vif vif-1-0 vif1.0: ..."; and blkback's. */
bool xlmem__log_take_backend(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_BACKEND_NOMEM, line);
    xlmem__str rest;
    uint64_t domid;

    /* A USB device's own text stands behind "usb 1-1: ...". */
    if (!xlmem__str_starts(line->text, "vif") &&
        !xlmem__str_starts(line->text, "xen"))
        return false;
    if (xlmem__number_past(line->text, "vif-", &domid) ||
        (xlmem__past(line->text, "vif", &rest) &&
         !xlmem__take_number(&rest, 10, &domid)))
        XLMEM_SET(&event, domid, domid);
    XLMEM_SET(&event, error, 12);
    rest = line->text;
    xlmem__log_set_who(&event, xlmem__cut(&rest, ':'));
    return xlmem__log_count_line(log, &event);
}

/* Whether it is no more than a driver's name and a device's: "ahci
 * 0000:00:1f.2".  false: somebody's text, "usb 1-1: Product: ..." or "input:
 * ...", may have the word. */
static bool is_device(xlmem__str who)
{
    return who.len && !xlmem__spot(who, ": ") && !xlmem__str_is(who, "input");
}

bool xlmem__log_take_swiotlb(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    const xlmem__str who = xlmem__log_before(line->text, ": swiotlb");
    xlmem_log_event event = xlmem__log_event_of(log, XLMEM_LOG_SWIOTLB, line);
    uint64_t nr;

    if (!is_device(who) && !xlmem__str_starts(line->text, "swiotlb"))
        return false;
    if (xlmem__number_past(line->text, "(sz: ", &nr))
        XLMEM_SET(&event, bytes, nr);
    if (xlmem__number_past(line->text, "total ", &nr))
        XLMEM_SET(&event, slots_total, nr);
    if (xlmem__number_past(line->text, "used ", &nr))
        XLMEM_SET(&event, slots_used, nr);
    xlmem__log_set_who(&event, who);
    return xlmem__log_count_line(log, &event);
}

bool xlmem__log_take_grant_frames(xlmem__log_reader *log,
                                  const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_GRANT_FRAMES, line);
    uint64_t nr;

    if (!begins_with_driver(line->text, "grant"))
        return false;
    if (xlmem__number_past(line->text, "cur=", &nr))
        XLMEM_SET(&event, current, nr);
    if (xlmem__number_past(line->text, "limit=", &nr))
        XLMEM_SET(&event, limit, nr);
    return xlmem__log_count_line(log, &event);
}

/* ------------------------------------------------------------- balloon --- */

bool xlmem__log_take_hotplug(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_BALLOON_HOTPLUG, line);
    uint64_t error;

    /* Others add memory as well. */
    if (!begins_with_driver(line->text, "balloon: "))
        return false;
    if (xlmem__number_past(line->text, "(-", &error))
        XLMEM_SET(&event, error, error);
    return xlmem__log_count_line(log, &event);
}

bool xlmem__log_take_balloon_dead(xlmem__log_reader *log,
                                  const xlmem__log_line *line)
{
    if (!begins_with_driver(line->text, "balloon: ") &&
        !xlmem__str_starts(line->text, "xen-balloon thread") &&
        !xlmem__str_starts(line->text, "Initial ballooning") &&
        !xlmem__str_starts(line->text, "Kernel panic"))
        return false;
    return xlmem__log_take_plain(log, line, XLMEM_LOG_BALLOON_DEAD);
}

/* Where the kernel was when it fell: "RIP: 0010:balloon_process+0x..". */
bool xlmem__log_take_balloon_oops(xlmem__log_reader *log,
                                  const xlmem__log_line *line)
{
    if (!xlmem__str_starts(line->text, "RIP") &&
        !xlmem__str_starts(line->text, "EIP") &&
        !xlmem__str_starts(line->text, "IP:"))
        return false;
    return xlmem__log_take_plain(log, line, XLMEM_LOG_BALLOON_DEAD);
}

/* "INFO: task xenwatch:41 blocked for more than 120 seconds.", or "blocked in
 * I/O wait for more than". */
bool xlmem__log_take_hung(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_HUNG_TASK, line);
    xlmem__str rest = line->text, name;
    uint64_t nr;
    size_t at;

    if (!xlmem__skip(&rest, "INFO: task "))
        return false;
    name = xlmem__log_before(rest, " blocked for");
    if (!name.len)
        name = xlmem__log_before(rest, " blocked in I/O wait");
    for (at = name.len; at && name.p[at - 1] != ':'; at--)
        ;
    if (!at)
        return false;
    if (!xlmem__number_all((xlmem__str){name.p + at, name.len - at}, 10, &nr))
        XLMEM_SET(&event, pid, nr);
    if (xlmem__number_past(rest, " for more than ", &nr))
        XLMEM_SET(&event, seconds, nr);
    name.len = at - 1;
    xlmem__log_set_who(&event, name);
    return xlmem__log_count_line(log, &event);
}

/* ---------------------------------------------------------------- boot --- */

/* "Dentry cache hash table entries: 33554432 (order: 16, 268435456 bytes)".
 * The one of process ids does not grow with memory.  None has a colon in its
 * name (mm/page_alloc.c, alloc_large_system_hash), which others' text has
 * before it. */
bool xlmem__log_take_hash(xlmem__log_reader *log, const xlmem__log_line *line)
{
    const size_t at = offsetof(xlmem_vitals_state, hash_kb);
    xlmem_vitals_state *state = &log->state;
    xlmem__group group = XLMEM__GROUP(state, log->of.file);
    uint64_t entries, bytes;
    xlmem__str rest;

    if (xlmem__str_starts(line->text, "PID ") ||
        xlmem__spot(xlmem__log_before(line->text, "hash table"), ":") ||
        !xlmem__number_past(line->text, "entries: ", &entries) ||
        !xlmem__past(line->text, "(order: ", &rest) ||
        !xlmem__number_past(rest, ", ", &bytes))
        return false;
    xlmem__group_add(&group, at, bytes / 1024, line->nr);
    if (!XLMEM_KNOWS(state, hash_entries) || entries > state->hash_entries) {
        state->known &= ~XLMEM_FACT_BIT(state, hash_entries);
        xlmem__log_take_state(log, offsetof(xlmem_vitals_state, hash_entries),
                              entries, line->nr);
    }
    return true;
}

bool xlmem__log_take_boot(xlmem__log_reader *log, const xlmem__log_line *line)
{
    const bool marked = xlmem__str_starts(line->text, "Linux version ");

    if (!marked && !xlmem__str_starts(line->text, "-- Boot ") &&
        !xlmem__str_starts(line->text, "-- Reboot --"))
        return false;
    /* A journal marks it, and the kernel says so a line further on. */
    if (!marked || !log->marked)
        xlmem__log_begin_boot(log);
    log->marked = !marked;
    return true;
}

/* "warn_alloc: 5 callbacks suppressed", "printk: 12 messages suppressed." */
bool xlmem__log_take_suppressed(xlmem__log_reader *log,
                                const xlmem__log_line *line)
{
    xlmem_log_kind kind = XLMEM_LOG_NONE;
    xlmem__str rest = line->text, who = xlmem__cut(&rest, ':');
    uint64_t nr;

    rest = xlmem__trim(rest);
    if (xlmem__take_number(&rest, 10, &nr))
        return false;
    if (xlmem__str_starts(who, "warn_alloc"))
        kind = XLMEM_LOG_ALLOC_FAILED;
    else if (xlmem__str_starts(who, "swiotlb"))
        kind = XLMEM_LOG_SWIOTLB;
    else if (xlmem__str_starts(who, "oom_kill") ||
             xlmem__str_starts(who, "out_of_memory"))
        kind = XLMEM_LOG_OOM;
    else if (xlmem__str_starts(who, "net_ratelimit"))
        kind = XLMEM_LOG_NETBACK_SQUEEZE;
    /* The one it speaks of may not be counted yet. */
    if (kind == XLMEM_LOG_ALLOC_FAILED || kind == XLMEM_LOG_OOM)
        xlmem__log_close_event(log);
    xlmem__log_suppress(&log->books, kind, nr);
    return true;
}
