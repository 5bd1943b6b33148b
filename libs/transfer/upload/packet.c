/*
 * Packets of the BITS upload protocol: what is said, and what an answer says (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Spelled exactly, since servers compare literally (U-272); read leniently (U-274).
 */

#include <stdio.h>
#include <string.h>

#include "transfer/upload/packet.h"

#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"

/* --- text ----------------------------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static bool equal_text(const char *text, size_t length, const char *expected)
{
    size_t i;

    if (length != strlen(expected)) return false;
    for (i = 0; i < length; i++)
        if (lower(text[i]) != lower(expected[i])) return false;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~') return false;
    return true;
}

/* --- requests --------------------------------------------------------------------------------- */

static const char *type_name(enum packet_type type)
{
    switch (type)
    {
    case PACKET_CREATE: return "Create-Session";
    case PACKET_FRAGMENT: return "Fragment";
    case PACKET_CLOSE: return "Close-Session";
    case PACKET_CANCEL: return "Cancel-Session";
    default: return "Ping";
    }
}

bool packet_format(const struct packet *packet, char *buffer, size_t size)
{
    const char *session = packet->session;
    const char *name = packet->name ? packet->name : "";
    int used = snprintf(buffer, size, "BITS-Packet-Type: %s\r\n", type_name(packet->type));

    if (used < 0 || (size_t)used >= size) return false;
    buffer += used;
    size -= used;
    switch (packet->type)
    {
    case PACKET_PING: return true; /* U-023 */
    case PACKET_CREATE: used = snprintf(buffer, size, "BITS-Supported-Protocols: " PROTOCOL "\r\n"); break;
    case PACKET_FRAGMENT:
        if (!packet->length || packet->offset > packet->total || packet->length > packet->total - packet->offset)
            return false;
        if (!session || !*session || !is_visible(session)) return false;
        used = snprintf(buffer, size, "BITS-Session-Id: %s\r\n%s%s%sContent-Range: bytes %llu-%llu/%llu\r\n", session,
                        *name ? "Content-Name: " : "", name, *name ? "\r\n" : "", (unsigned long long)packet->offset,
                        (unsigned long long)(packet->offset + packet->length - 1), (unsigned long long)packet->total);
        break;
    default:
        if (!session || !*session || !is_visible(session)) return false;
        used = snprintf(buffer, size, "BITS-Session-Id: %s\r\n", session);
        break;
    }
    return used >= 0 && (size_t)used < size;
}

void packet_content_name(const char *path, char *name, size_t size)
{
    const char *p, *last = path;
    size_t length;

    *name = 0;
    for (p = path; *p; p++)
        if (*p == '\\' || *p == '/') last = p + 1;
    length = strlen(last);
    if (length >= size || length > PACKET_NAME_MAX) return;
    for (p = last; *p; p++)
        if (*p < ' ' || *p > '~' || strchr("\\/:*?\"<>|", *p)) return; /* U-029, U-031 */
    if (*last == ' ' || (length && last[length - 1] == ' ')) return;
    memcpy(name, last, length + 1);
}

/* --- answers ------------------------------------------------------------------------------------ */

/* A GUID with or without braces, in any case (U-021): only its digits count. */
static bool is_our_protocol(const char *value, size_t length)
{
    const char *expected = PROTOCOL;
    size_t i;

    for (i = 0; i < length; i++)
    {
        if (hex_digit(value[i]) < 0) continue;
        while (*expected && hex_digit(*expected) < 0) expected++;
        if (!*expected || hex_digit(*expected) != hex_digit(value[i])) return false;
        expected++;
    }
    while (*expected && hex_digit(*expected) < 0) expected++;
    return !*expected;
}

/* Hexadecimal, with or without a prefix, whatever follows (U-038). */
static bool parse_hex(const char *value, size_t length, uint32_t *number)
{
    size_t i = 0, digits = 0;

    if (length > 1 && value[0] == '0' && lower(value[1]) == 'x') i = 2;
    else if (length && lower(value[0]) == 'x') i = 1;
    for (*number = 0; i < length && hex_digit(value[i]) >= 0; i++)
    {
        if (*number >> 28) return false;
        *number = *number << 4 | hex_digit(value[i]);
        digits++;
    }
    return digits > 0;
}

static bool parse_decimal(const char *value, size_t length, uint64_t *number)
{
    size_t i;

    for (*number = 0, i = 0; i < length; i++)
    {
        unsigned int digit = value[i] - '0';

        if (value[i] < '0' || value[i] > '9') return false;
        if (*number > (UINT64_MAX - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return length > 0;
}

/* Into a buffer with room for max characters and the terminator. */
static bool copy_visible(const char *value, size_t length, char *out, size_t max)
{
    *out = 0;
    if (length > max) return false;
    memcpy(out, value, length);
    out[length] = 0;
    if (strlen(out) == length && is_visible(out)) return true;
    *out = 0;
    return false;
}

static void read_offset(const char *value, size_t length, struct packet_ack *ack)
{
    if (ack->offset_state == PACKET_OFFSET_GIVEN) return;
    ack->offset_state = parse_decimal(value, length, &ack->offset) ? PACKET_OFFSET_GIVEN : PACKET_OFFSET_INVALID;
}

static void read_field(const char *name, size_t name_length, const char *value, size_t length, struct packet_ack *ack)
{
    uint32_t number;
    uint64_t seconds;

    if (equal_text(name, name_length, "BITS-Packet-Type")) ack->is_ack = equal_text(value, length, "Ack");
    else if (equal_text(name, name_length, "BITS-Session-Id"))
    {
        if (length && !copy_visible(value, length, ack->session, UPLOAD_SESSION_MAX)) ack->bad_session = true;
    }
    else if (equal_text(name, name_length, "BITS-Protocol"))
    {
        ack->has_protocol = length > 0;
        ack->known_protocol = is_our_protocol(value, length);
    }
    else if (equal_text(name, name_length, "BITS-Host-Id")) copy_visible(value, length, ack->host, UPLOAD_HOST_MAX);
    else if (equal_text(name, name_length, "BITS-Host-Id-Fallback-Timeout"))
    {
        if (parse_decimal(value, length, &seconds) && seconds < UPLOAD_NO_FALLBACK) ack->fallback = (uint32_t)seconds;
    }
    /* U-087: one server misspells it */
    else if (equal_text(name, name_length, "BITS-Received-Content-Range") ||
             equal_text(name, name_length, "BITS-Recieved-Content-Range"))
        read_offset(value, length, ack);
    else if (equal_text(name, name_length, "BITS-Error") ||
             equal_text(name, name_length, "BITS-Error-Code")) /* U-036 */
    {
        if (parse_hex(value, length, &number) && number >> 31) ack->error = number;
    }
    else if (equal_text(name, name_length, "BITS-Error-Context"))
    {
        if (parse_hex(value, length, &number) &&
            (number == PACKET_CONTEXT_SERVER || number == PACKET_CONTEXT_APPLICATION))
            ack->context = number;
    }
    else if (equal_text(name, name_length, "BITS-Reply-URL"))
    {
        ack->bad_reply_url = length > PACKET_URL_MAX;
        if (ack->bad_reply_url) length = 0;
        memcpy(ack->reply_url, value, length);
        ack->reply_url[length] = 0;
    }
}

void packet_parse_ack(const char *raw_headers, struct packet_ack *ack)
{
    const char *line = strchr(raw_headers, '\n'), *end, *colon, *value;
    size_t length;

    memset(ack, 0, sizeof(*ack));
    ack->fallback = UPLOAD_NO_FALLBACK;
    while (line && *++line)
    {
        end = strchr(line, '\n');
        length = end ? (size_t)(end - line) : strlen(line);
        if ((colon = memchr(line, ':', length)))
        {
            value = colon + 1;
            length -= value - line;
            while (length && (*value == ' ' || *value == '\t')) value++, length--;
            while (length && (value[length - 1] == ' ' || value[length - 1] == '\t' || value[length - 1] == '\r'))
                length--;
            read_field(line, colon - line, value, length, ack);
        }
        line = end;
    }
}

/* --- URLs ------------------------------------------------------------------------------------------ */

struct text
{
    char *buffer;
    size_t size, used;
    bool full;
};

static void append(struct text *text, const char *from, size_t length)
{
    if (text->full || length >= text->size - text->used)
    {
        text->full = true;
        return;
    }
    memcpy(text->buffer + text->used, from, length);
    text->used += length;
    text->buffer[text->used] = 0;
}

/* Where authority and path begin; false: no absolute URL. */
static bool split_url(const char *url, const char **authority, const char **path)
{
    const char *colon = strstr(url, "://");

    if (!colon) return false;
    *authority = colon + 3;
    *path = *authority + strcspn(*authority, "/?#");
    return true;
}

static bool is_plain_host(const char *host)
{
    for (; *host; host++)
        if (*host <= ' ' || *host > '~' || strchr("/?#@\\", *host)) return false;
    return true;
}

bool packet_replace_host(const char *url, const char *host, char *result, size_t size)
{
    const char *authority, *path, *first_colon = strchr(host, ':');
    struct text text = {.buffer = result, .size = size};
    bool bare_ipv6 = first_colon && strchr(first_colon + 1, ':') && *host != '[';

    if (!size || !*host || !is_plain_host(host) || !split_url(url, &authority, &path)) return false;
    append(&text, url, authority - url);
    if (bare_ipv6) append(&text, "[", 1);
    append(&text, host, strlen(host));
    if (bare_ipv6) append(&text, "]", 1);
    append(&text, path, strlen(path));
    return !text.full;
}

static bool has_scheme(const char *text)
{
    const char *p = text;

    while ((lower(*p) >= 'a' && lower(*p) <= 'z') ||
           (p > text && ((*p >= '0' && *p <= '9') || strchr("+-.", *p) != NULL)))
    {
        if (!*p) return false;
        p++;
    }
    return p > text && !strncmp(p, "://", 3);
}

/* What a URL cannot hold becomes %XX; what is %XX stays. */
static void append_escaped(struct text *text, const char *from, bool slashes)
{
    char escape[4];

    for (; *from; from++)
    {
        if (slashes && *from == '\\') append(text, "/", 1);
        else if (*from <= ' ' || *from > '~' || strchr("\"<>\\^`{|}", *from))
        {
            snprintf(escape, sizeof(escape), "%%%02X", (unsigned char)*from);
            append(text, escape, 3);
        }
        else append(text, from, 1);
    }
}

bool packet_resolve_reply(const char *url, const char *reply, char *result, size_t size)
{
    const char *authority, *path, *p, *directory;
    struct text text = {.buffer = result, .size = size};
    size_t length;

    if (!size || !*reply || !split_url(url, &authority, &path)) return false;
    if (has_scheme(reply))
    {
        append_escaped(&text, reply, false);
        return !text.full;
    }
    append(&text, url, path - url);
    if (*reply != '/' && *reply != '\\')
    {
        length = strcspn(path, "?#");
        for (p = directory = path; p < path + length; p++)
            if (*p == '/') directory = p + 1;
        if (directory == path) append(&text, "/", 1);
        append(&text, path, directory - path);
    }
    append_escaped(&text, reply, true);
    return !text.full;
}
