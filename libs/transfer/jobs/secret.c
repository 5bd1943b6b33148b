/*
 * What the job store keeps encrypted: credentials and custom headers (B-750).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <wincrypt.h>

#include "base/debug.h"
#include "transfer/jobs/secret.h"

DEBUG_CHANNEL(bitsjob);

transfer_code secret_seal(struct sealed *sealed, const void *plain, size_t size)
{
    DATA_BLOB in = {size, (BYTE *)plain}, out;
    BOOL copied;

    if (sealed->data) return TRANSFER_OK;
    if (!CryptProtectData(&in, L"wine-bits", NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &out))
    {
        ERR("cannot encrypt, error %lu\n", GetLastError());
        return GetLastError();
    }
    copied = secret_set_sealed(sealed, out.pbData, out.cbData);
    LocalFree(out.pbData);
    return copied ? TRANSFER_OK : ERROR_OUTOFMEMORY;
}

BOOL secret_set_sealed(struct sealed *sealed, const void *data, size_t size)
{
    BYTE *copy;

    if (!(copy = malloc(size + 1))) return FALSE;
    memcpy(copy, data, size);
    secret_clear(sealed);
    sealed->data = copy;
    sealed->size = size;
    return TRUE;
}

transfer_code secret_open(const struct sealed *sealed, DATA_BLOB *plain)
{
    DATA_BLOB in = {sealed->size, sealed->data};

    if (CryptUnprotectData(&in, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, plain)) return TRANSFER_OK;
    ERR("cannot decrypt, error %lu\n", GetLastError());
    return GetLastError();
}

void secret_clear(struct sealed *sealed)
{
    free(sealed->data);
    memset(sealed, 0, sizeof(*sealed));
}
