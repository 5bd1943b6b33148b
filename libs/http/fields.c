/*
 * Header fields: the ordered list, its strict and its tolerant parser.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fields.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ": " and CRLF. */
#define FIELD_OVERHEAD 4

void http_fields_init(struct http_fields *fields)
{
    memset(fields, 0, sizeof(*fields));
    http_arena_init(&fields->arena);
}

void http_fields_cleanup(struct http_fields *fields)
{
    free(fields->items);
    http_arena_cleanup(&fields->arena);
    http_fields_init(fields);
}

void http_fields_clear(struct http_fields *fields)
{
    http_arena_cleanup(&fields->arena);
    fields->count = 0;
    fields->bytes = 0;
}

static bool is_value(const char *value, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
    {
        if (!value[i] || value[i] == '\r' || value[i] == '\n') return false;
    }
    return true;
}

static void trim(const char **text, size_t *len)
{
    while (*len && http_is_blank((*text)[*len - 1])) --*len;
    while (*len && http_is_blank(**text))
    {
        ++*text;
        --*len;
    }
}

/* Makes room for one more item. */
static bool reserve_item(struct http_fields *fields)
{
    size_t capacity = fields->capacity ? fields->capacity * 2 : 16;
    struct http_field *items;

    if (fields->count < fields->capacity) return true;
    if (!(items = realloc(fields->items, capacity * sizeof(*items)))) return false;
    fields->items = items;
    fields->capacity = capacity;
    return true;
}

enum http_parse_error http_fields_add_span(struct http_fields *fields, const char *name, size_t name_len,
                                           const char *value, size_t value_len)
{
    struct http_field item;

    trim(&value, &value_len);
    if (!http_is_token(name, name_len) || !is_value(value, value_len)) return HTTP_PARSE_INVALID;
    if (fields->count >= HTTP_FIELDS_MAX || name_len > HTTP_FIELDS_MAX_BYTES || value_len > HTTP_FIELDS_MAX_BYTES ||
        name_len + value_len + FIELD_OVERHEAD > HTTP_FIELDS_MAX_BYTES - fields->bytes)
        return HTTP_PARSE_TOO_LARGE;

    item.name = http_arena_copy(&fields->arena, name, name_len);
    item.value = http_arena_copy(&fields->arena, value, value_len);
    item.name_len = name_len;
    item.value_len = value_len;
    if (!item.name || !item.value || !reserve_item(fields)) return HTTP_PARSE_NO_MEMORY;
    fields->items[fields->count++] = item;
    fields->bytes += name_len + value_len + FIELD_OVERHEAD;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_fields_add(struct http_fields *fields, const char *name, const char *value)
{
    return http_fields_add_span(fields, name, strlen(name), value, strlen(value));
}

enum http_parse_error http_fields_add_all(struct http_fields *fields, const struct http_fields *others)
{
    enum http_parse_error error = HTTP_PARSE_OK;
    size_t i;

    for (i = 0; i < others->count && !error; i++)
        error = http_fields_add_span(fields, others->items[i].name, others->items[i].name_len, others->items[i].value,
                                     others->items[i].value_len);
    return error;
}

static bool is_named(const struct http_field *field, const char *name)
{
    return http_equal_nocase(name, field->name, field->name_len);
}

/* Removes the fields of that name among the first count ones. */
static size_t remove_among(struct http_fields *fields, const char *name, size_t count)
{
    size_t i, kept = 0, removed;

    for (i = 0; i < fields->count; i++)
    {
        struct http_field *item = &fields->items[i];

        if (i < count && is_named(item, name)) fields->bytes -= item->name_len + item->value_len + FIELD_OVERHEAD;
        else fields->items[kept++] = *item;
    }
    removed = fields->count - kept;
    fields->count = kept;
    return removed;
}

enum http_parse_error http_fields_set(struct http_fields *fields, const char *name, const char *value)
{
    size_t before = fields->count;
    enum http_parse_error error = http_fields_add(fields, name, value);

    if (!error) remove_among(fields, name, before);
    return error;
}

size_t http_fields_remove(struct http_fields *fields, const char *name)
{
    return remove_among(fields, name, fields->count);
}

size_t http_fields_count(const struct http_fields *fields, const char *name)
{
    size_t i, count = 0;

    for (i = 0; i < fields->count; i++) count += is_named(&fields->items[i], name);
    return count;
}

const char *http_fields_get(const struct http_fields *fields, const char *name)
{
    return http_fields_get_nth(fields, name, 0);
}

const char *http_fields_get_nth(const struct http_fields *fields, const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < fields->count; i++)
    {
        if (is_named(&fields->items[i], name) && !n--) return fields->items[i].value;
    }
    return NULL;
}

enum http_parse_error http_fields_combined(const struct http_fields *fields, const char *name, char **value)
{
    struct http_text text;
    bool found = false;
    size_t i;

    *value = NULL;
    http_text_init(&text);
    for (i = 0; i < fields->count; i++)
    {
        if (!is_named(&fields->items[i], name)) continue;
        if (found) http_text_add(&text, ", ");
        http_text_add_span(&text, fields->items[i].value, fields->items[i].value_len);
        found = true;
    }
    if (!found) return HTTP_PARSE_OK;
    *value = http_text_take(&text, NULL);
    return *value ? HTTP_PARSE_OK : HTTP_PARSE_NO_MEMORY;
}

/* Length of the line at the start of text including its LF; len if there is none. */
static size_t line_length(const char *text, size_t len)
{
    const char *lf = len ? memchr(text, '\n', len) : NULL;

    return lf ? (size_t)(lf + 1 - text) : len;
}

/* Length of a line without its CRLF or LF. */
static size_t line_content(const char *line, size_t len)
{
    if (len && line[len - 1] == '\n') len--;
    if (len && line[len - 1] == '\r') len--;
    return len;
}

static enum http_parse_error add_line(struct http_fields *fields, const char *line, size_t len)
{
    const char *colon = len ? memchr(line, ':', len) : NULL;

    if (!colon) return HTTP_PARSE_INVALID;
    return http_fields_add_span(fields, line, colon - line, colon + 1, line + len - (colon + 1));
}

/* Whether a line that is no field was perhaps meant to say how the message, or a part of one, is framed. */
static bool resembles_framing(const char *line, size_t len)
{
    static const char *const names[] = {"content-length", "content-range", "transfer-encoding"};
    size_t i, pos, matched;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        for (pos = matched = 0; pos < len && names[i][matched]; pos++)
        {
            if (!http_is_alpha(line[pos]) && line[pos] != '-') continue;
            if (http_lower(line[pos]) != names[i][matched]) break;
            matched++;
        }
        if (!names[i][matched]) return true;
    }
    return false;
}

static enum http_parse_error add_received(struct http_fields *fields, const char *line, size_t len)
{
    const char *colon = len ? memchr(line, ':', len) : NULL;
    size_t name_len = colon ? (size_t)(colon - line) : 0;

    if (!len || !is_value(line, len)) return HTTP_PARSE_INVALID;
    if (colon && http_is_token(line, name_len)) return add_line(fields, line, len);
    if (resembles_framing(line, len)) return HTTP_PARSE_INVALID;
    while (name_len && http_is_blank(line[name_len - 1])) name_len--;
    if (!http_is_token(line, name_len)) return HTTP_PARSE_OK;
    return http_fields_add_span(fields, line, name_len, colon + 1, line + len - (colon + 1));
}

/*
 * Joins a field line of block with the folded lines behind it (RFC 9112 section 5.2) and adds it. *used
 * receives how much of block that was.
 */
static enum http_parse_error add_folded(struct http_fields *fields, const char *block, size_t len, size_t *used)
{
    size_t length = line_length(block, len), content = line_content(block, length);
    enum http_parse_error error;
    struct http_text joined;
    char *line;

    http_text_init(&joined);
    http_text_add_span(&joined, block, content);
    *used = length;
    while (*used < len && http_is_blank(block[*used]))
    {
        const char *text = block + *used;

        length = line_length(text, len - *used);
        content = line_content(text, length);
        *used += length;
        trim(&text, &content);
        http_text_add_char(&joined, ' ');
        http_text_add_span(&joined, text, content);
    }
    if (!(line = http_text_take(&joined, &content))) return HTTP_PARSE_NO_MEMORY;
    error = add_received(fields, line, content);
    free(line);
    return error;
}

enum http_parse_error http_fields_parse(struct http_fields *fields, const char *block, size_t len)
{
    size_t used;

    if (len && block[len - 1] != '\n') return HTTP_PARSE_INVALID;
    while (len)
    {
        enum http_parse_error error;

        used = line_length(block, len);
        if (used < len && http_is_blank(block[used])) error = add_folded(fields, block, len, &used);
        else error = add_received(fields, block, line_content(block, used));
        if (error) return error;
        block += used;
        len -= used;
    }
    return HTTP_PARSE_OK;
}

static bool has_control(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (http_is_control(text[i]) && text[i] != '\t') return true;
    return false;
}

enum http_parse_error http_fields_parse_tolerant(struct http_fields *fields, const char *block, size_t len)
{
    while (len)
    {
        size_t used = line_length(block, len), content = line_content(block, used);

        if (!has_control(block, content) && add_line(fields, block, content) == HTTP_PARSE_NO_MEMORY)
            return HTTP_PARSE_NO_MEMORY;
        block += used;
        len -= used;
    }
    return HTTP_PARSE_OK;
}

char *http_fields_to_block(const struct http_fields *fields, size_t *len)
{
    struct http_text text;
    size_t i;

    http_text_init(&text);
    for (i = 0; i < fields->count; i++)
    {
        http_text_add_span(&text, fields->items[i].name, fields->items[i].name_len);
        http_text_add(&text, ": ");
        http_text_add_span(&text, fields->items[i].value, fields->items[i].value_len);
        http_text_add(&text, "\r\n");
    }
    return http_text_take(&text, len);
}

bool http_field_is_framing(const char *name)
{
    static const char *const names[] = {
        "Connection", "Content-Length", "Keep-Alive",        "Proxy-Connection",
        "TE",         "Trailer",        "Transfer-Encoding", "Upgrade",
    };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        if (http_equal_nocase(names[i], name, strlen(name))) return true;
    }
    return false;
}
