#!/usr/bin/env bash
# Every shell script passes shellcheck.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
requires shellcheck
# By name, or by a first line that names a shell; not what libtool leaves
# beside the sources of a build in the tree.  One process reads them all: the
# corpora are a thousand files.
scripts=$(sources '*' | perl -ne '
    chomp;
    open my $file, "<:raw", $_ or next;
    read $file, my $head, 512;
    next if $head =~ /^# \S+ - temporary wrapper script for /m;
    print "$_\n" if /\.sh$/ || $head =~ /\A#!.*\b(ba|da)?sh\b/;
')
[ -n "$scripts" ] || complain "no script found"
# shellcheck disable=SC2086 # file names of ours have no blanks
shellcheck -e SC1091 $scripts || complain "shellcheck"
exit $bad
