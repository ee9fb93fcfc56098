# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# The project as `make install` puts it, built inside a chroot of the suite.

BED_BUILD_PACKAGES=gcc,libc6-dev,make,pkgconf,perl,libxen-dev,libyajl-dev
BED_BUILD_PACKAGES+=,zlib1g-dev,autoconf,automake,libtool,libevent-dev
# Not libsystemd-dev: the bed's dom0 has no systemd, and its image, which takes
# of dom0's memory, would have six libraries more.

build_chroot()
{
    local suite=$1 dir=$2 packages=$BED_BUILD_PACKAGES

    say "making a build chroot of $suite"
    need_tools mmdebstrap
    [ "$suite" != bullseye ] || packages=${packages/pkgconf/pkg-config}
    as_root rm -rf "$dir/chroot"
    mmdebstrap --quiet --variant=apt --include="$packages" "$suite" \
        "$dir/chroot" "$(source_line "$suite")"
}

# All files below TOP_DIR but what autotools and builds leave there: half of
# that would be worse than none, and the chroot makes its own.
untracked_source()
{
    find "$TOP_DIR" -mindepth 1 \( \
        -path "$TOP_DIR/build*" -o -path "$TOP_DIR/m4" \
        -o -name autom4te.cache -o -name .git \
        -o -name .deps -o -name .libs \) -prune \
        -o -type f -not -name configure -not -name aclocal.m4 \
        -not -name Makefile.in -not -name 'config.h.in*' -not -name '*.o' \
        -not -name '*.l[ao]' -printf '%P\n'
}

# Every file that belongs to the source: tracked, or new and not ignored.
source_files()
{
    {
        git -C "$TOP_DIR" ls-files -co --exclude-standard 2>/dev/null ||
            untracked_source
    } | grep -v '^tests/xen/[^M]' | LC_ALL=C sort | while read -r file; do
        [ ! -f "$TOP_DIR/$file" ] || echo "$file"
    done
}

# sums_in DIR: of the files that are named on stdin, as far as DIR has them.
sums_in()
{
    (cd "$1" && xargs -d '\n' sha256sum 2>/dev/null)
}

source_hash()
{
    source_files | sums_in "$TOP_DIR" | hash_of -
}

# What differs is copied and has the time of now: make would not see a file
# that comes from an older tree than the one that was built last.
sync_source()
{
    local to=$1 list

    list=$(mktemp)
    source_files >"$list"
    mkdir -p "$to"
    [ ! -f "$to/.files" ] ||
        LC_ALL=C comm -13 "$list" "$to/.files" |
        (cd "$to" && xargs -r -d '\n' rm -f)
    sums_in "$TOP_DIR" <"$list" |
        grep -vxFf <(sums_in "$to" <"$list") | cut -c 67- |
        tar -C "$TOP_DIR" -c -T - | tar -C "$to" -x -m
    cp "$list" "$to/.files"
    rm -f "$list"
}

in_chroot()
{
    as_root chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LC_ALL=C sh -ec "$2"
}

build_project()
{
    local suite=$1 dir=$2 chroot=$2/chroot log=$2/project.log

    say "building the project for $suite"
    sync_source "$chroot/src" || return 1
    in_chroot "$chroot" '
        mkdir -p /build && rm -rf /stage
        cd /src && { [ -x configure ] || autoreconf -fi; }
        cd /build && { [ -f Makefile ] || /src/configure --prefix=/usr \
            --sysconfdir=/etc --localstatedir=/var \
            --libdir=/usr/lib/x86_64-linux-gnu; }
        make -j2 && make install install-xen-tests DESTDIR=/stage' >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2 && return 1; }
    pack_project "$dir"
}

# Only what runs in dom0: no headers, no manuals, nothing for guests; and the
# libraries that the dom0 image does not have yet.
pack_project()
{
    local dir=$1 tree=$1/project-tree

    as_root rm -rf "$tree"
    mkdir -p "$tree"
    cp -a "$dir/chroot/stage/." "$tree/"
    rm -rf "$tree"/usr/{include,share/man,share/doc,share/info}
    rm -rf "$tree"/usr/lib/*/xlmem/guest
    find "$tree" -name '*.la' -delete
    copy_libraries "$dir/chroot" "$tree" "$dir/tree" || return 1
    pack_tree "$tree" "$dir/project.cpio"
}

project_ready()
{
    local dir

    dir=$(suite_dir "$1")
    once "$dir/chroot.stamp" "$BED_BUILD_PACKAGES" build_chroot "$1" "$dir" ||
        die "no build chroot of $1"
    once "$dir/project.stamp" \
        "$(source_hash)-$(cat "$dir/chroot.stamp" "$dir/image.stamp" |
            hash_of -)" \
        build_project "$1" "$dir" || die "the project does not build on $1"
}

# The guard needs nothing but the C library, and one binary serves every Xen:
# that of the suite with the oldest one, laid over what another was built with.
# Before 2.34 the C library was several files; the newer ones still have them.
pack_guard()
{
    local of=$1 dir=$2 tree=$2/guard-tree

    rm -rf "$tree"
    mkdir -p "$tree"
    (cd "$of/project-tree" && find . -name libxlmem-guard.so |
        cpio --quiet -p -d "$tree") &&
        copy_libraries "$dir/chroot" "$tree" "$dir/tree" &&
        pack_tree "$tree" "$dir/guard.cpio"
}

# guard_ready SUITE OF: the guard that was built for OF, for SUITE.
guard_ready()
{
    local dir of

    dir=$(suite_dir "$1")
    of=$(suite_dir "$2")
    locked "$2" image_ready "$2"
    locked "$2" project_ready "$2"
    once "$dir/guard.stamp" \
        "$2 $(cat "$of/project.stamp") $(hash_of "$BED_DIR/lib/project.sh")" \
        pack_guard "$of" "$dir" || die "no guard of $2 for $1"
}
