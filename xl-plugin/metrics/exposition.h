/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The two text forms in which metrics are read: Prometheus' text 0.0.4, which
 * promtool and the node exporter's text files know, and OpenMetrics 1.0.
 *
 *   0.0.4                            OpenMetrics
 *   # HELP xlmem_x_total What.       # TYPE xlmem_x counter
 *   # TYPE xlmem_x_total counter     # HELP xlmem_x What.
 *   xlmem_x_total{a="b"} 1           xlmem_x_total{a="b"} 1
 *                                    # EOF
 *
 * In the first an info is a gauge (a reader that finds a type it does not know
 * drops the whole file), and there are no units.  A family without a sample is
 * left out of both.
 */
#ifndef XL_MEMGUARD_METRICS_EXPOSITION_H
#define XL_MEMGUARD_METRICS_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum exposition_format {
    EXPOSITION_PROMETHEUS,
    EXPOSITION_OPENMETRICS,
} exposition_format;

typedef enum metric_type {
    METRIC_GAUGE,
    METRIC_COUNTER, /* its name ends in _total */
    METRIC_INFO,    /* its name ends in _info, its value is 1 */
} metric_type;

#define METRIC_LABELS_MAX 3

/* What is said of a metric once, before its samples. */
typedef struct metric_family {
    const char *name; /* that of its samples */
    metric_type type;
    const char *unit; /* the name's last word, before _total; or NULL */
    const char *labels[METRIC_LABELS_MAX + 1]; /* ends with NULL */
    const char *help;
} metric_family;

/* Any number that a metric here has, exactly. */
typedef struct metric_value {
    bool negative;
    uint64_t whole;
    uint32_t millionths;
} metric_value;

typedef struct exposition {
    FILE *file;
    exposition_format format;
    const metric_family *family; /* the samples are of */
    bool begun;                  /* its head is written */
} exposition;

/* The values of a sample's labels, in the order of its family's. */
#define LABELS(...) ((const char *const[]){__VA_ARGS__})

void exposition_begin(exposition *e, FILE *file, exposition_format format);

/* What is put from now on is of @family. */
void exposition_family(exposition *e, const metric_family *family);

/*
 * exposition_put: a sample.
 * @labels: one value for each label of the family, any bytes; NULL without
 *   labels.
 */
void exposition_put(exposition *e, metric_value value,
                    const char *const *labels);

/* Nothing may follow.  The stream is the caller's, and has its errors. */
void exposition_end(exposition *e);

/*
 * exposition_label: a label's value between its quotes: what is not UTF-8, and
 * what would not be seen, as \xNN or \u{NNNN}, then backslash, quote and
 * newline escaped as both forms ask for.
 * Returns malloc'd text; NULL without memory.
 */
char *exposition_label(const char *text);

/* The usual numbers.  What is too large for a machine is not written. */
void put_count(exposition *e, uint64_t n, const char *const *labels);
void put_kb(exposition *e, uint64_t kb, const char *const *labels);
void put_signed_kb(exposition *e, int64_t kb, const char *const *labels);

/* XLMEM_KNOWS(s, f): then this sample. */
#define PUT_FACT_KB(e, s, f, ...)                                             \
    do {                                                                      \
        if (XLMEM_KNOWS(s, f))                                                \
            put_kb(e, (s)->f, LABELS(__VA_ARGS__));                           \
    } while (0)

#endif /* XL_MEMGUARD_METRICS_EXPOSITION_H */
