#!/bin/bash
# Every rule that is named exists, and every rule is proved or has a reason; and the check that says so can fail.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/rules/rules.sh
#
# Prints "ok - ..." or "not ok - ...". Exit code: 0 passed, 1 failed.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

answer=$("$top/tools/rules-check" 2>&1)
result $? "$answer"

# --- The check itself, in a small tree ---------------------------------------------------------

make_tree()
{
    rm -rf "$work/tree"
    mkdir -p "$work/tree/docs/rules" "$work/tree/libs" "$work/tree/tests"
    cat >"$work/tree/docs/rules/README.md" <<'END'
[some](some.md) [untested](untested.md) [joberror](joberror.md)
END
    cat >"$work/tree/docs/rules/some.md" <<'END'
| Rule | Statement | Source | Sure |
|---|---|---|---|
| B-001 | Something holds. | a page | documented |
| B-002 | Something else holds. | a page | inferred |
| C-01 | A client needs it. | a client | observed |
END
    cat >"$work/tree/docs/rules/untested.md" <<'END'
| Rule | Why no test proves it |
|---|---|
| B-002 | It cannot be seen. |
END
    cat >"$work/tree/docs/rules/joberror.md" <<'END'
| Sentence | Rule | Proved by |
|---|---|---|
| Something is said. | B-001 | `tests/a.c` test_a |
END
    cat >"$work/tree/docs/http-client.md" <<'END'
| CVE | What it was | Here |
|---|---|---|
| 2001-0001, 2001-0002 | a mistake | `tests/a.c` (test_a: here), or `tests/a.c` |
END
    echo '/* B-001, B-002 */' >"$work/tree/libs/a.c"
    printf '/* B-001, C-01 */\nvoid test_a(void)\n' >"$work/tree/tests/a.c"
}

in_tree() { "$top/tools/rules-check" --in "$work/tree" "$@"; }

# What has been done to the tree must be found, with this message.
finds()
{
    local answer status
    answer=$(in_tree 2>&1)
    status=$?
    [ "$status" = 1 ] && [[ $answer == *"$2"* ]]
    result $? "$1 is found"
    [ "$status" = 1 ] && [[ $answer == *"$2"* ]] || printf '    exit code %s: %s\n' "$status" "$answer"
    make_tree
}

make_tree
rules=$work/tree/docs/rules
answer=$(in_tree 2>&1)
[ $? = 0 ] && [ "$answer" = '3 rules, 2 named by tests, 1 with a reason; 1 sentences about errors, 2 advisories about HTTP clients' ]
result $? "a good tree passes: $answer"

echo '/* B-999 */' >>"$work/tree/libs/a.c"
finds 'a rule that is named and does not exist' 'libs/a.c:2: B-999 is no rule'
echo 'see U-101' >>"$work/tree/docs/page.md"
finds 'one that a document names' 'docs/page.md:1: U-101 is no rule'
sed -i '/B-001/s/holds/holds, unlike B-777/' "$rules/some.md"
finds 'one that a rule names' 'docs/rules/some.md:3: B-777 is no rule'
sed -i 's/C-01//' "$work/tree/tests/a.c"
finds 'a rule without a test' 'C-01 is neither named by a test nor listed'
sed -i 's|B-001, C-01|B-001 to B-003, C-01|' "$work/tree/tests/a.c"
finds 'a rule that only a range in a test covers' 'B-001 is neither named by a test nor listed'
echo '/* B-002 */' >>"$work/tree/tests/a.c"
finds 'a rule with a test and a reason' 'tests/a.c:3: B-002 is named here and listed'
echo '| B-042 | It cannot be seen. |' >>"$rules/untested.md"
finds 'a reason for what is no rule' 'untested.md:4: B-042 is no rule'
echo '| B-002, nothing | It cannot be seen. |' >>"$rules/untested.md"
finds 'a reason for nothing' '"nothing" is neither a rule nor a range'
echo '| B-001 | Once more. | a page | open |' >>"$rules/some.md"
finds 'a number that is used twice' 'B-001 is also in'
sed -i 's/| documented |/| certain |/' "$rules/some.md"
finds 'a rule that is sure in an unknown way' 'B-001 is "certain"'
sed -i 's/| a page | documented |/| | documented |/' "$rules/some.md"
finds 'a rule without a source' 'B-001 needs statement, source'
sed -i 's/holds\. | a page | documented/holds | a page | documented/' "$rules/some.md"
finds 'a statement that is no sentence' 'does not end with a full stop'
sed -i 's/test_a/test_b/' "$rules/joberror.md"
finds 'a sentence whose test does not exist' 'tests/a.c has no test_b'
sed -i 's|tests/a.c|tests/b.c|' "$rules/joberror.md"
finds 'a sentence whose test has no file' 'there is no tests/b.c'
sed -i 's/`tests.*test_a/somewhere/' "$rules/joberror.md"
finds 'a sentence without a test' 'joberror.md:3: no test'
sed -i 's/test_a: here/test_a, test_b/' "$work/tree/docs/http-client.md"
finds 'an advisory whose test does not exist' 'docs/http-client.md:3: tests/a.c has no test_b'
sed -i 's|or `tests/a.c`|or `tests/b.c`|' "$work/tree/docs/http-client.md"
finds 'an advisory whose test has no file' 'docs/http-client.md:3: there is no tests/b.c'
echo '| 2001-0002 | once more | |' >>"$work/tree/docs/http-client.md"
finds 'an advisory that is there twice' 'docs/http-client.md:4: CVE-2001-0002 is also in line 3'
echo 'x' >"$rules/other.md"
finds 'a file that the index does not name' 'README.md does not name other.md'

answer=$(in_tree B-002)
[ $? = 0 ] && [[ $answer == *'Something else holds.'*'libs/a.c:1'*'It cannot be seen.'* ]]
result $? "a rule is shown with its source, its places and its reason"
[ "$(in_tree --sure inferred)" = 'B-002: Something else holds.' ]
result $? "the rules that are inferred are listed"
in_tree --sure certainly >/dev/null 2>&1
[ $? = 64 ]
result $? "an unknown degree is an error"
in_tree B-003 >/dev/null 2>&1
[ $? = 1 ]
result $? "an unknown rule is an error"
in_tree nonsense >/dev/null 2>&1
[ $? = 64 ]
result $? "a wrong argument is an error"

[ "$failures" = 0 ]
