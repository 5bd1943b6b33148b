/*
 * Runs bitsadmin.exe and compares what it prints.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_BITSADMIN_RUN_H
#define WINE_BITS_TESTS_BITSADMIN_RUN_H

#include <winsock2.h>
#include <windows.h>

/* Run a command line with a pipe for its output; returns the exit code.  What it printed is in output(), with
 * LF for CR LF. */
DWORD run(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));
const char *output(void);

/* The text after the banner, which must be there. */
const char *after_banner(void);

/* Does the text match, where * in the pattern stands for anything within a line? */
BOOL matches(const char *text, const char *pattern);

/* Run and check exit code and output; with the banner, or under /RAWRETURN without one. */
#define check_run(code, pattern, ...) check_result(__LINE__, run(__VA_ARGS__), (code), TRUE, (pattern))
#define check_raw(code, pattern, ...) check_result(__LINE__, run(__VA_ARGS__), (code), FALSE, (pattern))
void check_result(int line, DWORD code, DWORD expected, BOOL banner, const char *pattern);

#endif
