/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int daemon_holder(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_GETLK, &lock))
        return -1;
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

int daemon_find(void)
{
    const int fd =
        open(DAEMON_LOCK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int pid;

    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    pid = daemon_holder(fd);
    close(fd);
    return pid;
}
