/*
 * Incremental parser of multipart/byteranges bodies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "multipart.h"

#include <string.h>

enum state
{
    PREAMBLE_START, /* a line before the first boundary that so far is the boundary */
    PREAMBLE,       /* a line that is not */
    BOUNDARY,       /* behind a boundary: padding, CRLF or "--" */
    BOUNDARY_LF,
    BOUNDARY_DASH, /* behind the first of the two dashes */
    HEAD,          /* header fields of a part */
    CONTENT,
    DELIMITER, /* all content was given out, its delimiter must come now */
    EPILOGUE,
    FAILED,
};

/* A value of a parameter of Content-Type: a token, or a quoted string without its quotes and escapes. */
static enum http_parse_error parse_boundary_value(const char *text, char *boundary)
{
    bool quoted = *text == '"';
    size_t len = 0;

    if (quoted) text++;
    while (*text && (quoted ? *text != '"' : *text != ';' && !http_is_blank(*text)))
    {
        if (quoted && *text == '\\' && text[1]) text++;
        /*
         * RFC 2046 has fewer characters, but servers that use others mean them; none of these can look like
         * CRLF.
         */
        if (http_is_control(*text) || (unsigned char)*text >= 0x80) return HTTP_PARSE_INVALID;
        if (len == HTTP_MULTIPART_BOUNDARY_MAX) return HTTP_PARSE_TOO_LARGE;
        boundary[len++] = *text++;
    }
    if ((quoted && *text != '"') || !len || boundary[len - 1] == ' ') return HTTP_PARSE_INVALID;
    boundary[len] = 0;
    return HTTP_PARSE_OK;
}

/* Steps over the value of a parameter that does not matter; NULL: a quoted string without end. */
static const char *skip_value(const char *text)
{
    if (*text != '"') return text + strcspn(text, ";");
    for (text++; *text != '"'; text++)
    {
        if (*text == '\\' && text[1]) text++;
        if (!*text) return NULL;
    }
    return text + 1;
}

enum http_parse_error http_multipart_boundary(const char *content_type, char boundary[HTTP_MULTIPART_BOUNDARY_MAX + 1])
{
    const char *text = content_type + strspn(content_type, " \t");
    size_t len = strcspn(text, "; \t");

    *boundary = 0;
    if (!http_equal_nocase("multipart/byteranges", text, len)) return HTTP_PARSE_UNSUPPORTED;
    for (text += len; text; text = skip_value(text))
    {
        text += strspn(text, "; \t");
        len = strcspn(text, "=; \t");
        if (!len) break;
        if (text[len] != '=') return HTTP_PARSE_INVALID;
        if (http_equal_nocase("boundary", text, len))
        {
            enum http_parse_error error = parse_boundary_value(text + len + 1, boundary);

            if (error) *boundary = 0;
            return error;
        }
        text += len + 1;
    }
    return HTTP_PARSE_INVALID;
}

void http_multipart_init(struct http_multipart *multipart, const char *boundary)
{
    size_t len = strlen(boundary);

    memset(multipart, 0, sizeof(*multipart));
    http_fields_init(&multipart->fields);
    if (len > HTTP_MULTIPART_BOUNDARY_MAX) len = HTTP_MULTIPART_BOUNDARY_MAX;
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary, len);
    multipart->delimiter_len = 4 + len;
    multipart->state = PREAMBLE_START;
}

void http_multipart_cleanup(struct http_multipart *multipart)
{
    http_fields_cleanup(&multipart->fields);
}

static enum http_multipart_event fail(struct http_multipart *multipart, enum http_parse_error error)
{
    multipart->error = error;
    multipart->state = FAILED;
    return HTTP_MULTIPART_ERROR;
}

/* One byte before the first boundary: lines are left out until one begins with it. */
static enum http_multipart_event take_preamble(struct http_multipart *multipart, char c)
{
    if (++multipart->counted > HTTP_MULTIPART_PREAMBLE_MAX) return fail(multipart, HTTP_PARSE_TOO_LARGE);
    if (c == '\n')
    {
        multipart->matched = 0;
        multipart->state = PREAMBLE_START;
    }
    else if (multipart->state == PREAMBLE_START && c == multipart->delimiter[2 + multipart->matched])
    {
        if (2 + ++multipart->matched == multipart->delimiter_len)
        {
            multipart->counted = 0;
            multipart->state = BOUNDARY;
        }
    }
    else multipart->state = PREAMBLE;
    return HTTP_MULTIPART_MORE;
}

/* One byte behind a boundary. */
static enum http_multipart_event take_boundary(struct http_multipart *multipart, char c)
{
    if (multipart->state == BOUNDARY_DASH)
    {
        if (c != '-') return fail(multipart, HTTP_PARSE_INVALID);
        multipart->state = EPILOGUE;
        return HTTP_MULTIPART_END;
    }
    if (multipart->state == BOUNDARY_LF || c == '\n')
    {
        if (c != '\n') return fail(multipart, HTTP_PARSE_INVALID);
        multipart->counted = 0;
        multipart->state = HEAD;
        return HTTP_MULTIPART_MORE;
    }
    if (http_is_blank(c))
    {
        if (++multipart->counted > HTTP_MULTIPART_PADDING_MAX) return fail(multipart, HTTP_PARSE_TOO_LARGE);
    }
    else if (c == '\r') multipart->state = BOUNDARY_LF;
    else if (c == '-' && !multipart->counted) multipart->state = BOUNDARY_DASH;
    else return fail(multipart, HTTP_PARSE_INVALID);
    return HTTP_MULTIPART_MORE;
}

/* The header fields of a part are complete: len bytes without the empty line. */
static enum http_multipart_event begin_part(struct http_multipart *multipart, size_t len)
{
    enum http_parse_error error;
    const char *value;

    http_fields_clear(&multipart->fields);
    if ((error = http_fields_parse(&multipart->fields, multipart->head, len))) return fail(multipart, error);
    if (http_fields_count(&multipart->fields, "Content-Range") != 1) return fail(multipart, HTTP_PARSE_INVALID);
    value = http_fields_get(&multipart->fields, "Content-Range");
    if ((error = http_content_range_parse(value, &multipart->range))) return fail(multipart, error);
    if (!multipart->range.has_range) return fail(multipart, HTTP_PARSE_INVALID);
    multipart->remaining = multipart->range.last - multipart->range.first + 1;
    multipart->matched = 0;
    multipart->state = CONTENT;
    return HTTP_MULTIPART_PART;
}

/* One byte of a part's header fields. */
static enum http_multipart_event take_head(struct http_multipart *multipart, char c)
{
    const char *head = multipart->head;
    size_t len, line;

    if (multipart->counted == sizeof(multipart->head)) return fail(multipart, HTTP_PARSE_TOO_LARGE);
    multipart->head[multipart->counted++] = c;
    if (c != '\n') return HTTP_MULTIPART_MORE;
    len = multipart->counted;
    line = len - 1;
    if (line && head[line - 1] == '\r') line--;
    if (line && head[line - 1] != '\n') return HTTP_MULTIPART_MORE;
    return begin_part(multipart, line);
}

/* One byte of the delimiter behind all content. */
static enum http_multipart_event take_delimiter(struct http_multipart *multipart, char c)
{
    if (c != multipart->delimiter[multipart->matched]) return fail(multipart, HTTP_PARSE_CONFLICT);
    if (++multipart->matched < multipart->delimiter_len) return HTTP_MULTIPART_MORE;
    multipart->counted = 0;
    multipart->state = BOUNDARY;
    return HTTP_MULTIPART_PART_END;
}

/* Counts content as given out. */
static enum http_multipart_event give(struct http_multipart *multipart, size_t len)
{
    multipart->matched = 0;
    multipart->remaining -= len;
    if (!multipart->remaining) multipart->state = DELIMITER;
    return HTTP_MULTIPART_DATA;
}

/*
 * Goes on with bytes that were held back because they looked like a delimiter. As CR occurs nowhere in a
 * delimiter but at its start, a mismatch makes all of them content.
 */
static enum http_multipart_event take_held(struct http_multipart *multipart, const char *data, size_t len,
                                           size_t *consumed, const char **payload, size_t *payload_len)
{
    while (*consumed < len)
    {
        if (data[*consumed] != multipart->delimiter[multipart->matched])
        {
            *payload = multipart->delimiter;
            *payload_len = multipart->matched;
            return give(multipart, multipart->matched);
        }
        /* More of a delimiter than there is content left: the part is shorter than it says. */
        if (multipart->matched == multipart->remaining) return fail(multipart, HTTP_PARSE_CONFLICT);
        ++*consumed;
        if (++multipart->matched == multipart->delimiter_len) return fail(multipart, HTTP_PARSE_CONFLICT);
    }
    return HTTP_MULTIPART_MORE;
}

/* How many bytes of a delimiter data begins with. */
static size_t match_length(const struct http_multipart *multipart, const char *data, size_t len)
{
    size_t matched = 0;

    if (len > multipart->delimiter_len) len = multipart->delimiter_len;
    while (matched < len && data[matched] == multipart->delimiter[matched]) matched++;
    return matched;
}

/*
 * Gives out content in place; what may be the beginning of a delimiter at the end of the input is held back.
 */
static enum http_multipart_event take_content(struct http_multipart *multipart, const char *data, size_t len,
                                              size_t *consumed, const char **payload, size_t *payload_len)
{
    size_t available = len - *consumed, limit = available, span = 0, matched = 0;

    data += *consumed;
    if (limit > multipart->remaining) limit = (size_t)multipart->remaining;
    while (span < limit)
    {
        const char *cr = memchr(data + span, '\r', limit - span);

        if (!cr)
        {
            span = limit;
            break;
        }
        span = (size_t)(cr - data);
        matched = match_length(multipart, cr, available - span);
        if (matched == multipart->delimiter_len || span + matched == available || span + matched > limit) break;
        span += matched;
    }

    if (span)
    {
        *payload = data;
        *payload_len = span;
        *consumed += span;
        return give(multipart, span);
    }
    /* A delimiter, or more of one than there is content left: the part is shorter than it says. */
    if (matched == multipart->delimiter_len || matched > limit) return fail(multipart, HTTP_PARSE_CONFLICT);
    multipart->matched = matched;
    *consumed += matched;
    return HTTP_MULTIPART_MORE;
}

static enum http_multipart_event take_byte(struct http_multipart *multipart, char c)
{
    switch (multipart->state)
    {
    case PREAMBLE_START:
    case PREAMBLE: return take_preamble(multipart, c);
    case HEAD: return take_head(multipart, c);
    case DELIMITER: return take_delimiter(multipart, c);
    default: return take_boundary(multipart, c);
    }
}

enum http_multipart_event http_multipart_next(struct http_multipart *multipart, const char *data, size_t len,
                                              size_t *consumed, const char **payload, size_t *payload_len)
{
    enum http_multipart_event event = HTTP_MULTIPART_MORE;

    *consumed = 0;
    *payload = NULL;
    *payload_len = 0;
    if (multipart->state == FAILED) return HTTP_MULTIPART_ERROR;
    if (multipart->state == EPILOGUE)
    {
        *consumed = len;
        return HTTP_MULTIPART_END;
    }
    while (event == HTTP_MULTIPART_MORE && *consumed < len)
    {
        if (multipart->state != CONTENT) event = take_byte(multipart, data[(*consumed)++]);
        else if (multipart->matched) event = take_held(multipart, data, len, consumed, payload, payload_len);
        else event = take_content(multipart, data, len, consumed, payload, payload_len);
    }
    return event;
}
