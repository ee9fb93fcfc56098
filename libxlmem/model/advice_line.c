/* SPDX-License-Identifier: LGPL-2.1-only */
/* Advice in words, with the commands that carry it out. */
#include "model/advice.h"

#include <string.h>

#include "model/checked.h"
#include "model/finding.h"
#include "model/line.h"
#include "model/units.h"

#define U(n) ((unsigned long long)(n))

const char *xlmem_action_name(xlmem_action_kind kind)
{
    switch (kind) {
    case XLMEM_ACTION_RELEASE:
        return "release";
    case XLMEM_ACTION_DESTROY:
        return "destroy";
    case XLMEM_ACTION_CAP:
        return "cap";
    case XLMEM_ACTION_SHUTDOWN:
        return "shutdown";
    case XLMEM_ACTION_TARGET:
        return "target";
    case XLMEM_ACTION_GROW:
        break;
    }
    return "grow";
}

/* What is done, to go in front of the first of its kind. */
static const char *verb_of_action(const xlmem_action *a)
{
    switch (a->kind) {
    case XLMEM_ACTION_RELEASE:
        return "end the reservation";
    case XLMEM_ACTION_DESTROY:
        return "remove what looks half-built, if nobody is building it "
               "(restore, migration, MEMGUARD=off):";
    case XLMEM_ACTION_CAP:
        return "lower how far it may grow:";
    case XLMEM_ACTION_SHUTDOWN:
        return "shut down";
    case XLMEM_ACTION_TARGET:
        return a->domid ? "shrink" : "have dom0 give";
    case XLMEM_ACTION_GROW:
        break;
    }
    return "give dom0";
}

static void add_who(xlmem__line *line, const xlmem_host *host, uint64_t domid)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, domid);

    if (dom && dom->name && *dom->name)
        xlmem__line_name(line, dom->name);
    else
        xlmem__line_add(line, "domain %llu", U(domid));
}

static void add_phrase(xlmem__line *line, const xlmem_host *host,
                       const xlmem_action *a)
{
    if (a->kind == XLMEM_ACTION_GROW) {
        xlmem__line_mib(line, a->gives_kb);
        xlmem__line_add(line, " more");
        return;
    }
    if (a->kind == XLMEM_ACTION_TARGET && !a->domid) {
        xlmem__line_mib(line, a->gives_kb);
        return;
    }
    if (a->kind == XLMEM_ACTION_RELEASE)
        xlmem__line_name(line, a->id);
    else
        add_who(line, host, a->domid);
    xlmem__line_add(line, " (");
    xlmem__line_mib(line, a->gives_kb);
    xlmem__line_add(line, ")");
}

static void add_command(xlmem__line *line, const xlmem_action *a)
{
    switch (a->kind) {
    case XLMEM_ACTION_RELEASE:
        xlmem__line_add(line, "xl memguard release %s", a->id);
        break;
    case XLMEM_ACTION_DESTROY:
        xlmem__line_add(line, "xl destroy %llu", U(a->domid));
        break;
    case XLMEM_ACTION_CAP:
        xlmem__line_add(line, "xl mem-max %llu %llum", U(a->domid),
                        U(a->to_kb / XLMEM__MIB_KB));
        break;
    case XLMEM_ACTION_SHUTDOWN: /* what follows needs its memory */
        xlmem__line_add(line, "xl shutdown -w %llu", U(a->domid));
        break;
    case XLMEM_ACTION_TARGET:
        xlmem__line_add(line, "xl mem-set %llu %lluk", U(a->domid),
                        U(a->to_kb));
        break;
    case XLMEM_ACTION_GROW:
        xlmem__line_add(line, "xl memguard dom0 %lluM",
                        U(a->to_kb / XLMEM__MIB_KB));
        break;
    }
}

static bool same_verb(const xlmem_action *a, const xlmem_action *b)
{
    return a->kind == b->kind &&
           (a->kind != XLMEM_ACTION_TARGET || !a->domid == !b->domid);
}

/* "shut down a (1.0 MiB), b (1.0 MiB) and c (1.0 MiB); then give dom0 ..." */
static void add_words(xlmem__line *line, const xlmem_host *host,
                      const xlmem_cure *cure)
{
    size_t i;

    for (i = 0; i < cure->nr; i++) {
        const xlmem_action *a = &cure->actions[i];
        const bool more = i + 1 < cure->nr && same_verb(a, a + 1);

        if (!i || !same_verb(a, a - 1))
            xlmem__line_add(line, "%s%s ", i ? "; then " : "",
                            verb_of_action(a));
        else
            xlmem__line_add(line, more ? ", " : " and ");
        add_phrase(line, host, a);
    }
}

/* What of advice is wanted: all of it, or one of its halves. */
typedef enum advice_half { WHOLE, WORDS, COMMANDS } advice_half;

static void add_cure(xlmem__line *line, const xlmem_host *host,
                     const xlmem_cure *cure, advice_half half)
{
    size_t i;

    if (half != COMMANDS)
        add_words(line, host, cure);
    if (half == WORDS)
        return;
    if (half == WHOLE)
        xlmem__line_add(line, ": ");
    for (i = 0; i < cure->nr; i++) {
        xlmem__line_add(line, i ? " && " : "");
        add_command(line, &cure->actions[i]);
    }
}

#define WAIT_COMMAND "MEMGUARD_WAIT=SECONDS xl create ..."
#define OVERRIDE_COMMAND "MEMGUARD=off xl create ..."

static void add_wait(xlmem__line *line, const xlmem_advice *advice,
                     advice_half half)
{
    if (half == COMMANDS) {
        xlmem__line_add(line, WAIT_COMMAND);
        return;
    }
    xlmem__line_add(line, "wait: ");
    xlmem__line_mib(line, advice->wait_kb);
    xlmem__line_add(line, " of what is missing are to come back%s",
                    half == WORDS ? "" : ": " WAIT_COMMAND);
}

static void add_largest(xlmem__line *line, const xlmem_advice *advice,
                        advice_half half)
{
    const bool ever = XLMEM_KNOWS(advice, largest_ever_kb);

    if (half == COMMANDS) {
        if (!ever)
            xlmem__line_add(line, "memory=%llu",
                            U(advice->largest_kb / XLMEM__MIB_KB));
        return;
    }
    if (ever) {
        xlmem__line_add(line,
                        "it is larger than this host: with all other "
                        "domUs gone it could have at most memory=%llu",
                        U(advice->largest_ever_kb / XLMEM__MIB_KB));
        return;
    }
    xlmem__line_add(line, "make it smaller: memory=%llu would start now",
                    U(advice->largest_kb / XLMEM__MIB_KB));
}

static void add_override(xlmem__line *line, const xlmem_advice *advice,
                         advice_half half)
{
    if (half == COMMANDS) {
        xlmem__line_add(line, OVERRIDE_COMMAND);
        return;
    }
    xlmem__line_add(line, "start it all the same%s: Xen can hold it, and has ",
                    half == WORDS ? "" : ", " OVERRIDE_COMMAND);
    xlmem__line_mib(line, advice->override_kb);
    xlmem__line_add(line, " left then, where ");
    xlmem__line_mib(line, advice->headroom_kb);
    xlmem__line_add(line, " and what others were promised should stay");
}

static bool has_largest(const xlmem_advice *advice)
{
    return XLMEM_KNOWS(advice, largest_ever_kb) ||
           (XLMEM_KNOWS(advice, largest_kb) && advice->largest_kb);
}

/* What stands at place @n. */
static bool add_line(xlmem__line *line, const xlmem_advice *advice,
                     const xlmem_host *host, size_t n, advice_half half)
{
    if (XLMEM_KNOWS(advice, wait_kb) && !n--)
        add_wait(line, advice, half);
    else if (n < advice->nr_cures)
        add_cure(line, host, &advice->cures[n], half);
    else if ((n -= advice->nr_cures, has_largest(advice)) && !n--)
        add_largest(line, advice, half);
    else if (XLMEM_KNOWS(advice, override_kb) && !n)
        add_override(line, advice, half);
    else
        return false;
    return true;
}

static void begin_large(char *buf, size_t len)
{
    if (len && buf[0] >= 'a' && buf[0] <= 'z')
        buf[0] = (char)(buf[0] - 'a' + 'A');
}

bool xlmem_advice_line(const xlmem_advice *advice, const xlmem_host *host,
                       size_t n, char *buf, size_t len)
{
    xlmem__line line;

    xlmem__line_start(&line, buf, len);
    if (!add_line(&line, advice, host, n, WHOLE))
        return false;
    begin_large(buf, len);
    return true;
}

/* The commands whole, and in front of them so much of the words as fits. */
static void write_advice(xlmem_finding *finding, char *words,
                         const char *commands)
{
    const size_t room = sizeof(finding->text);
    const size_t left = xlmem__sub0(room, strlen(commands) + 2);

    if (strlen(words) > left && left > sizeof("...")) {
        strcpy(words + left - sizeof("..."), "...");
        finding->nr_cut++;
    }
    xlmem__say(finding, "%s", words);
    if (*commands)
        xlmem__remedy(finding, "%s", commands);
}

void xlmem__advice_findings(const xlmem_advice *advice, const xlmem_host *host,
                            xlmem_findings *findings)
{
    const xlmem__sink sink = {.list = findings->list,
                              .room = XLMEM_FINDINGS_MAX,
                              .nr = &findings->nr,
                              .lost = &findings->nr_lost};
    char words[XLMEM_LINE_MAX], commands[XLMEM_LINE_MAX];
    xlmem_finding *finding;
    xlmem__line line;
    size_t n;

    findings->nr = findings->nr_lost = findings->nr_swallowed = 0;
    findings->nr_unjudged = findings->nr_rules = 0;
    for (n = 0;; n++) {
        xlmem__line_start(&line, words, sizeof(words));
        if (!add_line(&line, advice, host, n, WORDS))
            return;
        xlmem__line_start(&line, commands, sizeof(commands));
        add_line(&line, advice, host, n, COMMANDS);
        begin_large(words, sizeof(words));
        finding = xlmem__find(sink, XLMEM__RULE_ADVICE, XLMEM_SEV_NOTE);
        if (finding)
            write_advice(finding, words, commands);
    }
}
