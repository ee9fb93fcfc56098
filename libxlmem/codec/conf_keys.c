/* SPDX-License-Identifier: LGPL-2.1-only */
/* The keys of memguard.conf: what they may be, and their values as text. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec/conf.h"
#include "model/checked.h"
#include "private/remedy.h"

/* NULL, or what is wrong with the value. */
typedef const char *setter(xlmem__str value, xlmem_policy *policy);

/* @word is in small letters. */
static bool is_the_word(xlmem__str s, const char *word)
{
    size_t i;

    for (i = 0; i < s.len && word[i]; i++)
        if (xlmem__lower(s.p[i]) != word[i])
            return false;
    return i == s.len && !word[i];
}

/* xl.conf's own sizes are MiB, xm's were: a bare number would be misread. */
static const char *explain_size(xlmem__str value)
{
    uint64_t number;

    if (xlmem__number_all(value, 10, &number) != XLMEM_ERROR_PARSE)
        return "it needs a suffix, M for MiB or K, G, T";
    return "that is no size such as 512M";
}

static const char *set_size(xlmem__str value, uint64_t *kb_to)
{
    uint64_t kb;
    int rc;

    if (is_the_word(value, "0"))
        rc = 0, kb = 0;
    else
        rc = xlmem__size_kb(value, &kb);
    if (rc == XLMEM_ERROR_RANGE)
        return "that is too large";
    if (rc)
        return explain_size(value);
    *kb_to = kb;
    return NULL;
}

/* 0 stands for "as computed", so that a size of 0 has to be spelt "auto". */
static const char *set_size_or_auto(xlmem__str value, uint64_t *kb_to)
{
    const char *wrong;
    uint64_t kb;

    if (is_the_word(value, "auto")) {
        *kb_to = 0;
        return NULL;
    }
    wrong = set_size(value, &kb);
    if (wrong)
        return wrong;
    if (!kb)
        return "it cannot be 0";
    *kb_to = kb;
    return NULL;
}

static const char *set_seconds(xlmem__str value, uint64_t *ms_to)
{
    uint64_t s;
    int rc = xlmem__number_all(value, 10, &s);

    if (rc == XLMEM_ERROR_PARSE)
        return "that is no number of seconds";
    if (rc || s > 86400)
        return "that is more than a day";
    *ms_to = s * 1000;
    return NULL;
}

static const char *set_mode_key(xlmem__str value, xlmem_policy *policy)
{
    if (is_the_word(value, "off"))
        policy->mode = XLMEM_MODE_OFF;
    else if (is_the_word(value, "warn"))
        policy->mode = XLMEM_MODE_WARN;
    else if (is_the_word(value, "enforce"))
        policy->mode = XLMEM_MODE_ENFORCE;
    else
        return "there is no such mode";
    return NULL;
}

static const char *set_on_error(xlmem__str value, xlmem_policy *policy)
{
    if (is_the_word(value, "refuse"))
        policy->refuse_on_error = true;
    else if (is_the_word(value, "allow"))
        policy->refuse_on_error = false;
    else
        return "there is no such choice";
    return NULL;
}

static const char *set_balance(xlmem__str value, xlmem_policy *policy)
{
    if (is_the_word(value, "on"))
        policy->balance = true;
    else if (is_the_word(value, "off"))
        policy->balance = false;
    else
        return "there is no such choice";
    return NULL;
}

static const char *set_headroom(xlmem__str value, xlmem_policy *policy)
{
    return set_size_or_auto(value, &policy->xen_headroom_kb);
}

static const char *set_floor(xlmem__str value, xlmem_policy *policy)
{
    return set_size_or_auto(value, &policy->dom0_floor_kb);
}

static const char *set_reserve(xlmem__str value, xlmem_policy *policy)
{
    return set_size(value, &policy->dom0_reserve_kb);
}

static const char *set_wait_key(xlmem__str value, xlmem_policy *policy)
{
    return set_seconds(value, &policy->wait_ms);
}

static const char *set_reboot_wait(xlmem__str value, xlmem_policy *policy)
{
    return set_seconds(value, &policy->reboot_wait_ms);
}

/* Less is not worth a move. */
#define BALANCE_LEAST_KB (16 * XLMEM__MIB_KB)

/* 0 stands for "none". */
static const char *set_limit(xlmem__str value, uint64_t *kb_to)
{
    const char *wrong;
    uint64_t kb;

    if (is_the_word(value, "none")) {
        *kb_to = 0;
        return NULL;
    }
    wrong = set_size(value, &kb);
    if (wrong)
        return wrong;
    if (kb < BALANCE_LEAST_KB)
        return "it cannot be below 16M";
    *kb_to = kb;
    return NULL;
}

static const char *set_step(xlmem__str value, xlmem_policy *policy)
{
    return set_limit(value, &policy->balance_step_kb);
}

static const char *set_rate(xlmem__str value, xlmem_policy *policy)
{
    return set_limit(value, &policy->balance_rate_kb);
}

static const char *set_expiry(xlmem__str value, xlmem_policy *policy)
{
    uint64_t ms;
    const char *wrong = set_seconds(value, &ms);

    if (wrong)
        return wrong;
    if (!ms)
        return "it cannot be 0";
    policy->report_expiry_ms = ms;
    return NULL;
}

/* What the daemon may do unasked: of the remedies those that ask nothing of a
 * guest and take no memory from anybody.  The order is that of the text. */
static const struct auto_word {
    const char *word;
    xlmem_remedy_kind kind;
} auto_words[] = {
    {"compact", XLMEM_REMEDY_COMPACT},
    {"drop-caches", XLMEM_REMEDY_DROP},
    {"online", XLMEM_REMEDY_ONLINE},
};
#define NR_AUTO_WORDS (sizeof(auto_words) / sizeof(auto_words[0]))

static uint64_t auto_bit(xlmem__str word)
{
    size_t i;

    for (i = 0; i < NR_AUTO_WORDS; i++)
        if (is_the_word(word, auto_words[i].word))
            return XLMEM_REMEDY_BIT(auto_words[i].kind);
    return 0;
}

static bool is_between_words(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

static const char *set_auto_remedy(xlmem__str value, xlmem_policy *policy)
{
    uint64_t found = 0;
    size_t at = 0, end;

    if (is_the_word(value, "off")) {
        policy->auto_remedies = 0;
        return NULL;
    }
    for (; at < value.len; at = end) {
        uint64_t bit;

        for (end = at; end < value.len && !is_between_words(value.p[end]);)
            end++;
        if (end == at) {
            end++;
            continue;
        }
        bit = auto_bit((xlmem__str){value.p + at, end - at});
        if (!bit)
            return "there is no such remedy that may be automatic";
        found |= bit;
    }
    if (!found)
        return "a remedy is missing";
    policy->auto_remedies = found;
    return NULL;
}

const xlmem__conf_key xlmem__conf_keys[] = {
    {"mode", "\"off\", \"warn\" or \"enforce\"", "\"warn\""},
    {"on_error", "\"allow\" or \"refuse\"", "\"allow\""},
    {"xen_headroom", "\"auto\" or a size", "\"auto\""},
    {"dom0_floor", "\"auto\" or a size", "\"auto\""},
    {"dom0_reserve", "a size", "\"64M\""},
    {"wait", "seconds, 0 to 86400", "10"},
    {"reboot_wait", "seconds, 0 to 86400", "60"},
    {"balance", "\"on\" or \"off\"", "\"off\""},
    {"balance_step", "a size of 16M or more, or \"none\"", "\"1024M\""},
    {"balance_rate", "a size of 16M or more, or \"none\"", "\"16384M\""},
    {"report_expiry", "seconds, 1 to 86400", "900"},
    {"auto_remedy",
     "\"off\", or some of the words compact, drop-caches, online", "\"off\""},
};

#define NR_KEYS XLMEM__CONF_NR_KEYS
_Static_assert(sizeof(xlmem__conf_keys) / sizeof(xlmem__conf_keys[0]) ==
                   NR_KEYS,
               "as many as are said");

static setter *const setters[] = {
    set_mode_key, set_on_error, set_headroom,    set_floor,
    set_reserve,  set_wait_key, set_reboot_wait, set_balance,
    set_step,     set_rate,     set_expiry,      set_auto_remedy,
};
_Static_assert(sizeof(setters) / sizeof(setters[0]) == NR_KEYS,
               "a setter for each key");

size_t xlmem__conf_find(xlmem__str name)
{
    size_t i;

    for (i = 0; i < NR_KEYS && !is_the_word(name, xlmem__conf_keys[i].name);
         i++)
        ;
    return i;
}

const char *xlmem__conf_set(size_t key, xlmem__str value, xlmem_policy *policy)
{
    return setters[key](value, policy);
}

/* ----------------------------------------------------- values as text --- */

#define VALUE_MAX XLMEM__CONF_VALUE_MAX

static void format_size(uint64_t kb, bool or_auto, char buf[VALUE_MAX])
{
    if (!kb && or_auto)
        snprintf(buf, VALUE_MAX, "\"auto\"");
    else if (kb % XLMEM__MIB_KB)
        snprintf(buf, VALUE_MAX, "\"%" PRIu64 "K\"", kb);
    else
        snprintf(buf, VALUE_MAX, "\"%" PRIu64 "M\"", kb / XLMEM__MIB_KB);
}

static void format_limit(uint64_t kb, char buf[VALUE_MAX])
{
    if (kb)
        format_size(kb, false, buf);
    else
        snprintf(buf, VALUE_MAX, "\"none\"");
}

static void format_seconds(uint64_t ms, char buf[VALUE_MAX])
{
    snprintf(buf, VALUE_MAX, "%" PRIu64, ms / 1000);
}

static void format_auto(uint64_t bits, char buf[VALUE_MAX])
{
    size_t i, at = 0;

    for (i = 0; i < NR_AUTO_WORDS; i++)
        if (bits & XLMEM_REMEDY_BIT(auto_words[i].kind) && at < VALUE_MAX)
            at += (size_t)snprintf(buf + at, VALUE_MAX - at, "%s%s",
                                   at ? " " : "\"", auto_words[i].word);
    if (!at)
        snprintf(buf, VALUE_MAX, "\"off\"");
    else if (at < VALUE_MAX)
        snprintf(buf + at, VALUE_MAX - at, "\"");
}

void xlmem__conf_show(const xlmem_policy *policy, size_t key,
                      char buf[VALUE_MAX])
{
    switch (key) {
    case XLMEM__CONF_MODE:
        snprintf(buf, VALUE_MAX, "\"%s\"", xlmem_mode_name(policy->mode));
        break;
    case 1:
        snprintf(buf, VALUE_MAX, "\"%s\"",
                 policy->refuse_on_error ? "refuse" : "allow");
        break;
    case 2:
        format_size(policy->xen_headroom_kb, true, buf);
        break;
    case 3:
        format_size(policy->dom0_floor_kb, true, buf);
        break;
    case 4:
        format_size(policy->dom0_reserve_kb, false, buf);
        break;
    case 5:
        format_seconds(policy->wait_ms, buf);
        break;
    case 6:
        format_seconds(policy->reboot_wait_ms, buf);
        break;
    case 7:
        snprintf(buf, VALUE_MAX, "\"%s\"", policy->balance ? "on" : "off");
        break;
    case 8:
        format_limit(policy->balance_step_kb, buf);
        break;
    case 9:
        format_limit(policy->balance_rate_kb, buf);
        break;
    case 10:
        format_seconds(policy->report_expiry_ms, buf);
        break;
    default:
        format_auto(policy->auto_remedies, buf);
    }
}

void xlmem__conf_format(const xlmem_policy *policy,
                        char buf[XLMEM__POLICY_TEXT_MAX])
{
    char value[VALUE_MAX];
    size_t i, at = 0;

    for (i = 0; i < NR_KEYS && at < XLMEM__POLICY_TEXT_MAX; i++) {
        xlmem__conf_show(policy, i, value);
        at += (size_t)snprintf(buf + at, XLMEM__POLICY_TEXT_MAX - at,
                               "%s = %s\n", xlmem__conf_keys[i].name, value);
    }
}
