/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/generate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/files.h"
#include "codec/facts.h"

/* Of what it says, the end is where it says why. */
#define SAID_MAX 400
#define SLACK_BYTES 65536

/* The child: on its own, so that ^C on a terminal does not end it half way. */
static void become_generator(const boot_tree *tree, char *const argv[],
                             int out)
{
    static char *const environment[] = {
        (char *)(uintptr_t) "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                            "/usr/bin:/sbin:/bin",
        (char *)(uintptr_t) "LC_ALL=C.UTF-8", NULL};
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    if (!boot_tree_is_here(tree) && (fchdir(tree->fd) || chroot("."))) {
        dprintf(2, "chroot: %s\n", strerror(errno));
        _exit(126);
    }
    if (chdir("/"))
        _exit(126);
    execve(argv[0], argv, environment);
    dprintf(2, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* The last of what was said, in one line. */
static void take_said(int out, char said[SAID_MAX])
{
    off_t end = lseek(out, 0, SEEK_END);
    off_t at = end > SAID_MAX - 1 ? end - (SAID_MAX - 1) : 0;
    ssize_t len = end > 0 ? pread(out, said, SAID_MAX - 1, at) : 0;
    ssize_t i;

    if (len < 0)
        len = 0;
    while (len && strchr(" \n", said[len - 1]))
        len--;
    said[len] = '\0';
    for (i = 0; i < len; i++)
        if (said[i] == '\n')
            said[i] = ' ';
    xlmem__make_safe(said);
}

static int wait_for(pid_t pid, const char *name, int out, boot_msg *msg)
{
    char said[SAID_MAX];
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return boot_fail(msg, XLMEM_ERROR_IO, "%s: %s", name,
                             strerror(errno));
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        return 0;
    take_said(out, said);
    return boot_fail(
        msg, XLMEM_ERROR_IO, "%s failed (%s %d): %s", name,
        WIFEXITED(status) ? "exit status" : "signal",
        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said);
}

static int run_generator(const boot_tree *tree, char *const argv[],
                         boot_msg *msg)
{
    int out = memfd_create("xlmem-grub", MFD_CLOEXEC), rc;
    pid_t pid;

    if (out < 0)
        return boot_fail(msg, XLMEM_ERROR_IO, "memfd_create: %s",
                         strerror(errno));
    pid = fork();
    if (!pid)
        become_generator(tree, argv, out);
    rc = pid < 0 ? boot_fail(msg, XLMEM_ERROR_IO, "fork: %s", strerror(errno))
                 : wait_for(pid, argv[0], out, msg);
    close(out);
    return rc;
}

int boot_generate(const boot_tree *tree, const boot_host *host, boot_msg *msg)
{
    char program[BOOT_PATH_MAX + 1], menu[BOOT_PATH_MAX + 1], option[] = "-o";
    char update[] = "/usr/sbin/update-grub";
    char *const by_name[] = {update, NULL};
    char *const by_path[] = {program, option, menu, NULL};

    snprintf(program, sizeof(program), "/%s", host->mkconfig);
    snprintf(menu, sizeof(menu), "/%s", host->menu);
    return run_generator(tree, host->update_grub ? by_name : by_path, msg);
}

int boot_generate_check(const boot_tree *tree, const boot_host *host,
                        boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2];
    uint64_t room;
    xlmem__str text;
    int rc;

    if (!*host->mkconfig)
        return boot_fail(msg, XLMEM_ERROR_NOTFOUND,
                         "there is no grub-mkconfig to make GRUB's "
                         "configuration with");
    if (!*host->menu)
        return boot_fail(msg, XLMEM_ERROR_NOTFOUND,
                         "there is no grub.cfg in /boot/grub or /boot/grub2: "
                         "what GRUB boots by is not known");
    boot_tree_name(tree, host->menu, name, sizeof(name));
    if (faccessat(tree->fd, host->menu, W_OK, AT_EACCESS))
        return boot_fail(msg, XLMEM_ERROR_PERM, "%s cannot be written: %s",
                         name, strerror(errno));
    rc = boot_file_check_names(tree, host->menu, msg);
    if (!rc)
        rc = boot_tree_read(tree, host->menu, &text, msg);
    if (rc)
        return rc;
    room = boot_file_room(tree, host->menu);
    free((char *)(uintptr_t)text.p);
    if (room >= text.len + SLACK_BYTES)
        return 0;
    return boot_fail(msg, XLMEM_ERROR_IO,
                     "too little room beside %s to make it anew: %llu kB "
                     "free, %zu kB needed; remove a kernel that is not used "
                     "any more",
                     name, (unsigned long long)room / 1024,
                     (text.len + SLACK_BYTES + 1023) / 1024);
}

int boot_read_menu(const boot_tree *tree, const boot_host *host,
                   boot_entries *entries_r, boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2];
    xlmem__str text;
    int rc = *host->menu ? boot_tree_read(tree, host->menu, &text, msg)
                         : XLMEM_ERROR_NOTFOUND;

    if (rc == XLMEM_ERROR_NOTFOUND)
        return boot_fail(msg, rc, "%s is not there",
                         boot_tree_name(tree, host->menu, name, sizeof(name)));
    if (rc)
        return rc;
    rc = boot_entries_of(text, entries_r);
    free((char *)(uintptr_t)text.p);
    return rc;
}

/* The value behind the last line that begins with @key, without quotes. */
static char *last_value(xlmem__str text, const char *key)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__str line, found = {NULL, 0};

    while (xlmem__next_line(&lines, &line)) {
        line = xlmem__trim(line);
        if (!xlmem__skip(&line, key))
            continue;
        if (line.len > 1 && strchr("\"'", line.p[0]) &&
            line.p[line.len - 1] == line.p[0]) {
            line.p++;
            line.len -= 2;
        }
        found = line;
    }
    return found.p ? strndup(found.p, found.len) : NULL;
}

static char *read_value(const boot_tree *tree, const char *path,
                        const char *key)
{
    xlmem__str text;
    boot_msg msg = {.text = ""};
    char *value;

    if (boot_tree_read(tree, path, &text, &msg))
        return NULL;
    value = last_value(text, key);
    free((char *)(uintptr_t)text.p);
    return value;
}

char *boot_default_entry(const boot_tree *tree, const boot_host *host)
{
    char path[BOOT_PATH_MAX + 16], *value, *slash;
    boot_entries menu;
    boot_msg msg = {.text = ""};

    if (boot_read_menu(tree, host, &menu, &msg))
        return NULL;
    value = menu.wanted;
    menu.wanted = NULL;
    boot_entries_dispose(&menu);
    if (!value || strcmp(value, "${saved_entry}"))
        return value;
    free(value);
    snprintf(path, sizeof(path), "%s", host->menu);
    slash = strrchr(path, '/');
    strcpy(slash ? slash + 1 : path, "grubenv");
    return read_value(tree, path, "saved_entry=");
}
