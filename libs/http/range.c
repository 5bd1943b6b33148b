/*
 * Byte ranges in header fields: Content-Range and Range.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "range.h"
#include "text.h"

#include <string.h>

/* "first-last" of len bytes. */
static enum http_parse_error parse_span(const char *text, size_t len, struct http_content_range *range)
{
    const char *dash = memchr(text, '-', len);
    enum http_parse_error error;

    if (!dash) return HTTP_PARSE_INVALID;
    if ((error = http_parse_decimal(text, dash - text, &range->first))) return error;
    if ((error = http_parse_decimal(dash + 1, text + len - (dash + 1), &range->last))) return error;
    /* A last position of UINT64_MAX could not be counted: the range's length would overflow. */
    if (range->last == UINT64_MAX) return HTTP_PARSE_OVERFLOW;
    if (range->first > range->last) return HTTP_PARSE_INVALID;
    range->has_range = true;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_content_range_parse(const char *value, struct http_content_range *range)
{
    const size_t unit_len = strlen("bytes");
    enum http_parse_error error;
    const char *slash;
    size_t len;

    memset(range, 0, sizeof(*range));
    value += strspn(value, " \t");
    len = strcspn(value, " \t");
    if (!http_is_token(value, len)) return HTTP_PARSE_INVALID;
    if (!http_equal_nocase("bytes", value, len)) return HTTP_PARSE_UNSUPPORTED;
    value += unit_len;
    value += strspn(value, " \t");
    len = strlen(value);
    while (len && http_is_blank(value[len - 1])) len--;

    if (!(slash = memchr(value, '/', len))) return HTTP_PARSE_INVALID;
    if (slash - value != 1 || *value != '*')
    {
        if ((error = parse_span(value, slash - value, range))) return error;
    }
    len -= slash + 1 - value;
    if (len != 1 || slash[1] != '*')
    {
        if ((error = http_parse_decimal(slash + 1, len, &range->total))) return error;
        range->has_total = true;
    }
    if (!range->has_range && !range->has_total) return HTTP_PARSE_INVALID;
    if (range->has_range && range->has_total && range->last >= range->total) return HTTP_PARSE_INVALID;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_range_format(const struct http_byte_range *ranges, size_t count, char **value)
{
    struct http_text text;
    size_t i;

    *value = NULL;
    if (!count) return HTTP_PARSE_INVALID;
    for (i = 0; i < count; i++)
    {
        if (ranges[i].first > ranges[i].last) return HTTP_PARSE_INVALID;
    }

    http_text_init(&text);
    http_text_add(&text, "bytes=");
    for (i = 0; i < count; i++)
    {
        if (i) http_text_add(&text, ",");
        http_text_add_number(&text, ranges[i].first);
        http_text_add(&text, "-");
        if (ranges[i].last != HTTP_RANGE_TO_END) http_text_add_number(&text, ranges[i].last);
    }
    *value = http_text_take(&text, NULL);
    return *value ? HTTP_PARSE_OK : HTTP_PARSE_NO_MEMORY;
}
