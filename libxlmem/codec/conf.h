/* SPDX-License-Identifier: LGPL-2.1-only */
/* /etc/xen/memguard.conf: xl.conf's grammar, as far as its keys need it; the
 * mode in a file of its own; and a policy as such a text. */
#ifndef XLMEM_CONF_H
#define XLMEM_CONF_H

#include "codec/edit.h"
#include "codec/text.h"

/* One key, as memguard.conf(5) and the parser both have it. */
typedef struct xlmem__conf_key {
    const char *name;
    const char *values; /* what may stand behind the equals sign */
    const char *unset;  /* the default */
} xlmem__conf_key;

#define XLMEM__CONF_NR_KEYS 12
#define XLMEM__CONF_MODE 0 /* its place in the table */
extern const xlmem__conf_key xlmem__conf_keys[XLMEM__CONF_NR_KEYS];

/* The place of a key, in either case; XLMEM__CONF_NR_KEYS: there is none. */
size_t xlmem__conf_find(xlmem__str name);

/* Set one, @value without its quotes.  NULL, or what is wrong with it. */
const char *xlmem__conf_set(size_t key, xlmem__str value,
                            xlmem_policy *policy);

/* Its value as it is written behind the equals sign. */
#define XLMEM__CONF_VALUE_MAX 32
void xlmem__conf_show(const xlmem_policy *policy, size_t key,
                      char buf[XLMEM__CONF_VALUE_MAX]);

/* Longer is no configuration. */
#define XLMEM__CONF_MAX_BYTES ((size_t)1 << 20)

/*
 * A configuration in the making.  Nothing in a text ends it: what is wrong is
 * noted in @report, and each key that has no good line but a bad one keeps the
 * value it has in @last, or its default.  A key is never changed by another
 * one's line.
 */
typedef struct xlmem__conf {
    const xlmem_policy *last; /* in force until now; NULL: not known */
    xlmem_policy policy;
    uint64_t given, broken; /* keys with a good line, with a bad one */
    size_t mode_line;       /* where the configuration gives the mode */
    const char *mode_name;
    const char *mode_file; /* the file of the mode, if its word counts */
    const char *name;      /* of the text; borrowed, as the report's are */
    size_t nr_problems;
    xlmem_policy_report *report; /* NULL: they are counted only */
} xlmem__conf;

/* @report: filled in the end; NULL: none is kept. */
void xlmem__conf_start(xlmem__conf *conf, const xlmem_policy *last,
                       xlmem_policy_report *report);

/* memguard.conf; and what follows from its not being readable. */
void xlmem__conf_text(xlmem__conf *conf, const char *name, const char *buf,
                      size_t len);
void xlmem__conf_lost(xlmem__conf *conf, const char *name, const char *why);

/* The file of the mode alone, which counts before the other; as above. */
void xlmem__mode_text(xlmem__conf *conf, const char *name, const char *buf,
                      size_t len);
void xlmem__mode_lost(xlmem__conf *conf, const char *name, const char *why);

/*
 * Edit such a file: give a key another value, where it is given last, between
 * the quotes that are there; where it is not given, in a line behind all
 * others, which is made in @line.  @key XLMEM__CONF_NR_KEYS: the file of the
 * mode, which is its value.  @value has no quote in it.
 */
#define XLMEM__CONF_LINE_MAX 96
int xlmem__conf_put(xlmem__edit *edit, size_t key, xlmem__str value,
                    char line[XLMEM__CONF_LINE_MAX]);

/* What counts. */
void xlmem__conf_end(xlmem__conf *conf, xlmem_policy *policy_r);

/* Long enough for the text of any policy, with its NUL. */
#define XLMEM__POLICY_TEXT_MAX 512

/* A policy as a configuration that gives every key; @buf as above.  What
 * switched the guard off is not in it. */
void xlmem__conf_format(const xlmem_policy *policy,
                        char buf[XLMEM__POLICY_TEXT_MAX]);

/*
 * What a domain's own file, memguard.conf(5), is read by as well.
 * xlmem__conf_not_text: why a text is none; NULL: it is one.
 * xlmem__conf_unquote: "text" without its quotes, or one word; false: it is
 * neither, and xlmem__conf_malformed says why.
 */
const char *xlmem__conf_not_text(const char *buf, size_t len);
bool xlmem__conf_unquote(xlmem__str *value);
const char *xlmem__conf_malformed(xlmem__str value);

#endif /* XLMEM_CONF_H */
