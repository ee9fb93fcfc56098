/* SPDX-License-Identifier: LGPL-2.1-only */
/* What domUs do beside following their balloons: they use memory and say
 * so. */
#include "sim.h"

#include "codec/ledger_text.h"
#include "model/plan.h"

/* What a guest's kernel keeps for itself: MemTotal is so much less. */
#define OWN_KB (24 * MIB)
/* memguard-guest writes once a second at most, on change, and after so long
 * (hotplug/guest/pace.c). */
#define SPEAKS_MS 1000
#define BEATS_MS 300000
#define CHANGE_KB (4 * MIB)
/* The pressure of who waits for memory is another one each time; he writes it
 * so often. */
#define WAITS_MS 15000
/* From its start until its balloon runs. */
#define BOOT_MS 5000

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static bool has_news(const sim_dom *dom)
{
    return distance(dom->used_kb, dom->said_used_kb) >= CHANGE_KB ||
           distance(dom->tot_kb, dom->said_tot_kb) >= CHANGE_KB;
}

static uint64_t kernels_kb(const sim_dom *dom)
{
    return dom->tot_kb - dom->video_kb;
}

/* Who has less than it uses waits, and goes on saying so. */
static uint64_t lacks_kb(const sim_dom *dom)
{
    const uint64_t needs_kb = dom->used_kb + OWN_KB;

    return needs_kb > kernels_kb(dom) ? needs_kb - kernels_kb(dom) : 0;
}

bool sim_runs(const sim_dom *dom)
{
    return dom->used && !dom->building && !dom->dies_at && !dom->paused_at &&
           !dom->shut_at && !dom->boots_at;
}

static bool wants_to_speak(const sim_dom *dom)
{
    if (!dom->word || !sim_runs(dom))
        return false;
    switch (dom->word) {
    case SIM_SILENT:
        return false;
    case SIM_HONEST:
        return has_news(dom) || lacks_kb(dom);
    case SIM_XE:
        return has_news(dom);
    case SIM_LYING:
    case SIM_FLOODS:
        return true;
    }
    return false;
}

static uint64_t available_kb(const sim_dom *dom)
{
    const uint64_t has_kb = kernels_kb(dom);
    const uint64_t total_kb = has_kb > OWN_KB ? has_kb - OWN_KB : 0;

    return total_kb > dom->used_kb ? total_kb - dom->used_kb : 0;
}

static void say_words(sim *s, sim_dom *dom)
{
    const uint64_t lacks = lacks_kb(dom);
    const uint64_t psi =
        lacks ? 200 + 8000 * lacks / (dom->used_kb + OWN_KB) : 0;

    snprintf(dom->nodes[SIM_NODE_REPORT], SIM_NODE_ROOM,
             "total_kb=%llu available_kb=%llu swap_used_kb=%llu "
             "balloon_kb=%llu psi_some10_bp=%llu psi_full10_bp=0",
             (unsigned long long)(kernels_kb(dom) - OWN_KB),
             (unsigned long long)available_kb(dom), (unsigned long long)lacks,
             (unsigned long long)kernels_kb(dom), (unsigned long long)psi);
    sim_fire(s, dom, "data/memguard/report");
}

static void say_xe(sim *s, sim_dom *dom)
{
    snprintf(dom->nodes[SIM_NODE_XE_TOTAL], SIM_NODE_ROOM, "%llu",
             (unsigned long long)(kernels_kb(dom) - OWN_KB));
    sim_fire(s, dom, "data/meminfo_total");
    snprintf(dom->nodes[SIM_NODE_XE_FREE], SIM_NODE_ROOM, "%llu",
             (unsigned long long)available_kb(dom));
    sim_fire(s, dom, "data/meminfo_free");
}

static void lie(sim *s, sim_dom *dom)
{
    static const char *const garbage[] = {
        "",
        "total_kb=18446744073709551615 available_kb=0 psi_some10_bp=10000",
        "total_kb=-1",
        "total_kb=99999999999999999999999999",
        "\377\376 total_kb",
        "total_kb=1 available_kb=2 swap_used_kb=18446744073709551615"};
    const size_t n = sim_between(0, ARRAY_SIZE(garbage));

    if (n < ARRAY_SIZE(garbage))
        snprintf(dom->nodes[SIM_NODE_REPORT], SIM_NODE_ROOM, "%s", garbage[n]);
    else
        snprintf(dom->nodes[SIM_NODE_REPORT], SIM_NODE_ROOM,
                 "total_kb=%llu available_kb=%llu psi_some10_bp=%llu",
                 (unsigned long long)sim_between(0, 1 << 30),
                 (unsigned long long)sim_between(0, 1 << 30),
                 (unsigned long long)sim_between(0, 20000));
    sim_fire(s, dom, "data/memguard/report");
}

static void speak(sim *s, sim_dom *dom)
{
    int i;

    sim_note(s, dom, "speaks");
    dom->says_at = s->now_ms + SPEAKS_MS;
    dom->beats_at = s->now_ms + BEATS_MS;
    dom->said_used_kb = dom->used_kb;
    dom->said_tot_kb = dom->tot_kb;
    switch (dom->word) {
    case SIM_SILENT:
        break;
    case SIM_HONEST:
        say_words(s, dom);
        if (lacks_kb(dom))
            dom->says_at = s->now_ms + WAITS_MS;
        break;
    case SIM_XE:
        dom->says_at = s->now_ms + 60 * SPEAKS_MS;
        say_xe(s, dom);
        break;
    case SIM_LYING:
        dom->says_at = s->now_ms + (int64_t)sim_between(1, 120) * SPEAKS_MS;
        lie(s, dom);
        break;
    case SIM_FLOODS:
        dom->says_at = s->now_ms;
        for (i = 0; i < 50; i++)
            lie(s, dom);
        break;
    }
}

static int64_t speaks_at(const sim_dom *dom)
{
    if (wants_to_speak(dom))
        return dom->says_at;
    return dom->word == SIM_HONEST && sim_runs(dom) ? dom->beats_at
                                                    : INT64_MAX;
}

void sim_guests_speak(sim *s)
{
    size_t i;

    for (i = 1; i < s->nr_doms; i++)
        if (s->now_ms >= speaks_at(&s->doms[i]))
            speak(s, &s->doms[i]);
}

int64_t sim_speaks_at(const sim *s)
{
    int64_t at = INT64_MAX;
    size_t i;

    for (i = 1; i < s->nr_doms; i++)
        if (speaks_at(&s->doms[i]) < at)
            at = speaks_at(&s->doms[i]);
    return at;
}

sim_dom *sim_add_party(sim *s, enum sim_temper temper, uint64_t floor_kb,
                       uint64_t kb, uint64_t ceiling_kb)
{
    sim_dom *dom = sim_add_dom(s, temper, kb);

    dom->dynamic_min_kb = floor_kb;
    dom->static_max_kb = ceiling_kb;
    dom->ceiled_kb = kb + (ceiling_kb - kb) / 2;
    dom->floor_kb = floor_kb + (kb - floor_kb) / 2;
    dom->word = SIM_HONEST;
    dom->used_kb = kb / 2;
    sim_fire_kind(s, XLMEM_EVENT_INTRODUCED);
    return dom;
}

/* libxl populates what it was asked for, video RAM included, and writes the
 * target without that; where there is less than static-max, without one MiB
 * more (libxl__get_targetmem_fudge, libxl_internal.h of 4.14 to 4.20). */
void sim_make_hvm(sim *s, sim_dom *dom, uint64_t video_kb)
{
    dom->on_demand = dom->static_max_kb > dom->target_kb;
    dom->video_kb = video_kb;
    dom->static_max_kb += video_kb;
    dom->tot_kb += video_kb + (dom->on_demand ? MIB : 0);
    dom->maxmem_kb = dom->tot_kb + MIB;
    dom->boots_at = s->now_ms + BOOT_MS;
    s->least_free_kb = sim_unclaimed_kb(s);
}

void sim_use(sim *s, sim_dom *dom, uint64_t kb)
{
    sim_changes(s);
    dom->used_kb = kb;
    if (dom->says_at < s->now_ms)
        dom->says_at = s->now_ms;
}

uint64_t sim_growth_kb(const sim_dom *dom)
{
    const uint64_t to = dom->domid ? dom->maxmem_kb : dom->target_kb;
    const uint64_t has_kb = dom->tot_kb + dom->claim_kb;

    return dom->used && !dom->dies_at && to > has_kb ? to - has_kb : 0;
}

/* If every balloon that is to give stopped now, those that are to take could
 * still take it all. */
static void check_growth(const sim *s)
{
    uint64_t free_kb = sim_free_kb(s), taken_kb = sim_claims_kb(s);
    size_t i;

    for (i = 0; i < s->nr_doms; i++)
        taken_kb += sim_growth_kb(&s->doms[i]);
    if (taken_kb + s->headroom_kb > free_kb) {
        printf("free %llu kB, spoken for %llu kB\n",
               (unsigned long long)free_kb,
               (unsigned long long)(taken_kb + s->headroom_kb));
        for (i = 0; i < s->nr_doms; i++)
            printf("  %llu: has %llu, target %llu, most %llu, claims %llu\n",
                   (unsigned long long)s->doms[i].domid,
                   (unsigned long long)s->doms[i].tot_kb,
                   (unsigned long long)s->doms[i].target_kb,
                   (unsigned long long)s->doms[i].maxmem_kb,
                   (unsigned long long)s->doms[i].claim_kb);
    }
    SIM_CHECK(taken_kb + s->headroom_kb <= free_kb);
}

static uint64_t ceiling_kb(const sim *s, const sim_dom *dom)
{
    const uint64_t most = dom->domid ? dom->static_max_kb : s->dom0_maximum_kb;

    return dom->dynamic_max_kb && dom->dynamic_max_kb < most
               ? dom->dynamic_max_kb
               : most;
}

/* What it cannot know: that an administrator was there just now. */
#define JUST_NOW_MS 500

/* --------------------------------------------------- who is left alone --- */

static bool is_known(const sim *s, int64_t since_ms)
{
    return since_ms && s->now_ms - since_ms >= JUST_NOW_MS;
}

static bool is_by_hand(const sim *s, const xlmem__entry *entry)
{
    return XLMEM_KNOWS(entry, until_ms) &&
           (int64_t)entry->until_ms > s->now_ms - JUST_NOW_MS;
}

/* What a guard's plans have taken of @domid: whose owner lives and is not let
 * through yet has asked, and what was taken for one that has none is owed.  An
 * entry of who balances is of a debt that he is about to pay. */
static void find_takers(const sim *s, uint64_t domid, bool *asked_r,
                        bool *owed_r)
{
    size_t i, j;

    *asked_r = *owed_r = false;
    for (i = 0; i < SIM_ENTRIES; i++) {
        const sim_entry *from = &s->ledger[i];
        xlmem__entry entry;
        xlmem__where where = {.line = 0};

        if (!from->used || !from->text[0] ||
            xlmem__parse_entry(from->text, strlen(from->text), &entry, &where))
            continue;
        for (j = 0; j < entry.plan.nr_steps; j++) {
            const xlmem_step *step = &entry.plan.steps[j];

            if (step->domid != domid || !xlmem__step_is_owed(step))
                continue;
            *asked_r |= from->owner >= 0 && !entry.granted &&
                        !s->procs[from->owner].balances;
            *owed_r |= from->owner < 0 && is_known(s, from->left_at) &&
                       !is_by_hand(s, &entry);
        }
    }
}

void sim_check_alone(const sim *s, const sim_dom *dom, uint64_t had_kb,
                     uint64_t owed_kb)
{
    bool asked, owed;

    /* A debt is paid, whatever state who is owed is in; and none is known to
     * who judges when an administrator has just set a target. */
    if (dom->target_kb == had_kb ||
        (dom->pinned_at && !is_known(s, dom->pinned_at)) ||
        (dom->target_kb > had_kb && dom->target_kb <= owed_kb))
        return;
    find_takers(s, dom->domid, &asked, &owed);
    SIM_CHECK(!dom->building);
    SIM_CHECK(!is_known(s, dom->paused_at));
    SIM_CHECK(!is_known(s, dom->shut_at));
    SIM_CHECK(!is_known(s, dom->unwilling_at));
    SIM_CHECK(!dom->domid || dom->dynamic_min_kb);
    SIM_CHECK(!asked);
    SIM_CHECK(!owed || dom->target_kb > had_kb);
}

/* What a create has taken of it is given back, and no more. */
static bool gives_back(const sim_dom *dom, uint64_t had_kb)
{
    return dom->target_kb > had_kb && dom->target_kb <= dom->pinned_kb;
}

void sim_check_pin(sim *s, sim_dom *dom, uint64_t had_kb, bool balances)
{
    const bool may =
        gives_back(dom, had_kb) || (!balances && dom->target_kb < had_kb);

    if (!dom->pinned_at || dom->target_kb == had_kb || may)
        return;
    SIM_CHECK(s->now_ms - dom->pinned_at < JUST_NOW_MS);
    dom->pinned_at = 0;
}

/* Who is let off what he has not given yet is given nothing; he may give some
 * of that while it is decided. */
static void count_move(const sim *s, sim_dom *dom, uint64_t had_kb)
{
    const uint64_t reach_kb = had_kb > dom->tot_kb ? had_kb : dom->tot_kb;

    if (dom->target_kb < had_kb) {
        dom->taken_kb += had_kb - dom->target_kb;
        dom->taken_at = s->now_ms;
    } else if (dom->target_kb > reach_kb + SIM_RETURNS_KB && dom->taken_at) {
        dom->nr_returned += s->now_ms - dom->taken_at < SIM_RETURNS_MS;
    }
}

/* What a balloon does between a look and the step that is made by it. */
#define MEANWHILE_KB (64 * MIB)

/* No balloon is sent further than a step from where it is, but to pay what is
 * owed; a target that comes nearer to it sends it nowhere.  Between a target
 * and its video RAM beyond that a domain can be at rest: taken to be so. */
static void check_reach(const sim *s, const sim_dom *dom, uint64_t had_kb,
                        uint64_t owed_kb)
{
    const uint64_t most_kb = s->step_kb + MEANWHILE_KB + dom->video_kb;
    const uint64_t kb = dom->target_kb;
    const uint64_t to_kb = sim_aim_kb(dom, kb);

    if (!s->step_kb || distance(kb, had_kb) <= 4)
        return;
    if (kb < had_kb)
        SIM_CHECK(to_kb + most_kb >= dom->tot_kb);
    else
        SIM_CHECK(to_kb <= dom->tot_kb + most_kb || kb <= owed_kb);
}

void sim_check_step(sim *s, sim_dom *dom, uint64_t had_kb, uint64_t owed_kb)
{
    const uint64_t kb = dom->target_kb;

    /* A balloon is woken by a page. */
    if (distance(kb, had_kb) > 4) {
        s->nr_moves++;
        s->moved_kb += distance(kb, had_kb);
        s->moved_ms = s->now_ms;
        if (kb > had_kb && kb <= owed_kb)
            sim_count_debt(dom, kb - had_kb);
        else
            sim_count_rest(s, dom, had_kb);
    }
    count_move(s, dom, had_kb);
    check_reach(s, dom, had_kb, owed_kb);
    if (kb < had_kb)
        SIM_CHECK(kb + 4 >=
                  (dom->domid ? dom->dynamic_min_kb : s->dom0_floor_kb));
    if (kb <= had_kb + 4)
        return;
    /* Who does not give may keep what he has, and what a create took from who
     * had more is given back. */
    SIM_CHECK(kb <= ceiling_kb(s, dom) + 4 || kb <= dom->tot_kb ||
              kb <= dom->had_kb);
    check_growth(s);
}

void sim_admin_sets(sim *s, sim_dom *dom, uint64_t kb)
{
    if (dom->target_kb > dom->had_kb)
        dom->had_kb = dom->target_kb;
    sim_changes(s);
    sim_mem_set(dom, kb);
    sim_note(s, dom, "is set by hand");
    /* Before anybody balanced it a domain has what somebody set. */
    if (!dom->nodes[SIM_NODE_SIGNED][0])
        return;
    dom->by_hand = true;
    dom->pinned_at = s->now_ms;
    dom->pinned_kb = kb;
}

void sim_admin_frees(sim *s, sim_dom *dom)
{
    sim_changes(s);
    sim_note(s, dom, "is given back");
    dom->nodes[SIM_NODE_SIGNED][0] = '\0';
    sim_fire(s, dom, "memory/memguard-target");
    dom->nodes[SIM_NODE_PIN][0] = '\0';
    sim_fire(s, dom, "memory/memguard-pin");
    dom->pinned_at = 0;
}

void sim_pause(sim *s, sim_dom *dom, bool on)
{
    sim_changes(s);
    sim_note(s, dom, on ? "is paused" : "goes on");
    dom->paused_at = on ? s->now_ms : 0;
}

void sim_refuse(sim *s, sim_dom *dom, bool on)
{
    sim_changes(s);
    sim_note(s, dom, on ? "is uncooperative" : "is cooperative");
    snprintf(dom->nodes[SIM_NODE_UNCOOPERATIVE], SIM_NODE_ROOM, "%s",
             on ? "1" : "");
    dom->unwilling_at = on ? s->now_ms : 0;
    sim_fire(s, dom, "memory/uncooperative");
}

/* Xen tells of that as of a domain that is gone (VIRQ_DOM_EXC). */
void sim_shut_down(sim *s, sim_dom *dom)
{
    sim_changes(s);
    sim_note(s, dom, "has shut down");
    dom->shut_at = s->now_ms;
    sim_fire_kind(s, XLMEM_EVENT_RELEASED);
}
