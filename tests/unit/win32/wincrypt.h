/*
 * See windows.h beside this.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_WIN32_WINCRYPT_H
#define WINE_BITS_TESTS_WIN32_WINCRYPT_H

#include <windows.h>

#define CERT_SHA1_HASH_PROP_ID 3

typedef struct
{
    int unused;
} CERT_CONTEXT;

static inline BOOL CertGetCertificateContextProperty(const CERT_CONTEXT *certificate, DWORD property, void *data,
                                                     DWORD *size)
{
    (void)certificate, (void)property;
    memset(data, 1, *size);
    return TRUE;
}

#endif
