/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * key = "string" or key = number: the part of xl.conf's grammar
 * (codec/xl_cfg.h) that our keys use, without lists.  Taken beside it is what
 * people write who mean the same: a word without quotes, in either case.
 *
 * A host that is guarded must not lose its guard by a slip, so that no line
 * can spoil another one: each is good, or it is noted and passed over.  An
 * unknown key that looks like one of ours is taken for a bad line of that one.
 */
#include "codec/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/xl_cfg.h"
#include "model/checked.h"

#define NR_KEYS XLMEM__CONF_NR_KEYS
#define MODE XLMEM__CONF_MODE
#define BIT(key) (UINT64_C(1) << (key))
#define VALUE_MAX XLMEM__CONF_VALUE_MAX
#define NAME(key) (xlmem__conf_keys[key].name)

/* ------------------------------------------------------- what is wrong --- */

/* @key: of the table, or NR_KEYS. */
__attribute__((format(printf, 4, 5))) static void
note_problem(xlmem__conf *conf, size_t line, size_t key, const char *fmt, ...)
{
    xlmem_policy_report *report = conf->report;
    xlmem_policy_problem *p;
    va_list ap;

    if (conf->nr_problems++ >= XLMEM_POLICY_PROBLEMS_MAX || !report)
        return;
    p = &report->problems[conf->nr_problems - 1];
    *p = (xlmem_policy_problem){.file = conf->name, .line = line};
    if (key < NR_KEYS)
        snprintf(p->key, sizeof(p->key), "%s", NAME(key));
    va_start(ap, fmt);
    vsnprintf(p->text, sizeof(p->text), fmt, ap);
    va_end(ap);
    xlmem__make_safe(p->text);
}

/* What was noted last is a bad line of this key, or of NR_KEYS: of none. */
static void mark_bad(xlmem__conf *conf, size_t key)
{
    xlmem_policy_report *report = conf->report;

    if (key < NR_KEYS)
        conf->broken |= BIT(key);
    if (conf->nr_problems <= XLMEM_POLICY_PROBLEMS_MAX && report)
        report->problems[conf->nr_problems - 1].bad = true;
}

/* What is quoted of a line: cut, so that the sentence has its end. */
#define QUOTED_MAX 40
#define QUOTED(s) (int)xlmem__min((s).len, QUOTED_MAX), (s).p

/* ----------------------------------------------------------- a setting --- */

#define NAME_MAX 24
/* A name of which half is one of ours is near enough to be named: "headroom"
 * to xen_headroom, but not "foo" to mode. */
#define IS_LIKE(far, name) ((far) <= (name).len / 2)
/* "mdoe", "modes", "m0d": no two of our keys are as near to each other. */
#define NEAR_MAX 2

/* How many letters have to be put in, taken out or changed. */
static size_t spelling_distance(xlmem__str a, const char *b)
{
    size_t row[NAME_MAX + 1], i, j, len = strlen(b);

    if (a.len > NAME_MAX || len > NAME_MAX)
        return SIZE_MAX;
    for (j = 0; j <= len; j++)
        row[j] = j;
    for (i = 0; i < a.len; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (j = 0; j < len; j++) {
            const size_t change = diagonal + (xlmem__lower(a.p[i]) != b[j]);

            diagonal = row[j + 1];
            row[j + 1] =
                xlmem__min(change, xlmem__min(row[j], row[j + 1]) + 1);
        }
    }
    return row[len];
}

static size_t nearest(xlmem__str name, size_t *distance_r)
{
    size_t i, best = 0;

    *distance_r = SIZE_MAX;
    for (i = 0; i < NR_KEYS; i++) {
        const size_t d = spelling_distance(name, NAME(i));

        if (d < *distance_r) {
            *distance_r = d;
            best = i;
        }
    }
    return best;
}

static void unknown(xlmem__conf *conf, size_t line, xlmem__str name)
{
    size_t far, near = nearest(name, &far);

    if (far <= NEAR_MAX) {
        note_problem(conf, line, near, "there is no key '%.*s'; %s is meant",
                     QUOTED(name), NAME(near));
        mark_bad(conf, near);
    } else if (far <= NAME_MAX && IS_LIKE(far, name)) {
        note_problem(conf, line, NR_KEYS,
                     "there is no key '%.*s'; the nearest one is %s",
                     QUOTED(name), NAME(near));
        mark_bad(conf, NR_KEYS);
    } else if (far <= NAME_MAX) {
        note_problem(conf, line, NR_KEYS, "there is no key '%.*s'",
                     QUOTED(name));
        mark_bad(conf, NR_KEYS);
    } else {
        note_problem(conf, line, NR_KEYS, "'%.*s' is no key = value",
                     QUOTED(name));
        mark_bad(conf, NR_KEYS);
    }
}

bool xlmem__conf_unquote(xlmem__str *value)
{
    const char quote = value->len ? value->p[0] : '\0';
    size_t i;

    if (quote == '"' || quote == '\'') {
        if (value->len < 2 || value->p[value->len - 1] != quote)
            return false;
        *value = xlmem__trim((xlmem__str){value->p + 1, value->len - 2});
        return !memchr(value->p, quote, value->len);
    }
    for (i = 0; i < value->len; i++)
        if (strchr(" \t\"'=", value->p[i]))
            return false;
    return value->len;
}

const char *xlmem__conf_malformed(xlmem__str value)
{
    const char quote = value.len ? value.p[0] : '\0';

    if ((quote == '"' || quote == '\'') &&
        !memchr(value.p + 1, quote, value.len - 1))
        return "the closing quote is missing";
    return "a value is missing, or more than one there";
}

static void take_conf_setting(xlmem__conf *conf, size_t line, size_t key,
                              xlmem__str value)
{
    const xlmem__str written = value;
    const char *wrong = xlmem__conf_unquote(&value)
                            ? xlmem__conf_set(key, value, &conf->policy)
                            : xlmem__conf_malformed(written);

    if (wrong) {
        note_problem(conf, line, key, "%s = %.*s: %s (%s)", NAME(key),
                     QUOTED(written), wrong, xlmem__conf_keys[key].values);
        mark_bad(conf, key);
        return;
    }
    if (conf->given & BIT(key))
        note_problem(conf, line, key, "%s is given twice", NAME(key));
    conf->given |= BIT(key);
    if (key == MODE) {
        conf->policy.mode_from = XLMEM_MODE_FROM_CONF;
        conf->mode_line = line;
        conf->mode_name = conf->name;
    }
}

/* Without an equals sign it may still be seen which key is meant. */
static void setting(xlmem__conf *conf, const xlmem__cfg_raw *raw)
{
    xlmem__str name = raw->key;
    size_t key, i;

    for (i = 0; !raw->value.p && i < name.len; i++)
        if (strchr(" \t:", name.p[i]))
            name.len = i;
    key = xlmem__conf_find(name);
    if (key < NR_KEYS && raw->value.p)
        take_conf_setting(conf, raw->line, key, raw->value);
    else if (key < NR_KEYS)
        take_conf_setting(conf, raw->line, key,
                          (xlmem__str){raw->text.p + raw->text.len, 0});
    else
        unknown(conf, raw->line, name);
}

/* ------------------------------------------------------------ the text --- */

const char *xlmem__conf_not_text(const char *buf, size_t len)
{
    if (len > XLMEM__CONF_MAX_BYTES)
        return "larger than 1 MiB";
    return len && memchr(buf, '\0', len) ? "not a text" : NULL;
}

void xlmem__conf_start(xlmem__conf *conf, const xlmem_policy *last,
                       xlmem_policy_report *report)
{
    *conf = (xlmem__conf){.last = last, .report = report};
    xlmem_policy_init(&conf->policy);
}

void xlmem__conf_lost(xlmem__conf *conf, const char *name, const char *why)
{
    conf->name = name;
    conf->broken |= BIT(NR_KEYS) - 1;
    note_problem(conf, 0, NR_KEYS, "it cannot be used: %s; %s", why,
                 conf->last ? "all is as before" : "the defaults count");
    mark_bad(conf, NR_KEYS);
}

void xlmem__conf_text(xlmem__conf *conf, const char *name, const char *buf,
                      size_t len)
{
    xlmem__cfg cfg = xlmem__cfg_of(buf, len);
    const char *why = xlmem__conf_not_text(buf, len);
    xlmem__cfg_raw raw;

    if (why) {
        xlmem__conf_lost(conf, name, why);
        return;
    }
    conf->name = name;
    while (xlmem__cfg_next_raw(&cfg, &raw))
        setting(conf, &raw);
}

/* ----------------------------------------------------------- the mode --- */

static void bad_mode(xlmem__conf *conf, size_t line, const char *why)
{
    /* The configuration's own is second to it and not to what was before. */
    if (conf->last)
        conf->given &= ~BIT(MODE);
    note_problem(conf, line, MODE, "%s", why);
    mark_bad(conf, MODE);
}

void xlmem__mode_lost(xlmem__conf *conf, const char *name, const char *why)
{
    char text[96];

    conf->name = name;
    snprintf(text, sizeof(text), "it cannot be used: %s", why);
    bad_mode(conf, 0, text);
}

static void set_by_file(xlmem__conf *conf, xlmem_mode mode)
{
    xlmem_policy *policy = &conf->policy;
    const bool differs = conf->mode_line && policy->mode != mode;
    const xlmem_mode before = policy->mode;
    const char *name = conf->name;

    policy->mode = mode;
    policy->mode_from = XLMEM_MODE_FROM_FILE;
    conf->mode_file = name;
    conf->given |= BIT(MODE);
    if (!differs)
        return;
    conf->name = conf->mode_name;
    note_problem(conf, conf->mode_line, MODE,
                 "mode = \"%s\" does not count: %s says \"%s\"",
                 xlmem_mode_name(before), name, xlmem_mode_name(mode));
}

void xlmem__mode_text(xlmem__conf *conf, const char *name, const char *buf,
                      size_t len)
{
    xlmem__cfg cfg = xlmem__cfg_of(buf, len);
    const char *why = xlmem__conf_not_text(buf, len);
    xlmem_policy found = conf->policy;
    xlmem__str value = {"", 0};
    xlmem__cfg_raw raw;
    size_t nr = 0, line = 0;

    if (why) {
        xlmem__mode_lost(conf, name, why);
        return;
    }
    conf->name = name;
    for (; xlmem__cfg_next_raw(&cfg, &raw); nr++) {
        value = raw.text;
        line = raw.line;
    }
    if (nr == 1 && xlmem__conf_unquote(&value) &&
        !xlmem__conf_set(MODE, value, &found))
        set_by_file(conf, found.mode);
    else
        bad_mode(conf, line, "one word is wanted: off, warn or enforce");
}

/* ------------------------------------------------------------- editing --- */

/* The value that counts now, with its quotes. */
static bool find_key_value(xlmem__str text, size_t key, xlmem__str *value_r)
{
    xlmem__cfg cfg = xlmem__cfg_of(text.p, text.len);
    xlmem__cfg_raw raw;
    bool found = false;

    while (xlmem__cfg_next_raw(&cfg, &raw)) {
        if (key == NR_KEYS)
            *value_r = raw.text;
        else if (raw.value.p && xlmem__conf_find(raw.key) == key)
            *value_r = raw.value;
        else
            continue;
        found = true;
    }
    return found;
}

int xlmem__conf_put(xlmem__edit *edit, size_t key, xlmem__str value,
                    char line[XLMEM__CONF_LINE_MAX])
{
    const bool is_mode = key == NR_KEYS;
    xlmem__str old, inner;
    int len;

    if (value.len > XLMEM__CONF_VALUE_MAX)
        return XLMEM_ERROR_RANGE;
    if (find_key_value(edit->text, key, &old)) {
        inner = old;
        if (xlmem__conf_unquote(&inner))
            return xlmem__edit_replace(edit, inner, value);
        len = snprintf(line, XLMEM__CONF_LINE_MAX, "\"%.*s\"", (int)value.len,
                       value.p);
        return xlmem__edit_replace(edit, old, (xlmem__str){line, (size_t)len});
    }
    if (is_mode)
        return xlmem__edit_append(edit, value);
    len = snprintf(line, XLMEM__CONF_LINE_MAX, "%s = \"%.*s\"", NAME(key),
                   (int)value.len, value.p);
    return xlmem__edit_append(edit, (xlmem__str){line, (size_t)len});
}

/* ------------------------------------------------------------- the end --- */

/* What counts in place of a bad line. */
static void explain_problem(const xlmem__conf *conf, xlmem_policy_problem *p)
{
    const size_t key = xlmem__conf_find((xlmem__str){p->key, strlen(p->key)});
    const size_t len = strlen(p->text);
    char value[VALUE_MAX];

    xlmem__conf_show(&conf->policy, key, value);
    if (key == MODE && conf->mode_file) {
        snprintf(p->text + len, sizeof(p->text) - len, "; %s counts: %s = %s",
                 conf->mode_file, NAME(key), value);
        return;
    }
    snprintf(p->text + len, sizeof(p->text) - len, "; %s%s = %s",
             conf->given & BIT(key) ? "another line counts: "
             : conf->last           ? "as before: "
                                    : "by default: ",
             NAME(key), value);
}

static void fall_back(xlmem__conf *conf, size_t key)
{
    char value[VALUE_MAX];
    xlmem__str text = {value, 0};

    if (key == MODE)
        conf->policy.mode_from =
            conf->last ? XLMEM_MODE_FROM_LAST : XLMEM_MODE_FROM_DEFAULT;
    if (!conf->last)
        return;
    xlmem__conf_show(conf->last, key, value);
    text.len = strlen(value);
    if (xlmem__conf_unquote(&text))
        (void)xlmem__conf_set(key, text, &conf->policy);
}

void xlmem__conf_end(xlmem__conf *conf, xlmem_policy *policy_r)
{
    xlmem_policy_report *report = conf->report;
    size_t i;

    for (i = 0; i < NR_KEYS; i++)
        if (conf->broken & ~conf->given & BIT(i))
            fall_back(conf, i);
    for (i = 0;
         report && i < conf->nr_problems && i < XLMEM_POLICY_PROBLEMS_MAX; i++)
        if (report->problems[i].bad && report->problems[i].key[0])
            explain_problem(conf, &report->problems[i]);
    if (report)
        report->nr = conf->nr_problems;
    conf->policy.nr_problems = conf->nr_problems;
    *policy_r = conf->policy;
}
