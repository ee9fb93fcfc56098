/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/decision_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/checked.h"
#include "sys/queue.h"
#include "sys/root.h"

/* Linux has 22 bits of process ids at most (PID_MAX_LIMIT, linux/threads.h).
 * In the others a start time in ticks of 10 ms has room for 697 years. */
#define PID_BITS 22
#define START_BITS 41

/* Nobody there, or no answer. */
#define NOBODY 0
#define SOMEBODY -1

/* Who stands first and leaves the lock free for twice as long - stopped, or
 * dead in another pid namespace - is taken out of the queue.  Who lives comes
 * back to where he stood. */
#define IDLE_MS 1000

/* How long an event is waited for.  None tells the first one that the holder
 * was killed; nor the others that one before them was whose child has his
 * descriptors.  These look only when nobody has been served meanwhile, and
 * those at the end more seldom. */
#define SOON_MS 1
#define FIRST_MS 8
#define NEXT_MS 250
#define OTHERS_MS 1000
#define NR_NEXT 4

typedef struct waiter {
    xlmem__decision_lock *lock;
    xlmem__msg *msg;
    xlmem__process self;
    int64_t still_ms, total_ms; /* how long it waits at most */
    int64_t began_ms;
    int64_t moved_ms; /* when somebody had the lock last, as we saw it */
    int64_t had_ns;   /* the same, as the lock says it; of any clock */
    bool no_place;    /* cannot have one */
    xlmem__place place;
    xlmem__queue_seen seen;
    int watched; /* ends poll() when it is time to look; -1: nothing does */
    bool soon;   /* who stands before us has just come, or is just going */
    char idle[XLMEM__PLACE_MAX]; /* who stands first and may not come */
    int64_t idle_ms;             /* since when */
    bool left_free;              /* the lock was free then */
    int holder; /* a pid, NOBODY, SOMEBODY; when it was asked for last */
} waiter;

void xlmem__decision_init(xlmem__decision_lock *lock,
                          const xlmem__folder *folder)
{
    *lock =
        (xlmem__decision_lock){.folder = folder, .file = -1, .threads = -1};
}

bool xlmem__decision_is_held(const xlmem__decision_lock *lock)
{
    return lock->file >= 0 && lock->pid == (int)getpid();
}

/* ----------------------------------------------------------- the lock --- */

static struct flock all_of_it(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

static struct flock byte_of(const xlmem__process *self, short type)
{
    const uint64_t start = self->start & ((UINT64_C(1) << START_BITS) - 1);

    return (struct flock){.l_type = type,
                          .l_whence = SEEK_SET,
                          .l_start =
                              (off_t)(start << PID_BITS | (uint64_t)self->pid),
                          .l_len = 1};
}

static int open_lock_file(const waiter *w, const char *name, int *fd_r)
{
    const xlmem__folder *folder = w->lock->folder;
    int rc, fd = openat(folder->fd, name,
                        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                        0600);

    if (fd < 0)
        return xlmem__folder_fail(folder, name, errno, w->msg);
    rc = xlmem__folder_check(folder, name, fd, S_IFREG, w->msg);
    if (rc)
        close(fd);
    else
        *fd_r = fd;
    return rc;
}

/* Closing alone would leave the lock to our children. */
static void close_threads(int fd)
{
    struct flock unlock = all_of_it(F_UNLCK);

    fcntl(fd, F_OFD_SETLK, &unlock);
    close(fd);
}

/* Returns 0, XLMEM_ERROR_BUSY, or why not. */
static int lock_threads(waiter *w, int *fd_r)
{
    struct flock byte = byte_of(&w->self, F_WRLCK);
    int e, fd, rc = open_lock_file(w, XLMEM__THREADS_FILE, &fd);

    if (rc)
        return rc;
    if (!fcntl(fd, F_OFD_SETLK, &byte)) {
        *fd_r = fd;
        return 0;
    }
    e = errno;
    close(fd);
    if (e != EAGAIN && e != EACCES)
        return xlmem__folder_fail(w->lock->folder, XLMEM__THREADS_FILE, e,
                                  w->msg);
    w->holder = w->self.pid;
    return XLMEM_ERROR_BUSY;
}

/* An open-file-description lock has no process; neither has one that is seen
 * from another pid namespace. */
static int holder_of(int fd)
{
    struct flock lock = all_of_it(F_WRLCK);

    if (fcntl(fd, F_GETLK, &lock))
        return SOMEBODY;
    if (lock.l_type == F_UNLCK)
        return NOBODY;
    return lock.l_pid > 0 ? lock.l_pid : SOMEBODY;
}

/* Those who wait see that somebody is served. */
static void stamp(int fd)
{
    struct timespec times[2];

    clock_gettime(CLOCK_BOOTTIME, &times[0]);
    times[1] = times[0];
    futimens(fd, times);
}

static int lock_file(waiter *w, int *fd_r)
{
    struct flock lock = all_of_it(F_WRLCK);
    int fd, rc = open_lock_file(w, XLMEM__LOCK_FILE, &fd);

    if (rc)
        return rc;
    if (!fcntl(fd, F_SETLK, &lock)) {
        stamp(fd);
        *fd_r = fd;
        return 0;
    }
    rc = errno == EAGAIN || errno == EACCES
             ? XLMEM_ERROR_BUSY
             : xlmem__folder_fail(w->lock->folder, XLMEM__LOCK_FILE, errno,
                                  w->msg);
    close(fd);
    return rc;
}

/* Returns 0, XLMEM_ERROR_BUSY, or why not. */
static int ask_for_lock(waiter *w)
{
    xlmem__decision_lock *lock = w->lock;
    int file = -1, threads = -1, rc = lock_threads(w, &threads);

    if (rc)
        return rc;
    rc = lock_file(w, &file);
    if (rc) {
        close_threads(threads);
        return rc;
    }
    lock->threads = threads;
    lock->file = file;
    lock->pid = w->self.pid;
    lock->self = w->self;
    return 0;
}

/* Who has the lock, without asking for it. */
static void look_for_holder(waiter *w)
{
    int fd, threads;

    w->holder = SOMEBODY;
    if (lock_threads(w, &threads))
        return;
    if (!open_lock_file(w, XLMEM__LOCK_FILE, &fd)) {
        w->holder = holder_of(fd);
        close(fd);
    }
    close_threads(threads);
}

void xlmem__decision_drop(xlmem__decision_lock *lock)
{
    const bool held = xlmem__decision_is_held(lock);
    struct flock unlock = all_of_it(F_UNLCK);

    if (held)
        fcntl(lock->file, F_SETLK, &unlock);
    if (lock->file >= 0)
        close(lock->file);
    if (held) {
        close_threads(lock->threads);
        xlmem__queue_call_first(lock->folder);
    } else if (lock->threads >= 0) {
        close(lock->threads);
    }
    xlmem__decision_init(lock, lock->folder);
}

/* ---------------------------------------------------------- the queue --- */

/* Whether somebody has been served since the last call. */
static bool somebody_was_served(waiter *w)
{
    struct stat st;
    int64_t had_ns;

    if (fstatat(w->lock->folder->fd, XLMEM__LOCK_FILE, &st,
                AT_SYMLINK_NOFOLLOW))
        return false;
    had_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if (had_ns == w->had_ns)
        return false;
    w->had_ns = had_ns;
    w->moved_ms = w->idle_ms = xlmem__now_ms(NULL);
    w->left_free = false;
    return true;
}

static int find_self(waiter *w)
{
    const int e = xlmem__process_self(&w->self);

    return e ? xlmem__fail(w->msg, xlmem__rc_of_errno(e),
                           "this process cannot be told from others: "
                           "/proc/self/stat: %s",
                           strerror(e))
             : 0;
}

static bool stands(const waiter *w)
{
    return w->place.fd >= 0;
}

/* Whether we stand anew. */
static bool take_place(waiter *w)
{
    if (stands(w))
        return !w->seen.present &&
               xlmem__queue_join_again(w->lock->folder, &w->place);
    if (!w->no_place)
        w->no_place =
            xlmem__queue_join(w->lock->folder, &w->self, &w->place) != 0;
    return stands(w);
}

/* Somebody is before us: whether he takes the lock when it is free. */
static void watch_first(waiter *w)
{
    const int64_t now = xlmem__now_ms(NULL);

    if (strcmp(w->idle, w->seen.first) != 0) {
        snprintf(w->idle, sizeof(w->idle), "%s", w->seen.first);
        w->idle_ms = now;
        w->left_free = false;
    }
    if (now - w->idle_ms < IDLE_MS)
        return;
    w->idle_ms = now;
    look_for_holder(w);
    if (w->holder == NOBODY && w->left_free)
        xlmem__queue_take_out(w->lock->folder, w->idle);
    w->left_free = w->holder == NOBODY;
}

static int64_t left_ms(const waiter *w)
{
    const int64_t now = xlmem__now_ms(NULL);
    const int64_t still = w->moved_ms + w->still_ms - now;
    const int64_t total = w->began_ms + w->total_ms - now;

    return still < total ? still : total;
}

static void unwatch(waiter *w)
{
    if (w->watched >= 0)
        close(w->watched);
    w->watched = -1;
}

/* Before the lock is asked for: what is dropped after that is an event.
 * false: the queue is another already. */
static bool watch(waiter *w)
{
    unwatch(w);
    if (!stands(w))
        return true;
    w->watched = xlmem__queue_watch(w->lock->folder, &w->seen);
    w->soon = w->watched < 0 && errno == EAGAIN;
    return w->watched >= 0 || errno != ENOENT;
}

/* Until something may have happened of which no event tells. */
static int64_t tick_ms(const waiter *w)
{
    if (w->no_place || !w->seen.nr_before)
        return FIRST_MS;
    if (w->watched >= 0)
        return w->seen.nr_before <= NR_NEXT ? NEXT_MS : OTHERS_MS;
    if (w->soon)
        return SOON_MS;
    return w->seen.nr_before < 16 ? 4 * (int64_t)w->seen.nr_before : 64;
}

/* While others are served nobody has stopped.  Whether something happened. */
static bool rest(waiter *w)
{
    struct pollfd watched = {.fd = w->watched, .events = POLLIN};
    int64_t ms;
    int nr;

    do {
        ms = left_ms(w) < tick_ms(w) ? left_ms(w) : tick_ms(w);
        nr = poll(&watched, 1, ms > 1 ? (int)ms : 1);
    } while (!nr && w->seen.nr_before && somebody_was_served(w) &&
             left_ms(w) > 0);
    return nr > 0;
}

static void name_holder(const waiter *w, char *buf, size_t len)
{
    char process[64];

    if (w->holder == w->self.pid) {
        snprintf(buf, len, "another thread of this process");
    } else if (w->holder > 0) {
        xlmem__process_name(w->holder, process, sizeof(process));
        snprintf(buf, len, "process %s", process);
    } else {
        snprintf(buf, len, "somebody whom this process cannot see");
    }
}

static int say_busy(waiter *w)
{
    const char *path = w->lock->folder->path;
    const int64_t now = xlmem__now_ms(NULL), still_ms = now - w->moved_ms;
    char who[96];

    if (still_ms < w->still_ms && w->seen.nr_before)
        return xlmem__fail(w->msg, XLMEM_ERROR_BUSY,
                           "%s/" XLMEM__LOCK_FILE ": %zu still stand before "
                           "this one after %" PRId64 " s in line",
                           path, w->seen.nr_before,
                           (now - w->began_ms) / 1000);
    look_for_holder(w);
    name_holder(w, who, sizeof(who));
    if (w->holder == NOBODY)
        snprintf(who, sizeof(who), "nobody, but not taken by who is first");
    return xlmem__fail(w->msg, XLMEM_ERROR_BUSY,
                       "%s/" XLMEM__LOCK_FILE ": held for %" PRId64 ".%" PRId64
                       " s by %s; %zu stood before this one",
                       path, still_ms / 1000, still_ms % 1000 / 100, who,
                       w->seen.nr_before);
}

static void give_up_place(waiter *w)
{
    unwatch(w);
    xlmem__queue_leave(w->lock->folder, &w->place);
    w->no_place = true;
}

/* A waiter asks for the lock out of turn in two cases: no place in the queue
 * could be made, or the place holds the descriptors that asking takes. */
static int ask_or_watch(waiter *w)
{
    int rc;

    if (w->seen.nr_before && !w->no_place) {
        watch_first(w);
        return XLMEM_ERROR_BUSY;
    }
    rc = ask_for_lock(w);
    if (!rc || rc == XLMEM_ERROR_BUSY || !stands(w))
        return rc;
    give_up_place(w);
    return ask_for_lock(w);
}

/* Whoever is the first stays it, and need not look when he is called. */
static int wait_in_queue(waiter *w)
{
    bool called = false;
    int rc;

    for (;;) {
        somebody_was_served(w);
        if (!called)
            xlmem__queue_look(w->lock->folder, w->place.name, &w->self,
                              &w->seen);
        called = false;
        if (!watch(w) && left_ms(w) > 0)
            continue;
        rc = ask_or_watch(w);
        if (rc != XLMEM_ERROR_BUSY)
            return rc;
        if (left_ms(w) <= 0)
            return say_busy(w);
        if (!take_place(w))
            called = rest(w) && !w->seen.nr_before;
    }
}

int xlmem__decision_take(xlmem__decision_lock *lock, int64_t still_ms,
                         int64_t total_ms, xlmem__msg *msg)
{
    const int64_t now = xlmem__now_ms(NULL);
    waiter w = {.lock = lock,
                .msg = msg,
                .still_ms = still_ms,
                .total_ms = total_ms,
                .began_ms = now,
                .moved_ms = now,
                .had_ns = -1,
                .place = {"", -1},
                .watched = -1,
                .idle_ms = now};
    int rc;

    if (xlmem__decision_is_held(lock))
        return xlmem__fail(msg, XLMEM_ERROR_BUSY,
                           "%s/" XLMEM__LOCK_FILE ": held already",
                           lock->folder->path);
    xlmem__decision_drop(lock); /* what a parent of ours held */
    rc = find_self(&w);
    if (!rc)
        rc = wait_in_queue(&w);
    unwatch(&w);
    xlmem__queue_leave(lock->folder, &w.place);
    return rc;
}
