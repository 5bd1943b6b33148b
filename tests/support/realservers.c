/*
 * What a shell script has started for a test (servers.sh).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/realservers.h"
#include "wine/test.h"

const char *servers_directory(void)
{
    return getenv("WB_SERVERS");
}

/* A whole file with a NUL behind it, to be freed; NULL when it cannot be opened. Closes the file. */
static char *read_all(HANDLE file, DWORD *size)
{
    DWORD whole;
    char *data;

    *size = 0;
    if (file == INVALID_HANDLE_VALUE) return NULL;
    /* Asked once: a log may grow meanwhile. */
    whole = GetFileSize(file, NULL);
    if ((data = calloc(1, whole + 1))) ReadFile(file, data, whole, size, NULL);
    CloseHandle(file);
    return data;
}

char *servers_read_text(const char *name, DWORD *size)
{
    char path[MAX_PATH], *text;
    DWORD got;

    snprintf(path, sizeof(path), "%s%s", servers_directory(), name);
    text = read_all(CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL),
                    &got);
    ok(text != NULL, "%s cannot be read: error %lu", path, GetLastError());
    if (size) *size = got;
    return text;
}

void servers_check_file(const WCHAR *local, const char *name)
{
    DWORD expected_size = 0, size;
    char *expected = servers_read_text(name, &expected_size), *got;

    got = read_all(CreateFileW(local, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL), &size);
    ok(expected && got && size == expected_size && !memcmp(got, expected, size),
       "the file is not the server's, or not all of it: %lu bytes, expected %lu", size, expected_size);
    free(expected);
    free(got);
}

unsigned int servers_port(const char *server)
{
    unsigned int port = 0, found;
    char *text, *line, name[32];

    if (!(text = servers_read_text("servers.conf", NULL))) return 0;
    for (line = strtok(text, "\n"); line && !port; line = strtok(NULL, "\n"))
    {
        if (sscanf(line, "%31s %u", name, &found) == 2 && !strcmp(name, server)) port = found;
    }
    free(text);
    ok(port != 0, "there is no server %s", server);
    return port;
}
