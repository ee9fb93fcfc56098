/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/treatment.h"

#include <inttypes.h>
#include <string.h>

#include "private/base.h"

static const char *const result_names[NR_TREATMENT_RESULTS] = {
    [TREATMENT_WOULD] = "would",   [TREATMENT_REFUSED] = "refused",
    [TREATMENT_FAILED] = "failed", [TREATMENT_NO_BETTER] = "no better",
    [TREATMENT_BETTER] = "better", [TREATMENT_CURED] = "cured",
};

const xlmem_finding *treatment_finding(const xlmem_findings *found,
                                       const xlmem_remedy *remedy)
{
    size_t i;

    for (i = 0; i < found->nr; i++)
        if (!strcmp(found->list[i].id, remedy->id) &&
            found->list[i].subject_id == remedy->at)
            return &found->list[i];
    return NULL;
}

const char *treatment_word(treatment_result result)
{
    return result_names[result];
}

static size_t count_results(const treatment *list, size_t nr,
                            treatment_result result)
{
    size_t i, n = 0;

    for (i = 0; i < nr; i++)
        n += list[i].result == result;
    return n;
}

/* ------------------------------------------------------------ in words --- */

static const char *say_value(const out *o, char *buf, size_t len,
                             const xlmem_remedy *remedy, uint64_t value)
{
    if (remedy->unit == XLMEM_UNIT_KB)
        return out_size(o, buf, len, value);
    snprintf(buf, len, "%" PRIu64, value);
    return buf;
}

static void say_measure(out *o, const treatment *t)
{
    char before[OUT_SIZE_MAX], after[OUT_SIZE_MAX];

    say_value(o, before, sizeof(before), &t->remedy, t->remedy.before);
    if (t->after_known)
        out_say(o, "  %s: %s before, %s after.", t->remedy.what, before,
                say_value(o, after, sizeof(after), &t->remedy, t->after));
    else
        out_say(o, "  %s: %s now.", t->remedy.what, before);
}

static const char *say_result(const treatment *t)
{
    switch (t->result) {
    case TREATMENT_WOULD:
        return t->remedy.then ? "if that does not suffice, would be treated"
                              : "would be treated";
    case TREATMENT_REFUSED:
        return "not treated";
    case TREATMENT_FAILED:
        return "could not be treated";
    case TREATMENT_NO_BETTER:
        return "no better";
    case TREATMENT_BETTER:
        return "better, and still there";
    case TREATMENT_CURED:
        return "cured";
    case NR_TREATMENT_RESULTS:
        break;
    }
    return "?";
}

static void say_treatment(out *o, const treatment *t)
{
    const xlmem_remedy *remedy = &t->remedy;

    out_say(o, "%s", "");
    out_say(o, "%s%s%s: %s%s%s%s", remedy->id, *remedy->subject ? ", " : "",
            remedy->subject, say_result(t), remedy->name ? " (" : "",
            remedy->name ? remedy->name : "", remedy->name ? ")" : "");
    if (t->why[0])
        out_say(o, "  Why: %s.", t->why);
    if (t->result != TREATMENT_REFUSED && *remedy->does)
        out_say_copied(o, remedy->does);
    if (remedy->what && t->result != TREATMENT_REFUSED)
        say_measure(o, t);
}

static size_t add_count(char *buf, size_t len, size_t used, size_t nr,
                        const char *what)
{
    if (!nr || used >= len)
        return used;
    return used + (size_t)snprintf(buf + used, len - used, "%s%zu %s",
                                   used ? ", " : "", nr, what);
}

static void put_sum(out *o, const treatment *list, size_t nr, bool dry)
{
    static const char *const words[NR_TREATMENT_RESULTS] = {
        [TREATMENT_WOULD] = "would be carried out",
        [TREATMENT_REFUSED] = "not treated",
        [TREATMENT_FAILED] = "failed",
        [TREATMENT_NO_BETTER] = "no better",
        [TREATMENT_BETTER] = "better",
        [TREATMENT_CURED] = "cured",
    };
    char counts[128] = "", line[192];
    size_t used = 0;
    int i;

    for (i = NR_TREATMENT_RESULTS - 1; i >= 0; i--)
        used =
            add_count(counts, sizeof(counts), used,
                      count_results(list, nr, (treatment_result)i), words[i]);
    if (!used)
        snprintf(counts, sizeof(counts), "nothing to be done");
    snprintf(line, sizeof(line), "Remedies: %s.%s", counts,
             dry ? " Nothing was changed." : "");
    out_text(o, "fix_line", "", line);
}

/* --------------------------------------------------------- for programs -- */

static void put_treatment(out *o, const treatment *t)
{
    const xlmem_remedy *remedy = &t->remedy;
    const bool known = remedy->what && t->result != TREATMENT_REFUSED;

    out_row(o);
    out_text(o, "id", NULL, remedy->id);
    out_text(o, "subject", NULL, remedy->subject[0] ? remedy->subject : NULL);
    out_text(o, "remedy", NULL, remedy->name);
    out_text(o, "result", NULL, result_names[t->result]);
    out_text(o, "why", NULL, t->why[0] ? t->why : NULL);
    out_text(o, "does", NULL, remedy->does[0] ? remedy->does : NULL);
    out_bool(o, "then", NULL, remedy->then);
    out_text(o, "what", NULL, remedy->what);
    out_text(o, "unit", NULL, remedy->unit == XLMEM_UNIT_KB ? "kB" : NULL);
    OUT_IF(o, "before", NULL, OUT_COUNT, remedy->before, known);
    OUT_IF(o, "after", NULL, OUT_COUNT, t->after, t->after_known);
    out_row_end(o);
}

void treatment_put(out *o, const treatment *list, size_t nr, bool dry)
{
    size_t i;

    put_sum(o, list, nr, dry);
    for (i = 0; i < nr; i++)
        say_treatment(o, &list[i]);
    out_list(o, "fixes", NULL);
    for (i = 0; i < nr; i++)
        put_treatment(o, &list[i]);
    out_end(o);
    out_say(o, "%s", "");
}

/* The @at-th did not help, nor did another that is for the same. */
static bool is_no_better(const treatment *list, size_t nr, size_t at)
{
    const xlmem_remedy *remedy = &list[at].remedy;
    size_t i;

    if (list[at].result != TREATMENT_NO_BETTER)
        return false;
    for (i = 0; i < nr; i++)
        if (list[i].result >= TREATMENT_BETTER &&
            list[i].remedy.at == remedy->at &&
            !strcmp(list[i].remedy.id, remedy->id))
            return false;
    return true;
}

/* What failed comes before what did not help: it was not tried. */
int treatment_status(const treatment *list, size_t nr, int status)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (list[i].result == TREATMENT_FAILED)
            return xlmem_exit_status(list[i].rc);
    for (i = 0; i < nr; i++)
        if (is_no_better(list, nr, i))
            return EXIT_NO_BETTER;
    return status;
}
