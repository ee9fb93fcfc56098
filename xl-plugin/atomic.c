/* SPDX-License-Identifier: LGPL-2.1-only */
#include "atomic.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkstemp makes files private; this one is to be like any other. */
static void apply_umask(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
}

bool atomic_open(atomic_file *file, const char *path)
{
    int fd, saved;

    if ((size_t)snprintf(file->path, sizeof(file->path), "%s", path) >=
            sizeof(file->path) ||
        (size_t)snprintf(file->temporary, sizeof(file->temporary),
                         "%.*s.XXXXXX", PATH_MAX - 8, path) !=
            (size_t)snprintf(NULL, 0, "%s.XXXXXX", path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    fd = mkstemp(file->temporary);
    if (fd < 0)
        return false;
    apply_umask(fd);
    file->stream = fdopen(fd, "w");
    if (file->stream)
        return true;
    saved = errno;
    close(fd);
    unlink(file->temporary);
    errno = saved;
    return false;
}

void atomic_abandon(atomic_file *file)
{
    int saved = errno;

    if (file->stream)
        fclose(file->stream);
    file->stream = NULL;
    unlink(file->temporary);
    errno = saved;
}

bool atomic_commit(atomic_file *file)
{
    FILE *stream = file->stream;

    if (fflush(stream) || ferror(stream) || fsync(fileno(stream))) {
        atomic_abandon(file);
        return false;
    }
    file->stream = NULL;
    if (fclose(stream) || rename(file->temporary, file->path)) {
        atomic_abandon(file);
        return false;
    }
    return true;
}
