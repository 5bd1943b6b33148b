/*
 * Fuzzer of libs/http/auth_pure.h and base64.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "auth_pure.h"
#include "base64.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(struct http_digest *digest, const struct http_challenge *challenge)
{
    enum http_parse_error error;
    char *value, *c;

    if ((error = http_digest_challenge(digest, challenge)))
    {
        if (http_digest_supported(challenge)) abort();
        return;
    }
    error = http_digest_credentials(digest, "GET", "/", "user", "password", "cnonce", &value);
    if (error) abort();
    for (c = value; *c; c++)
    {
        if (*c == '\r' || *c == '\n') abort();
    }
    free(value);
}

static void check_base64(const char *text, size_t len)
{
    char *again;
    size_t size;
    void *bytes;

    if (http_base64_decode(text, len, &bytes, &size)) return;
    again = http_base64_encode(bytes, size);
    if (strlen(again) != len || memcmp(again, text, len)) abort();
    free(again);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct http_challenge *challenge;
    struct http_challenges challenges;
    struct http_digest digest;
    char *text = malloc(size + 1), *value;

    memcpy(text, data, size);
    text[size] = 0;
    http_challenges_init(&challenges);
    http_digest_init(&digest);
    http_challenges_parse(&challenges, (const char *)data, size);
    for (challenge = challenges.first; challenge; challenge = challenge->next) answer(&digest, challenge);
    if (http_digest_authentication_info(&digest, text)) abort();
    if (!http_basic_credentials(text, "password", &value)) free(value);
    check_base64((const char *)data, size);
    http_challenges_cleanup(&challenges);
    http_digest_cleanup(&digest);
    free(text);
    return 0;
}
