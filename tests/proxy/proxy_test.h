/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two processes of the marshalling test agree on. */

#ifndef WINE_BITS_PROXY_TEST_H
#define WINE_BITS_PROXY_TEST_H

#include <windows.h>
#include "bitsapi.h"

static const GUID test_guid = {0x12345678, 0xfedc, 0x9abc, {0x80, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff}};

#define TEST_SIZE 0x123456789abcdefULL
#define TEST_DWORD 0x87654321u
#define TEST_ERROR ((HRESULT)0x8020dead) /* no result of ours */
#define TEST_STRING L"Gr\x00fc\x00df\x0411\x6f22 text"
#define TEST_STRING2 L"second"

/* What a generated method answers: no two have the same, so that none is taken for another. */
#define TEST_RESULT(number) MAKE_HRESULT(0, 0x2bc, number)

/* The environment variable with the name of an event: while it is set, generated methods fail with TEST_ERROR. */
#define FAILING_EVENT "WINE_BITS_PROXY_FAILING"

/* how many elements the enumerators have left */
#define TEST_COUNT 2

/* The root object of the server: it answers every interface under test. */
IUnknown *server_get_root(void);

#endif
