/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIME_DIGITS 20

static void path_of(const char *place, char path[XLMEM__PLACE_MAX + 8])
{
    snprintf(path, XLMEM__PLACE_MAX + 8, XLMEM__LINE_DIR "/%s", place);
}

static int make_file(const xlmem__folder *folder, const char *place)
{
    char path[XLMEM__PLACE_MAX + 8];
    int fd;

    path_of(place, path);
    fd = openat(folder->fd, path,
                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static void name_place(const xlmem__process *self,
                       char place_r[XLMEM__PLACE_MAX])
{
    char who[XLMEM__PROCESS_TEXT_MAX];
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    xlmem__process_write(self, who);
    snprintf(place_r, XLMEM__PLACE_MAX, "%0*" PRIu64 ".%s", TIME_DIGITS,
             (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, who);
}

/* Another thread of ours may have asked in the same nanosecond. */
int xlmem__line_join(const xlmem__folder *folder, const xlmem__process *self,
                     char place_r[XLMEM__PLACE_MAX])
{
    int e;

    do {
        name_place(self, place_r);
        e = make_file(folder, place_r);
        if (e == ENOENT) {
            mkdirat(folder->fd, XLMEM__LINE_DIR, 0700);
            e = make_file(folder, place_r);
        }
    } while (e == EEXIST);
    return e;
}

void xlmem__line_join_again(const xlmem__folder *folder, const char *place)
{
    make_file(folder, place);
}

bool xlmem__line_leave(const xlmem__folder *folder, const char *place)
{
    char path[XLMEM__PLACE_MAX + 8];

    path_of(place, path);
    return !unlinkat(folder->fd, path, 0) || errno == ENOENT;
}

static bool is_place(const char *name, xlmem__process *who_r)
{
    return strlen(name) < XLMEM__PLACE_MAX &&
           strspn(name, "0123456789") == TIME_DIGITS &&
           name[TIME_DIGITS] == '.' &&
           xlmem__process_parse(name + TIME_DIGITS + 1, who_r);
}

static DIR *open_line(const xlmem__folder *folder)
{
    int fd = openat(folder->fd, XLMEM__LINE_DIR,
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (fd >= 0 && !dir)
        close(fd);
    return dir;
}

/* Names of one length, but for the process, sort as their times do. */
static void look_once(const xlmem__folder *folder, const char *place,
                      xlmem__line_seen *seen, xlmem__process *first_r)
{
    DIR *dir = open_line(folder);
    struct dirent *entry;
    xlmem__process who;

    *seen = (xlmem__line_seen){.nr_before = 0};
    while (dir && (entry = readdir(dir))) {
        if (!strcmp(entry->d_name, place))
            seen->present = true;
        if (!is_place(entry->d_name, &who) ||
            (*place && strcmp(entry->d_name, place) >= 0))
            continue;
        seen->nr_before++;
        if (!*seen->first || strcmp(entry->d_name, seen->first) < 0) {
            snprintf(seen->first, sizeof(seen->first), "%s", entry->d_name);
            *first_r = who;
        }
    }
    if (dir)
        closedir(dir);
}

void xlmem__line_look(const xlmem__folder *folder, const char *place,
                      const xlmem__process *self, xlmem__line_seen *seen_r)
{
    xlmem__process first = {.pid = 0};

    look_once(folder, place, seen_r, &first);
    while (*seen_r->first && xlmem__process_is_dead(&first, self) &&
           xlmem__line_leave(folder, seen_r->first))
        look_once(folder, place, seen_r, &first);
}
