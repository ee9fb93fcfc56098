/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl-memguard daemon: becomes the daemon, a program of its own, so that the
 * other commands do not load the libraries that it needs; and that program is
 * this one with another cmd_daemon (xl-plugin/daemon/daemon.c).
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "input/session.h"

#ifdef HAVE_DAEMON
static int become_daemon(const cmd_run *run)
{
    const char *argv[8] = {"memguard-daemon", "daemon"};
    int nr = 2;

    if (run->global[GLOBAL_VERBOSE])
        argv[nr++] = "--verbose";
    if (run->global[GLOBAL_CONFIG]) {
        argv[nr++] = "--config";
        argv[nr++] = run->global[GLOBAL_CONFIG];
    }
    execv(XLMEM_DAEMON, (char **)(uintptr_t)argv);
    cmd_message("%s: %s", XLMEM_DAEMON, strerror(errno));
    return EXIT_FAILED;
}
#else
static int become_daemon(const cmd_run *run)
{
    (void)run;
    cmd_message("this was built without the daemon: libevent was missing");
    return EXIT_FAILED;
}
#endif

int cmd_daemon(const cmd_run *run)
{
    if (!session_is_live(run))
        return cmd_usage(run->spec, "a recorded host has no memory to move");
    return become_daemon(run);
}
