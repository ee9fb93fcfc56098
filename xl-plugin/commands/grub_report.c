/* SPDX-License-Identifier: LGPL-2.1-only */
/* What xl-memguard grub says. */
#include <stdlib.h>
#include <string.h>

#include "commands/grub.h"
#include "input/session.h"
#include "output/finding.h"

static void put_host(out *o, const grub_run *g, const boot_host *host)
{
    char name[BOOT_PATH_MAX * 2];

    out_text(o, "kind", "boots by", boot_kind_name(host->kind));
    if (*host->file)
        out_text(o, "file", "file",
                 boot_tree_name(&g->tree, host->file, name, sizeof(name)));
    else
        out_text(o, "file", NULL, NULL);
    if (*host->menu)
        out_text(o, "menu", "made from it",
                 boot_tree_name(&g->tree, host->menu, name, sizeof(name)));
    else
        out_text(o, "menu", NULL, NULL);
}

/* What the files say that the line does not show; how to exit. */
static int put_file_findings(out *o, const grub_run *g, const char *word)
{
    xlmem_findings *found = calloc(1, sizeof(*found));
    finding_list items = {NULL, 0, 0};
    int rc = found ? boot_lint_sources(&g->tree, &g->host, word, found)
                   : XLMEM_ERROR_NOMEM;

    if (rc)
        cmd_message("the files could not be judged: %s", xlmem_strerror(rc));
    else
        items = (finding_list){found->list, found->nr, found->nr_lost};
    finding_put_rows(o, "findings",
                     items.nr ? "What there is to know of the files" : NULL,
                     &items, &finding_of_line);
    free(found);
    return rc ? EXIT_FAILED : EXIT_DONE;
}

static void put_text_or_null(out *o, const char *key, const char *label,
                             const char *text)
{
    out_text(o, key, text && *text ? label : NULL,
             text && *text ? text : NULL);
}

/* --------------------------------------------------------------- diffs --- */

static void put_diff_line(void *arg, const char *line)
{
    out_item(arg, line);
}

static void put_diff(out *o, const grub_run *g, const boot_host *host,
                     const boot_texts *texts)
{
    char head[BOOT_PATH_MAX * 2 + 32], name[BOOT_PATH_MAX * 2];

    snprintf(head, sizeof(head), "%s%s",
             boot_tree_name(&g->tree, host->file, name, sizeof(name)),
             !texts->now.p    ? ", a new file"
             : !texts->then.p ? ", which goes"
                              : "");
    /* A whole file of ours is news for who asks first. */
    out_list(o, "diff",
             (texts->now.p && texts->then.p) || g->run->global[GLOBAL_DRY_RUN]
                 ? head
                 : NULL);
    boot_diff(texts->now, texts->then, put_diff_line, o);
    out_end(o);
}

/* ------------------------------------------------------------- entries --- */

/* The args that an entry would have, were the word to come into the variable
 * that it is meant for: malloc'd. */
static char *expected_args(const boot_entry *entry, const char *word)
{
    xlmem__boot_part part = {.text = {entry->args, strlen(entry->args)}};
    char *words = boot_dom0_mem_of(entry->args), *text = NULL;

    if (words && (!entry->made || (entry->recovery && !*words)))
        text = strdup(entry->args);
    else if (xlmem__plan_boot_line(&part, 1, XLMEM__EFI_BLANKS, word))
        text = xlmem__render_boot_part(&part);
    free(words);
    return text;
}

/* For people: the sizes alone of a line, below a head that names the option.
 * A line of Xen's is longer than a screen is wide. */
static void put_entry_sizes(out *o, const char *head, const char *args)
{
    char *words = args ? boot_dom0_mem_of(args) : NULL;
    const char *from = words;
    char *to = words;

    while (from && *from) {
        if (!strncmp(from, "dom0_mem=", 9) && (to == words || to[-1] == ' '))
            from += 9;
        if (*from)
            *to++ = *from++;
    }
    if (to)
        *to = '\0';
    out_text(o, NULL, head,
             words && *words ? words
             : args          ? "none"
                             : "unknown");
    free(words);
}

/* For people: the entry without the menus that it is in. */
static const char *last_title(const boot_entry *entry)
{
    const char *last = strrchr(entry->title, '>');

    return last && last[1] ? last + 1 : entry->title;
}

static void put_entry(out *o, const boot_entry *entry, const char *then,
                      bool with_then)
{
    out_row(o);
    out_text(o, "title", NULL, entry->title);
    out_bool(o, "recovery", NULL, entry->recovery);
    OUT_NUM(o, "line", NULL, OUT_COUNT, entry->line);
    out_text(o, "args", NULL, entry->args);
    if (with_then)
        out_text(o, "then", NULL, then);
    put_entry_sizes(o, "dom0_mem=", entry->args);
    if (with_then)
        put_entry_sizes(o, "and then", then);
    out_text(o, NULL, "entry", last_title(entry));
    out_row_end(o);
}

static const boot_entry *same_entry(const boot_entries *menu,
                                    const boot_entry *entry)
{
    size_t i;

    for (i = 0; menu && i < menu->nr; i++)
        if (!strcmp(menu->list[i].title, entry->title))
            return &menu->list[i];
    return NULL;
}

/* Before and after, by what GRUB has now or what it would have. */
static void put_entries(out *o, const boot_entries *menu,
                        const boot_entries *after, const char *word)
{
    size_t i;

    out_list(o, "entries", "GRUB's entries that load Xen");
    for (i = 0; menu && i < menu->nr; i++) {
        const boot_entry *entry = &menu->list[i];
        const boot_entry *then = same_entry(after, entry);
        char *expected = word && !then ? expected_args(entry, word) : NULL;

        put_entry(o, entry, then ? then->args : expected, word || after);
        free(expected);
    }
    out_end(o);
}

/* A size that does not boot leaves them as the way out. */
static bool recovery_is_free(const boot_entries *menu)
{
    bool any = false;
    size_t i;

    for (i = 0; i < menu->nr; i++) {
        char *words;

        if (!menu->list[i].recovery)
            continue;
        words = boot_dom0_mem_of(menu->list[i].args);
        any = words && !*words;
        free(words);
        if (!any)
            return false;
    }
    return any;
}

/* --------------------------------------------------------------- apply --- */

static void put_lint(out *o, const grub_run *g, const char *title)
{
    const finding_list items = {g->lint.items, g->lint.nr, g->lint.nr_lost};

    finding_put_rows(o, "items", g->lint.nr ? title : NULL, &items,
                     &finding_of_line);
}

static void say_applied(out *o, const grub_run *g, const boot_result *r)
{
    if (g->run->global[GLOBAL_DRY_RUN])
        out_say(o,
                r->changed ? "Nothing was written, as -N asks.  The next "
                             "boot would have %s."
                           : "%s is there already.",
                g->word);
    else if (!r->changed && !r->generated)
        out_say(o, "Nothing to change: the next boot has %s.", g->word);
    else if (r->generated || g->host.kind == BOOT_KIND_XEN_CFG)
        out_say(o, "The next boot has %s.", g->word);
    else
        out_say(o,
                "%s is written; GRUB's configuration is yet to be made from "
                "it (--update, or update-grub there).",
                g->word);
}

/* Balanced by somebody who needs both. */
static bool was_balanced(const boot_result *r)
{
    return strstr(r->old, "min:") && strstr(r->old, "max:");
}

/* Who writes the entries that load Xen, where none is made of the variables
 * that we write; NULL: one is, or it is not known. */
static const char *other_maker(const boot_entries *menu)
{
    const char *script = NULL;
    size_t i;

    for (i = 0; i < menu->nr; i++) {
        if (menu->list[i].made)
            return NULL;
        if (*menu->list[i].script)
            script = menu->list[i].script;
    }
    return script;
}

static void say_boot_notes(out *o, const boot_result *r)
{
    const boot_entries *menu = r->menu_after ? &r->after : &r->before;

    if (!r->generated && r->menu_before && other_maker(&r->before))
        out_say(o,
                "No entry of grub.cfg that loads Xen is made of what was "
                "written: %s makes them, and does not use it.  Write the size "
                "there, or where it takes Xen's options from.",
                other_maker(&r->before));
    if (was_balanced(r))
        out_say(o, "dom0 had room between min: and max:, in which a balancer "
                   "moved it (Qubes' qmemman); with this size it stays where "
                   "it is.");
    if (r->edited)
        out_say(o, "Somebody has changed the file since the last apply: "
                   "revert will take out this word and leave the rest.");
    if ((r->menu_after || r->menu_before) && recovery_is_free(menu))
        out_say(o, "Recovery entries stay without it: should dom0 not boot "
                   "with that size, they do.");
}

int grub_report_apply(const grub_run *g, const boot_result *r)
{
    out *o = session_out(g->run);
    const bool dry = g->run->global[GLOBAL_DRY_RUN];

    if (!o)
        return EXIT_FAILED;
    say_applied(o, g, r);
    out_text(o, "word", NULL, g->word);
    out_bool(o, "changed", NULL, r->changed);
    out_bool(o, "written", NULL, r->changed && !dry);
    out_bool(o, "generated", NULL, r->generated);
    put_host(o, g, &g->host);
    put_text_or_null(o, "old", "stood there", r->old);
    say_boot_notes(o, r);
    if (r->changed)
        put_diff(o, g, &g->host, &r->file);
    if (r->menu_before)
        put_entries(o, &r->before, r->menu_after ? &r->after : NULL, g->word);
    put_lint(o, g, "What lint finds in the size");
    return session_close_out(o, put_file_findings(o, g, g->word));
}

/* -------------------------------------------------------------- revert --- */

static void say_reverted(out *o, const grub_run *g, const boot_result *r)
{
    if (r->none)
        out_say(o, "Nothing to take back: nothing was applied.");
    else if (g->run->global[GLOBAL_DRY_RUN])
        out_say(o, "Nothing was written, as -N asks.");
    else if (r->edited)
        out_say(o, "Somebody has changed the file since: what was applied is "
                   "taken out of it, and the rest stays.");
    else
        out_say(o, "The file is as it was before, byte for byte.");
    if (*r->stands)
        out_say(o, "%s stands there, which is not what was applied: it stays.",
                r->stands);
}

int grub_report_revert(const grub_run *g, const boot_result *r)
{
    out *o = session_out(g->run);
    const bool dry = g->run->global[GLOBAL_DRY_RUN];

    if (!o)
        return EXIT_FAILED;
    say_reverted(o, g, r);
    out_bool(o, "changed", NULL, r->changed);
    out_bool(o, "written", NULL, r->changed && !dry);
    out_bool(o, "generated", NULL, r->generated);
    out_bool(o, "edited", NULL, r->edited);
    put_host(o, g, &r->host);
    put_text_or_null(o, "old",
                     r->edited ? "stood there before" : "stands there again",
                     r->old);
    put_text_or_null(o, "stands", NULL, r->stands);
    if (r->changed)
        put_diff(o, g, &r->host, &r->file);
    if (r->menu_before)
        put_entries(o, &r->before, r->menu_after ? &r->after : NULL, NULL);
    return session_close_out(o, EXIT_DONE);
}

/* ---------------------------------------------------------------- show --- */

int grub_report_show(const grub_run *g, const boot_entries *menu,
                     const char *words)
{
    out *o = session_out(g->run);

    if (!o)
        return EXIT_FAILED;
    if (g->host.kind == BOOT_KIND_FOREIGN)
        out_say(o, "How this host boots is not known; 'grub apply SPEC' says "
                   "what to write where.");
    put_host(o, g, &g->host);
    out_text(o, "configured", words && *words ? "files say" : NULL, words);
    out_text(o, "applied", g->intent.state ? "applied" : NULL,
             g->intent.state ? g->intent.word : NULL);
    out_text(o, "state", NULL, boot_state_name(g->intent.state));
    put_text_or_null(o, "old", g->intent.state ? "before that" : NULL,
                     g->intent.old);
    if (menu)
        put_entries(o, menu, NULL, NULL);
    return session_close_out(o, put_file_findings(o, g, NULL));
}

/* -------------------------------------------------------------- verify --- */

static int status_of_answer(boot_answer answer)
{
    if (answer == BOOT_AS_INTENDED || answer == BOOT_NO_INTENT)
        return EXIT_DONE;
    return answer == BOOT_UNKNOWN ? EXIT_UNKNOWN : EXIT_FINDINGS;
}

int grub_report_verify(const grub_run *g, const boot_check *check)
{
    out *o = session_out(g->run);

    if (!o)
        return EXIT_FAILED;
    if (check->answer == BOOT_AS_INTENDED)
        out_say(o, "As intended: Xen was booted with %s.", g->intent.word);
    if (*check->reason)
        out_say(o, "%s", check->reason);
    out_text(o, "answer", NULL, boot_answer_name(check->answer));
    out_bool(o, "matches_intent", NULL, check->answer == BOOT_AS_INTENDED);
    out_text(o, "word", NULL, *g->intent.word ? g->intent.word : NULL);
    put_text_or_null(o, "reason", NULL, check->reason);
    put_lint(o, g, "What lint finds in the line that Xen was booted with");
    return session_close_out(o, status_of_answer(check->answer));
}

/* ------------------------------------------------------------- foreign --- */

int grub_report_foreign(const grub_run *g, const boot_foreign *f)
{
    char name[BOOT_PATH_MAX * 2];
    out *o = session_out(g->run);

    if (!o)
        return EXIT_FAILED;
    boot_tree_name(&g->tree, f->file, name, sizeof(name));
    if (!*f->file)
        out_say(o, "Nothing was written: no boot loader's configuration is "
                   "known here (PXE, a unified image, another loader).  "
                   "Wherever Xen's options stand, this has to be the only "
                   "dom0_mem= of them:");
    else if (f->line)
        out_say(o,
                "Nothing was written: this host boots by %s.  Make line %zu "
                "of %s",
                f->what, f->line, name);
    else
        out_say(o,
                "Nothing was written: this host boots by %s.  Put in place of "
                "every dom0_mem= of %s",
                f->what, name);
    out_say_copied(o, f->text);
    if (f->note)
        out_say(o, "%s", f->note);
    out_text(o, "kind", NULL, boot_kind_name(g->host.kind));
    out_text(o, "loader", NULL, *f->what ? f->what : NULL);
    out_text(o, "file", NULL, *f->file ? name : NULL);
    OUT_IF(o, "line", NULL, OUT_COUNT, f->line, f->line != 0);
    out_text(o, "text", NULL, f->text);
    out_text(o, "note", NULL, f->note);
    return session_close_out(o, EXIT_FAILED);
}
