/*
 * What the job store keeps encrypted.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_SECRET_H
#define WINE_BITS_TRANSFER_JOBS_SECRET_H

#include "transfer/transfer.h"

/* A secret as the store keeps it.  What cannot be decrypted today (another user, a key that is gone) may be tomorrow:
 * it is stored again as it was read, until the client sets another value. */
struct sealed
{
    BYTE *data; /* NULL: there is no secret, or it has not been stored yet */
    size_t size;
};

/* Encrypt, unless that was done.  ERROR_OUTOFMEMORY, and what CryptProtectData fails with. */
transfer_code secret_seal(struct sealed *sealed, const void *plain, size_t size);

/* Take over a copy of what the store has.  FALSE without memory. */
BOOL secret_set_sealed(struct sealed *sealed, const void *data, size_t size);

/* Free with SecureZeroMemory and LocalFree(plain->pbData).  Errors of CryptUnprotectData. */
transfer_code secret_open(const struct sealed *sealed, DATA_BLOB *plain);

void secret_clear(struct sealed *sealed);

#endif
