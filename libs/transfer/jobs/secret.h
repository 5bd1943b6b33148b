/*
 * What the job store keeps encrypted.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_SECRET_H
#define WINE_BITS_TRANSFER_JOBS_SECRET_H

#include "transfer/transfer.h"

/* free with LocalFree(out->pbData); Win32 errors */
transfer_code secret_protect(const void *data, size_t size, DATA_BLOB *out);
transfer_code secret_unprotect(const void *data, size_t size, DATA_BLOB *out);

#endif
