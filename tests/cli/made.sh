#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What is made from the table of commands and what is kept in files agree:
# completion, manual pages, help.  "made.sh --update" writes the files.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
completion=xl-plugin/completion/xl-memguard
man=docs/man/xl-memguard.1.pod
findings=docs/man/memguard-findings.7.pod

begin='=for comment made from the table of commands'
end='=for comment end of what is made'

# made_part FILE: what stands between the two comments.
made_part()
{
    sed -n "/^$begin/,/^$end/p" "$1" | sed '1,2d;$d'
}

"$memguard" --xl-memguard-completion >"$scratch/completion"
"$memguard" --xl-memguard-pod >"$scratch/pod"
"$XLMEM_BUILDDIR/docs/make-findings" >"$scratch/findings" ||
    fail "docs/make-findings"
if [ "${1:-}" = --update ]; then
    cp "$scratch/findings" $findings
    cp "$scratch/completion" $completion
    awk -v begin="$begin" -v end="$end" -v made="$scratch/pod" '
        $0 == begin { print; print ""; skip = 1
            while ((getline line < made) > 0) print line }
        $0 == end { skip = 0 }
        !skip' $man >"$scratch/man" && cp "$scratch/man" $man
    exit 0
fi
same "$findings: run 'make update-golden'" $findings "$scratch/findings"
same "$completion: run 'make update-golden'" $completion "$scratch/completion"
made_part $man >"$scratch/part"
same "$man: run 'make update-golden'" "$scratch/part" "$scratch/pod"

# Every command has a section, and nothing has one that is no command.
"$memguard" help | sed -n '/^Commands/,/^$/s/^  \([a-z][a-z0-9]*\) .*/\1/p' |
    sort >"$scratch/commands"
sed -n '/^=head1 COMMANDS/,/^=head1 EX/s/^=head2 \([a-z0-9]*\).*/\1/p' $man |
    sort >"$scratch/sections"
same "$man: sections and commands" "$scratch/commands" "$scratch/sections"
[ -s "$scratch/commands" ] || fail "no commands in the help"

exit $failed
