/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A finding is written once, into the list of whoever asked for it.  Nothing
 * is allocated: a list has room for so many, a finding for so much text and so
 * many numbers.  What does not fit is counted, in the list or in the finding,
 * and whoever shows it says so.
 */
#include "model/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "model/judge.h"
#include "model/units.h"
#include "private/advice.h"
#include "private/printable.h"

enum {
    LINT = XLMEM_VIEW_LINT,
    PREDICT = XLMEM_VIEW_PREDICT,
    ADMIT = XLMEM_VIEW_ADMIT,
    DOM0 = XLMEM_VIEW_DOM0,
    CHECK = XLMEM_VIEW_CHECK,
    STATUS = XLMEM_VIEW_STATUS,
    ENABLE = XLMEM_VIEW_ENABLE,
};
#define FIGURES XLMEM__FIGURES
#define NEEDS(fact) XLMEM__NEEDS_##fact

const xlmem__rule xlmem__rules[] = {
#define FOUND(name, id, severity, views, about)                               \
    {id, XLMEM_SEV_##severity, views, about, 0, NULL, NULL, NULL, NULL},
#define JUDGED(name, id, severity, views, needs, judge, about, text,          \
               remedies, risk)                                                \
    {id,    XLMEM_SEV_##severity, views, about,                               \
     needs, xlmem__judge_##judge, text,  remedies,                            \
     risk},
    XLMEM__RULES(FOUND, JUDGED)
#undef FOUND
#undef JUDGED
};

const char *xlmem_severity_name(xlmem_severity severity)
{
    switch (severity) {
    case XLMEM_SEV_NOTE:
        return "note";
    case XLMEM_SEV_WARNING:
        return "warning";
    case XLMEM_SEV_ERROR:
        return "error";
    case XLMEM_SEV_CRITICAL:
        return "critical";
    }
    return "?";
}

/* ------------------------------------------------------------- swallowing */

static const struct {
    uint16_t specific, general;
} pairs[] = {
#define PAIR(specific, general)                                               \
    {XLMEM__RULE_##specific, XLMEM__RULE_##general},
    XLMEM__SWALLOWS(PAIR)
#undef PAIR
};
#define NR_PAIRS (sizeof(pairs) / sizeof(pairs[0]))

/* Whether something that was said says more than @id does. */
static bool is_said_better(xlmem__rule_id id, const xlmem__rule_set *said)
{
    size_t i;

    for (i = 0; i < NR_PAIRS; i++)
        if (pairs[i].general == id &&
            xlmem__rule_in(said, (xlmem__rule_id)pairs[i].specific))
            return true;
    return false;
}

/* Ids are the table's own texts. */
static bool is_pair(const xlmem_finding *specific,
                    const xlmem_finding *general)
{
    size_t i;

    for (i = 0; i < NR_PAIRS; i++)
        if (xlmem__rules[pairs[i].specific].id == specific->id &&
            xlmem__rules[pairs[i].general].id == general->id)
            return !general->subject[0] ||
                   !strcmp(specific->subject, general->subject);
    return false;
}

void xlmem__swallow(xlmem_finding *list, size_t nr)
{
    size_t i, j;

    for (i = 0; i < nr; i++)
        for (j = 0; j < nr; j++)
            if (is_pair(&list[j], &list[i]))
                list[i].swallowed_by = list[j].id;
}

/* ------------------------------------------------------------------ lists */

/* Where one as severe goes; the least severe falls out of a full list.  NULL:
 * this one would. */
static xlmem_finding *make_room(xlmem__sink sink, xlmem_severity severity)
{
    xlmem_finding *at;
    size_t i = *sink.nr;

    while (i && sink.list[i - 1].severity < severity)
        i--;
    if (*sink.nr == sink.room)
        ++*sink.lost;
    else
        ++*sink.nr;
    if (i == sink.room)
        return NULL;
    at = sink.list + i;
    memmove(at + 1, at, (*sink.nr - i - 1) * sizeof(*at));
    return at;
}

xlmem_finding *xlmem__find_by(xlmem__sink sink, const xlmem__rule *rule,
                              xlmem_severity severity)
{
    xlmem_finding *finding = make_room(sink, severity);

    if (!finding)
        return NULL;
    memset(finding, 0, offsetof(xlmem_finding, evidence));
    finding->id = rule->id;
    finding->severity = severity;
    finding->risk = rule->risk;
    finding->text[0] = '\0';
    return finding;
}

xlmem_finding *xlmem__find(xlmem__sink sink, xlmem__rule_id id,
                           xlmem_severity severity)
{
    return xlmem__find_by(sink, &xlmem__rules[id], severity);
}

bool xlmem_finding_is(const xlmem_finding *list, size_t nr, const char *id)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (!strcmp(list[i].id, id))
            return true;
    return false;
}

bool xlmem__says_figures(const xlmem_finding *finding)
{
    size_t i;

    for (i = 0; i < XLMEM__NR_RULES; i++)
        if (!strcmp(xlmem__rules[i].id, finding->id))
            return (xlmem__rules[i].views & FIGURES) != 0;
    return false;
}

/* ------------------------------------------------------------------ texts */

/* Behind what is there: all of it, its NUL included, or so much as fits. */
static bool add_finding_text(xlmem_finding *finding, const char *fmt,
                             va_list ap) __attribute__((format(printf, 2, 0)));

static bool add_finding_text(xlmem_finding *finding, const char *fmt,
                             va_list ap)
{
    char *to = finding->text + finding->used;
    const size_t room = sizeof(finding->text) - finding->used;
    const int len = vsnprintf(to, room, fmt, ap);

    if (len >= 0 && (size_t)len < room) {
        finding->used = (uint16_t)(finding->used + len + 1);
        return true;
    }
    finding->nr_cut++;
    return false;
}

void xlmem__say_v(xlmem_finding *finding, const char *fmt, va_list ap)
{
    if (add_finding_text(finding, fmt, ap))
        return;
    memcpy(finding->text + sizeof(finding->text) - 4, "...", 4);
    finding->used = sizeof(finding->text);
}

void xlmem__say(xlmem_finding *finding, const char *fmt, ...)
{
    va_list ap;

    if (!finding)
        return;
    va_start(ap, fmt);
    xlmem__say_v(finding, fmt, ap);
    va_end(ap);
}

/* Half a command is none. */
void xlmem__remedy(xlmem_finding *finding, const char *fmt, ...)
{
    va_list ap;

    if (!finding)
        return;
    va_start(ap, fmt);
    if (finding->used == sizeof(finding->text))
        finding->nr_cut++;
    else if (add_finding_text(finding, fmt, ap))
        finding->nr_remedies++;
    va_end(ap);
}

xlmem_finding *xlmem__found_v(xlmem__sink sink, xlmem__rule_id id,
                              const char *fmt, va_list ap)
{
    xlmem_finding *finding;

    if (sink.said && is_said_better(id, sink.said))
        return NULL;
    if (sink.said)
        xlmem__rule_add(sink.said, id);
    finding = xlmem__find(
        sink, id, sink.flat ? XLMEM_SEV_WARNING : xlmem__rules[id].severity);
    if (!finding)
        return NULL;
    xlmem__say_v(finding, fmt, ap);
    if (sink.cure && strstr(finding->text, sink.cure))
        xlmem__remedy(finding, "%s", sink.cure);
    return finding;
}

xlmem_finding *xlmem__found(xlmem__sink sink, xlmem__rule_id id,
                            const char *fmt, ...)
{
    xlmem_finding *finding;
    va_list ap;

    va_start(ap, fmt);
    finding = xlmem__found_v(sink, id, fmt, ap);
    va_end(ap);
    return finding;
}

void xlmem__about(xlmem_finding *finding, uint64_t id, const char *fmt, ...)
{
    va_list ap;
    int len;

    if (!finding)
        return;
    finding->subject_id = id;
    va_start(ap, fmt);
    len = vsnprintf(finding->subject, sizeof(finding->subject), fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= sizeof(finding->subject))
        finding->nr_cut++;
}

xlmem_severity xlmem_finding_severity(const xlmem_finding *finding)
{
    return finding->severity;
}

const char *xlmem_finding_remedy(const xlmem_finding *finding, size_t n)
{
    const char *text = finding->text;

    if (n >= finding->nr_remedies)
        return NULL;
    do
        text += strlen(text) + 1;
    while (n--);
    return text;
}

const char *xlmem_finding_line(const xlmem_finding *finding, char *buf,
                               size_t len)
{
    size_t used, i;

    used = (size_t)snprintf(buf, len, "%s", finding->text);
    for (i = 0; i < finding->nr_remedies && used < len; i++)
        used +=
            (size_t)snprintf(buf + used, len - used, "%s%s", i ? "; " : ": ",
                             xlmem_finding_remedy(finding, i));
    return buf;
}

#define QUOTE_MAX 32

xlmem__quoted xlmem__quote(xlmem__str text)
{
    xlmem__quoted quoted = {""};
    size_t i, len = xlmem__min(text.len, QUOTE_MAX);

    for (i = 0; i < len; i++) {
        bool fit = text.p[i] >= ' ' && text.p[i] <= '~';

        quoted.text[i] = text.p[i];
        if (!fit)
            quoted.text[i] = '?';
    }
    if (text.len > len)
        strcpy(quoted.text + len, "...");
    return quoted;
}

/* --------------------------------------------------------------- evidence */

void xlmem__prove(xlmem_finding *finding, const char *what, uint64_t value,
                  xlmem_unit unit, xlmem_source source)
{
    if (!finding)
        return;
    if (finding->nr_evidence == XLMEM_EVIDENCE_MAX) {
        finding->nr_cut++;
        return;
    }
    finding->evidence[finding->nr_evidence++] =
        (xlmem_evidence){what, value, unit, source};
}

void xlmem__prove_kb(xlmem_finding *finding, const char *what, uint64_t kb)
{
    xlmem__prove(finding, what, kb, XLMEM_UNIT_KB, (xlmem_source){NULL, 0});
}

#define BIT_OF(offset) ((offset) / sizeof(uint64_t) - 1)

xlmem_source xlmem__source_of(const xlmem_host *host, size_t offset)
{
    return host->sources ? host->sources->of_host[BIT_OF(offset)]
                         : (xlmem_source){NULL, 0};
}

xlmem_source xlmem__source_of_dom0(const xlmem_host *host, size_t offset)
{
    return host->sources ? host->sources->of_dom0[BIT_OF(offset)]
                         : (xlmem_source){NULL, 0};
}

xlmem_source xlmem__source_of_doms(const xlmem_host *host)
{
    return (xlmem_source){host->sources ? host->sources->doms : NULL, 0};
}

const char *xlmem_evidence_text(const xlmem_evidence *evidence, char *buf,
                                size_t len)
{
    static const struct {
        uint64_t divisor; /* two digits behind the point; 0: a whole number */
        const char *name;
    } units[] = {
        [XLMEM_UNIT_COUNT] = {0, ""},     [XLMEM_UNIT_KB] = {0, " kB"},
        [XLMEM_UNIT_MS] = {0, " ms"},     [XLMEM_UNIT_LOAD] = {10000, ""},
        [XLMEM_UNIT_SHARE] = {100, " %"},
    };
    const uint64_t divisor = units[evidence->unit].divisor;
    const uint64_t value = evidence->value;

    if (divisor)
        snprintf(buf, len, "%s: %" PRIu64 ".%02" PRIu64 "%s", evidence->what,
                 value / divisor, value % divisor * 100 / divisor,
                 units[evidence->unit].name);
    else
        snprintf(buf, len, "%s: %" PRIu64 "%s", evidence->what, value,
                 units[evidence->unit].name);
    return buf;
}

/* -------------------------------------------------------------- templates */

/* Room for a subject of which each byte is escaped. */
#define VALUE_MAX (4 * XLMEM_SUBJECT_ROOM)

/* "1", "2m": a piece of evidence. */
static const char *evidence_number(const xlmem_finding *finding,
                                   const char *name, char buf[VALUE_MAX])
{
    const size_t n = (size_t)(name[0] - '1');
    const xlmem_evidence *evidence = &finding->evidence[n];

    if (n >= finding->nr_evidence)
        return "?";
    if (name[1] == 'm')
        snprintf(buf, 32, "%" PRIu64,
                 xlmem__div_up(evidence->value, XLMEM__MIB_KB));
    else if (evidence->unit == XLMEM_UNIT_KB)
        xlmem_format_mib(buf, 32, evidence->value);
    else
        snprintf(buf, 32, "%" PRIu64, evidence->value);
    return buf;
}

static const char *template_value(const xlmem_finding *finding,
                                  const char *name, char buf[VALUE_MAX])
{
    if (name[0] == 's')
        return xlmem_escape(buf, VALUE_MAX, finding->subject,
                            XLMEM_ESCAPE_UNPRINTABLE);
    if (name[0] != 'i')
        return evidence_number(finding, name, buf);
    snprintf(buf, 32, "%" PRIu64, finding->subject_id);
    return buf;
}

/* More than fits, so that it is seen not to. */
#define EXPANDED_MAX (XLMEM_FINDING_ROOM + 256)

/* A template up to its end or to a newline.  Returns what is behind. */
static const char *expand_template(const xlmem_finding *finding,
                                   const char *from, char to[EXPANDED_MAX])
{
    size_t used = 0;
    char buf[VALUE_MAX];

    to[0] = '\0';
    while (*from && *from != '\n' && used < EXPANDED_MAX - 1) {
        if (*from == '{') {
            used += (size_t)snprintf(to + used, EXPANDED_MAX - used, "%s",
                                     template_value(finding, from + 1, buf));
            from += strcspn(from, "}") + 1;
            continue;
        }
        to[used++] = *from++;
        to[used] = '\0';
    }
    return *from == '\n' ? from + 1 : from;
}

void xlmem__tell_remedies(xlmem_finding *finding, const xlmem__rule *rule)
{
    const char *remedies = rule->remedies;
    char text[EXPANDED_MAX];

    while (finding && remedies && *remedies) {
        remedies = expand_template(finding, remedies, text);
        xlmem__remedy(finding, "%s", text);
    }
}

void xlmem__tell_by(xlmem_finding *finding, const xlmem__rule *rule)
{
    char text[EXPANDED_MAX];

    if (!finding)
        return;
    expand_template(finding, rule->text, text);
    xlmem__say(finding, "%s", text);
    xlmem__tell_remedies(finding, rule);
}

void xlmem__tell(xlmem_finding *finding, xlmem__rule_id id)
{
    xlmem__tell_by(finding, &xlmem__rules[id]);
}

xlmem__mib xlmem__mib_of(uint64_t kb)
{
    xlmem__mib mib = {""};

    xlmem_format_mib(mib.text, sizeof(mib.text), kb);
    return mib;
}
