/*
 * Authentication as far as it is text: challenges and Basic credentials.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "auth_pure.h"
#include "base64.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* A field value that is being read. */
struct reader
{
    const char *text;
    size_t len;
};

void http_challenges_init(struct http_challenges *challenges)
{
    memset(challenges, 0, sizeof(*challenges));
    http_arena_init(&challenges->arena);
}

void http_challenges_cleanup(struct http_challenges *challenges)
{
    http_arena_cleanup(&challenges->arena);
    http_challenges_init(challenges);
}

/* The next character, NUL at the end (NUL itself is nothing that could be read on from). */
static char peek(const struct reader *reader)
{
    return reader->len ? *reader->text : 0;
}

static void advance(struct reader *reader, size_t count)
{
    reader->text += count;
    reader->len -= count;
}

static void skip_blanks(struct reader *reader)
{
    while (http_is_blank(peek(reader))) advance(reader, 1);
}

/* Skips the commas of a list, empty members included. */
static void skip_commas(struct reader *reader)
{
    while (http_is_blank(peek(reader)) || peek(reader) == ',') advance(reader, 1);
}

static size_t token_length(const struct reader *reader)
{
    size_t len = 0;

    while (len < reader->len && http_is_tchar(reader->text[len])) len++;
    return len;
}

static bool is_token68_char(char c)
{
    return http_is_alpha(c) || http_is_digit(c) || (c && strchr("-._~+/", c));
}

/* Length of a token68 that is all there is up to a comma or the end; 0 if there is none. */
static size_t token68_length(const struct reader *reader)
{
    size_t len = 0, end;

    while (len < reader->len && is_token68_char(reader->text[len])) len++;
    if (!len) return 0;
    while (len < reader->len && reader->text[len] == '=') len++;
    end = len;
    while (end < reader->len && http_is_blank(reader->text[end])) end++;
    return end == reader->len || reader->text[end] == ',' ? len : 0;
}

/* Whether "name =" comes next, which makes it a parameter and not another scheme. */
static bool is_param(const struct reader *reader)
{
    size_t len = token_length(reader);

    if (!len) return false;
    while (len < reader->len && http_is_blank(reader->text[len])) len++;
    return len < reader->len && reader->text[len] == '=';
}

/* Length of a quoted string with its quotes, 0 if it does not end or has a control character in it. */
static size_t quoted_length(const struct reader *reader)
{
    size_t i;

    for (i = 1; i < reader->len; i++)
    {
        if (reader->text[i] == '"') return i + 1;
        if (reader->text[i] == '\\') i++;
        if (i < reader->len && http_is_control(reader->text[i]) && reader->text[i] != '\t') return 0;
    }
    return 0;
}

/* A quoted string (RFC 9110 section 5.6.4) without quotes and escapes. */
static enum http_parse_error read_quoted(struct reader *reader, struct http_arena *arena, const char **value)
{
    size_t i, len = quoted_length(reader);
    char *out;

    if (!len) return HTTP_PARSE_INVALID;
    if (!(out = http_arena_alloc(arena, len))) return HTTP_PARSE_NO_MEMORY;
    *value = out;
    for (i = 1; i < len - 1; i++)
    {
        if (reader->text[i] == '\\') i++;
        *out++ = reader->text[i];
    }
    *out = 0;
    advance(reader, len);
    return HTTP_PARSE_OK;
}

/* name = value; the name is known to be a token with '=' behind it. */
static enum http_parse_error read_param(struct reader *reader, struct http_arena *arena, struct http_auth_param **param)
{
    size_t len = token_length(reader);

    if (!(*param = http_arena_alloc(arena, sizeof(**param)))) return HTTP_PARSE_NO_MEMORY;
    (*param)->next = NULL;
    if (!((*param)->name = http_arena_copy(arena, reader->text, len))) return HTTP_PARSE_NO_MEMORY;
    advance(reader, len);
    skip_blanks(reader);
    advance(reader, 1);
    skip_blanks(reader);
    if (peek(reader) == '"') return read_quoted(reader, arena, &(*param)->value);
    if (!(len = token_length(reader))) return HTTP_PARSE_INVALID;
    if (!((*param)->value = http_arena_copy(arena, reader->text, len))) return HTTP_PARSE_NO_MEMORY;
    advance(reader, len);
    return HTTP_PARSE_OK;
}

/* The parameters of one challenge, up to the name of the next scheme or the end. */
static enum http_parse_error read_params(struct reader *reader, struct http_arena *arena,
                                         struct http_auth_param **params)
{
    enum http_parse_error error;
    size_t count = 0;

    *params = NULL;
    for (skip_commas(reader); is_param(reader); skip_commas(reader))
    {
        if (++count > HTTP_AUTH_PARAMS_MAX) return HTTP_PARSE_TOO_LARGE;
        if ((error = read_param(reader, arena, params))) return error;
        params = &(*params)->next;
        skip_blanks(reader);
        if (reader->len && peek(reader) != ',') return HTTP_PARSE_INVALID;
    }
    return HTTP_PARSE_OK;
}

static enum http_parse_error read_challenge(struct reader *reader, struct http_arena *arena,
                                            struct http_challenge **challenge)
{
    size_t len = token_length(reader);

    if (!len) return HTTP_PARSE_INVALID;
    if (!(*challenge = http_arena_alloc(arena, sizeof(**challenge)))) return HTTP_PARSE_NO_MEMORY;
    memset(*challenge, 0, sizeof(**challenge));
    if (!((*challenge)->scheme = http_arena_copy(arena, reader->text, len))) return HTTP_PARSE_NO_MEMORY;
    advance(reader, len);
    if (!reader->len || peek(reader) == ',') return HTTP_PARSE_OK;
    if (!http_is_blank(peek(reader))) return HTTP_PARSE_INVALID;
    skip_blanks(reader);
    if (!(len = token68_length(reader))) return read_params(reader, arena, &(*challenge)->params);
    if (!((*challenge)->token68 = http_arena_copy(arena, reader->text, len))) return HTTP_PARSE_NO_MEMORY;
    advance(reader, len);
    return HTTP_PARSE_OK;
}

enum http_parse_error http_challenges_parse(struct http_challenges *challenges, const char *value, size_t len)
{
    struct reader reader = {value, len};

    for (skip_commas(&reader); reader.len; skip_commas(&reader))
    {
        struct http_challenge *challenge;
        enum http_parse_error error;

        if (challenges->count == HTTP_CHALLENGES_MAX) return HTTP_PARSE_TOO_LARGE;
        if ((error = read_challenge(&reader, &challenges->arena, &challenge))) return error;
        if (challenges->last) challenges->last->next = challenge;
        else challenges->first = challenge;
        challenges->last = challenge;
        challenges->count++;
    }
    return HTTP_PARSE_OK;
}

const struct http_challenge *http_challenges_find(const struct http_challenges *challenges, const char *scheme,
                                                  const struct http_challenge *previous)
{
    const struct http_challenge *challenge = previous ? previous->next : challenges->first;

    while (challenge && !http_equal_nocase(scheme, challenge->scheme, strlen(challenge->scheme)))
        challenge = challenge->next;
    return challenge;
}

const char *http_challenge_param(const struct http_challenge *challenge, const char *name)
{
    const struct http_auth_param *param;

    for (param = challenge->params; param; param = param->next)
    {
        if (http_equal_nocase(name, param->name, strlen(param->name))) return param->value;
    }
    return NULL;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
    {
        if (http_is_control(*text)) return true;
    }
    return false;
}

enum http_parse_error http_basic_credentials(const char *user, const char *password, char **value)
{
    struct http_text plain, text;
    char *joined, *encoded = NULL;
    size_t len;

    *value = NULL;
    if (strchr(user, ':') || has_control(user) || has_control(password)) return HTTP_PARSE_INVALID;
    http_text_init(&plain);
    http_text_add(&plain, user);
    http_text_add(&plain, ":");
    http_text_add(&plain, password);
    if ((joined = http_text_take(&plain, &len)) && (encoded = http_base64_encode(joined, len)))
    {
        http_text_init(&text);
        http_text_add(&text, "Basic ");
        http_text_add(&text, encoded);
        *value = http_text_take(&text, NULL);
    }
    free(joined);
    free(encoded);
    return *value ? HTTP_PARSE_OK : HTTP_PARSE_NO_MEMORY;
}
