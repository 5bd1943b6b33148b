/*
 * The client certificate that a job is to use: looking it up in the system's stores.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <wincrypt.h>

#include "certificate.h"

/* BITS numbers the locations in its own way. */
static DWORD store_flags(BG_CERT_STORE_LOCATION location)
{
    static const DWORD locations[] = {
        CERT_SYSTEM_STORE_CURRENT_USER,
        CERT_SYSTEM_STORE_LOCAL_MACHINE,
        CERT_SYSTEM_STORE_CURRENT_SERVICE,
        CERT_SYSTEM_STORE_SERVICES,
        CERT_SYSTEM_STORE_USERS,
        CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY,
        CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY,
        CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
    };

    return locations[location] | CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG;
}

/* A certificate that does not say what it is for is for everything. */
static BOOL is_for_client_authentication(const CERT_CONTEXT *certificate)
{
    CERT_ENHKEY_USAGE *usage;
    DWORD size = 0, i;
    BOOL found = FALSE;

    if (!CertGetEnhancedKeyUsage(certificate, 0, NULL, &size) || !(usage = malloc(size))) return FALSE;
    if (CertGetEnhancedKeyUsage(certificate, 0, usage, &size))
    {
        if (!usage->cUsageIdentifier) found = GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
        for (i = 0; i < usage->cUsageIdentifier && !found; i++)
            found = !strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_CLIENT_AUTH);
    }
    free(usage);
    return found;
}

static const CERT_CONTEXT *find_by_hash(HCERTSTORE store, const BYTE *hash)
{
    CRYPT_HASH_BLOB blob = {CERTIFICATE_HASH_SIZE, (BYTE *)hash};

    return CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &blob, NULL);
}

static const CERT_CONTEXT *find_by_subject(HCERTSTORE store, const WCHAR *subject)
{
    const CERT_CONTEXT *certificate = NULL;

    do {
        /* releases the one before */
        certificate = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_W, subject,
                                                 certificate);
    } while (certificate && !is_for_client_authentication(certificate));
    return certificate;
}

static HRESULT describe(const CERT_CONTEXT *context, struct client_certificate *certificate)
{
    const DWORD style = CERT_X500_NAME_STR | CERT_NAME_STR_REVERSE_FLAG;
    DWORD size = sizeof(certificate->hash), length;

    if (!CertGetCertificateContextProperty(context, CERT_SHA1_HASH_PROP_ID, certificate->hash, &size))
        return HRESULT_FROM_WIN32(GetLastError());
    length = CertNameToStrW(X509_ASN_ENCODING, &context->pCertInfo->Subject, style, NULL, 0);
    if (!(certificate->subject = calloc(length + 1, sizeof(*certificate->subject)))) return E_OUTOFMEMORY;
    CertNameToStrW(X509_ASN_ENCODING, &context->pCertInfo->Subject, style, certificate->subject, length + 1);
    return S_OK;
}

/* Stores that every system has, be they written to or not. */
static BOOL always_exists(const WCHAR *store)
{
    return !_wcsicmp(store, L"MY") || !_wcsicmp(store, L"CA") || !_wcsicmp(store, L"ROOT") || !_wcsicmp(store, L"SPC");
}

HRESULT certificate_find(BG_CERT_STORE_LOCATION location, const WCHAR *store, const BYTE *hash, const WCHAR *subject,
                         struct client_certificate *certificate)
{
    const CERT_CONTEXT *context;
    HCERTSTORE handle;
    HRESULT hr = CRYPT_E_NOT_FOUND;

    memset(certificate, 0, sizeof(*certificate));
    handle = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, store_flags(location), store);
    if (!handle)
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        if (hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) && always_exists(store)) hr = CRYPT_E_NOT_FOUND;
        return hr;
    }
    context = hash ? find_by_hash(handle, hash) : find_by_subject(handle, subject);
    if (context)
    {
        hr = describe(context, certificate);
        CertFreeCertificateContext(context);
    }
    CertCloseStore(handle, 0);
    return hr;
}
