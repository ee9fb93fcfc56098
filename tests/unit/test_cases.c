/* SPDX-License-Identifier: LGPL-2.1-only */
/* Recorded hosts, ill and healthy: tests/fixtures/doctor.tsv says what the
 * doctor must find of each, and what it must not. */
#include "diagnosis.h"
#include "private/remedy.h"

#include <dirent.h>

static xlmem_findings found;

static xlmem_severity severity_named(const char *name)
{
    xlmem_severity s;

    for (s = XLMEM_SEV_NOTE; s <= XLMEM_SEV_CRITICAL; s++)
        if (!strcmp(xlmem_severity_name(s), name))
            return s;
    fail_msg("'%s' is no severity", name);
    return XLMEM_SEV_NOTE;
}

static void print_found(void)
{
    char text[96];
    size_t i, j;

    for (i = 0; i < found.nr; i++) {
        const xlmem_finding *f = &found.list[i];

        print_message("    %s %s %s: %s%s%s\n",
                      xlmem_severity_name(f->severity), f->id, f->subject,
                      f->text, f->swallowed_by ? " < " : "",
                      f->swallowed_by ? f->swallowed_by : "");
        for (j = 0; j < f->nr_evidence; j++)
            print_message(
                "        %s\n",
                xlmem_evidence_text(&f->evidence[j], text, sizeof(text)));
    }
}

/* "id=severity", "id=severity@subject". */
static bool is_found(char *must)
{
    char *severity = strchr(must, '='), *subject, *p;
    size_t i;

    assert_non_null(severity);
    *severity++ = '\0';
    subject = strchr(severity, '@');
    if (subject)
        *subject++ = '\0';
    for (p = subject; p && (p = strchr(p, '_')) != NULL;)
        *p = ' ';
    for (i = 0; i < found.nr; i++)
        if (!strcmp(found.list[i].id, must) &&
            found.list[i].severity == severity_named(severity) &&
            (!subject || !strcmp(found.list[i].subject, subject)))
            return true;
    return false;
}

static bool finding_says(const xlmem_finding *f, const char *what)
{
    char text[96];
    size_t j;

    if (strstr(f->text, what))
        return true;
    for (j = 0; j < f->nr_remedies; j++)
        if (strstr(xlmem_finding_remedy(f, j), what))
            return true;
    for (j = 0; j < f->nr_evidence; j++)
        if (strstr(xlmem_evidence_text(&f->evidence[j], text, sizeof(text)),
                   what))
            return true;
    return false;
}

static bool is_said(const char *what)
{
    size_t i;

    for (i = 0; i < found.nr; i++)
        if (finding_says(&found.list[i], what))
            return true;
    return false;
}

typedef struct expectation {
    char *folder, *most, *must, *must_not, *says;
} expectation;

static size_t wrong;

static void complain(const expectation *e, const char *what, const char *of)
{
    print_message("%s: %s %s\n", e->folder, what, of);
    print_found();
    wrong++;
}

static void check_most(const expectation *e)
{
    if (!strcmp(e->most, "none")) {
        if (found.nr)
            complain(e, "has", "something");
    } else if (found.nr && found.list[0].severity > severity_named(e->most)) {
        complain(e, "is worse than", e->most);
    }
}

static void check_musts(const expectation *e)
{
    char *word, *rest = e->must;

    while ((word = strsep(&rest, " ")) != NULL)
        if (strcmp(word, "-") && !is_found(word))
            complain(e, "has not", word);
}

static void check_must_nots(const expectation *e)
{
    char *word, *rest = e->must_not;

    while ((word = strsep(&rest, " ")) != NULL) {
        if (!strcmp(word, "ONLY") && found.nr != 1)
            complain(e, "has more than one", "");
        if (xlmem_finding_is(found.list, found.nr, word))
            complain(e, "must not have", word);
    }
}

static void check_says(const expectation *e)
{
    char *piece, *rest = e->says;

    while ((piece = strsep(&rest, "|")) != NULL)
        if (strcmp(piece, "-") && !is_said(piece))
            complain(e, "does not say", piece);
}

/* Whole, numbered evidence, and no text that a terminal would obey. */
static void check_form(const expectation *e)
{
    size_t i;

    for (i = 0; i < found.nr; i++) {
        const xlmem_finding *f = &found.list[i];
        const char *c;

        if (f->nr_cut || !f->nr_evidence)
            complain(e, "is cut or without evidence:", f->id);
        for (c = f->text; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                complain(e, "is raw:", f->id);
    }
}

static void check_line(char *line)
{
    expectation e;
    char path[512];

    e.folder = strsep(&line, "\t");
    e.most = strsep(&line, "\t");
    e.must = strsep(&line, "\t");
    e.must_not = strsep(&line, "\t");
    e.says = strsep(&line, "\n");
    assert_non_null(e.says);
    fixture_path(path, sizeof(path), e.folder);
    diagnose_at(path, &found);
    check_form(&e);
    check_most(&e);
    check_musts(&e);
    check_must_nots(&e);
    check_says(&e);
}

static FILE *open_list(void)
{
    char path[512];
    FILE *list;

    fixture_path(path, sizeof(path), "doctor.tsv");
    list = fopen(path, "r");
    assert_non_null(list);
    return list;
}

static void each_case_gets_what_it_must_and_no_more(void **state)
{
    FILE *list = open_list();
    char line[1024];
    size_t nr = 0;

    (void)state;
    while (fgets(line, sizeof(line), list)) {
        if (*line == '#')
            continue;
        check_line(line);
        nr++;
    }
    fclose(list);
    assert_true(nr >= 40);
    assert_int_equal(wrong, 0);
}

/* Of nothing that is known nothing is found, and each rule says why. */
static void of_nothing_nothing_is_judged(void **state)
{
    xlmem_policy policy;
    xlmem_vitals vitals;
    xlmem_host host;
    const xlmem_scene scene = {
        .host = &host, .policy = &policy, .vitals = &vitals};
    xlmem_ctx *ctx;
    size_t nr = 0;

    (void)state;
    xlmem_policy_init(&policy);
    xlmem_host_init(&host);
    xlmem_vitals_init(&vitals);
    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_diagnose(ctx, &scene, &found), 0);
    while (xlmem_diagnosis_id(ctx, nr))
        nr++;
    xlmem_ctx_free(ctx);
    assert_int_equal(found.nr, 0);
    assert_int_equal(found.nr_unjudged, nr);
    assert_true(nr > 30);
}

/* Of a record without files of Xen, in the same module: nobody. */
static void of_it_nobody_is_guarded(void **state)
{
    xlmem_guarded *list;
    xlmem_ctx *ctx;
    char path[512];
    size_t nr = 4711;

    (void)state;
    fixture_path(path, sizeof(path), "cases/dom0-mmap-sem");
    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_ctx_open_capture(ctx, path), 0);
    assert_int_equal(xlmem_guarded_find(ctx, NULL, &list, &nr), 0);
    assert_int_equal(nr, 0);
    free(list);
    xlmem_ctx_free(ctx);
}

static bool is_listed(const char *folder)
{
    FILE *list = open_list();
    bool is = false;
    char line[1024];

    while (fgets(line, sizeof(line), list))
        is |= !strncmp(line, folder, strlen(folder)) &&
              line[strlen(folder)] == '\t';
    fclose(list);
    return is;
}

/* @f: of each folder in a folder of the fixtures. */
static void each_folder(const char *of, void (*f)(const char *folder))
{
    char path[512], folder[512];
    struct dirent *entry;
    DIR *dir;

    fixture_path(path, sizeof(path), of);
    dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        snprintf(folder, sizeof(folder), "%s/%s", of, entry->d_name);
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "README"))
            f(folder);
    }
    closedir(dir);
}

static void want_listed(const char *folder)
{
    if (!is_listed(folder))
        fail_msg("%s is in no line of doctor.tsv", folder);
}

static void every_case_is_listed(void **state)
{
    (void)state;
    each_folder("cases", want_listed);
    each_folder("edges", want_listed);
}

static void want_healthy(const char *folder)
{
    char path[1024];

    fixture_path(path, sizeof(path), folder);
    diagnose_at(path, &found);
    if (!found.nr || found.list[0].severity == XLMEM_SEV_NOTE)
        return;
    print_message("%s is not healthy\n", folder);
    print_found();
    wrong++;
}

static void recorded_hosts_that_run_well_are_healthy(void **state)
{
    (void)state;
    wrong = 0;
    each_folder("hosts", want_healthy);
    assert_int_equal(wrong, 0);
}

/* A recorded host of two fragmented nodes, and what is found of it. */
typedef struct fragmented {
    xlmem_ctx *ctx;
    xlmem_vitals vitals;
    xlmem_host host;
    xlmem_scene scene;
} fragmented;

static void open_fragmented(fragmented *f)
{
    char path[256];

    fixture_path(path, sizeof(path), "cases/kvm-host-other-fragmented");
    xlmem_host_init(&f->host);
    xlmem_vitals_init(&f->vitals);
    assert_int_equal(xlmem_ctx_alloc(&f->ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_ctx_open_capture(f->ctx, path), 0);
    assert_int_equal(xlmem_vitals_read(f->ctx, XLMEM_VITALS_ALL, &f->vitals),
                     0);
    f->scene = (xlmem_scene){.host = &f->host, .vitals = &f->vitals};
    assert_int_equal(xlmem_diagnose(f->ctx, &f->scene, &found), 0);
}

static void close_fragmented(fragmented *f)
{
    xlmem_vitals_dispose(&f->vitals);
    xlmem_host_dispose(&f->host);
    xlmem_ctx_free(f->ctx);
}

/* What the library passes on to its module, both ways. */
static void a_recorded_hosts_remedies_are_told(void **state)
{
    const xlmem_remedy_scope scope = {.nr = 0};
    static xlmem_remedies remedies;
    uint64_t value = 0;
    fragmented f;

    (void)state;
    open_fragmented(&f);
    assert_int_equal(
        xlmem_remedies_plan(f.ctx, &f.scene, &found, &scope, &remedies), 0);
    /* Of each of its two nodes. */
    assert_int_equal(remedies.nr, 4);
    assert_string_equal(remedies.list[0].name, "compact");
    assert_string_equal(remedies.list[1].name, "compact");
    assert_string_equal(remedies.list[2].name, "drop-caches");
    assert_int_equal(
        xlmem_remedy_measure(f.ctx, &f.scene, &remedies.list[0], &value), 0);
    assert_int_equal(value, 61);
    remedies.list[0].at = 2;
    assert_int_equal(
        xlmem_remedy_measure(f.ctx, &f.scene, &remedies.list[0], &value),
        XLMEM_ERROR_UNKNOWN);
    close_fragmented(&f);
}

/* Fragmented for a minute: compact; once, since it was done then. */
static void what_is_due_of_a_recorded_host_is_told_once(void **state)
{
    xlmem_attend attend = {.allowed = XLMEM_REMEDY_BIT(XLMEM_REMEDY_COMPACT)};
    xlmem_remedy_kind due;
    fragmented f;

    (void)state;
    open_fragmented(&f);
    assert_int_equal(xlmem_attend_look(f.ctx, &attend, &found, 0, &due), 0);
    assert_int_equal(due, XLMEM_REMEDY_NONE);
    assert_int_equal(xlmem_attend_look(f.ctx, &attend, &found, 60000, &due),
                     0);
    assert_int_equal(due, XLMEM_REMEDY_COMPACT);
    assert_int_equal(
        xlmem_attend_done(f.ctx, &attend, due, XLMEM_ATTEND_BETTER), 0);
    assert_int_equal(xlmem_attend_look(f.ctx, &attend, &found, 90000, &due),
                     0);
    assert_int_equal(due, XLMEM_REMEDY_NONE);
    close_fragmented(&f);
}

TEST_GROUP(cases)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_of_a_recorded_host_is_told_once),
        cmocka_unit_test(each_case_gets_what_it_must_and_no_more),
        cmocka_unit_test(of_nothing_nothing_is_judged),
        cmocka_unit_test(of_it_nobody_is_guarded),
        cmocka_unit_test(every_case_is_listed),
        cmocka_unit_test(recorded_hosts_that_run_well_are_healthy),
        cmocka_unit_test(a_recorded_hosts_remedies_are_told),
    };

    return test_run(tests, NULL, NULL);
}
