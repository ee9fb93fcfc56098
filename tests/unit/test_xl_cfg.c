/* SPDX-License-Identifier: LGPL-2.1-only */
/* Configuration files of domains. */
#include "test.h"

#include "private/all.h"

#define MIB UINT64_C(1024)

static int parse_domu(const char *text, xlmem_domu *domu)
{
    char err[160] = "";
    int rc = xlmem_domu_from_cfg(text, strlen(text), domu, err, sizeof(err));

    assert_int_equal(rc != 0, err[0] != '\0');
    return rc;
}

static int parse(const char *text, xlmem_need_request *request)
{
    xlmem_domu domu = {.name = ""};
    int rc = parse_domu(text, &domu);

    *request = domu.request;
    return rc;
}

/* What xl starts no domain without, in front of the file. */
#define IT "name = 'it'; kernel = '/k'; "

static void its_name_is_bytes(void **state)
{
    xlmem_domu domu;

    (void)state;
    assert_int_equal(parse_domu("name = ''\nkernel='k'\nmemory = 64\n", &domu),
                     0);
    assert_string_equal(domu.name, "");
    assert_int_equal(parse_domu(IT "name = 'a\033[2Jb'; memory = 64", &domu),
                     0);
    assert_string_equal(domu.name, "a\x1b[2Jb");
    assert_string_equal(domu.uuid, "");
    assert_int_equal(parse_domu(IT "name = 12; memory = 64", &domu), 0);
    assert_string_equal(domu.name, "12");
    /* As libxl prints it, to be found in its list. */
    assert_int_equal(
        parse_domu(IT "uuid = '11111111-0000-4000-8000-00000000000A'", &domu),
        0);
    assert_string_equal(domu.uuid, "11111111-0000-4000-8000-00000000000a");
}

static void a_file_as_people_write_it(void **state)
{
    xlmem_need_request request;

    (void)state;
    assert_int_equal(
        parse("# Debian guest\n"
              "name = 'web-1'   # \"quoted\"\n"
              "type = \"pvh\"; vcpus = 2\n"
              "maxvcpus='4'\n"
              "memory = 0x200\n"
              "maxmem = 1024\n"
              "kernel = \"/boot/vm\\\"linuz\"\n"
              "vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01',\n"
              "        'bridge=xenbr1', ]  # two\n"
              "disk = [\n"
              "  # the root\n"
              "  '/dev/vg/web,raw,xvda,rw'\n"
              "]\n"
              "vnuma = [ [ \"pnode=0\", \"size=512\" ], [ \"pnode=1\" ] ]\n",
              &request),
        0);
    assert_int_equal(request.type, XLMEM_DOM_PVH);
    assert_int_equal(request.memory_kb, 512 * MIB);
    assert_int_equal(request.maxmem_kb, 1024 * MIB);
    assert_int_equal(request.vcpus, 4);
    assert_int_equal(request.vifs, 2);
    assert_int_equal(request.vbds, 1);
    assert_false(XLMEM_KNOWS(&request, stubdom_kb));
    assert_false(XLMEM_KNOWS(&request, iommu_tables));
}

static void later_settings_replace_earlier_ones(void **state)
{
    xlmem_need_request request;

    (void)state;
    assert_int_equal(parse(IT "memory=1\nmemory = 256\ndisk=['a']\n"
                              "disk += ['b','c']\npci=['01:00.0']\n",
                           &request),
                     0);
    assert_int_equal(request.type, XLMEM_DOM_PV);
    assert_int_equal(request.memory_kb, 256 * MIB);
    assert_int_equal(request.vbds, 3);
    assert_int_equal(request.passthrough, 1);
    assert_int_equal(parse(IT "memory=64\npassthrough += [1]", &request), 0);
    assert_false(XLMEM_KNOWS(&request, passthrough));
    assert_int_equal(
        parse("name='it'\nbuilder='hvm'\nmaxmem=512\nshadow_memory=8\n"
              "hap=0\nvideoram=16\npci=['01:00.0']\nvcpus=8\n"
              "vcpus=2\npassthrough='sync_pt'",
              &request),
        0);
    assert_int_equal(request.type, XLMEM_DOM_HVM);
    assert_int_equal(request.memory_kb, 512 * MIB);
    assert_int_equal(request.shadow_memory_kb, 8 * MIB);
    assert_true(XLMEM_KNOWS(&request, hap) && !request.hap);
    assert_int_equal(request.vcpus, 2);
    assert_int_equal(request.iommu_tables, 1);
}

/* ------------------------------------------- what xl takes and refuses --- */

/* Each with what must be said of it; NULL: xl takes it. */
struct file {
    const char *text, *says;
};

static void check_files(const struct file *files, size_t nr,
                        const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem_domu domu;
        char err[320] = "";
        int rc =
            xlmem_domu_from_cfg_on(host, files[i].text, strlen(files[i].text),
                                   &domu, err, sizeof(err));

        if (!rc != !files[i].says)
            fail_msg("%s: %s", files[i].text, err);
        if (files[i].says && !strstr(err, files[i].says))
            fail_msg("%s: '%s', expected '%s'", files[i].text, err,
                     files[i].says);
    }
}

/* Line, text and reason belong together, as libxlutil's lexer and parser see
 * it. */
static void the_grammar_is_xls(void **state)
{
    static const struct file files[] = {
        {IT "\n# the end\n", NULL},
        {IT, NULL},
        {IT ";;\n\t;x.y_1 = [ ]; z=[[],[1,],] # c\n", NULL},
        {IT "memory\t=\t64", NULL},
        {IT "a = \"b\\\"c\\n\\0123\"; d = 'e\\'f'", NULL},
        {IT "memory = 64\n# the end",
         "line 2: the last line is a comment that no newline ends: '# the "
         "end'"},
        {IT "\r\nmemory = 64\r\n",
         "line 1: the line ends in CR LF, and xl takes LF alone: 'name = "},
        {"# only a comment\r\n" IT, NULL},
        {IT "\nMemory = 64\n", "line 2: xl takes names in small letters only: "
                               "'Memory = 64'"},
        {IT "\nmemOry = 64\n", "line 2: xl takes names in small letters only: "
                               "'Ory = 64'"},
        {IT "\nmemory = 64 vcpus = 2\n",
         "line 2: a setting ends with its line or with a semicolon: 'vcpus = "
         "2'"},
        {IT "\nmemory = 512M\n",
         "line 2: xl takes names in small letters only: 'M'"},
        {IT "\nmemory = 512m\n",
         "line 2: xl takes a number without a unit: 'm'"},
        {IT "\nmemory = 512.5\n", "line 2: xl takes whole numbers only: '.5'"},
        {IT "\nmemory = -1\n",
         "line 2: xl takes a number with a sign in quotes only: '-1'"},
        {IT "\nmemory = 12 13\n", "line 2: a setting ends"},
        {IT "\nmemory\n", "line 2: expected = behind the key: 'memory'"},
        {IT "\nmemory =\n64\n",
         "line 2: expected a number, text in quotes or a list: 'memory ='"},
        {IT "\nmemory = max\n", "line 2: expected a number, text in quotes or "
                                "a list: 'max'"},
        {IT "\n= 512\n", "line 2: expected key = value: '= 512'"},
        {IT "\n12 = 512\n", "line 2: expected key = value: '12 = 512'"},
        {IT "\nx = \"cut\nmemory = 64\n",
         "line 2: the quote is not closed on its line: '\"cut'"},
        {IT "\nx = 'a\\", "line 2: the quote is not closed on its line"},
        {IT "\nx = 'a\\qb'\n",
         "line 2: xl does not know what follows the backslash: ''a\\qb''"},
        {IT "\nx = 'a\\x41'\n", "line 2: xl does not know what follows"},
        {IT "\nx = 'a\\01'\n", "line 2: xl does not know what follows"},
        {IT "\ndisk = [ 'a',\n 'b'\n 'c' ]\n",
         "line 4: a comma is missing before it: ''c' ]'"},
        {IT "\ndisk = [ 'a',\n ['b'] ['c'] ]\n",
         "line 3: a comma is missing before it: '['c'] ]'"},
        {IT "\ndisk = [ ,'a' ]\n",
         "line 2: expected a value before the comma: ','a' ]'"},
        {IT "\ndisk = [ 'a',,'b' ]\n",
         "line 2: expected a value before the comma: ','b' ]'"},
        {IT "\ndisk = [ a ]\n",
         "line 2: expected a number or text in quotes: 'a ]'"},
        {IT "\ndisk = [ 'a' ; 'b' ]\n",
         "line 2: expected a comma or the end of the list: '; 'b' ]'"},
        {IT "\ndisk = [ 'a',\n'b',\n\n",
         "line 2: the list is never closed: '[ 'a',"},
        {"\xef\xbb\xbf" IT,
         "line 1: a byte-order mark stands before the text: '???name"},
        {IT "\nx + = 1\n", "line 2: "},
        {IT "\nimport os\n", "line 2: this file is Python, which xm read and "
                             "xl does not: 'import os'"},
        {"name = 'a'\nkernel = 'k'\nramdisk = '/boot/' + kernel\n",
         "line 3: this file is Python"},
        {"def dev(n):\n    return n\n" IT, "line 1: this file is Python"},
        {IT "\nfor = 1\nimport = 2\n", NULL},
    };

    (void)state;
    check_files(files, ARRAY_SIZE(files), NULL);
}

static void values_are_xls(void **state)
{
    static const struct file files[] = {
        {"kernel = 'k'", "name is not set"},
        {"name = [ 'a' ]; kernel = 'k'", "name is not set"},
        {"name = 'a'", NULL},
        {IT "\ntype = 'xen'", "line 2: type: xl takes pv, pvh or hvm: Invalid "
                              "domain type xen."},
        {IT "\nbuilder = 'linux'", "line 2: builder: since Xen 4.10 xl takes "
                                   "hvm or generic: Invalid domain type "
                                   "linux."},
        {IT "type = 'generic'", "Invalid domain type generic."},
        {IT "builder = 'pv'", "Invalid domain type pv."},
        {IT "builder = 'generic'", NULL},
        {IT "type = 'hv'", NULL},
        {IT "builder = 'hvm'\ntype = 'pvh'",
         "line 1: builder: it contradicts"},
        {IT "builder = 'hvm'; type = 'hvm'", NULL},
        {IT "uuid = 'x'", "uuid: "},
        {IT "uuid = '00000000-0000-0000-0000-00000000000a'", NULL},
        {IT "vcpus = 4\nmaxvcpus = 2", "line 2: maxvcpus: it is less than"},
        {IT "vcpus = 0; maxvcpus = 0", NULL},
        {IT "vcpus = '-1'", "vcpus: "},
        {IT "on_crash = 'restart'", NULL},
        {IT "on_crash = 'reboot'", "on_crash: "},
        {IT "passthrough = 'yes'", "passthrough: "},
        {IT "memory = 0", "memory: "},
        {IT "maxmem = 0", "maxmem: "},
        {IT "memory = '-5'", "memory: no machine"},
        {IT "memory = 18014398509481984", "memory: no machine"},
        {IT "disk = 'a'; disk += ['b']", "disk: +="},
        {IT "type = 'pvh'; pci = ['01:00.0']", "pci: libxl passes no devices"},
        {IT "type = 'pvh'; passthrough = 'enabled'", "passthrough: "},
        {IT "pci = ['01:00.0']; passthrough = 'disabled'", "passthrough: "},
        {IT "pci = ['01:00.0']; passthrough = 'share_pt'", "passthrough: "},
        {IT "pci = ['01:00.0']; maxmem = 512; memory = 256", NULL},
        {IT "type = 'hvm'; pci = ['01:00.0']; maxmem = 512; memory = 256",
         "pci: libxl passes devices to an HVM domain only with all of maxmem"},
        {IT "type = 'hvm'; pci = ['01:00.0']; maxmem = 256; memory = 256",
         NULL},
        {IT "type = 'hvm'; vga = 'stdvga'; videoram = 8",
         "videoram: libxl takes no less than 16 MiB for stdvga"},
        {IT "type = 'hvm'; stdvga = 1; videoram = 15", "videoram: "},
        {IT "type = 'hvm'; stdvga = 1; videoram = 16", NULL},
        {IT "type = 'hvm'; videoram = 4", "8 MiB for cirrus"},
        {IT "type = 'hvm'; vga = 'qxl'; videoram = 64", "128 MiB for qxl"},
        {IT "type = 'hvm'; vga = 'none'; videoram = 1", NULL},
        {IT "type = 'hvm'; vga = 'vmware'", "vga: "},
        {IT "type = 'hvm'; device_model_version = 'qemu-xen-traditional'; "
            "videoram = 4",
         NULL},
        {IT "type = 'hvm'; bios = 'rombios'", "bios: "},
        {IT "vga = 'vmware'; videoram = 1", NULL},
    };

    (void)state;
    check_files(files, ARRAY_SIZE(files), NULL);
}

/* Before 4.10 xl knew no type, and took any builder but hvm for PV. */
static void releases_differ(void **state)
{
    static const struct file files[] = {
        {IT "builder = 'linux'", NULL},
        {IT "type = 'xen'", NULL},
        {IT "passthrough = 'yes'", NULL},
        {IT "type = 'hvm'; builder = 'hvm'; "
            "device_model_stubdomain_override = 1; device_model_version = "
            "'qemu-xen'",
         "device_model_stubdomain_override: before Xen 4.14"},
    };
    xlmem_host host;
    xlmem_domu domu;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&host, xen_major, 4);
    XLMEM_SET(&host, xen_minor, 9);
    check_files(files, ARRAY_SIZE(files), &host);
    assert_int_equal(
        xlmem_domu_from_cfg_on(&host, IT "type = 'hvm'", 40, &domu, NULL, 0),
        0);
    assert_int_equal(domu.request.type, XLMEM_DOM_PV);
}

static void defaults_are_libxls(void **state)
{
    xlmem_need_request request;

    (void)state;
    assert_int_equal(parse(IT, &request), 0);
    assert_int_equal(request.type, XLMEM_DOM_PV);
    assert_int_equal(request.memory_kb, 32 * MIB);
    assert_false(XLMEM_KNOWS(&request, vcpus));
    assert_int_equal(parse(IT "maxmem = 96", &request), 0);
    assert_int_equal(request.memory_kb, 96 * MIB);
    assert_int_equal(parse(IT "memory = \" 512\"", &request), 0);
    assert_int_equal(request.memory_kb, 512 * MIB);
    assert_int_equal(parse(IT "memory = '0x40'; memory = '+0100'", &request),
                     0);
    assert_int_equal(request.memory_kb, 64 * MIB);
    assert_int_equal(parse(IT "type = 'hvm'; "
                              "device_model_stubdomain_override = 1; "
                              "device_model_version = 'qemu-xen'",
                           &request),
                     0);
    assert_int_equal(request.stubdom_kb, 128 * MIB);
    assert_int_equal(request.video_kb, 8 * MIB);
    assert_int_equal(parse(IT "type = 'hvm'; "
                              "device_model_stubdomain_override = 1; vga = "
                              "'stdvga'",
                           &request),
                     0);
    assert_int_equal(request.stubdom_kb, 28 * MIB);
    assert_int_equal(request.video_kb, 8 * MIB);
    assert_int_equal(parse(IT "type = 'hvm'; stubdomain_memory = 64; "
                              "device_model_stubdomain_override = 1",
                           &request),
                     0);
    assert_int_equal(request.stubdom_kb, 64 * MIB);
    assert_int_equal(
        parse(IT "device_model_stubdomain_override = 1", &request), 0);
    assert_false(XLMEM_KNOWS(&request, stubdom_kb));
}

/* What xl warns of and goes on without is as if it were not there, and is
 * named. */
static void what_xl_passes_over_is_named(void **state)
{
    xlmem_domu domu;

    (void)state;
    assert_int_equal(parse_domu(IT
                                "memory = '1G'; maxmem = 08; vcpus = [ 2 ]; "
                                "vif = 'bridge=xenbr0'; hap = 'yes'; "
                                "videoram = 99999999999999999999",
                                &domu),
                     0);
    assert_string_equal(domu.ignored,
                        "vcpus, memory, maxmem, videoram, hap, vif");
    assert_int_equal(domu.request.memory_kb, 32 * MIB);
    assert_int_equal(domu.request.vifs, 0);
    assert_false(XLMEM_KNOWS(&domu.request, vcpus));
    assert_int_equal(parse_domu(IT "memory += 64", &domu), 0);
    assert_string_equal(domu.ignored, "memory");
    /* Devices are counted up to the first that is a list. */
    assert_int_equal(parse_domu(IT "disk = ['a', 2, ['b'], 'c']", &domu), 0);
    assert_int_equal(domu.request.vbds, 2);
    assert_string_equal(domu.ignored, "");
}

/* ------------------------------------------------------- our own list --- */

static void the_list_is_taken(void **state)
{
    static const char text[] = "name = 'web'; kernel = 'k'\n"
                               "memguard = [ 'weight=7' ]\n"
                               "memguard = [ \"dynamic_min=256M\",\n"
                               "             'weight = 2', ] # two\n"
                               "memguard += [ 'dynamic_max=512M' ]\n"
                               "memory = 512\n";
    xlmem_domu domu = {.name = ""};

    (void)state;
    assert_int_equal(parse_domu(text, &domu), 0);
    assert_true(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    assert_int_equal(domu.opt_in.dynamic_min_kb, 256 * MIB);
    assert_int_equal(domu.opt_in.dynamic_max_kb, 512 * MIB);
    assert_int_equal(domu.opt_in.weight, 2);
    assert_int_equal(parse_domu(IT "memory = 512\nmemguard = []\n", &domu), 0);
    assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    assert_int_equal(domu.opt_in.known, 0);
    /* Nothing else of the file is looked at: somebody else has. */
    assert_int_equal(
        xlmem_domu_opt_in_cfg(&domu, text, sizeof(text) - 1, NULL, 0), 0);
    assert_int_equal(domu.opt_in.dynamic_min_kb, 256 * MIB);
    assert_int_equal(
        xlmem_domu_opt_in_cfg(&domu, "memory = 'much'", 15, NULL, 0), 0);
    assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
}

static void a_broken_list_is_refused(void **state)
{
    static const struct {
        const char *list, *says;
        int rc;
    } lists[] = {
        {"'dynamic_min=64M'", "line 2: memguard: expected a list of",
         XLMEM_ERROR_PARSE},
        {"64", "line 2: memguard: expected a list of", XLMEM_ERROR_PARSE},
        {"[ ['weight=2'] ]", "line 2: memguard: expected a list of",
         XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min' ]", "line 2: dynamic_min is a size of 1M or more",
         XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=64' ]",
         "line 2: dynamic_min is a size of 1M or more: '64'",
         XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=-1M' ]", NULL, XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=1.5G' ]", NULL, XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=1000K' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'dynamic_min=99999999999999T' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'dynamic_min=513M' ]",
         "memguard: dynamic_min, 525312 kB, is more than the domain's "
         "memory, 524288 kB",
         XLMEM_ERROR_CONFIG},
        {"[ 'dynamic-min=64M' ]",
         "line 2: memguard: no such key: 'dynamic-min'", XLMEM_ERROR_CONFIG},
        {"[ '' ]", NULL, XLMEM_ERROR_CONFIG},
        {"[ 12 ]", NULL, XLMEM_ERROR_CONFIG},
        {"[ 'weight=0' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'weight=65536' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'weight=two' ]", NULL, XLMEM_ERROR_PARSE},
        {"[ 'dynamic_max=0M' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'dynamic_max=513M' ]",
         "memguard: dynamic_max, 525312 kB, is more than its maximum, "
         "524288 kB",
         XLMEM_ERROR_CONFIG},
        {"[ 'dynamic_max=64M', 'dynamic_min=65M' ]",
         "memguard: dynamic_min, 66560 kB, is more than dynamic_max, "
         "65536 kB",
         XLMEM_ERROR_CONFIG},
        {"[ 'weight=2', 'weight=2' ]",
         "line 2: memguard: given twice: 'weight'", XLMEM_ERROR_CONFIG},
        {"[ 'weight=2' ]; memguard += [ 'weight=3' ]", NULL,
         XLMEM_ERROR_CONFIG},
        {"[ 'a\033[2Jb=1' ]", "line 2: memguard: no such key: 'a?[2Jb'",
         XLMEM_ERROR_CONFIG},
    };
    xlmem_domu domu = {.name = "as before"};
    char text[128], err[160] = "";
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(lists); i++) {
        snprintf(text, sizeof(text), IT "memory = 512\nmemguard = %s\n",
                 lists[i].list);
        assert_int_equal(
            xlmem_domu_from_cfg(text, strlen(text), &domu, err, sizeof(err)),
            lists[i].rc);
        if (lists[i].says && !strstr(err, lists[i].says))
            fail_msg("%s: %s", lists[i].list, err);
        assert_string_equal(domu.name, "as before");
        assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    }
}

/* As the guard has it from libxlutil. */
static void a_list_in_pieces(void **state)
{
    const char *good[] = {"dynamic_min=64M", "weight=3"};
    const char *half[] = {"dynamic_min=128M", "wait=3"};
    xlmem_domu domu = {.name = ""};
    char err[160] = "";

    (void)state;
    XLMEM_SET(&domu.request, memory_kb, 256 * MIB);
    assert_int_equal(xlmem_domu_opt_in(&domu, good, 2, err, sizeof(err)), 0);
    assert_int_equal(domu.opt_in.dynamic_min_kb, 64 * MIB);
    assert_int_equal(domu.opt_in.weight, 3);
    /* As a whole or not at all. */
    assert_int_equal(xlmem_domu_opt_in(&domu, half, 2, err, sizeof(err)),
                     XLMEM_ERROR_CONFIG);
    assert_string_equal(err, "memguard: no such key: 'wait'");
    assert_int_equal(domu.opt_in.dynamic_min_kb, 64 * MIB);
    assert_int_equal(xlmem_domu_opt_in(&domu, half, 1, NULL, 0), 0);
    XLMEM_SET(&domu.request, memory_kb, 127 * MIB);
    assert_int_equal(xlmem_domu_opt_in(&domu, half, 1, NULL, 0),
                     XLMEM_ERROR_CONFIG);
}

/* What is a list and what is not, said by another rule: whatever entries are
 * drawn, in a file and in pieces they come to the same. */
static void both_ways_agree(void **state)
{
    static const char *const entries[] = {
        "dynamic_min=64M", "dynamic_min=1G",   "dynamic_min=",  "weight=1",
        "weight=x",        "dynamic_max=128M", "dynamic_max=2", "other=1",
    };
    unsigned drawn, given;

    (void)state;
    for (drawn = 0; drawn < 8 * 8 * 8; drawn++) {
        const char *list[] = {entries[drawn % 8], entries[drawn / 8 % 8],
                              entries[drawn / 64]};
        xlmem_domu from_file = {.name = ""}, pieces = {.name = ""};
        char text[160];
        bool good = true;
        int rc;

        snprintf(text, sizeof(text),
                 IT "memguard = [ '%s', \"%s\" ]\nmemory = 512\n"
                    "memguard += [ '%s' ]\n",
                 list[0], list[1], list[2]);
        rc = xlmem_domu_from_cfg(text, strlen(text), &from_file, NULL, 0);
        XLMEM_SET(&pieces.request, memory_kb, 512 * MIB);
        assert_int_equal(xlmem_domu_opt_in(&pieces, list, 3, NULL, 0), rc);
        assert_memory_equal(&pieces.opt_in, &from_file.opt_in,
                            sizeof(pieces.opt_in));
        for (given = 0; given < 3; given++)
            good = good &&
                   (list[given] == entries[0] || list[given] == entries[3] ||
                    list[given] == entries[5]);
        good = good && list[0] != list[1] && list[1] != list[2] &&
               list[0] != list[2];
        assert_int_equal(rc == 0, good);
        assert_int_equal(XLMEM_KNOWS(&pieces.opt_in, dynamic_min_kb), good);
    }
}

TEST_GROUP(xl_cfg)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_as_people_write_it),
        cmocka_unit_test(its_name_is_bytes),
        cmocka_unit_test(later_settings_replace_earlier_ones),
        cmocka_unit_test(the_grammar_is_xls),
        cmocka_unit_test(values_are_xls),
        cmocka_unit_test(releases_differ),
        cmocka_unit_test(defaults_are_libxls),
        cmocka_unit_test(what_xl_passes_over_is_named),
        cmocka_unit_test(the_list_is_taken),
        cmocka_unit_test(a_broken_list_is_refused),
        cmocka_unit_test(a_list_in_pieces),
        cmocka_unit_test(both_ways_agree),
    };

    return test_run(tests, NULL, NULL);
}
