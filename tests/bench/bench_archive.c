/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_archive [FILES]: a capture's archive with so many small files, three
 * to a folder, as the firmware's map has them: opened, listed, and each file
 * read.  Fails where that is not linear.
 */
#include "config.h"

#include "slope.h"

#include <string.h>
#include <unistd.h>

#include "codec/capture/tar.h"
#include "sys/capture/capture.h"

#define NR_USUAL 12000
#define TOP "sys/firmware/memmap"

static const char *const names[] = {"start", "end", "type"};

static char path[] = "/tmp/xlmem-bench-XXXXXX";

static bool write_archive(FILE *tar, size_t nr)
{
    char block[2 * XLMEM__TAR_BLOCK], name[100];
    size_t i;

    for (i = 0; i < nr; i++) {
        memset(block, 0, sizeof(block));
        snprintf(name, sizeof(name), TOP "/%zu/%s", i / 3, names[i % 3]);
        if (xlmem__tar_header(name, 6, block))
            return false;
        memcpy(block + XLMEM__TAR_BLOCK, "0x1000", 6);
        if (fwrite(block, 1, sizeof(block), tar) != sizeof(block))
            return false;
    }
    memset(block, 0, sizeof(block));
    return fwrite(block, 1, sizeof(block), tar) == sizeof(block);
}

static bool read_one(const xlmem_backend *backend, void *user,
                     const char *folder)
{
    char name[128], *buf;
    size_t i, len;

    for (i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), TOP "/%.40s/%s", folder, names[i]);
        if (backend->read_file(user, name, &buf, &len))
            return false;
        free(buf);
    }
    return true;
}

static bool read_all(const xlmem_backend *backend, void *user, size_t nr)
{
    char **folders;
    size_t i, found;
    bool ok;

    if (backend->list_dir(user, TOP, &folders, &found))
        return false;
    ok = found == nr / 3;
    for (i = 0; i < found; i++) {
        ok = ok && read_one(backend, user, folders[i]);
        free(folders[i]);
    }
    free(folders);
    return ok;
}

static int64_t all_of(size_t size)
{
    const size_t nr = size - size % 3;
    const xlmem_backend *backend;
    char said[512];
    xlmem__msg msg = {said, sizeof(said)};
    FILE *tar = fopen(path, "w");
    int64_t began;
    void *user;
    bool ok = tar && write_archive(tar, nr);

    if (tar && fclose(tar))
        ok = false;
    began = cpu_ns();
    if (!ok || xlmem__open_archive(path, &backend, &user, &msg))
        return -1;
    ok = read_all(backend, user, nr);
    backend->close(user);
    return ok ? cpu_ns() - began : -1;
}

int main(int argc, char **argv)
{
    const size_t nr = size_of_arg(argc, argv, NR_USUAL);
    int fd = nr ? mkstemp(path) : -1;
    bool ok;

    if (fd < 0) {
        fprintf(stderr, "usage: bench_archive [FILES]\n");
        return 2;
    }
    close(fd);
    ok = is_linear("files of an archive", all_of, nr);
    unlink(path);
    return ok ? 0 : 1;
}
