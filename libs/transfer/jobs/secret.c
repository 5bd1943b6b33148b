/*
 * What the job store keeps encrypted: credentials and custom headers (B-750).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <wincrypt.h>

#include "base/debug.h"
#include "transfer/jobs/secret.h"

DEBUG_CHANNEL(bitsjob);

transfer_code secret_protect(const void *data, size_t size, DATA_BLOB *out)
{
    DATA_BLOB in = {size, (BYTE *)data};

    if (CryptProtectData(&in, L"wine-bits", NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, out)) return TRANSFER_OK;
    ERR("cannot encrypt, error %lu\n", GetLastError());
    return GetLastError();
}

transfer_code secret_unprotect(const void *data, size_t size, DATA_BLOB *out)
{
    DATA_BLOB in = {size, (BYTE *)data};

    if (CryptUnprotectData(&in, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, out)) return TRANSFER_OK;
    ERR("cannot decrypt, error %lu\n", GetLastError());
    return GetLastError();
}
