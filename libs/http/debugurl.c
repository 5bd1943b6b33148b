/*
 * URLs in messages of the log.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>

#include "http/redact.h"

#define TEXTS 32

static char *next_text(void)
{
    static char texts[TEXTS][HTTP_REDACTED_SIZE];
    static volatile LONG next;

    return texts[(ULONG)InterlockedIncrement(&next) % TEXTS];
}

const char *debug_url(const char *url)
{
    char *text;

    if (!url) return "(null)";
    text = next_text();
    http_url_redact(url, text, HTTP_REDACTED_SIZE);
    return text;
}

const char *debug_urlw(const WCHAR *url)
{
    /* What is cut off here is behind what is shown, or part of a query. */
    char narrow[2048];
    unsigned int i;

    if (!url) return "(null)";
    for (i = 0; i < sizeof(narrow) - 1 && url[i]; i++)
        narrow[i] = url[i] > ' ' && url[i] <= '~' ? (char)url[i] : '\x7f';
    narrow[i] = 0;
    return debug_url(narrow);
}
