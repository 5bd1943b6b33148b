/*
 * Certificates and secrets, as far as the engine uses them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_WINCRYPT_H
#define SIM_WINCRYPT_H

#include <windows.h>

typedef struct
{
    DWORD cbData;
    BYTE *pbData;
} DATA_BLOB, CRYPT_HASH_BLOB;

typedef struct
{
    DWORD dwCertEncodingType;
    BYTE *pbCertEncoded;
    DWORD cbCertEncoded;
} CERT_CONTEXT;
typedef void *HCERTSTORE;

#define CRYPTPROTECT_UI_FORBIDDEN 1
#define CRYPTPROTECT_LOCAL_MACHINE 4
#define X509_ASN_ENCODING 1
#define CERT_FIND_SHA1_HASH 0x10000
#define CERT_SHA1_HASH_PROP_ID 3
#define CERT_STORE_PROV_SYSTEM_W ((const char *)10)
#define CERT_STORE_OPEN_EXISTING_FLAG 0x4000
#define CERT_STORE_READONLY_FLAG 0x8000
#define CERT_SYSTEM_STORE_CURRENT_USER 0x10000
#define CERT_SYSTEM_STORE_LOCAL_MACHINE 0x20000
#define CERT_SYSTEM_STORE_CURRENT_SERVICE 0x40000
#define CERT_SYSTEM_STORE_SERVICES 0x50000
#define CERT_SYSTEM_STORE_USERS 0x60000
#define CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY 0x70000
#define CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY 0x80000
#define CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE 0x90000

BOOL CryptProtectData(DATA_BLOB *in, const WCHAR *description, DATA_BLOB *entropy, void *reserved, void *prompt,
                      DWORD flags, DATA_BLOB *out);
BOOL CryptUnprotectData(DATA_BLOB *in, WCHAR **description, DATA_BLOB *entropy, void *reserved, void *prompt,
                        DWORD flags, DATA_BLOB *out);
const CERT_CONTEXT *CertDuplicateCertificateContext(const CERT_CONTEXT *certificate);
BOOL CertFreeCertificateContext(const CERT_CONTEXT *certificate);
BOOL CertGetCertificateContextProperty(const CERT_CONTEXT *certificate, DWORD property, void *data, DWORD *size);
HCERTSTORE CertOpenStore(const char *provider, DWORD encoding, UINT_PTR cryptographic, DWORD flags, const void *what);
BOOL CertCloseStore(HCERTSTORE store, DWORD flags);
const CERT_CONTEXT *CertFindCertificateInStore(HCERTSTORE store, DWORD encoding, DWORD flags, DWORD type,
                                               const void *what, const CERT_CONTEXT *previous);

#endif
