/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds modules: what is not in every process that loads the library.
 *
 * One is captures' (captures.h), beside the library:
 *
 *     $libdir/libxlmem.so.0 -> $libdir/xlmem/capture.so
 *
 * The others are the live modules, one for each Xen release.
 * libxl's and libxenctrl's interfaces change with every Xen release, so the
 * code that calls them is built once for each and chosen here, the way Debian
 * chooses its xl:
 *
 *     /sys/hypervisor/version/{major,minor} = 4, 17
 *         -> $libdir/xlmem/xen-4.17/live.so
 *
 * What can be wrong is told apart first, in the order in which it would
 * confuse: no Xen, not the control domain, not privileged, no module.
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/units.h"
#include "sys/root.h"
#include "sys/sys.h"

/* XENFEAT_dom0 in Xen's public/features.h, every release. */
#define XENFEAT_DOM0_BIT 11

typedef struct release {
    uint64_t major, minor;
} release;

/* Names below it ("": this machine's) are looked up from there: without memory
 * for a path nobody could say whether this is Xen. */
static int open_sysroot(const char *root)
{
    return open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void close_sysroot(int dir)
{
    if (dir >= 0)
        close(dir);
}

/* The first word of a file of one line.  Returns 0 or an errno value. */
static int read_first_word(const char *root, const char *path, char *word,
                           size_t len)
{
    const int dir = open_sysroot(root);
    const int fd = dir < 0 ? -1 : openat(dir, path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    int e = errno;

    close_sysroot(dir);
    if (fd < 0)
        return e;
    got = read(fd, word, len - 1);
    e = got < 0 ? errno : 0;
    close(fd);
    if (e)
        return e;
    word[got] = '\0';
    word[strcspn(word, " \t\r\n")] = '\0';
    return 0;
}

/* Another error (no free descriptor) says nothing of what is there. */
static bool says_missing(int e)
{
    return e == ENOENT || e == ENOTDIR;
}

static int check_xen(const char *root, xlmem__msg *msg)
{
    static const char path[] = "sys/hypervisor/type";
    char type[32];
    int e = read_first_word(root, path, type, sizeof(type));

    if (says_missing(e))
        return xlmem__fail(msg, XLMEM_ERROR_NOTFOUND,
                           "this machine does not run under Xen: %s/%s: %s",
                           root, path, strerror(e));
    if (e)
        return xlmem__fail(msg, xlmem__rc_of_errno(e),
                           "whether this machine runs under Xen cannot be "
                           "told: %s/%s: %s",
                           root, path, strerror(e));
    if (strcmp(type, "xen"))
        return xlmem__fail(msg, XLMEM_ERROR_NOTFOUND,
                           "this machine does not run under Xen: %s/%s says "
                           "another hypervisor",
                           root, path);
    return 0;
}

static int read_sysfs_number(const char *root, const char *path, unsigned base,
                             uint64_t *value_r)
{
    char word[32];
    int e = read_first_word(root, path, word, sizeof(word));

    if (e)
        return XLMEM_ERROR_NOTFOUND;
    return xlmem__number_all((xlmem__str){word, strlen(word)}, base, value_r);
}

static int find_release(const char *root, release *release_r, xlmem__msg *msg)
{
    release found;

    if (read_sysfs_number(root, "sys/hypervisor/version/major", 10,
                          &found.major) ||
        read_sysfs_number(root, "sys/hypervisor/version/minor", 10,
                          &found.minor))
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "no Xen release in %s/sys/hypervisor/version",
                           root);
    *release_r = found;
    return 0;
}

/* An old kernel without the features file leaves the question to Xen. */
static int check_is_dom0(const char *root, xlmem__msg *msg)
{
    uint64_t features;

    if (read_sysfs_number(root, "sys/hypervisor/properties/features", 16,
                          &features))
        return 0;
    if (features & (UINT64_C(1) << XENFEAT_DOM0_BIT))
        return 0;
    return xlmem__fail(
        msg, XLMEM_ERROR_PERM,
        "this is a guest of Xen, not its control domain (dom0)");
}

/* The devices in the order in which libxencall tries them. */
static int check_privcmd(const char *root, xlmem__msg *msg)
{
    static const char *const devices[] = {"dev/xen/privcmd",
                                          "proc/xen/privcmd"};
    const int dir = open_sysroot(root);
    const char *device = devices[0];
    int e = dir < 0 ? errno : ENOENT;
    size_t i;

    for (i = 0; says_missing(e) && i < sizeof(devices) / sizeof(devices[0]);
         i++) {
        device = devices[i];
        e = faccessat(dir, device, R_OK | W_OK, AT_EACCESS) ? errno : 0;
    }
    close_sysroot(dir);
    if (!e)
        return 0;
    if (e == EACCES || e == EPERM)
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "not privileged: no access to %s/%s; run as root",
                           root, device);
    if (!says_missing(e))
        return xlmem__fail(msg, xlmem__rc_of_errno(e),
                           "Xen cannot be reached: %s/%s: %s", root, device,
                           strerror(e));
    return xlmem__fail(msg, XLMEM_ERROR_XEN,
                       "Xen cannot be reached: neither %s/dev/xen/privcmd nor "
                       "%s/proc/xen/privcmd exists (is the kernel module "
                       "xen-privcmd loaded?)",
                       root, root);
}

static int is_release_dir(const struct dirent *entry)
{
    return !strncmp(entry->d_name, "xen-", 4);
}

/* "4.14, 4.17": the releases that have a module, as far as they fit. */
static void list_releases(const char *module_dir, char *list, size_t len)
{
    struct dirent **entries;
    int nr = scandir(module_dir, &entries, is_release_dir, alphasort);
    size_t used = 0;
    int i;

    snprintf(list, len, "none");
    for (i = 0; i < nr; i++) {
        const char *name = entries[i]->d_name + 4;

        if (used + strlen(name) + 3 < len)
            used += (size_t)snprintf(list + used, len - used, "%s%s",
                                     used ? ", " : "", name);
        free(entries[i]);
    }
    if (nr >= 0)
        free(entries);
}

/* *path_r: malloc'd; NULL: none. */
static int find_module(const xlmem__live_place *place, char **path_r,
                       xlmem__msg *msg)
{
    release running = {0, 0};
    char others[128];
    int rc = find_release(place->root, &running, msg);

    *path_r = NULL;
    if (rc)
        return rc;
    if (asprintf(path_r, "%s/xen-%" PRIu64 ".%" PRIu64 "/live.so",
                 place->module_dir, running.major, running.minor) < 0) {
        *path_r = NULL;
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    }
    if (!access(*path_r, F_OK))
        return 0;
    list_releases(place->module_dir, others, sizeof(others));
    return xlmem__fail(
        msg, XLMEM_ERROR_NOTFOUND,
        "no module for Xen %" PRIu64 ".%" PRIu64 ": %s: %s (installed: %s)",
        running.major, running.minor, *path_r, strerror(errno), others);
}

/* What is behind open is there from version 2 on. */
static bool module_fits(const xlmem_live_module_v2 *module)
{
    return module->module_version == XLMEM_MODULE_VERSION &&
           module->host_size == sizeof(xlmem_host) &&
           module->dom_size == sizeof(xlmem_dom) &&
           module->dom0_size == sizeof(xlmem_dom0) &&
           module->params_size == sizeof(xlmem_live_params);
}

/*
 * Whether memory ended, as far as can be seen behind a failure: of a segment
 * that could not be mapped glibc's linker does not say why (elf/dl-load.c,
 * 2.31 and 2.36), which may also be a file system without exec.  All that a
 * module of ours brings with it to write on is less than this.
 */
#define MODULE_ROOM_BYTES ((size_t)1 << 20)

/* @said: by dlerror; a damaged module is not for lack of memory. */
static bool memory_ended(const char *said)
{
    void *room;

    if (!strstr(said, "failed to map segment") &&
        !strstr(said, "cannot map zero-fill pages"))
        return false;
    room = mmap(NULL, MODULE_ROOM_BYTES, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return errno == ENOMEM;
    munmap(room, MODULE_ROOM_BYTES);
    return false;
}

/* The one symbol of a module, which is never closed (RTLD_NODELETE).  NULL
 * where it has none.  @rc: what it is if it cannot be loaded. */
static int load_module(const char *path, const char *symbol, int rc,
                       const void **table_r, xlmem__msg *msg)
{
    const char *said;
    void *handle;
    int error;

    errno = 0;
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    error = errno;
    said = handle ? NULL : dlerror();
    if (!handle && (error == ENOMEM || !said || memory_ended(said)))
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM,
                           "out of memory: cannot load %s",
                           said ? said : path);
    if (!handle)
        return xlmem__fail(msg, rc, "cannot load %s", said);
    *table_r = dlsym(handle, symbol);
    return 0;
}

static int load_live(const char *path, const xlmem_live_module_v2 **module_r,
                     xlmem__msg *msg)
{
    const xlmem_live_module_v2 *module;
    const void *table = NULL;
    int rc =
        load_module(path, "xlmem_live_module", XLMEM_ERROR_XEN, &table, msg);

    if (rc)
        return rc;
    module = table;
    if (!module || !module_fits(module))
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "%s belongs to another version of libxlmem than "
                           "%s (its interface is %u, the library's %u); "
                           "install both from one build",
                           path, XLMEM_VERSION,
                           module ? module->module_version : 0,
                           XLMEM_MODULE_VERSION);
    *module_r = module;
    return 0;
}

int xlmem__live_open(const xlmem__live_place *place,
                     const xlmem_live_params *params,
                     const xlmem_backend **backend_r, void **user_r,
                     xlmem__msg *msg)
{
    const xlmem_live_module_v2 *module = NULL;
    char *path = NULL;
    int rc;

    rc = check_xen(place->root, msg);
    if (!rc)
        rc = check_is_dom0(place->root, msg);
    if (!rc)
        rc = check_privcmd(place->root, msg);
    if (!rc)
        rc = find_module(place, &path, msg);
    if (!rc)
        rc = load_live(path, &module, msg);
    if (!rc)
        rc = module->open(params, backend_r, user_r, msg->text, msg->len);
    free(path);
    return rc;
}

/* ------------------------------------------------ beside the library --- */

/* The library's own folder, whichever link it was loaded by.
 * *path_r: malloc'd. */
static int path_beside(const void *in, const char *name, char **path_r,
                       xlmem__msg *msg)
{
    char *library = NULL;
    Dl_info info;
    int len;

    errno = 0;
    if (dladdr(in, &info) && info.dli_fname)
        library = realpath(info.dli_fname, NULL);
    if (!library && errno == ENOMEM)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    if (!library)
        return xlmem__fail(msg, XLMEM_ERROR_NOTFOUND,
                           "where libxlmem lies cannot be told");
    *strrchr(library, '/') = '\0';
    len = asprintf(path_r, "%s/%s", library, name);
    free(library);
    return len < 0 ? xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory") : 0;
}

static int load_beside(const char *path, const char *symbol,
                       const void **table_r, xlmem__msg *msg)
{
    int rc;

    if (access(path, F_OK))
        return xlmem__fail(msg, XLMEM_ERROR_NOTFOUND,
                           "cannot load %s: %s (it is installed with "
                           "libxlmem)",
                           path, strerror(errno));
    rc = load_module(path, symbol, XLMEM_ERROR_IO, table_r, msg);
    if (!rc && !*table_r)
        rc = xlmem__fail(msg, XLMEM_ERROR_IO, "%s has no %s", path, symbol);
    return rc;
}

int xlmem__module_beside(const void *in, const char *name, const char *symbol,
                         const void **table_r, xlmem__msg *msg)
{
    char *path;
    int rc = path_beside(in, name, &path, msg);

    if (rc)
        return rc;
    rc = load_beside(path, symbol, table_r, msg);
    free(path);
    return rc;
}
