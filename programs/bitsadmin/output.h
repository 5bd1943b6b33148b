/*
 * What bitsadmin prints, on a console or into a file or pipe.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Formats are those of msvcrt's wide printf: %ls is a WCHAR text, %hs an ASCII one.
 */

#ifndef BITSADMIN_OUTPUT_H
#define BITSADMIN_OUTPUT_H

#include <stdbool.h>
#include <stdarg.h>
#include <windows.h>

/* Find out what standard output is.  To be called first. */
void output_init(void);

/* Cut lines at the right edge of the console instead of letting them go on in the next row.  A file or pipe
 * has no edge: there all lines are whole. */
void output_cut_lines(bool cut);

/* Is standard output a console? */
bool output_is_console(void);

/* Has some of the output been lost, because nobody reads the pipe or the disk is full? */
bool output_is_lost(void);

void print(const WCHAR *format, ...);
void print_args(const WCHAR *format, va_list args);

/* Format into a text for free(). */
WCHAR *format_text(const WCHAR *format, va_list args);

/* Write lines over those of the call before, each cut to one row.  *drawn says whether there was a call
 * before, and is set.  Does nothing where there is no console. */
void output_redraw(const WCHAR *const *lines, unsigned int count, bool *drawn);

/* Empty the console, and go on at its top.  Does nothing where there is no console. */
void output_clear(void);

/* End the program, saying that there is no memory. */
__attribute__((noreturn)) void out_of_memory(void);

/* malloc that ends the program where there is no memory. */
void *allocate(size_t size);

/* From now on Ctrl+C sets this event instead of ending the program. */
HANDLE watch_interrupt(void);

#endif
