/*
 * URLs in logs: what may be shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "http/redact.h"

#include <string.h>

/*
 * Length of what comes before an authority: "scheme:" with its slashes, or slashes alone.  One letter is a drive.
 */
static size_t prefix_length(const char *url)
{
    size_t length = strcspn(url, ":/\\?#@");

    if (length < 2 || url[length] != ':') length = 0;
    else length++;
    return length + strspn(url + length, "/");
}

/* Where the user information ends: behind the last '@' of the authority, even of one that no parser accepts. */
static const char *skip_userinfo(const char *authority, const char *delimiters)
{
    const char *end = authority + strcspn(authority, delimiters), *pos;

    for (pos = end; pos > authority; pos--)
        if (pos[-1] == '@') return pos;
    return authority;
}

static size_t append(char *text, size_t used, size_t size, const char *from, size_t length)
{
    for (; length && used + 1 < size; from++, length--) text[used++] = *from > ' ' && *from <= '~' ? *from : '?';
    return used;
}

void http_url_redact(const char *url, char *text, size_t size)
{
    size_t prefix = prefix_length(url), used, visible;
    const char *rest = skip_userinfo(url + prefix, prefix ? "/?#" : "/\\?#");

    used = append(text, 0, size, url, prefix);
    visible = strcspn(rest, "?#");
    used = append(text, used, size, rest, visible);
    if (rest[visible] == '?') used = append(text, used, size, "?...", 4);
    text[used] = 0;
}
