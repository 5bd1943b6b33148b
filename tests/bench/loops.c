/*
 * What the same transfer costs without a service: a loop on Winsock and one on WinHTTP, from the connection
 * to the closed file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"
#include <winhttp.h>
#include "wine/test.h"

static HANDLE create_file(void)
{
    WCHAR path[MAX_PATH];
    HANDLE file;

    file = CreateFileW(numbered(option("file", ""), 0, path, ARRAYSIZE(path)), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                       FILE_ATTRIBUTE_NORMAL, NULL);
    ok(file != INVALID_HANDLE_VALUE, "the file cannot be created: error %lu", GetLastError());
    return file;
}

static BOOL write_file(HANDLE file, const char *data, DWORD size)
{
    DWORD written;

    return WriteFile(file, data, size, &written, NULL) && written == size;
}

static void report(double start, ULONGLONG bytes)
{
    result("total_ms", now_ms() - start);
    result("bytes", (double)bytes);
}

/* --- Winsock -------------------------------------------------------------------------- */

static SOCKET open_connection(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    WSADATA data;
    SOCKET server;

    WSAStartup(MAKEWORD(2, 2), &data);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(option_number("port", 80));
    server = socket(AF_INET, SOCK_STREAM, 0);
    ok(!connect(server, (struct sockaddr *)&address, sizeof(address)), "no connection: error %d", WSAGetLastError());
    return server;
}

/* Read until the server closes, into file, without the header. */
static ULONGLONG receive_all(SOCKET server, HANDLE file, char *buffer, int size)
{
    ULONGLONG total = 0;
    BOOL in_body = FALSE;
    int used = 0, got;

    while ((got = recv(server, buffer + used, size - used, 0)) > 0)
    {
        char *data = buffer, *end;

        used += got;
        if (!in_body)
        {
            buffer[used] = 0;
            if (!(end = strstr(buffer, "\r\n\r\n"))) continue;
            in_body = TRUE;
            data = end + 4;
        }
        used -= data - buffer;
        if (!ok(write_file(file, data, used), "the file cannot be written: error %lu", GetLastError())) break;
        total += used;
        used = 0;
    }
    return total;
}

void measure_winsock(void)
{
    int block = option_number("block", 1024 * 1024), size;
    char *buffer = malloc(block + 1), request[512];
    double start = now_ms();
    HANDLE file = create_file();
    SOCKET server = open_connection();
    ULONGLONG total;

    size = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                    option("path", "/"));
    send(server, request, size, 0);
    total = receive_all(server, file, buffer, block);
    closesocket(server);
    CloseHandle(file);
    report(start, total);
    free(buffer);
}

/* --- WinHTTP --------------------------------------------------------------------------- */

static HINTERNET send_request(HINTERNET connection)
{
    DWORD insecure = SECURITY_FLAG_IGNORE_UNKNOWN_CA | SECURITY_FLAG_IGNORE_CERT_CN_INVALID;
    BOOL secure = option_number("secure", 0) != 0;
    WCHAR path[MAX_PATH];
    HINTERNET request;

    request = WinHttpOpenRequest(connection, L"GET", numbered(option("path", "/"), 0, path, ARRAYSIZE(path)), NULL,
                                 NULL, NULL, secure ? WINHTTP_FLAG_SECURE : 0);
    if (secure) WinHttpSetOption(request, WINHTTP_OPTION_SECURITY_FLAGS, &insecure, sizeof(insecure));
    ok(request && WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) && WinHttpReceiveResponse(request, NULL),
       "the request failed: error %lu", GetLastError());
    return request;
}

void measure_winhttp(void)
{
    DWORD block = option_number("block", 64 * 1024), got = 0;
    char *buffer = malloc(block);
    double start = now_ms();
    HANDLE file = create_file();
    HINTERNET session, connection, request;
    ULONGLONG total = 0;

    session = WinHttpOpen(L"bench", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    connection = WinHttpConnect(session, L"127.0.0.1", option_number("port", 80), 0);
    request = send_request(connection);
    while (WinHttpReadData(request, buffer, block, &got) && got)
    {
        if (!ok(write_file(file, buffer, got), "the file cannot be written: error %lu", GetLastError())) break;
        total += got;
    }
    WinHttpCloseHandle(request);
    WinHttpCloseHandle(connection);
    WinHttpCloseHandle(session);
    CloseHandle(file);
    report(start, total);
    free(buffer);
}
