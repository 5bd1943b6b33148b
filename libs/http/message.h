/*
 * The head of HTTP/1.x messages: responses taken apart, requests put together, and what follows the head.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "parse.h"
#include "fields.h"

#define HTTP_STATUS_LINE_MAX 8192
#define HTTP_HEAD_MAX (HTTP_STATUS_LINE_MAX + HTTP_FIELDS_MAX_BYTES)
#define HTTP_LEADING_LINES_MAX 4

/*
 * A response head, while it is being read and after. Read the public part only after http_response_feed()
 * returned OK.
 */
struct http_response_head
{
    int minor_version;  /* of HTTP/1.x */
    int status;         /* 100..999 */
    const char *reason; /* "" when absent; ended by NUL */
    struct http_fields fields;
    char *head; /* as received, with the empty line; a NUL that is not counted follows */
    size_t head_len;

    /* private to message.c */
    char *reason_memory;
    size_t capacity;
    size_t line_start;
    size_t status_line_len;
    unsigned int leading_lines;
    bool leading_cr;
    enum http_parse_error result;
};

void http_response_init(struct http_response_head *response);
void http_response_cleanup(struct http_response_head *response);

/* Makes it ready for the next head (after a 1xx, or on a kept connection). */
void http_response_reset(struct http_response_head *response);

/*
 * Takes bytes as they arrive. OK: the head is complete and *consumed bytes of data belonged to it, what
 * follows is body or the next head. MORE: all were consumed. Errors stay until reset: NOT_HTTP, as soon as it
 * is seen that no HTTP/1.x status line comes; INVALID; TOO_LARGE; NO_MEMORY. Up to HTTP_LEADING_LINES_MAX
 * empty lines before the status line are skipped.
 */
enum http_parse_error http_response_feed(struct http_response_head *response, const char *data, size_t len,
                                         size_t *consumed);

/*
 * Whether any byte of a head was seen: an end of connection is then a truncated answer, otherwise no answer
 * at all.
 */
bool http_response_started(const struct http_response_head *response);

enum http_body_kind
{
    HTTP_BODY_NONE,
    HTTP_BODY_LENGTH,
    HTTP_BODY_CHUNKED,
    HTTP_BODY_UNTIL_CLOSE,
};

struct http_framing
{
    enum http_body_kind kind;
    uint64_t length; /* with HTTP_BODY_LENGTH */
    bool must_close; /* the connection must not be used again although the body's end is known */
};

/*
 * RFC 9112 section 6.3: what body follows this response to a request of that method. NONE also for 1xx, 204,
 * 304, HEAD, and a successful CONNECT (a tunnel follows). Transfer-Encoding wins over Content-Length and then
 * closes. Errors mean that the connection is lost: those of http_fields_content_length() and
 * http_fields_transfer_encoding().
 */
enum http_parse_error http_response_framing(const struct http_response_head *response, const char *method,
                                            struct http_framing *framing);

/*
 * RFC 9112 section 9.3: whether the connection persists once the body was read to its end. from_proxy: the
 * answer is that of a plain HTTP proxy, so an HTTP/1.0 one may speak through Proxy-Connection.
 */
bool http_response_keep_alive(const struct http_response_head *response, const struct http_framing *framing,
                              bool from_proxy);

/*
 * Request line, fields in order, empty line, as sent. *head is allocated (*len does not count its NUL).
 * INVALID: method is no token, or target is empty or has a space, a control character or a byte beyond ASCII.
 * Nothing is added on its own, not even Host.
 */
enum http_parse_error http_request_build(const char *method, const char *target, const struct http_fields *fields,
                                         char **head, size_t *len);

#endif
