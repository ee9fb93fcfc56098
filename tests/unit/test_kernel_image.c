/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a kernel's file becomes in dom0's memory while a domU is built. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/kernel_image.h"
#include "test.h"
#include "private/all.h"

static char path[XLMEM_PATH_MAX];

static void put(const char *data, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

static int kb_of_file(xlmem_dom_type type, uint64_t *kb_r)
{
    xlmem_domu domu = {.request = {.type = type}};
    int rc;

    snprintf(domu.kernel, sizeof(domu.kernel), "%s", path);
    rc = xlmem_domu_read_files(&domu);
    assert_int_equal(!rc, XLMEM_KNOWS(&domu.request, kernel_kb));
    *kb_r = domu.request.kernel_kb;
    return rc;
}

static void u32(char *to, uint32_t value)
{
    size_t i;

    for (i = 0; i < 4; i++)
        to[i] = (char)(value >> 8 * i);
}

#define FILE_BYTES 4096
#define SETUP_BYTES 1024
#define PAYLOAD_BYTES 2048

/* A bzImage whose payload begins like this and unpacks to so much. */
static void put_bzimage(const char *magic, size_t len, uint32_t bytes)
{
    char file[FILE_BYTES] = "";

    file[0x1f1] = SETUP_BYTES / 512 - 1;
    memcpy(file + 0x202, "HdrS\x0f\x02", 6);
    u32(file + 0x248, 16);
    u32(file + 0x24c, PAYLOAD_BYTES);
    memcpy(file + SETUP_BYTES + 16, magic, len);
    u32(file + SETUP_BYTES + 16 + PAYLOAD_BYTES - 4, bytes);
    put(file, sizeof(file));
}

/* The first bytes of Debian's Linux 6.1: x86's filter and LZMA2 with 32 MiB.
 */
static const char debian[] = "\3757zXZ\0\0\1\x69\x22\xde\x36\2\1\4\0\x21\1\x1a"
                             "\0\1\xc9\x80\xb3";

static void a_bzimage_says_what_it_unpacks_to(void **state)
{
    uint64_t kb;

    (void)state;
    put_bzimage(debian, sizeof(debian) - 1, 65905060);
    assert_int_equal(kb_of_file(XLMEM_DOM_PVH, &kb), 0);
    assert_int_equal(kb, 64361 + 32768);
    /* A dictionary is no larger than what there is. */
    put_bzimage(debian, sizeof(debian) - 1, 1 << 20);
    assert_int_equal(kb_of_file(XLMEM_DOM_PVH, &kb), 0);
    assert_int_equal(kb, 2048);
    put_bzimage("\x28\xb5\x2f\xfd", 4, 50000000);
    assert_int_equal(kb_of_file(XLMEM_DOM_PV, &kb), 0);
    assert_int_equal(kb, 48829);
    put_bzimage("\x5d\0\0\x80\0", 5, 50000000);
    assert_int_equal(kb_of_file(XLMEM_DOM_PV, &kb), 0);
    assert_int_equal(kb, 48829 + 8192);
    /* QEMU keeps the file. */
    assert_int_equal(kb_of_file(XLMEM_DOM_HVM, &kb), 0);
    assert_int_equal(kb, FILE_BYTES / 1024);
    /* Beyond what libxc unpacks, and by nothing that it knows. */
    put_bzimage("\x28\xb5\x2f\xfd", 4, (1 << 30) + 1);
    assert_int_equal(kb_of_file(XLMEM_DOM_PV, &kb), XLMEM_ERROR_UNKNOWN);
    put_bzimage("none", 4, 50000000);
    assert_int_equal(kb_of_file(XLMEM_DOM_PV, &kb), XLMEM_ERROR_UNKNOWN);
}

static void a_gzip_file_ends_with_its_size(void **state)
{
    char file[64] = "\037\213\010";
    uint64_t kb;

    (void)state;
    u32(file + 60, 65905060);
    put(file, sizeof(file));
    assert_int_equal(kb_of_file(XLMEM_DOM_PVH, &kb), 0);
    assert_int_equal(kb, 64361);
}

static void what_is_not_packed_is_page_cache(void **state)
{
    uint64_t kb = 4711;

    (void)state;
    put("\x7f"
        "ELF",
        4);
    assert_int_equal(kb_of_file(XLMEM_DOM_PVH, &kb), 0);
    assert_int_equal(kb, 0);
    put("", 0);
    assert_int_equal(kb_of_file(XLMEM_DOM_PVH, &kb), 0);
}

static void only_regular_files_are_read(void **state)
{
    xlmem_domu domu = {.kernel = "vmlinuz"};
    uint64_t kb;

    (void)state;
    assert_int_equal(xlmem_domu_read_files(&domu), XLMEM_ERROR_UNKNOWN);
    domu.kernel[0] = '\0';
    assert_int_equal(xlmem_domu_read_files(&domu), XLMEM_ERROR_UNKNOWN);
    unlink(path);
    assert_int_equal(kb_of_file(XLMEM_DOM_PV, &kb), XLMEM_ERROR_NOTFOUND);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(kb_of_file(XLMEM_DOM_PV, &kb), XLMEM_ERROR_UNKNOWN);
    /* Nobody reads the kernel of one that is restored. */
    domu.restored = true;
    assert_int_equal(xlmem_domu_read_files(&domu), 0);
    assert_int_equal(domu.request.kernel_kb, 4096);
    unlink(path);
}

static const char json[] =
    "{\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\": 65536,"
    " \"kernel\": \"/boot/vmlinuz\", \"ramdisk\": \"/boot/initrd\"%s}}";

static void a_configuration_names_its_files(void **state)
{
    const char cfg[] =
        "name = \"a\"\nmemory = 64\nkernel = \"/boot/vmlinuz\"\n"
        "bootloader = \"pygrub\"\n";
    char text[XLMEM_PATH_MAX + 256];
    xlmem_domu domu;

    (void)state;
    snprintf(text, sizeof(text), json, "");
    assert_int_equal(xlmem_domu_from_json(text, strlen(text), &domu, NULL, 0),
                     0);
    assert_string_equal(domu.kernel, "/boot/vmlinuz");
    assert_string_equal(domu.ramdisk, "/boot/initrd");
    assert_false(domu.restored);
    /* A boot loader brings its own. */
    snprintf(text, sizeof(text), json, ", \"bootloader\": \"pygrub\"");
    assert_int_equal(xlmem_domu_from_json(text, strlen(text), &domu, NULL, 0),
                     0);
    assert_string_equal(domu.kernel, "");
    assert_int_equal(xlmem_domu_from_cfg(cfg, strlen(cfg), &domu, NULL, 0), 0);
    assert_string_equal(domu.kernel, "");
    assert_int_equal(
        xlmem_domu_from_cfg(cfg, strlen(cfg) - 22, &domu, NULL, 0), 0);
    assert_string_equal(domu.kernel, "/boot/vmlinuz");
    /* Of 256 characters: unknown, and not cut. */
    snprintf(text, sizeof(text),
             "{\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\":"
             " 65536, \"kernel\": \"/%0255d\"}}",
             1);
    assert_int_equal(xlmem_domu_from_json(text, strlen(text), &domu, NULL, 0),
                     0);
    assert_string_equal(domu.kernel, "");
}

TEST_GROUP(kernel_image)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bzimage_says_what_it_unpacks_to),
        cmocka_unit_test(a_gzip_file_ends_with_its_size),
        cmocka_unit_test(what_is_not_packed_is_page_cache),
        cmocka_unit_test(only_regular_files_are_read),
        cmocka_unit_test(a_configuration_names_its_files),
    };
    char name[] = "/tmp/xlmem-kernel-XXXXXX";
    int fd = mkstemp(name), r;

    if (fd < 0)
        return 1;
    close(fd);
    snprintf(path, sizeof(path), "%s", name);
    r = test_run(tests, NULL, NULL);
    unlink(path);
    return r;
}
