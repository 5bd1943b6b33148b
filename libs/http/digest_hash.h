/*
 * MD5 and SHA-256, for HTTP Digest authentication.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 1321, FIPS 180-4. No clean-up is needed; results are bytes.
 */

#ifndef HTTP_DIGEST_HASH_H
#define HTTP_DIGEST_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_MD5_SIZE 16
#define HTTP_SHA256_SIZE 32

struct http_md5
{
    uint32_t state[4];
    uint64_t length;
    unsigned char block[64];
};

void http_md5_init(struct http_md5 *md5);
void http_md5_update(struct http_md5 *md5, const void *data, size_t len);
void http_md5_final(struct http_md5 *md5, unsigned char digest[HTTP_MD5_SIZE]);

struct http_sha256
{
    uint32_t state[8];
    uint64_t length;
    unsigned char block[64];
};

void http_sha256_init(struct http_sha256 *sha256);
void http_sha256_update(struct http_sha256 *sha256, const void *data, size_t len);
void http_sha256_final(struct http_sha256 *sha256, unsigned char digest[HTTP_SHA256_SIZE]);

#endif
