/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/facts.h"
#include "model/dom0mem.h"
#include "private/advice.h"

/* A balloon that follows a target is off by less than this for a moment; Xen
 * itself gives dom0 what it says, to the page. */
#define CLOSE_KB XLMEM__MIB_KB
/* The machine's memory as two boots count it differs by what Xen keeps for
 * itself before it counts; a module is 1 GiB at least. */
#define RAM_CHANGED_KB (512 * XLMEM__MIB_KB)

const char *boot_answer_name(boot_answer answer)
{
    static const char *const names[] = {
        "as-intended", "no-reboot", "not-xen", "other-line",
        "other-size",  "no-intent", "unknown"};

    return names[answer];
}

uint64_t boot_word_kb(const char *word)
{
    xlmem__str value = {word, strlen(word)};
    xlmem__dom0mem spec;

    memset(&spec, 0, sizeof(spec));
    if (!xlmem__skip(&value, "dom0_mem="))
        return 0;
    xlmem__dom0mem_take(value, false, &spec);
    if (!spec.size.set || spec.size.relative)
        return 0;
    return spec.size.bytes / 1024;
}

static void add_reason(boot_check *check, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add_reason(boot_check *check, const char *fmt, ...)
{
    size_t used = strlen(check->reason);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(check->reason + used, sizeof(check->reason) - used, fmt, ap);
    va_end(ap);
}

/* ------------------------------------------------------------ the line --- */

/* The next word of Xen's part of a line, those that loaders add apart. */
static bool next_own_word(xlmem__str line, size_t *at, xlmem__str *word_r)
{
    bool more;

    do
        more = xlmem__next_boot_word(line, XLMEM__EFI_BLANKS, at, word_r);
    while (more && (xlmem__str_is(*word_r, "placeholder") ||
                    xlmem__str_is(*word_r, "no-real-mode") ||
                    xlmem__str_is(*word_r, "edd=off")));
    return more && !xlmem__str_is(*word_r, "--");
}

/* Two lines, blanks and the words that loaders add apart.  What is behind
 * "--" Xen has given to dom0's kernel, and does not show. */
static bool same_line(const char *a, const char *b)
{
    xlmem__str left = {a, strlen(a)}, right = {b, strlen(b)}, x, y;
    size_t i = 0, j = 0;
    bool more_x, more_y;

    for (;;) {
        more_x = next_own_word(left, &i, &x);
        more_y = next_own_word(right, &j, &y);
        if (!more_x || !more_y)
            return more_x == more_y;
        if (x.len != y.len || memcmp(x.p, y.p, x.len))
            return false;
    }
}

/* The entry that has this line. */
static const boot_entry *entry_of_line(const boot_entries *menu,
                                       const char *line)
{
    size_t i;

    for (i = 0; menu && i < menu->nr; i++)
        if (same_line(menu->list[i].args, line))
            return &menu->list[i];
    return NULL;
}

static bool has_the_word(const char *line, const char *word)
{
    char *words = boot_dom0_mem_of(line);
    bool has = words && !strcmp(words, word);

    free(words);
    return has;
}

static void say_whose_line(const boot_facts *facts, boot_check *check)
{
    const boot_entry *entry = entry_of_line(facts->menu, facts->xen_line);

    if (entry && entry->recovery)
        add_reason(
            check,
            "  It is the recovery entry's (\"%s\"), which is without it by "
            "intent: boot another entry.",
            entry->title);
    else if (entry)
        add_reason(check,
                   "  It is that of the entry \"%s\": grub.cfg has not been "
                   "made anew, or another one is booted.",
                   entry->title);
    else if (facts->menu)
        add_reason(
            check,
            "  No entry of grub.cfg has that line: it was edited in GRUB's "
            "menu, another loader starts Xen (PXE, kexec as Heads does), or "
            "one that drops words.");
}

static void check_line(const boot_intent *intent, const boot_facts *facts,
                       boot_check *check)
{
    char *words = boot_dom0_mem_of(facts->xen_line);

    check->answer = BOOT_OTHER_LINE;
    add_reason(check, "Xen was booted with %s, and %s was meant.",
               words && *words ? words : "no dom0_mem=", intent->word);
    say_whose_line(facts, check);
    free(words);
}

/* ------------------------------------------------------------ the size --- */

static const char *mib(char *buf, size_t len, uint64_t kb)
{
    return xlmem_format_mib(buf, len, kb);
}

static bool is_close(uint64_t a_kb, uint64_t b_kb, uint64_t by_kb)
{
    return (a_kb > b_kb ? a_kb - b_kb : b_kb - a_kb) < by_kb;
}

static bool ram_changed(const boot_intent *intent, const boot_facts *facts)
{
    return intent->ram_kb && facts->ram_kb &&
           !is_close(intent->ram_kb, facts->ram_kb, RAM_CHANGED_KB);
}

static void say_ram(const boot_intent *intent, const boot_facts *facts,
                    boot_check *check)
{
    char then[32], now[32];

    if (ram_changed(intent, facts))
        add_reason(check,
                   "  The machine had %s when it was applied and has %s now: "
                   "xl memguard size tells what is right for that.",
                   mib(then, sizeof(then), intent->ram_kb),
                   mib(now, sizeof(now), facts->ram_kb));
}

static void check_size(const boot_intent *intent, const boot_facts *facts,
                       boot_check *check)
{
    char has[32], want[32];

    if (!facts->size_kb || !facts->dom0_kb ||
        is_close(facts->size_kb, facts->dom0_kb, CLOSE_KB)) {
        say_ram(intent, facts, check);
        return;
    }
    check->answer = BOOT_OTHER_SIZE;
    add_reason(check, "Xen was booted with %s, and dom0 has %s.", intent->word,
               mib(has, sizeof(has), facts->dom0_kb));
    if (facts->predicted_kb &&
        is_close(facts->predicted_kb, facts->dom0_kb, CLOSE_KB))
        add_reason(check, "  That is what Xen makes of %s on this machine.",
                   mib(want, sizeof(want), facts->size_kb));
    else if (facts->dom0_kb > facts->size_kb)
        add_reason(check,
                   "  It has been grown since, by its balloon or by memory "
                   "hotplug.");
    else
        add_reason(check,
                   "  It has given the rest since, to domUs or by xl mem-set "
                   "0.");
    say_ram(intent, facts, check);
}

/* ------------------------------------------------------------ the rest --- */

static void check_no_xen(const boot_facts *facts, boot_check *check)
{
    const boot_entry *entry =
        facts->menu && facts->default_entry
            ? boot_find_entry(facts->menu, facts->default_entry)
            : NULL;

    check->answer = BOOT_NOT_XEN;
    add_reason(check, "This host was booted without Xen.");
    if (facts->menu && !facts->menu->nr)
        add_reason(check, "  No entry of grub.cfg loads it.");
    else if (entry)
        add_reason(
            check,
            "  GRUB's default entry, \"%s\", would boot it: another one was "
            "chosen in its menu or for one boot (grub-reboot).",
            entry->title);
    else if (facts->menu && facts->default_entry)
        add_reason(
            check,
            "  GRUB's default entry is '%s', and that loads no Xen: set "
            "GRUB_DEFAULT to one that does, for example '%s' (or, where it is "
            "\"saved\", grub-set-default).",
            facts->default_entry,
            *facts->menu->list[0].id ? facts->menu->list[0].id
                                     : facts->menu->list[0].title);
}

/* Where Xen's line was cut, the size is what tells. */
static bool is_cut(const boot_facts *facts)
{
    return strlen(facts->xen_line) >= BOOT_XEN_LINE_MAX - 1;
}

static void check_with_xen(const boot_intent *intent, const boot_facts *facts,
                           boot_check *check)
{
    if (!facts->xen_line) {
        check->answer = BOOT_UNKNOWN;
        add_reason(check, "What Xen was booted with is not known.");
    } else if (has_the_word(facts->xen_line, intent->word)) {
        check_size(intent, facts, check);
    } else if (is_cut(facts) && facts->size_kb &&
               is_close(facts->size_kb, facts->dom0_kb, CLOSE_KB)) {
        add_reason(check,
                   "Xen shows %d bytes of its line, which has more: that it "
                   "has the word, dom0's size tells.",
                   BOOT_XEN_LINE_MAX);
    } else if (is_cut(facts)) {
        check->answer = BOOT_UNKNOWN;
        add_reason(check,
                   "Xen shows %d bytes of its line, which has more: whether "
                   "%s is behind them is not known.",
                   BOOT_XEN_LINE_MAX, intent->word);
    } else {
        check_line(intent, facts, check);
    }
}

void boot_verify(const boot_intent *intent, const boot_facts *facts,
                 boot_check *check_r)
{
    boot_check check = {.answer = BOOT_AS_INTENDED};
    bool same_boot = *intent->boot_id && *facts->boot_id &&
                     !strcmp(intent->boot_id, facts->boot_id);

    if (intent->state == BOOT_STATE_NONE) {
        check.answer = BOOT_NO_INTENT;
        add_reason(&check, "Nothing was applied: xl memguard grub apply.");
    } else if (same_boot && !(facts->xen_line &&
                              has_the_word(facts->xen_line, intent->word))) {
        check.answer = BOOT_NO_REBOOT;
        add_reason(&check,
                   "%s is there for the next boot; this host has not been "
                   "booted since it was applied.",
                   intent->word);
    } else if (!facts->xen_known) {
        check.answer = BOOT_UNKNOWN;
        add_reason(&check,
                   "What was booted is not to be seen here: ask on the "
                   "running host, or of a recording of it (--sysroot).");
    } else if (!facts->xen) {
        check_no_xen(facts, &check);
    } else {
        check_with_xen(intent, facts, &check);
    }
    if (intent->state == BOOT_STATE_APPLYING)
        add_reason(&check,
                   "  An apply was cut short: xl memguard grub apply %s ends "
                   "it.",
                   intent->word);
    else if (intent->state == BOOT_STATE_REVERTING)
        add_reason(&check,
                   "  A revert was cut short: xl memguard grub revert ends "
                   "it.");
    *check_r = check;
}
