/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hands a file from dom0 to the machine that runs the emulator.  The memory
 * that both see starts with one page of header: magic, then the length.
 */
#include <stdint.h>

#include "ivshmem.h"

#define BAR_BYTES (16u << 20) /* tests/xen/lib/host.sh */
#define HEADER_BYTES 4096

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
    char *bar = ivshmem(BAR_BYTES);
    uint64_t length;

    memset(bar, 0, HEADER_BYTES);
    length = copy_in(0, bar + HEADER_BYTES, BAR_BYTES - HEADER_BYTES);
    memcpy(bar + 8, &length, sizeof(length));
    memcpy(bar, magic, sizeof(magic));
    return 0;
}
