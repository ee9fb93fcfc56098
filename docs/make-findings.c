/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints memguard-findings(7) as POD, from the tables of findings. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "model/doctor/remedy.h"

typedef struct page_row {
    const char *id, *severity, *about, *text, *remedies, *risk;
    const char *means, *check, *example;
    unsigned needs;
} page_row;

#define NEEDS(fact) XLMEM__DOCTOR_NEEDS_##fact

static const page_row rows[] = {
#define ROW(name, id, severity, needs, judge, about, text, remedies, risk,    \
            means, check, example)                                            \
    {id, #severity, about, text, remedies, risk, means, check, example, needs},
    XLMEM__DOCTOR_RULES(ROW)
#undef ROW
};

static const char *const files[][2] = {
#define FILES(name, there, file, other) {file, other},
    XLMEM__DOCTOR_FACTS(FILES)
#undef FILES
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* Prose: brackets mean something in POD. */
static void put_prose(const char *text)
{
    for (; *text; text++)
        if (*text == '<')
            fputs("E<lt>", stdout);
        else if (*text == '>')
            fputs("E<gt>", stdout);
        else
            putchar(*text);
}

/* A sentence of a clause. */
static void put_clause(const char *text)
{
    const char first[] = {(char)toupper((unsigned char)*text), '\0'};

    put_prose(first);
    put_prose(text + 1);
    fputs(".\n\n", stdout);
}

/* Commands, each on a line; what stands for a value is named. */
static void put_commands(const char *text)
{
    fputs("    ", stdout);
    for (; *text; text++) {
        if (*text == '\n') {
            fputs("\n    ", stdout);
        } else if (*text == '{') {
            fputs(text[1] == 'i' ? "ID" : "SIZE", stdout);
            text += strcspn(text, "}");
        } else {
            putchar(*text);
        }
    }
    fputs("\n\n", stdout);
}

/* Several facts are of one file. */
static bool is_named_before(unsigned needs, size_t fact, size_t place)
{
    size_t f, i;

    for (f = 0; f <= fact; f++)
        for (i = 0; i < (f == fact ? place : 2) && files[f][i]; i++)
            if (needs >> f & 1 && !strcmp(files[f][i], files[fact][place]))
                return true;
    return false;
}

static void put_needs(unsigned needs)
{
    bool any = false;
    size_t fact, i;

    if (!needs)
        return;
    fputs("Judged by ", stdout);
    for (fact = 0; fact < NR(files); fact++) {
        if (!(needs >> fact & 1))
            continue;
        if (!files[fact][0])
            printf("%sa second reading (B<--watch>)", any ? ", " : "");
        for (i = 0; i < 2 && files[fact][i]; i++) {
            if (is_named_before(needs, fact, i))
                continue;
            printf("%sF<%s>", any ? ", " : "", files[fact][i]);
            any = true;
        }
        any = true;
    }
    fputs(".\n\n", stdout);
}

/* What the command does itself. */
static const struct {
    const char *id, *name, *about;
} fixes[] = {
#define FIX(kind, name, id, decide, measure, what, unit, less, least, about)  \
    {id, name, about},
    XLMEM__REMEDIES(FIX)
#undef FIX
};

static void put_fixes(const char *id)
{
    size_t i;

    for (i = 0; i < NR(fixes); i++) {
        if (strcmp(fixes[i].id, id) != 0)
            continue;
        printf("B<xl-memguard doctor --fix %s> (%s) ", id, fixes[i].name);
        put_prose(fixes[i].about);
        fputs(".\n\n", stdout);
    }
}

static void put_row(const page_row *row)
{
    const char *c;

    printf("=head2 %s\n\nUsually a B<", row->id);
    for (c = row->severity; *c; c++)
        putchar(tolower((unsigned char)*c));
    fputs(">. ", stdout);
    put_clause(row->about);
    put_prose(row->means);
    fputs("\n\nTo check by hand:\n\n", stdout);
    put_commands(row->check);
    if (row->remedies) {
        fputs("Remedy:\n\n", stdout);
        put_commands(row->remedies);
    }
    put_fixes(row->id);
    if (row->risk) {
        fputs("When it hurts: ", stdout);
        put_prose(row->risk);
        fputs(".\n\n", stdout);
    }
    fputs("For example: ", stdout);
    put_prose(row->example);
    fputs("\n\n", stdout);
    put_needs(row->needs);
}

/* It is there already. */
static bool is_doctors(const char *id)
{
    size_t i;

    for (i = 0; i < NR(rows); i++)
        if (!strcmp(rows[i].id, id))
            return true;
    return false;
}

/* What other commands find, each in a line. */
static void put_others(void)
{
    size_t i;

    fputs("=head1 FINDINGS OF OTHER COMMANDS\n\n"
          "B<lint>, B<predict>, B<check>, B<dom0>, B<status> and B<enable> "
          "find these; each says what to do.\n\n=over 4\n\n",
          stdout);
    for (i = 0; i < XLMEM__NR_RULES; i++) {
        if (is_doctors(xlmem__rules[i].id))
            continue;
        printf("=item %s\n\n", xlmem__rules[i].id);
        put_clause(xlmem__rules[i].about);
    }
    fputs("=back\n\n", stdout);
}

static void put_head(void)
{
    fputs(
        "=encoding utf8\n\n"
        "=for comment made by docs/make-findings from the tables of "
        "findings\n\n"
        "=head1 NAME\n\n"
        "memguard-findings - what xl-memguard finds, and what to do\n\n"
        "=head1 DESCRIPTION\n\n"
        "B<xl-memguard doctor> says what is wrong with a host's memory. This "
        "page has each of its findings by its id: what it means, how to "
        "check it by hand, what cures it and when the cure hurts.\n\n"
        "B<critical>: something fails now, or has failed since the boot and "
        "will again. B<warning>: it fails under the next ordinary load. "
        "B<note>: worth knowing, nothing fails. What a log tells that is "
        "older than a day, or of an earlier boot, is one step less severe. "
        "A rule whose file is not there is not judged, and listed with the "
        "file (B<-v>).\n\n"
        "=head1 FINDINGS OF THE DOCTOR\n\n",
        stdout);
}

int main(void)
{
    size_t i;

    put_head();
    for (i = 0; i < NR(rows); i++)
        put_row(&rows[i]);
    put_others();
    fputs("=head1 SEE ALSO\n\nL<xl-memguard(1)>, L<memguard-capture(5)>\n",
          stdout);
    return 0;
}
