#!/bin/bash
# The conformance kit: made twice with the same bytes, run under Wine by its own script, its results compared.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: kit.sh BUILD_DIR

set -u

build=$(cd "$1" && pwd) || exit 1
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
work=$WB_CHECK_DIR/prefixes/kit-work
prefix=$WB_CHECK_DIR/prefixes/kit
failures=0

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

# shellcheck source=../support/prefix.sh
. "$top/tests/support/prefix.sh"

compare() { "$top/tools/compare-conformance" "$@" >"$work/compared" 2>&1; }

# --- The kit ---------------------------------------------------------------------------

rm -rf "$work" && mkdir -p "$work"
trap 'end_prefix "$prefix"; rm -rf "$prefix" "$work"' EXIT

make_kit() { rm -rf "$build/conformance" && make -C "$build" conformance >"$work/make.log" 2>&1; }

make_kit
result $? "make conformance"
[ "$failures" = 0 ] || { tail -n 20 "$work/make.log"; exit 1; }
cp "$build"/conformance/*.zip "$work/first.zip"
make_kit && cmp "$work/first.zip" "$build"/conformance/*.zip
result $? "made twice, the zip has the same bytes"

# In a directory with a space, as a user's may have.
copy_prefix "$WB_INSTALLED" "$prefix" || exit 1
place="$prefix/drive_c/my tests"
mkdir "$place" && python3 -m zipfile -e "$work/first.zip" "$place"
result $? "the zip can be unpacked"
kit=$(echo "$place"/wine-bits-conformance-*)

# It must run without a Wine: nothing but what every Windows has.
imports()
{
    find "$kit" -name '*.exe' -exec x86_64-w64-mingw32-objdump -p {} + | sed -n 's/.*DLL Name: //p' |
        tr '[:upper:]' '[:lower:]' | sort -u
}
unknown=$(imports | grep -vxE \
    '(advapi32|crypt32|kernel32|msvcrt|ole32|oleaut32|psapi|rpcrt4|secur32|shell32|user32|version|ws2_32)\.dll')
[ -z "$unknown" ]
result $? "every program imports only DLLs of Windows ($unknown)"

# --- Running it --------------------------------------------------------------------------

run_kit()
{
    (cd "$kit" && WINEPREFIX=$prefix timeout 100 "$wine" cmd /c run.cmd "$@" >"$work/out" 2>&1 </dev/null)
}

arches=$(cd "$kit/runner" && for program in *.exe; do echo "${program%.exe}"; done)
has_32bit "$prefix" || arches=x86_64

run_kit enums peercache
result $? "run.cmd runs"
[ "$failures" = 0 ] || cat "$work/out"
cp "$kit/result.txt" "$work/a.txt"
result $? "the result stands beside run.cmd"
for arch in $arches; do
    for name in enums peercache; do
        grep -qP "^$name\t$arch\tend\tended\t\r?$" "$work/a.txt" &&
            [ "$(grep -cP "^$name\t$arch\t\S+\.c:[0-9]+.*\tpass\t" "$work/a.txt")" -ge 10 ]
        result $? "$name of $arch ran to its end and left its checks"
    done
done
grep -q '^# kit: wine-bits-conformance-.* [0-9a-f]\{16\}' "$work/a.txt" &&
    grep -q '^# system: Windows [0-9.]*, that is Wine ' "$work/a.txt" &&
    grep -q '^# qmgr.dll: 7\.8\.' "$work/a.txt"
result $? "it says what was tested, and where"
# shellcheck disable=SC2010
ls "$prefix"/drive_c/users/*/Temp/ | grep -q 'wine-bits'
result $((! $?)) "no files are left"

# A test that takes too long is ended, and what it had found is kept.
run_kit --result 'C:\late.txt' --limit 1 states
grep -qP '^states\tx86_64\tend\tdid not end\t' "$prefix/drive_c/late.txt" &&
    grep -qP '\tpass\t' "$prefix/drive_c/late.txt"
result $? "a test that takes too long is ended and its checks are kept"
WINEPREFIX=$prefix timeout 60 "$wine" bitsadmin /rawreturn /list >"$work/list" 2>&1 </dev/null
! grep -q '{' "$work/list"
result $? "no jobs are left"
[ "$failures" = 0 ] || cat "$work/list" "$work/out"

# --- The questions ---------------------------------------------------------------------------

# Through run.cmd as by a double click, but for nothing else than the questions.
run_kit --result 'C:\rules.txt' questions
rules=$prefix/drive_c/rules.txt
tr -d '\r' <"$rules" | sed -n 's/^rule\tx86_64\t\(\S*\) \([^\t]*\)\t\([^\t]*\)\t$/\1\t\2\t\3/p' >"$work/answers"
grep -v '^#' "$top/tests/kit/answers.txt" | diff - "$work/answers" >"$work/differ"
result $? "wine-bits answers the questions as tests/kit/answers.txt says"
[ ! -s "$work/differ" ] || cat "$work/differ"
compare "$rules" && grep -q '^Nothing is contradicted$' "$work/compared"
result $? "so that no rule is contradicted"
[ "$(cut -f 1 "$work/answers" | sort -u | wc -l)" -ge 80 ]
result $? "at least 80 rules are asked about"

# A Windows that answers one question in another way.
sed "s/^\(rule\t[^\t]*\tB-123 EnumJobs with flags 0x2\t\)[^\t]*/\\1S_OK/" "$rules" >"$work/other.txt"
compare "$work/other.txt"
[ $? = 1 ] && grep -q '^  B-123$' "$work/compared" && grep -q '^      there      S_OK$' "$work/compared" &&
    grep -q '^    \(to change\|tested by\): .*manager' "$work/compared" &&
    grep -q 'rules settled, 1 contradicted$' "$work/compared"
result $? "another answer contradicts its rule, and the files that name it are listed"
[ "$failures" = 0 ] || cat "$work/compared"

# A zip that was not unpacked: run.cmd stands alone.
mkdir "$prefix/drive_c/alone" && cp "$kit/run.cmd" "$prefix/drive_c/alone"
(cd "$prefix/drive_c/alone" && WINEPREFIX=$prefix timeout 60 "$wine" cmd /c run.cmd >"$work/out" 2>&1 </dev/null)
grep -q 'Unpack the whole zip first' "$work/out" && [ ! -e "$prefix/drive_c/alone/result.txt" ]
result $? "run.cmd without the other files says what to do"

# Of two tests there is no time for the second.
run_kit --result 'C:\short.txt' --time 1 --limit 2 schedule states
grep -qP '^schedule\tx86_64\tend\t' "$prefix/drive_c/short.txt" &&
    grep -q '^# no time for 1 of the 2 tests of x86_64, from states on' "$prefix/drive_c/short.txt"
result $? "what there is no time for is not started, and the result says so"

# --- Comparing -----------------------------------------------------------------------------

compare "$work/a.txt" "$work/a.txt" && grep -q ' checks in both, 0 differences$' "$work/compared"
result $? "a result does not differ from itself"

run_kit enums peercache && compare "$work/a.txt" "$kit/result.txt"
result $? "nor from that of a second run"
[ "$failures" = 0 ] || cat "$work/compared"

# One check that fails, one that was not reached, one test that did not run.
check=$(grep -m 1 -oP '^enums\tx86_64\t\K\S+\.c:[0-9]+[^\t]*(?=\tpass)' "$work/a.txt")
other=$(grep -oP '^enums\tx86_64\t\K\S+\.c:[0-9]+[^\t]*(?=\tpass)' "$work/a.txt" | tail -n 1)
awk -F '\t' -v OFS='\t' -v check="$check" -v other="$other" '
    $1 == "enums" && $2 == "x86_64" && $3 == check { $4 = "fail"; $5 = "hr is 0x80004005, expected 0" }
    $1 == "enums" && $2 == "x86_64" && $3 == other { next }
    $1 == "peercache" && $2 == "x86_64" { next }
    { print }' "$work/a.txt" >"$work/b.txt"
compare "$work/a.txt" "$work/b.txt"
[ $? = 1 ]
result $? "differences are an exit code of 1"
sed -n '/^$/,$p' "$work/compared" >"$work/found"
cat >"$work/wanted" <<END

peercache x86_64 ran only in A

enums x86_64
  $check
    A  pass
    B  fail  hr is 0x80004005, expected 0
  $other
    A  pass
    B  not reached

END
diff <(head -n -1 "$work/found") "$work/wanted" &&
    tail -n 1 "$work/found" | grep -q ' checks in both, 3 differences$'
result $? "each difference is told, and nothing else"
compare "$work/a.txt" "$work/make.log"
[ $? = 2 ]
result $? "a file that is no result is refused"

exit $((failures != 0))
