/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hands a file from dom0 to the machine that runs the emulator, through the
 * memory of an ivshmem device: a PCI BAR that is a file on the other side.
 * A copy, no driver, no interrupt and no DMA, so it is the same in a PV and
 * in a PVH dom0, and 5000 times as fast as a serial port under emulation.
 *
 * The BAR starts with one page of header: magic, then the length.
 */
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 4096
#define IVSHMEM_ID "0x1110\n" /* QEMU docs/specs/ivshmem-spec */

static int is_ivshmem(const char *device)
{
    char path[512], id[16] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/device", device);
    f = fopen(path, "r");
    if (!f)
        return 0;
    if (!fgets(id, sizeof(id), f))
        id[0] = '\0';
    fclose(f);
    return !strcmp(id, IVSHMEM_ID);
}

static int open_bar(void)
{
    char path[512];
    size_t i;
    int fd = -1;
    glob_t found;

    if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
        errx(1, "no PCI device");
    for (i = 0; i < found.gl_pathc && fd < 0; i++) {
        if (!is_ivshmem(found.gl_pathv[i]))
            continue;
        snprintf(path, sizeof(path), "%s/enable", found.gl_pathv[i]);
        fd = open(path, O_WRONLY);
        if (fd >= 0 && write(fd, "1", 1) != 1)
            warn("%s", path);
        close(fd);
        snprintf(path, sizeof(path), "%s/resource2", found.gl_pathv[i]);
        fd = open(path, O_RDWR);
    }
    globfree(&found);
    return fd;
}

static uint64_t copy_in(int fd, char *to, uint64_t room)
{
    uint64_t done = 0;
    ssize_t r;

    while (done < room && (r = read(fd, to + done, room - done)) > 0)
        done += r;
    return done;
}

int main(void)
{
    static const char magic[8] = "BEDSEND";
    struct stat st;
    uint64_t length;
    char *bar;
    int fd = open_bar();

    if (fd < 0 || fstat(fd, &st))
        err(1, "no ivshmem device");
    bar = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bar == MAP_FAILED)
        err(1, "mmap");
    memset(bar, 0, HEADER_BYTES);
    length = copy_in(0, bar + HEADER_BYTES, st.st_size - HEADER_BYTES);
    memcpy(bar + 8, &length, sizeof(length));
    memcpy(bar, magic, sizeof(magic));
    return 0;
}
