/* SPDX-License-Identifier: LGPL-2.1-only */
/* What was answered, by its numbers. */
#include "api/answer_parts.h"

#include <stdlib.h>
#include <string.h>

#include "api/place.h"
#include "model/units.h"

int xlmem_answer_alloc(xlmem_answer **answer_r)
{
    xlmem_answer *answer = calloc(1, sizeof(*answer));

    if (!answer)
        return XLMEM_ERROR_NOMEM;
    *answer_r = answer;
    return 0;
}

void xlmem_answer_free(xlmem_answer *answer)
{
    free(answer);
}

void xlmem__answer_verdict(xlmem_answer *answer, const char *name)
{
    answer->kind = XLMEM__ANSWER_VERDICT;
    xlmem_verdict_line(&answer->is.verdict, name, answer->line,
                       sizeof(answer->line));
}

/* ------------------------------------------------------------ figures --- */

#define ACCOUNT(number, name)                                                 \
    [XLMEM_FIGURE_##number] = offsetof(xlmem_account, name)
static const uint16_t account_offsets[] = {
    ACCOUNT(FREE_KB, free_kb),
    ACCOUNT(OUTSTANDING_KB, outstanding_kb),
    ACCOUNT(LEDGER_KB, ledger_kb),
    ACCOUNT(GROWTH_KB, growth_kb),
    ACCOUNT(HEADROOM_KB, headroom_kb),
    ACCOUNT(USABLE_KB, usable_kb),
    ACCOUNT(DEFICIT_KB, deficit_kb),
    ACCOUNT(COMING_KB, coming_kb),
    ACCOUNT(DOM0_FLOOR_KB, dom0_floor_kb),
    ACCOUNT(DOM0_ABSORB_KB, dom0_absorb_kb),
    ACCOUNT(DOM0_BUILDING_KB, dom0_building_kb),
    ACCOUNT(DOM0_GIVE_KB, dom0_give_kb),
    ACCOUNT(GUESTS_GIVE_KB, guests_give_kb),
};
static const xlmem__places account_places = XLMEM__PLACES(account_offsets);

#define SIZE(number, name)                                                    \
    [XLMEM_FIGURE_##number] = offsetof(xlmem_recommendation, name)
static const uint16_t size_offsets[] = {
    SIZE(DOM0_MEM_KB, dom0_mem_kb),       SIZE(DOM0_MAX_KB, max_kb),
    SIZE(DOM0_FLOOR_KB, floor_kb),        SIZE(GROWTH_COST_KB, growth_cost_kb),
    SIZE(HOTPLUG_TOP_KB, hotplug_top_kb), SIZE(CURRENT_KB, current_kb),
    SIZE(CURRENT_MAX_KB, current_max_kb), SIZE(WASTED_KB, wasted_kb),
};
static const xlmem__places size_places = XLMEM__PLACES(size_offsets);

#define BOOT(number, name)                                                    \
    [XLMEM_FIGURE_##number] = offsetof(xlmem_prediction, name)
static const uint16_t boot_offsets[] = {
    BOOT(BOOT_KB, nr_pages),          BOOT(BOOT_MAX_KB, max_pages),
    BOOT(MEMTOTAL_KB, memtotal_kb),   BOOT(METADATA_KB, metadata_kb),
    BOOT(HASH_KB, hash_kb),           BOOT(KERNEL_KB, kernel_kb),
    BOOT(HOST_FREE_KB, host_free_kb), BOOT(XEN_KB, xen_kb),
};
static const xlmem__places boot_places = XLMEM__PLACES(boot_offsets);

static bool verdict_get(const xlmem_verdict *verdict, xlmem_figure figure,
                        uint64_t *value_r)
{
    switch ((unsigned)figure) {
    case XLMEM_FIGURE_VERDICT:
        *value_r = verdict->kind;
        return true;
    case XLMEM_FIGURE_NEED_KB:
        *value_r = verdict->need_kb;
        return true;
    case XLMEM_FIGURE_DOM0_NEED_KB:
        *value_r = verdict->dom0_need_kb;
        return true;
    case XLMEM_FIGURE_USABLE_KB:
        *value_r = verdict->usable_kb;
        return true;
    case XLMEM_FIGURE_SHORT_KB:
        *value_r = verdict->short_kb;
        return true;
    case XLMEM_FIGURE_MISSING_KB:
        *value_r = verdict->missing_kb;
        return true;
    case XLMEM_FIGURE_WAIT_KB:
        *value_r = verdict->wait_kb;
        return true;
    case XLMEM_FIGURE_DOM0_WAIT_KB:
        *value_r = verdict->dom0_wait_kb;
        return true;
    case XLMEM_FIGURE_DOM0_SPARE_KB:
        if (verdict->dom0_known)
            *value_r = verdict->dom0_spare_kb;
        return verdict->dom0_known;
    }
    return false;
}

static bool need_get(const xlmem_need *need, xlmem_figure figure,
                     uint64_t *value_r)
{
    switch ((unsigned)figure) {
    case XLMEM_FIGURE_NEED_KB:
        *value_r = need->need_kb;
        return true;
    case XLMEM_FIGURE_DOM0_NEED_KB:
        *value_r = need->dom0_need_kb;
        return true;
    case XLMEM_FIGURE_DOM0_BUILD_KB:
        *value_r = need->dom0_build_kb;
        return true;
    }
    return false;
}

static bool boot_get(const xlmem_prediction *boot, xlmem_figure figure,
                     uint64_t *value_r)
{
    if (!boot->known) /* there was none to predict */
        return false;
    if (figure == XLMEM_FIGURE_EXACT) {
        *value_r = boot->exact;
        return true;
    }
    if (figure == XLMEM_FIGURE_BASIS) {
        *value_r = boot->basis;
        return true;
    }
    if (!xlmem__place_get(&boot_places, boot, figure, value_r))
        return false;
    if (figure == XLMEM_FIGURE_BOOT_KB || figure == XLMEM_FIGURE_BOOT_MAX_KB)
        *value_r *= XLMEM__PAGE_KB;
    return true;
}

bool xlmem_answer_get(const xlmem_answer *answer, xlmem_figure figure,
                      uint64_t *value_r)
{
    switch (answer->kind) {
    case XLMEM__ANSWER_VERDICT:
        return verdict_get(&answer->is.verdict, figure, value_r);
    case XLMEM__ANSWER_NEED:
        return need_get(&answer->is.need, figure, value_r);
    case XLMEM__ANSWER_ACCOUNT:
        return xlmem__place_get(&account_places, &answer->is.account, figure,
                                value_r);
    case XLMEM__ANSWER_SIZE:
        return xlmem__place_get(&size_places, &answer->is.size, figure,
                                value_r) ||
               boot_get(&answer->is.size.predicted, figure, value_r);
    case XLMEM__ANSWER_PREDICTION:
        return boot_get(&answer->is.prediction, figure, value_r);
    case XLMEM__ANSWER_LINT:
        if (figure == XLMEM_FIGURE_OK)
            *value_r = answer->is.lint.ok;
        return figure == XLMEM_FIGURE_OK;
    case XLMEM__ANSWER_NOTHING:
    case XLMEM__ANSWER_FINDINGS:
        break;
    }
    return false;
}

/* ----------------------------------------------- what stands behind it --- */

const char *xlmem_answer_text(const xlmem_answer *answer)
{
    if (answer->kind == XLMEM__ANSWER_VERDICT)
        return answer->line;
    return answer->kind == XLMEM__ANSWER_SIZE && answer->is.size.xen_arg[0]
               ? answer->is.size.xen_arg
               : NULL;
}

static const xlmem_finding *nth(const xlmem_finding *list, size_t nr, size_t n)
{
    return n < nr ? &list[n] : NULL;
}

const xlmem_finding *xlmem_answer_finding(const xlmem_answer *answer, size_t n)
{
    const xlmem_prediction *boot = &answer->is.prediction;

    switch (answer->kind) {
    case XLMEM__ANSWER_VERDICT:
        return nth(answer->is.verdict.reasons, answer->is.verdict.nr_reasons,
                   n);
    case XLMEM__ANSWER_SIZE:
        boot = &answer->is.size.predicted;
        return nth(boot->warnings, boot->nr_warnings, n);
    case XLMEM__ANSWER_PREDICTION:
        return nth(boot->warnings, boot->nr_warnings, n);
    case XLMEM__ANSWER_LINT:
        return nth(answer->is.lint.items, answer->is.lint.nr, n);
    case XLMEM__ANSWER_FINDINGS:
        return nth(answer->is.findings.list, answer->is.findings.nr, n);
    case XLMEM__ANSWER_NOTHING:
    case XLMEM__ANSWER_NEED:
    case XLMEM__ANSWER_ACCOUNT:
        break;
    }
    return NULL;
}

const char *xlmem_finding_text(const xlmem_finding *finding,
                               xlmem_finding_part part)
{
    switch (part) {
    case XLMEM_FINDING_ID:
        return finding->id;
    case XLMEM_FINDING_SENTENCE:
        return finding->text;
    case XLMEM_FINDING_SUBJECT:
        return finding->subject[0] ? finding->subject : NULL;
    case XLMEM_FINDING_RISK:
        return finding->risk;
    case XLMEM_FINDING_SWALLOWED_BY:
        return finding->swallowed_by;
    }
    return NULL;
}

const char *xlmem_finding_evidence(const xlmem_finding *finding, size_t n,
                                   uint64_t *value_r, xlmem_unit *unit_r)
{
    if (n >= finding->nr_evidence)
        return NULL;
    *value_r = finding->evidence[n].value;
    *unit_r = finding->evidence[n].unit;
    return finding->evidence[n].what;
}

const char *xlmem_finding_source(const xlmem_finding *finding, size_t n,
                                 uint64_t *line_r)
{
    if (n >= finding->nr_evidence)
        return NULL;
    *line_r = finding->evidence[n].source.line;
    return finding->evidence[n].source.file;
}

static const xlmem_term *term_of(const xlmem_answer *answer, xlmem_side side,
                                 size_t n)
{
    const xlmem_need *need = &answer->is.need;
    const xlmem_recommendation *size = &answer->is.size;

    if (answer->kind == XLMEM__ANSWER_NEED && side == XLMEM_SIDE_XEN)
        return n < need->nr_terms ? &need->terms[n] : NULL;
    if (answer->kind == XLMEM__ANSWER_NEED && side == XLMEM_SIDE_DOM0)
        return n < need->nr_dom0_terms ? &need->dom0_terms[n] : NULL;
    if (answer->kind == XLMEM__ANSWER_SIZE && side == XLMEM_SIDE_DOM0)
        return n < size->nr_terms ? &size->terms[n] : NULL;
    return NULL;
}

const char *xlmem_answer_term(const xlmem_answer *answer, xlmem_side side,
                              size_t n, uint64_t *kb_r, const char **source_r)
{
    const xlmem_term *term = term_of(answer, side, n);

    if (!term)
        return NULL;
    *kb_r = term->kb;
    if (source_r)
        *source_r = term->source;
    return term->name;
}

bool xlmem_answer_step(const xlmem_answer *answer, size_t n, uint64_t *domid_r,
                       uint64_t *from_kb_r, uint64_t *to_kb_r)
{
    const xlmem_plan *plan = &answer->is.verdict.plan;

    if (answer->kind != XLMEM__ANSWER_VERDICT || n >= plan->nr_steps)
        return false;
    *domid_r = plan->steps[n].domid;
    *from_kb_r = plan->steps[n].from_kb;
    *to_kb_r = plan->steps[n].to_kb;
    return true;
}
