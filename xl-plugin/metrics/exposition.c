/* SPDX-License-Identifier: LGPL-2.1-only */
#include "metrics/exposition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "private/printable.h"

#define TOTAL "_total"
#define INFO "_info"

/* A backslash becomes two, so that an escape may take twice its bytes. */
#define PIECE_MAX (2 * XLMEM_ESCAPE_MAX)

void exposition_begin(exposition *e, FILE *file, exposition_format format)
{
    *e = (exposition){.file = file, .format = format};
}

void exposition_family(exposition *e, const metric_family *family)
{
    e->family = family;
    e->begun = false;
}

/* ------------------------------------------------------------- heads --- */

/* The family's name: OpenMetrics' are without what only samples have. */
static size_t family_name_len(const exposition *e)
{
    const char *name = e->family->name;
    const char *tail = e->family->type == METRIC_COUNTER ? TOTAL : INFO;

    if (e->format == EXPOSITION_PROMETHEUS || e->family->type == METRIC_GAUGE)
        return strlen(name);
    return strlen(name) - strlen(tail);
}

static const char *type_name(const exposition *e)
{
    if (e->family->type == METRIC_COUNTER)
        return "counter";
    if (e->family->type == METRIC_INFO && e->format == EXPOSITION_OPENMETRICS)
        return "info";
    return "gauge";
}

static void put_family_head(exposition *e)
{
    const metric_family *family = e->family;
    const int len = (int)family_name_len(e);

    if (e->format == EXPOSITION_OPENMETRICS) {
        fprintf(e->file, "# TYPE %.*s %s\n", len, family->name, type_name(e));
        if (family->unit)
            fprintf(e->file, "# UNIT %.*s %s\n", len, family->name,
                    family->unit);
        fprintf(e->file, "# HELP %.*s %s\n", len, family->name, family->help);
    } else {
        fprintf(e->file, "# HELP %s %s\n", family->name, family->help);
        fprintf(e->file, "# TYPE %s %s\n", family->name, type_name(e));
    }
    e->begun = true;
}

/* ----------------------------------------------------------- samples --- */

/* One character of a label's value; returns how many bytes of @to. */
static size_t escape_one(char to[PIECE_MAX], const char *text, size_t *used_r)
{
    char piece[XLMEM_ESCAPE_MAX + 1];
    size_t len, i, at = 0;

    if (*text == '\n') {
        *used_r = 1;
        memcpy(to, "\\n", 2);
        return 2;
    }
    len = xlmem_escape_char(piece, text, XLMEM_ESCAPE_UNPRINTABLE, used_r);
    for (i = 0; i < len; i++) {
        if (piece[i] == '\\' || piece[i] == '"')
            to[at++] = '\\';
        to[at++] = piece[i];
    }
    return at;
}

char *exposition_label(const char *text)
{
    /* One byte becomes "\\x1b" at most, three "\\u{feff}". */
    char *to = malloc(strlen(text) * 5 + PIECE_MAX);
    size_t used, at = 0;

    if (!to)
        return NULL;
    for (; *text; text += used)
        at += escape_one(to + at, text, &used);
    to[at] = '\0';
    return to;
}

static void put_labels(exposition *e, const char *const *values)
{
    const char *const *names = e->family->labels;
    char piece[PIECE_MAX];
    const char *text;
    size_t i, len, used;

    if (!names[0])
        return;
    for (i = 0; names[i]; i++) {
        fprintf(e->file, "%c%s=\"", i ? ',' : '{', names[i]);
        for (text = values[i]; *text; text += used) {
            len = escape_one(piece, text, &used);
            fwrite(piece, 1, len, e->file);
        }
        fputc('"', e->file);
    }
    fputc('}', e->file);
}

void exposition_put(exposition *e, metric_value value,
                    const char *const *labels)
{
    if (!e->begun)
        put_family_head(e);
    fputs(e->family->name, e->file);
    put_labels(e, labels);
    fprintf(e->file, " %s%" PRIu64, value.negative ? "-" : "", value.whole);
    if (value.millionths)
        fprintf(e->file, ".%06" PRIu32, value.millionths);
    fputc('\n', e->file);
}

void exposition_end(exposition *e)
{
    if (e->format == EXPOSITION_OPENMETRICS)
        fputs("# EOF\n", e->file);
}

void put_count(exposition *e, uint64_t n, const char *const *labels)
{
    exposition_put(e, (metric_value){.whole = n}, labels);
}

void put_kb(exposition *e, uint64_t kb, const char *const *labels)
{
    if (kb <= UINT64_MAX / 1024)
        put_count(e, kb * 1024, labels);
}

void put_signed_kb(exposition *e, int64_t kb, const char *const *labels)
{
    const uint64_t size_kb = kb < 0 ? -(uint64_t)kb : (uint64_t)kb;

    if (size_kb <= UINT64_MAX / 1024)
        exposition_put(
            e, (metric_value){.negative = kb < 0, .whole = size_kb * 1024},
            labels);
}
