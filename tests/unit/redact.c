/*
 * Unit tests of libs/http/redact.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "http/redact.h"

static const struct
{
    const char *url, *text;
} rows[] = {
    {"http://host/path", "http://host/path"},
    {"http://host:8080/path/file.cab", "http://host:8080/path/file.cab"},
    {"http://bob:secret@host/path?sig=TOKEN#part", "http://host/path?..."},
    {"https://bob:se@cret@host/", "https://host/"},
    {"https://secret@host?q", "https://host?..."},
    {"http://host/@at", "http://host/@at"},
    {"http://host/x#secret", "http://host/x"},
    {"http://host/x?", "http://host/x?..."},
    {"http://host/x?a=http://bob:secret@other/", "http://host/x?..."},
    {"http://host/x#http://bob:secret@other/", "http://host/x"},
    {"//bob:secret@host/x", "//host/x"},
    {"bob:secret@host/x", "bob:host/x"},
    {"http:bob:secret@host/x", "http:host/x"},
    {"/path?secret", "/path?..."},
    {"?secret", "?..."},
    {"#secret", ""},
    {"", ""},
    {"file:///C:/x", "file:///C:/x"},
    {"C:\\dir\\x", "C:\\dir\\x"},
    {"\\\\server\\share", "\\\\server\\share"},
    {"http://host/\x1b[31m\r\nred", "http://host/?[31m??red"},
    {"http://host/\xc3\xa4", "http://host/??"},
    {"http:/bob:secret@host/", "http:/host/"},
    {"http://bob:secret\\@host/", "http://host/"},
    {"http:///bob:secret@host/", "http:///host/"},
    {"C:\\dir\\a@b", "C:\\dir\\a@b"},
};

TEST(rows)
{
    char text[HTTP_REDACTED_SIZE];
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        CASE(i);
        http_url_redact(rows[i].url, text, sizeof(text));
        CHECK_STR(text, rows[i].text);
    }
}

TEST(sizes)
{
    static const char url[] = "http://bob:secret@host/path?sig", shown[] = "http://host/path?...";
    char text[64];
    size_t size;

    for (size = 1; size <= sizeof(shown) + 2; size++)
    {
        CASE(size);
        memset(text, 'x', sizeof(text));
        http_url_redact(url, text, size);
        CHECK_INT(strlen(text), size < sizeof(shown) ? size - 1 : sizeof(shown) - 1);
        CHECK(!strncmp(text, shown, strlen(text)));
        CHECK_INT(text[size], 'x');
    }
}

int main(void)
{
    RUN(rows);
    RUN(sizes);
    return unit_finish();
}
