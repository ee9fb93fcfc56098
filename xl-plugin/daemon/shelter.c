/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whoever relieves a host that is out of memory must not wait for memory
 * himself, nor be the one that is killed.
 *
 * Memory is locked as it is touched (MCL_ONFAULT, Linux 4.4): all of what is
 * mapped would be the whole of libxl and its libraries as well.  The limit is
 * raised before, because with MCL_FUTURE it counts what is mapped, and a
 * mapping beyond it fails.
 *
 * Of root's capabilities one is kept: CAP_SYS_RESOURCE, by which a trigger of
 * pressure is set up again after xenstored has come back (before Linux 6.5).
 * Where the trigger's file lets nobody write, CAP_DAC_OVERRIDE as well, since
 * root is held to that without it.
 * Where auto_remedy names something, CAP_SYSLOG as well: whether tasks hang is
 * in the kernel's log, which kernel.dmesg_restrict keeps from root without it.
 * All else that is needed belongs to root as a user: Xen's devices,
 * xenstored's socket, /run/xlmem, /etc/xen.
 */
#include "config.h"

#include "daemon/shelter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd.h"
#include "private/daemon.h"

/* The same on all architectures (Linux 5.9, asm-generic/unistd.h); headers may
 * be older than the kernel. */
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

#define OOM_FILE "/proc/self/oom_score_adj"
/* OOM_SCORE_ADJ_MIN (include/uapi/linux/oom.h): never chosen. */
#define OOM_NEVER "-1000"
/* What a process has that nobody has said anything of. */
#define OOM_ORDINARY "0"

static void set_oom_score(const char *score, const char *what_else)
{
    const int fd = open(OOM_FILE, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, score, strlen(score)) < 0)
        cmd_message("the OOM killer %s: %s: %s", what_else, OOM_FILE,
                    strerror(errno));
    if (fd >= 0)
        close(fd);
}

static void lock_memory(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    int r = setrlimit(RLIMIT_MEMLOCK, &all);

    if (!r)
        r = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    if (r)
        cmd_message("memory is not locked, so that a dom0 without memory may "
                    "keep the daemon waiting: %s",
                    strerror(errno));
}

#define CAP_BIT(cap) (UINT64_C(1) << (cap))

/* Out of the bounding set goes all but @kept, where that may be changed: the
 * unit for systemd has made it small, and leaves no CAP_SETPCAP to do that. */
static int limit_to(uint64_t kept, uint64_t held)
{
    int cap, r = 0;

    if (!(held & CAP_BIT(CAP_SETPCAP)))
        return 0;
    /* Below 0: no kernel has a capability behind that. */
    for (cap = 0; !r && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if ((cap >= 64 || !(kept & CAP_BIT(cap))) &&
            prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
            r = prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    return r;
}

/* Nor has whatever it executes more than it keeps, whatever the bounding set
 * is.  In a container not even root may have all that is wanted. */
static void drop_privileges(uint64_t wanted)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    uint64_t held, kept;
    int r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

    if (!r)
        r = (int)syscall(SYS_capget, &head, sets);
    if (!r) {
        held = sets[0].permitted | (uint64_t)sets[1].permitted << 32;
        kept = held & wanted;
        memset(sets, 0, sizeof(sets));
        sets[0].effective = sets[0].permitted = (uint32_t)kept;
        sets[1].effective = sets[1].permitted = (uint32_t)(kept >> 32);
        r = limit_to(wanted, held);
    }
    if (!r)
        r = (int)syscall(SYS_capset, &head, sets);
    if (r)
        cmd_message("privileges are kept: %s", strerror(errno));
}

static uint64_t for_triggers(void)
{
    struct stat st;
    const bool is_shut =
        !stat(XLMEM_PRESSURE_FILE, &st) && !(st.st_mode & S_IWUSR);

    return CAP_BIT(CAP_SYS_RESOURCE) |
           (is_shut ? CAP_BIT(CAP_DAC_OVERRIDE) : 0);
}

void shelter_take(bool reads_log)
{
    set_oom_score(OOM_NEVER, "may choose the daemon");
    lock_memory();
    drop_privileges(for_triggers() | (reads_log ? CAP_BIT(CAP_SYSLOG) : 0));
}

/* Linux before 5.9, or a filter of system calls that does not know it, has no
 * close_range. */
static void close_between(int first, int last)
{
    const long most = sysconf(_SC_OPEN_MAX);
    int fd;

    if (first > last || !syscall(__NR_close_range, first, last, 0))
        return;
    for (fd = first; fd <= last && fd < most; fd++)
        close(fd);
}

void shelter_leave(int keep_fd)
{
    const int first = STDERR_FILENO + 1;

    close_between(first, keep_fd - 1);
    close_between(keep_fd < first ? first : keep_fd + 1, INT_MAX);
    set_oom_score(OOM_ORDINARY, "spares a process that may need much memory");
}
