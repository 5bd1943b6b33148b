/*
 * The parts of the test of real clients.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_CLIENTS_CLIENTS_H
#define WINE_BITS_TESTS_CLIENTS_CLIENTS_H

#include <windows.h>

/* sequences.c: what must work, whoever does it. */
void test_sequences(void);

/* programs.c: known programs, re-enacted. */
void test_programs(void);

/* Another process of this test; TRUE if this is one. */
BOOL sequences_child(int argc, char **argv);
BOOL programs_child(int argc, char **argv);

#endif
