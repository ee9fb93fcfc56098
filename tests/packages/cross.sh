# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What needs no Xen, built for arm64 by bookworm's cross compiler with
# warnings as errors; the model's and the codec's tests and the command on a
# recorded host are run by qemu-user.
#
# For run, which has inside, try and put_source.

# shellcheck disable=SC2154 # run's
cross_dir=$cache/cross
cross_packages=gcc-aarch64-linux-gnu,libc6-dev-arm64-cross,make,pkg-config,perl
cross_packages+=,libcmocka-dev:arm64,libevent-dev:arm64,libncurses-dev:arm64
cross_packages+=,libyajl-dev:arm64,zlib1g-dev:arm64,qemu-user

cross_chroot()
{
    rm -rf "$cross_dir"
    mmdebstrap --variant=apt --architectures=amd64,arm64 \
        --include=$cross_packages bookworm "$cross_dir" \
        "$(source_line bookworm)"
}

# in_cross COMMAND: where it is built.
in_cross()
{
    inside "$cross_dir" "mkdir -p /build/xlmem-$version/arm64
        cd /build/xlmem-$version/arm64
        $1"
}

cross_build()
{
    put_source "$cross_dir" /build
    in_cross "../configure --host=aarch64-linux-gnu --enable-werror \
            --without-xen \
            PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig
        make -j$(nproc)
        make -j$(nproc) tests/unit/run-model tests/unit/run-codec"
}

cross_run()
{
    in_cross "export XLMEM_SRCDIR=/build/xlmem-$version XLMEM_BUILDDIR=\$PWD
        qemu-aarch64 tests/unit/run-model
        qemu-aarch64 tests/unit/run-codec
        qemu-aarch64 xl-plugin/xl-memguard predict dom0_mem=2G \
            --sysroot ../tests/fixtures/hosts/qemu-64g-nomax"
}

cross()
{
    say "for arm64"
    try cross/chroot cross_chroot
    [ "$tried" = 0 ] || return 0
    try cross/build cross_build
    [ "$tried" = 0 ] || return 0
    try cross/run cross_run
}
