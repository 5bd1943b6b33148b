/*
 * The test server: what a route makes of a request.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "support/server_private.h"
#include "wine/test.h"

#define MAX_RANGES 600
#define PIECE_SIZE (256 * 1024)
#define BOUNDARY "wine-bits-test-part"

struct range
{
    uint64_t first, last;
};

/* What is to be sent for a request to a route. */
struct answer
{
    struct server_exchange *exchange;
    const struct route *route;
    unsigned int status;
    uint64_t size; /* of the whole file */
    const char *last_modified, *etag;
    struct range *ranges; /* of a 206; NULL: the whole file */
    unsigned int range_count;
    uint64_t length;       /* of the body */
    uint64_t position;     /* body bytes sent */
    unsigned char *buffer; /* PIECE_SIZE bytes of pattern */
    BOOL first_chunk_sent;
};

static const char *reason(unsigned int status)
{
    static const struct
    {
        unsigned int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {206, "Partial Content"},
        {302, "Found"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {407, "Proxy Authentication Required"},
        {412, "Precondition Failed"},
        {416, "Range Not Satisfiable"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };
    size_t i;

    for (i = 0; i < ARRAYSIZE(reasons); i++)
    {
        if (reasons[i].status == status) return reasons[i].text;
    }
    return "Status";
}

BOOL server_reply(struct server_exchange *exchange, unsigned int status, const char *headers, const char *body)
{
    const char *text = body ? body : "";
    char head[4096];

    snprintf(head, sizeof(head), "HTTP/1.1 %u %s\r\n%sContent-Length: %u\r\n\r\n", status, reason(status),
             headers ? headers : "", (unsigned int)strlen(text));
    server_log_status(exchange, status);
    if (!server_send(exchange, head, strlen(head))) return FALSE;
    return !strcmp(exchange->request->method, "HEAD") || server_send(exchange, text, strlen(text));
}

/* --- authentication ------------------------------------------------------------- */

static void base64(const char *text, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text), i;

    for (i = 0; i < length; i += 3)
    {
        unsigned int left = (unsigned int)(length - i);
        unsigned int bits = (unsigned char)text[i] << 16;

        if (left > 1) bits |= (unsigned char)text[i + 1] << 8;
        if (left > 2) bits |= (unsigned char)text[i + 2];
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[bits & 63] : '=';
    }
    *out = 0;
}

static BOOL has_credentials(struct server_exchange *exchange, const char *field, const char *user, const char *password)
{
    char plain[256], expected[400], got[512];

    snprintf(plain, sizeof(plain), "%s:%s", user, password ? password : "");
    strcpy(expected, "Basic ");
    base64(plain, expected + strlen(expected));
    return server_header(exchange->request, field, got, sizeof(got)) && !strcmp(got, expected);
}

/* Whether the client may pass; answers it otherwise. */
static BOOL authenticate(struct server_exchange *exchange)
{
    const struct route *route = &exchange->route;

    if (route->proxy_user &&
        !has_credentials(exchange, "Proxy-Authorization", route->proxy_user, route->proxy_password))
    {
        server_reply(exchange, 407, "Proxy-Authenticate: Basic realm=\"proxy\"\r\n", "no");
        return FALSE;
    }
    if (route->user && !has_credentials(exchange, "Authorization", route->user, route->password))
    {
        server_reply(exchange, 401, "WWW-Authenticate: Basic realm=\"test\"\r\n", "no");
        return FALSE;
    }
    return TRUE;
}

/* --- ranges ----------------------------------------------------------------------- */

/* One element of a Range field; FALSE if it is none. An empty result has first > last. */
static BOOL parse_range(const char **text, uint64_t size, struct range *range)
{
    char *end;

    if (**text == '-')
    {
        uint64_t count = _strtoui64(*text + 1, &end, 10);

        if (end == *text + 1) return FALSE;
        range->first = count < size ? size - count : 0;
        range->last = size - 1;
        if (!count || !size) *range = (struct range){1, 0};
    }
    else
    {
        range->first = _strtoui64(*text, &end, 10);
        if (end == *text || *end != '-') return FALSE;
        *text = end + 1;
        range->last = _strtoui64(*text, &end, 10);
        if (end == *text || range->last >= size) range->last = size - 1;
        if (range->first >= size) *range = (struct range){1, 0};
    }
    *text = end;
    return TRUE;
}

/* Read the Range field into answer->ranges. Status becomes 206 or 416, or stays if there is nothing to
 * obey. */
static void parse_ranges(struct answer *answer, const char *text)
{
    unsigned int elements = 0;

    if (strncmp(text, "bytes=", 6) || !(answer->ranges = calloc(MAX_RANGES, sizeof(*answer->ranges)))) return;
    for (text += 6; elements < MAX_RANGES; text++)
    {
        struct range *range = &answer->ranges[answer->range_count];

        if (!parse_range(&text, answer->size, range)) break;
        elements++;
        if (range->first <= range->last) answer->range_count++;
        if (*text != ',') break;
        while (text[1] == ' ') text++;
    }
    if (*text || !elements || (elements > 1 && answer->route->flags & ROUTE_NO_MULTIPART))
    {
        free(answer->ranges);
        answer->ranges = NULL;
        answer->range_count = 0;
        return;
    }
    answer->status = answer->range_count ? 206 : 416;
}

/* Whether the conditions of the request let the Range count (If-Range), or stop it (412). */
static BOOL check_conditions(struct answer *answer)
{
    const struct server_request *request = answer->exchange->request;
    char value[256];

    if (server_header(request, "If-Unmodified-Since", value, sizeof(value)) && *answer->last_modified &&
        strcmp(value, answer->last_modified))
    {
        answer->status = 412;
        return FALSE;
    }
    if (server_header(request, "If-Match", value, sizeof(value)) && strcmp(value, answer->etag))
    {
        answer->status = 412;
        return FALSE;
    }
    return !server_header(request, "If-Range", value, sizeof(value)) || !strcmp(value, answer->etag) ||
           !strcmp(value, answer->last_modified);
}

/* The header lines of one part of multipart/byteranges. */
static int part_head(const struct answer *answer, unsigned int index, char *buffer, size_t size)
{
    const struct range *range = &answer->ranges[index];

    return snprintf(buffer, size,
                    "%s--" BOUNDARY "\r\nContent-Type: application/octet-stream\r\n"
                    "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
                    index ? "\r\n" : "", (unsigned long long)range->first, (unsigned long long)range->last,
                    (unsigned long long)answer->size);
}

static void measure_ranges(struct answer *answer)
{
    unsigned int i;
    char head[256];

    answer->length = 0;
    for (i = 0; i < answer->range_count; i++)
    {
        answer->length += answer->ranges[i].last - answer->ranges[i].first + 1;
        if (answer->range_count > 1) answer->length += part_head(answer, i, head, sizeof(head));
    }
    if (answer->range_count > 1) answer->length += strlen("\r\n--" BOUNDARY "--\r\n");
}

/* --- the body ----------------------------------------------------------------------- */

/* The client gets no more; with a reset if the route says so. */
static void hang_up(struct answer *answer)
{
    struct linger linger = {1, 0};

    if (answer->route->flags & ROUTE_RESET)
        setsockopt(answer->exchange->connection->socket, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger));
    answer->exchange->keep = FALSE;
}

/* What stands where a chunk of a broken chunked body should begin. */
static void send_bad_chunk(struct answer *answer)
{
    server_send(answer->exchange, "no number\r\n", 11);
    hang_up(answer);
}

static void end_chunks(struct answer *answer)
{
    if (answer->route->flags & ROUTE_BAD_CHUNKS) send_bad_chunk(answer);
    else if (answer->route->flags & ROUTE_CHUNKED) server_send(answer->exchange, "0\r\n\r\n", 5);
}

static BOOL send_piece(struct answer *answer, const void *data, size_t size)
{
    struct server_exchange *exchange = answer->exchange;
    BOOL chunked = (answer->route->flags & (ROUTE_CHUNKED | ROUTE_BAD_CHUNKS)) != 0;
    char head[32];

    if (chunked)
    {
        if (answer->route->flags & ROUTE_BAD_CHUNKS && answer->first_chunk_sent)
        {
            send_bad_chunk(answer);
            return FALSE;
        }
        snprintf(head, sizeof(head), "%x\r\n", (unsigned int)size);
        if (!server_send(exchange, head, strlen(head))) return FALSE;
        answer->first_chunk_sent = TRUE;
    }
    if (!server_send(exchange, data, size) || (chunked && !server_send(exchange, "\r\n", 2))) return FALSE;
    answer->position += size;
    InterlockedExchangeAdd64(&exchange->request->sent, size);
    return TRUE;
}

/* Stall or cut if the route wants it at this position; FALSE if there is no going on. */
static BOOL pass_position(struct answer *answer)
{
    const struct route *route = answer->route;

    if (route->flags & ROUTE_STALL && answer->position == route->stall_at && !server_stall(answer->exchange))
        return FALSE;
    if (route->flags & ROUTE_CUT && answer->position == route->cut_at)
    {
        hang_up(answer);
        return FALSE;
    }
    return TRUE;
}

/* How much may go out before something has to happen. */
static size_t piece_limit(const struct answer *answer, size_t size)
{
    const struct route *route = answer->route;

    if (route->flags & ROUTE_STALL && route->stall_at > answer->position && size > route->stall_at - answer->position)
        size = (size_t)(route->stall_at - answer->position);
    if (route->flags & ROUTE_CUT && route->cut_at > answer->position && size > route->cut_at - answer->position)
        size = (size_t)(route->cut_at - answer->position);
    if (route->drip_bytes && size > route->drip_bytes) size = route->drip_bytes;
    return size;
}

static BOOL send_body(struct answer *answer, const void *data, size_t size)
{
    const char *bytes = data;

    while (size)
    {
        size_t piece = piece_limit(answer, size);

        if (!send_piece(answer, bytes, piece) || !pass_position(answer)) return FALSE;
        bytes += piece;
        size -= piece;
        if (answer->route->drip_bytes &&
            WaitForSingleObject(answer->exchange->server->stopping, answer->route->drip_ms) != WAIT_TIMEOUT)
            return FALSE;
    }
    return TRUE;
}

static BOOL send_content(struct answer *answer, uint64_t first, uint64_t count)
{
    if (answer->route->text) return send_body(answer, answer->route->text + first, (size_t)count);
    while (count)
    {
        size_t size = count < PIECE_SIZE ? (size_t)count : PIECE_SIZE;

        pattern_fill(answer->buffer, size, first, answer->route->seed);
        if (!send_body(answer, answer->buffer, size)) return FALSE;
        first += size;
        count -= size;
    }
    return TRUE;
}

static BOOL send_parts(struct answer *answer)
{
    unsigned int i;
    char head[256];

    for (i = 0; i < answer->range_count; i++)
    {
        const struct range *range = &answer->ranges[i];

        if (answer->range_count > 1 && !send_body(answer, head, part_head(answer, i, head, sizeof(head)))) return FALSE;
        if (!send_content(answer, range->first, range->last - range->first + 1)) return FALSE;
    }
    return answer->range_count == 1 ||
           send_body(answer, "\r\n--" BOUNDARY "--\r\n", strlen("\r\n--" BOUNDARY "--\r\n"));
}

static void send_answer_body(struct answer *answer)
{
    if (!(answer->buffer = malloc(PIECE_SIZE)))
    {
        answer->exchange->gone = TRUE;
        return;
    }
    if (pass_position(answer) && (answer->range_count ? send_parts(answer) : send_content(answer, 0, answer->length)))
        end_chunks(answer);
    free(answer->buffer);
}

/* --- the head ------------------------------------------------------------------------- */

struct head
{
    char text[16384];
    size_t used;
};

static void WINETEST_PRINTF(2, 3) head_add(struct head *head, const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = vsnprintf(head->text + head->used, sizeof(head->text) - head->used, format, args);
    va_end(args);
    if (count > 0) head->used += count;
    if (head->used >= sizeof(head->text)) head->used = sizeof(head->text) - 1;
}

static void add_framing(struct answer *answer, struct head *head)
{
    const struct route *route = answer->route;

    if (route->content_length) head_add(head, "Content-Length: %s\r\n", route->content_length);
    else if (route->flags & (ROUTE_CHUNKED | ROUTE_BAD_CHUNKS)) head_add(head, "Transfer-Encoding: chunked\r\n");
    else if (!(route->flags & ROUTE_NO_LENGTH))
        head_add(head, "Content-Length: %llu\r\n", (unsigned long long)answer->length);
    if (route->flags & (ROUTE_NO_LENGTH | ROUTE_CLOSE | ROUTE_HTTP10))
    {
        answer->exchange->keep = FALSE;
        head_add(head, "Connection: close\r\n");
    }
}

static void add_range_fields(struct answer *answer, struct head *head)
{
    const struct route *route = answer->route;

    if (answer->status == 416) head_add(head, "Content-Range: bytes */%llu\r\n", (unsigned long long)answer->size);
    if (answer->status != 206 || !answer->range_count) return;
    if (answer->range_count > 1) head_add(head, "Content-Type: multipart/byteranges; boundary=" BOUNDARY "\r\n");
    else if (route->content_range) head_add(head, "Content-Range: %s\r\n", route->content_range);
    else if (!(route->flags & ROUTE_NO_CONTENT_RANGE))
        head_add(head, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)answer->ranges[0].first,
                 (unsigned long long)answer->ranges[0].last, (unsigned long long)answer->size);
}

static BOOL send_head(struct answer *answer)
{
    const struct route *route = answer->route;
    struct head *head = calloc(1, sizeof(*head));
    BOOL sent;

    if (!head) return FALSE;
    head_add(head, "HTTP/1.%c %u %s\r\n", route->flags & ROUTE_HTTP10 ? '0' : '1', answer->status,
             reason(answer->status));
    if (*answer->last_modified) head_add(head, "Last-Modified: %s\r\n", answer->last_modified);
    if (*answer->etag) head_add(head, "ETag: %s\r\n", answer->etag);
    if (route->redirect) head_add(head, "Location: %s\r\n", route->redirect);
    add_range_fields(answer, head);
    add_framing(answer, head);
    if (route->headers) head_add(head, "%s", route->headers);
    head_add(head, "\r\n");
    server_log_status(answer->exchange, answer->status);
    sent = server_send(answer->exchange, head->text, head->used);
    free(head);
    return sent;
}

/* --- the answer ----------------------------------------------------------------------- */

static void prepare(struct answer *answer)
{
    const struct route *route = answer->route;
    char range[8192];

    answer->status = route->status ? route->status : route->redirect ? 302 : 200;
    answer->size = route->text ? strlen(route->text) : route->size;
    answer->last_modified = route->last_modified ? route->last_modified : SERVER_DATE;
    answer->etag = route->etag ? route->etag : "";
    if (answer->status == 200 && check_conditions(answer) && !(route->flags & ROUTE_NO_RANGES) &&
        server_header(answer->exchange->request, "Range", range, sizeof(range)))
        parse_ranges(answer, range);

    answer->length = answer->status == 412 || answer->status == 416 ? 0 : answer->size;
    if (answer->range_count) measure_ranges(answer);
}

static void send_content_answer(struct server_exchange *exchange)
{
    struct answer answer = {.exchange = exchange, .route = &exchange->route};

    prepare(&answer);
    if (send_head(&answer) && strcmp(exchange->request->method, "HEAD")) send_answer_body(&answer);
    free(answer.ranges);
}

void server_answer(struct server_exchange *exchange)
{
    const struct route *route = &exchange->route;

    if (!exchange->entry)
    {
        server_reply(exchange, 404, NULL, "no such file");
        return;
    }
    if (route->flags & ROUTE_STALL_HEAD && !server_stall(exchange)) return;
    if (!authenticate(exchange)) return;
    if (route->handler)
    {
        exchange->keep = route->handler(exchange, exchange->request, route->context) && exchange->keep;
    }
    else if (route->raw)
    {
        server_log_status(exchange, 200);
        server_send(exchange, route->raw, route->raw_size);
        exchange->keep = FALSE;
    }
    else if (route->flags & ROUTE_NO_HEAD && !strcmp(exchange->request->method, "HEAD"))
    {
        server_reply(exchange, 501, NULL, NULL);
    }
    else { send_content_answer(exchange); }
}
