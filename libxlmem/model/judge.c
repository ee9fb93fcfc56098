/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is wrong with a host and with how it is guarded: a function for each
 * rule of the table.  model/rule_book.c calls them.
 */
#include "model/judge.h"
#include "model/account.h"

#include <string.h>

#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"
#include "private/advice.h"

/* A domU may have a little more than it asks for: libxl's 1 MiB, video RAM,
 * the pages libxc adds.  What is above is no oversight.  Chosen, not
 * measured. */
#define GROWTH_KB (64 * XLMEM__MIB_KB)

/* ---------------------------------------------------------- configuration */

/* Most have what they need as their only condition, and say it. */
static xlmem_finding *say(xlmem__sink sink, xlmem__rule_id id)
{
    xlmem_finding *finding = xlmem__find(sink, id, xlmem__rules[id].severity);

    xlmem__tell(finding, id);
    return finding;
}

#define RESERVE_TEXT                                                          \
    "{s} = {1} in memguard.conf is more than dom0 has, {2}: every create is " \
    "refused.  Correct it there."

#define FLOOR_TEXT                                                            \
    "{s} = {1} in memguard.conf is more than this host has, {2}: dom0 gives " \
    "nothing to any create.  Correct it there."

static xlmem_finding *find_too_large(xlmem__sink sink, xlmem_severity severity,
                                     const char *name, uint64_t size_kb)
{
    xlmem_finding *finding =
        xlmem__find(sink, XLMEM__RULE_SETTING_TOO_LARGE, severity);

    xlmem__about(finding, 0, "%s", name);
    xlmem__prove_kb(finding, name, size_kb);
    return finding;
}

/* A size that is meant for another host, or with a digit too many.  What is to
 * stay free, in Xen or in dom0, makes every create a refusal; a floor only
 * lets dom0 give nothing. */
void xlmem__judge_setting_too_large(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_host *host = scene->host;
    const xlmem_policy *policy = scene->policy;
    xlmem__rule rule = xlmem__rules[XLMEM__RULE_SETTING_TOO_LARGE];
    xlmem_finding *finding;

    if (policy->xen_headroom_kb > host->total_kb) {
        finding = find_too_large(sink, rule.severity, "xen_headroom",
                                 policy->xen_headroom_kb);
        XLMEM__PROVE_HOST(finding, "total memory", host, total_kb);
        xlmem__tell_by(finding, &rule);
    }
    if (XLMEM_KNOWS(&host->dom0, mem_total_kb) &&
        policy->dom0_reserve_kb > host->dom0.mem_total_kb) {
        rule.text = RESERVE_TEXT;
        finding = find_too_large(sink, rule.severity, "dom0_reserve",
                                 policy->dom0_reserve_kb);
        XLMEM__PROVE_DOM0(finding, "MemTotal", host, mem_total_kb);
        xlmem__tell_by(finding, &rule);
    }
    if (policy->dom0_floor_kb > host->total_kb) {
        rule.text = FLOOR_TEXT;
        finding = find_too_large(sink, XLMEM_SEV_WARNING, "dom0_floor",
                                 policy->dom0_floor_kb);
        XLMEM__PROVE_HOST(finding, "total memory", host, total_kb);
        xlmem__tell_by(finding, &rule);
    }
}

void xlmem__judge_not_configured(const xlmem_scene *scene, xlmem__sink sink)
{
    if (!scene->configured)
        say(sink, XLMEM__RULE_NOT_CONFIGURED);
}

void xlmem__judge_switched_off(const xlmem_scene *scene, xlmem__sink sink)
{
    if (scene->policy->switched_off)
        say(sink, XLMEM__RULE_SWITCHED_OFF);
}

void xlmem__judge_ledger_unusable(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem__rule_id id = XLMEM__RULE_LEDGER_UNUSABLE;
    xlmem_finding *finding;

    if (!scene->ledger_fault)
        return;
    finding = xlmem__find(sink, id, xlmem__rules[id].severity);
    xlmem__about(finding, 0, "%s", scene->ledger_fault);
    xlmem__tell(finding, id);
}

/* Where the mode is about to be set, what its file says now is no matter. */
static bool still_counts(const xlmem_scene *scene,
                         const xlmem_policy_problem *p)
{
    return p->bad &&
           !(scene->sets_mode && !strcmp(p->file, "/" XLMEM_MODE_FILE));
}

/* As captures name it.  A text of the caller's is in none. */
static const char *file_of_problem(const xlmem_policy_problem *p)
{
    if (!strcmp(p->file, "/" XLMEM_POLICY_FILE))
        return XLMEM_POLICY_FILE;
    return strcmp(p->file, "/" XLMEM_MODE_FILE) ? NULL : XLMEM_MODE_FILE;
}

void xlmem__judge_conf_problem(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_policy_report *report = scene->report;
    char text[XLMEM_PROBLEM_LINE_MAX];
    size_t i;

    for (i = 0; i < report->nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++) {
        const xlmem_policy_problem *p = &report->problems[i];
        xlmem_finding *finding = xlmem__find(
            sink, XLMEM__RULE_CONF_PROBLEM,
            still_counts(scene, p) ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE);

        xlmem__about(finding, 0, "%s", p->file);
        xlmem__say(finding, "%s", xlmem_problem_line(p, text, sizeof(text)));
        xlmem__prove(finding, "line", p->line, XLMEM_UNIT_COUNT,
                     (xlmem_source){file_of_problem(p), (uint32_t)p->line});
    }
}

void xlmem__judge_autoballoon(const xlmem_scene *scene, xlmem__sink sink)
{
    const bool guards =
        scene->configured && scene->policy->mode != XLMEM_MODE_OFF;

    if (scene->autoballoon && (guards || scene->sets_mode))
        say(sink, XLMEM__RULE_AUTOBALLOON);
}

/* -------------------------------------------------------------- the books */

void xlmem__judge_books_unknown(const xlmem_scene *scene, xlmem__sink sink)
{
    if (!scene->account)
        say(sink, XLMEM__RULE_BOOKS_UNKNOWN);
}

/* Its target, written by hand, is the largest promise, and without it all
 * others can be kept: then it is what to mend. */
static bool dom0_promised_most(const xlmem_host *host, uint64_t deficit_kb)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);
    const uint64_t kb = dom0 ? xlmem__growth_kb(host, dom0) : 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (xlmem__growth_kb(host, &host->doms[i]) > kb)
            return false;
    return kb && kb >= deficit_kb;
}

#define DOM0_PROMISED_TEXT                                                    \
    "{1} more of Xen's memory are promised than there are: no create fits.  " \
    "dom0's own target, {2}, is above what it has, {3}: lower it."

/* Down, so that the remedy is no promise itself. */
static uint64_t down_to_mib(uint64_t kb)
{
    return kb / XLMEM__MIB_KB * XLMEM__MIB_KB;
}

void xlmem__judge_promised_twice(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem__rule_id id = XLMEM__RULE_PROMISED_TWICE;
    const xlmem_account *a = scene->account;
    const xlmem_dom *dom0 = xlmem_host_find_dom(scene->host, 0);
    xlmem__rule rule = xlmem__rules[id];
    xlmem_finding *finding;

    if (!a->deficit_kb)
        return;
    finding = xlmem__find(sink, id, xlmem__rules[id].severity);
    xlmem__prove_kb(finding, "deficit", a->deficit_kb);
    if (dom0_promised_most(scene->host, a->deficit_kb)) {
        rule.text = DOM0_PROMISED_TEXT;
        rule.remedies = "xl memguard dom0 {3m}M";
        XLMEM__PROVE_DOM0(finding, "dom0's target", scene->host,
                          balloon_target_kb);
        xlmem__prove_kb(finding, "dom0 has", down_to_mib(dom0->tot_kb));
    }
    XLMEM__PROVE_HOST(finding, "free", scene->host, free_kb);
    xlmem__prove_kb(finding, "claimed", a->outstanding_kb);
    xlmem__prove_kb(finding, "reserved", a->ledger_kb);
    xlmem__prove_kb(finding, "growth", a->growth_kb);
    xlmem__prove_kb(finding, "headroom", a->headroom_kb);
    xlmem__tell_by(finding, &rule);
}

void xlmem__judge_target_unknown(const xlmem_scene *scene, xlmem__sink sink)
{
    if (!XLMEM_KNOWS(scene->account, dom0_floor_kb) ||
        !XLMEM_KNOWS(&scene->host->dom0, balloon_target_kb))
        say(sink, XLMEM__RULE_TARGET_UNKNOWN);
}

void xlmem__judge_below_floor(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem__rule_id id = XLMEM__RULE_BELOW_FLOOR;
    const xlmem_host *host = scene->host;
    xlmem_finding *finding;

    if (host->dom0.balloon_target_kb >= scene->account->dom0_floor_kb)
        return;
    finding = xlmem__find(sink, id, xlmem__rules[id].severity);
    xlmem__about(finding, 0, "dom0");
    XLMEM__PROVE_DOM0(finding, "target", host, balloon_target_kb);
    xlmem__prove_kb(finding, "floor", scene->account->dom0_floor_kb);
    XLMEM__PROVE_DOM0(finding, "MemTotal", host, mem_total_kb);
    xlmem__tell(finding, id);
}

/* ---------------------------------------------------------------- domains */

static xlmem_finding *find_about_dom(xlmem__sink sink, xlmem__rule_id id,
                                     xlmem_severity severity,
                                     const xlmem_dom *dom)
{
    xlmem_finding *finding = xlmem__find(sink, id, severity);

    xlmem__about(finding, dom->domid, "%.*s (id %llu)",
                 XLMEM_SUBJECT_ROOM - 32, dom->name ? dom->name : "a domain",
                 (unsigned long long)dom->domid);
    return finding;
}

/* What refuses a create is to a host that runs a thing to look at. */
static xlmem_finding *find_of_dom(xlmem__sink sink, xlmem__rule_id id,
                                  const xlmem_dom *dom)
{
    return find_about_dom(sink, id, XLMEM_SEV_WARNING, dom);
}

static void prove(xlmem_finding *finding, const xlmem_scene *scene,
                  const char *what, uint64_t kb)
{
    xlmem__prove(finding, what, kb, XLMEM_UNIT_KB,
                 xlmem__source_of_doms(scene->host));
}

/* @f: of each domU that is not on its way out (@dying: that is). */
static void each_domu(const xlmem_scene *scene, xlmem__sink sink, bool dying,
                      void (*f)(const xlmem_scene *scene, xlmem__sink sink,
                                const xlmem_dom *dom))
{
    size_t i;

    for (i = 0; i < scene->host->nr_doms; i++)
        if (scene->host->doms[i].domid &&
            !scene->host->doms[i].dying == !dying)
            f(scene, sink, &scene->host->doms[i]);
}

static void dying_holds(const xlmem_scene *scene, xlmem__sink sink,
                        const xlmem_dom *dom)
{
    const uint64_t kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);
    xlmem_finding *finding;

    if (!kb)
        return;
    finding = find_of_dom(sink, XLMEM__RULE_DYING_HOLDS, dom);
    prove(finding, scene, "holds", kb);
    xlmem__tell(finding, XLMEM__RULE_DYING_HOLDS);
}

void xlmem__judge_dying_holds(const xlmem_scene *scene, xlmem__sink sink)
{
    each_domu(scene, sink, true, dying_holds);
}

static void half_built(const xlmem_scene *scene, xlmem__sink sink,
                       const xlmem_dom *dom)
{
    xlmem_finding *finding;

    if (!xlmem_dom_is_unbuilt(scene->host, dom))
        return;
    finding = find_of_dom(sink, XLMEM__RULE_HALF_BUILT, dom);
    prove(finding, scene, "holds", dom->tot_kb);
    prove(finding, scene, "may take", xlmem_dom_growth_kb(dom));
    xlmem__tell(finding, XLMEM__RULE_HALF_BUILT);
}

void xlmem__judge_half_built(const xlmem_scene *scene, xlmem__sink sink)
{
    each_domu(scene, sink, false, half_built);
}

static void growth(const xlmem_scene *scene, xlmem__sink sink,
                   const xlmem_dom *dom)
{
    const uint64_t kb = xlmem_dom_growth_kb(dom);
    xlmem_finding *finding;

    if (kb <= GROWTH_KB)
        return;
    finding = find_of_dom(sink, XLMEM__RULE_GROWTH, dom);
    prove(finding, scene, "may take", kb);
    prove(finding, scene, "least maximum", xlmem__least_maximum_kb(dom));
    prove(finding, scene, "maxmem", dom->maxmem_kb);
    prove(finding, scene, "holds", dom->tot_kb);
    xlmem__tell(finding, XLMEM__RULE_GROWTH);
}

void xlmem__judge_growth(const xlmem_scene *scene, xlmem__sink sink)
{
    each_domu(scene, sink, false, growth);
}

/* libxl brings the ceiling down with each target that it sets. */
static void not_following(const xlmem_scene *scene, xlmem__sink sink,
                          const xlmem_dom *dom)
{
    xlmem_finding *finding;

    if (!XLMEM_KNOWS(dom, tot_kb) || !XLMEM_KNOWS(dom, maxmem_kb) ||
        dom->tot_kb <= dom->maxmem_kb)
        return;
    finding = find_of_dom(sink, XLMEM__RULE_NOT_FOLLOWING, dom);
    prove(finding, scene, "too much", dom->tot_kb - dom->maxmem_kb);
    prove(finding, scene, "holds", dom->tot_kb);
    prove(finding, scene, "maxmem", dom->maxmem_kb);
    xlmem__tell(finding, XLMEM__RULE_NOT_FOLLOWING);
}

void xlmem__judge_not_following(const xlmem_scene *scene, xlmem__sink sink)
{
    each_domu(scene, sink, false, not_following);
}

static void below_target(const xlmem_scene *scene, xlmem__sink sink,
                         const xlmem_dom *dom)
{
    xlmem_finding *finding;

    if (!XLMEM_KNOWS(dom, target_kb) || !XLMEM_KNOWS(dom, tot_kb) ||
        dom->target_kb <= dom->tot_kb)
        return;
    finding = find_of_dom(sink, XLMEM__RULE_BELOW_TARGET, dom);
    prove(finding, scene, "lacks", dom->target_kb - dom->tot_kb);
    prove(finding, scene, "target", dom->target_kb);
    prove(finding, scene, "holds", dom->tot_kb);
    xlmem__tell(finding, XLMEM__RULE_BELOW_TARGET);
}

/* With room for a reboot there is nothing to say. */
void xlmem__judge_below_target(const xlmem_scene *scene, xlmem__sink sink)
{
    if (scene->account->deficit_kb)
        each_domu(scene, sink, false, below_target);
}

/* -------------------------------------------------------------- balancing */

static void floods(const xlmem_scene *scene, xlmem__sink sink,
                   const xlmem_dom *dom)
{
    (void)scene;
    if (XLMEM_KNOWS(dom, floods) && dom->floods)
        xlmem__tell(find_of_dom(sink, XLMEM__RULE_FLOODS, dom),
                    XLMEM__RULE_FLOODS);
}

void xlmem__judge_floods(const xlmem_scene *scene, xlmem__sink sink)
{
    each_domu(scene, sink, false, floods);
}

/* Of one that did not opt in nobody asks anything. */
static void uncooperative(const xlmem_scene *scene, xlmem__sink sink,
                          const xlmem_dom *dom)
{
    (void)scene;
    if (XLMEM_KNOWS(dom, dynamic_min_kb) && XLMEM_KNOWS(dom, uncooperative) &&
        dom->uncooperative)
        xlmem__tell(find_of_dom(sink, XLMEM__RULE_UNCOOPERATIVE, dom),
                    XLMEM__RULE_UNCOOPERATIVE);
}

void xlmem__judge_uncooperative(const xlmem_scene *scene, xlmem__sink sink)
{
    each_domu(scene, sink, false, uncooperative);
}

static void pinned(const xlmem_scene *scene, xlmem__sink sink,
                   const xlmem_dom *dom)
{
    const xlmem__rule_id id = XLMEM__RULE_PINNED;
    xlmem_finding *finding;

    if (!XLMEM_KNOWS(dom, pin_kb))
        return;
    finding = find_about_dom(sink, id, xlmem__rules[id].severity, dom);
    prove(finding, scene, "pinned at", dom->pin_kb);
    xlmem__tell(finding, id);
}

/* dom0 as well: xl mem-set 0 is respected. */
void xlmem__judge_pinned(const xlmem_scene *scene, xlmem__sink sink)
{
    size_t i;

    for (i = 0; i < scene->host->nr_doms; i++)
        pinned(scene, sink, &scene->host->doms[i]);
}

void xlmem__judge_nobody_balances(const xlmem_scene *scene, xlmem__sink sink)
{
    if (scene->configured && scene->policy->balance && !scene->daemon_runs)
        say(sink, XLMEM__RULE_NOBODY_BALANCES);
}

/* -------------------------------------------------------------- the guard */

/* Nobody misses a guard that was not asked for. */
static bool is_on(const xlmem_scene *scene)
{
    return scene->configured && scene->policy->mode != XLMEM_MODE_OFF;
}

static void say_of_guarded(xlmem__sink sink, xlmem__rule_id id,
                           const xlmem_guarded *it)
{
    xlmem_finding *finding = xlmem__find(sink, id, xlmem__rules[id].severity);

    xlmem__about(finding, 0, "%s", it->name);
    xlmem__tell(finding, id);
}

static size_t count_kind(const xlmem_scene *scene, xlmem_guarded_kind kind,
                         size_t *guarded_r)
{
    size_t i, nr = 0;

    *guarded_r = 0;
    for (i = 0; i < scene->nr_guarded; i++) {
        nr += scene->guarded[i].kind == kind;
        *guarded_r +=
            scene->guarded[i].kind == kind && scene->guarded[i].guarded;
    }
    return nr;
}

void xlmem__judge_no_xl(const xlmem_scene *scene, xlmem__sink sink)
{
    size_t guarded;

    if (!count_kind(scene, XLMEM_GUARDED_XL, &guarded))
        say(sink, XLMEM__RULE_NO_XL);
}

void xlmem__judge_xl_unguarded(const xlmem_scene *scene, xlmem__sink sink)
{
    size_t i;

    for (i = 0; i < scene->nr_guarded; i++)
        if (scene->guarded[i].kind == XLMEM_GUARDED_XL &&
            !scene->guarded[i].guarded)
            say_of_guarded(sink, XLMEM__RULE_XL_UNGUARDED, &scene->guarded[i]);
}

void xlmem__judge_service_unguarded(const xlmem_scene *scene, xlmem__sink sink)
{
    size_t i;

    for (i = 0; is_on(scene) && i < scene->nr_guarded; i++)
        if (scene->guarded[i].restart)
            say_of_guarded(sink, XLMEM__RULE_SERVICE_UNGUARDED,
                           &scene->guarded[i]);
}

void xlmem__judge_monitors_unguarded(const xlmem_scene *scene,
                                     xlmem__sink sink)
{
    const xlmem__rule_id id = XLMEM__RULE_MONITORS_UNGUARDED;
    size_t guarded, nr = count_kind(scene, XLMEM_GUARDED_MONITOR, &guarded);
    const xlmem_source none = {NULL, 0};
    xlmem_finding *finding;

    if (!is_on(scene) || nr == guarded)
        return;
    finding = xlmem__find(sink, id, xlmem__rules[id].severity);
    xlmem__prove(finding, "unguarded monitors", nr - guarded, XLMEM_UNIT_COUNT,
                 none);
    xlmem__prove(finding, "monitors", nr, XLMEM_UNIT_COUNT, none);
    xlmem__tell(finding, id);
}

/* ------------------------------------------------------------------ judge */

static const char *const fact_files[XLMEM__NR_FACTS][2] = {
#define FILES(name, file, other) {file, other},
    XLMEM__FACTS(FILES)
#undef FILES
};

/* The facts that there are. */
static unsigned facts_of(const xlmem_scene *scene)
{
    const xlmem_host *host = scene->host;
    const struct {
        bool known;
        unsigned bit;
    } facts[] = {
        {scene->account != NULL, XLMEM__NEEDS_BOOKS},
        {host->nr_doms || XLMEM_KNOWS(host, domains_listed),
         XLMEM__NEEDS_DOMAINS},
        {XLMEM_KNOWS(host, total_kb), XLMEM__NEEDS_TOTAL},
        {XLMEM_KNOWS(&host->dom0, balloon_target_kb), XLMEM__NEEDS_TARGET},
        {scene->account && XLMEM_KNOWS(scene->account, dom0_floor_kb),
         XLMEM__NEEDS_FLOOR},
        {scene->report != NULL, XLMEM__NEEDS_POLICY},
        {scene->autoballoon_known, XLMEM__NEEDS_AUTOBALLOON},
        {scene->guarded_known, XLMEM__NEEDS_GUARDED},
        {scene->live, XLMEM__NEEDS_LIVE},
        {scene->live, XLMEM__NEEDS_LEDGER},
        {scene->daemon_known, XLMEM__NEEDS_DAEMON},
    };
    unsigned known = 0;
    size_t i;

    for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        known |= facts[i].known ? facts[i].bit : 0;
    return known;
}

void xlmem_judge(const xlmem_scene *scene, xlmem_view view,
                 xlmem_findings *findings_r)
{
    const xlmem__book book = {xlmem__rules, XLMEM__NR_RULES, fact_files,
                              XLMEM__NR_FACTS};

    xlmem__judge_book(&book, scene, view, facts_of(scene), findings_r);
    xlmem__swallow(findings_r->list, findings_r->nr);
    xlmem__count_swallowed(findings_r);
}

/* ----------------------------------------------------------------- doubts */

static bool asks_guests(const xlmem_verdict *verdict)
{
    size_t i;

    for (i = 0; i < verdict->plan.nr_steps; i++)
        if (verdict->plan.steps[i].domid)
            return true;
    return false;
}

void xlmem_doubts(const xlmem_verdict *verdict, bool waits, bool waited,
                  xlmem_findings *findings_r)
{
    xlmem__sink sink = xlmem__findings_begin(findings_r);
    xlmem_finding *finding;

    if (verdict->kind == XLMEM_REFUSE || (waited && !verdict->wait_kb))
        return;
    if (verdict->wait_kb) {
        finding = xlmem__found(
            sink, XLMEM__RULE_MAY_NOT_COME, "%s",
            waits ? "Whether what was asked for comes, one look does not "
                    "tell: check --wait 10 tells, and who does not give."
                  : "Whether what was asked for comes, one look does not "
                    "tell.");
        xlmem__prove_kb(finding, "to come back", verdict->wait_kb);
    }
    if (asks_guests(verdict))
        xlmem__found(sink, XLMEM__RULE_MAY_NOT_FOLLOW,
                     "Whether a domU's balloon follows is seen only when it "
                     "is asked: one that does not move for 5 s is left out, "
                     "and the others have to give.");
}
