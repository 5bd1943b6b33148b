/*
 * The parts of the conformance kit's runner.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_KIT_H
#define WINE_BITS_KIT_H

#include <windows.h>
#include <stdio.h>

#ifdef _WIN64
#define KIT_ARCH "x86_64"
#else
#define KIT_ARCH "i386"
#endif

/* --- jobs.c: what the tests leave in the queue of BITS --------------------------------------------- */

/* Remember the jobs that are there already. They stay as they are. */
void jobs_remember(void);

/*
 * Cancel the jobs that the tests have left: new ones that carry a mark of our tests, or have no file and are
 * some seconds old. Returns how many.
 */
unsigned int jobs_cancel_left(void);

/* --- record.c: what the tests found ----------------------------------------------------------------- */

struct record_counts
{
    unsigned int checks; /* places in the source, with their contexts, that were reached */
    unsigned int failed;
    unsigned int skipped;
};

/*
 * Read the files that the processes of a test wrote into a directory (WINETEST_RECORD in wine/test.h), remove
 * them, and write one line for each check to a stream. What names the user or the machine is replaced.
 */
void record_write(const char *directory, const char *test, FILE *out, struct record_counts *counts);

/*
 * The same for what the questions found (tests/kit/questions): a line of the test "rule" for each answer. Returns how
 * many there are.
 */
unsigned int record_answers(const char *directory, FILE *out);

#endif
