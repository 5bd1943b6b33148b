/*
 * Faults of the engine that are known and not yet mended: found, counted and printed, but no failure of the test.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each entry goes when its fault does: one that is not found any more makes a sweep of all numbers fail.
 */

#ifndef TESTS_ENGINE_KNOWN_H
#define TESTS_ENGINE_KNOWN_H

struct known
{
    const char *story, *kind; /* NULL: any */
    const char *text;         /* that the message contains */
    const char *what;
};

static const struct known known_faults[] = {
    {"properties", "crypt", "and the job has changed: \"string 7: X-Secret",
     "what cannot be decrypted after a restart is not there until it can be; the store keeps it"},
    {NULL, NULL, NULL, NULL},
};

#endif
