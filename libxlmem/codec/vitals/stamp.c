/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/vitals/stamp.h"

#include <string.h>

#include "codec/facts.h"
#include "model/checked.h"

#define SECONDS_PER_DAY UINT64_C(86400)

/* ---------------------------------------------------------- calendar --- */

typedef struct date {
    uint64_t year, month, day, hour, minute, second;
} date;

/* Days since 1970-01-01 of a Gregorian date from then on. */
static uint64_t days_of(uint64_t year, uint64_t month, uint64_t day)
{
    static const uint16_t before[] = {0,   31,  59,  90,  120, 151,
                                      181, 212, 243, 273, 304, 334};
    const uint64_t past = year - 1;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return 365 * (year - 1970) + (past / 4 - past / 100 + past / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400) + before[month - 1] +
           (leap && month > 2) + day - 1;
}

static bool is_date(const date *d)
{
    return d->year >= 1970 && d->year < 10000 && d->month >= 1 &&
           d->month <= 12 && d->day >= 1 && d->day <= 31 && d->hour < 24 &&
           d->minute < 60 && d->second <= 60;
}

static uint64_t seconds_of(const date *d)
{
    return days_of(d->year, d->month, d->day) * SECONDS_PER_DAY +
           d->hour * 3600 + d->minute * 60 + d->second;
}

static bool take_one_char(xlmem__str *s, char c)
{
    if (!s->len || s->p[0] != c)
        return false;
    s->p++;
    s->len--;
    return true;
}

/* So many digits, and no more. */
static bool take_digits(xlmem__str *s, size_t nr, uint64_t *value_r)
{
    if (s->len < nr || xlmem__number_all((xlmem__str){s->p, nr}, 10, value_r))
        return false;
    s->p += nr;
    s->len -= nr;
    return true;
}

static void pass_blanks(xlmem__str *s)
{
    while (s->len && (s->p[0] == ' ' || s->p[0] == '\t')) {
        s->p++;
        s->len--;
    }
}

/* "21:25:13", and a fraction behind '.' or ','. */
static bool take_clock(xlmem__str *s, date *d)
{
    if (!take_digits(s, 2, &d->hour) || !take_one_char(s, ':') ||
        !take_digits(s, 2, &d->minute) || !take_one_char(s, ':') ||
        !take_digits(s, 2, &d->second))
        return false;
    if (take_one_char(s, '.') || take_one_char(s, ','))
        while (s->len && xlmem__is_digit(s->p[0])) {
            s->p++;
            s->len--;
        }
    return true;
}

/* "Z", "+01:00", "+0100": seconds east of Greenwich. */
static bool take_zone(xlmem__str *s, int64_t *east_r)
{
    uint64_t hours, minutes;
    bool west;

    *east_r = 0;
    if (take_one_char(s, 'Z'))
        return true;
    west = s->len && s->p[0] == '-';
    if (!take_one_char(s, '+') && !take_one_char(s, '-'))
        return false;
    if (!take_digits(s, 2, &hours))
        return false;
    take_one_char(s, ':');
    if (!take_digits(s, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *east_r = (int64_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

/* The first one is whose log it is; behind it anybody may have written it. */
static void set_wall(xlmem__stamp *stamp, uint64_t s, bool zoned)
{
    if (stamp->has_s)
        return;
    stamp->has_s = true;
    stamp->s = s;
    stamp->zoned = zoned;
}

/* "2026-11-26T21:25:13.123456+01:00", or with a blank and no zone. */
static bool take_iso(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    date d = {.year = 0};
    int64_t east;
    uint64_t at;
    bool zoned;

    if (!take_digits(&rest, 4, &d.year) || !take_one_char(&rest, '-') ||
        !take_digits(&rest, 2, &d.month) || !take_one_char(&rest, '-') ||
        !take_digits(&rest, 2, &d.day) ||
        (!take_one_char(&rest, 'T') && !take_one_char(&rest, ' ')) ||
        !take_clock(&rest, &d) || !is_date(&d))
        return false;
    zoned = take_zone(&rest, &east);
    at = seconds_of(&d);
    if (zoned && east > 0)
        at = xlmem__sub0(at, (uint64_t)east);
    else if (zoned)
        at += (uint64_t)-east;
    set_wall(stamp, at, zoned);
    *s = rest;
    return true;
}

/* A day or a month by name, in any language, as dmesg -T and journalctl write
 * it for whoever calls them: "Nov", "janv.", and "11" before a sign. */
static xlmem__str take_date_name(xlmem__str *s)
{
    xlmem__str rest = *s, name = {s->p, 0};
    uint64_t number;
    size_t digits;

    xlmem__take_number(&rest, 10, &number);
    digits = s->len - rest.len;
    while (rest.len && (rest.p[0] == '.' || (rest.p[0] & 0x80) ||
                        (xlmem__lower(rest.p[0]) >= 'a' &&
                         xlmem__lower(rest.p[0]) <= 'z')))
        take_one_char(&rest, rest.p[0]);
    name.len = s->len - rest.len;
    if (name.len == digits)
        return (xlmem__str){s->p, 0};
    *s = rest;
    return name;
}

/* *month_r: 0 where the name is not an English one. */
static bool take_month(xlmem__str *s, uint64_t *month_r)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const xlmem__str name = take_date_name(s);
    size_t i;

    *month_r = 0;
    for (i = 0; i < 12 && name.len == 3; i++)
        if (!memcmp(name.p, names + 3 * i, 3))
            *month_r = i + 1;
    return name.len > 0;
}

/* Of dates without a year the last that is not in the future, but for clocks
 * that are a day apart. */
static bool guess_year(date *d, uint64_t now_s)
{
    if (!now_s || !d->month)
        return false;
    d->year = 1970 + now_s / (365 * SECONDS_PER_DAY + SECONDS_PER_DAY / 4) + 1;
    while (d->year > 1970 && is_date(d) &&
           seconds_of(d) > now_s + SECONDS_PER_DAY)
        d->year--;
    return is_date(d);
}

/* "Nov 26 21:25:13", "Nov  6 21:25:13". */
static bool take_date(xlmem__str *s, uint64_t now_s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    date d = {.year = 0};

    if (!take_month(&rest, &d.month) || !take_one_char(&rest, ' '))
        return false;
    pass_blanks(&rest);
    if (xlmem__take_number(&rest, 10, &d.day) || !take_one_char(&rest, ' ') ||
        !take_clock(&rest, &d))
        return false;
    *s = rest;
    if (guess_year(&d, now_s))
        set_wall(stamp, seconds_of(&d), false);
    return true;
}

/* "1795728313.123456": journalctl -o short-unix. */
static bool take_unix(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    uint64_t at, usec;

    if (!take_digits(&rest, 10, &at) || !take_one_char(&rest, '.') ||
        !take_digits(&rest, 6, &usec))
        return false;
    set_wall(stamp, at, true);
    *s = rest;
    return true;
}

/* "Thu 2026-11-26 21:25:13 CET": journalctl -o short-full.  What zones' names
 * mean is not known here. */
static bool take_full(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;

    if (!take_date_name(&rest).len || !take_one_char(&rest, ' '))
        return false;
    if (!take_iso(&rest, stamp))
        return false;
    xlmem__word(&rest);
    *s = rest;
    return true;
}

/* Inside of brackets, from dmesg -e: "Nov26 21:25", "Nov 6 21:25", and
 * "  +0.000012" since the line before. */
static bool take_relative(xlmem__str *s, uint64_t now_s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    date d = {.year = 0};
    uint64_t whole, part;

    if (take_month(&rest, &d.month)) {
        pass_blanks(&rest);
        if (xlmem__take_number(&rest, 10, &d.day) ||
            !take_one_char(&rest, ' ') || !take_digits(&rest, 2, &d.hour) ||
            !take_one_char(&rest, ':') || !take_digits(&rest, 2, &d.minute))
            return false;
        if (guess_year(&d, now_s))
            set_wall(stamp, seconds_of(&d), false);
    } else {
        pass_blanks(&rest);
        if (!take_one_char(&rest, '+') ||
            xlmem__take_number(&rest, 10, &whole) ||
            !take_one_char(&rest, '.') || xlmem__take_number(&rest, 10, &part))
            return false;
    }
    *s = rest;
    return true;
}

/* "Thu Nov 26 21:25:13 2026" */
static bool take_ctime(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    date d = {.year = 0};

    if (!take_date_name(&rest).len || !take_one_char(&rest, ' ') ||
        !take_month(&rest, &d.month) || !take_one_char(&rest, ' '))
        return false;
    pass_blanks(&rest);
    if (xlmem__take_number(&rest, 10, &d.day) || !take_one_char(&rest, ' ') ||
        !take_clock(&rest, &d) || !take_one_char(&rest, ' ') ||
        !take_digits(&rest, 4, &d.year) || (d.month && !is_date(&d)))
        return false;
    if (d.month)
        set_wall(stamp, seconds_of(&d), false);
    *s = rest;
    return true;
}

/* ----------------------------------------------------------- brackets --- */

/* "   12.345678": seconds since the boot; shorter where a person wrote it. */
static bool take_seconds(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    uint64_t whole, digit, ms = 0, worth = 100;

    pass_blanks(&rest);
    if (xlmem__take_number(&rest, 10, &whole) || !take_one_char(&rest, '.') ||
        !take_digits(&rest, 1, &digit) || whole > UINT32_MAX)
        return false;
    do {
        ms += digit * worth;
        worth /= 10;
    } while (take_digits(&rest, 1, &digit));
    stamp->has_ms = true;
    stamp->ms = whole * 1000 + ms;
    *s = rest;
    return true;
}

/* "[...]": a time, or who printed it ("T123", "C3"). */
static bool take_bracket(xlmem__str *s, uint64_t now_s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    uint64_t number;

    if (!take_one_char(&rest, '['))
        return false;
    if (!take_seconds(&rest, stamp) && !take_iso(&rest, stamp) &&
        !take_ctime(&rest, stamp) && !take_relative(&rest, now_s, stamp)) {
        pass_blanks(&rest);
        if ((!take_one_char(&rest, 'T') && !take_one_char(&rest, 'C')) ||
            xlmem__take_number(&rest, 10, &number))
            return false;
    }
    if (!take_one_char(&rest, ']'))
        return false;
    take_one_char(&rest, ' ');
    *s = rest;
    return true;
}

/* Above a priority's three bits of level stands its facility: 0 is the
 * kernel's (RFC 5424, 6.2.1).  Programs write to /dev/kmsg too, systemd for
 * one, and the kernel lets none of them have 0 (devkmsg_write, Linux
 * kernel/printk/printk.c). */
static void note_priority(xlmem__stamp *stamp, uint64_t priority)
{
    if (priority >> 3)
        stamp->program = true;
}

/* "<4>" */
static bool take_priority(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    uint64_t number;

    if (!take_one_char(&rest, '<') || xlmem__take_number(&rest, 10, &number) ||
        !take_one_char(&rest, '>'))
        return false;
    note_priority(stamp, number);
    *s = rest;
    return true;
}

static xlmem__str take_letters(xlmem__str *s)
{
    xlmem__str letters = {s->p, 0};

    while (s->len && xlmem__lower(s->p[0]) >= 'a' &&
           xlmem__lower(s->p[0]) <= 'z') {
        take_one_char(s, s->p[0]);
        letters.len++;
    }
    return letters;
}

static bool is_level(xlmem__str word)
{
    static const char *const levels[] = {"emerg", "alert",  "crit", "err",
                                         "warn",  "notice", "info", "debug"};
    size_t i;

    for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (xlmem__str_is(word, levels[i]))
            return true;
    return false;
}

/* "kern  :warn  : ", "local0:info  : ": dmesg -x. */
static bool take_decoded(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s;
    const xlmem__str facility = take_letters(&rest);
    uint64_t number;

    if (!facility.len)
        return false;
    xlmem__take_number(&rest, 10, &number);
    pass_blanks(&rest);
    if (!take_one_char(&rest, ':') || !is_level(take_letters(&rest)))
        return false;
    pass_blanks(&rest);
    if (!take_one_char(&rest, ':') || !take_one_char(&rest, ' '))
        return false;
    if (!xlmem__str_is(facility, "kern"))
        stamp->program = true;
    *s = rest;
    return true;
}

/* "4,1200,4200000001,-;": a record of /dev/kmsg. */
static bool take_record(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s, flags;
    uint64_t priority, number, usec;

    if (xlmem__take_number(&rest, 10, &priority) ||
        !take_one_char(&rest, ',') || xlmem__take_number(&rest, 10, &number) ||
        !take_one_char(&rest, ',') || xlmem__take_number(&rest, 10, &usec) ||
        !take_one_char(&rest, ',') || !memchr(rest.p, ';', rest.len))
        return false;
    flags = xlmem__cut(&rest, ';');
    if (memchr(flags.p, ' ', flags.len))
        return false;
    stamp->has_ms = true;
    stamp->ms = usec / 1000;
    note_priority(stamp, priority);
    *s = rest;
    return true;
}

/* --------------------------------------------------------------- whose --- */

static bool ends_name(xlmem__str word)
{
    return !word.len || word.p[word.len - 1] == ':';
}

/* "kernel: ", "host kernel: ", "host kern.warn kernel: " (busybox).  Behind
 * anything else it is somebody's text, or a part of his name: a program takes
 * the name that it likes, blanks included (logger -t). */
static bool take_kernel(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s, word = xlmem__word(&rest);

    if (!xlmem__str_is(word, "kernel:")) {
        if (ends_name(word))
            return false;
        word = xlmem__word(&rest);
        if (xlmem__str_starts(word, "kern."))
            word = xlmem__word(&rest);
        if (!xlmem__str_is(word, "kernel:"))
            return false;
    }
    stamp->ident = (xlmem__str){word.p, word.len - 1};
    pass_blanks(&rest);
    *s = rest;
    return true;
}

/* Behind a date " host ident[pid]: ".  Whose name is not told is not the
 * kernel. */
static void take_ident(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s, ident;
    const char *colon;

    if (take_kernel(s, stamp))
        return;
    stamp->program = true;
    if (!xlmem__word(&rest).len)
        return;
    colon = memchr(rest.p, ':', rest.len);
    if (!colon)
        return;
    ident = xlmem__trim((xlmem__str){rest.p, (size_t)(colon - rest.p)});
    /* Programs' names have no blanks: what has is a message already. */
    if (!ident.len || memchr(ident.p, ' ', ident.len))
        return;
    rest.len -= (size_t)(colon + 1 - rest.p);
    rest.p = colon + 1;
    pass_blanks(&rest);
    stamp->ident = xlmem__cut(&ident, '[');
    *s = rest;
}

/* Behind seconds since the boot, if journalctl -o short-monotonic wrote them:
 * "host ident[pid]: ".  dmesg has the message there, and before that of a
 * program that wrote to /dev/kmsg "ident[pid]: ", as systemd does. */
static bool take_monotonic_ident(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s, word, ident;
    uint64_t pid;

    if (take_kernel(s, stamp))
        return true;
    word = xlmem__word(&rest);
    if (!ends_name(word))
        word = xlmem__word(&rest);
    ident = xlmem__cut(&word, '[');
    if (!ident.len || xlmem__take_number(&word, 10, &pid) ||
        !xlmem__str_is(word, "]:"))
        return false;
    stamp->ident = ident;
    pass_blanks(&rest);
    *s = rest;
    return true;
}

/* "1 2026-11-26T21:25:13+01:00 host kernel - - - ": RFC 5424, behind its
 * priority.  What is structured has no blank behind a bracket inside. */
static bool take_5424(xlmem__str *s, xlmem__stamp *stamp)
{
    xlmem__str rest = *s, ident, data;

    if (!xlmem__skip(&rest, "1 ") || !take_iso(&rest, stamp))
        return false;
    xlmem__word(&rest); /* host */
    ident = xlmem__word(&rest);
    xlmem__word(&rest); /* process */
    xlmem__word(&rest); /* kind of message */
    data = xlmem__word(&rest);
    if (data.len && data.p[0] == '[')
        while (data.len && data.p[data.len - 1] != ']')
            data = xlmem__word(&rest);
    stamp->ident = ident;
    pass_blanks(&rest);
    *s = rest;
    return true;
}

/* A date, and whose line it is. */
static bool take_dated(xlmem__str *s, uint64_t now_s, xlmem__stamp *stamp)
{
    const char *from = s->p;

    if (take_5424(s, stamp))
        return true;
    if (!take_iso(s, stamp) && !take_date(s, now_s, stamp) &&
        !take_unix(s, stamp) && !take_full(s, stamp))
        return false;
    /* dmesg --time-format iso, which writes a comma, has the message next. */
    if (memchr(from, ',', (size_t)(s->p - from)))
        take_one_char(s, ' ');
    else
        take_ident(s, stamp);
    return true;
}

/* One of them, or none. */
static bool take_one(xlmem__str *s, uint64_t now_s, xlmem__stamp *stamp)
{
    if (take_bracket(s, now_s, stamp) || take_priority(s, stamp))
        return true;
    if (xlmem__skip(s, "(XEN) ")) {
        stamp->xen = true;
        return true;
    }
    if (xlmem__skip(s, "MESSAGE=") || take_decoded(s, stamp))
        return true;
    if (stamp->has_s || stamp->ident.len || stamp->xen)
        return false;
    if (stamp->has_ms)
        return take_monotonic_ident(s, stamp);
    return take_record(s, stamp) || take_dated(s, now_s, stamp);
}

/* As many as stand before each other anywhere. */
#define PREFIXES_MAX 6

void xlmem__stamp_take(xlmem__str *line, uint64_t now_s, xlmem__stamp *stamp_r)
{
    int i;

    *stamp_r = (xlmem__stamp){.ident = {"", 0}};
    pass_blanks(line); /* pasted into a ticket */
    for (i = 0; i < PREFIXES_MAX; i++) {
        /* A bracket that stands further in is the message's. */
        if (i && line->len && line->p[0] == ' ')
            break;
        if (!take_one(line, now_s, stamp_r))
            break;
    }
}
