/*
 * Texts of 16-bit characters, and printf with the lengths of Windows.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "sim.h"

size_t sim_wcslen(const WCHAR *s)
{
    size_t length = 0;

    while (s && s[length]) length++;
    return length;
}

WCHAR *sim_wcscpy(WCHAR *to, const WCHAR *from)
{
    memcpy(to, from, (sim_wcslen(from) + 1) * sizeof(*to));
    return to;
}

WCHAR *sim_wcscat(WCHAR *to, const WCHAR *from)
{
    sim_wcscpy(to + sim_wcslen(to), from);
    return to;
}

WCHAR *sim_wcsncpy(WCHAR *to, const WCHAR *from, size_t count)
{
    size_t i;

    for (i = 0; i < count && from[i]; i++) to[i] = from[i];
    for (; i < count; i++) to[i] = 0;
    return to;
}

WCHAR sim_towupper(WCHAR c)
{
    return c >= 'a' && c <= 'z' ? c - 0x20 : c;
}

WCHAR sim_towlower(WCHAR c)
{
    return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
}

static int compare(const WCHAR *a, const WCHAR *b, size_t count, bool fold)
{
    for (; count; a++, b++, count--)
    {
        WCHAR x = fold ? sim_towupper(*a) : *a, y = fold ? sim_towupper(*b) : *b;

        if (x != y) return x < y ? -1 : 1;
        if (!x) return 0;
    }
    return 0;
}

int sim_wcscmp(const WCHAR *a, const WCHAR *b)
{
    return compare(a, b, SIZE_MAX, false);
}

int sim_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    return compare(a, b, count, false);
}

int sim_wcsicmp(const WCHAR *a, const WCHAR *b)
{
    return compare(a, b, SIZE_MAX, true);
}

int sim_wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    return compare(a, b, count, true);
}

WCHAR *sim_wcschr(const WCHAR *s, WCHAR c)
{
    for (; *s != c; s++)
        if (!*s) return NULL;
    return (WCHAR *)s;
}

WCHAR *sim_wcsrchr(const WCHAR *s, WCHAR c)
{
    const WCHAR *last = NULL;

    for (; *s; s++)
        if (*s == c) last = s;
    return (WCHAR *)last;
}

WCHAR *sim_wcsstr(const WCHAR *s, const WCHAR *part)
{
    size_t length = sim_wcslen(part);

    for (; *s; s++)
        if (!sim_wcsncmp(s, part, length)) return (WCHAR *)s;
    return length ? NULL : (WCHAR *)s;
}

size_t sim_wcscspn(const WCHAR *s, const WCHAR *set)
{
    size_t length = 0;

    while (s[length] && !sim_wcschr(set, s[length])) length++;
    return length;
}

size_t sim_wcsspn(const WCHAR *s, const WCHAR *set)
{
    size_t length = 0;

    while (s[length] && sim_wcschr(set, s[length])) length++;
    return length;
}

WCHAR *sim_wcspbrk(const WCHAR *s, const WCHAR *set)
{
    s += sim_wcscspn(s, set);
    return *s ? (WCHAR *)s : NULL;
}

WCHAR *sim_wcsdup(const WCHAR *s)
{
    WCHAR *copy = sim_malloc((sim_wcslen(s) + 1) * sizeof(*copy));

    return copy ? sim_wcscpy(copy, s) : NULL;
}

char *lstrcpynA(char *to, const char *from, int size)
{
    int i;

    for (i = 0; i + 1 < size && from[i]; i++) to[i] = from[i];
    if (size) to[i] = 0;
    return to;
}

WCHAR *lstrcpynW(WCHAR *to, const WCHAR *from, int size)
{
    int i;

    for (i = 0; i + 1 < size && from[i]; i++) to[i] = from[i];
    if (size) to[i] = 0;
    return to;
}

char *_strdup(const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = sim_malloc(size);

    return copy ? memcpy(copy, s, size) : NULL;
}

int _stricmp(const char *a, const char *b)
{
    return strcasecmp(a, b);
}

int _strnicmp(const char *a, const char *b, size_t count)
{
    return strncasecmp(a, b, count);
}

/* --- conversion ------------------------------------------------------------------------------------------ */

/* One character as UTF-16; how many bytes it took, 0: not well-formed. */
static int read_utf8(const BYTE *text, int length, DWORD *character)
{
    static const DWORD least[] = {0, 0x80, 0x800, 0x10000};
    int more = *text < 0x80 ? 0 : *text >> 5 == 6 ? 1 : *text >> 4 == 14 ? 2 : *text >> 3 == 30 ? 3 : -1, i;

    if (more < 0 || more >= length) return 0;
    *character = more ? *text & (0x3f >> more) : *text;
    for (i = 1; i <= more; i++)
    {
        if (text[i] >> 6 != 2) return 0;
        *character = *character << 6 | (text[i] & 0x3f);
    }
    if (*character < least[more] || *character > 0x10ffff || *character >> 11 == 0x1b) return 0;
    return more + 1;
}

int MultiByteToWideChar(UINT code_page, DWORD flags, const char *text, int length, WCHAR *string, int size)
{
    int used = 0, took;
    DWORD c;

    if (length < 0) length = (int)strlen(text) + 1;
    while (length)
    {
        if (!(took = read_utf8((const BYTE *)text, length, &c)))
        {
            if (flags & MB_ERR_INVALID_CHARS)
            {
                SetLastError(ERROR_NO_UNICODE_TRANSLATION);
                return 0;
            }
            c = 0xfffd;
            took = 1;
        }
        if (size && used + (c > 0xffff) >= size)
        {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
            return 0;
        }
        if (c > 0xffff)
        {
            if (size) string[used] = (WCHAR)(0xd7c0 + (c >> 10));
            used++;
            c = 0xdc00 | (c & 0x3ff);
        }
        if (size) string[used] = (WCHAR)c;
        used++;
        text += took;
        length -= took;
    }
    return used;
}

static int write_utf8(DWORD c, char *out)
{
    static const BYTE leads[] = {0, 0xc0, 0xe0, 0xf0};
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3, i;

    for (i = more; i; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(leads[more] | c);
    return more + 1;
}

int WideCharToMultiByte(UINT code_page, DWORD flags, const WCHAR *string, int length, char *text, int size,
                        const char *preset, BOOL *used_preset)
{
    char bytes[4];
    int used = 0, count;

    if (length < 0) length = (int)sim_wcslen(string) + 1;
    for (; length; string++, length--)
    {
        DWORD c = *string;

        if (c >> 10 == 0x36 && length > 1 && string[1] >> 10 == 0x37)
        {
            c = 0x10000 + ((c & 0x3ff) << 10 | (string[1] & 0x3ff));
            string++;
            length--;
        }
        else if (c >> 11 == 0x1b)
        {
            if (flags & WC_ERR_INVALID_CHARS)
            {
                SetLastError(ERROR_NO_UNICODE_TRANSLATION);
                return 0;
            }
            c = 0xfffd;
        }
        count = write_utf8(c, bytes);
        if (size && used + count > size)
        {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
            return 0;
        }
        if (size) memcpy(text + used, bytes, count);
        used += count;
    }
    return used;
}

int CompareStringOrdinal(const WCHAR *a, int a_length, const WCHAR *b, int b_length, BOOL ignore_case)
{
    int i;

    if (a_length < 0) a_length = (int)sim_wcslen(a);
    if (b_length < 0) b_length = (int)sim_wcslen(b);
    for (i = 0; i < a_length && i < b_length; i++)
    {
        WCHAR x = ignore_case ? sim_towupper(a[i]) : a[i], y = ignore_case ? sim_towupper(b[i]) : b[i];

        if (x != y) return x < y ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
    }
    return a_length == b_length ? CSTR_EQUAL : a_length < b_length ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
}

const char *narrow(const WCHAR *text)
{
    static _Thread_local char buffers[16][600];
    static _Thread_local unsigned int next;
    char *buffer = buffers[next++ % 16];
    size_t i;

    if (!text) return "(none)";
    for (i = 0; text[i] && i < 599; i++) buffer[i] = text[i] < 0x80 ? (char)text[i] : '?';
    buffer[i] = 0;
    return buffer;
}

const WCHAR *wide(const char *text)
{
    static _Thread_local WCHAR buffers[16][600];
    static _Thread_local unsigned int next;
    WCHAR *buffer = buffers[next++ % 16];
    size_t i;

    for (i = 0; text[i] && i < 599; i++) buffer[i] = (unsigned char)text[i];
    buffer[i] = 0;
    return buffer;
}

/* --- printf ------------------------------------------------------------------------------------------------ */

/* Lengths mean on Windows: l 32 bits, I64 64 bits, I as size_t. */
static void translate(const char *format, char *out, size_t size)
{
    size_t used = 0;

    while (*format && used + 8 < size)
    {
        if (*format != '%')
        {
            out[used++] = *format++;
            continue;
        }
        out[used++] = *format++;
        while (*format && strchr("-+ #0123456789.*", *format) && used + 8 < size) out[used++] = *format++;
        if (!strncmp(format, "I64", 3))
        {
            out[used++] = 'l';
            out[used++] = 'l';
            format += 3;
        }
        else if (*format == 'I')
        {
            out[used++] = 'z';
            format++;
        }
        else if (format[0] == 'l' && format[1] == 'l')
        {
            out[used++] = *format++;
            out[used++] = *format++;
        }
        else if (*format == 'l') format++;
        if (*format) out[used++] = *format++;
    }
    out[used] = 0;
}

int sim_vsnprintf(char *to, size_t size, const char *format, va_list args);
int sim_snprintf(char *to, size_t size, const char *format, ...);
int sim_sprintf(char *to, const char *format, ...);

int sim_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
    char translated[1024];

    translate(format, translated, sizeof(translated));
    return vsnprintf(to, size, translated, args);
}

int sim_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = sim_vsnprintf(to, size, format, args);
    va_end(args);
    return length;
}

int sim_sprintf(char *to, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = sim_vsnprintf(to, 4096, format, args);
    va_end(args);
    return length;
}

/* The formats of the engine: %s with 16-bit characters, numbers. */
int sim_swprintf(WCHAR *to, size_t size, const WCHAR *format, ...)
{
    size_t used = 0, i;
    char part[64], spec[32];
    va_list args;

    va_start(args, format);
    for (; *format && used + 1 < size; format++)
    {
        if (*format != '%')
        {
            to[used++] = *format;
            continue;
        }
        for (i = 0; i < sizeof(spec) - 2; i++)
        {
            spec[i] = (char)*format++;
            if (i && strchr("sduxXc%", spec[i])) break;
        }
        format--;
        spec[i + 1] = 0;
        if (spec[i] == 's')
        {
            const WCHAR *s = va_arg(args, const WCHAR *);

            while (*s && used + 1 < size) to[used++] = *s++;
            continue;
        }
        if (strstr(spec, "I64")) sim_snprintf(part, sizeof(part), spec, va_arg(args, uint64_t));
        else sim_snprintf(part, sizeof(part), spec, va_arg(args, unsigned int));
        for (i = 0; part[i] && used + 1 < size; i++) to[used++] = (unsigned char)part[i];
    }
    va_end(args);
    to[used] = 0;
    return (int)used;
}
