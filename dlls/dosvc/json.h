/*
 * Whether a text is JSON (RFC 8259; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_DOSVC_JSON_H
#define WINE_BITS_DOSVC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the units of text are one JSON object; nested at most 32 deep. */
bool json_is_object(const uint16_t *text, size_t length);

#endif
