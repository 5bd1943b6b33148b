/*
 * The head of HTTP/1.x messages: responses taken apart, requests put together, and what follows the head.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "message.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char version_prefix[] = "HTTP/1.";

void http_response_init(struct http_response_head *response)
{
    memset(response, 0, sizeof(*response));
    http_fields_init(&response->fields);
    response->reason = "";
    response->result = HTTP_PARSE_MORE;
}

void http_response_cleanup(struct http_response_head *response)
{
    free(response->head);
    free(response->reason_memory);
    http_fields_cleanup(&response->fields);
    http_response_init(response);
}

void http_response_reset(struct http_response_head *response)
{
    http_response_cleanup(response);
}

bool http_response_started(const struct http_response_head *response)
{
    return response->head_len > 0 || response->leading_lines || response->leading_cr;
}

/* Appends received bytes to the head. */
static bool keep(struct http_response_head *response, const char *data, size_t len)
{
    size_t capacity = response->capacity ? response->capacity : 1024;
    char *head;

    while (capacity <= response->head_len + len) capacity *= 2;
    if (capacity != response->capacity)
    {
        if (!(head = realloc(response->head, capacity))) return false;
        response->head = head;
        response->capacity = capacity;
    }
    memcpy(response->head + response->head_len, data, len);
    response->head_len += len;
    response->head[response->head_len] = 0;
    return true;
}

/* Skips empty lines before the status line; *skipped receives how much of data they are. */
static enum http_parse_error skip_leading(struct http_response_head *response, const char *data, size_t len,
                                          size_t *skipped)
{
    for (*skipped = 0; *skipped < len; ++*skipped)
    {
        char c = data[*skipped];

        if (c == '\r' && !response->leading_cr) response->leading_cr = true;
        else if (c == '\n' && response->leading_lines < HTTP_LEADING_LINES_MAX)
        {
            response->leading_lines++;
            response->leading_cr = false;
        }
        else if (c == '\r' || c == '\n' || response->leading_cr) return HTTP_PARSE_NOT_HTTP;
        else return HTTP_PARSE_OK;
    }
    return HTTP_PARSE_MORE;
}

/* Whether what came so far can be the start of an HTTP/1.x status line. */
static bool has_version(const struct http_response_head *response)
{
    size_t len = sizeof(version_prefix) - 1;

    if (len > response->head_len) len = response->head_len;
    return !memcmp(response->head, version_prefix, len);
}

/* The status line of len bytes, without its end: "HTTP/1.1 200 reason". */
static enum http_parse_error parse_status_line(struct http_response_head *response, const char *line, size_t len)
{
    size_t prefix = sizeof(version_prefix) - 1, code = prefix + 2, i;

    if (len < prefix + 1 || memcmp(line, version_prefix, prefix) || !http_is_digit(line[prefix]))
        return HTTP_PARSE_NOT_HTTP;
    response->minor_version = line[prefix] - '0';
    if (len < code + 3 || line[prefix + 1] != ' ') return HTTP_PARSE_INVALID;
    response->status = 0;
    for (i = code; i < code + 3; i++)
    {
        if (!http_is_digit(line[i])) return HTTP_PARSE_INVALID;
        response->status = response->status * 10 + line[i] - '0';
    }
    if (response->status < 100 || (len > code + 3 && line[code + 3] != ' ')) return HTTP_PARSE_INVALID;
    if (memchr(line, 0, len) || memchr(line, '\r', len)) return HTTP_PARSE_INVALID;
    if (len <= code + 4) return HTTP_PARSE_OK;
    line += code + 4;
    len -= code + 4;
    if (!(response->reason_memory = malloc(len + 1))) return HTTP_PARSE_NO_MEMORY;
    memcpy(response->reason_memory, line, len);
    response->reason_memory[len] = 0;
    response->reason = response->reason_memory;
    return HTTP_PARSE_OK;
}

/*
 * Deals with the line that ends at head_len. OK: it was the empty one. The fields are parsed all at once
 * then, because only the next line tells whether one is folded.
 */
static enum http_parse_error end_line(struct http_response_head *response)
{
    size_t start = response->line_start, len = response->head_len - start - 1;
    const char *line = response->head + start;
    enum http_parse_error error;

    if (len && line[len - 1] == '\r') len--;
    response->line_start = response->head_len;
    if (!response->status_line_len)
    {
        response->status_line_len = response->head_len;
        error = parse_status_line(response, line, len);
        return error ? error : HTTP_PARSE_MORE;
    }
    if (len) return HTTP_PARSE_MORE;
    return http_fields_parse(&response->fields, response->head + response->status_line_len,
                             start - response->status_line_len);
}

/* Takes one line, or a piece of one; the piece has no LF but for its last byte. */
static enum http_parse_error feed_line(struct http_response_head *response, const char *data, size_t len)
{
    size_t limit = HTTP_STATUS_LINE_MAX, room;

    if (response->status_line_len) limit = response->status_line_len + HTTP_FIELDS_MAX_BYTES;
    room = limit - response->head_len;
    if (!keep(response, data, len < room ? len : room)) return HTTP_PARSE_NO_MEMORY;
    if (!response->status_line_len && !has_version(response)) return HTTP_PARSE_NOT_HTTP;
    if (len > room) return HTTP_PARSE_TOO_LARGE;
    return data[len - 1] == '\n' ? end_line(response) : HTTP_PARSE_MORE;
}

enum http_parse_error http_response_feed(struct http_response_head *response, const char *data, size_t len,
                                         size_t *consumed)
{
    *consumed = 0;
    if (response->result != HTTP_PARSE_MORE) return response->result;
    if (!response->head_len)
    {
        enum http_parse_error error = skip_leading(response, data, len, consumed);

        if (error) return response->result = error;
    }
    while (*consumed < len && response->result == HTTP_PARSE_MORE)
    {
        const char *rest = data + *consumed, *lf = memchr(rest, '\n', len - *consumed);
        size_t piece = lf ? (size_t)(lf + 1 - rest) : len - *consumed;

        *consumed += piece;
        response->result = feed_line(response, rest, piece);
    }
    return response->result;
}

/* Methods are case-sensitive. */
static bool has_no_body(const struct http_response_head *response, const char *method)
{
    int status = response->status;

    if (status < 200 || status == 204 || status == 304 || !strcmp(method, "HEAD")) return true;
    return status < 300 && !strcmp(method, "CONNECT");
}

enum http_parse_error http_response_framing(const struct http_response_head *response, const char *method,
                                            struct http_framing *framing)
{
    bool has_coding, chunked, has_length;
    enum http_parse_error error;

    memset(framing, 0, sizeof(*framing));
    if (has_no_body(response, method)) return HTTP_PARSE_OK;
    if ((error = http_fields_transfer_encoding(&response->fields, &has_coding, &chunked))) return error;
    if (has_coding)
    {
        /*
         * RFC 9112 section 6.1: with HTTP/1.0, or beside a length, the framing is not to be trusted further.
         */
        framing->kind = HTTP_BODY_CHUNKED;
        framing->must_close = !response->minor_version || http_fields_count(&response->fields, "Content-Length") > 0;
        return HTTP_PARSE_OK;
    }
    if ((error = http_fields_content_length(&response->fields, &has_length, &framing->length))) return error;
    framing->kind = has_length ? HTTP_BODY_LENGTH : HTTP_BODY_UNTIL_CLOSE;
    return HTTP_PARSE_OK;
}

bool http_response_keep_alive(const struct http_response_head *response, const struct http_framing *framing,
                              bool from_proxy)
{
    const struct http_fields *fields = &response->fields;

    if (framing->kind == HTTP_BODY_UNTIL_CLOSE || framing->must_close) return false;
    if (http_fields_has_token(fields, "Connection", "close")) return false;
    if (from_proxy && http_fields_has_token(fields, "Proxy-Connection", "close")) return false;
    if (response->minor_version) return true;
    return http_fields_has_token(fields, "Connection", "keep-alive") ||
           (from_proxy && http_fields_has_token(fields, "Proxy-Connection", "keep-alive"));
}

static bool is_target(const char *target)
{
    size_t i;

    for (i = 0; target[i]; i++)
    {
        if (http_is_control(target[i]) || target[i] == ' ' || (unsigned char)target[i] >= 0x80) return false;
    }
    return i > 0;
}

enum http_parse_error http_request_build(const char *method, const char *target, const struct http_fields *fields,
                                         char **head, size_t *len)
{
    struct http_text text;
    char *block;

    *head = NULL;
    *len = 0;
    if (!http_is_token(method, strlen(method)) || !is_target(target)) return HTTP_PARSE_INVALID;
    /* The list holds nothing that could end a line: see the contract in fields.h. */
    if (!(block = http_fields_to_block(fields, NULL))) return HTTP_PARSE_NO_MEMORY;
    http_text_init(&text);
    http_text_add(&text, method);
    http_text_add(&text, " ");
    http_text_add(&text, target);
    http_text_add(&text, " HTTP/1.1\r\n");
    http_text_add(&text, block);
    http_text_add(&text, "\r\n");
    free(block);
    *head = http_text_take(&text, len);
    return *head ? HTTP_PARSE_OK : HTTP_PARSE_NO_MEMORY;
}
