#!/usr/bin/env bash
# What may be preloaded into anybody's xl: a library that needs nothing but
# the C library, defines functions of libxl, libxlutil and libxenctrl and
# nothing else, and has no constructor of its own.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

guard=$builddir/xl-plugin/guard/.libs/libxlmem-guard.so
requires readelf
[ -f "$guard" ] || { complain "$guard is not built"; exit 1; }

# A preload with a missing DT_NEEDED makes every xl exit 127.
needed=$(readelf -dW "$guard" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
others=$(grep -vE '^(lib(c|dl|pthread|asan|ubsan)\.so|ld-linux|ld64)' \
    <<<"$needed" || true)
[ -z "$others" ] || complain "the guard needs $others"

want="libxl_ctx_alloc
libxl_domain_create_new
libxl_domain_create_restore
libxl_domain_destroy
libxl_domain_need_memory
libxl_domain_need_memory_0x040700
libxl_domain_need_memory_0x041200
libxl_domain_setmaxmem
libxl_evenable_domain_death
libxl_retrieve_domain_configuration
libxl_set_memory_target
xc_domain_create
xc_domain_destroy
xlu_cfg_init
xlu_cfg_readdata"
have=$(nm -D --defined-only "$guard" | awk '$2 == "T" { print $3 }' |
    grep -vE '^_(init|fini)$' | LC_ALL=C sort)
diff <(echo "$want") <(echo "$have") ||
    complain "what the guard stands in front of (<) and exports (>) differ"

# What a live module calls of these would come back to the guard; and what it
# calls of libxl by its name may be another release's (sys/live.h).
module=$builddir/libxlmem/sys/.libs/live.so
if [ -f "$module" ]; then
    both=$(nm -D --undefined-only "$module" | awk '{ print $2 }' |
        sed 's/@.*//' | LC_ALL=C sort | LC_ALL=C comm -12 - <(echo "$want"))
    [ -z "$both" ] || complain "the live module calls through the guard: $both"
    direct=$(nm -D --undefined-only "$module" | awk '$2 ~ /^libxlu?_/ { print $2 }' |
        sed 's/@.*//' | grep -vx libxl_get_version_info || true)
    [ -z "$direct" ] || complain "the live module has libxl by load order: $direct"
    readelf -dW "$module" | grep -q 'NEEDED.*libxenlight' ||
        complain "the live module needs no libxl to look in"
fi

grep -nE '\b(fork|vfork|system|popen|exec[lv]p?e?|posix_spawn|pthread_create)\b *\(|\bstdout\b|\bprintf *\(|\b__attribute__\(\(constructor' \
    xl-plugin/guard/*.c | grep -v 'format(printf' &&
    complain "not in somebody else's process"
exit $bad
