/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A POSIX record lock: it goes with its process, whatever ends that, and says
 * who has it.  A child does not inherit it (fcntl(2)): one that outlives the
 * daemon (attending.c) holds up no other, and does not let go of it by closing
 * what it inherits.  This process closes no descriptor of the file, which is
 * what such a lock would not survive, but one of a file that was removed.
 */
#include "daemon/single.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "input/daemon.h"

/* The file whose lock we hold. */
static int held = -1;

static int single_fail(const char *path)
{
    const int e = errno;

    cmd_message("%s: %s", path, strerror(e));
    return e == EACCES || e == EPERM || e == ELOOP ? XLMEM_ERROR_PERM
                                                   : XLMEM_ERROR_IO;
}

static int say_who(int fd)
{
    const int pid = daemon_holder(fd);

    if (pid <= 0)
        cmd_message("another daemon has just ended: start again");
    else
        cmd_message("the daemon runs already: process %d (it holds %s)", pid,
                    DAEMON_LOCK);
    return XLMEM_ERROR_BUSY;
}

bool single_is_found(void)
{
    struct stat ours, there;

    return held >= 0 && !fstat(held, &ours) && !lstat(DAEMON_LOCK, &there) &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

int single_take(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd, rc;

    if (mkdir(DAEMON_DIR, 0755) && errno != EEXIST)
        return single_fail(DAEMON_DIR);
    fd = open(DAEMON_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return single_fail(DAEMON_LOCK);
    if (!fcntl(fd, F_SETLK, &lock)) {
        if (held >= 0)
            close(held);
        held = fd;
        return 0;
    }
    rc = errno == EACCES || errno == EAGAIN ? say_who(fd)
                                            : single_fail(DAEMON_LOCK);
    close(fd);
    return rc;
}
