/* SPDX-License-Identifier: LGPL-2.1-only */
#include "atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkstemp makes files private; this one is to be like any other. */
static void apply_umask(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
}

static void remove_temporary(const atomic_file *file)
{
    if (file->temporary[0])
        unlink(file->temporary);
}

/* Something is there that a rename would replace: /dev/null, a pipe. */
static bool is_special(const char *path)
{
    struct stat st;

    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Through links to what they point to, so that they stay links. */
static bool set_paths(atomic_file *file, const char *path)
{
    static const char suffix[] = ".XXXXXX";
    size_t len;

    if (!realpath(path, file->path)) {
        len = strlen(path);
        if (len >= sizeof(file->path)) {
            errno = ENAMETOOLONG;
            return false;
        }
        memcpy(file->path, path, len + 1);
    }
    len = strlen(file->path);
    if (len + sizeof(suffix) > sizeof(file->temporary)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(file->temporary, file->path, len);
    memcpy(file->temporary + len, suffix, sizeof(suffix));
    return true;
}

bool atomic_open(atomic_file *file, const char *path)
{
    int fd, saved;

    if (is_special(path)) {
        file->temporary[0] = '\0';
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } else {
        if (!set_paths(file, path))
            return false;
        fd = mkstemp(file->temporary);
        if (fd >= 0)
            apply_umask(fd);
    }
    if (fd < 0)
        return false;
    file->stream = fdopen(fd, "w");
    if (file->stream)
        return true;
    saved = errno;
    close(fd);
    remove_temporary(file);
    errno = saved;
    return false;
}

void atomic_abandon(atomic_file *file)
{
    int saved = errno;

    if (file->stream)
        fclose(file->stream);
    file->stream = NULL;
    remove_temporary(file);
    errno = saved;
}

bool atomic_commit(atomic_file *file)
{
    FILE *stream = file->stream;
    bool in_place = !file->temporary[0];

    if (fflush(stream) || ferror(stream) ||
        (!in_place && fsync(fileno(stream)))) {
        atomic_abandon(file);
        return false;
    }
    file->stream = NULL;
    if (fclose(stream) || (!in_place && rename(file->temporary, file->path))) {
        atomic_abandon(file);
        return false;
    }
    return true;
}
