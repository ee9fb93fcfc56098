/* SPDX-License-Identifier: LGPL-2.1-only */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/change_parts.h"
#include "boot/dropin.h"
#include "boot/files.h"
#include "boot/sources.h"

/* Who has put another word there: a file and a line, where they are known. */
static void name_undone(const boot_doing *c, const boot_entry *entry,
                        char *buf, size_t len)
{
    boot_undone undone;

    if (!entry->made)
        snprintf(buf, len, "%s has it so, and is to be changed there",
                 *entry->script ? entry->script : "somebody");
    else if (!boot_find_undone(c->order->tree, c->order->host, c->order->word,
                               &undone) &&
             undone.line)
        snprintf(buf, len, "/%s:%zu behind /%s says otherwise", undone.file,
                 undone.line, c->order->host->file);
    else
        snprintf(buf, len, "something behind /%s says otherwise",
                 c->order->host->file);
}

/* Why the menu is not what it should be. */
static int judge_menu(const boot_doing *c, boot_result *r)
{
    char whose[BOOT_PATH_MAX * 2 + 64];
    const boot_entry *entry;
    char *words;
    int rc;

    switch (boot_judge_entries(&r->after, c->order->word, &entry)) {
    case BOOT_FLAW_NONE:
        return 0;
    case BOOT_FLAW_NO_ENTRY:
        return boot_fail(
            &r->msg, XLMEM_ERROR_INFEASIBLE,
            "no entry of /%s loads Xen: no /boot/xen-*.gz, no kernel with "
            "CONFIG_XEN_DOM0 in its /boot/config-*, or 20_linux_xen of "
            "/etc/grub.d is not executable",
            c->order->host->menu);
    default:
        words = boot_dom0_mem_of(entry->args);
        name_undone(c, entry, whose, sizeof(whose));
        rc = boot_fail(
            &r->msg, XLMEM_ERROR_STALE,
            "/%s:%zu, the entry \"%s\", has %s in place of %s: "
            "%s",
            c->order->host->menu, entry->line, entry->title,
            words && *words ? words : "no dom0_mem=", c->order->word, whose);
        free(words);
        return rc;
    }
}

static int generate_and_judge(const boot_doing *c, boot_result *r)
{
    int rc = boot_generate(c->order->tree, c->order->host, &r->msg);

    r->generated = !rc;
    if (!rc) {
        boot_read_menu_if_any(c, &r->after, &r->menu_after);
        if (!r->menu_after)
            return boot_fail(&r->msg, XLMEM_ERROR_IO, "/%s is gone",
                             c->order->host->menu);
        rc = judge_menu(c, r);
    }
    return rc;
}

/* All as it was before this command, and GRUB's configuration with it. */
static void roll_back(boot_doing *c, const boot_intent *was, boot_result *r)
{
    const boot_tree *tree = c->order->tree;
    boot_msg msg, why = r->msg;
    int rc = r->changed ? boot_write_or_remove(tree, c->order->host->file,
                                               r->file.now, &msg)
                        : 0;

    if (!rc && c->menu_kept) {
        (void)boot_generate(tree, c->order->host, &msg);
        rc = boot_restore_menu(c, &msg);
    }
    if (!rc)
        rc = boot_file_remove(tree, BOOT_STATE_NEXT, &msg);
    if (!rc && c->made_folder)
        unlinkat(tree->fd, BOOT_DROP_IN_DIR, AT_REMOVEDIR);
    /* The lock goes with it. */
    if (!rc)
        rc = was->state == BOOT_STATE_NONE
                 ? boot_intent_forget(tree, &msg)
                 : boot_intent_write(tree, was, &msg);
    r->rolled_back = !rc;
    boot_fail(&r->msg, 0, "%s.  %s%s", why.text,
              rc ? "Putting it back failed too: " : "All is as it was before",
              rc ? msg.text : "");
}

static void set_intent(boot_doing *c, const boot_intent *was,
                       const boot_result *r)
{
    const boot_order *order = c->order;
    boot_intent *intent = &c->intent;

    *intent = *was;
    if (was->state == BOOT_STATE_NONE) {
        intent->existed = r->file.now.p != NULL;
        intent->made_folder = c->made_folder;
        snprintf(intent->old, sizeof(intent->old), "%s",
                 r->edit.old ? r->edit.old : "");
    }
    intent->edited = was->edited || r->edited;
    snprintf(intent->word, sizeof(intent->word), "%s", order->word);
    snprintf(intent->kind, sizeof(intent->kind), "%s",
             boot_kind_name(order->host->kind));
    snprintf(intent->file, sizeof(intent->file), "%s", order->host->file);
    snprintf(intent->boot_id, sizeof(intent->boot_id), "%s", order->boot_id);
    intent->when = order->when;
    intent->ram_kb = order->ram_kb;
    intent->state = BOOT_STATE_APPLYING;
}

/* Everything that is needed to go back, before anything is changed.  The first
 * file as it was stays, whatever is applied later. */
static int keep_texts(boot_doing *c, const boot_intent *was, boot_result *r)
{
    const boot_tree *tree = c->order->tree;
    int rc = 0;

    if (boot_generates(c->order))
        rc = boot_keep_menu(c, &r->msg);
    if (!rc && was->state == BOOT_STATE_NONE)
        rc = boot_write_or_remove(tree, BOOT_STATE_BEFORE, r->file.now,
                                  &r->msg);
    set_intent(c, was, r);
    if (!rc)
        rc = boot_intent_write(tree, &c->intent, &r->msg);
    if (!rc)
        rc = boot_file_write(tree, BOOT_STATE_NEXT, r->file.then, 0600,
                             &r->msg);
    return rc;
}

static int finish_apply(boot_doing *c, boot_result *r)
{
    const boot_tree *tree = c->order->tree;
    int rc =
        boot_file_write(tree, BOOT_STATE_AFTER, r->file.then, 0600, &r->msg);

    c->intent.state = BOOT_STATE_APPLIED;
    if (!rc)
        rc = boot_intent_write(tree, &c->intent, &r->msg);
    if (!rc)
        rc = boot_file_remove(tree, BOOT_STATE_NEXT, &r->msg);
    return rc;
}

static int carry_out_apply(boot_doing *c, boot_result *r)
{
    const boot_intent was = c->intent;
    int rc = keep_texts(c, &was, r);

    if (!rc && r->changed)
        rc = boot_file_write(c->order->tree, c->order->host->file,
                             r->file.then, 0644, &r->msg);
    if (!rc && boot_generates(c->order))
        rc = generate_and_judge(c, r);
    if (!rc)
        rc = finish_apply(c, r);
    if (rc)
        roll_back(c, &was, r);
    return rc;
}

/* Where the folder of a drop-in is not there it would be made. */
static int check_target_file(boot_doing *c, boot_result *r)
{
    const boot_tree *tree = c->order->tree;
    int rc =
        boot_file_check(tree, c->order->host->file, r->file.then.len, &r->msg);

    if (rc != XLMEM_ERROR_NOTFOUND ||
        c->order->host->kind != BOOT_KIND_DROP_IN)
        return rc;
    c->made_folder = true;
    return boot_file_check(tree, BOOT_DROP_IN_DIR, r->file.then.len, &r->msg);
}

static int check_apply(boot_doing *c, boot_result *r)
{
    int rc = boot_check_dpkg(c->order->tree, &r->msg);

    if (!rc && r->changed)
        rc = check_target_file(c, r);
    if (!rc && boot_generates(c->order))
        rc = boot_generate_check(c->order->tree, c->order->host, &r->msg);
    return rc;
}

/* Nothing to do: the file, the entries and what is kept say the same. */
static bool is_applied(const boot_doing *c, const boot_result *r)
{
    return !r->changed && c->intent.state == BOOT_STATE_APPLIED &&
           !strcmp(c->intent.word, c->order->word) && c->is_ours &&
           (!boot_generates(c->order) ||
            (r->menu_before &&
             !boot_judge_entries(&r->before, c->order->word, NULL)));
}

static int prepare_apply(boot_doing *c, boot_result *r)
{
    const boot_order *order = c->order;
    int rc = boot_intent_read(order->tree, &c->intent, &r->msg);

    if (!rc)
        rc = boot_read_or_none(order->tree, order->host->file, &r->file.now,
                               &r->msg);
    if (!rc)
        rc = boot_compare_with_kept(c, r);
    boot_read_menu_if_any(c, &r->before, &r->menu_before);
    if (!rc)
        rc = boot_edit_host_file(c, order->word, r);
    if (rc)
        return rc;
    r->changed = !boot_same_text(r->file.now, r->file.then);
    snprintf(r->old, sizeof(r->old), "%s",
             c->intent.state ? c->intent.old : r->edit.old);
    return 0;
}

int boot_apply(const boot_order *order, boot_result *result_r)
{
    boot_doing c = {.order = order};
    boot_result *r = result_r;
    sigset_t signals;
    int lock = -1, rc = 0;

    memset(r, 0, sizeof(*r));
    if (!order->dry)
        rc = boot_intent_lock(order->tree, &lock, &r->msg);
    if (!rc)
        rc = prepare_apply(&c, r);
    if (!rc && !order->dry)
        boot_tidy_host(order);
    if (!rc && is_applied(&c, r)) {
        /* One that was killed after all was done but this. */
        if (!order->dry)
            rc = boot_file_remove(order->tree, BOOT_STATE_NEXT, &r->msg);
    } else if (!rc) {
        rc = check_apply(&c, r);
        if (!rc && !order->dry) {
            boot_hold_signals(&signals);
            rc = carry_out_apply(&c, r);
            sigprocmask(SIG_SETMASK, &signals, NULL);
        }
    }
    boot_unlock(order->tree, lock, c.intent.state);
    return rc;
}
