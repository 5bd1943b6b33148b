#!/bin/bash
# clang-tidy finds nothing in the sources that compile natively: the engine on the simulated system, and all that unit
# tests are made of.  .clang-tidy at the root says what it looks for.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/tidy/tidy.sh BUILD [FILE...]
#
# FILE: a source as "libs/base/json.c"; without one, all of them.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${1:?usage: tests/tidy/tidy.sh BUILD [FILE...]}
shift
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

ok() { printf 'ok - %s\n' "$1"; }
not_ok() { printf 'not ok - %s\n' "$1"; failed=1; }

tidy=$(command -v clang-tidy-14 || command -v clang-tidy) ||
    { echo "Tests skipped: clang-tidy is missing (tools/machine-setup installs it)"; exit 77; }

# The value of an expression of make, one word a line.
words() { make -s --no-print-directory -C "$build" --eval "wb-print: ; @echo $1" wb-print 2>/dev/null | tr ' ' '\n'; }

# What the engine and the unit tests are compiled with (build/pe.mk), as far as it changes what the code means.
flags=(-std=gnu11 -fno-strict-aliasing -I"$top/libs" -I"$top/libs/http")
engine_flags=("${flags[@]}" -fshort-wchar -D_WIN32 -DUNICODE -I"$top/tests/engine/include")
unit_flags=("${flags[@]}" -I"$top/programs" -I"$top/tests" -I"$top/tests/unit" -I"$top/tests/unit/win32")

words '$(engine_sources)' | sort -u >"$scratch/engine"
words '$(foreach name,$(unit_tests),$($(name)_unit_sources))' | sort -u | grep -E '^(libs|programs)/' |
    grep -vxFf "$scratch/engine" >"$scratch/unit"
if [ $# -gt 0 ]; then
    printf '%s\n' "$@" >"$scratch/wanted"
    for list in engine unit; do
        grep -xFf "$scratch/wanted" "$scratch/$list" >"$scratch/chosen"
        mv "$scratch/chosen" "$scratch/$list"
    done
fi

# check_file FILE FLAG...: what is wrong with it; its name goes to "done" once it was looked at.
check_file()
{
    local file=$1
    shift
    cd "$top" && "$tidy" --quiet "$file" -- "$@" 2>"$scratch/errors.$$" && printf '%s\n' "$file" >>"$scratch/done"
    grep -E 'error:|Error' "$scratch/errors.$$"
}
export -f check_file
export top tidy scratch

for list in engine unit; do
    if [ "$list" = engine ]; then flags=("${engine_flags[@]}"); else flags=("${unit_flags[@]}"); fi
    xargs -r -P 2 -I '{}' bash -c 'check_file "$@"' bash '{}' "${flags[@]}" <"$scratch/$list" >>"$scratch/output"
done
touch "$scratch/done"
sort -o "$scratch/done" "$scratch/done"
cat "$scratch/output"
while IFS= read -r file; do not_ok "clang-tidy on $file"
done < <(sort "$scratch/engine" "$scratch/unit" | comm -23 - "$scratch/done")

count=$(wc -l <"$scratch/done")
if [ $# -gt 0 ]; then least=$#; else least=90; fi
if [ "$count" -ge "$least" ]; then ok "clang-tidy finds nothing in $count files"
elif [ "$failed" = 0 ]; then not_ok "only $count files were looked at, not $least"; fi

# And it does find something where there is something.
printf '#include <stdlib.h>\nchar f(void);\nchar f(void)\n{\n    char *p = calloc(1, 1);\n    free(p);\n    return *p;\n}\n' \
    >"$scratch/fault.c"
if (cd "$top" && "$tidy" --quiet --config-file=.clang-tidy "$scratch/fault.c" -- 2>/dev/null) |
    grep -q 'clang-analyzer-unix.Malloc'; then ok "a use after free is found"
else not_ok "a use after free is not found"; fi
exit $failed
