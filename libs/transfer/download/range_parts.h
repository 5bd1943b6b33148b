/*
 * Several ranges of a file in one answer: multipart/byteranges that must be what was asked for (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_RANGE_PARTS_H
#define WINE_BITS_TRANSFER_DOWNLOAD_RANGE_PARTS_H

#include "http/multipart.h"
#include "transfer/jobs/rangeset.h"

/* Ranges in one request: in the first one, which Apache takes as many of unless it is told otherwise; in those after
 * one that a server has answered; and the bytes of a line that all servers take. */
#define PARTS_FIRST 200
#define PARTS_MAX 512
#define PARTS_LINE_MAX 7600

#define PARTS_SIZE_UNKNOWN UINT64_MAX

enum parts_event
{
    PARTS_MORE,    /* all input was used */
    PARTS_DATA,    /* bytes of the file, in the order of the ranges: *payload, *payload_size */
    PARTS_END,     /* all ranges are there; the rest of the body does not matter */
    PARTS_OTHER,   /* not what was asked for: ask for one range at a time (B-440) */
    PARTS_MERGED,  /* the server has made one of several ranges (B-457) */
    PARTS_RESIZED, /* parts of a file of another size */
    PARTS_NO_MEMORY,
};

struct parts
{
    const struct file_range *ranges; /* asked for; belong to the caller */
    size_t count;
    uint64_t size; /* of the whole file; PARTS_SIZE_UNKNOWN until a part tells it */
    size_t done;   /* ranges that are there */
    struct http_multipart multipart;
};

/* False: content_type is no multipart/byteranges. */
bool parts_init(struct parts *parts, const char *content_type, const struct file_range *ranges, size_t count,
                uint64_t size);
void parts_cleanup(struct parts *parts);

/* Look at the next bytes of the body up to an event; *consumed of them are dealt with.  *payload is valid
 * until the next call. */
enum parts_event parts_next(struct parts *parts, const char *data, size_t size, size_t *consumed, const char **payload,
                            size_t *payload_size);

/* The value of a Range field for the first of these ranges, as many as there is room for in size bytes with the NUL;
 * *count becomes their number. */
void parts_format(const struct file_range *ranges, size_t *count, char *text, size_t size);

/* Whether an answer with one range from first to last has made one of the ranges asked for. */
bool parts_are_merged(const struct file_range *ranges, size_t count, uint64_t first, uint64_t last);

#endif
