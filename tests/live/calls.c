/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * calls MODULE.so [DOMS]: what one guarded create that fits asks of the system
 * and of Xen, counted, on a host that is made of this program:
 *
 *     guard      the decision, under the lock
 *     bind       which domain it became
 *     release    it has been created
 *
 * Xen is this program, whose xc_* the live module finds before libxenctrl's.
 * The files are the kernel's and, in a mount namespace of its own, the
 * balloon's and those of the ledger.  System calls are counted by a parent
 * that traces the process; those that libxenctrl makes are not among them.
 *
 * Prints "PHASE syscalls=N hypercalls=N"; status 1 where there are more than
 * there may be, 77 where namespaces, tracing or openat2 are not to be had.
 */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_xen.h"
#include "private/backend.h"
#include "private/guard.h"

#define SYSCALLS_MAX 51
#define HYPERCALLS_MAX 30
#define DOMS_MAX 30000

/* ------------------------------------------------------------ the host --- */

#define BALLOON_DIR "/sys/devices/system/xen_memory/xen_memory0"

static int put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    if (!file)
        return -1;
    fputs(text, file);
    return fclose(file);
}

/* False: not to be had here. */
static bool make_host(void)
{
    if (unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("none", "/run", "tmpfs", 0, "mode=0755") ||
        mount("none", "/sys/devices/system", "tmpfs", 0, "mode=0755"))
        return false;
    return !mkdir("/sys/devices/system/xen_memory", 0755) &&
           !mkdir(BALLOON_DIR, 0755) && !mkdir(BALLOON_DIR "/info", 0755) &&
           !put(BALLOON_DIR "/target_kb", "2097152\n") &&
           !put(BALLOON_DIR "/info/current_kb", "2097152\n");
}

/* Of errors only: a line that is written is a system call. */
static void log_line(void *user, int level, const char *line)
{
    (void)user;
    if (level >= 3)
        fprintf(stderr, "%s\n", line);
}

static unsigned machines_opened;

/* What of a machine is the module's for captures is none of a create's. */
static int open_no_machine(const xlmem_backend **backend_r, void **user_r,
                           char *err, size_t err_len)
{
    (void)backend_r;
    (void)user_r;
    (void)err;
    (void)err_len;
    machines_opened++;
    return XLMEM_ERROR_UNSUPPORTED;
}

static xlmem_ctx *open_host(const char *path)
{
    const xlmem_live_params params = {.struct_size = sizeof(params),
                                      .open_machine = open_no_machine};
    const xlmem_live_module_v2 *module;
    void *user, *handle = dlopen(path, RTLD_NOW);
    const xlmem_backend *backend;
    char err[320] = "";
    xlmem_ctx *ctx;

    module = handle ? dlsym(handle, "xlmem_live_module") : NULL;
    if (!module || module->open(&params, &backend, &user, err, sizeof(err))) {
        fprintf(stderr, "%s: %s\n", path, handle ? err : dlerror());
        return NULL;
    }
    if (xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL))
        return NULL;
    xlmem_ctx_set_log(ctx, log_line, NULL);
    return xlmem_ctx_set_backend(ctx, backend, user) ? NULL : ctx;
}

/* The parent counts from one to the next; nothing else asks for this. */
static void mark(void)
{
    syscall(SYS_getppid);
}

static bool create_one(xlmem_ctx *ctx, const xlmem_policy *policy,
                       unsigned called[3])
{
    xlmem_guard_request request = {.uuid =
                                       "11111111-2222-4333-8444-555555555555",
                                   .name = "calls",
                                   .binds = true};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    int rc;

    XLMEM_SET(&request, need_kb, 1 << 20);
    XLMEM_SET(&request, dom0_need_kb, 1024);
    fake_hypercalls = 0;
    mark();
    rc = xlmem_guard(ctx, policy, &request, &verdict, &hold);
    called[0] = fake_hypercalls;
    mark();
    if (!rc)
        rc = xlmem_hold_bind(ctx, hold, fake_doms);
    called[1] = fake_hypercalls - called[0];
    mark();
    xlmem_hold_release(ctx, hold, true);
    called[2] = fake_hypercalls - called[0] - called[1];
    mark();
    if (rc || verdict.kind != XLMEM_ADMIT)
        fprintf(stderr, "%s: %s\n", xlmem_verdict_name(verdict.kind),
                xlmem_strerror(rc));
    return !rc && verdict.kind == XLMEM_ADMIT;
}

/* Whether a library of this name is in this process. */
static bool maps(const char *name)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[512];
    bool found = false;

    while (file && fgets(line, sizeof(line), file))
        found |= strstr(line, name) != NULL;
    if (file)
        fclose(file);
    return found;
}

/* Without it a file is opened folder by folder: kernels before 5.6, and some
 * filters for system calls. */
static bool has_openat2(void)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC};
    const long fd = syscall(__NR_openat2, AT_FDCWD, "/", &how, sizeof(how));

    if (fd >= 0)
        close((int)fd);
    return fd >= 0;
}

/* Twice: what is made once for a host is there the second time. */
static int child(const char *path, int to_parent)
{
    unsigned called[3];
    xlmem_policy policy;
    xlmem_ctx *ctx;

    if (!has_openat2() || !make_host() ||
        ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        return 77;
    ctx = open_host(path);
    if (!ctx)
        return 1;
    xlmem_policy_init(&policy);
    policy.mode = XLMEM_MODE_ENFORCE;
    if (!create_one(ctx, &policy, called))
        return 1;
    raise(SIGSTOP);
    if (!create_one(ctx, &policy, called) ||
        write(to_parent, called, sizeof(called)) != sizeof(called))
        return 1;
    if (!maps("/libxlmem.so") || maps("/capture.so") || machines_opened) {
        fprintf(stderr, "the module for captures is in a guarded process\n");
        return 1;
    }
    xlmem_ctx_free(ctx);
    return 0;
}

/* ------------------------------------------------------------ counting --- */

/* The number of the call that a traced process is about to make. */
static long number_of(pid_t pid)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
        return -2;
    return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

/* Between its marks.  Its status when it ends. */
static int count(pid_t pid, unsigned made[3])
{
    int status, phase = -1;
    long number;

    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return status;
    ptrace(PTRACE_SETOPTIONS, pid, NULL,
           (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    while (!ptrace(PTRACE_SYSCALL, pid, NULL, NULL) &&
           waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        if (WSTOPSIG(status) != (SIGTRAP | 0x80))
            continue;
        number = number_of(pid);
        if (number == SYS_getppid)
            phase++;
        /* Whether the heap grows depends on what the process did before: xl's
         * has grown in reading its configuration. */
        else if (number >= 0 && number != SYS_brk && phase >= 0 && phase < 3)
            made[phase]++;
    }
    return status;
}

/* To bind takes the lock again; its price is the lock's. */
static int judge(const unsigned made[3], const unsigned called[3])
{
    static const char *const phases[] = {"guard", "bind", "release"};
    const unsigned most = HYPERCALLS_MAX * ((fake_doms + 999) / 1000);
    unsigned all_called = 0, i;

    for (i = 0; i < 3; i++) {
        printf("%s doms=%u syscalls=%u hypercalls=%u\n", phases[i],
               (unsigned)fake_doms, made[i], called[i]);
        all_called += called[i];
    }
    if (made[0] <= SYSCALLS_MAX && all_called <= most)
        return 0;
    printf("more than %d system calls for the decision, or %u hypercalls\n",
           SYSCALLS_MAX, most);
    return 1;
}

int main(int argc, char **argv)
{
    unsigned made[3] = {0, 0, 0}, called[3] = {0, 0, 0};
    int fds[2], status;
    pid_t pid;

    if (argc < 2)
        return 2;
    if (argc > 2)
        fake_doms = (uint32_t)strtoul(argv[2], NULL, 10);
    if (!fake_doms || fake_doms > DOMS_MAX || pipe(fds))
        return 2;
    pid = fork();
    if (!pid)
        _exit(child(argv[1], fds[1]));
    status = count(pid, made);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (read(fds[0], called, sizeof(called)) != sizeof(called))
        return 1;
    return judge(made, called);
}
