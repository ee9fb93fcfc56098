# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Debian packages of any suite: fetched once, verified by apt, unpacked
# without being installed.

BED_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror is the one that this machine's own apt uses.
debian_mirror()
{
    local mirror=${XLMEM_BED_MIRROR:-}

    # shellcheck disable=SC2016  # the $() are apt-get's own
    [ -n "$mirror" ] || mirror=$(apt-get indextargets \
        --format '$(ORIGIN)|$(COMPONENT)|$(LABEL)|$(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null |
        awk -F'|' '$1 == "Debian" && $2 == "main" && $3 == "Debian" {
            print $4; exit }')
    [ -n "$mirror" ] ||
        die "apt knows no Debian mirror (apt-get update?): set XLMEM_BED_MIRROR"
    echo "${mirror%/}"
}

source_line()
{
    echo "deb [signed-by=$BED_KEYRING] $(debian_mirror) $1 main"
}

# A private apt: its own lists, its own cache and no installed package, so
# that a request yields the whole closure.
apt_setup()
{
    local suite=$1 dir=$2

    mkdir -p "$dir/state/lists/partial" "$dir/cache"
    : >"$dir/status"
    source_line "$suite" >"$dir/sources.list" || return 1
    cat >"$dir/apt.conf" <<CONF
Dir::State "$dir/state";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "";
APT::Architecture "amd64";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    APT_CONFIG=$dir/apt.conf apt-get -qq update
}

# dependency_of PACKAGE PREFIX: the first dependency called PREFIX-something.
dependency_of()
{
    apt-cache depends "$1" | awk -v p="$2" \
        '$1 ~ /Depends:/ && index($2, p) == 1 { print $2; exit }'
}

xen_version_of()
{
    APT_CONFIG=$(suite_dir "$1")/apt/apt.conf \
        dependency_of xen-system-amd64 xen-hypervisor-4 |
        sed 's/xen-hypervisor-\(.*\)-amd64/\1/'
}

# The kernel and the hypervisor come without what they depend on: boot
# loaders and initramfs generators have nothing to do here.
download_single()
{
    (cd "$1" && apt-get -qq download "$2")
}

# download_closure DEBS PACKAGE...: apt keeps what it fetches in DEBS.
download_closure()
{
    local debs=$1

    shift
    mkdir -p "$debs/partial"
    apt-get -qq -y -o Dir::Cache::archives="$debs" --download-only \
        install "$@" >/dev/null
}

download_base()
{
    local suite=$1 dir=$2 xen

    say "fetching packages of $suite"
    apt_setup "$suite" "$dir" || return 1
    xen=$(xen_version_of "$suite")
    [ -n "$xen" ] || die "no Xen in $suite"
    export APT_CONFIG=$dir/apt.conf
    download_closure "$dir/debs" "xen-utils-$xen" xen-utils-common \
        xenstore-utils busybox-static bash || return 1
    download_single "$dir/debs" "xen-hypervisor-$xen-amd64" || return 1
    download_single "$dir/debs" \
        "$(dependency_of linux-image-amd64 linux-image-)" || return 1
    unset APT_CONFIG
}

# Xen's device model: a package of its own since bookworm.
download_hvm()
{
    local dir=$1 package=qemu-system-xen

    say "fetching the device model"
    export APT_CONFIG=$dir/apt.conf
    apt-cache show "$package" >/dev/null 2>&1 || package=qemu-system-x86
    download_closure "$dir/hvm-debs" "$package" || return 1
    unset APT_CONFIG
}

# What a kernel package is unpacked for: nine tenths of it are drivers for
# hardware that is not there.
BED_KERNEL_PARTS="./boot/* */modules.* */kernel/drivers/xen/*
    */kernel/drivers/net/xen-netback/* */kernel/drivers/block/*
    */kernel/net/bridge/* */kernel/net/llc/* */kernel/net/802/*"

unpack_deb()
{
    local deb=$1 root=$2
    local -a parts=(--exclude=./usr/share/doc --exclude=./usr/share/locale
        --exclude=./usr/share/man --exclude='./usr/lib/python3*')

    case $deb in
    */linux-image-*)
        read -ra parts <<<"${BED_KERNEL_PARTS//$'\n'/ }"
        parts=(--wildcards "${parts[@]}")
        ;;
    esac
    dpkg-deb --fsys-tarfile "$deb" |
        tar -C "$root" -x --keep-directory-symlink "${parts[@]}"
}

# unpack_debs DEBS ROOT: /bin, /sbin and /lib lead into /usr in every suite,
# as in an installed system.
unpack_debs()
{
    local debs=$1 root=$2 deb name

    rm -rf "$root"
    mkdir -p "$root/usr"
    for name in bin sbin lib lib64; do
        mkdir -p "$root/usr/$name"
        ln -s "usr/$name" "$root/$name"
    done
    for deb in "$debs"/*.deb; do
        unpack_deb "$deb" "$root" || return 1
    done
}

unpack_base()
{
    local dir=$1

    unpack_debs "$dir/apt/debs" "$dir/root"
}

packages_ready()
{
    local dir

    dir=$(suite_dir "$1")
    mkdir -p "$dir"
    once "$dir/packages.stamp" "$(hash_of "$BED_DIR/lib/packages.sh")" \
        download_base "$1" "$dir/apt" || die "packages of $1 not fetched"
    once "$dir/root.stamp" "$(cat "$dir/packages.stamp")" \
        unpack_base "$dir" || die "packages of $1 not unpacked"
}
