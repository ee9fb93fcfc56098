/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * map-pages DOMID GFN [NR]: maps pages, two unless said, of a translated (PVH,
 * HVM) domain and keeps them until it is killed, as a backend does that has
 * hung.  Says "ok" when it has them.  With its domain destroyed meanwhile,
 * that stays dying and holds them.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define PAGES_MAX 16384

/* Linux, include/uapi/xen/privcmd.h, which cannot be included without headers
 * of Xen's. */
struct mmapbatch {
    unsigned int num;
    uint16_t dom;
    uint64_t addr;
    const unsigned long *arr;
    int *err;
};
#define MMAPBATCH_V2 _IOC(_IOC_NONE, 'P', 4, sizeof(struct mmapbatch))

int main(int argc, char **argv)
{
    static unsigned long gfns[PAGES_MAX];
    static int errors[PAGES_MAX];
    struct mmapbatch batch = {.arr = gfns, .err = errors};
    unsigned i, nr = argc > 3 ? (unsigned)atoi(argv[3]) : 2;
    void *at;
    int fd;

    if (argc < 3 || nr < 1 || nr > PAGES_MAX)
        errx(1, "map-pages DOMID GFN [NR]");
    fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        err(1, "/dev/xen/privcmd");
    at = mmap(NULL, nr * PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        err(1, "mmap");
    for (i = 0; i < nr; i++)
        gfns[i] = strtoul(argv[2], NULL, 0) + i;
    batch.num = nr;
    batch.dom = (uint16_t)atoi(argv[1]);
    batch.addr = (uintptr_t)at;
    if (ioctl(fd, MMAPBATCH_V2, &batch))
        err(1, "mapping");
    for (i = 0; i < nr; i++)
        if (errors[i])
            errx(1, "page %u: error %d", i, errors[i]);
    printf("ok\n");
    fflush(stdout);
    for (;;)
        pause();
}
