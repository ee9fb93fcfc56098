#!/usr/bin/env bash
# numbers.sh FOLDER: each enumerator and constant of the xlmem.h in it, and its
# value.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
{
    echo '#include <stdio.h>'
    echo '#include <xlmem.h>'
    echo 'int main(void) {'
    {
        # Preprocessed it has no other word of this form.
        echo '#include <xlmem.h>' | ${CC:-cc} -E -P -I"$1" -
        echo XLMEM_API_VERSION XLMEM_FOREVER XLMEM_ID_MAX XLMEM_KEEP_MAX_MS \
            XLMEM_NO_MAXMEM_KB
    } | grep -oE '\bXLMEM_[A-Z0-9_]+' | LC_ALL=C sort -u |
        sed 's/.*/printf("%s %lld\\n", "&", (long long)(&));/'
    echo '}'
} >"$scratch/numbers.c"
${CC:-cc} -I"$1" -o "$scratch/numbers" "$scratch/numbers.c"
"$scratch/numbers"
