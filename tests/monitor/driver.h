/*
 * Driving the window of wine-bits-monitor from another program.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef MONITOR_DRIVER_H
#define MONITOR_DRIVER_H

#include <winsock2.h>
#include <windows.h>
#include <commctrl.h>

/* --- remote.c: the window of another process ----------------------------------------------------- */

struct monitor
{
    HANDLE process;
    HWND window, list;
    HMODULE module; /* the program as data: its texts */
    BYTE *memory;   /* in its process, for list view messages */
};

/* Start the program and wait for its window; FALSE after a failed test. */
BOOL monitor_start(struct monitor *monitor, const WCHAR *program);
/* Close it with its own command, and check that it ends; the window may be gone already. */
void monitor_stop(struct monitor *monitor);
/* A text of the program in the language in which it runs, in memory that stays. */
const WCHAR *monitor_text(struct monitor *monitor, UINT id);
/* Number of rows. */
int monitor_rows(struct monitor *monitor);
/* The text of a cell, into a buffer; returns the buffer. */
WCHAR *monitor_cell(struct monitor *monitor, int row, int column, WCHAR *buffer, int size);
/* The row whose first cell is name; -1 if there is none. */
int monitor_find(struct monitor *monitor, const WCHAR *name);
/* Select this row alone; FALSE after a failed test. */
BOOL monitor_select(struct monitor *monitor, const WCHAR *name);
/* A command of the menu, for the selected row. Does not wait. */
void monitor_command(struct monitor *monitor, UINT command);
/* Answer the message box that the program shows: IDYES ...; FALSE after a failed test. */
BOOL monitor_answer(struct monitor *monitor, int button, WCHAR *text, int size);
/* The text of a child window. */
WCHAR *monitor_child_text(struct monitor *monitor, int id, WCHAR *buffer, int size);

/* --- languages.c ---------------------------------------------------------------------------------- */

/* Every language has every text, with the same insertions as the English one. */
void test_languages(HMODULE module);

#endif
