/*
 * The frame of a unit test: a flat list of small functions that count what they check.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program has TEST(name) { ... } for each test, and a main that says RUN(name) for each and returns
 * unit_finish(). A failed check is reported and counted, and the test goes on. A test that goes through a table says
 * CASE(number) for each row, so that the report tells which one it was.
 */

#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>
#include <string.h>

static int unit_passed, unit_failed;
static const char *unit_name;
static long long unit_case = -1;

static inline void unit_check(int ok, const char *file, int line, const char *text)
{
    if (ok)
    {
        unit_passed++;
        return;
    }
    unit_failed++;
    printf("%s:%d: %s: ", file, line, unit_name);
    if (unit_case >= 0) printf("case %lld: ", unit_case);
    printf("failed: %s\n", text);
}

static inline void unit_check_int(long long got, long long want, const char *file, int line, const char *text)
{
    unit_check(got == want, file, line, text);
    if (got != want) printf("    got %lld, want %lld\n", got, want);
}

static inline void unit_check_str(const char *got, const char *want, const char *file, int line, const char *text)
{
    int ok = got && want ? !strcmp(got, want) : got == want;

    unit_check(ok, file, line, text);
    if (!ok) printf("    got \"%s\", want \"%s\"\n", got ? got : "(null)", want ? want : "(null)");
}

static inline int unit_finish(void)
{
    printf("%d passed, %d failed\n", unit_passed, unit_failed);
    return unit_failed != 0;
}

#define TEST(name) static void test_##name(void)
#define RUN(name) (unit_name = #name, unit_case = -1, test_##name())
#define CASE(number) (unit_case = (number))
#define CHECK(cond) unit_check(!!(cond), __FILE__, __LINE__, #cond)
#define CHECK_INT(got, want) unit_check_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) unit_check_str((got), (want), __FILE__, __LINE__, #got)

#endif
