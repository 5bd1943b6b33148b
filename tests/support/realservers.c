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

char *servers_read_text(const char *name, DWORD *size)
{
    char path[MAX_PATH], *text = NULL;
    DWORD got = 0;
    HANDLE file;

    snprintf(path, sizeof(path), "%s%s", servers_directory(), name);
    file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (!ok(file != INVALID_HANDLE_VALUE, "%s cannot be read: error %lu", path, GetLastError()))
        return NULL;
    if ((text = calloc(1, GetFileSize(file, NULL) + 1)))
        ReadFile(file, text, GetFileSize(file, NULL), &got, NULL);
    CloseHandle(file);
    if (size)
        *size = got;
    return text;
}

unsigned int servers_port(const char *server)
{
    unsigned int port = 0, found;
    char *text, *line, name[32];

    if (!(text = servers_read_text("servers.conf", NULL)))
        return 0;
    for (line = strtok(text, "\n"); line && !port; line = strtok(NULL, "\n"))
    {
        if (sscanf(line, "%31s %u", name, &found) == 2 && !strcmp(name, server))
            port = found;
    }
    free(text);
    ok(port != 0, "there is no server %s", server);
    return port;
}
