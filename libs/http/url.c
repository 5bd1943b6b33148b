/*
 * URLs: classification, parsing, resolution of references, and the forms in which a request carries them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "url.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* A part of a reference; text is NULL when the part is absent. */
struct url_span
{
    const char *text;
    size_t len;
};

/* The five components of RFC 3986 section 3; the path is never absent. */
struct url_parts
{
    struct url_span scheme, authority, path, query, fragment;
};

/* Length of the scheme at the start of text, 0 if there is none. */
static size_t scheme_length(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
    {
        char c = text[i];

        if (http_is_alpha(c) || (i && (http_is_digit(c) || c == '+' || c == '-' || c == '.'))) continue;
        return c == ':' ? i : 0;
    }
    return 0;
}

/* Takes what is before the first of stops (at most three characters) off the front of rest. */
static struct url_span take_until(struct url_span *rest, const char *stops)
{
    struct url_span taken = {rest->text, 0};

    while (taken.len < rest->len && (!rest->text[taken.len] || !strchr(stops, rest->text[taken.len]))) taken.len++;
    rest->text += taken.len;
    rest->len -= taken.len;
    return taken;
}

static void skip(struct url_span *rest, size_t len)
{
    rest->text += len;
    rest->len -= len;
}

/* RFC 3986 appendix B. */
static struct url_parts split(const char *text, size_t len)
{
    struct url_parts parts = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct url_span rest = {text, len};
    size_t scheme_len = scheme_length(text, len);

    if (scheme_len)
    {
        parts.scheme.text = text;
        parts.scheme.len = scheme_len;
        skip(&rest, scheme_len + 1);
    }
    if (rest.len >= 2 && rest.text[0] == '/' && rest.text[1] == '/')
    {
        skip(&rest, 2);
        parts.authority = take_until(&rest, "/?#");
    }
    parts.path = take_until(&rest, "?#");
    if (rest.len && *rest.text == '?')
    {
        skip(&rest, 1);
        parts.query = take_until(&rest, "#");
    }
    if (rest.len)
    {
        skip(&rest, 1);
        parts.fragment = rest;
    }
    return parts;
}

/* Text that begins with two backslashes: a share, or a device or pipe (B-403). */
static enum http_url_kind classify_unc(const char *text, size_t len)
{
    struct url_span rest = {text + 2, len - 2}, server, share;

    server = take_until(&rest, "\\/");
    if (server.len == 1 && (*server.text == '.' || *server.text == '?')) return HTTP_URL_KIND_DEVICE;
    if (!server.len || !rest.len) return HTTP_URL_KIND_INVALID;
    skip(&rest, 1);
    share = take_until(&rest, "\\/");
    if (!share.len || memchr(text, '*', len) || memchr(text, '?', len)) return HTTP_URL_KIND_INVALID;
    if (http_equal_nocase("pipe", share.text, share.len) || http_equal_nocase("mailslot", share.text, share.len))
        return HTTP_URL_KIND_DEVICE;
    return HTTP_URL_KIND_UNC;
}

enum http_url_kind http_url_classify(const char *text, size_t len)
{
    static const struct
    {
        const char *scheme;
        bool authority;
        enum http_url_kind kind;
    } known[] = {
        {"http", true, HTTP_URL_KIND_HTTP},
        {"https", true, HTTP_URL_KIND_HTTPS},
        {"ftp", true, HTTP_URL_KIND_FTP},
        {"file", false, HTTP_URL_KIND_FILE},
    };
    size_t i, scheme_len = scheme_length(text, len);

    if (len >= 2 && text[0] == '\\' && text[1] == '\\') return classify_unc(text, len);
    if (scheme_len == 1)
    {
        if (len < 3 || (text[2] != '\\' && text[2] != '/')) return HTTP_URL_KIND_INVALID;
        if (memchr(text, '*', len) || memchr(text, '?', len)) return HTTP_URL_KIND_INVALID;
        return HTTP_URL_KIND_DRIVE;
    }
    if (!scheme_len) return HTTP_URL_KIND_INVALID;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    {
        if (!http_equal_nocase(known[i].scheme, text, scheme_len)) continue;
        if (known[i].authority && (len < scheme_len + 3 || memcmp(text + scheme_len, "://", 3)))
            return HTTP_URL_KIND_INVALID;
        return known[i].kind;
    }
    return HTTP_URL_KIND_OTHER;
}

bool http_is_ipv4(const char *text, size_t len)
{
    struct url_span rest = {text, len};
    unsigned int octets;

    for (octets = 1;; octets++)
    {
        struct url_span octet = take_until(&rest, ".");
        uint64_t value;

        if (octet.len > 3 || (octet.len > 1 && *octet.text == '0')) return false;
        if (http_parse_decimal(octet.text, octet.len, &value) || value > 255) return false;
        if (!rest.len) return octets == 4;
        skip(&rest, 1);
    }
}

/* Number of hexadecimal digits at the start, at most five. */
static size_t hex_digits(const struct url_span *rest)
{
    size_t digits = 0;

    while (digits < 5 && digits < rest->len && http_hex_value(rest->text[digits]) >= 0) digits++;
    return digits;
}

/* RFC 4291 section 2.2. */
bool http_is_ipv6(const char *text, size_t len)
{
    struct url_span rest = {text, len};
    bool compressed = false;
    unsigned int groups = 0;

    if (rest.len >= 2 && rest.text[0] == ':' && rest.text[1] == ':')
    {
        compressed = true;
        skip(&rest, 2);
        if (!rest.len) return true;
    }
    for (;;)
    {
        size_t digits = hex_digits(&rest);

        if (digits < rest.len && rest.text[digits] == '.')
        {
            groups += 2;
            return http_is_ipv4(rest.text, rest.len) && (compressed ? groups < 8 : groups == 8);
        }
        if (!digits || digits > 4 || ++groups > 8) return false;
        skip(&rest, digits);
        if (!rest.len) return compressed ? groups < 8 : groups == 8;
        if (*rest.text != ':') return false;
        skip(&rest, 1);
        if (rest.len && *rest.text == ':')
        {
            if (compressed) return false;
            compressed = true;
            skip(&rest, 1);
            if (!rest.len) return groups < 8;
        }
    }
}

/* A name that DNS could know, see url.h. */
static bool is_host_name(const char *text, size_t len)
{
    size_t i, label = 0;

    for (i = 0; i < len; i++)
    {
        if (text[i] == '.')
        {
            if (!label) return false;
            label = 0;
        }
        else if (http_is_alpha(text[i]) || http_is_digit(text[i]) || text[i] == '-' || text[i] == '_') label++;
        else return false;
    }
    return len > 0;
}

/*
 * Takes host and kind out of an authority that has no user information any more; what stays is "" or ":port".
 */
static enum http_parse_error take_host(struct url_span *rest, struct url_span *host, enum http_host_kind *kind)
{
    if (rest->len && *rest->text == '[')
    {
        skip(rest, 1);
        *host = take_until(rest, "]");
        if (!rest->len) return HTTP_PARSE_INVALID;
        skip(rest, 1);
        *kind = HTTP_HOST_IPV6;
        return http_is_ipv6(host->text, host->len) ? HTTP_PARSE_OK : HTTP_PARSE_INVALID;
    }
    *host = take_until(rest, ":");
    if (host->len > HTTP_URL_HOST_MAX) return HTTP_PARSE_TOO_LARGE;
    if (!is_host_name(host->text, host->len)) return HTTP_PARSE_INVALID;
    *kind = http_is_ipv4(host->text, host->len) ? HTTP_HOST_IPV4 : HTTP_HOST_NAME;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_host_port_parse(const char *text, size_t len, const char **host, size_t *host_len,
                                           enum http_host_kind *kind, uint16_t *port)
{
    struct url_span rest = {text, len}, found;
    enum http_parse_error error;
    uint64_t number = 0;

    if ((error = take_host(&rest, &found, kind))) return error;
    *host = found.text;
    *host_len = found.len;
    *port = 0;
    if (!rest.len) return HTTP_PARSE_OK;
    if (*rest.text != ':') return HTTP_PARSE_INVALID;
    skip(&rest, 1);
    if (!rest.len) return HTTP_PARSE_OK;
    if (http_parse_decimal(rest.text, rest.len, &number) || !number || number > 65535) return HTTP_PARSE_INVALID;
    *port = (uint16_t)number;
    return HTTP_PARSE_OK;
}

/* Splits "userinfo@" off the front of an authority. */
static struct url_span take_userinfo(struct url_span *authority)
{
    struct url_span userinfo = {NULL, 0};
    size_t i;

    for (i = authority->len; i; i--)
    {
        if (authority->text[i - 1] != '@') continue;
        userinfo.text = authority->text;
        userinfo.len = i - 1;
        skip(authority, i);
        break;
    }
    return userinfo;
}

/*
 * The writers below append to memory that was made large enough, and return where it goes on behind their
 * NUL.
 */

static char *put(char *out, struct url_span span, bool lower)
{
    size_t i;

    for (i = 0; i < span.len; i++) *out++ = lower ? http_lower(span.text[i]) : span.text[i];
    *out++ = 0;
    return out;
}

/* Bytes beyond ASCII become %XX (B-401). */
static char *put_escaped(char *out, struct url_span span)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t i;

    for (i = 0; i < span.len; i++)
    {
        unsigned char c = (unsigned char)span.text[i];

        if (c < 0x80)
        {
            *out++ = (char)c;
            continue;
        }
        *out++ = '%';
        *out++ = hex[c >> 4];
        *out++ = hex[c & 15];
    }
    *out++ = 0;
    return out;
}

/*
 * Undoes percent-encoding; NULL: a control character was hidden in it, which no user name or password can
 * have.
 */
static char *put_unescaped(char *out, struct url_span span)
{
    size_t i;

    for (i = 0; i < span.len; i++)
    {
        char c = span.text[i];

        if (c == '%' && span.len - i > 2 && http_hex_value(span.text[i + 1]) >= 0 &&
            http_hex_value(span.text[i + 2]) >= 0)
        {
            c = (char)(http_hex_value(span.text[i + 1]) << 4 | http_hex_value(span.text[i + 2]));
            i += 2;
        }
        if (http_is_control(c)) return NULL;
        *out++ = c;
    }
    *out++ = 0;
    return out;
}

/* Writes userinfo, user and password; NULL: invalid. */
static char *put_userinfo(struct http_url *url, char *out, struct url_span userinfo)
{
    struct url_span rest = userinfo, user = take_until(&rest, ":");

    url->userinfo = out;
    out = put_escaped(out, userinfo);
    url->user = out;
    out = put_unescaped(out, user);
    if (out && rest.len)
    {
        skip(&rest, 1);
        url->password = out;
        out = put_unescaped(out, rest);
    }
    return out;
}

static bool has_forbidden(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
    {
        if (http_is_control(text[i]) || text[i] == ' ') return true;
    }
    return false;
}

/* Fills in a URL whose parts are known to be right; everything is written into url->memory. */
static enum http_parse_error fill(struct http_url *url, const struct url_parts *parts, struct url_span userinfo,
                                  struct url_span host)
{
    static const struct url_span root = {"/", 1};
    char *out = url->memory;

    url->host = out;
    out = put(out, host, true);
    if (userinfo.text && !(out = put_userinfo(url, out, userinfo))) return HTTP_PARSE_INVALID;
    url->path = out;
    out = put_escaped(out, parts->path.len ? parts->path : root);
    if (parts->query.text)
    {
        url->query = out;
        out = put_escaped(out, parts->query);
    }
    if (parts->fragment.text)
    {
        url->fragment = out;
        put_escaped(out, parts->fragment);
    }
    return HTTP_PARSE_OK;
}

static enum http_parse_error parse_absolute(struct http_url *url, const char *text, size_t len)
{
    struct url_parts parts = split(text, len);
    struct url_span authority = parts.authority, userinfo, host = {NULL, 0};
    enum http_parse_error error;

    if (!parts.scheme.text || has_forbidden(text, len)) return HTTP_PARSE_INVALID;
    if (http_equal_nocase("https", parts.scheme.text, parts.scheme.len)) url->scheme = HTTP_SCHEME_HTTPS;
    else if (!http_equal_nocase("http", parts.scheme.text, parts.scheme.len)) return HTTP_PARSE_UNSUPPORTED;
    if (!authority.text || memchr(authority.text, '\\', authority.len)) return HTTP_PARSE_INVALID;

    userinfo = take_userinfo(&authority);
    if ((error = http_host_port_parse(authority.text, authority.len, &host.text, &host.len, &url->host_kind,
                                      &url->port)))
        return error;
    if (!url->port) url->port = http_scheme_default_port(url->scheme);

    /* Every byte becomes at most four: user information is kept escaped (three) and unescaped (one). */
    if (!(url->memory = malloc(4 * len + 16))) return HTTP_PARSE_NO_MEMORY;
    return fill(url, &parts, userinfo, host);
}

void http_url_init(struct http_url *url)
{
    memset(url, 0, sizeof(*url));
}

void http_url_cleanup(struct http_url *url)
{
    free(url->memory);
    http_url_init(url);
}

enum http_parse_error http_url_parse(struct http_url *url, const char *text, size_t len)
{
    enum http_parse_error error;

    http_url_init(url);
    if (len > HTTP_URL_MAX) return HTTP_PARSE_TOO_LARGE;
    if ((error = parse_absolute(url, text, len))) http_url_cleanup(url);
    return error;
}

enum http_parse_error http_url_copy(struct http_url *copy, const struct http_url *url)
{
    char *text = http_url_to_string(url, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
    enum http_parse_error error;

    http_url_init(copy);
    if (!text) return HTTP_PARSE_NO_MEMORY;
    if ((error = parse_absolute(copy, text, strlen(text)))) http_url_cleanup(copy);
    free(text);
    return error;
}

/* RFC 3986 section 5.2.4, in place, for a path that begins with '/'. Returns the new length. */
static size_t remove_dot_segments(char *path, size_t len)
{
    size_t in = 0, out = 0;

    while (in < len)
    {
        size_t end = in + 1, segment;

        while (end < len && path[end] != '/') end++;
        segment = end - in - 1;
        if (segment == 2 && path[in + 1] == '.' && path[in + 2] == '.')
        {
            while (out && path[--out] != '/')
                ;
        }
        else if (segment != 1 || path[in + 1] != '.')
        {
            memmove(path + out, path + in, end - in);
            out += end - in;
            in = end;
            continue;
        }
        /* A dot segment at the end leaves the slash of its directory. */
        if (end == len) path[out++] = '/';
        in = end;
    }
    return out;
}

/*
 * Appends the path of the result: the reference's own, or merged with that of base (RFC 3986 section 5.2.3).
 */
static void add_path(struct http_text *text, const struct http_url *base, const struct url_parts *parts)
{
    size_t start = text->len;

    if (!parts->scheme.text && !parts->authority.text && (!parts->path.len || *parts->path.text != '/'))
        http_text_add_span(text, base->path, strrchr(base->path, '/') + 1 - base->path);
    http_text_add_span(text, parts->path.text, parts->path.len);
    if (!text->failed && text->len > start && text->data[start] == '/')
        text->len = start + remove_dot_segments(text->data + start, text->len - start);
}

/* RFC 3986 section 5.2.2 and 5.3: the absolute text of a reference. */
static void add_target(struct http_text *text, const struct http_url *base, const char *reference, size_t len)
{
    struct url_parts parts = split(reference, len);
    bool same_document = !parts.scheme.text && !parts.authority.text && !parts.path.len;
    char *host;

    if (parts.scheme.text) http_text_add_span(text, parts.scheme.text, parts.scheme.len);
    else http_text_add(text, base->scheme == HTTP_SCHEME_HTTPS ? "https" : "http");
    http_text_add(text, ":");

    if (parts.authority.text)
    {
        http_text_add(text, "//");
        http_text_add_span(text, parts.authority.text, parts.authority.len);
    }
    else if (!parts.scheme.text)
    {
        http_text_add(text, "//");
        if (base->userinfo)
        {
            http_text_add(text, base->userinfo);
            http_text_add(text, "@");
        }
        if (!(host = http_url_to_host(base))) text->failed = true;
        else http_text_add(text, host);
        free(host);
    }

    if (same_document) http_text_add(text, base->path);
    else add_path(text, base, &parts);
    if (parts.query.text || (same_document && base->query))
    {
        http_text_add(text, "?");
        if (parts.query.text) http_text_add_span(text, parts.query.text, parts.query.len);
        else http_text_add(text, base->query);
    }
    if (parts.fragment.text)
    {
        http_text_add(text, "#");
        http_text_add_span(text, parts.fragment.text, parts.fragment.len);
    }
}

enum http_parse_error http_url_resolve(struct http_url *result, const struct http_url *base, const char *reference,
                                       size_t len)
{
    enum http_parse_error error;
    struct http_text clean, text;
    size_t i;

    http_url_init(result);
    while (len && http_is_blank(reference[len - 1])) len--;
    while (len && http_is_blank(*reference))
    {
        reference++;
        len--;
    }
    if (len > HTTP_URL_MAX) return HTTP_PARSE_TOO_LARGE;

    http_text_init(&clean);
    http_text_init(&text);
    for (i = 0; i < len; i++)
        http_text_add_span(&clean, reference[i] == ' ' ? "%20" : reference + i, reference[i] == ' ' ? 3 : 1);
    if (!clean.failed) add_target(&text, base, clean.len ? clean.data : "", clean.len);

    if (clean.failed || text.failed) error = HTTP_PARSE_NO_MEMORY;
    else error = http_url_parse(result, text.data, text.len);
    http_text_cleanup(&clean);
    http_text_cleanup(&text);
    return error;
}

bool http_url_same_origin(const struct http_url *a, const struct http_url *b)
{
    return a->scheme == b->scheme && a->port == b->port && !strcmp(a->host, b->host);
}

uint16_t http_scheme_default_port(enum http_scheme scheme)
{
    return scheme == HTTP_SCHEME_HTTPS ? 443 : 80;
}

static void add_host(struct http_text *text, const struct http_url *url, bool always_port)
{
    bool brackets = url->host_kind == HTTP_HOST_IPV6;

    if (brackets) http_text_add(text, "[");
    http_text_add(text, url->host);
    if (brackets) http_text_add(text, "]");
    if (always_port || url->port != http_scheme_default_port(url->scheme))
    {
        http_text_add(text, ":");
        http_text_add_number(text, url->port);
    }
}

static void add_path_and_query(struct http_text *text, const struct http_url *url)
{
    http_text_add(text, url->path);
    if (url->query)
    {
        http_text_add(text, "?");
        http_text_add(text, url->query);
    }
}

char *http_url_to_host(const struct http_url *url)
{
    struct http_text text;

    http_text_init(&text);
    add_host(&text, url, false);
    return http_text_take(&text, NULL);
}

char *http_url_to_target(const struct http_url *url, enum http_target_form form)
{
    struct http_text text;

    if (form == HTTP_TARGET_ABSOLUTE) return http_url_to_string(url, 0);
    http_text_init(&text);
    if (form == HTTP_TARGET_AUTHORITY) add_host(&text, url, true);
    else add_path_and_query(&text, url);
    return http_text_take(&text, NULL);
}

char *http_url_to_string(const struct http_url *url, unsigned int flags)
{
    struct http_text text;

    http_text_init(&text);
    http_text_add(&text, url->scheme == HTTP_SCHEME_HTTPS ? "https://" : "http://");
    if (flags & HTTP_URL_WITH_USERINFO && url->userinfo)
    {
        http_text_add(&text, url->userinfo);
        http_text_add(&text, "@");
    }
    add_host(&text, url, false);
    add_path_and_query(&text, url);
    if (flags & HTTP_URL_WITH_FRAGMENT && url->fragment)
    {
        http_text_add(&text, "#");
        http_text_add(&text, url->fragment);
    }
    return http_text_take(&text, NULL);
}
