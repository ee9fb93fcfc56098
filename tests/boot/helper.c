/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a shell cannot do:
 *
 *   helper lock FILE COMMAND...   run it while FILE has the lock of dpkg
 *   helper folder DIR COMMAND...  run it while DIR has the lock of the editor
 *   helper kill N COMMAND...      run it, and kill it at its N-th system call
 *                                 that changes something: odd ones before it
 *                                 is carried out, even ones behind
 *
 *   helper fail N COMMAND...      run it, and have the N-th such call fail
 *                                 with EIO
 *
 * Exit status: the command's, of fail 77 where it has no such call; of kill 0
 * when it was killed, 77 when it came to its end before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **argv)
{
    int status;
    pid_t pid = fork();

    if (!pid) {
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return 126;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_locked(const char *file, char **argv)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || fcntl(fd, F_SETLK, &lock))
        return 126;
    return run(argv);
}

static int run_with_folder(const char *folder, char **argv)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || flock(fd, LOCK_EX))
        return 126;
    return run(argv);
}

#ifdef __x86_64__
static bool changes(const struct user_regs_struct *regs)
{
    switch (regs->orig_rax) {
    case SYS_openat:
        return regs->rdx & O_CREAT;
    case SYS_write:
        return regs->rdi > 2;
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_rename:
    case SYS_unlinkat:
    case SYS_unlink:
    case SYS_mkdirat:
    case SYS_mkdir:
    case SYS_fchmod:
    case SYS_fchown:
    case SYS_fsetxattr:
    case SYS_fsync:
    case SYS_clone:
    case SYS_clone3:
    case SYS_wait4:
        return true;
    default:
        return false;
    }
}

/* One system call further, in or out; false: it has ended. */
static bool step(pid_t pid, int *status)
{
    do {
        int signal = WIFSTOPPED(*status) &&
                             WSTOPSIG(*status) != (SIGTRAP | 0x80) &&
                             WSTOPSIG(*status) != SIGTRAP &&
                             WSTOPSIG(*status) != SIGSTOP
                         ? WSTOPSIG(*status)
                         : 0;

        if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) ||
            waitpid(pid, status, 0) < 0 || !WIFSTOPPED(*status))
            return false;
    } while (WSTOPSIG(*status) != (SIGTRAP | 0x80));
    return true;
}

/* In place of the call none is made, and EIO is what it returns. */
static void fail_call(pid_t pid, struct user_regs_struct *regs, int *status)
{
    regs->orig_rax = (unsigned long long)-1;
    ptrace(PTRACE_SETREGS, pid, NULL, regs);
    if (!step(pid, status) || ptrace(PTRACE_GETREGS, pid, NULL, regs))
        return;
    regs->rax = (unsigned long long)-EIO;
    ptrace(PTRACE_SETREGS, pid, NULL, regs);
}

static int fail_at(pid_t pid, unsigned long n, int *status)
{
    struct user_regs_struct regs;
    unsigned long seen = 0;
    bool in = false;

    ptrace(PTRACE_SETOPTIONS, pid, NULL,
           (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    while (step(pid, status)) {
        in = !in;
        if (!in || ptrace(PTRACE_GETREGS, pid, NULL, &regs) ||
            !changes(&regs) || regs.orig_rax == SYS_wait4 || ++seen != n)
            continue;
        fail_call(pid, &regs, status);
        in = false;
    }
    if (!WIFEXITED(*status))
        return 126;
    return seen < n ? 77 : WEXITSTATUS(*status);
}

/* Counts at the way in and at the way out of each call. */
static int kill_at(pid_t pid, unsigned long n, int *status)
{
    struct user_regs_struct regs;
    unsigned long seen = 0;
    bool in = false;

    ptrace(PTRACE_SETOPTIONS, pid, NULL,
           (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    while (step(pid, status)) {
        in = !in;
        if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) || !changes(&regs) ||
            ++seen < n)
            continue;
        kill(pid, SIGKILL);
        /* And all that it has started, which is ours then. */
        while (wait(status) > 0 || errno == EINTR)
            ;
        return 0;
    }
    return 77;
}

static int run_traced(unsigned long n, bool kills, char **argv)
{
    int status;
    pid_t pid;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid = fork();
    if (!pid) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
        return 126;
    return kills ? kill_at(pid, n, &status) : fail_at(pid, n, &status);
}
#else
static int run_traced(unsigned long n, bool kills, char **argv)
{
    (void)n;
    (void)kills;
    (void)argv;
    return 125;
}
#endif

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    if (!strcmp(argv[1], "lock"))
        return run_locked(argv[2], argv + 3);
    if (!strcmp(argv[1], "folder"))
        return run_with_folder(argv[2], argv + 3);
    if (!strcmp(argv[1], "kill") || !strcmp(argv[1], "fail"))
        return run_traced(strtoul(argv[2], NULL, 10), !strcmp(argv[1], "kill"),
                          argv + 3);
    return 2;
}
