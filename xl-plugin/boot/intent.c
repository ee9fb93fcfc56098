/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/intent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/files.h"
#include "codec/json.h"

#define INTENT_VERSION 1

static const char *const state_names[] = {"none", "applying", "applied",
                                          "reverting"};

const char *boot_state_name(boot_state state)
{
    return state_names[state];
}

/* ---------------------------------------------------------------- text --- */

char *boot_intent_text(const boot_intent *intent)
{
    xlmem__json_out *out = xlmem__json_out_alloc();
    char *text = NULL;

    if (!out)
        return NULL;
    xlmem__json_put_object(out, NULL);
    xlmem__json_put_u64(out, "version", INTENT_VERSION);
    xlmem__json_put_string(out, "state", boot_state_name(intent->state));
    xlmem__json_put_string(out, "word", intent->word);
    xlmem__json_put_string(out, "kind", intent->kind);
    xlmem__json_put_string(out, "file", intent->file);
    xlmem__json_put_string(out, "old", intent->old);
    xlmem__json_put_string(out, "boot_id", intent->boot_id);
    xlmem__json_put_u64(out, "when", intent->when);
    xlmem__json_put_u64(out, "ram_kb", intent->ram_kb);
    xlmem__json_put_u64(out, "existed", intent->existed);
    xlmem__json_put_u64(out, "made_folder", intent->made_folder);
    xlmem__json_put_u64(out, "edited", intent->edited);
    xlmem__json_end_object(out);
    (void)xlmem__json_out_finish(out, &text);
    xlmem__json_out_free(out);
    return text;
}

static bool take_intent_text(const xlmem__json *root, const char *key,
                             char *to, size_t room)
{
    const xlmem__json *node = xlmem__json_get(root, key);

    return node && node->type == XLMEM__JSON_STRING && node->text.len < room &&
           snprintf(to, room, "%.*s", (int)node->text.len, node->text.p) >= 0;
}

static bool take_intent_number(const xlmem__json *root, const char *key,
                               uint64_t *to)
{
    return !xlmem__json_u64(xlmem__json_get(root, key), to);
}

static bool take_intent_flag(const xlmem__json *root, const char *key,
                             bool *to)
{
    uint64_t n;

    if (!take_intent_number(root, key, &n) || n > 1)
        return false;
    *to = n;
    return true;
}

static bool take_state(const xlmem__json *root, boot_state *state_r)
{
    char name[16];
    size_t i;

    if (!take_intent_text(root, "state", name, sizeof(name)))
        return false;
    for (i = BOOT_STATE_APPLYING; i <= BOOT_STATE_REVERTING; i++)
        if (!strcmp(name, state_names[i])) {
            *state_r = (boot_state)i;
            return true;
        }
    return false;
}

/* It says which file is written to: never one outside the tree. */
static bool is_plain_path(const char *path)
{
    return *path && *path != '/' && !strstr(path, "..");
}

static bool take_intent(const xlmem__json *root, boot_intent *i)
{
    uint64_t version;

    return take_intent_number(root, "version", &version) &&
           version == INTENT_VERSION && take_state(root, &i->state) &&
           take_intent_text(root, "word", i->word, sizeof(i->word)) &&
           take_intent_text(root, "kind", i->kind, sizeof(i->kind)) &&
           take_intent_text(root, "file", i->file, sizeof(i->file)) &&
           take_intent_text(root, "old", i->old, sizeof(i->old)) &&
           take_intent_text(root, "boot_id", i->boot_id, sizeof(i->boot_id)) &&
           take_intent_number(root, "when", &i->when) &&
           take_intent_number(root, "ram_kb", &i->ram_kb) &&
           take_intent_flag(root, "existed", &i->existed) &&
           take_intent_flag(root, "made_folder", &i->made_folder) &&
           take_intent_flag(root, "edited", &i->edited) &&
           xlmem__boot_word_is_valid(i->word) && is_plain_path(i->file);
}

bool boot_intent_parse(xlmem__str text, boot_intent *intent_r)
{
    boot_intent intent = {.state = BOOT_STATE_NONE};
    xlmem__where where = {.line = 0};
    xlmem__json_doc doc;
    bool ok;

    if (xlmem__json_parse(text.p, text.len, &doc, &where))
        return false;
    ok = take_intent(doc.root, &intent);
    xlmem__json_dispose(&doc);
    if (ok)
        *intent_r = intent;
    return ok;
}

/* --------------------------------------------------------------- files --- */

int boot_intent_read(const boot_tree *tree, boot_intent *intent_r,
                     boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2];
    xlmem__str text;
    int rc = boot_tree_read(tree, BOOT_STATE_INTENT, &text, msg);

    memset(intent_r, 0, sizeof(*intent_r));
    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    if (!boot_intent_parse(text, intent_r))
        rc = boot_fail(
            msg, XLMEM_ERROR_PARSE,
            "%s is not what it was written as.  What was done by "
            "it can be looked up there; taken away, the boot files "
            "are as if somebody had edited them",
            boot_tree_name(tree, BOOT_STATE_INTENT, name, sizeof(name)));
    free((char *)(uintptr_t)text.p);
    return rc;
}

int boot_intent_write(const boot_tree *tree, const boot_intent *intent,
                      boot_msg *msg)
{
    char *text = boot_intent_text(intent);
    int rc;

    if (!text)
        return boot_fail(msg, XLMEM_ERROR_NOMEM, "%s",
                         xlmem_strerror(XLMEM_ERROR_NOMEM));
    rc = boot_file_write(tree, BOOT_STATE_INTENT,
                         (xlmem__str){text, strlen(text)}, 0644, msg);
    free(text);
    return rc;
}

int boot_intent_forget(const boot_tree *tree, boot_msg *msg)
{
    static const char *const files[] = {BOOT_STATE_INTENT, BOOT_STATE_BEFORE,
                                        BOOT_STATE_AFTER, BOOT_STATE_NEXT,
                                        BOOT_STATE_MENU};
    size_t i;
    int rc = 0;

    for (i = 0; i < sizeof(files) / sizeof(files[0]) && !rc; i++)
        rc = boot_file_remove(tree, files[i], msg);
    if (!rc && !unlinkat(tree->fd, BOOT_STATE_DIR, AT_REMOVEDIR))
        unlinkat(tree->fd, "var/lib/xlmem", AT_REMOVEDIR);
    return rc;
}

static int lock_folder(int fd, boot_msg *msg)
{
    struct stat st;

    if (flock(fd, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK
                   ? boot_fail(msg, XLMEM_ERROR_BUSY,
                               "another xl memguard grub is at work; try "
                               "again when it is done")
                   : boot_fail(msg, XLMEM_ERROR_IO,
                               "/" BOOT_STATE_DIR " cannot be locked: %s",
                               strerror(errno));
    /* One that has just been taken away by a revert. */
    if (fstat(fd, &st) || !st.st_nlink)
        return boot_fail(msg, XLMEM_ERROR_BUSY,
                         "another xl memguard grub was at work; try again");
    return 0;
}

/* Made where it is not there.  Others take it away when they are done
 * (boot_intent_forget, boot_unlock), be it between two steps of ours. */
static int make_folder(const boot_tree *tree, int *fd_r, boot_msg *msg)
{
    int tries = 8, rc = XLMEM_ERROR_NOTFOUND;

    while (rc == XLMEM_ERROR_NOTFOUND && tries--)
        rc = boot_tree_folder(tree, BOOT_STATE_DIR, true, fd_r, msg);
    return rc == XLMEM_ERROR_NOTFOUND
               ? boot_fail(msg, XLMEM_ERROR_BUSY,
                           "/" BOOT_STATE_DIR " goes as soon as it is made: "
                           "another xl memguard grub is at work; try again "
                           "when it is done")
               : rc;
}

int boot_intent_lock(const boot_tree *tree, int *fd_r, boot_msg *msg)
{
    int fd, rc = make_folder(tree, &fd, msg);

    *fd_r = -1;
    if (rc)
        return rc;
    rc = lock_folder(fd, msg);
    if (rc) {
        close(fd);
        return rc;
    }
    fcntl(fd, F_SETFD, 0);
    *fd_r = fd;
    return 0;
}
