/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_archive [FILES]: a capture's archive with so many small files, three
 * to a folder, as the firmware's map has them: opened, listed, and each file
 * read.  tests/bench/run says whether that is linear.
 */
#include "bench.h"

#include <unistd.h>

#include "codec/capture/tar.h"
#include "sys/capture/capture.h"

#define NR_USUAL 12000
#define NR_MOST 16000 /* FILES_MAX of sys/capture/archive.c is 16384 */
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

static bool make_archive(size_t nr)
{
    FILE *tar = fopen(path, "w");
    const bool ok = tar && write_archive(tar, nr);

    return tar && !fclose(tar) && ok;
}

BENCH_PHASE static bool phase_archive(size_t nr)
{
    const xlmem_backend *backend;
    char said[512];
    xlmem__msg msg = {said, sizeof(said)};
    void *user;
    bool ok;

    if (xlmem__open_archive(path, &backend, &user, &msg))
        return false;
    ok = read_all(backend, user, nr);
    backend->close(user);
    return ok;
}

int main(int argc, char **argv)
{
    const size_t size = bench_size(argc, argv, 1, NR_USUAL, NR_MOST);
    const size_t nr = size - size % 3;
    const int fd = mkstemp(path);
    int64_t took_ns[1];
    bool ok = fd >= 0 && make_archive(nr);

    took_ns[0] = bench_now_ns();
    ok = ok && phase_archive(nr);
    took_ns[0] = bench_now_ns() - took_ns[0];
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    bench_print("archive", took_ns, 1, ok ? "ok" : "FAILED");
    return ok ? 0 : BENCH_FAILED;
}
