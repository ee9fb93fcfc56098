/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What building a domU takes of dom0, by the files that are read for it.  The
 * paths are an administrator's, and this runs as root in his xl: a FIFO must
 * not block it, a device must not be touched.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/kernel_image.h"
#include "model/checked.h"
#include "model/costs.h"
#include "sys/root.h"

/* Looked at before it is opened, since opening can be an act. */
static int open_domu_file(const char *path, int *fd_r, uint64_t *bytes_r)
{
    struct stat st;
    int fd, rc = 0;

    if (path[0] != '/')
        return XLMEM_ERROR_UNKNOWN;
    if (stat(path, &st))
        return xlmem__rc_of_errno(errno);
    if (!S_ISREG(st.st_mode))
        return XLMEM_ERROR_UNKNOWN;
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    if (fstat(fd, &st))
        rc = xlmem__rc_of_errno(errno);
    else if (!S_ISREG(st.st_mode))
        rc = XLMEM_ERROR_UNKNOWN;
    if (rc) {
        close(fd);
        return rc;
    }
    *fd_r = fd;
    *bytes_r = (uint64_t)st.st_size;
    return 0;
}

/* As many bytes as there are, up to @len; -1. */
static ssize_t read_at(int fd, uint64_t at, char *to, size_t len)
{
    size_t have = 0;

    while (have < len) {
        ssize_t n = pread(fd, to + have, len - have, (off_t)(at + have));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (!n)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static int unpacked_kb(int fd, uint64_t bytes, uint64_t *kb_r)
{
    char head[XLMEM__IMAGE_HEAD_BYTES], magic[XLMEM__IMAGE_MAGIC_BYTES];
    char size[XLMEM__IMAGE_SIZE_BYTES];
    xlmem__image image;
    ssize_t n = read_at(fd, 0, head, sizeof(head));

    if (n < 0)
        return xlmem__rc_of_errno(errno);
    xlmem__image_find((xlmem__str){head, (size_t)n}, bytes, &image);
    if (!image.len) {
        *kb_r = 0;
        return 0;
    }
    n = read_at(fd, image.at, magic,
                (size_t)xlmem__min(image.len, sizeof(magic)));
    if (n < 0 || read_at(fd, image.at + image.len - sizeof(size), size,
                         sizeof(size)) < (ssize_t)sizeof(size))
        return XLMEM_ERROR_IO;
    return xlmem__image_unpacked_kb((xlmem__str){magic, (size_t)n}, size, kb_r)
               ? 0
               : XLMEM_ERROR_UNKNOWN;
}

/* QEMU, which boots an HVM guest's kernel, keeps the file as it is. */
static int file_kb(const char *path, bool as_it_is, uint64_t *kb_r)
{
    uint64_t bytes = 0;
    int fd = -1, rc = open_domu_file(path, &fd, &bytes);

    if (rc)
        return rc;
    if (as_it_is)
        *kb_r = xlmem__div_up(bytes, 1024);
    else
        rc = unpacked_kb(fd, bytes, kb_r);
    close(fd);
    return rc;
}

int xlmem_domu_read_files(xlmem_domu *domu)
{
    const bool hvm = domu->request.type == XLMEM_DOM_HVM;
    uint64_t kernel_kb = xlmem__costs[XLMEM__COST_RESTORE].kb;
    uint64_t ramdisk_kb = 0;
    int rc = 0;

    if (!domu->restored) {
        rc = domu->kernel[0] ? file_kb(domu->kernel, hvm, &kernel_kb)
                             : XLMEM_ERROR_UNKNOWN;
        /* Else it is copied or unpacked straight into the guest. */
        if (!rc && hvm && domu->ramdisk[0])
            rc = file_kb(domu->ramdisk, true, &ramdisk_kb);
    }
    if (rc)
        return rc;
    XLMEM_SET(&domu->request, kernel_kb, kernel_kb);
    XLMEM_SET(&domu->request, ramdisk_kb, ramdisk_kb);
    return 0;
}
