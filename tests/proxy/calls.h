/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's side: the calls made by generate, and what proxy.c has for them. */

#ifndef WINE_BITS_PROXY_CALLS_H
#define WINE_BITS_PROXY_CALLS_H

#include <windows.h>

#include "wine/test.h"
#include "proxy/proxy_test.h"

#define NULL_REF HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)
#define BAD_ENUM HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE)
#define BAD_TAG HRESULT_FROM_WIN32(RPC_S_INVALID_TAG)

/* What an [out] pointer holds before a call that has to overwrite it. */
#define UNSET ((void *)(ULONG_PTR)0xdeadbee0)

/* Call every plain method through every interface that has it. */
void generated_calls(void);

/* An interface of the server's root object. NULL, and a skipped part, where the system has no proxy of it (a Windows
 * older than the interface). */
void *query_root(const char *name, REFIID iid);

/* Whether methods fail from now on. */
void set_failing(BOOL fail);

/* What came out of a call, which is freed. */
void check_string(const char *name, WCHAR *string, const WCHAR *expected);
void check_object(const char *name, void *object, REFIID iid);

#endif
