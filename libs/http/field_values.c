/*
 * Header fields: lists of tokens, and the fields that frame a message.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fields.h"

#include <string.h>

/* One member of a comma-separated list; quotes are not looked at, for no such list here has any. */
struct member
{
    const char *text;
    size_t len;
};

/*
 * Takes the next member that is not empty off the front of *value (RFC 9110 section 5.6.1), without blanks
 * around it. False: no more.
 */
static bool next_member(const char **value, struct member *member)
{
    do {
        *value += strspn(*value, ", \t");
        member->text = *value;
        member->len = strcspn(*value, ",");
        *value += member->len;
        while (member->len && http_is_blank(member->text[member->len - 1])) member->len--;
    } while (!member->len && **value);
    return member->len > 0;
}

bool http_fields_has_token(const struct http_fields *fields, const char *name, const char *token)
{
    const char *value;
    size_t n;

    for (n = 0; (value = http_fields_get_nth(fields, name, n)); n++)
    {
        struct member member;

        while (next_member(&value, &member))
        {
            if (http_equal_nocase(token, member.text, member.len)) return true;
        }
    }
    return false;
}

enum http_parse_error http_fields_content_length(const struct http_fields *fields, bool *present, uint64_t *length)
{
    enum http_parse_error error;
    uint64_t found = 0;
    const char *value;
    bool any = false;
    size_t n;

    *present = false;
    *length = 0;
    for (n = 0; (value = http_fields_get_nth(fields, "Content-Length", n)); n++)
    {
        struct member member;
        bool empty = true;

        while (next_member(&value, &member))
        {
            uint64_t number;

            if ((error = http_parse_decimal(member.text, member.len, &number))) return error;
            if (any && number != found) return HTTP_PARSE_CONFLICT;
            found = number;
            any = true;
            empty = false;
        }
        if (empty) return HTTP_PARSE_INVALID;
    }
    *present = any;
    *length = found;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_fields_transfer_encoding(const struct http_fields *fields, bool *present, bool *chunked)
{
    size_t n, members = 0, chunks = 0, identities = 0;
    const char *value;

    *present = *chunked = false;
    for (n = 0; (value = http_fields_get_nth(fields, "Transfer-Encoding", n)); n++)
    {
        struct member member;

        while (next_member(&value, &member))
        {
            members++;
            chunks += http_equal_nocase("chunked", member.text, member.len);
            identities += http_equal_nocase("identity", member.text, member.len);
        }
    }
    if (!n) return HTTP_PARSE_OK;
    if (!members || chunks > 1) return HTTP_PARSE_INVALID;
    if (members > 1 || !(chunks || identities)) return HTTP_PARSE_UNSUPPORTED;
    *present = *chunked = chunks == 1;
    return HTTP_PARSE_OK;
}
