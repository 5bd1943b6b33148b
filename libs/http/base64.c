/*
 * Base64.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base64.h"

#include <stdlib.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *http_base64_encode(const void *data, size_t len)
{
    const unsigned char *in = data;
    char *text, *out;
    size_t i;

    if (len > SIZE_MAX / 4 * 3 - 8 || !(text = malloc((len + 2) / 3 * 4 + 1))) return NULL;
    out = text;
    for (i = 0; i < len; i += 3)
    {
        size_t left = len - i;
        uint32_t group = (uint32_t)in[i] << 16;

        if (left > 1) group |= (uint32_t)in[i + 1] << 8;
        if (left > 2) group |= in[i + 2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *out = 0;
    return text;
}

/* 0..63, or -1. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

/* Decodes one group of four characters, pad of which are padding. */
static bool decode_group(const char *text, size_t pad, unsigned char *out)
{
    uint32_t group = 0;
    size_t i;

    for (i = 0; i < 4; i++)
    {
        int value = i < 4 - pad ? sextet(text[i]) : 0;

        if (value < 0) return false;
        group = group << 6 | (uint32_t)value;
    }
    if ((pad == 1 && group & 0xff) || (pad == 2 && group & 0xffff)) return false;
    out[0] = (unsigned char)(group >> 16);
    if (pad < 2) out[1] = (unsigned char)(group >> 8);
    if (!pad) out[2] = (unsigned char)group;
    return true;
}

enum http_parse_error http_base64_decode(const char *text, size_t len, void **data, size_t *data_len)
{
    unsigned char *bytes;
    size_t i, pad = 0;

    *data = NULL;
    *data_len = 0;
    if (len % 4) return HTTP_PARSE_INVALID;
    if (len && text[len - 1] == '=') pad = text[len - 2] == '=' ? 2 : 1;
    if (!(bytes = malloc(len / 4 * 3 + 1))) return HTTP_PARSE_NO_MEMORY;

    for (i = 0; i < len; i += 4)
    {
        if (!decode_group(text + i, i + 4 == len ? pad : 0, bytes + i / 4 * 3))
        {
            free(bytes);
            return HTTP_PARSE_INVALID;
        }
    }
    *data_len = len / 4 * 3 - pad;
    bytes[*data_len] = 0;
    *data = bytes;
    return HTTP_PARSE_OK;
}
