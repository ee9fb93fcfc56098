/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard fleet check: would the domUs of lost hosts run on the others? */
#include <stdlib.h>
#include <string.h>

#include "commands/fleet.h"
#include "commands/textfile.h"
#include "input/session.h"

/* More cases than these are no table. */
#define CASES_MAX 4096

typedef struct cases {
    const fleet *f;
    size_t nr;
    fleet_case *list;     /* owned; room for all that are asked */
    size_t of[3];         /* by verdict */
    size_t at_maximum[3]; /* and with all at theirs */
    size_t nr_without;    /* in which some have no place, as far as was read */
    size_t nr_open;       /* that not even what was read answers */
} cases;

static const char *const verdict_names[] = {
    [XLMEM_PACK_YES] = "yes",
    [XLMEM_PACK_NO] = "no",
    [XLMEM_PACK_UNKNOWN] = "unknown",
};

static int ask_case(cases *all, const bool *lost)
{
    fleet_case *c = &all->list[all->nr];

    memcpy(c->lost, lost, sizeof(c->lost));
    all->nr++;
    if (!fleet_case_ask(c, all->f, false)) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    all->of[fleet_case_verdict(c, c->answer.verdict)]++;
    all->at_maximum[fleet_case_verdict(c, c->at_maximum)]++;
    if (c->guess || c->answer.verdict == XLMEM_PACK_UNKNOWN)
        all->nr_open++;
    else
        all->nr_without += c->answer.verdict == XLMEM_PACK_NO;
    return EXIT_DONE;
}

/* Each choice of @left more hosts, of those from @first on. */
static int ask_each(cases *all, bool *lost, size_t first, uint64_t left)
{
    int status = EXIT_DONE;
    size_t i;

    if (!left)
        return ask_case(all, lost);
    for (i = first; i + left <= all->f->nr && !status; i++) {
        lost[i] = true;
        status = ask_each(all, lost, i + 1, left - 1);
        lost[i] = false;
    }
    return status;
}

/* The host that a list begins with, whose name may have commas itself.  An
 * empty name is nobody's. */
static int get_first(const fleet *f, const char *names, size_t *at_r,
                     size_t *len_r)
{
    const size_t first = strcspn(names, ",");
    size_t len = first;

    *at_r = XLMEM_FLEET_HOSTS_MAX;
    for (;;) {
        const size_t at = fleet_find(f, names, len);

        if (at != XLMEM_FLEET_HOSTS_MAX && *at_r != XLMEM_FLEET_HOSTS_MAX)
            return cmd_usage(f->run->spec,
                             "--without: '%.*s' is a host, and '%s' another: "
                             "call one's capture otherwise",
                             (int)len, names, f->hosts[*at_r]->name);
        if (at != XLMEM_FLEET_HOSTS_MAX) {
            *at_r = at;
            *len_r = len;
        }
        if (!names[len])
            break;
        len += 1 + strcspn(names + len + 1, ",");
    }
    if (*at_r != XLMEM_FLEET_HOSTS_MAX)
        return EXIT_DONE;
    return cmd_usage(f->run->spec, "--without: there is no host '%.*s'",
                     (int)first, names);
}

/* "n1,n2" */
static int get_lost(const fleet *f, const char *names, bool *lost)
{
    int status;

    do {
        size_t at, len = 0;

        status = get_first(f, names, &at, &len);
        if (status)
            break;
        lost[at] = true;
        names += len + (names[len] == ',');
    } while (*names);
    return status;
}

/* How many ways there are to lose @k of @n hosts; more than CASES_MAX is all
 * the same. */
static uint64_t nr_choices(uint64_t n, uint64_t k)
{
    uint64_t nr = 1, i;

    if (k > n - k)
        k = n - k;
    for (i = 1; i <= k && nr <= CASES_MAX; i++)
        nr = nr * (n - k + i) / i;
    return nr;
}

/* What is asked: each choice of *lose_r hosts, or the one of --without. */
static int count_cases(const fleet *f, uint64_t *lose_r, uint64_t *nr_r)
{
    const cmd_run *run = f->run;
    int status = EXIT_DONE;

    *lose_r = *nr_r = 1;
    if (run->value[FLEET_WITHOUT])
        return EXIT_DONE;
    if (run->value[FLEET_LOSE])
        status = cmd_get_count(run, FLEET_LOSE, f->nr, lose_r);
    if (status)
        return status;
    if (!*lose_r)
        return cmd_usage(run->spec, "--lose: without a loss there is no "
                                    "question");
    *nr_r = nr_choices(f->nr, *lose_r);
    if (*nr_r <= CASES_MAX)
        return EXIT_DONE;
    cmd_message("more than %d cases: lose fewer hosts at once", CASES_MAX);
    return EXIT_FAILED;
}

static int ask_all(cases *all, uint64_t lose)
{
    const char *without = all->f->run->value[FLEET_WITHOUT];
    bool lost[XLMEM_FLEET_HOSTS_MAX] = {false};
    int status;

    if (!without)
        return ask_each(all, lost, 0, lose);
    status = get_lost(all->f, without, lost);
    return status ? status : ask_case(all, lost);
}

/* -------------------------------------------------------------- report --- */

static char *lost_names(const fleet_case *c, char *buf, size_t len)
{
    size_t i, at = 0;

    buf[0] = '\0';
    for (i = 0; i < c->f->nr && at < len; i++)
        if (c->lost[i])
            at += (size_t)snprintf(buf + at, len - at, "%s%s", at ? ", " : "",
                                   c->f->hosts[i]->name);
    return buf;
}

/* Beside a row's verdict: why not, or when. */
static char *say_case(const fleet_case *c, const out *o, char *buf, size_t len)
{
    if (fleet_case_verdict(c, c->answer.verdict) != XLMEM_PACK_YES ||
        c->at_maximum == XLMEM_PACK_YES)
        return fleet_say_proof(c, o, buf, len);
    snprintf(buf, len,
             "as they are: some hold less than their maximum, and%s all would "
             "run if their files start them with it",
             c->at_maximum == XLMEM_PACK_NO ? " not"
                                            : " it is not known whether");
    return buf;
}

/* @title: for people; NULL: not for them. */
static void put_placement(out *o, const fleet_case *c, const char *title)
{
    const xlmem_pack_answer *a = &c->answer;
    size_t i;

    out_list(o, "placement", title);
    for (i = 0; a->verdict == XLMEM_PACK_YES && i < c->pack.nr_domus; i++) {
        const size_t g = a->where[i];
        char name[32];

        out_row(o);
        out_text(o, "domain", "domU", fleet_domu_name(c->domus[i], name));
        out_text(o, "from", "from", c->f->hosts[c->from[i]]->name);
        out_text(o, "to", "to", c->f->hosts[c->gap_hosts[g]]->name);
        OUT_NUM(o, "need_kb", "takes", OUT_KB,
                c->prices[i * c->pack.nr_gaps + g].stays_kb[0]);
        OUT_NUM(o, "dom0_kb", "in dom0", OUT_KB,
                c->prices[i * c->pack.nr_gaps + g].stays_kb[1]);
        out_row_end(o);
    }
    out_end(o);
}

static void put_left_hosts(out *o, const fleet_case *c)
{
    size_t i;

    out_list(o, "hosts", NULL);
    for (i = 0; i < c->pack.nr_gaps; i++) {
        const fleet_host *h = c->f->hosts[c->gap_hosts[i]];

        out_row(o);
        out_text(o, "name", NULL, h->name);
        OUT_NUM(o, "capacity_mib", NULL, OUT_COUNT, h->sum.capacity_mib);
        OUT_NUM(o, "usable_mib", NULL, OUT_COUNT, h->sum.usable_mib);
        OUT_FACT(o, "dom0_mib", NULL, OUT_COUNT, &h->sum, dom0_mib);
        out_row_end(o);
    }
    out_end(o);
}

static void put_certificate(out *o, const fleet_case *c, const char *text)
{
    size_t i;

    out_object(o, "certificate", NULL);
    out_text(o, "kind", NULL, xlmem_proof_name(c->answer.proof.kind));
    out_text(o, "text", NULL, *text ? text : NULL);
    out_list(o, "domains", NULL);
    for (i = 0; i < c->answer.proof.nr; i++) {
        char name[32];

        out_item(o, fleet_domu_name(c->domus[c->answer.set[i]], name));
    }
    out_end(o);
    out_end(o);
}

static size_t nr_with_pci(const fleet_case *c)
{
    size_t i, nr = 0;

    for (i = 0; i < c->pack.nr_domus; i++)
        nr += fleet_case_has_pci(c, i);
    return nr;
}

/* The facts of a case, for programs. */
static void put_case_facts(out *o, const fleet_case *c)
{
    const xlmem_pack_verdict verdict =
        fleet_case_verdict(c, c->answer.verdict);
    char why[512];
    size_t i;

    out_text(o, "verdict", NULL, verdict_names[verdict]);
    out_text(o, "at_maximum", NULL,
             verdict_names[fleet_case_verdict(c, c->at_maximum)]);
    out_list(o, "lost", NULL);
    for (i = 0; i < c->f->nr; i++)
        if (c->lost[i])
            out_item(o, c->f->hosts[i]->name);
    out_end(o);
    OUT_NUM(o, "nr_domus", NULL, OUT_COUNT, c->pack.nr_domus);
    OUT_NUM(o, "nr_pci", NULL, OUT_COUNT, nr_with_pci(c));
    put_placement(o, c, NULL);
    put_certificate(o, c, fleet_say_proof(c, o, why, sizeof(why)));
    put_left_hosts(o, c);
}

/* A row for people; for key=value lines, which are one list, all of it. */
static void put_case(out *o, const fleet_case *c)
{
    char names[1024], why[512];

    out_row(o);
    out_text(o, NULL, "without", lost_names(c, names, sizeof(names)));
    OUT_NUM(o, NULL, "domUs", OUT_COUNT, c->pack.nr_domus);
    out_text(o, NULL, "fit",
             verdict_names[fleet_case_verdict(c, c->answer.verdict)]);
    say_case(c, o, why, sizeof(why));
    out_text(o, NULL, "", *why ? why : "");
    put_case_facts(o, c);
    out_row_end(o);
}

static xlmem_pack_verdict overall(const cases *all)
{
    if (all->of[XLMEM_PACK_NO])
        return XLMEM_PACK_NO;
    return all->of[XLMEM_PACK_UNKNOWN] ? XLMEM_PACK_UNKNOWN : XLMEM_PACK_YES;
}

/* All are a yes; a domU that is started anew may take more than it has. */
static void say_yes(out *o, const cases *all)
{
    const size_t no = all->at_maximum[XLMEM_PACK_NO];
    const size_t unknown = all->at_maximum[XLMEM_PACK_UNKNOWN];

    if (no)
        out_say(o,
                "Yes, as they are: all domUs would run on the hosts that are "
                "left; at their maximum not in %zu of %zu cases.",
                no, all->nr);
    else if (unknown)
        out_say(o,
                "Yes, as they are: all domUs would run on the hosts that are "
                "left; at their maximum it is not known in %zu of %zu cases.",
                unknown, all->nr);
    else
        out_say(o, "Yes: all domUs would run on the hosts that are left.");
}

/* What a yes is not about. */
static void say_pci(out *o, const cases *all)
{
    size_t i, nr = 0;

    for (i = 0; i < all->nr; i++)
        nr += nr_with_pci(&all->list[i]) != 0;
    if (nr)
        out_say(o,
                "In %zu of %zu cases some domU has a PCI device of its host: "
                "it is placed by its memory, and whether the other host has "
                "such a device is not known.",
                nr, all->nr);
}

static void say_overall(out *o, const cases *all)
{
    const size_t no = all->nr_without;
    const xlmem_pack_verdict verdict = overall(all);

    if (verdict == XLMEM_PACK_NO)
        out_say(o, "No: in %zu of %zu cases domUs would stay down.", no,
                all->nr);
    else if (verdict == XLMEM_PACK_YES)
        say_yes(o, all);
    else if (no)
        out_say(o,
                "Not known: of what was read domUs would stay down in %zu of "
                "%zu cases.",
                no, all->nr);
    else if (all->nr_open)
        out_say(o, "Not known in %zu of %zu cases.", all->nr_open, all->nr);
    else
        out_say(o, "Not known: of what was read all would run.");
    say_pci(o, all);
    fleet_put_doubts(o, all->f);
}

/* An object for each case. */
static int print_objects(const cases *all, int status)
{
    size_t i;

    for (i = 0; i < all->nr; i++) {
        out *o = session_out(all->f->run);

        if (!o)
            return EXIT_FAILED;
        put_case_facts(o, &all->list[i]);
        fleet_put_doubts(o, all->f);
        if (session_close_out(o, EXIT_DONE))
            return EXIT_FAILED;
    }
    return status;
}

static int report_cases(const cases *all)
{
    static const int status_of[] = {
        [XLMEM_PACK_YES] = EXIT_DONE,
        [XLMEM_PACK_NO] = EXIT_FINDINGS,
        [XLMEM_PACK_UNKNOWN] = EXIT_UNKNOWN,
    };
    const xlmem_pack_verdict verdict = overall(all);
    const cmd_run *run = all->f->run;
    size_t i;
    out *o;

    if (run->global[GLOBAL_JSON])
        return print_objects(all, status_of[verdict]);
    o = session_out(run);
    if (!o)
        return EXIT_FAILED;
    say_overall(o, all);
    out_text(o, "verdict", NULL, verdict_names[verdict]);
    out_list(o, "cases", "If these are lost");
    for (i = 0; i < all->nr; i++)
        put_case(o, &all->list[i]);
    out_end(o);
    if (all->nr == 1 && !run->global[GLOBAL_KEY_VALUE])
        put_placement(o, &all->list[0], "Where they would run (kB)");
    return session_close_out(o, status_of[verdict]);
}

/* ----------------------------------------------------------- textfile --- */

/* The table's rows are of one host; this is of a fleet. */
static const metric_family survives = {
    "xlmem_fleet_survives_loss",
    METRIC_GAUGE,
    NULL,
    {"host"},
    "Whether all domUs would run on the others without this host; absent: "
    "not known."};

static const metric_family oldest = {
    "xlmem_fleet_oldest_timestamp_seconds",
    METRIC_GAUGE,
    "seconds",
    {NULL},
    "When the oldest of the recordings was made that the fleet's answers go "
    "by; absent: none tells."};

/* A label of two cases is an answer to neither, and a file of which the
 * collector would believe nothing: captures may bear one name, and names that
 * are cut may have become the same. */
static bool is_of_one(char *const *labels, size_t nr, size_t at)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (i != at && !strcmp(labels[i], labels[at]))
            return false;
    return true;
}

static void put_survival(const cases *all, char *const *labels, FILE *stream)
{
    exposition e;
    size_t i;

    exposition_begin(&e, stream, EXPOSITION_PROMETHEUS);
    exposition_family(&e, &survives);
    for (i = 0; i < all->nr; i++) {
        const fleet_case *c = &all->list[i];
        const xlmem_pack_verdict verdict =
            fleet_case_verdict(c, c->answer.verdict);

        if (verdict != XLMEM_PACK_UNKNOWN && is_of_one(labels, all->nr, i))
            put_count(&e, verdict == XLMEM_PACK_YES, LABELS(labels[i]));
    }
    exposition_family(&e, &oldest);
    if (all->f->oldest)
        put_count(&e, all->f->oldest->recorded_s, NULL);
    exposition_end(&e);
}

static void free_labels(char **labels, size_t nr)
{
    size_t i;

    for (i = 0; labels && i < nr; i++)
        free(labels[i]);
    free(labels);
}

/* NULL: no memory. */
static char **make_labels(const cases *all)
{
    char **labels = calloc(all->nr + 1, sizeof(*labels)), names[1024];
    size_t i;

    for (i = 0; labels && i < all->nr; i++) {
        labels[i] = strdup(lost_names(&all->list[i], names, sizeof(names)));
        if (!labels[i]) {
            free_labels(labels, i);
            return NULL;
        }
    }
    return labels;
}

static int write_survival(const cases *all)
{
    const cmd_run *run = all->f->run;
    char **labels = make_labels(all);
    textfile file;
    int status;

    if (!labels) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    status = textfile_begin(&file, run, run->value[FLEET_TEXTFILE]);
    if (!status && file.stream) {
        put_survival(all, labels, file.stream);
        status = textfile_end(&file);
    }
    free_labels(labels, all->nr);
    return status;
}

void fleet_forget(const fleet *f)
{
    const cases none = {.f = f};

    if (f->run->value[FLEET_TEXTFILE])
        (void)write_survival(&none);
}

int fleet_check(fleet *f)
{
    cases all = {.f = f};
    uint64_t lose, nr;
    size_t i;
    int status = count_cases(f, &lose, &nr);

    if (status) {
        fleet_forget(f);
        return status;
    }
    all.list = calloc(nr, sizeof(*all.list));
    if (!all.list) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    status = ask_all(&all, lose);
    if (!status) {
        /* Who reads the answer has it though the file cannot be written. */
        status = report_cases(&all);
        if (f->run->value[FLEET_TEXTFILE] && write_survival(&all))
            status = EXIT_FAILED;
    } else {
        fleet_forget(f);
    }
    for (i = 0; i < all.nr; i++)
        fleet_case_dispose(&all.list[i]);
    free(all.list);
    return status;
}
