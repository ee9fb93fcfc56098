/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * sick WAY [ARG...]: makes dom0 sick, says "ok" when it is, and keeps it so
 * until it is killed.
 *
 *     halves            takes all memory and gives up every second page of it:
 *                       what is left can move
 *     pipes KIB         so much of the kernel's own, of which one page in
 *                       eight stays: it cannot move
 *     names KIB         so much of names of files, of which one page in four
 *                       stays until caches are dropped, and no larger pieces
 *     holds             takes what lies in larger pieces
 *     xenstore          reads the store without end
 *     grant DOMID REF   maps a page that DOMID has granted to dom0
 *     fault             has a page fault wait for a disk that does not answer,
 *                       with the lock of its memory map held, and a thread
 *                       wait for that
 *
 * Larger pieces are of order 3, in the zone that dom0 has nearly all of its
 * memory in; the two that take them stop at so few that the doctor calls it
 * fragmented.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nbd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PAGE 4096
#define MIB (1 << 20)

/* Half of what the doctor wants (model/units.h, XLMEM__ENOUGH_BLOCKS). */
#define FEW_BLOCKS 256

static void say_ok(void)
{
    printf("ok\n");
    fflush(stdout);
}

static _Noreturn void stay(void)
{
    for (;;)
        pause();
}

/* Blocks of order 3 that the free lists of DMA32 make. */
static unsigned long blocks(void)
{
    unsigned long n[11] = {0}, sum = 0;
    FILE *file = fopen("/proc/buddyinfo", "re");
    char line[256], *at;
    int o;

    if (!file)
        err(1, "buddyinfo");
    while (fgets(line, sizeof(line), file))
        if ((at = strstr(line, "DMA32 ")))
            for (o = 0, at += 6; o < 11; o++)
                n[o] = strtoul(at, &at, 10);
    fclose(file);
    for (o = 3; o < 11; o++)
        sum += n[o] << (o - 3);
    return sum;
}

/* There is no swap: nobody takes it away. */
static void *filled(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (at == MAP_FAILED)
        err(1, "mmap");
    return at;
}

static char *held[1 << 16];

/* MiB by MiB until fewer blocks are left; how many MiB there are in held. */
static size_t hold_all(unsigned long left)
{
    size_t nr = 0;

    while (nr < sizeof(held) / sizeof(held[0]) && blocks() >= left)
        held[nr++] = filled(MIB);
    return nr;
}

static void make_halves(void)
{
    const size_t nr = hold_all(FEW_BLOCKS);
    size_t i;
    int at;

    for (i = 0; i < nr; i++)
        for (at = PAGE; at < MIB; at += 2 * PAGE)
            if (madvise(held[i] + at, PAGE, MADV_DONTNEED))
                err(1, "giving a page up");
}

/* ------------------------------------------------------------- pipes --- */

#define SLOTS 256

typedef struct pages {
    int fds[2];
    int nr;
} pages;

/* Packets of a byte have a page each. */
static void add_page(pages *p)
{
    if (!p->nr && (pipe2(p->fds, O_DIRECT | O_CLOEXEC) ||
                   fcntl(p->fds[1], F_SETPIPE_SZ, SLOTS * PAGE) < 0))
        err(1, "pipe");
    if (write(p->fds[1], "", 1) != 1)
        err(1, "writing to a pipe");
    p->nr = (p->nr + 1) % SLOTS;
}

/* One for each time that it was filled. */
static int (*spare)[2];
static size_t nr_spare;

static void add_spare_page(pages *p)
{
    add_page(p);
    if (p->nr)
        return;
    spare = realloc(spare, (nr_spare + 1) * sizeof(*spare));
    if (!spare)
        err(1, "memory");
    memcpy(spare[nr_spare++], p->fds, sizeof(p->fds));
}

static void make_pipes(unsigned long kib)
{
    const struct rlimit many = {65536, 65536};
    pages kept = {.nr = 0}, given = {.nr = 0};
    unsigned long i;

    if (setrlimit(RLIMIT_NOFILE, &many))
        err(1, "files");
    for (i = 0; i < kib / 4; i++)
        if (i % 8)
            add_spare_page(&given);
        else
            add_page(&kept);
    for (i = 0; i < nr_spare; i++) {
        close(spare[i][0]);
        close(spare[i][1]);
    }
}

/* ------------------------------------------------------------- names --- */

/* Of what is to be found, a twentieth may be in larger pieces (model/doctor/
 * fragmented.c): of 24 MiB 38 blocks. */
#define NAMES_BLOCKS 32
#define BLOCK (8 * PAGE)

/* Names are freed some time after they are gone (RCU). */
static void settle(void)
{
    int i;

    for (i = 0; i < 20 && blocks() < NAMES_BLOCKS; i++)
        usleep(100000);
}

/* So much lies in a socket in one block of order 3 (Linux, net/unix/af_unix.c,
 * unix_stream_sendmsg).  For that nobody has to give up what he has, so that
 * caches and smaller pieces stay. */
static void hold_blocks(void)
{
    static const char block[BLOCK];
    const int most = 1 << 29;
    int i, ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                   ends) ||
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &most, sizeof(most)))
        err(1, "socket");
    for (; blocks() >= NAMES_BLOCKS; settle())
        for (i = 0; i < NAMES_BLOCKS / 2; i++)
            if (write(ends[0], block, BLOCK) != BLOCK)
                err(1, "writing to a socket");
}

/* Descriptions of names of files have 192 bytes (Linux, struct dentry). */
#define NAMES_A_PAGE 21
#define NAMES "/run/names"

static void make_folder(const char *path)
{
    if (mkdir(path, 0700) && errno != EEXIST)
        err(1, "%s", path);
}

/* Who asks for a file that is not there has the kernel remember that, below
 * cgroups as long as the group is there: not so below tmpfs. */
static void ask_for_names(unsigned long kib)
{
    char path[64];
    struct stat st;
    unsigned long i;
    int n;

    for (i = 0; i < kib / 4; i++)
        for (n = 0; n < NAMES_A_PAGE; n++) {
            snprintf(path, sizeof(path), NAMES "/%s/%lx.%d",
                     i % 8 < 2 ? "kept" : "given", i, n);
            if (!stat(path, &st))
                errx(1, "%s is there", path);
        }
}

/* Twice as much is left for them: who is short of memory drops caches. */
static void make_names(unsigned long kib)
{
    hold_all(2 * kib * 1024 / BLOCK);
    make_folder(NAMES);
    if (mount("none", NAMES, "cgroup2", 0, NULL))
        err(1, "cgroup2");
    make_folder(NAMES "/kept");
    make_folder(NAMES "/given");
    ask_for_names(kib);
    if (rmdir(NAMES "/given"))
        err(1, NAMES);
    hold_blocks();
}

/* ---------------------------------------------------------------- Xen --- */

/* Xen, public/io/xs_wire.h. */
struct xs_head {
    uint32_t type, request, transaction, len;
};
#define XS_DIRECTORY 1

/* So many lie there unanswered, that xenstored does not wait for whoever asks
 * to be given a CPU. */
#define QUESTIONS 32

static void ask(int fd)
{
    static const char path[] = "/local/domain/0";
    const struct xs_head head = {XS_DIRECTORY, 0, 0, sizeof(path)};
    char message[sizeof(head) + sizeof(path)];

    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), path, sizeof(path));
    if (write(fd, message, sizeof(message)) != sizeof(message))
        err(1, "xenstored");
}

static void read_answer(int fd)
{
    char answer[8192];
    struct xs_head head;

    if (recv(fd, &head, sizeof(head), MSG_WAITALL) != sizeof(head) ||
        head.len > sizeof(answer) ||
        recv(fd, answer, head.len, MSG_WAITALL) != (ssize_t)head.len)
        err(1, "xenstored");
}

/* Two, so that while one is answered the other has asked. */
static _Noreturn void make_xenstore(void)
{
    const struct sockaddr_un at = {AF_UNIX, "/run/xenstored/socket"};
    const bool second = !fork();
    int i, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (second)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)))
        err(1, "%s", at.sun_path);
    for (i = 0; i < QUESTIONS; i++)
        ask(fd);
    if (!second)
        say_ok();
    for (;;) {
        read_answer(fd);
        ask(fd);
    }
}

/* Linux, include/uapi/xen/gntdev.h. */
struct map_grant {
    uint32_t count, pad;
    uint64_t index;
    uint32_t domid, ref;
};
#define MAP_GRANT _IOC(_IOC_NONE, 'G', 0, sizeof(struct map_grant))

static void make_grant(uint32_t domid, uint32_t ref)
{
    struct map_grant grant = {.count = 1, .domid = domid, .ref = ref};
    int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, MAP_GRANT, &grant))
        err(1, "gntdev");
    if (mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
             (off_t)grant.index) == MAP_FAILED)
        err(1, "mapping a grant");
}

/* ---------------------------------------------------------- the fault --- */

#define DISK "/dev/nbd0"
#define DISK_BYTES (4 * MIB)
#define DEAF_AT (2 * MIB)

/* The disk's server writes there what tells that the lock is held. */
static int asked_again[2];

/* Of what is asked for there the first time fails.  A fault that waits lets go
 * of the lock; it is tried again, and then it does not (Linux mm/filemap.c,
 * filemap_fault). */
static bool is_deaf(const struct nbd_request *request)
{
    return be64toh(request->from) >= DEAF_AT;
}

static void *serve(void *arg)
{
    const int fd = *(int *)arg;
    static char zeros[DISK_BYTES];
    struct nbd_request request;
    struct nbd_reply reply = {.magic = htobe32(NBD_REPLY_MAGIC)};
    int nr = 0;

    while (read(fd, &request, sizeof(request)) == sizeof(request)) {
        if (is_deaf(&request) && nr++) {
            if (write(asked_again[1], "", 1) != 1)
                break;
            continue;
        }
        memcpy(reply.handle, request.handle, sizeof(reply.handle));
        reply.error = htobe32(is_deaf(&request) ? EIO : 0);
        if (write(fd, &reply, sizeof(reply)) != sizeof(reply))
            break;
        if (!reply.error &&
            write(fd, zeros, be32toh(request.len)) != be32toh(request.len))
            break;
    }
    return NULL;
}

static void *attend(void *arg)
{
    ioctl(*(int *)arg, NBD_DO_IT);
    return NULL;
}

static void start(void *(*run)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, arg))
        errx(1, "no thread");
}

static void *touch(void *arg)
{
    return (void *)(uintptr_t) * (volatile char *)arg;
}

/* From then on whoever changes the map waits, and behind him who reads it: a
 * new thread, and what printf allocates. */
static void *map(void *arg)
{
    char c;

    (void)arg;
    if (read(asked_again[0], &c, 1) != 1 ||
        write(STDOUT_FILENO, "ok\n", 3) != 3)
        err(1, "telling of the lock");
    return mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The disk's server is a process of its own, whose map nobody locks. */
static void make_disk(void)
{
    static int nbd, ends[2];

    nbd = open(DISK, O_RDWR | O_CLOEXEC);
    if (nbd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ||
        ioctl(nbd, NBD_SET_BLKSIZE, (unsigned long)PAGE) ||
        ioctl(nbd, NBD_SET_SIZE_BLOCKS, (unsigned long)DISK_BYTES / PAGE) ||
        ioctl(nbd, NBD_SET_SOCK, (unsigned long)ends[0]))
        err(1, DISK);
    start(serve, &ends[1]);
    start(attend, &nbd);
    stay();
}

static _Noreturn void make_fault(void)
{
    char *at = MAP_FAILED;
    int i, fd;

    if (pipe2(asked_again, O_CLOEXEC))
        err(1, "pipe");
    if (!fork())
        make_disk();
    for (i = 0; i < 100 && at == MAP_FAILED; i++) {
        usleep(100000);
        fd = open(DISK, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && lseek(fd, 0, SEEK_END) == DISK_BYTES)
            at = mmap(NULL, DISK_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    }
    if (at == MAP_FAILED)
        err(1, "mapping " DISK);
    madvise(at, DISK_BYTES, MADV_RANDOM);
    start(map, NULL);
    start(touch, at + DEAF_AT);
    stay();
}

static void make_sick(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";

    if (!strcmp(way, "halves"))
        make_halves();
    else if (!strcmp(way, "holds"))
        hold_all(FEW_BLOCKS);
    else if (!strcmp(way, "pipes") && argc > 2)
        make_pipes(strtoul(argv[2], NULL, 10));
    else if (!strcmp(way, "names") && argc > 2)
        make_names(strtoul(argv[2], NULL, 10));
    else if (!strcmp(way, "xenstore"))
        make_xenstore();
    else if (!strcmp(way, "grant") && argc > 3)
        make_grant((uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]));
    else if (!strcmp(way, "fault"))
        make_fault();
    else
        errx(2, "sick halves|pipes|names|holds|xenstore|grant|fault");
}

int main(int argc, char **argv)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof(first), &first);
    make_sick(argc, argv);
    say_ok();
    stay();
}
