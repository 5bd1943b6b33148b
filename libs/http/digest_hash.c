/*
 * MD5 and SHA-256, for HTTP Digest authentication.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Written from RFC 1321 and FIPS 180-4.
 */

#include "digest_hash.h"

#include <string.h>

static uint32_t rotate_left(uint32_t value, unsigned int bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t rotate_right(uint32_t value, unsigned int bits)
{
    return value >> bits | value << (32 - bits);
}

/* Floor of 2^32 times the absolute sine of i+1 radians. */
static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const unsigned char md5_shifts[4][4] = {
    {7, 12, 17, 22},
    {5, 9, 14, 20},
    {4, 11, 16, 23},
    {6, 10, 15, 21},
};

/* Value of the round function, and the index of the message word, for step i. */
static uint32_t md5_step(unsigned int i, uint32_t b, uint32_t c, uint32_t d, unsigned int *word)
{
    switch (i / 16)
    {
    case 0: *word = i; return (b & c) | (~b & d);
    case 1: *word = (5 * i + 1) % 16; return (b & d) | (c & ~d);
    case 2: *word = (3 * i + 5) % 16; return b ^ c ^ d;
    default: *word = 7 * i % 16; return c ^ (b | ~d);
    }
}

static void md5_transform(struct http_md5 *md5)
{
    uint32_t a = md5->state[0], b = md5->state[1], c = md5->state[2], d = md5->state[3], words[16];
    unsigned int i;

    for (i = 0; i < 16; i++)
    {
        const unsigned char *bytes = md5->block + 4 * i;

        words[i] = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    }
    for (i = 0; i < 64; i++)
    {
        unsigned int word;
        uint32_t sum = a + md5_step(i, b, c, d, &word) + md5_sines[i];

        sum += words[word];
        a = d;
        d = c;
        c = b;
        b += rotate_left(sum, md5_shifts[i / 16][i % 4]);
    }
    md5->state[0] += a;
    md5->state[1] += b;
    md5->state[2] += c;
    md5->state[3] += d;
}

void http_md5_init(struct http_md5 *md5)
{
    static const uint32_t start[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

    memcpy(md5->state, start, sizeof(start));
    md5->length = 0;
}

void http_md5_update(struct http_md5 *md5, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    while (len)
    {
        size_t filled = md5->length % sizeof(md5->block), part = sizeof(md5->block) - filled;

        if (part > len) part = len;
        memcpy(md5->block + filled, bytes, part);
        md5->length += part;
        bytes += part;
        len -= part;
        if (filled + part == sizeof(md5->block)) md5_transform(md5);
    }
}

void http_md5_final(struct http_md5 *md5, unsigned char digest[HTTP_MD5_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    uint64_t bits = md5->length * 8;
    unsigned char tail[8];
    unsigned int i;

    for (i = 0; i < 8; i++) tail[i] = (unsigned char)(bits >> 8 * i);
    http_md5_update(md5, padding, 1 + (119 - md5->length % 64) % 64);
    http_md5_update(md5, tail, sizeof(tail));
    for (i = 0; i < HTTP_MD5_SIZE; i++) digest[i] = (unsigned char)(md5->state[i / 4] >> 8 * (i % 4));
}

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t sha256_roots[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_schedule(const unsigned char *block, uint32_t words[64])
{
    unsigned int i;

    for (i = 0; i < 16; i++)
    {
        const unsigned char *bytes = block + 4 * i;

        words[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    }
    for (i = 16; i < 64; i++)
    {
        uint32_t x = words[i - 15], y = words[i - 2];

        words[i] = words[i - 16] + words[i - 7];
        words[i] += rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
        words[i] += rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10;
    }
}

static void sha256_transform(struct http_sha256 *sha256)
{
    uint32_t words[64], v[8];
    unsigned int i;

    sha256_schedule(sha256->block, words);
    memcpy(v, sha256->state, sizeof(v));
    for (i = 0; i < 64; i++)
    {
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t first = v[7] + choice + sha256_roots[i] + words[i];

        first += rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
        majority += rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += first;
        v[0] = first + majority;
    }
    for (i = 0; i < 8; i++) sha256->state[i] += v[i];
}

void http_sha256_init(struct http_sha256 *sha256)
{
    static const uint32_t start[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };

    memcpy(sha256->state, start, sizeof(start));
    sha256->length = 0;
}

void http_sha256_update(struct http_sha256 *sha256, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    while (len)
    {
        size_t filled = sha256->length % sizeof(sha256->block), part = sizeof(sha256->block) - filled;

        if (part > len) part = len;
        memcpy(sha256->block + filled, bytes, part);
        sha256->length += part;
        bytes += part;
        len -= part;
        if (filled + part == sizeof(sha256->block)) sha256_transform(sha256);
    }
}

void http_sha256_final(struct http_sha256 *sha256, unsigned char digest[HTTP_SHA256_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    uint64_t bits = sha256->length * 8;
    unsigned char tail[8];
    unsigned int i;

    for (i = 0; i < 8; i++) tail[i] = (unsigned char)(bits >> (56 - 8 * i));
    http_sha256_update(sha256, padding, 1 + (119 - sha256->length % 64) % 64);
    http_sha256_update(sha256, tail, sizeof(tail));
    for (i = 0; i < HTTP_SHA256_SIZE; i++) digest[i] = (unsigned char)(sha256->state[i / 4] >> (24 - 8 * (i % 4)));
}
