/*
 * Unit tests of libs/http/auth_pure.h, base64.h and digest_hash.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "auth_pure.h"
#include "base64.h"
#include "digest_hash.h"

#include <stdlib.h>

/* The challenges of a field value written out: scheme[token68]{name=value;...} */
static void describe(const struct http_challenges *challenges, char *out, size_t size)
{
    const struct http_challenge *challenge;
    const struct http_auth_param *param;
    size_t used = 0;

    *out = 0;
    for (challenge = challenges->first; challenge; challenge = challenge->next)
    {
        used += snprintf(out + used, size - used, "%s", challenge->scheme);
        if (challenge->token68) used += snprintf(out + used, size - used, "[%s]", challenge->token68);
        used += snprintf(out + used, size - used, "{");
        for (param = challenge->params; param; param = param->next)
            used += snprintf(out + used, size - used, "%s=%s;", param->name, param->value);
        used += snprintf(out + used, size - used, "}");
    }
}

static void check(const char *value, enum http_parse_error want, const char *want_text)
{
    struct http_challenges challenges;
    char text[1000];

    http_challenges_init(&challenges);
    CHECK_INT(http_challenges_parse(&challenges, value, strlen(value)), want);
    describe(&challenges, text, sizeof(text));
    CHECK_STR(text, want_text);
    http_challenges_cleanup(&challenges);
}

/* RFC 9110 section 11.6.1 */
TEST(challenges)
{
    check("", HTTP_PARSE_OK, "");
    check(" , ,", HTTP_PARSE_OK, "");
    check("Negotiate", HTTP_PARSE_OK, "Negotiate{}");
    check("Negotiate, NTLM", HTTP_PARSE_OK, "Negotiate{}NTLM{}");
    check("Negotiate oRQwEg+/-._~==", HTTP_PARSE_OK, "Negotiate[oRQwEg+/-._~==]{}");
    check("NTLM TlRM , Basic realm=x", HTTP_PARSE_OK, "NTLM[TlRM]{}Basic{realm=x;}");
    check("Basic realm=\"a, \\\"b\\\" \\\\c\"", HTTP_PARSE_OK, "Basic{realm=a, \"b\" \\c;}");
    check("Basic realm = \"\" , charset=\"UTF-8\"", HTTP_PARSE_OK, "Basic{realm=;charset=UTF-8;}");
    check("Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"", HTTP_PARSE_OK,
          "Newauth{realm=apps;type=1;title=Login to \"apps\";}Basic{realm=simple;}");
    check("Digest realm=\"r\",nonce=\"n\",,qop=\"auth,auth-int\",Negotiate,NTLM", HTTP_PARSE_OK,
          "Digest{realm=r;nonce=n;qop=auth,auth-int;}Negotiate{}NTLM{}");
    check("Basic , Digest realm=x", HTTP_PARSE_OK, "Basic{}Digest{realm=x;}");
    check("Basic realm=\"x\", Broken \"", HTTP_PARSE_INVALID, "Basic{realm=x;}Broken{}");
    check("Basic realm=\"\xc3\xa9\"", HTTP_PARSE_OK, "Basic{realm=\xc3\xa9;}");
    check("NTLM, Basic realm=\"x", HTTP_PARSE_INVALID, "NTLM{}");
    check("NTLM, Basic realm=\"x\\", HTTP_PARSE_INVALID, "NTLM{}");
    check("NTLM, Basic realm=\"x\ny\"", HTTP_PARSE_INVALID, "NTLM{}");
    check("NTLM, Basic realm=\"x\\\ny\"", HTTP_PARSE_INVALID, "NTLM{}");
    check("NTLM, Basic realm=x y=z", HTTP_PARSE_INVALID, "NTLM{}");
    check("NTLM, Basic realm=,", HTTP_PARSE_OK, "NTLM{}Basic[realm=]{}");
    check("NTLM, Basic realm= ;", HTTP_PARSE_INVALID, "NTLM{}");
    check("\"x\"", HTTP_PARSE_INVALID, "");
    check("Basic=x", HTTP_PARSE_INVALID, "");
}

TEST(find)
{
    const char *value = "Digest realm=\"a\", nonce=1, NTLM, DIGEST realm=\"b\"", *more = "basic Realm=c";
    const struct http_challenge *challenge;
    struct http_challenges challenges;

    http_challenges_init(&challenges);
    CHECK_INT(http_challenges_parse(&challenges, value, strlen(value)), HTTP_PARSE_OK);
    CHECK_INT(http_challenges_parse(&challenges, more, strlen(more)), HTTP_PARSE_OK);
    CHECK_INT(challenges.count, 4);
    challenge = http_challenges_find(&challenges, "digest", NULL);
    CHECK_STR(http_challenge_param(challenge, "REALM"), "a");
    CHECK_STR(http_challenge_param(challenge, "qop"), NULL);
    challenge = http_challenges_find(&challenges, "digest", challenge);
    CHECK_STR(http_challenge_param(challenge, "realm"), "b");
    CHECK(!http_challenges_find(&challenges, "digest", challenge));
    CHECK_STR(http_challenge_param(http_challenges_find(&challenges, "Basic", NULL), "realm"), "c");
    CHECK(!http_challenges_find(&challenges, "Negotiate", NULL));
    http_challenges_cleanup(&challenges);
}

/* The result for start and count copies of piece. */
static enum http_parse_error many(const char *start, const char *piece, size_t count)
{
    size_t start_len = strlen(start), piece_len = strlen(piece), i;
    char *value = malloc(start_len + count * piece_len + 1);
    struct http_challenges challenges;
    enum http_parse_error error;

    memcpy(value, start, start_len);
    for (i = 0; i < count; i++) memcpy(value + start_len + i * piece_len, piece, piece_len);
    http_challenges_init(&challenges);
    error = http_challenges_parse(&challenges, value, start_len + count * piece_len);
    http_challenges_cleanup(&challenges);
    free(value);
    return error;
}

TEST(limits)
{
    CHECK_INT(many("", "Basic,", HTTP_CHALLENGES_MAX), HTTP_PARSE_OK);
    CHECK_INT(many("", "Basic,", HTTP_CHALLENGES_MAX + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("Basic ", "a=b,", HTTP_AUTH_PARAMS_MAX), HTTP_PARSE_OK);
    CHECK_INT(many("Basic ", "a=b,", HTTP_AUTH_PARAMS_MAX + 1), HTTP_PARSE_TOO_LARGE);
}

static void check_base64(const char *plain, const char *encoded)
{
    char *text = http_base64_encode(plain, strlen(plain));
    void *data;
    size_t len;

    CHECK_STR(text, encoded);
    free(text);
    CHECK_INT(http_base64_decode(encoded, strlen(encoded), &data, &len), HTTP_PARSE_OK);
    CHECK_STR(data, plain);
    CHECK_INT(len, strlen(plain));
    free(data);
}

/* RFC 4648 section 10 */
TEST(base64)
{
    static const char *const bad[] = {
        "Zg", "Zg=", "Zg===", "====", "Z===", "=g==", "Zh==", "Zm9=", "Zm8=Zg==", "Zm9v=", "Zm9 ", "Zm9-", "Zm9\n",
    };
    unsigned char all[256];
    size_t i, len;
    void *data;
    char *text;

    check_base64("", "");
    check_base64("f", "Zg==");
    check_base64("fo", "Zm8=");
    check_base64("foo", "Zm9v");
    check_base64("foob", "Zm9vYg==");
    check_base64("fooba", "Zm9vYmE=");
    check_base64("foobar", "Zm9vYmFy");
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        CHECK_INT(http_base64_decode(bad[i], strlen(bad[i]), &data, &len), HTTP_PARSE_INVALID);
        CHECK(!data && !len);
    }
    for (i = 0; i < sizeof(all); i++) all[i] = (unsigned char)(i * 167);
    for (i = 0; i <= sizeof(all); i++)
    {
        text = http_base64_encode(all, i);
        CHECK_INT(http_base64_decode(text, strlen(text), &data, &len), HTTP_PARSE_OK);
        CHECK(len == i && !memcmp(data, all, i));
        free(data);
        free(text);
    }
}

static void hex(const unsigned char *bytes, size_t len, char *text)
{
    for (; len--; bytes++, text += 2) sprintf(text, "%02x", *bytes);
}

/* Hashes text in pieces of every size up to the whole. */
static void check_hashes(const char *text, const char *md5_want, const char *sha256_want)
{
    size_t piece, at, len = strlen(text);
    unsigned char digest[HTTP_SHA256_SIZE];
    struct http_sha256 sha256;
    struct http_md5 md5;
    char got[65];

    for (piece = 1; piece <= len + 1; piece++)
    {
        http_md5_init(&md5);
        http_sha256_init(&sha256);
        for (at = 0; at < len; at += piece)
        {
            size_t part = len - at < piece ? len - at : piece;

            http_md5_update(&md5, text + at, part);
            http_sha256_update(&sha256, text + at, part);
        }
        http_md5_final(&md5, digest);
        hex(digest, HTTP_MD5_SIZE, got);
        CHECK_STR(got, md5_want);
        http_sha256_final(&sha256, digest);
        hex(digest, HTTP_SHA256_SIZE, got);
        CHECK_STR(got, sha256_want);
    }
}

/* RFC 1321 appendix A.5; FIPS 180-4 examples; lengths around the block size. */
TEST(hashes)
{
    check_hashes("", "d41d8cd98f00b204e9800998ecf8427e",
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hashes("a", "0cc175b9c0f1b6a831c399e269772661",
                 "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    check_hashes("abc", "900150983cd24fb0d6963f7d28e17f72",
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hashes("message digest", "f96b697d7cb7938d525a2f31aaf161d0",
                 "f7846f55cf23e14eebeab5b4e1550cad5b509e3348fbc4efa3a1413d393cb650");
    check_hashes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_hashes("0123456789012345678901234567890123456789012345678901234", "6e7a4fc92eb1c3f6e652425bcc8d44b5",
                 "f34d5a0f80c0cbf84c8c0b90218c22637abd199965249da736a20143c8c9c9d9");
    check_hashes("01234567890123456789012345678901234567890123456789012345", "8af270b2847610e742b0791b53648c09",
                 "83aa034bda83e458a0dc9cbce0d4e354716aa0ff770ed37ac0ed2b292052e4af");
    check_hashes("012345678901234567890123456789012345678901234567890123456789012", "c5e256437e758092dbfe06283e489019",
                 "074f6e9ac301d5d1b6df6f1dfb8c6f89c187ea945d352ce6a29279a9c630680b");
    check_hashes("0123456789012345678901234567890123456789012345678901234567890123", "7f7bfd348709deeaace19e3f535f8c54",
                 "9674d9e078535b7cec43284387a6ee39956188e735a85452b0050b55341cda56");
    check_hashes("01234567890123456789012345678901234567890123456789012345678901234",
                 "beb9f48bc802ca5ca043bcc15e219a5a",
                 "52774b57c10e45040a61c14d35c1c8ebefe880082313aa0a21ebb077734cd067");
    check_hashes("01234567890123456789012345678901234567890123456789012345678901234567890123456789"
                 "012345678901234567890123456789012345678",
                 "42eec8502cb0ed8f0d05aa5a24463b6a",
                 "d0cb70d05ff14123f114c0cca360c62077379cf1ac90e1bfafa9e9e4d827596a");
    check_hashes("01234567890123456789012345678901234567890123456789012345678901234567890123456789"
                 "0123456789012345678901234567890123456789",
                 "71877a6051c58e0e9246babc177ca5f2",
                 "08642f0525963875af954100280fe3009293fa7e19c273444f31464c9b089243");
    check_hashes("01234567890123456789012345678901234567890123456789012345678901234567890123456789"
                 "012345678901234567890123456789012345678901234567",
                 "1f7d0dad0e987e87a084268b8aaaf77b",
                 "916e19992e7f9b1e8d9267c3324616dac8f4199419c6e4ebf68fda985f4b64ea");
}

static void check_basic(const char *user, const char *password, enum http_parse_error want, const char *want_value)
{
    char *value;

    CHECK_INT(http_basic_credentials(user, password, &value), want);
    CHECK_STR(value, want_value);
    free(value);
}

/* RFC 7617 */
TEST(basic)
{
    check_basic("Aladdin", "open sesame", HTTP_PARSE_OK, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    check_basic("test", "123\xc2\xa3", HTTP_PARSE_OK, "Basic dGVzdDoxMjPCow==");
    check_basic("", "", HTTP_PARSE_OK, "Basic Og==");
    check_basic("u", "a:b", HTTP_PARSE_OK, "Basic dTphOmI=");
    check_basic("a:b", "c", HTTP_PARSE_INVALID, NULL);
    check_basic("a\n", "c", HTTP_PARSE_INVALID, NULL);
    check_basic("a", "c\r", HTTP_PARSE_INVALID, NULL);
}

static enum http_parse_error take_challenge(struct http_digest *digest, const char *value)
{
    struct http_challenges challenges;
    enum http_parse_error error;

    http_challenges_init(&challenges);
    CHECK_INT(http_challenges_parse(&challenges, value, strlen(value)), HTTP_PARSE_OK);
    error = http_digest_challenge(digest, challenges.first);
    CHECK_INT(http_digest_supported(challenges.first), !error);
    http_challenges_cleanup(&challenges);
    return error;
}

static void check_digest(struct http_digest *digest, const char *user, const char *password, const char *cnonce,
                         const char *want)
{
    char *value;

    CHECK_INT(http_digest_credentials(digest, "GET", "/dir/index.html", user, password, cnonce, &value), HTTP_PARSE_OK);
    CHECK_STR(value, want);
    free(value);
}

/* RFC 2617 section 3.5 */
TEST(digest_rfc2617)
{
    struct http_digest digest;

    http_digest_init(&digest);
    CHECK_INT(take_challenge(&digest, "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
                                      "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
                                      "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""),
              HTTP_PARSE_OK);
    check_digest(&digest, "Mufasa", "Circle Of Life", "0a4f113b",
                 "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
                 "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
                 "response=\"6629fae49393a05397450978507c4ef1\", "
                 "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", "
                 "qop=auth, nc=00000001, cnonce=\"0a4f113b\"");
    CHECK_INT(digest.count, 1);
    http_digest_cleanup(&digest);
}

/* RFC 7616 section 3.9.1 */
TEST(digest_rfc7616)
{
    static const char cnonce[] = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    static const char rest[] = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
                               "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
                               "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    static const struct
    {
        const char *algorithm, *response;
    } cases[] = {
        {"MD5", "8ca523f5e9506fed4657c9700eebdbec"},
        {"SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
    };
    struct http_digest digest;
    char text[1000];
    size_t i;

    http_digest_init(&digest);
    for (i = 0; i < 2; i++)
    {
        snprintf(text, sizeof(text), "Digest algorithm=%s, %s", cases[i].algorithm, rest);
        CHECK_INT(take_challenge(&digest, text), HTTP_PARSE_OK);
        digest.count = 0;
        snprintf(text, sizeof(text),
                 "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
                 "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
                 "uri=\"/dir/index.html\", algorithm=%s, "
                 "response=\"%s\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", "
                 "qop=auth, nc=00000001, "
                 "cnonce=\"%s\"",
                 cases[i].algorithm, cases[i].response, cnonce);
        check_digest(&digest, "Mufasa", "Circle of Life", cnonce, text);
    }
    http_digest_cleanup(&digest);
}

/* Responses computed with another implementation of the formulas. */
TEST(digest_forms)
{
    struct http_digest digest;

    http_digest_init(&digest);
    CHECK_INT(take_challenge(&digest, "Digest realm=\"r\\\"s\", nonce=\"n\", stale=TRUE"), HTTP_PARSE_OK);
    CHECK(digest.stale && !digest.qop_auth && !digest.utf8);
    check_digest(&digest, "u\\v", "p", "c",
                 "Digest username=\"u\\\\v\", realm=\"r\\\"s\", nonce=\"n\", "
                 "uri=\"/dir/index.html\", response=\"1890e315ad2f7ed733ed4b5aaf0cee16\"");

    CHECK_INT(take_challenge(&digest, "Digest realm=\"r\", nonce=\"m\", algorithm=\"md5-SESS\", qop=auth, "
                                      "charset=utf-8, userhash=true"),
              HTTP_PARSE_OK);
    CHECK(digest.utf8 && digest.qop_auth && !digest.stale);
    check_digest(&digest, "u", "p", "c1",
                 "Digest username=\"u\", realm=\"r\", nonce=\"m\", uri=\"/dir/index.html\", "
                 "algorithm=md5-SESS, response=\"288875fcfcc08ce859a818017ff3ea79\", "
                 "qop=auth, nc=00000001, cnonce=\"c1\"");
    check_digest(&digest, "u", "p", "c2",
                 "Digest username=\"u\", realm=\"r\", nonce=\"m\", uri=\"/dir/index.html\", "
                 "algorithm=md5-SESS, response=\"222f8e031ad52a00152cf5fbcd56ea7a\", "
                 "qop=auth, nc=00000002, cnonce=\"c1\"");

    CHECK_INT(take_challenge(&digest, "Digest realm=\"r\", nonce=\"k\", algorithm=SHA-256-sess"), HTTP_PARSE_OK);
    check_digest(&digest, "u", "p", "c3",
                 "Digest username=\"u\", realm=\"r\", nonce=\"k\", uri=\"/dir/index.html\", "
                 "algorithm=SHA-256-sess, "
                 "response=\"eeca6c63bc4232bcb7f6676d9587c9116b098646c9ea5a897584fdf1ab2edd73\", "
                 "cnonce=\"c3\"");
    http_digest_cleanup(&digest);
}

TEST(digest_refused)
{
    struct http_digest digest;
    char *value;

    http_digest_init(&digest);
    CHECK_INT(http_digest_credentials(&digest, "GET", "/", "u", "p", "c", &value), HTTP_PARSE_INVALID);
    CHECK_INT(http_digest_authentication_info(&digest, "nextnonce=\"x\""), HTTP_PARSE_OK);
    CHECK(!digest.nonce);
    CHECK_INT(take_challenge(&digest, "Basic realm=r, nonce=n"), HTTP_PARSE_INVALID);
    CHECK_INT(take_challenge(&digest, "Digest realm=r"), HTTP_PARSE_INVALID);
    CHECK_INT(take_challenge(&digest, "Digest nonce=n"), HTTP_PARSE_INVALID);
    CHECK_INT(take_challenge(&digest, "Digest realm=r, nonce=n"), HTTP_PARSE_OK);
    CHECK_INT(take_challenge(&digest, "Digest realm=r, nonce=o, algorithm=SHA-512-256"), HTTP_PARSE_UNSUPPORTED);
    CHECK_INT(take_challenge(&digest, "Digest realm=r, nonce=o, qop=auth-int"), HTTP_PARSE_UNSUPPORTED);
    CHECK_STR(digest.nonce, "n");
    CHECK_INT(http_digest_credentials(&digest, "GET", "/", "u\n", "p", "c", &value), HTTP_PARSE_INVALID);
    CHECK_INT(http_digest_credentials(&digest, "GET", "/\r", "u", "p", "c", &value), HTTP_PARSE_INVALID);
    CHECK_INT(http_digest_credentials(&digest, "GET", "/", "u", "p", "\x01", &value), HTTP_PARSE_INVALID);
    CHECK_STR(value, NULL);
    CHECK_INT(digest.count, 0);
    http_digest_cleanup(&digest);
}

TEST(digest_nonces)
{
    struct http_digest digest;
    char *value;
    int i;

    http_digest_init(&digest);
    CHECK_INT(take_challenge(&digest, "Digest realm=r, nonce=n, qop=auth, opaque=o, algorithm=MD5-sess"),
              HTTP_PARSE_OK);
    for (i = 1; i <= 17; i++)
    {
        CHECK_INT(http_digest_credentials(&digest, "GET", "/", "u", "p", "c", &value), HTTP_PARSE_OK);
        CHECK_INT(strstr(value, "nc=00000011") != NULL, i == 17);
        free(value);
    }
    CHECK_INT(take_challenge(&digest, "Digest realm=r, nonce=n, qop=auth, opaque=o, algorithm=MD5-sess"),
              HTTP_PARSE_OK);
    CHECK_INT(digest.count, 17);
    CHECK_STR(digest.session_cnonce, "c");
    CHECK_INT(http_digest_authentication_info(&digest, "qop=auth, nextnonce=\"n\""), HTTP_PARSE_OK);
    CHECK_INT(digest.count, 17);
    for (i = 0; i < 1000; i++)
    {
        CHECK_INT(http_digest_authentication_info(&digest, i % 2 ? "nextnonce=x" : "rspauth=\"0\", nextnonce=\"y\""),
                  HTTP_PARSE_OK);
        CHECK_STR(digest.nonce, i % 2 ? "x" : "y");
    }
    CHECK_INT(digest.count, 0);
    CHECK_STR(digest.session_cnonce, NULL);
    CHECK_STR(digest.realm, "r");
    CHECK_STR(digest.opaque, "o");
    CHECK_INT(http_digest_authentication_info(&digest, "nextnonce=\"z"), HTTP_PARSE_OK);
    CHECK_INT(http_digest_authentication_info(&digest, ""), HTTP_PARSE_OK);
    CHECK_STR(digest.nonce, "x");
    CHECK_INT(take_challenge(&digest, "Digest realm=s, nonce=m"), HTTP_PARSE_OK);
    CHECK_STR(digest.opaque, NULL);
    http_digest_cleanup(&digest);
}

int main(void)
{
    RUN(challenges);
    RUN(find);
    RUN(limits);
    RUN(base64);
    RUN(hashes);
    RUN(basic);
    RUN(digest_rfc2617);
    RUN(digest_rfc7616);
    RUN(digest_forms);
    RUN(digest_refused);
    RUN(digest_nonces);
    return unit_finish();
}
