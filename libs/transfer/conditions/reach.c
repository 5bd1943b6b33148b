/*
 * Which hosts and addresses have to do with a network (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "transfer/conditions/reach.h"

/* Whether the text ends with a word of lower-case ASCII. */
static BOOL ends_with(const WCHAR *text, size_t length, const char *word)
{
    size_t size = strlen(word), i;

    if (length < size) return FALSE;
    for (i = 0; i < size; i++)
    {
        WCHAR c = text[length - size + i];

        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != (WCHAR)word[i]) return FALSE;
    }
    return TRUE;
}

static BOOL is_ipv4(const WCHAR *host, size_t length)
{
    unsigned int dots = 0;
    size_t i;

    for (i = 0; i < length; i++)
    {
        if (host[i] == '.') dots++;
        else if (host[i] < '0' || host[i] > '9') return FALSE;
    }
    return dots == 3;
}

BOOL reach_is_this_machine(const WCHAR *host, size_t length)
{
    if (length && host[length - 1] == '.') length--;
    if (ends_with(host, length, "localhost")) return length == 9 || host[length - 10] == '.';
    if (length == 5 && ends_with(host, length, "[::1]")) return TRUE;
    return length > 4 && ends_with(host, 4, "127.") && is_ipv4(host, length);
}

BOOL reach_means_network(const BYTE *bytes, size_t size)
{
    static const BYTE none[16];

    if (size == 4) return bytes[0] && bytes[0] != 127 && !(bytes[0] == 169 && bytes[1] == 254);
    if (!memcmp(bytes, none, 15)) return FALSE;                      /* ::, ::1 */
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return FALSE; /* link-local */
    return bytes[0] != 0xff;
}
