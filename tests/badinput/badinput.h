/*
 * What the parts of the bad input test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_BADINPUT_H
#define WINE_BITS_TESTS_BADINPUT_H

#include "support/server.h"
#include "support/client.h"
#include "domsg.h"
#include "wine/test.h"

/* A NULL where a pointer has to be: the proxy refuses, or the service does (B-100). */
#define ok_null(hr) winetest_ok_null(__FILE__, __LINE__, #hr, (hr))
static WINETEST_UNUSED void winetest_ok_null(const char *file, int line, const char *what, HRESULT hr)
{
    winetest_ok(file, line,
                hr == HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER) || hr == E_INVALIDARG || broken(hr == E_POINTER),
                "%s is %#lx", what, (unsigned long)hr);
}

/* A value outside an enumeration: what the rule says, or refused by the proxy if it does not fit the wire. */
#define ok_enum(hr, expected) winetest_ok_enum(__FILE__, __LINE__, #hr, (hr), (expected))
static WINETEST_UNUSED void winetest_ok_enum(const char *file, int line, const char *what, HRESULT hr, HRESULT expected)
{
    winetest_ok(file, line, hr == expected || hr == HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE),
                "%s is %#lx, expected %#lx", what, (unsigned long)hr, (unsigned long)expected);
}

/* A text of length characters that all are c; freed by the caller. */
WCHAR *make_text(size_t length, WCHAR c);

/* Remember which processes the services are, and check that they still are the same. */
void note_services(void);
void check_services(void);

/* An id without a field of its own in the property union: told by the service, or refused by the proxy. */
#define ok_property(hr, expected) winetest_ok_property(__FILE__, __LINE__, #hr, (hr), (expected))
static WINETEST_UNUSED void winetest_ok_property(const char *file, int line, const char *what, HRESULT hr,
                                                 HRESULT expected)
{
    winetest_ok(file, line, hr == expected || hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG), "%s is %#lx, expected %#lx",
                what, (unsigned long)hr, (unsigned long)expected);
}

/* The parts; each is called in a multithreaded apartment. */
void test_manager(void);
void test_job(void);
void test_names(void);
void test_job_extensions(void);
void test_files(void);
void test_do_job(void);
void test_do_download(void);
void test_dying_clients(void);
void test_hung_client(void);
void test_strange_callbacks(void);
void test_hostile_servers(void);

/* What the program does as a client that is going to die: the rest of its arguments. */
void run_doomed_client(int argc, char **argv);

#endif
