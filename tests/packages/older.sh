# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Packages to upgrade from and to go back to: the same files under an older
# version, since nothing has been released.

OLDER=0.0.9

# make_older VERSION DEB DIR: DEB, of our VERSION, as one of $OLDER in DIR.
make_older()
{
    local tree
    tree=$(mktemp -d)
    dpkg-deb -R "$2" "$tree" &&
        sed -i "s/$1-0/$OLDER-0/g" "$tree/DEBIAN/control" &&
        dpkg-deb --root-owner-group -b "$tree" "$3" &&
        rm -rf "$tree"
}
