/*
 * Fuzzer of libs/transfer/download/cacheurl.h.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/download/cacheurl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the URL, the rest the host. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *host, *made;

    memcpy(text, data, size);
    text[size] = 0;
    if ((host = strchr(text, '\n'))) *host++ = 0;
    if ((made = cache_url_make(text, host ? host : "")) && strpbrk(made, "\r\n ")) abort();
    free(made);
    free(text);
    return 0;
}
