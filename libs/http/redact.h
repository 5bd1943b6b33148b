/*
 * URLs in logs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A log is read by others: user names and passwords, queries (which hold the signature of a signed URL) and
 * fragments stay out of it.
 */

#ifndef WINE_BITS_HTTP_REDACT_H
#define WINE_BITS_HTTP_REDACT_H

#include <stddef.h>
#include <wchar.h>

/* Room for what http_url_redact() writes. */
#define HTTP_REDACTED_SIZE 400

/*
 * Writes a URL, or a reference as a Location field has it, without user information and fragment, its query as
 * "?...", what is not printable ASCII as '?'; cut to the size. Never fails.
 */
void http_url_redact(const char *url, char *text, size_t size);

/* The same for use within one message of a log; valid until a few dozen more were asked for. NULL is fine. */
const char *debug_url(const char *url);
const char *debug_urlw(const wchar_t *url);

#endif
