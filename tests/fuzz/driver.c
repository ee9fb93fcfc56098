/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs a fuzz target without libFuzzer: over the files it is given, or over
 * its corpus.  Every seed also goes in cut off at each length and with single
 * bytes changed, by a fixed rule: the same inputs on every run.
 */
#include "fuzz.h"

#include <dirent.h>
#include <libgen.h>

#define SEED_MAX ((size_t)1 << 20)
#define CHANGES_MAX 512

/* In a block of its own size, so that reading past the end is noticed. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy);
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void feed_changed(uint8_t *data, size_t size)
{
    static const uint8_t bytes[] = {0, ' ', '\n', '0', '9', 0x7f, 0x80, 0xff};
    size_t step = size / CHANGES_MAX + 1, i;

    for (i = 0; i < size; i += step) {
        uint8_t kept = data[i];

        feed(data, i);
        data[i] = bytes[i / step % sizeof(bytes)];
        feed(data, size);
        data[i] = kept;
    }
}

static void feed_file(const char *path)
{
    static uint8_t data[SEED_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file) {
        perror(path);
        exit(1);
    }
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    feed(data, size);
    feed_changed(data, size);
}

static size_t feed_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[4096];
    size_t nr = 0;

    if (!dir) {
        perror(folder);
        exit(1);
    }
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        FUZZ_CHECK(snprintf(path, sizeof(path), "%s/%s", folder,
                            entry->d_name) < (int)sizeof(path));
        feed_file(path);
        nr++;
    }
    closedir(dir);
    return nr;
}

/* fuzz_lint: corpus/lint. */
static int feed_corpus(char *program)
{
    const char *srcdir = getenv("XLMEM_SRCDIR");
    const char *name = strchr(basename(program), '_');
    char folder[4096];
    size_t nr;

    if (!srcdir || !name) {
        fprintf(stderr, "usage: %s FILE..., or set XLMEM_SRCDIR\n", program);
        return 2;
    }
    snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", srcdir,
             name + 1);
    nr = feed_folder(folder);
    printf("%zu seeds\n", nr);
    return nr ? 0 : 1;
}

int main(int argc, char **argv)
{
    int i;

    if (argc < 2)
        return feed_corpus(argv[0]);
    for (i = 1; i < argc; i++)
        feed_file(argv[i]);
    return 0;
}
