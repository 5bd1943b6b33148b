/*
 * /UTIL /GETIEPROXY and /SETIEPROXY: the Internet proxy settings of the accounts that services run as.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They are in the account's part of the registry twice: as a block for each connection, which knows all
 * usages and which of them are on, and for the default connection as values that have only what is on.  Wine
 * runs all services as the user; an account without a part of its own in the registry has the user's.
 */

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "session.h"

static const WCHAR settings_path[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";

/* The block: a format number, a counter of changes, the flags, three counted texts, zeros. */
#define BLOCK_FORMAT 0x46
#define BLOCK_HEADER 3
#define BLOCK_TAIL 32

#define FLAG_DIRECT 1
#define FLAG_LIST 2
#define FLAG_SCRIPT 4
#define FLAG_DETECT 8

struct ie_proxy
{
    HKEY key; /* Internet Settings of the account */
    const WCHAR *connection;
    bool is_default;
    DWORD counter, flags;
    char *list, *bypass, *script; /* ANSI, never NULL */
};

static char *copy_narrow(const char *text, size_t length)
{
    char *copy = allocate(length + 1);

    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

static void set_text(char **place, char *text)
{
    free(*place);
    *place = text;
}

static char *ansi(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_ACP, 0, text ? text : L"", -1, NULL, 0, NULL, NULL);
    char *copy = allocate(size);

    WideCharToMultiByte(CP_ACP, 0, text ? text : L"", -1, copy, size, NULL, NULL);
    return copy;
}

/* For the output, where %hs would only do for ASCII. */
static WCHAR *unicode(const char *text)
{
    int size = MultiByteToWideChar(CP_ACP, 0, *text ? text : "<empty>", -1, NULL, 0);
    WCHAR *copy = allocate(size * sizeof(*copy));

    MultiByteToWideChar(CP_ACP, 0, *text ? text : "<empty>", -1, copy, size);
    return copy;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const WCHAR *account_sid(uint32_t account)
{
    switch (account)
    {
    case ACCOUNT_LOCALSYSTEM: return L"S-1-5-18";
    case ACCOUNT_LOCALSERVICE: return L"S-1-5-19";
    default: return L"S-1-5-20";
    }
}

static LONG open_settings(uint32_t account, HKEY *key)
{
    LONG error;
    HKEY user;

    if (RegOpenKeyExW(HKEY_USERS, account_sid(account), 0, KEY_READ, &user)) user = HKEY_CURRENT_USER;
    error = RegCreateKeyExW(user, settings_path, 0, NULL, 0, KEY_READ | KEY_WRITE, NULL, key, NULL);
    if (user != HKEY_CURRENT_USER) RegCloseKey(user);
    return error;
}

/* The next counted text of a block; an empty one where the block ends early. */
static char *take_text(const BYTE **next, const BYTE *end)
{
    DWORD length;
    char *text;

    if (end - *next < (ptrdiff_t)sizeof(length)) return copy_narrow("", 0);
    memcpy(&length, *next, sizeof(length));
    *next += sizeof(length);
    if (length > (size_t)(end - *next)) length = end - *next;
    text = copy_narrow((const char *)*next, length);
    *next += length;
    return text;
}

static bool read_block(struct ie_proxy *proxy)
{
    DWORD header[BLOCK_HEADER], size = 0;
    const BYTE *next;
    BYTE *block;

    if (RegGetValueW(proxy->key, L"Connections", proxy->connection, RRF_RT_REG_BINARY, NULL, NULL, &size) ||
        size < sizeof(header))
        return false;
    block = allocate(size);
    if (RegGetValueW(proxy->key, L"Connections", proxy->connection, RRF_RT_REG_BINARY, NULL, block, &size))
    {
        free(block);
        return false;
    }
    memcpy(header, block, sizeof(header));
    next = block + sizeof(header);
    proxy->counter = header[1];
    proxy->flags = header[2];
    set_text(&proxy->list, take_text(&next, block + size));
    set_text(&proxy->bypass, take_text(&next, block + size));
    set_text(&proxy->script, take_text(&next, block + size));
    free(block);
    return true;
}

static char *read_value(HKEY key, const WCHAR *name)
{
    DWORD size = 0;
    char *narrow;
    WCHAR *text;

    if (RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, NULL, &size)) return copy_narrow("", 0);
    text = allocate(size + sizeof(*text));
    if (RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, text, &size)) text[0] = 0;
    narrow = ansi(text);
    free(text);
    return narrow;
}

/* What programs that know only the values have set goes before the block of the default connection. */
static void read_values(struct ie_proxy *proxy)
{
    DWORD enabled = 0, size = sizeof(enabled);
    char *script;

    if (!RegGetValueW(proxy->key, NULL, L"ProxyEnable", RRF_RT_REG_DWORD, NULL, &enabled, &size) && enabled)
    {
        proxy->flags |= FLAG_LIST;
        set_text(&proxy->list, read_value(proxy->key, L"ProxyServer"));
        set_text(&proxy->bypass, read_value(proxy->key, L"ProxyOverride"));
    }
    script = read_value(proxy->key, L"AutoConfigURL");
    if (*script)
    {
        proxy->flags |= FLAG_SCRIPT;
        set_text(&proxy->script, script);
    }
    else free(script);
}

static LONG ie_proxy_init(struct ie_proxy *proxy, const struct call *call)
{
    LONG error;

    memset(proxy, 0, sizeof(*proxy));
    if ((error = open_settings(call->args[0].number, &proxy->key))) return error;
    proxy->is_default = !call->connection || same_word(call->connection, "default");
    proxy->connection = proxy->is_default ? L"DefaultConnectionSettings" : wide(call->connection);
    proxy->list = copy_narrow("", 0);
    proxy->bypass = copy_narrow("", 0);
    proxy->script = copy_narrow("", 0);
    proxy->flags = FLAG_DIRECT;
    read_block(proxy);
    if (proxy->is_default) read_values(proxy);
    return ERROR_SUCCESS;
}

static void ie_proxy_cleanup(struct ie_proxy *proxy)
{
    RegCloseKey(proxy->key);
    free(proxy->list);
    free(proxy->bypass);
    free(proxy->script);
}

/* --- writing ---------------------------------------------------------------------------------- */

static BYTE *put_text(BYTE *next, const char *text)
{
    DWORD length = strlen(text);

    memcpy(next, &length, sizeof(length));
    memcpy(next + sizeof(length), text, length);
    return next + sizeof(length) + length;
}

static LONG write_block(const struct ie_proxy *proxy)
{
    DWORD header[BLOCK_HEADER] = {BLOCK_FORMAT, proxy->counter + 1, proxy->flags};
    size_t size = sizeof(header) + 3 * sizeof(DWORD) + strlen(proxy->list) + strlen(proxy->bypass) +
                  strlen(proxy->script) + BLOCK_TAIL;
    BYTE *block = allocate(size), *next = block;
    LONG error;

    memset(block, 0, size);
    memcpy(next, header, sizeof(header));
    next = put_text(next + sizeof(header), proxy->list);
    next = put_text(next, proxy->bypass);
    put_text(next, proxy->script);
    error = RegSetKeyValueW(proxy->key, L"Connections", proxy->connection, REG_BINARY, block, size);
    free(block);
    return error;
}

/* Set a value to a text, or delete it. */
static LONG write_value(HKEY key, const WCHAR *name, const char *text)
{
    WCHAR *value;
    LONG error;

    if (!*text)
    {
        error = RegDeleteValueW(key, name);
        return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
    }
    value = unicode(text);
    error = RegSetKeyValueW(key, NULL, name, REG_SZ, value, (wcslen(value) + 1) * sizeof(*value));
    free(value);
    return error;
}

static LONG write_values(const struct ie_proxy *proxy)
{
    DWORD enabled = !!(proxy->flags & FLAG_LIST), detect = !!(proxy->flags & FLAG_DETECT);
    LONG error;

    error = RegSetKeyValueW(proxy->key, NULL, L"ProxyEnable", REG_DWORD, &enabled, sizeof(enabled));
    if (error) return error;
    error = RegSetKeyValueW(proxy->key, NULL, L"AutoDetect", REG_DWORD, &detect, sizeof(detect));
    if (error) return error;
    if ((error = write_value(proxy->key, L"ProxyServer", proxy->list))) return error;
    if ((error = write_value(proxy->key, L"ProxyOverride", proxy->bypass))) return error;
    return write_value(proxy->key, L"AutoConfigURL", proxy->flags & FLAG_SCRIPT ? proxy->script : "");
}

/* --- the switches ----------------------------------------------------------------------------- */

static const WCHAR *connection_name(const struct call *call)
{
    return call->connection ? wide(call->connection) : L"default";
}

COMMAND(cmd_get_ie_proxy)
{
    WCHAR *list, *bypass, *script;
    struct ie_proxy proxy;
    LONG error = ie_proxy_init(&proxy, call);

    if (error) return fail(session, L"get proxy settings", HRESULT_FROM_WIN32(error));
    list = unicode(proxy.list);
    bypass = unicode(proxy.bypass);
    script = unicode(proxy.script);
    print(L"Internet proxy settings for account %hs:\n(connection = %ls)\n\n",
          word_text(account_words, call->args[0].number), connection_name(call));
    print(L"Proxy usage:      %ls%ls%ls%ls\n", proxy.flags & FLAG_DETECT ? L" AUTODETECT" : L"",
          proxy.flags & FLAG_SCRIPT ? L" AUTOSCRIPT" : L"", proxy.flags & FLAG_LIST ? L" MANUAL_PROXY" : L"",
          proxy.flags & (FLAG_DETECT | FLAG_SCRIPT | FLAG_LIST) ? L"" : L" NO_PROXY");
    print(L"Proxy list:        %ls\nProxy bypass list: %ls\nAutoscript URL:    %ls\n", list, bypass, script);
    free(list);
    free(bypass);
    free(script);
    ie_proxy_cleanup(&proxy);
    return RESULT_DONE;
}

/* Whether the usage is followed by what belongs to it; says what is wrong. */
static bool check_arguments(const struct call *call)
{
    const struct argument *first = &call->args[2], *second = &call->args[3];

    switch (call->args[1].number)
    {
    case IE_PROXY_MANUAL_PROXY:
        if (first->text && second->given) return true;
        print(L"MANUAL_PROXY must be followed by a proxy list and a proxy bypass list\n");
        return false;
    case IE_PROXY_AUTOSCRIPT:
        if (first->text && !second->given) return true;
        break;
    default:
        if (!first->given) return true;
        break;
    }
    print(L"Invalid number of arguments.\n");
    return false;
}

static void apply(struct ie_proxy *proxy, const struct call *call)
{
    proxy->flags = FLAG_DIRECT;
    switch (call->args[1].number)
    {
    case IE_PROXY_AUTODETECT: proxy->flags |= FLAG_DETECT; break;
    case IE_PROXY_MANUAL_PROXY:
        proxy->flags |= FLAG_LIST;
        set_text(&proxy->list, ansi(wide(call->args[2].text)));
        set_text(&proxy->bypass, ansi(wide(call->args[3].text)));
        break;
    case IE_PROXY_AUTOSCRIPT:
        proxy->flags |= FLAG_SCRIPT;
        set_text(&proxy->script, ansi(wide(call->args[2].text)));
        break;
    case IE_PROXY_RESET:
        set_text(&proxy->list, copy_narrow("", 0));
        set_text(&proxy->bypass, copy_narrow("", 0));
        set_text(&proxy->script, copy_narrow("", 0));
        break;
    }
}

static void print_change(const struct ie_proxy *proxy, const struct call *call)
{
    static const WCHAR *const usages[] = {L"No_proxy", L"Autodetect", L"Manual_proxy", L"Autoscript", L"No_proxy"};
    WCHAR *list = unicode(proxy->list), *bypass = unicode(proxy->bypass), *script = unicode(proxy->script);

    print(L"Internet proxy settings for account %hs were set.\n(connection = %ls)\n\n",
          word_text(account_words, call->args[0].number), connection_name(call));
    print(L"Proxy usage set to       %ls\n", usages[call->args[1].number]);
    if (proxy->flags & FLAG_LIST) print(L"Proxy list set to        %ls\nProxy bypass list set to %ls\n", list, bypass);
    if (proxy->flags & FLAG_SCRIPT) print(L"Autoscript URL set to    %ls\n", script);
    free(list);
    free(bypass);
    free(script);
}

COMMAND(cmd_set_ie_proxy)
{
    struct ie_proxy proxy;
    LONG error;

    if (!check_arguments(call)) return RESULT_USAGE;
    if ((error = ie_proxy_init(&proxy, call))) return fail(session, L"set proxy settings", HRESULT_FROM_WIN32(error));
    apply(&proxy, call);
    error = write_block(&proxy);
    if (!error && proxy.is_default) error = write_values(&proxy);
    if (!error) print_change(&proxy, call);
    ie_proxy_cleanup(&proxy);
    return error ? fail(session, L"set proxy settings", HRESULT_FROM_WIN32(error)) : RESULT_DONE;
}
