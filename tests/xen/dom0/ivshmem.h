/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The memory of an ivshmem device: a PCI BAR that is a file on the machine
 * that runs the emulator.  No driver, no interrupt and no DMA, so it is the
 * same in a PV and in a PVH dom0, and 5000 times as fast as a serial port
 * under emulation.
 */
#ifndef BED_IVSHMEM_H
#define BED_IVSHMEM_H

#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Its memory, switched on; NULL where it has another size. */
static void *map_bar(const char *device, size_t bytes)
{
    char path[512];
    struct stat st;
    void *bar = MAP_FAILED;
    int fd;

    snprintf(path, sizeof(path), "%s/enable", device);
    fd = open(path, O_WRONLY);
    if (fd >= 0 && write(fd, "1", 1) != 1)
        warn("%s", path);
    close(fd);
    snprintf(path, sizeof(path), "%s/resource2", device);
    fd = open(path, O_RDWR);
    if (fd >= 0 && !fstat(fd, &st) && (size_t)st.st_size == bytes)
        bar = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return bar == MAP_FAILED ? NULL : bar;
}

/* The memory of the device that has so many bytes; ends without one. */
static void *ivshmem(size_t bytes)
{
    void *bar = NULL;
    size_t i;
    glob_t found;

    if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
        errx(1, "no PCI device");
    for (i = 0; i < found.gl_pathc && !bar; i++)
        if (is_ivshmem(found.gl_pathv[i]))
            bar = map_bar(found.gl_pathv[i], bytes);
    globfree(&found);
    if (!bar)
        errx(1, "no ivshmem device of %zu bytes", bytes);
    return bar;
}

#endif
