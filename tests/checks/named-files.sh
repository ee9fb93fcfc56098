#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# A file that a comment or docs/design names, NAME.c, NAME.h or NAME.sh, is
# there, or it is somebody else's.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# By folders of Linux, Xen, GRUB, glibc, OpenZFS, QEMU and Pacemaker; and by
# names of Xen's, yajl's and systemd's that stand alone.  NAME is any.
theirs='^((arch|asm|asm-generic|common|drivers|elf|fs|hvm|hw|include|kernel|lib|mm|module'
theirs+='|net|normal|public|qmemman|src/libxl|tools|xen|xen-blkback'
theirs+='|xen-netback)/|(libxl|xc_sr|xenstored|xg|yajl)_|sd-)'
theirs+='|^(journald-kmsg|paging|posix|printk|setup|xl_cmdtable|xl_parse'
theirs+='|xl_vmcontrol|xen-hotplug-common)\.(c|sh)$|^linux/[a-z]*\.h$'
theirs+='|^(libxlutil|xen[a-z]*)\.h$|[A-Z][A-Z]'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
paths=$scratch/paths
sources '*' >"$paths"

# not_there FILE...: names of no file, each behind the line that it stands on.
not_there()
{
    awk -v theirs="$theirs" '
    # Of a line of C what is in comments.
    function comment_of(line, text, at)
    {
        text = ""
        while (line != "") {
            at = index(line, inside ? "*/" : "/*")
            if (inside)
                text = text " " (at ? substr(line, 1, at - 1) : line)
            if (!at)
                break
            line = substr(line, at + 2)
            inside = !inside
        }
        return text
    }
    # A list in braces as the names that it stands for.
    function spread(text, begin, names, before, behind, nr, i, list)
    {
        while (match(text, /[A-Za-z0-9_.\/-]*\{[a-z_,]+\}\.[a-z]+/)) {
            list = substr(text, RSTART, RLENGTH)
            before = list; sub(/\{.*/, "", before)
            behind = list; sub(/.*\}/, "", behind)
            names = list; gsub(/.*\{|\}.*/, "", names)
            begin = substr(text, 1, RSTART - 1)
            text = substr(text, RSTART + RLENGTH)
            nr = split(names, names_of, ",")
            for (i = 1; i <= nr; i++)
                begin = begin " " before names_of[i] behind
            text = begin " " text
        }
        return text
    }
    function look_at(text, name, edge)
    {
        while (match(text, /[A-Za-z0-9_.-][A-Za-z0-9_.\/-]*\.(c|h|sh)/)) {
            name = substr(text, RSTART, RLENGTH)
            edge = RSTART > 1 ? substr(text, RSTART - 1, 1) : " "
            text = substr(text, RSTART + RLENGTH)
            # An absolute path, one with a part that varies, <...>, -OPTION,
            # and a longer word.
            if (edge ~ /[\/$}<*~]/ || name ~ /^[-.]/ ||
                text ~ /^[A-Za-z0-9_]/ || name ~ theirs || name in there)
                continue
            print FILENAME ":" FNR ": there is no file " name
        }
    }
    FILENAME == ARGV[1] {
        there[$0]
        while (sub(/^[^\/]*\//, ""))
            there[$0]
        next
    }
    FNR == 1 { inside = 0 }
    FILENAME ~ /\.[ch]$/ { look_at(spread(comment_of($0))); next }
    FILENAME ~ /\.sh$/ && !/^[ \t]*#/ { next }
    { look_at(spread($0)) }' "$@"
}

# shellcheck disable=SC2046 # file names of ours have no blanks
missing=$(not_there "$paths" $(sources 'hotplug/*.[ch]' 'libxlmem/*.[ch]' \
    'quickstart/*.sh' 'xl-plugin/*.[ch]' 'tests/*.[ch]' 'tests/*.sh' \
    'hotplug/*.sh' 'docs/design/*.md' | grep -v '^tests/fixtures/'))
[ -z "$missing" ] || complain "$missing"
# That one would be seen, and what is text of a program is not looked at.
printf '/* a,\n * codec/{lines,no_lines}.c of <no_b.h> */\n%s\n' \
    'char a[] = "no_a.c"; /* no_a.h of no_a.conf */' >"$scratch/made.c"
made=$(not_there "$paths" "$scratch/made.c")
[ "${made//$scratch\/made.c:/}" = '2: there is no file codec/no_lines.c
3: there is no file no_a.h' ] || complain "files are not found: $made"
exit $bad
