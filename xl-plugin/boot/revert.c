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

/* What the file is to be: as it was, where nobody has touched it since. */
static int take_before(boot_doing *c, boot_result *r)
{
    xlmem__str before;
    int rc;

    if (c->is_before) {
        r->file.then = (xlmem__str){NULL, 0};
        rc = boot_read_or_none(c->order->tree, c->order->host->file, &before,
                               &r->msg);
        if (!rc)
            r->file.then = before;
        return rc;
    }
    rc =
        boot_read_or_none(c->order->tree, BOOT_STATE_BEFORE, &before, &r->msg);
    if (!rc && c->intent.existed && !before.p)
        return boot_fail(&r->msg, XLMEM_ERROR_NOTFOUND,
                         "/" BOOT_STATE_BEFORE " is gone, which had the file "
                         "as it was");
    if (!rc)
        r->file.then = before;
    return rc;
}

/* A drop-in that somebody has edited: what they wrote stays, and does nothing
 * for the want of a word. */
static int empty_drop_in(boot_result *r)
{
    xlmem__str now = r->file.now, word;
    size_t head;
    char *text;

    if (!now.p || !boot_drop_in_word(now, &word))
        return 0;
    text = malloc(now.len + 1);
    if (!text)
        return boot_no_memory(&r->msg);
    head = (size_t)(word.p - now.p);
    memcpy(text, now.p, head);
    memcpy(text + head, word.p + word.len, now.len - head - word.len);
    text[now.len - word.len] = '\0';
    r->file.then.p = text;
    r->file.then.len = now.len - word.len;
    return 0;
}

static int keep_as_it_is(boot_result *r)
{
    char *text =
        r->file.now.p ? strndup(r->file.now.p, r->file.now.len) : NULL;

    if (r->file.now.p && !text)
        return boot_no_memory(&r->msg);
    r->file.then = (xlmem__str){text, text ? r->file.now.len : 0};
    return 0;
}

/* Only our word goes; one of somebody else stays, and is named. */
static int take_word_out(boot_doing *c, boot_result *r)
{
    int rc;

    if (c->order->host->kind == BOOT_KIND_DROP_IN)
        return empty_drop_in(r);
    if (!r->file.now.p)
        return 0;
    rc = boot_edit_host_file(c, "", r);
    if (rc || !strcmp(r->edit.old, c->intent.word))
        return rc;
    snprintf(r->stands, sizeof(r->stands), "%s", r->edit.old);
    boot_free_str(&r->file.then);
    return keep_as_it_is(r);
}

/* What has our word in it cannot be told from what is on a partition that is
 * not mounted.  A drop-in that is gone has taken it along. */
static int check_it_is_there(boot_doing *c, boot_result *r)
{
    if (r->file.now.p || !c->intent.existed ||
        c->order->host->kind == BOOT_KIND_DROP_IN)
        return 0;
    return boot_fail(&r->msg, XLMEM_ERROR_NOTFOUND,
                     "/%s is not there, in which %s was written: is its "
                     "partition mounted?  If it is gone for good, so is what "
                     "was applied: remove /" BOOT_STATE_DIR,
                     c->order->host->file, c->intent.word);
}

static int prepare_revert(boot_doing *c, boot_result *r)
{
    int rc = boot_read_or_none(c->order->tree, c->order->host->file,
                               &r->file.now, &r->msg);

    if (!rc)
        rc = boot_compare_with_kept(c, r);
    if (!rc)
        rc = check_it_is_there(c, r);
    if (rc)
        return rc;
    if (c->adopted)
        r->edited = false;
    else
        r->edited = r->edited || (c->intent.edited && !c->is_before);
    rc = r->edited ? take_word_out(c, r) : take_before(c, r);
    if (rc)
        return rc;
    r->changed = !boot_same_text(r->file.now, r->file.then);
    boot_read_menu_if_any(c, &r->before, &r->menu_before);
    return 0;
}

static int generate_again(boot_doing *c, boot_result *r)
{
    boot_msg msg = {.text = ""};
    int rc = boot_generate(c->order->tree, c->order->host, &r->msg);

    r->generated = !rc;
    if (rc)
        (void)boot_restore_menu(c, &msg);
    boot_read_menu_if_any(c, &r->after, &r->menu_after);
    return rc;
}

/* A revert that cannot be finished is finished by the next one.  The copy of
 * grub.cfg is made while the state is still the one before: the copy of the
 * apply may be weeks old. */
static int carry_out_revert(boot_doing *c, boot_result *r)
{
    const boot_tree *tree = c->order->tree;
    const bool generate = boot_generates(c->order);
    int rc = generate ? boot_keep_menu(c, &r->msg) : 0;

    c->intent.state = BOOT_STATE_REVERTING;
    if (!rc)
        rc = boot_intent_write(tree, &c->intent, &r->msg);
    if (!rc && r->changed)
        rc = boot_write_or_remove(tree, c->order->host->file, r->file.then,
                                  &r->msg);
    if (!rc && c->intent.made_folder)
        unlinkat(tree->fd, BOOT_DROP_IN_DIR, AT_REMOVEDIR);
    if (!rc && generate)
        rc = generate_again(c, r);
    if (!rc)
        rc = boot_intent_forget(tree, &r->msg);
    if (!rc)
        c->intent.state = BOOT_STATE_NONE;
    return rc;
}

static int check_revert(boot_doing *c, boot_result *r)
{
    int rc = boot_check_dpkg(c->order->tree, &r->msg);

    if (!rc && r->changed)
        rc = boot_file_check(c->order->tree, c->order->host->file,
                             r->file.then.len, &r->msg);
    if (!rc && boot_generates(c->order))
        rc = boot_generate_check(c->order->tree, c->order->host, &r->msg);
    return rc;
}

/* The host as it was when it was applied: where that stands is known. */
static void set_intended_host(const boot_intent *intent, boot_host *host)
{
    boot_kind kind;

    if (boot_kind_of(intent->kind, &kind))
        host->kind = kind;
    snprintf(host->file, sizeof(host->file), "%s", intent->file);
}

static int revert_intended(boot_doing *c, boot_result *r)
{
    sigset_t signals;
    int rc = prepare_revert(c, r);

    if (!rc)
        rc = check_revert(c, r);
    if (rc || c->order->dry)
        return rc;
    boot_hold_signals(&signals);
    rc = carry_out_revert(c, r);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    return rc;
}

/* A drop-in of ours that nothing is kept of: it has no other use. */
static bool adopt_drop_in(const boot_tree *tree, boot_doing *c)
{
    xlmem__str text, word;
    boot_msg msg = {.text = ""};
    bool ours;

    if (c->order->host->kind != BOOT_KIND_DROP_IN ||
        boot_tree_read(tree, BOOT_DROP_IN, &text, &msg))
        return false;
    ours = boot_drop_in_word(text, &word) && word.len < sizeof(c->intent.word);
    if (ours) {
        c->intent = (boot_intent){.state = BOOT_STATE_REVERTING};
        snprintf(c->intent.word, sizeof(c->intent.word), "%.*s", (int)word.len,
                 word.p);
        strcpy(c->intent.kind, boot_kind_name(BOOT_KIND_DROP_IN));
        strcpy(c->intent.file, BOOT_DROP_IN);
        c->adopted = true;
    }
    boot_free_str(&text);
    return ours;
}

/* What stands there again: behind a drop-in, what the other files have now. */
static void note_old_words(const boot_doing *c, boot_result *r)
{
    const boot_order *order = c->order;
    char *words = NULL;
    int rc = 0;

    if (order->host->kind == BOOT_KIND_DROP_IN && !r->edited)
        rc = boot_find_words(order->tree, order->host, true, &words);
    if (!rc)
        snprintf(r->old, sizeof(r->old), "%s", words ? words : c->intent.old);
    free(words);
}

int boot_revert(const boot_order *order, boot_result *result_r)
{
    boot_host host = *order->host;
    boot_order intended = *order;
    boot_doing c = {.order = &intended};
    boot_result *r = result_r;
    int lock = -1, rc = 0;

    memset(r, 0, sizeof(*r));
    intended.host = &host;
    intended.word = "";
    if (!order->dry)
        rc = boot_intent_lock(order->tree, &lock, &r->msg);
    if (!rc)
        rc = boot_intent_read(order->tree, &c.intent, &r->msg);
    if (!rc && !order->dry)
        boot_tidy_host(order);
    if (!rc && c.intent.state == BOOT_STATE_NONE &&
        !adopt_drop_in(order->tree, &c)) {
        r->none = true;
        if (lock >= 0)
            rc = boot_intent_forget(order->tree, &r->msg);
    } else if (!rc) {
        set_intended_host(&c.intent, &host);
        if (!order->dry)
            boot_tidy_host(&intended);
        rc = revert_intended(&c, r);
        note_old_words(&c, r);
    }
    boot_unlock(order->tree, lock, c.intent.state);
    r->host = host;
    return rc;
}
