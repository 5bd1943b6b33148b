/*
 * What the files of this test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_RANGES_H
#define WINE_BITS_TESTS_RANGES_H

#include "job/jobtest.h"

#define SIZE 100000

/* Whether bytes of a file, from position on, are length bytes of the pattern from offset on. */
BOOL check_bytes(const WCHAR *path, uint64_t position, uint64_t offset, unsigned int length);

/* The Range field of a request to the server of this file, "" if it has none. */
#define range_of(method, path, index) range_of_request(server_request(server, method, path, index))
const char *range_of_request(const struct server_request *request);

#define ok_chars(got, expected) check_chars(__FILE__, __LINE__, (got), (expected))
static WINETEST_UNUSED void check_chars(const char *file, int line, const char *got, const char *expected)
{
    winetest_ok(file, line, !strcmp(got, expected), "got \"%s\", expected \"%s\"", got, expected);
}

/* ondemand.c */
BOOL ondemand_begin(IBackgroundCopyManager *manager); /* with a server of its own */
void ondemand_end(void);
void test_requests(void);
void test_running(void);
void test_position(void);
void test_eligible(void);
void test_no_support(void);
void test_ranges_event(void);
void test_restart(void);

#endif
