/*
 * What a shell script has started for a test (servers.sh): its directory, and the ports in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_REALSERVERS_H
#define WINE_BITS_TESTS_REALSERVERS_H

#include <windows.h>

/* The directory of the environment variable WB_SERVERS, with a backslash at its end; NULL: there are no servers. */
const char *servers_directory(void);
/* A text file of the directory, ended by NUL, to be freed; size may be NULL. NULL after a failed test. */
char *servers_read_text(const char *name, DWORD *size);
/* Test that a local file is the same as one of the directory. */
void servers_check_file(const WCHAR *local, const char *name);
/* Port of a server; 0 after a failed test. */
unsigned int servers_port(const char *server);

#endif
