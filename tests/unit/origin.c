/*
 * Unit tests of libs/http/origin.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "unit.h"
#include "http/origin.h"

/* Where things are meant for, and other places. */
enum relation
{
    SAME,
    UPGRADE,       /* the same host by https, standard ports */
    DOWNGRADE,     /* the same host by http */
    OTHER_PORT,    /* another server of the same host */
    OTHER,         /* another host */
    OTHER_UPGRADE, /* another host by https */
    OTHER_DOWNGRADE,
    RELATION_COUNT
};

static const struct
{
    const char *home, *to;
} urls[RELATION_COUNT] = {
    [SAME] = {"https://bob:pw@server/one?a", "https://SERVER:443/two"},
    [UPGRADE] = {"http://server/", "https://server/"},
    [DOWNGRADE] = {"https://server/", "http://server/"},
    [OTHER_PORT] = {"http://server:8080/", "https://server/"},
    [OTHER] = {"https://server/", "https://server.evil/"},
    [OTHER_UPGRADE] = {"http://server/", "https://other/"},
    [OTHER_DOWNGRADE] = {"https://server/", "http://other/"},
};

#define ALL 0x7f
/* Bits in the order of enum relation. */
#define BIT(relation) (1u << (relation))

static const unsigned int permitted[HTTP_NAMED_BY_COUNT][HTTP_CARGO_COUNT] = {
    /* The program's own URL is its own home; should it not be, nothing but plain fields goes along. */
    [HTTP_NAMED_BY_PROGRAM] =
        {
            [HTTP_CARGO_CREDENTIALS] = BIT(SAME),
            [HTTP_CARGO_URL_USER] = BIT(SAME),
            [HTTP_CARGO_CHALLENGE_FIELDS] = BIT(SAME),
            [HTTP_CARGO_SECRET_FIELDS] = BIT(SAME),
            [HTTP_CARGO_FIELDS] = ALL,
            [HTTP_CARGO_COOKIES] = BIT(SAME),
            [HTTP_CARGO_CERTIFICATE] = BIT(SAME),
        },
    [HTTP_NAMED_BY_REDIRECT] =
        {
            [HTTP_CARGO_CREDENTIALS] = BIT(SAME) | BIT(UPGRADE),
            [HTTP_CARGO_URL_USER] = BIT(SAME),
            [HTTP_CARGO_CHALLENGE_FIELDS] = BIT(SAME) | BIT(UPGRADE),
            [HTTP_CARGO_SECRET_FIELDS] = BIT(SAME) | BIT(UPGRADE),
            [HTTP_CARGO_FIELDS] = ALL,
            [HTTP_CARGO_COOKIES] = BIT(SAME),
            [HTTP_CARGO_CERTIFICATE] = BIT(SAME) | BIT(UPGRADE),
        },
    /* U-199: whatever the service has goes to its other machines, but never unencrypted if it was not so before. */
    [HTTP_NAMED_BY_UPLOAD_SERVER] =
        {
            [HTTP_CARGO_CREDENTIALS] = ALL & ~(BIT(DOWNGRADE) | BIT(OTHER_DOWNGRADE)),
            [HTTP_CARGO_URL_USER] = BIT(SAME),
            [HTTP_CARGO_CHALLENGE_FIELDS] = ALL & ~(BIT(DOWNGRADE) | BIT(OTHER_DOWNGRADE)),
            [HTTP_CARGO_SECRET_FIELDS] = ALL & ~(BIT(DOWNGRADE) | BIT(OTHER_DOWNGRADE)),
            [HTTP_CARGO_FIELDS] = ALL,
            [HTTP_CARGO_COOKIES] = BIT(SAME),
            [HTTP_CARGO_CERTIFICATE] = ALL & ~(BIT(DOWNGRADE) | BIT(OTHER_DOWNGRADE)),
        },
    [HTTP_NAMED_BY_ADMINISTRATOR] =
        {
            [HTTP_CARGO_CREDENTIALS] = BIT(SAME),
            [HTTP_CARGO_URL_USER] = BIT(SAME),
            [HTTP_CARGO_CHALLENGE_FIELDS] = BIT(SAME),
            [HTTP_CARGO_SECRET_FIELDS] = BIT(SAME),
            [HTTP_CARGO_FIELDS] = ALL,
            [HTTP_CARGO_COOKIES] = BIT(SAME),
            [HTTP_CARGO_CERTIFICATE] = BIT(SAME),
        },
    [HTTP_NAMED_BY_HASHES] = {0},
};

TEST(every_pair)
{
    unsigned int named_by, cargo, relation;

    for (relation = 0; relation < RELATION_COUNT; relation++)
    {
        struct http_url home, to;

        CHECK_INT(http_url_parse(&home, urls[relation].home, strlen(urls[relation].home)), HTTP_PARSE_OK);
        CHECK_INT(http_url_parse(&to, urls[relation].to, strlen(urls[relation].to)), HTTP_PARSE_OK);
        for (named_by = 0; named_by < HTTP_NAMED_BY_COUNT; named_by++)
        {
            for (cargo = 0; cargo < HTTP_CARGO_COUNT; cargo++)
            {
                CASE(relation * 100 + named_by * 10 + cargo);
                CHECK_INT(http_may_send(cargo, named_by, &home, &to), !!(permitted[named_by][cargo] & BIT(relation)));
            }
        }
        http_url_cleanup(&home);
        http_url_cleanup(&to);
    }
}

static const struct
{
    const char *from, *location, *target, *target_with_leave; /* NULL: no target */
} redirects[] = {
    {"http://a/x/y", "/one", "http://a/one", "http://a/one"},
    {"http://a/x/y", "z?q", "http://a/x/z?q", "http://a/x/z?q"},
    {"http://a/x", "//b/y", "http://b/y", "http://b/y"},
    {"http://a/x", "https://b/y", "https://b/y", "https://b/y"},
    {"https://a/x", "http://a/x", NULL, "http://a/x"},
    {"https://a/x", "http://b/x", NULL, "http://b/x"},
    {"https://a/x", "//b/y", "https://b/y", "https://b/y"},
    {"http://a/x", "file:///C:/windows/win.ini", NULL, NULL},
    {"http://a/x", "FILE:C:/windows/win.ini", NULL, NULL},
    {"http://a/x", "file://server/share/x", NULL, NULL},
    {"http://a/x", "C:/windows/win.ini", NULL, NULL},
    {"http://a/x", "c:\\windows\\win.ini", NULL, NULL},
    /* A path on the server that was asked, whatever it looks like. */
    {"http://a/x", "\\\\server\\share\\x", "http://a/\\\\server\\share\\x", "http://a/\\\\server\\share\\x"},
    {"http://a/x", "ftp://a/x", NULL, NULL},
    {"http://a/x", "javascript:alert(1)", NULL, NULL},
    {"http://a/x", "gopher://a/1", NULL, NULL},
    {"http://a/x", "dict://a/1", NULL, NULL},
    {"http://a/x", "http://", NULL, NULL},
    {"http://a/x", "http://[bad/", NULL, NULL},
    {"http://bob:pw@a/x", "/y", "http://bob:pw@a/y", "http://bob:pw@a/y"},
    {"http://bob:pw@a/x", "http://b/y", "http://b/y", "http://b/y"},
};

static void check_redirect(const struct http_url *from, const char *location, bool leave, const char *expected)
{
    struct http_url target;
    char *text;

    if (http_redirect_target(&target, from, location, leave))
    {
        CHECK(!expected);
        CHECK(!target.memory);
        return;
    }
    text = http_url_to_string(&target, HTTP_URL_WITH_USERINFO);
    CHECK_STR(text, expected);
    free(text);
    http_url_cleanup(&target);
}

TEST(redirects)
{
    struct http_url from;
    size_t i;

    for (i = 0; i < sizeof(redirects) / sizeof(redirects[0]); i++)
    {
        CASE(i);
        CHECK_INT(http_url_parse(&from, redirects[i].from, strlen(redirects[i].from)), HTTP_PARSE_OK);
        check_redirect(&from, redirects[i].location, false, redirects[i].target);
        check_redirect(&from, redirects[i].location, true, redirects[i].target_with_leave);
        http_url_cleanup(&from);
    }
}

TEST(secret_fields)
{
    static const char *const secret[] = {
        "Authorization", "proxy-authorization",  "Cookie",       "Cookie2", "X-Api-Key",
        "x-apikey",      "PRIVATE-TOKEN",        "X-Auth-Token", "Api-Key", "X-Amz-Security-Token",
        "X-Session-Id",  "X-Client-Secret",      "X-Password",   "X-Auth",  "Ocp-Apim-Subscription-Key",
        "Signature",     "X-Ms-Credential-Info",
    };
    static const char *const plain[] = {
        "Accept", "Accept-Language", "User-Agent", "X-Custom", "X-GoogleUpdate-AppId",
        "MS-CV",  "Cache-Control",   "X",          "",
    };
    size_t i;

    for (i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
    {
        CASE(i);
        CHECK(http_field_is_secret(secret[i]));
    }
    for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
    {
        CASE(100 + i);
        CHECK(!http_field_is_secret(plain[i]));
    }
}

int main(void)
{
    RUN(every_pair);
    RUN(redirects);
    RUN(secret_fields);
    return unit_finish();
}
