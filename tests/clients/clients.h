/*
 * The parts of the test of real clients.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_CLIENTS_CLIENTS_H
#define WINE_BITS_TESTS_CLIENTS_CLIENTS_H

#include <windows.h>

/* sequences.c: what must work, whoever does it. */
void test_sequences(void);

/* Known programs, re-enacted: their settings, their order of calls, what they check, from their apartment.
 * C5 and C6 use the other interfaces of Delivery Optimization and are tested with those. */
void test_updaters(void); /* updaters.c: C1 to C4 */
void test_samples(void);  /* samples.c: C7 to C12 */
void test_scripts(void);  /* scripts.c: C13 to C18 */

/* Another process of the sequences; TRUE if this is one. */
BOOL sequences_child(int argc, char **argv);

#endif
