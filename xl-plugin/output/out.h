/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The writer: a command describes its result once, and whoever asked for it
 * gets text for people, JSON, or key=value lines.
 *
 *     command --out_num(), out_text(), out_list()--> out_ops
 *                                                     |-- out_table.c  people
 *                                                     |-- out_json.c   -j
 *                                                     `-- out_kv.c     -k
 *
 * Every fact has a key (for programs; NULL: people only) and a label (for
 * people; NULL: programs only; "": the value stands alone on its line).  Prose
 * and drawings are for people only.  The first error sticks and is returned by
 * out_close, so that callers need not look in between.
 *
 * Sizes are given in kB.  Programs get these; people get MiB to the nearest
 * tenth in the whole report, or kB (out_in_kb).
 */
#ifndef XL_MEMGUARD_OUT_H
#define XL_MEMGUARD_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "version" of every report: raised when a key changes its meaning. */
#define OUT_SCHEMA_VERSION 1

typedef enum out_format { OUT_TABLE, OUT_JSON, OUT_KV } out_format;

/* What a value is; decides how people see it. */
typedef enum out_kind {
    OUT_TEXT,
    OUT_BOOL,
    OUT_COUNT,
    OUT_KB,
    OUT_PAGES, /* 4096 bytes; people see their size */
    OUT_ADDR,  /* bytes; hexadecimal for people */
} out_kind;

typedef struct out_field {
    const char *key;
    const char *label; /* NULL: not for people */
    out_kind kind;
    bool known;
    uint64_t num;       /* all kinds but OUT_TEXT */
    const char *text;   /* OUT_TEXT; any bytes: the writer escapes them */
    const char *absent; /* what people see when it is not known; NULL:
                           "unknown", in a list "-" */
} out_field;

/* A drawing: amounts side by side, each of a class with its own sign. */
#define OUT_CLASSES_MAX 8

typedef struct out_segment {
    unsigned class;
    uint64_t amount;
} out_segment;

typedef struct out_bar {
    const char *title;
    const char *start, *end; /* what stands at its ends; "" for nothing */
    const char *classes[OUT_CLASSES_MAX]; /* NULL: not used */
    size_t nr;
    const out_segment *segments;
    bool in_kb; /* amounts are kB, not bytes */
} out_bar;

typedef struct out out;

typedef struct out_ops {
    void (*field)(out *o, const out_field *field);
    /* An object or a list; @title NULL: not for people. */
    void (*begin)(out *o, const char *key, const char *title, bool list);
    void (*end)(out *o);
    /* One object in a list; the same keys in each.  May be NULL. */
    void (*row)(out *o);
    void (*row_end)(out *o);
    /* One text in a list. */
    void (*item)(out *o, const char *text);
    void (*finish)(out *o);
    /* The rest may be NULL; these three are for people only. */
    void (*total)(out *o, const char *name, uint64_t value);
    /* @whole: it is not broken, however long. */
    void (*say)(out *o, const char *text, bool whole);
    void (*bar)(out *o, const out_bar *bar);
    void (*dispose)(out *o);
} out_ops;

struct out {
    const out_ops *ops;
    FILE *file;
    int rc;         /* the first error */
    unsigned width; /* columns of the reader's screen */
    bool utf8;      /* it shows more than ASCII */
    bool in_kb;     /* people get kB */
};

/*
 * What stands for the unit of sizes in a column's label, or in brackets at the
 * end of a title: people see the unit that they get.
 */
#define OUT_UNIT "kB"

/* Room for any size with its unit. */
#define OUT_SIZE_MAX 32

/*
 * out_open: start a report on @file.
 * Returns NULL when there is no memory.
 */
out *out_open(out_format format, FILE *file);

/*
 * out_close: end it; the stream is not flushed.
 * Returns 0, or the first XLMEM_ERROR_* (NOMEM, IO).
 */
int out_close(out *o);

/* End the report here, for the reason @rc. */
void out_fail(out *o, int rc);

/* Show people kB, not MiB, from now on. */
void out_in_kb(out *o);

/* "MiB" or "kB"; "2048.0 MiB", "<0.1 MiB" or "2097152 kB", for prose.
 * Returns @buf. */
const char *out_unit(const out *o);
const char *out_size(const out *o, char *buf, size_t len, uint64_t kb);

/* "2048.0": in MiB, where the unit stands elsewhere.  Returns @buf. */
const char *out_bare_mib(char buf[OUT_SIZE_MAX], uint64_t kb);

void out_text(out *o, const char *key, const char *label, const char *text);
void out_bool(out *o, const char *key, const char *label, bool value);
void out_num(out *o, const out_field *field);

/* A quantity that is known; one that may be not; a fact of a struct. */
#define OUT_NUM(o, key, label, kind, value)                                   \
    out_num(o, &(const out_field){key, label, kind, true, value, NULL, NULL})
#define OUT_IF(o, key, label, kind, value, known)                             \
    out_num(o, &(const out_field){key, label, kind, known, value, NULL, NULL})
#define OUT_FACT(o, key, label, kind, s, f)                                   \
    OUT_IF(o, key, label, kind, (s)->f, XLMEM_KNOWS(s, f))

void out_object(out *o, const char *key, const char *title);
void out_list(out *o, const char *key, const char *title);
void out_end(out *o);
void out_row(out *o);
void out_row_end(out *o);
void out_item(out *o, const char *text);

/* The last line of a list for people: the sum of its first number. */
void out_total(out *o, const char *name, uint64_t value);

/* A sentence for people; empty: an empty line. */
void out_say(out *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A command or a file's line for people: one line, which can be copied. */
void out_say_copied(out *o, const char *line);
void out_draw(out *o, const out_bar *bar);

/* The three writers. */
out *out__table_new(void);
out *out__json_new(FILE *file);
out *out__kv_new(void);

#endif /* XL_MEMGUARD_OUT_H */
