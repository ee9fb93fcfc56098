/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The only process of the bed's Linux guest.  dom0 drives it through the
 * guest's xenstore folder: a line "NUMBER VERB [KIB]" in data/command is
 * carried out once and answered by "NUMBER RESULT" in data/done.
 *
 *   alloc KIB      take memory
 *   want KIB       take so much bit by bit, as far as memory is there
 *   free           give back what alloc, want and fragment took
 *   fragment KIB   take memory, give back every second page
 *   hold           put every new balloon target back to the present size
 *   follow         stop doing that
 *   clutch         take what is available, which the balloon cannot have then,
 *                  and go on publishing that it is; until free
 *   publish        write data/meminfo_total and _free now and each second
 *   flood          write data/meminfo_free a thousand times a second, or as
 *                  often as xenstored answers
 *   calm           end that; how often it was is in data/flooded
 *   garble         publish what is no number, and then no more
 *   litter KIB     leave so much in xenstore, a KiB a node
 *   mute           remove what it has published, and publish no more
 *   report         start memguard-guest
 *   unreport       end it
 *   devices        load the front ends of vifs and vbds; eth0 is up
 *   read KIB       read xvda past the page cache, in requests as large as the
 *                  ring takes
 *   send KIB       send so much as broadcasts on eth0
 */
#define _GNU_SOURCE /* O_DIRECT, memfd_create */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define BALLOON "/sys/devices/system/xen_memory/xen_memory0/"
#define DISK "/dev/xvda"
#define CARD "eth0"
/* A /24 of its own; only who broadcasts into it has to agree. */
#define ADDRESS "10.9.0.2"
#define BROADCAST "10.9.0.255"
#define DISCARD_PORT 9
#define DATAGRAM_BYTES 1400
/* More than 32 requests of 32 pages, what a ring has in flight at most. */
#define READ_BYTES (8 << 20)
#define DEVICE_WAIT_TICKS 200
#define TICK_US 100000
#define TICKS_PER_S 10
#define XENBUS "/dev/xen/xenbus"
#define FLOOD_PER_S 1000
#define GARBAGE_BYTES 3000
/* Of what wants: at a time, and what is left to the kernel. */
#define WANT_BYTES (16 << 20)
#define SPARE_KB 24576

/* xen/include/public/io/xs_wire.h */
enum { XS_READ = 2, XS_WRITE = 11, XS_RM = 13 };
#define XS_PAYLOAD_MAX 4096
struct xs_header {
    uint32_t type, req_id, tx_id, len;
};

static struct {
    int xenbus;
    int taken; /* a file in memory; 0: nothing is taken */
    off_t taken_bytes, wanted_bytes;
    char *fragments;
    size_t fragments_bytes;
    long held_kb;    /* 0: the balloon is free */
    long claimed_kb; /* published as available; 0: what is so */
    int publishing;
    pid_t reporter, flooder;
    volatile long *flooded; /* counted by the flooder, read here */
} agent;

static int read_all(int fd, void *to, size_t len)
{
    size_t done = 0;
    ssize_t r;

    while (done < len) {
        r = read(fd, (char *)to + done, len - done);
        if (r <= 0)
            return -1;
        done += (size_t)r;
    }
    return 0;
}

/* One request, one answer; no watch is ever set. */
static int xs_talk(uint32_t type, const char *data, size_t len, char *answer,
                   size_t room)
{
    struct xs_header h = {.type = type, .len = (uint32_t)len};
    char request[sizeof(h) + XS_PAYLOAD_MAX], drop;

    if (len > XS_PAYLOAD_MAX)
        return -1;
    memcpy(request, &h, sizeof(h));
    memcpy(request + sizeof(h), data, len);
    if (write(agent.xenbus, request, sizeof(h) + len) < 0)
        return -1;
    if (read_all(agent.xenbus, &h, sizeof(h)))
        return -1;
    if (h.len >= room) {
        while (h.len--)
            if (read_all(agent.xenbus, &drop, 1))
                return -1;
        return -1;
    }
    if (read_all(agent.xenbus, answer, h.len))
        return -1;
    answer[h.len] = '\0';
    return h.type == type ? 0 : -1;
}

static int xs_read(const char *path, char *value, size_t room)
{
    return xs_talk(XS_READ, path, strlen(path) + 1, value, room);
}

static void xs_write(const char *path, const char *value)
{
    char data[XS_PAYLOAD_MAX], answer[64];
    size_t n = strlen(path) + 1;

    snprintf(data, sizeof(data), "%s", path);
    snprintf(data + n, sizeof(data) - n, "%s", value);
    if (xs_talk(XS_WRITE, data, n + strlen(value), answer, sizeof(answer)))
        fprintf(stderr, "agent: cannot write %s\n", path);
}

static void xs_remove(const char *path)
{
    char answer[64];

    xs_talk(XS_RM, path, strlen(path) + 1, answer, sizeof(answer));
}

static long read_number(const char *path)
{
    FILE *f = fopen(path, "r");
    long n = -1;

    if (!f)
        return -1;
    if (fscanf(f, "%ld", &n) != 1)
        n = -1;
    fclose(f);
    return n;
}

static void write_number(const char *path, long n)
{
    FILE *f = fopen(path, "w");

    if (!f)
        return;
    fprintf(f, "%ld", n);
    fclose(f);
}

static long meminfo_kb(const char *key)
{
    FILE *f = fopen("/proc/meminfo", "r");
    char line[128];
    long kb = -1;

    while (f && fgets(line, sizeof(line), f))
        if (!strncmp(line, key, strlen(key)))
            kb = strtol(line + strlen(key), NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

static void give_back(void)
{
    if (agent.fragments)
        munmap(agent.fragments, agent.fragments_bytes);
    agent.fragments = NULL;
    if (agent.taken > 0)
        close(agent.taken);
    agent.taken = 0;
    agent.taken_bytes = agent.wanted_bytes = 0;
    agent.claimed_kb = 0;
}

/* Anonymous memory costs a PV guest a hypercall for each page. */
static int reserve(long kb)
{
    give_back();
    agent.taken = memfd_create("taken", MFD_CLOEXEC);
    if (agent.taken < 0)
        return -errno;
    agent.wanted_bytes = (off_t)kb * 1024;
    return 0;
}

static int touch(off_t bytes)
{
    const off_t missing = agent.wanted_bytes - agent.taken_bytes;

    if (bytes > missing)
        bytes = missing;
    if (fallocate(agent.taken, 0, agent.taken_bytes, bytes))
        return -errno;
    agent.taken_bytes += bytes;
    return 0;
}

static int take(long kb)
{
    int r = reserve(kb);

    return r ? r : touch(agent.wanted_bytes);
}

static int fragment(long kb)
{
    size_t at, bytes = (size_t)kb * 1024;
    char *p;

    give_back();
    p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
             -1, 0);
    if (p == MAP_FAILED)
        return -errno;
    madvise(p, bytes, MADV_NOHUGEPAGE);
    for (at = 0; at < bytes; at += PAGE_BYTES)
        p[at] = 1;
    for (at = 0; at < bytes; at += 2 * PAGE_BYTES)
        madvise(p + at, PAGE_BYTES, MADV_DONTNEED);
    agent.fragments = p;
    agent.fragments_bytes = bytes;
    return 0;
}

static int clutch(void)
{
    const long kb = meminfo_kb("MemAvailable:");
    const int r = take(kb - SPARE_KB);

    agent.claimed_kb = kb;
    return r;
}

/* What is there, and not what would have to be taken from somebody. */
static void take_more(void)
{
    const off_t bytes = (meminfo_kb("MemAvailable:") - SPARE_KB) * 1024;

    if (agent.taken_bytes < agent.wanted_bytes && bytes > 0)
        touch(bytes < WANT_BYTES ? bytes : WANT_BYTES);
}

static int load(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long r;

    if (fd < 0)
        return -errno;
    r = syscall(SYS_finit_module, fd, "", 0);
    r = r && errno != EEXIST ? -errno : 0;
    close(fd);
    return (int)r;
}

static int set_address(int fd, unsigned long what, const char *address)
{
    struct ifreq request = {.ifr_name = CARD};
    struct sockaddr_in in = {.sin_family = AF_INET};

    inet_pton(AF_INET, address, &in.sin_addr);
    memcpy(&request.ifr_addr, &in, sizeof(in));
    return ioctl(fd, what, &request) ? -errno : 0;
}

/* Without a card there is nothing to bring up. */
static int card_up(void)
{
    struct ifreq request = {.ifr_name = CARD};
    int r, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    r = ioctl(fd, SIOCGIFFLAGS, &request);
    if (!r) {
        request.ifr_flags |= IFF_UP;
        r = ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
        r = r ? r : set_address(fd, SIOCSIFADDR, ADDRESS);
        r = r ? r : set_address(fd, SIOCSIFNETMASK, "255.255.255.0");
        r = r ? r : set_address(fd, SIOCSIFBRDADDR, BROADCAST);
    } else {
        r = 0;
    }
    close(fd);
    return r;
}

static int devices(void)
{
    int r = load("/xen-blkfront.ko");

    r = r ? r : load("/xen-netfront.ko");
    return r ? r : card_up();
}

/* The disk appears when its back end has answered. */
static int open_disk(void)
{
    int fd, tick;

    for (tick = 0; tick < DEVICE_WAIT_TICKS; tick++) {
        fd = open(DISK, O_RDONLY | O_DIRECT | O_CLOEXEC);
        if (fd >= 0)
            return fd;
        usleep(TICK_US);
    }
    return -errno;
}

static int read_disk(long kb)
{
    off_t at, bytes = (off_t)kb * 1024;
    int r = 0, fd = open_disk();
    char *to;

    if (fd < 0)
        return fd;
    to = mmap(NULL, READ_BYTES, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (to == MAP_FAILED)
        r = -errno;
    for (at = 0; !r && at < bytes; at += READ_BYTES)
        r = pread(fd, to, READ_BYTES, at) == READ_BYTES ? 0 : -EIO;
    if (to != MAP_FAILED)
        munmap(to, READ_BYTES);
    close(fd);
    return r;
}

static int send_packets(long kb)
{
    static char data[DATAGRAM_BYTES];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(DISCARD_PORT)};
    int on = 1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;
    long sent;

    if (fd < 0)
        return -errno;
    inet_pton(AF_INET, BROADCAST, &to.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    for (sent = 0; !r && sent < kb * 1024; sent += DATAGRAM_BYTES)
        if (sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to,
                   sizeof(to)) < 0)
            r = -errno;
    close(fd);
    return r;
}

static void write_free(long kb)
{
    char value[32];

    snprintf(value, sizeof(value), "%ld", kb);
    xs_write("data/meminfo_free", value);
}

static long ms_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Each of them says something else, by less than a MiB. */
static void write_without_end(long free_kb)
{
    const long began_ms = ms_now();

    agent.xenbus = open(XENBUS, O_RDWR);
    for (;;) {
        while (*agent.flooded < (ms_now() - began_ms) * FLOOD_PER_S / 1000)
            write_free(free_kb + ++*agent.flooded % 1000);
        usleep(1000);
    }
}

static int flood(void)
{
    void *shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return -errno;
    agent.publishing = 0;
    agent.flooded = shared;
    agent.flooder = fork();
    if (!agent.flooder)
        write_without_end(meminfo_kb("MemAvailable:"));
    return agent.flooder < 0 ? -errno : 0;
}

static int calm(void)
{
    char value[32];

    if (kill(agent.flooder, SIGKILL) || waitpid(agent.flooder, NULL, 0) < 0)
        return -errno;
    snprintf(value, sizeof(value), "%ld", *agent.flooded);
    xs_write("data/flooded", value);
    return 0;
}

static const char *const published[] = {"data/meminfo_total",
                                        "data/meminfo_free", "data/updated",
                                        "data/memguard/report"};
#define NR_PUBLISHED (sizeof(published) / sizeof(published[0]))

static void garble(void)
{
    static const char *const garbage[] = {
        "-1", "99999999999999999999", "0x10", "", " 1 2", "1e9"};
    char longest[GARBAGE_BYTES + 1];
    size_t i, j;

    memset(longest, '9', GARBAGE_BYTES);
    longest[GARBAGE_BYTES] = '\0';
    agent.publishing = 0;
    for (i = 0; i < NR_PUBLISHED; i++) {
        for (j = 0; j < sizeof(garbage) / sizeof(garbage[0]); j++)
            xs_write(published[i], garbage[j]);
        xs_write(published[i], longest);
    }
}

static void litter(long kb)
{
    char path[48], value[1025];

    memset(value, '9', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    while (kb-- > 0) {
        snprintf(path, sizeof(path), "data/memguard/%ld", kb);
        xs_write(path, value);
    }
}

static void mute(void)
{
    size_t i;

    agent.publishing = 0;
    for (i = 0; i < NR_PUBLISHED; i++)
        xs_remove(published[i]);
}

static int report(void)
{
    agent.reporter = fork();
    if (!agent.reporter) {
        execl("/memguard-guest", "memguard-guest", (char *)NULL);
        _exit(127);
    }
    return agent.reporter < 0 ? -errno : 0;
}

static int unreport(void)
{
    int status;

    if (kill(agent.reporter, SIGTERM) ||
        waitpid(agent.reporter, &status, 0) < 0)
        return -errno;
    return status;
}

static void publish(void)
{
    char value[32];

    agent.publishing = 1;
    snprintf(value, sizeof(value), "%ld", meminfo_kb("MemTotal:"));
    xs_write("data/meminfo_total", value);
    write_free(agent.claimed_kb ? agent.claimed_kb
                                : meminfo_kb("MemAvailable:"));
    xs_write("data/updated", "1");
}

static int carry_out(const char *verb, long kb)
{
    if (!strcmp(verb, "alloc"))
        return take(kb);
    if (!strcmp(verb, "clutch"))
        return clutch();
    if (!strcmp(verb, "want"))
        return reserve(kb);
    if (!strcmp(verb, "fragment"))
        return fragment(kb);
    if (!strcmp(verb, "read"))
        return read_disk(kb);
    if (!strcmp(verb, "send"))
        return send_packets(kb);
    if (!strcmp(verb, "devices"))
        return devices();
    if (!strcmp(verb, "flood"))
        return flood();
    if (!strcmp(verb, "calm"))
        return calm();
    if (!strcmp(verb, "report"))
        return report();
    if (!strcmp(verb, "unreport"))
        return unreport();
    if (!strcmp(verb, "free"))
        give_back();
    else if (!strcmp(verb, "hold"))
        agent.held_kb = read_number(BALLOON "info/current_kb");
    else if (!strcmp(verb, "follow"))
        agent.held_kb = 0;
    else if (!strcmp(verb, "publish"))
        publish();
    else if (!strcmp(verb, "garble"))
        garble();
    else if (!strcmp(verb, "litter"))
        litter(kb);
    else if (!strcmp(verb, "mute"))
        mute();
    else
        return -EINVAL;
    return 0;
}

static void look_for_command(void)
{
    static long last;
    char line[128], verb[32] = "", done[64];
    long number = 0, kb = 0;

    if (xs_read("data/command", line, sizeof(line)))
        return;
    if (sscanf(line, "%ld %31s %ld", &number, verb, &kb) < 2)
        return;
    if (number == last)
        return;
    last = number;
    snprintf(done, sizeof(done), "%ld %d", number, carry_out(verb, kb));
    xs_write("data/done", done);
}

static void hold_balloon(void)
{
    if (agent.held_kb > 0 && read_number(BALLOON "target_kb") != agent.held_kb)
        write_number(BALLOON "target_kb", agent.held_kb);
}

static void settle_in(void)
{
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sys", "/sys", "sysfs", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    write_number("/proc/self/oom_score_adj", -1000);
    agent.xenbus = open(XENBUS, O_RDWR);
}

int main(void)
{
    unsigned int tick;

    settle_in();
    xs_write("data/agent", "up");
    for (tick = 0;; tick++) {
        look_for_command();
        hold_balloon();
        take_more();
        if (agent.publishing && tick % TICKS_PER_S == 0)
            publish();
        usleep(TICK_US);
    }
}
