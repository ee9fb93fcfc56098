/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/decision_lock.h"
#include "sys/queue.h"
#include "sys/small_write.h"

/* What is behind the text. */
#define OWNER "owner "
#define OWNER_MAX (sizeof(OWNER) + XLMEM__PROCESS_TEXT_MAX)
#define FILE_MAX (XLMEM__LEDGER_TEXT_MAX + OWNER_MAX)

#define LEDGER_MODE 0700

/* Of a note's name and of what it says. */
#define NOTE_NAME_MAX (XLMEM__LEDGER_NAME_MAX + 1)
#define NOTE_MAX 24

/* One entry that was opened. */
typedef struct content {
    char text[FILE_MAX + 1];
    bool owned;
} content;

struct xlmem__ledger {
    xlmem__folder folder;
    xlmem__decision_lock lock;
    unsigned next;  /* number of an entry */
    unsigned moved; /* how often it has gone to another directory */
    content page;   /* of who writes or removes one, under the lock */
};

struct xlmem__ledger_entry {
    xlmem__ledger *ledger;
    int fd;
    unsigned moved; /* of its ledger, when it was made */
    xlmem__process owner;
    char name[XLMEM__LEDGER_NAME_MAX];
};

int xlmem__ledger_open(const char *dir, xlmem__ledger **ledger_r,
                       xlmem__msg *msg)
{
    xlmem__ledger *ledger = malloc(sizeof(*ledger));
    int rc;

    if (!ledger)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    rc = xlmem__folder_open(dir, LEDGER_MODE, &ledger->folder, msg);
    if (rc) {
        free(ledger);
        return rc;
    }
    xlmem__decision_init(&ledger->lock, &ledger->folder);
    ledger->next = ledger->moved = 0;
    *ledger_r = ledger;
    return 0;
}

void xlmem__ledger_close(xlmem__ledger *ledger)
{
    if (!ledger)
        return;
    xlmem__ledger_unlock(ledger);
    xlmem__folder_close(&ledger->folder);
    free(ledger);
}

bool xlmem__ledger_is_locked(const xlmem__ledger *ledger)
{
    return xlmem__decision_is_held(&ledger->lock);
}

bool xlmem__ledger_is_there(const xlmem__ledger *ledger)
{
    return xlmem__folder_is_there(&ledger->folder);
}

int xlmem__ledger_follow(xlmem__ledger *ledger, xlmem__msg *msg)
{
    xlmem__folder there;
    int rc;

    if (xlmem__ledger_is_locked(ledger) || xlmem__ledger_is_there(ledger))
        return 0;
    rc = xlmem__folder_open(ledger->folder.path, LEDGER_MODE, &there, msg);
    if (rc)
        return rc;
    xlmem__folder_close(&ledger->folder);
    ledger->folder = there;
    ledger->moved++;
    return 0;
}

int xlmem__ledger_lock(xlmem__ledger *ledger, int64_t still_ms,
                       int64_t total_ms, xlmem__msg *msg)
{
    return xlmem__decision_take(&ledger->lock, still_ms, total_ms, msg);
}

void xlmem__ledger_unlock(xlmem__ledger *ledger)
{
    xlmem__decision_drop(&ledger->lock);
}

static int must_be_locked(const xlmem__ledger *ledger, xlmem__msg *msg)
{
    if (xlmem__decision_is_held(&ledger->lock))
        return 0;
    return xlmem__fail(msg, XLMEM_ERROR_INVAL,
                       "%s: used without the decision lock",
                       ledger->folder.path);
}

/* ------------------------------------------------------- its domain --- */

static void name_note(const char *entry, char name_r[NOTE_NAME_MAX])
{
    snprintf(name_r, NOTE_NAME_MAX, ".%s", entry);
}

/* 0, also where there is none; errno. */
static int remove_note(const xlmem__folder *folder, const char *entry)
{
    char name[NOTE_NAME_MAX];

    name_note(entry, name);
    return unlinkat(folder->fd, name, 0) && errno != ENOENT ? errno : 0;
}

/* 0, or errno. */
static int make_note(const xlmem__folder *folder, const char *entry,
                     uint64_t domid)
{
    char name[NOTE_NAME_MAX], text[NOTE_MAX];

    name_note(entry, name);
    snprintf(text, sizeof(text), "%" PRIu64, domid);
    return symlinkat(text, folder->fd, name) ? errno : 0;
}

/* Whether there is one; what is no number of a domain is none. */
static bool read_note(const xlmem__folder *folder, const char *entry,
                      uint64_t *domid_r)
{
    char name[NOTE_NAME_MAX], text[NOTE_MAX];
    ssize_t len;

    name_note(entry, name);
    len = readlinkat(folder->fd, name, text, sizeof(text) - 1);
    if (len <= 0)
        return false;
    text[len] = '\0';
    /* Xen's ids have 15 bits. */
    if (len > 5 || strspn(text, "0123456789") != (size_t)len)
        return false;
    *domid_r = strtoul(text, NULL, 10);
    return true;
}

/* ------------------------------------------------------- one entry --- */

/* 0, or errno. */
static int set_lock(int fd, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &lock) ? errno : 0;
}

static bool is_locked(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

static bool is_released(int fd)
{
    struct stat st;

    return !fstat(fd, &st) && !st.st_nlink;
}

/*
 * One write: of a text of at most a page it is there whole or not at all when
 * the owner is killed.  The old text is longer or shorter; the end of each
 * part is marked by NUL.
 */
static int write_text(const xlmem__ledger_entry *entry, const char *text,
                      xlmem__msg *msg)
{
    const xlmem__folder *folder = &entry->ledger->folder;
    const size_t len = strlen(text) + 1;
    char who[XLMEM__PROCESS_TEXT_MAX], *all = entry->ledger->page.text;
    int e, owner_len;

    if (len > XLMEM__LEDGER_TEXT_MAX)
        return xlmem__fail(msg, XLMEM_ERROR_RANGE,
                           "%s/%s: a text of %zu bytes is too long",
                           folder->path, entry->name, len - 1);
    memcpy(all, text, len);
    xlmem__process_write(&entry->owner, who);
    owner_len = snprintf(all + len, OWNER_MAX, OWNER "%s", who);
    e = xlmem__small_write(entry->fd, all, len + (size_t)owner_len + 1);
    return e ? xlmem__folder_fail(folder, entry->name, e, msg) : 0;
}

/*
 * A new file with a name of our own: PID-N.  N counts.  Where another ledger
 * of our process has that, or one of the same number before us had, it goes
 * on from anywhere: to look for the first that is free would take as many
 * steps as there are entries, for each of them.
 */
static int make_file(xlmem__ledger_entry *entry)
{
    unsigned tries, *n = &entry->ledger->next;
    struct timespec now;

    for (tries = 0; tries < 1000; tries++) {
        int fd;

        snprintf(entry->name, sizeof(entry->name), "%d-%u", entry->owner.pid,
                 *n);
        fd = openat(entry->ledger->folder.fd, entry->name,
                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0)
            ++*n;
        if (fd >= 0 || errno != EEXIST)
            return fd;
        clock_gettime(CLOCK_MONOTONIC, &now);
        *n += (unsigned)now.tv_nsec;
    }
    errno = EEXIST;
    return -1;
}

static int make_entry(xlmem__ledger_entry *entry, xlmem__msg *msg)
{
    const xlmem__ledger *ledger = entry->ledger;
    int e;

    entry->moved = ledger->moved;
    entry->fd = make_file(entry);
    e = entry->fd < 0 ? errno : set_lock(entry->fd, F_WRLCK);
    return e ? xlmem__folder_fail(&ledger->folder, entry->name, e, msg) : 0;
}

int xlmem__ledger_add(xlmem__ledger *ledger, const char *text,
                      xlmem__ledger_entry **entry_r, xlmem__msg *msg)
{
    xlmem__ledger_entry *entry;
    int rc = must_be_locked(ledger, msg);

    if (rc)
        return rc;
    entry = malloc(sizeof(*entry));
    if (!entry)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    entry->ledger = ledger;
    entry->owner = ledger->lock.self;
    rc = make_entry(entry, msg);
    if (!rc)
        rc = write_text(entry, text, msg);
    if (!rc)
        *entry_r = entry;
    else if (entry->fd >= 0)
        xlmem__ledger_drop(entry);
    else
        free(entry);
    return rc;
}

/* Its name has gone, with its directory or alone, and may be another's where
 * the ledger is now. */
static bool is_left_behind(const xlmem__ledger_entry *entry)
{
    return entry->moved != entry->ledger->moved || is_released(entry->fd);
}

int xlmem__ledger_note(xlmem__ledger_entry *entry, uint64_t domid,
                       xlmem__msg *msg)
{
    const xlmem__folder *folder = &entry->ledger->folder;
    int e = is_left_behind(entry) ? ENOENT : remove_note(folder, entry->name);

    if (!e)
        e = make_note(folder, entry->name, domid);
    return e ? xlmem__folder_fail(folder, entry->name, e, msg) : 0;
}

static int renew_entry(xlmem__ledger_entry *entry, xlmem__msg *msg)
{
    const xlmem__ledger_entry was = *entry;
    const int rc = make_entry(entry, msg);

    if (entry->fd < 0) {
        *entry = was;
        return rc;
    }
    set_lock(was.fd, F_UNLCK);
    close(was.fd);
    return rc;
}

int xlmem__ledger_update(xlmem__ledger_entry *entry, const char *text,
                         xlmem__msg *msg)
{
    const xlmem__folder *folder = &entry->ledger->folder;
    int e, rc = must_be_locked(entry->ledger, msg);

    if (!rc && is_left_behind(entry))
        rc = renew_entry(entry, msg);
    if (rc)
        return rc;
    e = remove_note(folder, entry->name);
    return e ? xlmem__folder_fail(folder, entry->name, e, msg)
             : write_text(entry, text, msg);
}

/* Closing alone would leave the lock to children of ours.  A child that ends
 * what it has inherited ends nothing.  The note goes before the name: after it
 * the name may be another thread's. */
static void end_entry(xlmem__ledger_entry *entry, bool remove)
{
    const bool ours = entry->owner.pid == (int)getpid();
    const bool named = ours && !is_left_behind(entry);

    if (named)
        remove_note(&entry->ledger->folder, entry->name);
    if (named && remove)
        unlinkat(entry->ledger->folder.fd, entry->name, 0);
    if (ours)
        set_lock(entry->fd, F_UNLCK);
    close(entry->fd);
    free(entry);
}

void xlmem__ledger_drop(xlmem__ledger_entry *entry)
{
    if (entry)
        end_entry(entry, true);
}

void xlmem__ledger_leave(xlmem__ledger_entry *entry)
{
    if (entry)
        end_entry(entry, false);
}

/* -------------------------------------------------------- all of them --- */

/* "PID-N" and nothing else. */
static bool is_entry_name(const char *name)
{
    const size_t len = strlen(name);
    size_t digits = strspn(name, "0123456789");

    if (!digits || name[digits] != '-' || len >= XLMEM__LEDGER_NAME_MAX)
        return false;
    name += digits + 1;
    digits = strspn(name, "0123456789");
    return digits && !name[digits];
}

static bool is_own_business(const char *name)
{
    return name[0] == '.' || !strcmp(name, XLMEM__LOCK_FILE) ||
           !strcmp(name, XLMEM__THREADS_FILE) ||
           !strcmp(name, XLMEM__QUEUE_DIR) || !strcmp(name, XLMEM__TURN_FILE);
}

/* What can stand in a directory and is no file of ours. */
static bool is_odd(int err)
{
    return err == ELOOP || err == EISDIR || err == ENXIO || err == ENODEV ||
           err == EACCES || err == EPERM;
}

/* Returns 0 and *fd_r; XLMEM_ERROR_NOTFOUND; XLMEM_ERROR_PERM (it is not
 * ours); what else the system said: it may well be ours. */
static int open_entry(const xlmem__ledger *ledger, const char *name, int *fd_r,
                      xlmem__msg *msg)
{
    int fd = openat(ledger->folder.fd, name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int rc, e = errno;

    if (fd < 0) {
        rc = xlmem__folder_fail(&ledger->folder, name, e, msg);
        return is_odd(e) ? XLMEM_ERROR_PERM : rc;
    }
    rc = xlmem__folder_check(&ledger->folder, name, fd, S_IFREG, msg);
    if (rc)
        close(fd);
    else
        *fd_r = fd;
    return rc;
}

/*
 * Owned: its lock is held, and its owner is not known to be dead.  A child of
 * a killed owner may have the descriptor and with it the lock.  Files of an
 * older guard do not say who owns them.  0, or errno.
 */
static int read_content(int fd, const xlmem__process *self, content *c)
{
    const ssize_t len = pread(fd, c->text, FILE_MAX, 0);
    xlmem__process owner;
    const char *behind;

    if (len < 0)
        return errno;
    memset(c->text + len, 0, sizeof(c->text) - (size_t)len);
    behind = c->text + strnlen(c->text, FILE_MAX - 1) + 1;
    c->text[XLMEM__LEDGER_TEXT_MAX] = '\0';
    c->owned = is_locked(fd);
    if (!c->owned || strncmp(behind, OWNER, strlen(OWNER)) != 0 ||
        !xlmem__process_parse(behind + strlen(OWNER), &owner))
        return 0;
    c->owned = !xlmem__process_is_dead(&owner, self);
    return 0;
}

/* One walk over the entries, on the heap: who is called may sweep. */
typedef struct walk {
    xlmem__ledger *ledger;
    xlmem_ledger_fn *fn;
    void *user;
    size_t foreign;
    content page;
    union {
        char bytes[4096];
        struct dirent64 first; /* for its alignment */
    } names;
} walk;

/* The note after the text, whose name nobody else can have before the lock is
 * dropped. */
static int visit(walk *w, const char *name, xlmem__msg *msg)
{
    int e, fd, rc = open_entry(w->ledger, name, &fd, msg);
    content *c = &w->page;
    uint64_t domid;
    bool noted;

    if (rc == XLMEM_ERROR_NOTFOUND)
        return 0;
    if (rc == XLMEM_ERROR_PERM) {
        w->foreign++;
        return 0;
    }
    if (rc)
        return rc;
    e = read_content(fd, &w->ledger->lock.self, c);
    noted = !e && c->owned && read_note(&w->ledger->folder, name, &domid);
    if (e)
        rc = xlmem__folder_fail(&w->ledger->folder, name, e, msg);
    else if (!is_released(fd))
        rc = w->fn(w->user, name, c->text, c->owned, noted ? &domid : NULL);
    close(fd);
    return rc;
}

/* The names first: a list that is open costs a descriptor. */
typedef struct names {
    size_t nr, room;
    char (*list)[XLMEM__LEDGER_NAME_MAX];
} names;

static bool add_entry_name(names *n, const char *name)
{
    if (n->nr == n->room) {
        const size_t room = n->room ? 2 * n->room : 16;
        void *grown = realloc(n->list, room * sizeof(*n->list));

        if (!grown)
            return false;
        n->list = grown;
        n->room = room;
    }
    strcpy(n->list[n->nr++], name);
    return true;
}

static bool take_entry_name(walk *w, names *n, const char *name)
{
    if (is_entry_name(name))
        return add_entry_name(n, name);
    w->foreign += !is_own_business(name);
    return true;
}

/* By the system call: a DIR would ask three things about its descriptor that
 * are known here.  0, or errno. */
static int list_names(walk *w, int fd, names *n)
{
    const struct dirent64 *entry;
    ssize_t got, at;

    while ((got = getdents64(fd, &w->names, sizeof(w->names))) > 0)
        for (at = 0; at < got; at += entry->d_reclen) {
            entry = (const void *)&w->names.bytes[at];
            if (!take_entry_name(w, n, entry->d_name))
                return ENOMEM;
        }
    return got < 0 ? errno : 0;
}

static int read_names(walk *w, names *n, xlmem__msg *msg)
{
    const xlmem__folder *folder = &w->ledger->folder;
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int e = fd < 0 ? errno : list_names(w, fd, n);

    if (fd >= 0)
        close(fd);
    return e ? xlmem__folder_fail(folder, "", e, msg) : 0;
}

static int walk_entries(walk *w, xlmem__msg *msg)
{
    names n = {.nr = 0};
    size_t i;
    int rc = read_names(w, &n, msg);

    for (i = 0; i < n.nr && !rc; i++)
        rc = visit(w, n.list[i], msg);
    free(n.list);
    return rc;
}

int xlmem__ledger_each(xlmem__ledger *ledger, xlmem_ledger_fn *fn, void *user,
                       size_t *foreign_r, xlmem__msg *msg)
{
    int rc = must_be_locked(ledger, msg);
    walk *w;

    if (rc)
        return rc;
    w = malloc(sizeof(*w));
    if (!w)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    w->ledger = ledger;
    w->fn = fn;
    w->user = user;
    w->foreign = 0;
    rc = walk_entries(w, msg);
    if (!rc)
        *foreign_r = w->foreign;
    free(w);
    return rc;
}

int xlmem__ledger_sweep(xlmem__ledger *ledger, const char *name,
                        xlmem__msg *msg)
{
    const xlmem__folder *folder = &ledger->folder;
    int e, fd, rc = must_be_locked(ledger, msg);
    content *c = &ledger->page;

    if (rc)
        return rc;
    if (!is_entry_name(name))
        return xlmem__fail(msg, XLMEM_ERROR_INVAL, "%s: no name of an entry",
                           name);
    rc = open_entry(ledger, name, &fd, msg);
    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    e = read_content(fd, &ledger->lock.self, c);
    if (!e && c->owned)
        rc = xlmem__fail(msg, XLMEM_ERROR_BUSY, "%s/%s: has an owner",
                         folder->path, name);
    else if (!e)
        e = remove_note(folder, name);
    if (!e && !rc && unlinkat(folder->fd, name, 0) && errno != ENOENT)
        e = errno;
    close(fd);
    return e ? xlmem__folder_fail(folder, name, e, msg) : rc;
}
