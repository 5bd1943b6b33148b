/*
 * Base64.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 4648 section 4, with padding.
 */

#ifndef HTTP_BASE64_H
#define HTTP_BASE64_H

#include "parse.h"

/* Text of len bytes; allocated; NULL: no memory. */
char *http_base64_encode(const void *data, size_t len);

/*
 * Strict decoding: length a multiple of four, padding only at the end, unused bits zero. *data is allocated,
 * with a NUL behind its *data_len bytes. INVALID, NO_MEMORY.
 */
enum http_parse_error http_base64_decode(const char *text, size_t len, void **data, size_t *data_len);

#endif
