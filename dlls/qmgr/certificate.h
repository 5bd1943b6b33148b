/*
 * Certificates: the one that a job is to use, and those of servers that its client wants to see.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_QMGR_CERTIFICATE_H
#define WINE_BITS_QMGR_CERTIFICATE_H

#include <windows.h>

#include "com/com.h"

#define CERTIFICATE_HASH_SIZE 20

struct client_certificate
{
    BYTE hash[CERTIFICATE_HASH_SIZE]; /* SHA-1 */
    WCHAR *subject;                   /* relative names in reverse order (B-198); for free() */
};

/* The certificate with that hash, or the first one for client authentication whose subject contains subject
 * (hash is NULL then), in a system store.  HRESULT of ERROR_FILE_NOT_FOUND without such a store,
 * CRYPT_E_NOT_FOUND (B-195, B-196). */
HRESULT certificate_find(BG_CERT_STORE_LOCATION location, const WCHAR *store, const BYTE *hash, const WCHAR *subject,
                         struct client_certificate *certificate);

/* Have object asked about the certificates of job's servers (B-578), in place of any other; NULL: none.
 * E_NOINTERFACE: it is no IBackgroundCopyServerCertificateValidationCallback; BG_E_READ_ONLY_WHEN_JOB_ACTIVE. */
HRESULT certificate_callback_set(struct com_service *service, struct job *job, IUnknown *object);

#endif
