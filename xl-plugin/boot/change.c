/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/change.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/change_parts.h"
#include "boot/dropin.h"
#include "boot/efi.h"
#include "boot/files.h"
#include "boot/inline.h"
#include "boot/sources.h"

/* ------------------------------------------------------------- helpers --- */

xlmem__str boot_str(const char *text)
{
    return (xlmem__str){text, text ? strlen(text) : 0};
}

bool boot_same_text(xlmem__str a, xlmem__str b)
{
    return !a.p == !b.p && a.len == b.len &&
           (!a.len || !memcmp(a.p, b.p, a.len));
}

void boot_free_str(xlmem__str *text)
{
    free((char *)(uintptr_t)text->p);
    *text = (xlmem__str){NULL, 0};
}

int boot_no_memory(boot_msg *msg)
{
    return boot_fail(msg, XLMEM_ERROR_NOMEM, "%s",
                     xlmem_strerror(XLMEM_ERROR_NOMEM));
}

/* A file that need not be there. */
int boot_read_or_none(const boot_tree *tree, const char *path,
                      xlmem__str *text_r, boot_msg *msg)
{
    int rc = boot_tree_read(tree, path, text_r, msg);

    if (rc != XLMEM_ERROR_NOTFOUND)
        return rc;
    *text_r = (xlmem__str){NULL, 0};
    return 0;
}

int boot_write_or_remove(const boot_tree *tree, const char *path,
                         xlmem__str text, boot_msg *msg)
{
    return text.p ? boot_file_write(tree, path, text, 0644, msg)
                  : boot_file_remove(tree, path, msg);
}

bool boot_generates(const boot_order *order)
{
    return order->generate && order->host->kind != BOOT_KIND_XEN_CFG;
}

/*
 * What would end us by mistake: ^C, a terminal that closes, a service that is
 * stopped.  A change takes some seconds and then is whole.
 */
void boot_hold_signals(sigset_t *old)
{
    sigset_t held;

    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGPIPE);
    sigprocmask(SIG_BLOCK, &held, old);
}

void boot_tidy_host(const boot_order *order)
{
    static const char *const kept[] = {BOOT_STATE_INTENT, BOOT_STATE_BEFORE,
                                       BOOT_STATE_AFTER, BOOT_STATE_NEXT,
                                       BOOT_STATE_MENU};
    size_t i;

    boot_file_tidy(order->tree, order->host->file);
    boot_file_tidy(order->tree, order->host->menu);
    for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        boot_file_tidy(order->tree, kept[i]);
}

/* While dpkg is at work kernels and GRUB's own files come and go, and their
 * scripts call update-grub as well. */
int boot_check_dpkg(const boot_tree *tree, boot_msg *msg)
{
    static const char *const locks[] = {"var/lib/dpkg/lock-frontend",
                                        "var/lib/dpkg/lock"};
    size_t i;

    for (i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = openat(tree->fd, locks[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        bool busy =
            fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK;

        if (fd >= 0)
            close(fd);
        if (busy)
            return boot_fail(msg, XLMEM_ERROR_BUSY,
                             "process %ld is installing packages (/%s is "
                             "locked); try again when it is done",
                             (long)lock.l_pid, locks[i]);
    }
    return 0;
}

/* ------------------------------------------------------------- editing --- */

static int refused_edit(const boot_doing *c, const boot_edit *edit, int rc,
                        boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2], line[32] = "";

    if (rc == XLMEM_ERROR_NOMEM)
        return boot_no_memory(msg);
    boot_tree_name(c->order->tree, c->order->host->file, name, sizeof(name));
    if (edit->where.line)
        snprintf(line, sizeof(line), ":%zu", edit->where.line);
    return boot_fail(msg, rc,
                     "%s%s: %s.  Nothing was written.  Write %s there, in "
                     "place of every other dom0_mem=",
                     name, line, edit->where.text,
                     *c->order->word ? c->order->word : "no dom0_mem=");
}

/* The dom0_mem= of the first entry that is made of the variables: malloc'd;
 * NULL: there is none. */
static char *made_words(const boot_result *r)
{
    size_t i;

    for (i = 0; r->menu_before && i < r->before.nr; i++)
        if (r->before.list[i].made && !r->before.list[i].recovery)
            return boot_dom0_mem_of(r->before.list[i].args);
    return NULL;
}

static int edit_drop_in(boot_doing *c, boot_result *r)
{
    char name[BOOT_PATH_MAX * 2], line[32] = "";
    boot_bad_source bad = {.why = NULL};
    xlmem__str word;

    boot_tree_name(c->order->tree, c->order->host->file, name, sizeof(name));
    if (r->file.now.p && !boot_drop_in_word(r->file.now, &word))
        return boot_fail(&r->msg, XLMEM_ERROR_PERM,
                         "%s is there and was not written by xl memguard grub",
                         name);
    if (*c->order->word &&
        boot_find_bad_source(c->order->tree, c->order->host, &bad))
        return boot_no_memory(&r->msg);
    if (bad.why) {
        boot_tree_name(c->order->tree, bad.file, name, sizeof(name));
        if (bad.line)
            snprintf(line, sizeof(line), ":%zu", bad.line);
        return boot_fail(&r->msg, XLMEM_ERROR_PARSE,
                         "%s%s: %s.  Nothing was written.  Mend that first",
                         name, line, bad.why);
    }
    if (boot_find_words(c->order->tree, c->order->host, true, &r->edit.old))
        return boot_no_memory(&r->msg);
    /* It takes a shell: what one has made of it last. */
    if (!r->edit.old && c->intent.state == BOOT_STATE_NONE)
        r->edit.old = made_words(r);
    if (!r->edit.old)
        r->edit.old = strdup(c->intent.state ? c->intent.old : "");
    if (r->edit.old)
        r->edit.text = boot_drop_in_text(c->order->word, r->edit.old);
    if (!r->edit.text)
        return boot_no_memory(&r->msg);
    r->edit.len = strlen(r->edit.text);
    return 0;
}

int boot_edit_host_file(boot_doing *c, const char *word, boot_result *r)
{
    const boot_kind kind = c->order->host->kind;
    int rc;

    if (kind == BOOT_KIND_DROP_IN)
        rc = edit_drop_in(c, r);
    else if (kind == BOOT_KIND_INLINE)
        rc = boot_edit_inline(r->file.now.p ? r->file.now : boot_str(""), word,
                              &r->edit);
    else
        rc = boot_edit_efi(r->file.now, word, &r->edit);
    if (rc && kind != BOOT_KIND_DROP_IN)
        return refused_edit(c, &r->edit, rc, &r->msg);
    if (!rc) {
        r->file.then = (xlmem__str){r->edit.text, r->edit.len};
        r->edit.text = NULL;
    }
    return rc;
}

/* ----------------------------------------------- menus, and going back --- */

void boot_read_menu_if_any(const boot_doing *c, boot_entries *entries,
                           bool *known)
{
    boot_msg msg = {.text = ""};

    if (*known)
        boot_entries_dispose(entries);
    *known = !boot_read_menu(c->order->tree, c->order->host, entries, &msg);
}

/* The copy in place of what the generator left, unless it is the same. */
int boot_restore_menu(const boot_doing *c, boot_msg *msg)
{
    xlmem__str now, copy;
    int rc = boot_tree_read(c->order->tree, BOOT_STATE_MENU, &copy, msg);

    if (rc)
        return rc;
    rc = boot_read_or_none(c->order->tree, c->order->host->menu, &now, msg);
    if (!rc && !boot_same_text(now, copy))
        rc = boot_file_write(c->order->tree, c->order->host->menu, copy, 0600,
                             msg);
    boot_free_str(&copy);
    boot_free_str(&now);
    return rc;
}

int boot_keep_menu(boot_doing *c, boot_msg *msg)
{
    const bool half = c->intent.state == BOOT_STATE_APPLYING ||
                      c->intent.state == BOOT_STATE_REVERTING;
    xlmem__str menu;
    int rc;

    c->menu_kept = half && boot_tree_has(c->order->tree, BOOT_STATE_MENU);
    if (c->menu_kept)
        return 0;
    rc = boot_tree_read(c->order->tree, c->order->host->menu, &menu, msg);
    if (rc)
        return rc;
    rc = boot_file_write(c->order->tree, BOOT_STATE_MENU, menu, 0600, msg);
    boot_free_str(&menu);
    c->menu_kept = !rc;
    return rc;
}

static int same_as_kept(const boot_doing *c, const char *path, boot_result *r,
                        bool *same_r)
{
    xlmem__str kept;
    int rc = boot_read_or_none(c->order->tree, path, &kept, &r->msg);

    *same_r = !rc && kept.p && boot_same_text(r->file.now, kept);
    if (!rc)
        boot_free_str(&kept);
    return rc;
}

/* Whether what stands there is what we left, or what was before. */
int boot_compare_with_kept(boot_doing *c, boot_result *r)
{
    int rc;

    if (c->intent.state == BOOT_STATE_NONE)
        return 0;
    if (strcmp(c->intent.file, c->order->host->file))
        return boot_fail(
            &r->msg, XLMEM_ERROR_STALE,
            "what was applied stands in /%s, and this host is now "
            "booted by /%s: xl memguard grub revert takes it back "
            "there",
            c->intent.file, c->order->host->file);
    rc = same_as_kept(c, BOOT_STATE_BEFORE, r, &c->is_before);
    if (!c->intent.existed)
        c->is_before = !r->file.now.p;
    if (!rc)
        rc = same_as_kept(c, BOOT_STATE_AFTER, r, &c->is_ours);
    if (!rc && !c->is_ours)
        rc = same_as_kept(c, BOOT_STATE_NEXT, r, &c->is_ours);
    r->edited = !c->is_ours && !c->is_before;
    return rc;
}

/* The folder that was made to have something to lock goes as it came; where it
 * has gone already, another one of its name is somebody else's lock. */
void boot_unlock(const boot_tree *tree, int lock, boot_state state)
{
    struct stat st;

    if (lock < 0)
        return;
    if (state == BOOT_STATE_NONE && !fstat(lock, &st) && st.st_nlink &&
        !unlinkat(tree->fd, BOOT_STATE_DIR, AT_REMOVEDIR))
        unlinkat(tree->fd, "var/lib/xlmem", AT_REMOVEDIR);
    flock(lock, LOCK_UN);
    close(lock);
}

void boot_result_dispose(boot_result *result)
{
    boot_free_str(&result->file.now);
    boot_free_str(&result->file.then);
    if (result->menu_before)
        boot_entries_dispose(&result->before);
    if (result->menu_after)
        boot_entries_dispose(&result->after);
    boot_edit_dispose(&result->edit);
}
