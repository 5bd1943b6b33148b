/*
 * Checking what comes against a piece hash file (D-371 to D-379).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bytes are collected until a piece is complete, and handed on when it is what it should be: nothing
 * unchecked reaches a file or a stream.
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_INTEGRITY_H
#define WINE_BITS_TRANSFER_DOWNLOAD_INTEGRITY_H

#include "transfer/jobs/queue.h"
#include "transfer/download/piecehash.h"

struct integrity
{
    BOOL active; /* else everything is taken as it comes */
    BOOL mandatory;
    struct piece_hashes pieces;
    BYTE *piece; /* the bytes of the present one */
    size_t filled;
    unsigned int tries; /* of it that were bad */
};

/* Get the hashes for file, whose transfer run is, in a structure that is all zero; options are those of the
 * transfer. FALSE, and *failure set: it must not be transferred without them. */
BOOL integrity_begin(struct integrity *integrity, struct run *run, struct file *file, const char *url,
                     const struct http_options *options, struct transfer_failure *failure);
void integrity_cleanup(struct integrity *integrity);

enum integrity_result
{
    INTEGRITY_MORE, /* everything was taken, the piece is not complete */
    /* integrity->piece has one of integrity->filled bytes, to be handed on */
    INTEGRITY_PIECE,
    INTEGRITY_AGAIN, /* it was bad: fetch it once more */
    INTEGRITY_BAD,   /* and it does not become better: TRANSFER_E_BAD_PIECE */
    INTEGRITY_OTHER, /* the hashes are of a file of another length */
};

/* Take of *data, of which *size bytes are left; offset: where the present piece begins; total: the length of
 * the file. */
enum integrity_result integrity_take(struct integrity *integrity, uint64_t offset, uint64_t total, const BYTE **data,
                                     size_t *size);

/* What comes now begins a piece: the last one was handed on, or it is fetched anew. */
void integrity_restart(struct integrity *integrity);

#endif
