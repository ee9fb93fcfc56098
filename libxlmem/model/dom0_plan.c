/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How far dom0 can be moved, and in which steps.
 *
 *          floor     least                 size     reach           most
 *   |--------|---------|---------------------|--------|---------------|
 *            |         |<- what dom0 can ->| |        |<-- hotplug -->|
 *            |         |       spare         |<--- usable in Xen ---->|
 *
 * reach is what dom0's kernel knows of: what it has and what lies in its
 * balloon.  When the balloon is empty and the target higher still, the kernel
 * adds memory in whole sections, each of which it pays for out of what it has
 * left, before the first page of it is there (drivers/xen/balloon.c, Linux
 * 5.10 to 6.12).
 *
 * usable is that of a create: headroom, claims and reservations are kept.
 */
#include "model/dom0_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "model/finding.h"
#include "model/kernel.h"
#include "model/plan.h"
#include "model/predict.h"
#include "model/units.h"

#define SECTION_PRICE_KB XLMEM__METADATA_OF_KB(XLMEM_DOM0_SECTION_KB)

#define KB(n) ((unsigned long long)(n))
#define MIB(kb) (xlmem__mib_of(kb).text)

/* --------------------------------------------------------------- room --- */

/* What it has or was asked for already is nobody else's. */
static uint64_t base_kb(const xlmem_dom0_room *room)
{
    return xlmem__max(room->current_kb, room->target_kb);
}

/* Where it is not known every page more may have to be added. */
static uint64_t reach_of(const xlmem_dom0_room *room)
{
    return xlmem__max(room->reach_kb, room->current_kb);
}

/* What dom0 has and what lies in its balloon; where that is not recorded, the
 * pages its kernel has. */
static void room_reach(const xlmem_dom0 *dom0, xlmem_dom0_room *room)
{
    if (XLMEM_KNOWS(dom0, balloon_low_kb) &&
        XLMEM_KNOWS(dom0, balloon_high_kb))
        XLMEM_SET(room, reach_kb,
                  xlmem__add_sat(room->current_kb,
                                 xlmem__add_sat(dom0->balloon_low_kb,
                                                dom0->balloon_high_kb)));
    else if (XLMEM_KNOWS(dom0, present_pages))
        XLMEM_SET(
            room, reach_kb,
            xlmem__max(room->current_kb,
                       xlmem__mul_sat(dom0->present_pages, XLMEM__PAGE_KB)));
}

/* What it keeps when it has given what it was asked for: what it can absorb
 * is beside that. */
static uint64_t keeps_kb(const xlmem_dom0_room *room)
{
    return xlmem__min(room->current_kb, room->target_kb);
}

static void room_least(const xlmem_account *account, xlmem_dom0_room *room)
{
    uint64_t least;

    XLMEM_SET(room, floor_kb, account->dom0_floor_kb);
    least = room->floor_kb;
    if (XLMEM_KNOWS(account, dom0_absorb_kb))
        least = xlmem__max(
            least, xlmem__round_up(
                       xlmem__sub0(keeps_kb(room), account->dom0_absorb_kb),
                       XLMEM__PAGE_KB));
    XLMEM_SET(room, least_kb, xlmem__min(least, room->current_kb));
}

/* How much of hot-added memory dom0 can pay for. */
static uint64_t affordable_kb(const xlmem_account *account)
{
    if (!XLMEM_KNOWS(account, dom0_absorb_kb))
        return UINT64_MAX;
    return xlmem__mul_sat(account->dom0_absorb_kb / SECTION_PRICE_KB,
                          XLMEM_DOM0_SECTION_KB);
}

/* A target that was written by hand may be more than there is: what comes to
 * dom0 is free in Xen, or will be. */
static void room_most(const xlmem_host *host, const xlmem_account *account,
                      xlmem_dom0_room *room)
{
    const uint64_t there = xlmem__add_sat(
        room->current_kb, xlmem__add_sat(host->free_kb, account->coming_kb));
    const uint64_t base =
        xlmem__max(room->current_kb, xlmem__min(base_kb(room), there));
    uint64_t most = xlmem__add_sat(base, account->usable_kb);
    uint64_t limit = reach_of(room);

    if (room->hotplug)
        limit = xlmem__add_sat(limit, affordable_kb(account));
    most = xlmem__min(most, xlmem__max(base, limit));
    XLMEM_SET(room, most_kb, most / XLMEM__PAGE_KB * XLMEM__PAGE_KB);
}

static int room_of(const xlmem_host *host, const xlmem_policy *policy,
                   xlmem_account *account, xlmem_dom0_room *room)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    xlmem__booted booted;
    int rc;

    memset(room, 0, sizeof(*room));
    if (!XLMEM_KNOWS(dom0, balloon_target_kb) ||
        !XLMEM_KNOWS(dom0, balloon_current_kb))
        return XLMEM_ERROR_UNKNOWN;
    rc = xlmem_account_of(host, policy, account);
    if (rc)
        return rc;
    XLMEM_SET(room, current_kb, dom0->balloon_current_kb);
    XLMEM_SET(room, target_kb, dom0->balloon_target_kb);
    XLMEM_SET(room, hotplug, XLMEM_KNOWS(dom0, hotplug_unpopulated));
    xlmem__booted_of(host, &booted);
    if (booted.known && booted.max_pages != UINT64_MAX)
        XLMEM_SET(room, boot_max_kb,
                  xlmem__mul_sat(booted.max_pages, XLMEM__PAGE_KB));
    room_reach(dom0, room);
    room_least(account, room);
    room_most(host, account, room);
    return 0;
}

int xlmem_dom0_room_of(const xlmem_host *host, const xlmem_policy *policy,
                       xlmem_dom0_room *room_r)
{
    xlmem_account account;
    xlmem_dom0_room room;
    int rc = room_of(host, policy, &account, &room);

    if (!rc)
        *room_r = room;
    return rc;
}

/* --------------------------------------------------------------- plan --- */

typedef struct planning {
    const xlmem_host *host;
    const xlmem_policy *policy;
    xlmem_account account;
    xlmem_dom0_move *move; /* the answer */
    bool unwise;           /* what force overrides */
    bool impossible;
} planning;

static xlmem_finding *because(xlmem_dom0_move *move, xlmem__rule_id id,
                              const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static xlmem_finding *because(xlmem_dom0_move *move, xlmem__rule_id id,
                              const char *fmt, ...)
{
    const xlmem__sink sink = {.list = move->reasons,
                              .room = XLMEM_MOVE_REASONS_MAX,
                              .nr = &move->nr_reasons,
                              .lost = &move->nr_reasons_lost};
    xlmem_finding *reason;
    va_list ap;

    va_start(ap, fmt);
    reason = xlmem__found_v(sink, id, fmt, ap);
    va_end(ap);
    xlmem__about(reason, 0, "dom0");
    return reason;
}

void xlmem__dom0_stood_still(xlmem_dom0_move *move)
{
    because(move, XLMEM__RULE_LATE,
            "its balloon stood still at %s; its target is set back to "
            "%s",
            MIB(move->reached_kb), MIB(move->room.target_kb));
}

static void judge_shrinking(planning *p)
{
    const xlmem_dom0_room *room = &p->move->room;
    const uint64_t take = xlmem__sub0(keeps_kb(room), p->move->size_kb);

    if (p->move->size_kb >= room->least_kb)
        return;
    p->unwise = true;
    if (p->move->size_kb < room->floor_kb)
        xlmem__prove_kb(because(p->move, XLMEM__RULE_FLOOR,
                                "dom0 needs %s to live: short by %s",
                                MIB(room->floor_kb),
                                MIB(room->floor_kb - p->move->size_kb)),
                        "floor", room->floor_kb);
    if (XLMEM_KNOWS(&p->account, dom0_absorb_kb) &&
        take > p->account.dom0_absorb_kb)
        because(p->move, XLMEM__RULE_DOM0_SHORT,
                "it would take %s from dom0, which can spare %s "
                "(MemAvailable %s, less its reserve of %s and what is "
                "promised): short by %s",
                MIB(take), MIB(p->account.dom0_absorb_kb),
                MIB(p->host->dom0.mem_available_kb),
                MIB(p->policy->dom0_reserve_kb),
                MIB(take - p->account.dom0_absorb_kb));
}

/* What Xen has for dom0; headroom is for force to give up, what others were
 * promised is not. */
static void judge_xen(planning *p)
{
    const xlmem_account *a = &p->account;
    const uint64_t more = p->move->size_kb - base_kb(&p->move->room);
    const uint64_t last = xlmem__sub0(
        xlmem__add_sat(a->usable_kb, a->headroom_kb), a->deficit_kb);

    if (more <= a->usable_kb)
        return;
    p->unwise = true;
    p->impossible = more > last;
    because(p->move, XLMEM__RULE_XEN_SHORT,
            "dom0 would take %s from Xen, usable are %s (free %s, "
            "less claims %s, reserved %s, growth %s, headroom %s): "
            "short by %s",
            MIB(more), MIB(a->usable_kb), MIB(a->free_kb),
            MIB(a->outstanding_kb), MIB(a->ledger_kb), MIB(a->growth_kb),
            MIB(a->headroom_kb), MIB(more - a->usable_kb));
}

static bool metadata_of(const xlmem_host *host, const xlmem__booted *booted,
                        uint64_t max_kb, uint64_t *kb_r)
{
    const uint64_t size_kb =
        host->dom0.balloon_current_kb / XLMEM__MIB_KB * XLMEM__MIB_KB;
    xlmem_forecast forecast;
    char text[64];

    snprintf(text, sizeof(text), "dom0_mem=%lluK,max:%lluK", KB(size_kb),
             KB(max_kb));
    if (xlmem__forecast_with(host, booted, text, &forecast) ||
        !XLMEM_KNOWS(&forecast, metadata_kb))
        return false;
    *kb_r = forecast.metadata_kb;
    return true;
}

/* A kernel that cannot add memory can be given room at boot. */
static void price_room_at_boot(planning *p)
{
    const uint64_t now_mib = p->move->room.current_kb / XLMEM__MIB_KB;
    const uint64_t max_mib = xlmem__div_up(p->move->size_kb, XLMEM__MIB_KB);
    xlmem__booted booted;
    uint64_t without, with;

    xlmem__booted_of(p->host, &booted);
    if (!metadata_of(p->host, &booted, now_mib * XLMEM__MIB_KB, &without) ||
        !metadata_of(p->host, &booted, max_mib * XLMEM__MIB_KB, &with))
        return;
    because(p->move, XLMEM__RULE_ROOM_AT_BOOT,
            "booted with dom0_mem=%lluM,max:%lluM it can; that room costs "
            "%s of dom0's memory from boot on",
            KB(now_mib), KB(max_mib), MIB(xlmem__sub0(with, without)));
}

static void judge_hotplug(planning *p)
{
    const xlmem_dom0_room *room = &p->move->room;
    const uint64_t reach = reach_of(room);

    if (p->move->size_kb <= reach)
        return;
    if (!room->hotplug) {
        p->impossible = true;
        because(p->move, XLMEM__RULE_NO_HOTPLUG,
                "beyond %s dom0's kernel has to add memory while it "
                "runs, and it shows no sign that it can: "
                "/proc/sys/xen/balloon/hotplug_unpopulated "
                "(CONFIG_XEN_BALLOON_MEMORY_HOTPLUG)",
                MIB(reach));
        price_room_at_boot(p);
        return;
    }
    XLMEM_SET(
        p->move, hotplug_kb,
        xlmem__round_up(p->move->size_kb - reach, XLMEM_DOM0_SECTION_KB));
    XLMEM_SET(p->move, price_kb,
              p->move->hotplug_kb / XLMEM_DOM0_SECTION_KB * SECTION_PRICE_KB);
    if (p->move->hotplug_kb <= affordable_kb(&p->account))
        return;
    p->unwise = true;
    because(p->move, XLMEM__RULE_PRICE,
            "describing %s of added memory takes %s out of dom0 "
            "before any of it is there, and dom0 can spare %s: grow it "
            "in smaller steps",
            MIB(p->move->hotplug_kb), MIB(p->move->price_kb),
            MIB(p->account.dom0_absorb_kb));
}

/* What the toolstack lets dom0 be asked for: static-max, which libxl takes
 * from Xen's ceiling when it first sets a target. */
static bool dom0_ceiling(const xlmem_host *host, const xlmem_dom0_room *room,
                         uint64_t *kb_r)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);

    if (dom0 && XLMEM_KNOWS(dom0, static_max_kb))
        *kb_r = dom0->static_max_kb;
    else if (dom0 && XLMEM_KNOWS(dom0, maxmem_kb))
        *kb_r = dom0->maxmem_kb;
    else
        *kb_r = room->boot_max_kb;
    return *kb_r || XLMEM_KNOWS(room, boot_max_kb);
}

static void add_move_step(xlmem_dom0_move *move, xlmem_step_action action,
                          uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {
        from_kb, to_kb, 0, action, XLMEM_AUTHOR_ADMIN, XLMEM_WHY_ASKED};

    xlmem__plan_add(&move->plan, &step);
}

static void add_move_steps(planning *p)
{
    xlmem_dom0_move *move = p->move;
    const xlmem_dom0_room *room = &move->room;
    uint64_t ceiling;

    if (move->hotplug_kb)
        add_move_step(move, XLMEM_STEP_ONLINE, 0, 0);
    if (dom0_ceiling(p->host, room, &ceiling) && move->size_kb > ceiling)
        add_move_step(move, XLMEM_STEP_MAXIMUM, ceiling, move->size_kb);
    if (move->size_kb != room->target_kb || move->size_kb != room->current_kb)
        add_move_step(move, XLMEM_STEP_TARGET, room->target_kb, move->size_kb);
}

int xlmem_dom0_plan(const xlmem_host *host, const xlmem_policy *policy,
                    const xlmem_dom0_request *request, xlmem_dom0_move *move_r)
{
    planning p = {.host = host, .policy = policy, .move = move_r};
    xlmem_dom0_room room;
    int rc;

    if (!XLMEM_KNOWS(request, size_kb))
        return XLMEM_ERROR_INVAL;
    rc = room_of(host, policy, &p.account, &room);
    if (rc)
        return rc;
    memset(move_r, 0, sizeof(*move_r));
    move_r->room = room;
    XLMEM_SET(move_r, size_kb,
              request->size_kb / XLMEM__PAGE_KB * XLMEM__PAGE_KB);
    XLMEM_SET(move_r, hotplug_kb, 0);
    XLMEM_SET(move_r, price_kb, 0);
    if (move_r->size_kb < room.current_kb)
        judge_shrinking(&p);
    if (move_r->size_kb > base_kb(&room))
        judge_xen(&p);
    judge_hotplug(&p);
    if (p.impossible)
        return XLMEM_ERROR_INFEASIBLE;
    if (p.unwise && !request->force)
        return XLMEM_ERROR_NO_HEADROOM;
    add_move_steps(&p);
    return 0;
}
