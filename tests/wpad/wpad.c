/*
 * Proxies that are detected (WPAD), on the machine that wpad.sh has made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WB_SERVERS names its directory: ports are in servers.conf, what the server has is in www, and wpad.access
 * has a line for each time that somebody fetched the script: host and path. What the script says about a
 * host, and who knows the host, depends on how its name begins; a file that arrives has taken the right way:
 *
 *     behind   through squid      only squid knows it
 *     open     DIRECT             squid does not know it
 *     astray   no proxy at all    squid does not know it: can be had only where the script is not asked
 */

#include "support/client.h"
#include "support/realservers.h"
#include <stdio.h>
#include "wine/test.h"

#define SETTINGS_KEY L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define FILES_MAX 3

/* Flags in the value that the control panel writes. */
#define SETTING_DIRECT 1
#define SETTING_LIST 2
#define SETTING_SCRIPT 4
#define SETTING_DETECT 8

static IBackgroundCopyManager *manager;

/* How often the script was fetched, from the name that WPAD is about. */
static unsigned int scripts_fetched(void)
{
    unsigned int count = 0;
    char *text, *line;

    if (!(text = servers_read_text("wpad.access", NULL))) return 0;
    for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    {
        count++;
        ok(!strcmp(line, "wpad.wpad.test /wpad.dat"), "asked for %s", line);
    }
    free(text);
    return count;
}

/* --- jobs ----------------------------------------------------------------------------------- */

/* A URL whose host nobody has asked for: what a script said about a host is remembered. */
static void make_url(const char *kind, WCHAR *url, size_t size)
{
    static unsigned int number;

    _snwprintf(url, size, L"http://%hs%u.w%u.example:%u/file", kind, ++number, (unsigned int)sizeof(void *) * 8,
               servers_port("plain"));
}

/* A job with a file from a host of each kind; all of them arrive. */
static void check_job(BG_JOB_PROXY_USAGE usage, const char *const *kinds, unsigned int count)
{
    WCHAR url[128], local[FILES_MAX][MAX_PATH];
    IBackgroundCopyJob *job;
    unsigned int i;

    if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    for (i = 0; i < count; i++)
    {
        make_url(kinds[i], url, ARRAYSIZE(url));
        ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local[i])), S_OK);
    }
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, usage, NULL, NULL), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        for (i = 0; i < count; i++) servers_check_file(local[i], "www\\file");
    }
    client_drop_job(job);
}

static void check_way(BG_JOB_PROXY_USAGE usage, const char *kind)
{
    winetest_push_context("usage %u, %s", usage, kind);
    check_job(usage, &kind, 1);
    winetest_pop_context();
}

/* --- the user's settings -------------------------------------------------------------------- */

static BYTE *put_text(BYTE *at, const char *text)
{
    DWORD size = strlen(text);

    memcpy(at, &size, sizeof(size));
    memcpy(at + sizeof(size), text, size);
    return at + sizeof(size) + size;
}

/* What the control panel's page for connections writes: flags, a list, its bypass list, a script. */
static void set_connections(DWORD flags, const char *list, const char *script)
{
    DWORD header[] = {0x46, 0, flags};
    BYTE value[256] = {0}, *end = value + sizeof(header);

    memcpy(value, header, sizeof(header));
    end = put_text(end, list);
    end = put_text(end, "");
    end = put_text(end, script);
    ok(!RegSetKeyValueW(HKEY_CURRENT_USER, SETTINGS_KEY L"\\Connections", L"DefaultConnectionSettings", REG_BINARY,
                        value, end + 32 - value),
       "the settings cannot be written");
}

static void forget_connections(void)
{
    RegDeleteKeyValueW(HKEY_CURRENT_USER, SETTINGS_KEY L"\\Connections", L"DefaultConnectionSettings");
}

/* --- checks --------------------------------------------------------------------------------- */

/* B-566: who wants no proxy does not even look for a script. */
static void test_no_proxy(void)
{
    unsigned int before = scripts_fetched();

    check_way(BG_JOB_PROXY_USAGE_NO_PROXY, "open");
    check_way(BG_JOB_PROXY_USAGE_NO_PROXY, "astray");
    ok_int(scripts_fetched(), before);
}

/* B-566: through the proxy or past it, as the script says that was found. It is kept for a while: later tests
 * do not see it fetched. */
static void test_detection(void)
{
    unsigned int before = scripts_fetched();

    check_way(BG_JOB_PROXY_USAGE_AUTODETECT, "behind");
    ok(scripts_fetched() > before, "the script was not fetched");
    check_way(BG_JOB_PROXY_USAGE_AUTODETECT, "open");
}

/* B-566: each file of a job goes its own way. */
static void test_each_file(void)
{
    static const char *const kinds[][FILES_MAX] = {{"behind", "open", "behind"}, {"open", "behind", "open"}};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(kinds); i++)
    {
        winetest_push_context("%s first", kinds[i][0]);
        check_job(BG_JOB_PROXY_USAGE_AUTODETECT, kinds[i], FILES_MAX);
        winetest_pop_context();
    }
}

/* B-565: the user's settings may say "detect", and do so when nobody has touched them. Detection comes
 * first. */
static void test_settings(void)
{
    forget_connections();
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "behind");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "open");

    set_connections(SETTING_DIRECT, "", "");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "astray");

    set_connections(SETTING_DIRECT | SETTING_DETECT, "", "");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "behind");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "open");

    set_connections(SETTING_DIRECT | SETTING_LIST | SETTING_SCRIPT | SETTING_DETECT, "127.0.0.1:1",
                    "http://127.0.0.1:1/proxy.pac");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "behind");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "open");
    forget_connections();
}

START_TEST(wpad)
{
    if (!servers_directory())
    {
        skip("the machine is that of wpad.sh");
        return;
    }
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_no_proxy);
        winetest_run(test_detection);
        winetest_run(test_each_file);
        winetest_run(test_settings);
        IBackgroundCopyManager_Release(manager);
    }
    client_remove_directory();
    client_stop();
}
