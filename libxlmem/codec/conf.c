/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * key = "string" or key = number, one a line, # to the end of a line: the part
 * of xl.conf's grammar (xlu_cfg, Xen 4.14 to 4.20) that our keys use, without
 * lists.  Strict: an unknown key is an error, because the likely unknown key
 * is a misspelt one.
 */
#include "codec/conf.h"

#include <string.h>

#include "model/checked.h"

typedef int setter(xlmem__str value, xlmem_policy *policy);

static int copy_of(xlmem__str value, char *buf, size_t len)
{
    if (value.len >= len || memchr(value.p, '\0', value.len))
        return XLMEM_ERROR_PARSE;
    memcpy(buf, value.p, value.len);
    buf[value.len] = '\0';
    return 0;
}

static int size_of(xlmem__str value, uint64_t *kb_r)
{
    char text[32];
    int rc = copy_of(value, text, sizeof(text));

    return rc ? rc : xlmem_parse_size_kb(text, kb_r);
}

/* 0 stands for "as computed", so that a size of 0 has to be spelt "auto". */
static int size_or_auto(xlmem__str value, uint64_t *kb_r)
{
    uint64_t kb;
    int rc;

    if (xlmem__equals(value, "auto")) {
        *kb_r = 0;
        return 0;
    }
    rc = size_of(value, &kb);
    if (rc)
        return rc;
    if (!kb)
        return XLMEM_ERROR_RANGE;
    *kb_r = kb;
    return 0;
}

static int seconds(xlmem__str value, uint64_t *ms_r)
{
    uint64_t s;
    int rc = xlmem__number_all(value, 10, &s);

    if (rc)
        return rc;
    if (s > 86400)
        return XLMEM_ERROR_RANGE;
    *ms_r = s * 1000;
    return 0;
}

static int set_mode(xlmem__str value, xlmem_policy *policy)
{
    if (xlmem__equals(value, "off"))
        policy->mode = XLMEM_MODE_OFF;
    else if (xlmem__equals(value, "warn"))
        policy->mode = XLMEM_MODE_WARN;
    else if (xlmem__equals(value, "enforce"))
        policy->mode = XLMEM_MODE_ENFORCE;
    else
        return XLMEM_ERROR_PARSE;
    return 0;
}

static int set_on_error(xlmem__str value, xlmem_policy *policy)
{
    policy->refuse_on_error = xlmem__equals(value, "refuse");
    return policy->refuse_on_error || xlmem__equals(value, "allow")
               ? 0
               : XLMEM_ERROR_PARSE;
}

static int set_headroom(xlmem__str value, xlmem_policy *policy)
{
    return size_or_auto(value, &policy->xen_headroom_kb);
}

static int set_floor(xlmem__str value, xlmem_policy *policy)
{
    return size_or_auto(value, &policy->dom0_floor_kb);
}

static int set_reserve(xlmem__str value, xlmem_policy *policy)
{
    return size_of(value, &policy->dom0_reserve_kb);
}

static int set_wait(xlmem__str value, xlmem_policy *policy)
{
    return seconds(value, &policy->wait_ms);
}

static int set_reboot_wait(xlmem__str value, xlmem_policy *policy)
{
    return seconds(value, &policy->reboot_wait_ms);
}

static const xlmem__conf_key keys[] = {
    {"mode", "\"off\", \"warn\" or \"enforce\"", "\"warn\"",
     "whether a create that does not fit is refused, only logged, or not "
     "looked at"},
    {"on_error", "\"allow\" or \"refuse\"", "\"allow\"",
     "what happens to a create when the guard itself fails"},
    {"xen_headroom", "\"auto\" or a size", "\"auto\"",
     "memory that stays free in Xen"},
    {"dom0_floor", "\"auto\" or a size", "\"auto\"",
     "the least memory dom0 is ballooned down to"},
    {"dom0_reserve", "a size", "\"64M\"",
     "MemAvailable that dom0 keeps when a domain starts"},
    {"wait", "seconds, 0 to 86400", "10",
     "how long a create waits for memory that is coming back"},
    {"reboot_wait", "seconds, 0 to 86400", "60",
     "the same for a domain that reboots"},
};

static setter *const setters[] = {
    set_mode,    set_on_error, set_headroom,    set_floor,
    set_reserve, set_wait,     set_reboot_wait,
};
_Static_assert(sizeof(keys) / sizeof(keys[0]) ==
                   sizeof(setters) / sizeof(setters[0]),
               "a setter for each key");

const xlmem__conf_key *xlmem__conf_keys(size_t *nr_r)
{
    *nr_r = sizeof(keys) / sizeof(keys[0]);
    return keys;
}

/* What is left of a line without its comment; # may stand in a string. */
static xlmem__str uncomment(xlmem__str line)
{
    bool quoted = false;
    size_t i;

    for (i = 0; i < line.len; i++) {
        if (line.p[i] == '"')
            quoted = !quoted;
        else if (line.p[i] == '#' && !quoted)
            line.len = i;
    }
    return xlmem__trim(line);
}

/* "text" without its quotes, or digits; anything else is malformed. */
static bool unquote(xlmem__str *value)
{
    char quote = value->len ? value->p[0] : '\0';
    uint64_t number;

    if (quote != '"' && quote != '\'')
        return xlmem__number_all(*value, 10, &number) != XLMEM_ERROR_PARSE;
    if (value->len < 2 || value->p[value->len - 1] != quote)
        return false;
    value->p++;
    value->len -= 2;
    return !memchr(value->p, quote, value->len);
}

static int apply(xlmem__str key, xlmem__str value, xlmem_policy *policy,
                 uint64_t *given, const char **what)
{
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!xlmem__equals(key, keys[i].name))
            continue;
        *what = "given twice";
        if (*given & UINT64_C(1) << i)
            return XLMEM_ERROR_CONFIG;
        *given |= UINT64_C(1) << i;
        *what = keys[i].values;
        return setters[i](value, policy);
    }
    *what = "unknown key";
    return XLMEM_ERROR_CONFIG;
}

int xlmem__parse_conf(const char *buf, size_t len, xlmem_policy *policy_r,
                      xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_policy policy;
    uint64_t given = 0;
    xlmem__str line;

    xlmem_policy_init(&policy);
    while (xlmem__next_line(&lines, &line)) {
        xlmem__str value = uncomment(line), key;
        const char *what;
        int rc;

        if (!value.len)
            continue;
        key = xlmem__trim(xlmem__cut(&value, '='));
        value = xlmem__trim(value);
        if (!unquote(&value))
            return xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE,
                                   "expected key = number or key = \"text\"",
                                   line);
        rc = apply(key, value, &policy, &given, &what);
        if (rc)
            return xlmem__complain(where, lines.nr, rc, what, line);
    }
    *policy_r = policy;
    return 0;
}
