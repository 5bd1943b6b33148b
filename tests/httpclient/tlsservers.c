/*
 * The TLS servers of tlspeer.py: started as a native program of the machine that Wine runs on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tlsservers.h"

#define READY_MS 120000

static SOCKET control = INVALID_SOCKET;
static HANDLE process;
static char text[64 * 1024]; /* all that the script said */
static const CERT_CONTEXT *root, *client;
static HCERTSTORE client_store;

/* The script as a path of the native system. */
static BOOL find_script(char *path, size_t size)
{
    char *(CDECL * get_unix_name)(const WCHAR *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                                          "wine_get_unix_file_name");
    static const WCHAR *const names[] = {L"tests\\httpclient\\tlspeer.py", L"tlspeer.py",
                                         L"..\\tests\\httpclient\\tlspeer.py"};
    unsigned int i;

    if (GetEnvironmentVariableA("TLSPEER", path, size)) return TRUE;
    for (i = 0; get_unix_name && i < ARRAYSIZE(names); i++)
    {
        char *unix_name;

        if (GetFileAttributesW(names[i]) == INVALID_FILE_ATTRIBUTES || !(unix_name = get_unix_name(names[i]))) continue;
        snprintf(path, size, "%s", unix_name);
        HeapFree(GetProcessHeap(), 0, unix_name);
        return TRUE;
    }
    return FALSE;
}

static BOOL start_script(const char *path, unsigned short port)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION info;
    char command[2048];

    snprintf(command, sizeof(command), "\\\\?\\unix\\usr\\bin\\python3 %s %u", path, port);
    if (!CreateProcessA("\\\\?\\unix\\usr\\bin\\python3", command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &info))
        return FALSE;
    process = info.hProcess;
    CloseHandle(info.hThread);
    return TRUE;
}

/* Everything up to "ready". */
static BOOL read_control(void)
{
    DWORD timeout = READY_MS;
    size_t used = 0;
    int got;

    setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, (const char *)&timeout, sizeof(timeout));
    while (used < sizeof(text) - 1 && (got = recv(control, text + used, sizeof(text) - 1 - used, 0)) > 0)
    {
        used += got;
        text[used] = 0;
        if (strstr(text, "\nready\n")) return TRUE;
    }
    return FALSE;
}

/* The rest of the line that begins with name. */
static const char *find_line(const char *name)
{
    size_t length = strlen(name);
    const char *line = text;

    while (line && *line)
    {
        if (!strncmp(line, name, length) && line[length] == ' ') return line + length + 1;
        if ((line = strchr(line, '\n'))) line++;
    }
    return NULL;
}

static BYTE *get_data(const char *name, DWORD *size)
{
    const char *line = find_line(name);
    DWORD length = line ? strcspn(line, "\n") : 0;
    BYTE *data = malloc(length + 1);

    *size = length;
    if (!line || !CryptStringToBinaryA(line, length, CRYPT_STRING_BASE64, data, size, NULL, NULL)) *size = 0;
    return data;
}

static BOOL read_certificates(void)
{
    CRYPT_DATA_BLOB blob;
    BYTE *data;
    DWORD size;

    data = get_data("root", &size);
    root = CertCreateCertificateContext(X509_ASN_ENCODING, data, size);
    free(data);
    blob.pbData = get_data("pkcs12", &blob.cbData);
    client_store = PFXImportCertStore(&blob, L"test", 0);
    free(blob.pbData);
    if (client_store)
        client = CertFindCertificateInStore(client_store, X509_ASN_ENCODING, 0, CERT_FIND_HAS_PRIVATE_KEY, NULL, NULL);
    if (client_store && !client)
        client = CertFindCertificateInStore(client_store, X509_ASN_ENCODING, 0, CERT_FIND_ANY, NULL, NULL);
    return root && client;
}

BOOL tlsservers_start(const char **why)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int size = sizeof(address);
    char path[1024];
    fd_set set;
    struct timeval timeout = {READY_MS / 1000, 0};

    *why = "tlspeer.py not found (environment variable TLSPEER)";
    if (!find_script(path, sizeof(path))) goto done;
    *why = "no listening socket";
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        goto done;
    *why = "/usr/bin/python3 cannot be started";
    if (!start_script(path, ntohs(address.sin_port))) goto done;
    *why = "tlspeer.py does not answer";
    FD_ZERO(&set);
    FD_SET(listener, &set);
    if (select(0, &set, NULL, NULL, &timeout) != 1) goto done;
    control = accept(listener, NULL, NULL);
    *why = "tlspeer.py fails (is openssl installed?)";
    if (!read_control()) goto done;
    *why = "its certificates cannot be read";
    if (read_certificates()) *why = NULL;

done:
    closesocket(listener);
    if (*why) tlsservers_stop();
    return !*why;
}

void tlsservers_stop(void)
{
    if (control != INVALID_SOCKET) closesocket(control);
    control = INVALID_SOCKET;
    if (process) CloseHandle(process);
    process = NULL;
    if (root) CertFreeCertificateContext(root);
    if (client) CertFreeCertificateContext(client);
    if (client_store) CertCloseStore(client_store, 0);
    root = client = NULL;
    client_store = NULL;
}

unsigned int tlsservers_port(const char *name)
{
    const char *line = find_line(name);

    return line ? atoi(line) : 0;
}

const CERT_CONTEXT *tlsservers_root(void)
{
    return root;
}

const CERT_CONTEXT *tlsservers_client(void)
{
    return client;
}
