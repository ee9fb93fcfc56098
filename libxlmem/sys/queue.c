/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/root.h"

#define TIME_DIGITS 20

static void path_of(const char *name, char path[XLMEM__PLACE_MAX + 8])
{
    snprintf(path, XLMEM__PLACE_MAX + 8, XLMEM__QUEUE_DIR "/%s", name);
}

/* Both ends in one: it can be opened before anybody reads, and who writes is
 * not killed by SIGPIPE. */
static int make_place(const xlmem__folder *folder, xlmem__place *place)
{
    char path[XLMEM__PLACE_MAX + 8];
    int e;

    path_of(place->name, path);
    if (mkfifoat(folder->fd, path, 0600))
        return errno;
    place->fd =
        openat(folder->fd, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (place->fd >= 0)
        return 0;
    e = errno;
    unlinkat(folder->fd, path, 0);
    return e;
}

/* The byte is for who stands behind us: a child of ours may have a copy of
 * the descriptor. */
static void close_place(int fd)
{
    const ssize_t unused = write(fd, "", 1);

    (void)unused;
    close(fd);
}

static void name_place(const xlmem__process *self,
                       char name_r[XLMEM__PLACE_MAX])
{
    char who[XLMEM__PROCESS_TEXT_MAX];
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    xlmem__process_write(self, who);
    snprintf(name_r, XLMEM__PLACE_MAX, "%0*" PRIu64 ".%s", TIME_DIGITS,
             (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, who);
}

/* The folder is made by whoever comes first; and who was taken out between the
 * two calls of make_place tries again. */
#define NOENT_MAX 4

/* Another thread of ours may have asked in the same nanosecond. */
int xlmem__queue_join(const xlmem__folder *folder, const xlmem__process *self,
                      xlmem__place *place_r)
{
    int e, nr_noent = 0;

    do {
        name_place(self, place_r->name);
        e = make_place(folder, place_r);
        if (e == ENOENT)
            mkdirat(folder->fd, XLMEM__QUEUE_DIR, 0700);
    } while (e == EEXIST || (e == ENOENT && ++nr_noent < NOENT_MAX));
    if (e)
        *place_r = (xlmem__place){"", -1};
    return e;
}

bool xlmem__queue_join_again(const xlmem__folder *folder, xlmem__place *place)
{
    const int before = place->fd;

    if (make_place(folder, place)) {
        place->fd = before;
        return false;
    }
    close_place(before);
    return true;
}

void xlmem__queue_leave(const xlmem__folder *folder, xlmem__place *place)
{
    if (place->fd < 0)
        return;
    xlmem__queue_take_out(folder, place->name);
    close_place(place->fd);
    *place = (xlmem__place){"", -1};
}

bool xlmem__queue_take_out(const xlmem__folder *folder, const char *name)
{
    char path[XLMEM__PLACE_MAX + 8];

    path_of(name, path);
    return !unlinkat(folder->fd, path, 0) || errno == ENOENT;
}

/* ------------------------------------------------------------ looking --- */

/* Of a length, so that names sort as their times do. */
static bool is_place(const char *name)
{
    xlmem__process who;

    return strspn(name, "0123456789") == TIME_DIGITS &&
           name[TIME_DIGITS] == '.' && strlen(name) < XLMEM__PLACE_MAX &&
           xlmem__process_parse(name + TIME_DIGITS + 1, &who);
}

static DIR *open_queue(const xlmem__folder *folder)
{
    return xlmem__open_dir_at(folder->fd, XLMEM__QUEUE_DIR);
}

static void note_in_queue(xlmem__queue_seen *seen, const char *name)
{
    seen->nr_before++;
    if (strcmp(name, seen->before) > 0)
        strcpy(seen->before, name);
    if (!*seen->first || strcmp(name, seen->first) < 0)
        strcpy(seen->first, name);
}

/* Names of one length, but for the process, sort as their times do. */
static void look_once(const xlmem__folder *folder, const char *name,
                      xlmem__queue_seen *seen)
{
    DIR *dir = open_queue(folder);
    const struct dirent *entry;

    seen->nr_before = 0;
    seen->present = false;
    seen->first[0] = seen->before[0] = '\0';
    while (dir && (entry = readdir(dir))) {
        const int order = *name ? strcmp(entry->d_name, name) : -1;

        seen->present |= !order;
        if (order < 0 && is_place(entry->d_name))
            note_in_queue(seen, entry->d_name);
    }
    if (dir)
        closedir(dir);
}

static bool is_dead(const char *name, const xlmem__process *self)
{
    xlmem__process who;

    return xlmem__process_parse(name + TIME_DIGITS + 1, &who) &&
           xlmem__process_is_dead(&who, self);
}

void xlmem__queue_look(const xlmem__folder *folder, const char *name,
                       const xlmem__process *self, xlmem__queue_seen *seen_r)
{
    look_once(folder, name, seen_r);
    while (*seen_r->first && is_dead(seen_r->first, self) &&
           xlmem__queue_take_out(folder, seen_r->first))
        look_once(folder, name, seen_r);
}

/* ------------------------------------------------------------ waiting --- */

static int open_to_read(const xlmem__folder *folder, const char *path)
{
    struct stat st;
    int fd = openat(folder->fd, path,
                    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0 || (!fstat(fd, &st) && S_ISFIFO(st.st_mode)))
        return fd;
    close(fd);
    errno = ENOTSUP;
    return -1;
}

/*
 * What has no writer wakes nobody.  Either he who stands there has not opened
 * it yet, or is dying just now; or he has left since it was found, and the
 * byte says so, which this reader would not be told again.
 */
static int watch_place(const xlmem__folder *folder, const char *name)
{
    char path[XLMEM__PLACE_MAX + 8], byte;
    ssize_t r;
    int fd;

    path_of(name, path);
    fd = open_to_read(folder, path);
    if (fd < 0)
        return -1;
    r = read(fd, &byte, 1);
    if (r < 0)
        return fd;
    close(fd);
    errno = r ? ENOENT : EAGAIN;
    return -1;
}

static int watch_turn(const xlmem__folder *folder)
{
    int fd = open_to_read(folder, XLMEM__TURN_FILE);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (!mkfifoat(folder->fd, XLMEM__TURN_FILE, 0600) || errno == EEXIST)
        fd = open_to_read(folder, XLMEM__TURN_FILE);
    if (fd < 0)
        errno = ENOTSUP;
    return fd;
}

int xlmem__queue_watch(const xlmem__folder *folder,
                       const xlmem__queue_seen *seen)
{
    return *seen->before ? watch_place(folder, seen->before)
                         : watch_turn(folder);
}

/* Nothing is written: that might raise SIGPIPE. */
void xlmem__queue_call_first(const xlmem__folder *folder)
{
    int fd = openat(folder->fd, XLMEM__TURN_FILE,
                    O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd >= 0)
        close(fd);
}
