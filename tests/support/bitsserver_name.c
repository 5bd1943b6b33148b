/*
 * Which file of the upload server's directory a request means.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A name is good when it means the same on every system: one file, in the directory itself, and no device. Everything
 * else is refused rather than repaired.
 */

#include <string.h>

#include "support/bitsserver.h"

#define NAME_MAX_BYTES 200

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undo percent escapes, once. False: a broken one, NUL, or too long. */
static bool unescape(const char *from, size_t length, char *to, size_t size)
{
    const char *end = from + length;
    size_t used = 0;

    while (from < end)
    {
        unsigned char c = *from++;

        if (c == '%')
        {
            if (end - from < 2 || hex_digit(from[0]) < 0 || hex_digit(from[1]) < 0) return false;
            c = hex_digit(from[0]) << 4 | hex_digit(from[1]);
            from += 2;
        }
        if (!c || used + 1 >= size) return false;
        to[used++] = c;
    }
    to[used] = 0;
    return true;
}

static bool is_utf8(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p)
    {
        unsigned int more = *p < 0x80                 ? 0
                            : *p >= 0xc2 && *p < 0xe0 ? 1
                            : (*p & 0xf0) == 0xe0     ? 2
                            : *p >= 0xf0 && *p < 0xf5 ? 3
                                                      : 4;

        if (more == 4 || (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
            (*p == 0xf4 && p[1] > 0x8f))
            return false;
        for (p++; more; more--, p++)
            if ((*p & 0xc0) != 0x80) return false;
    }
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

/* Names that are devices on Windows, whatever follows a dot. */
static bool is_device(const char *name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$", "com", "lpt"};
    size_t length = strcspn(name, "."), i, j;

    while (length && name[length - 1] == ' ') length--;
    for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
    {
        for (j = 0; devices[i][j] && lower(name[j]) == devices[i][j]; j++)
            ;
        if (devices[i][j]) continue;
        if (i < 7 ? length == j : length == j + 1 && name[j] >= '0' && name[j] <= '9') return true;
        /* COM and LPT with a superscript digit: U+00B9, U+00B2, U+00B3 */
        if (i >= 7 && length == j + 2 && name[j] == '\xc2' && strchr("\xb9\xb2\xb3", name[j + 1])) return true;
    }
    return false;
}

static bool is_good(const char *name)
{
    size_t length = strlen(name);
    const char *p;

    if (!length || length > NAME_MAX_BYTES || *name == '.' || name[length - 1] == '.' || name[length - 1] == ' ')
        return false;
    for (p = name; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f || strchr("\\/:*?\"<>|", *p)) return false;
    return is_utf8(name) && !is_device(name);
}

bool bitsserver_name(const char *target, char *name, size_t size)
{
    const char *path = strstr(target, "://"), *slash, *p;
    size_t length;

    path = *target != '/' && path ? path + 3 + strcspn(path + 3, "/?#") : target;
    if (*path != '/') return false;
    length = strcspn(path, "?#");
    for (slash = p = path; p < path + length; p++)
        if (*p == '/') slash = p;
    /* Not needed, since only the last segment counts; but nobody who means well sends it. */
    for (p = path; p < slash; p++)
        if (!strncmp(p, "/../", 4)) return false;
    return unescape(slash + 1, path + length - slash - 1, name, size) && is_good(name);
}
