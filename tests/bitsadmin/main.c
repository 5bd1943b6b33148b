/*
 * bitsadmin.exe from outside: command lines, what they print into a pipe, and their exit codes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of the specification sheet of bitsadmin.  /RESET cancels all jobs of the user, so
 * nothing runs where there are some.
 */

#include "bitsadmin/run.h"
#include "support/client.h"
#include "support/server.h"
#include "wine/test.h"

#define TIME "*/*/* *:*:* *"
#define GUID_PATTERN "{*-*-*-*-*}"
#define FAILED_CODE 1
#define USAGE_CODE 2

static struct server *server;
static char id[64]; /* of the job that create() made */
static unsigned int next_name;

/* A name that no other job has, for as long as a test needs it. */
static const char *new_name(void)
{
    static char names[4][32];
    char *name = names[++next_name % ARRAYSIZE(names)];

    sprintf(name, "test %lu-%u", GetCurrentProcessId(), next_name);
    return name;
}

/* Create a job; its GUID is in id. */
static const char *create(const char *type, const char *name)
{
    check_raw(0, GUID_PATTERN, "bitsadmin /rawreturn /create %s \"%s\"", type, name);
    snprintf(id, sizeof(id), "%s", output());
    return id;
}

static const char *url(const WCHAR *path)
{
    static char text[256];
    WCHAR wide[256];

    server_url(server, path, wide, ARRAYSIZE(wide));
    WideCharToMultiByte(CP_ACP, 0, wide, -1, text, sizeof(text), NULL, NULL);
    return text;
}

static const char *local(void)
{
    static char text[MAX_PATH];
    WCHAR wide[MAX_PATH];

    WideCharToMultiByte(CP_ACP, 0, client_path(wide), -1, text, sizeof(text), NULL, NULL);
    return text;
}

/* Wait until the job of id is in a state. */
static void wait_state(BG_JOB_STATE state)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    WCHAR wide[64];
    GUID guid;

    if (!client_start(COINIT_MULTITHREADED)) return;
    swprintf(wide, ARRAYSIZE(wide), L"%hs", id);
    CLSIDFromString(wide, &guid);
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        if (ok(SUCCEEDED(IBackgroundCopyManager_GetJob(manager, &guid, &job)), "no job %s", id))
        {
            client_wait_state(job, state, SOON_MS);
            IBackgroundCopyJob_Release(job);
        }
        IBackgroundCopyManager_Release(manager);
    }
    client_stop();
}

/* --- usage: sections 1 and 2 ---------------------------------------------------------------------- */

static void usage(void)
{
    static const char help[] = "USAGE: BITSADMIN [/RAWRETURN] [/WRAP | /NOWRAP] command\n";
    static const char invalid[] = "Invalid command\nUSAGE: BITSADMIN [/RAWRETURN] [/WRAP | /NOWRAP] command\n"
                                  "The following commands are available:\n";

    ok(run("bitsadmin") != 0, "success without a command");
    ok(!strncmp(after_banner(), invalid, sizeof(invalid) - 1), "no command: %s", after_banner());
    ok(strstr(output(), help) != NULL, "no help: %s", output());
    ok(run("bitsadmin /examples") != 0, "success with an unknown command");
    ok(!strncmp(after_banner(), invalid, sizeof(invalid) - 1), "unknown command: %s", after_banner());
    ok(strstr(output(), help) != NULL, "no help: %s", output());
    ok(strstr(output(), "/GETPEERSTATS") != NULL, "the help is not complete");

    ok(!run("bitsadmin /?"), "/? fails");
    ok(!strncmp(after_banner(), help, sizeof(help) - 1), "help: %s", after_banner());
    ok(!run("bitsadmin /HELP"), "/HELP fails");
    ok(!run("bitsadmin /util /?"), "/UTIL /? fails");
    ok(strstr(output(), "/SETIEPROXY") && !strstr(output(), "/TRANSFER"), "help of /UTIL: %s", output());
    ok(!run("bitsadmin /CACHE /help"), "/CACHE /help fails");
    ok(strstr(output(), "/SETLIMIT") != NULL, "help of /CACHE: %s", output());

    ok(run("bitsadmin /getstate") != 0, "success without a job");
    matches(after_banner(), "Invalid number of arguments.\n");
    check_run(USAGE_CODE, "Invalid number of arguments.\n", "bitsadmin /getstate a b");
    check_run(USAGE_CODE, "Invalid number of arguments.\n", "bitsadmin /transfer name");
    check_run(USAGE_CODE, "Invalid number of arguments.\n", "bitsadmin /nowrap /wrap /list nothing");
    ok(!run("bitsadmin /rawreturn /list"), "/LIST fails");
    ok(strncmp(output(), "\nBITSADMIN", 10), "a banner under /RAWRETURN: %s", output());
}

/* --- jobs by name and GUID: section 1 ------------------------------------------------------------- */

static void names(void)
{
    const char *name = new_name();
    char first[64], pattern[128];

    strcpy(first, create("", name));
    check_raw(0, "SUSPENDED", "bitsadmin /rawreturn /getstate \"%s\"", name);
    check_raw(0, "SUSPENDED", "bitsadmin /RawReturn /GetState %s", first);
    check_run(0, "SUSPENDED\n", "bitsadmin /getstate %s", first);

    /* Two of one name: only the GUID will do. */
    create("/upload", name);
    ok(run("bitsadmin /getstate \"%s\"", name) != 0, "success with an ambiguous name");
    check_raw(0, "UPLOAD", "bitsadmin /rawreturn /gettype %s", id);
    check_raw(0, "DOWNLOAD", "bitsadmin /rawreturn /gettype %s", first);
    check_run(0, "Job canceled.\n", "bitsadmin /cancel %s", id);
    check_run(0, "DOWNLOAD\n", "bitsadmin /gettype \"%s\"", name);
    check_run(0, "Job canceled.\n", "bitsadmin /cancel \"%s\"", name);

    sprintf(pattern, "Unable to find job named \"%s\".\n", name);
    check_run(FAILED_CODE, pattern, "bitsadmin /getstate \"%s\"", name);
    check_run(FAILED_CODE, "Unable to find job named \"NOSUCH\".\n", "bitsadmin /complete NOSUCH");
    check_run(FAILED_CODE, "Unable to find job - 0x80200001\n*\n",
              "bitsadmin /getstate {00000000-0000-0000-0000-000000000001}");
    /* A GUID as the name of a new job is a name. */
    check_run(0, "Created job " GUID_PATTERN ".\n", "bitsadmin /create {00000000-0000-0000-0000-000000000002}");
    if (!winetest_is_wine())
    {
        skip("another program of this user may have made a job meanwhile\n");
        check_run(0, "Job canceled.\n", "bitsadmin /cancel {00000000-0000-0000-0000-000000000002}");
        return;
    }
    ok(run("bitsadmin /reset") == 0, "/RESET fails");
    ok(strstr(output(), "1 out of 1 jobs canceled.\n") != NULL, "/RESET: %s", output()); /* B-949 */
    check_run(0, "0 out of 0 jobs canceled.\n", "bitsadmin /reset");
}

/* --- properties ---------------------------------------------------------- */

static void properties(void)
{
    create("/download", "properties");
    check_run(0, "Priority set to HIGH.\n", "bitsadmin /setpriority properties high");
    check_raw(0, "HIGH", "bitsadmin /rawreturn /getpriority properties");
    ok(run("bitsadmin /setpriority properties urgent") != 0, "a priority that does not exist");
    check_run(0, "Minimum retry delay set to 77.\n", "bitsadmin /setminretrydelay properties 77");
    check_run(0, "77\n", "bitsadmin /getminretrydelay properties");
    ok(!run("bitsadmin /setnoprogresstimeout properties 0x100"), "/SETNOPROGRESSTIMEOUT fails");
    check_raw(0, "256", "bitsadmin /rawreturn /getnoprogresstimeout properties");
    check_raw(0, "7776000", "bitsadmin /rawreturn /getmaxdownloadtime properties");
    ok(!run("bitsadmin /setmaxdownloadtime properties 864000"), "/SETMAXDOWNLOADTIME fails");
    check_raw(0, "864000", "bitsadmin /rawreturn /getmaxdownloadtime properties");
    ok(!run("bitsadmin /setdescription properties \"some words\""), "/SETDESCRIPTION fails");
    check_raw(0, "some words", "bitsadmin /rawreturn /getdescription properties");
    ok(!run("bitsadmin /setaclflags properties sdo"), "/SETACLFLAGS fails");
    check_raw(0, "ODS", "bitsadmin /rawreturn /getaclflags properties");
    check_raw(0, "3", "bitsadmin /rawreturn /getnotifyflags properties");
    ok(!run("bitsadmin /setnotifyflags properties 1"), "/SETNOTIFYFLAGS fails");
    check_raw(0, "1", "bitsadmin /rawreturn /getnotifyflags properties");
    check_raw(0, "UNREGISTERED", "bitsadmin /rawreturn /getnotifyinterface properties");
    check_raw(0, "0", "bitsadmin /rawreturn /getbytestransferred properties");
    check_raw(0, "0", "bitsadmin /rawreturn /getfilestotal properties");
    check_raw(0, "0", "bitsadmin /rawreturn /getfilestransferred properties");
    check_raw(0, "0", "bitsadmin /rawreturn /geterrorcount properties");
    check_raw(0, TIME, "bitsadmin /rawreturn /getcreationtime properties");
    check_raw(0, TIME, "bitsadmin /rawreturn /getmodificationtime properties");
    check_raw(0, "UNKNOWN", "bitsadmin /rawreturn /getcompletiontime properties");
    check_raw(0, "*\\*", "bitsadmin /rawreturn /getowner properties");
    ok(!run("bitsadmin /setpeercachingflags properties 1"), "/SETPEERCACHINGFLAGS fails");
    check_run(0,
              "Peercaching flags\n"
              "\t Enable download from peers      :true\n"
              "\t Enable serving to peers         :false\n",
              "bitsadmin /getpeercachingflags properties");
    ok(!run("bitsadmin /setdisplayname properties other"), "/SETDISPLAYNAME fails");
    check_raw(0, "other", "bitsadmin /rawreturn /getdisplayname %s", id);
    ok(!run("bitsadmin /cancel other"), "/CANCEL fails");
}

/* --- proxies, credentials, HTTP ------------------------------------------------------ */

static void connections(void)
{
    create("", "connections");
    check_raw(0, "PRECONFIG", "bitsadmin /rawreturn /getproxyusage connections");
    ok(!run("bitsadmin /setproxysettings connections override proxy:80,other:81 \"<local> *.lan\""), "OVERRIDE");
    check_raw(0, "OVERRIDE", "bitsadmin /rawreturn /getproxyusage connections");
    check_raw(0, "proxy:80,other:81", "bitsadmin /rawreturn /getproxylist connections");
    ok(!run("bitsadmin /rawreturn /getproxybypasslist connections") && !strcmp(output(), "<local> *.lan"),
       "bypass list: %s", output());
    ok(!run("bitsadmin /setproxysettings connections override proxy:80 \"\""), "an empty bypass list");
    check_raw(0, "NULL", "bitsadmin /rawreturn /getproxybypasslist connections");
    ok(run("bitsadmin /setproxysettings connections override") != 0, "OVERRIDE without lists");
    ok(run("bitsadmin /setproxysettings connections no_proxy proxy:80") != 0, "NO_PROXY with a list");
    ok(!run("bitsadmin /setproxysettings connections no_proxy"), "NO_PROXY");
    check_raw(0, "NO_PROXY", "bitsadmin /rawreturn /getproxyusage connections");

    ok(!run("bitsadmin /setcredentials connections server basic user secret"), "/SETCREDENTIALS fails");
    ok(!run("bitsadmin /setcredentials connections proxy ntlm NULL null"), "implicit credentials");
    ok(run("bitsadmin /setcredentials connections server rot13 user secret") != 0, "an unknown scheme");
    ok(!run("bitsadmin /removecredentials connections server basic"), "/REMOVECREDENTIALS fails");

    check_raw(0, "NULL", "bitsadmin /rawreturn /getcustomheaders connections");
    ok(!run("bitsadmin /setcustomheaders connections \"A: one\" \"B: two\""), "/SETCUSTOMHEADERS fails");
    check_raw(0, "A: one\nB: two", "bitsadmin /rawreturn /getcustomheaders connections");
    ok(!run("bitsadmin /makecustomheaderswriteonly connections"), "/MAKECUSTOMHEADERSWRITEONLY fails");
    check_run(FAILED_CODE, "Unable to * - 0x80070005\n*\n", "bitsadmin /getcustomheaders connections");
    check_raw(0, "GET", "bitsadmin /rawreturn /gethttpmethod connections");
    ok(!run("bitsadmin /setsecurityflags connections 0x0102"), "/SETSECURITYFLAGS fails");
    check_raw(0, "0x0102", "bitsadmin /rawreturn /getsecurityflags connections");
    ok(run("bitsadmin /setclientcertificatebyid connections 1 MY 0011") != 0, "a short certificate hash");
    check_run(FAILED_CODE, "Unable to get client certificate - 0x800706f7\nThe job has no client certificate.\n",
              "bitsadmin /getclientcertificate connections");

    /* The parameters are required, and may be empty (a transcript from cmd.exe; PowerShell drops "" before it
     * gets here). */
    check_raw(0, "none", "bitsadmin /rawreturn /getnotifycmdline connections");
    check_run(USAGE_CODE, "Invalid number of arguments.\n", "bitsadmin /setnotifycmdline connections c:\\x.exe");
    check_run(0, "notification command line set to 'c:\\x.exe' 'NULL'.\n",
              "bitsadmin /setnotifycmdline connections c:\\x.exe \"\"");
    check_raw(0, "'c:\\x.exe'", "bitsadmin /rawreturn /getnotifycmdline connections");
    check_run(FAILED_CODE, "Unable to set notification command line - 0x80070057\nThe parameter is incorrect.\n",
              "bitsadmin /setnotifycmdline connections NULL x.exe");
    check_run(0, "notification command line set to 'c:\\x.exe' 'x.exe a b'.\n",
              "bitsadmin /setnotifycmdline connections c:\\x.exe x.exe a b");
    check_raw(0, "'c:\\x.exe' 'x.exe a b'", "bitsadmin /rawreturn /getnotifycmdline connections");
    check_run(0, "notification command line set to 'NULL' 'NULL'.\n",
              "bitsadmin /setnotifycmdline connections NULL null");
    check_raw(0, "none", "bitsadmin /rawreturn /getnotifycmdline connections");
    ok(!run("bitsadmin /cancel connections"), "/CANCEL fails");
}

/* --- listings ---------------------------------------------------------- */

static void listings(void)
{
    char first[64], pattern[2048];
    const char *path = local();

    check_run(0, "Listed 0 job(s).\n", "bitsadmin /list");
    strcpy(first, create("", "listed one"));
    check_run(0, "Added http://127.0.0.1/none -> * to job.\n", "bitsadmin /addfile %s http://127.0.0.1/none %s", first,
              path);
    sprintf(pattern, "%s 'listed one' SUSPENDED 0 / 1 0 / UNKNOWN\n", first);
    check_run(0, pattern, "bitsadmin /info %s", first);
    strcat(pattern, "\nListed 1 job(s).\n");
    check_run(0, pattern, "bitsadmin /list");
    sprintf(pattern, "0 / UNKNOWN WORKING http://127.0.0.1/none -> %s\n", path);
    check_run(0, pattern, "bitsadmin /listfiles %s", first);
    ok(!run("bitsadmin /setcustomheaders %s Name:value", first), "/SETCUSTOMHEADERS fails");

    sprintf(pattern,
            "GUID: %s DISPLAY: 'listed one'\n"
            "TYPE: DOWNLOAD STATE: SUSPENDED OWNER: *\\*\n"
            "PRIORITY: NORMAL FILES: 0 / 1 BYTES: 0 / UNKNOWN\n"
            "CREATION TIME: " TIME " MODIFICATION TIME: " TIME "\n"
            "COMPLETION TIME: UNKNOWN ACL FLAGS: \n"
            "NOTIFY INTERFACE: UNREGISTERED NOTIFICATION FLAGS: 3\n"
            "RETRY DELAY: 600 NO PROGRESS TIMEOUT: 1209600 ERROR COUNT: 0\n"
            "PROXY USAGE: PRECONFIG PROXY LIST: NULL PROXY BYPASS LIST: NULL\n"
            "DESCRIPTION: *\n"
            "JOB FILES: \n"
            "\t0 / UNKNOWN WORKING http://127.0.0.1/none -> %s\n"
            "NOTIFICATION COMMAND LINE: none\n"
            "owner MIC integrity level: *\n"
            "owner elevated ?           *e\n"
            "\n"
            "Peercaching flags\n"
            "\t Enable download from peers      :false\n"
            "\t Enable serving to peers         :false\n"
            "\n"
            "CUSTOM HEADERS: Name:value\n",
            first, path);
    check_run(0, pattern, "bitsadmin /info \"listed one\" /verbose");
    strcat(pattern, "\nListed 1 job(s).\n");
    check_run(0, pattern, "bitsadmin /list /verbose");
    ok(!run("bitsadmin /cancel %s", first), "/CANCEL fails");
}

/* --- files --------------------------------------------------------------------------- */

static void write_text(const char *path, const void *text, size_t size)
{
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written;

    ok(WriteFile(file, text, size, &written, NULL), "cannot write %s", path);
    CloseHandle(file);
}

static void files(void)
{
    static const char mixed[] = "# remark\r\n\r\nhttp://h/1 c:\\windows\\1\r\nhttp://h/2 c:\\windows\\a b\n";
    static const char bad[] = "http://h/4 c:\\windows\\4\nhttp://h/3\n";
    static const WCHAR utf16[] = L"\xfeffhttp://h/f\x00e9 c:\\windows\\f\x00e9\r\n";
    char set[MAX_PATH];

    strcpy(set, local());
    create("", "files");
    /* B-948 */
    check_run(FAILED_CODE, "Unable to add file to job - 0x80070057\nThe parameter is incorrect.\n",
              "bitsadmin /addfile files http://127.0.0.1/none relative");
    write_text(set, mixed, sizeof(mixed) - 1);
    check_run(0, "Added http://h/1 -> c:\\windows\\1 to job.\nAdded http://h/2 -> c:\\windows\\a b to job.\n",
              "bitsadmin /addfileset files %s", set);
    write_text(set, utf16, sizeof(utf16) - sizeof(WCHAR));
    ok(!run("bitsadmin /addfileset files %s", set), "UTF-16 file set: %s", output());
    write_text(set, bad, sizeof(bad) - 1);
    ok(run("bitsadmin /addfileset files %s", set) != 0, "a file set without a local name");
    ok(run("bitsadmin /addfileset files c:\\no\\such\\file") != 0, "no file set");
    check_raw(0, "3", "bitsadmin /rawreturn /getfilestotal files");
    check_run(0, "Added http://h/5 -> c:\\windows\\5 to job.\n",
              "bitsadmin /addfilewithranges files http://h/5 c:\\windows\\5 0:100,2000:100,5000:eof");
    check_run(FAILED_CODE, "Unable to add file to job - 0x8020002c\n*\n",
              "bitsadmin /addfilewithranges files http://h/6 c:\\windows\\6 100:5,102:5");
    ok(run("bitsadmin /addfilewithranges files http://h/6 c:\\windows\\6 0-5") != 0, "a bad range");
    ok(!run("bitsadmin /replaceremoteprefix files http://h/ http://other/"), "/REPLACEREMOTEPREFIX fails");
    ok(!run("bitsadmin /listfiles files"), "/LISTFILES fails");
    ok(strstr(output(), "http://other/1 -> c:\\windows\\1\n") != NULL, "/LISTFILES: %s", output());
    check_raw(0, "false", "bitsadmin /rawreturn /getvalidationstate files 0");
    check_run(FAILED_CODE, "Unable to * - 0x*\n*\n", "bitsadmin /getvalidationstate files 99");
    ok(!run("bitsadmin /cancel files"), "/CANCEL fails");
    DeleteFileA(set);
}

/* --- /TRANSFER into a pipe ----------------------------------------------------------- */

static void transfer(void)
{
    char path[MAX_PATH], other[MAX_PATH], pattern[1024];
    WCHAR wide[MAX_PATH];

    strcpy(path, local());
    strcpy(other, local());
    check_run(0, "Transfer complete.\n", "bitsadmin /transfer job /download /priority foreground %s %s %s?2 %s",
              url(L"/good"), path, url(L"/good"), other);
    swprintf(wide, ARRAYSIZE(wide), L"%hs", path);
    pattern_check_file(wide, 100000, 0);
    swprintf(wide, ARRAYSIZE(wide), L"%hs", other);
    pattern_check_file(wide, 100000, 0);
    check_raw(0, "Transfer complete.\n", "bitsadmin /rawreturn /transfer job /priority foreground %s %s", url(L"/good"),
              path);

    /* The first word is the job's name, whatever it looks like. */
    DeleteFileA(path);
    check_run(0, "Transfer complete.\n", "bitsadmin /transfer /Download /priority Foreground %s %s", url(L"/good"),
              path);
    swprintf(wide, ARRAYSIZE(wide), L"%hs", path);
    pattern_check_file(wide, 100000, 0);
    check_run(USAGE_CODE, "Invalid number of arguments.\n", "bitsadmin /transfer /download job %s %s", url(L"/good"),
              path);

    sprintf(pattern,
            "Unable to complete transfer.\n"
            "ERROR FILE:    %s -> %s\n"
            "ERROR CODE:    0x80190194 - *\n"
            "\n"
            "ERROR CONTEXT: 0x00000005 - *\n",
            url(L"/missing"), path);
    check_run(FAILED_CODE, pattern, "bitsadmin /transfer job /priority foreground %s %s", url(L"/missing"), path);
    check_run(FAILED_CODE, "Unable to add file - 0x80070057\nThe parameter is incorrect.\n",
              "bitsadmin /transfer job %s relative", url(L"/good"));
    ok(run("bitsadmin /transfer job /priority urgent %s %s", url(L"/good"), path) != 0, "a bad priority");
    check_run(0, "Listed 0 job(s).\n", "bitsadmin /list");
}

/* --- a job step by step, as scripts do it: sections 3, 6.3 and 8 ---------------------------------- */

static void steps(void)
{
    char path[MAX_PATH], pattern[1024];

    strcpy(path, local());
    create("", "steps");
    ok(!run("bitsadmin /setpriority steps foreground"), "/SETPRIORITY fails");
    ok(!run("bitsadmin /addfile steps %s %s", url(L"/good"), path), "/ADDFILE fails");
    check_run(0, "Job resumed.\n", "bitsadmin /resume steps");
    wait_state(BG_JOB_STATE_TRANSFERRED);
    check_raw(0, "TRANSFERRED", "bitsadmin /rawreturn /getstate steps");
    check_raw(0, "100000", "bitsadmin /rawreturn /getbytestotal steps");
    check_raw(0, "1", "bitsadmin /rawreturn /getfilestransferred steps");
    check_raw(0, TIME, "bitsadmin /rawreturn /getcompletiontime steps");
    check_run(0, GUID_PATTERN " 'steps' TRANSFERRED 1 / 1 100000 / 100000\n", "bitsadmin /info steps");
    sprintf(pattern, "100000 / 100000 * %s -> %s\n", url(L"/good"), path);
    check_run(0, pattern, "bitsadmin /listfiles steps");
    ok(run("bitsadmin /geterror steps") != 0, "/GETERROR of a job without an error");
    check_run(0, "Job completed.\n", "bitsadmin /complete %s", id);
    ok(GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES, "no file");
    check_run(FAILED_CODE, "Unable to * - 0x8020000*\n*\n", "bitsadmin /complete %s", id);

    create("", "steps");
    ok(!run("bitsadmin /addfile steps %s %s", url(L"/missing"), path), "/ADDFILE fails");
    ok(!run("bitsadmin /resume steps"), "/RESUME fails");
    wait_state(BG_JOB_STATE_ERROR);
    /* ARSS: lines 0, 1 and 3 of the answer */
    sprintf(pattern,
            "ERROR FILE:    %s -> %s\n"
            "ERROR CODE:    0x80190194 - *\n"
            "\n"
            "ERROR CONTEXT: 0x00000005 - *\n",
            url(L"/missing"), path);
    check_raw(0, pattern, "bitsadmin /rawreturn /geterror steps");
    ok(!run("bitsadmin /info steps /verbose"), "/INFO fails");
    ok(strstr(output(), "PROXY BYPASS LIST: NULL\nERROR FILE:    http://") != NULL, "/INFO: %s", output());
    check_run(0, "Job suspended.\n", "bitsadmin /suspend steps");
    ok(!run("bitsadmin /cancel steps"), "/CANCEL fails");
}

/* --- in cmd: sections 4 and 8 --------------------------------------------------------------------- */

static void scripts(void)
{
    create("", "script");
    ok(!run("cmd /c \"bitsadmin /rawreturn /getstate script && echo.&& echo then\""), "cmd fails");
    ok(strstr(output(), "SUSPENDED") && strstr(output(), "then"), "&&: %s", output());
    run("cmd /c \"bitsadmin /getstate nosuchjob >nul || echo otherwise\"");
    ok(strstr(output(), "otherwise") != NULL, "||: %s", output());
    run("cmd /c \"bitsadmin /rawreturn /getpriority script | more\"");
    ok(strstr(output(), "NORMAL") != NULL, "pipe: %s", output());
    run("cmd /c \"for /f %%i in ('bitsadmin /rawreturn /getstate script') do @echo state %%i.\"");
    ok(strstr(output(), "state SUSPENDED.") != NULL, "for: %s", output());
    ok(!run("bitsadmin /cancel script"), "/CANCEL fails");
}

/* --- /UTIL and the peer cache ----------------------------------------------- */

static void utilities(void)
{
    ok(!run("bitsadmin /util /version /verbose"), "/VERSION fails");
    ok(strstr(output(), "qmgr.dll") != NULL, "/VERSION: %s", output());
    if (!winetest_is_wine())
    {
        skip("the services of this machine and their settings are left alone\n");
        return;
    }
    ok(run("bitsadmin /util /repairservice /force") != 0, "/REPAIRSERVICE succeeds");
    check_run(0, "10.3\n", "bitsadmin /util /version");
    check_run(0,
              "Internet proxy settings for account LocalSystem were set.\n"
              "(connection = default)\n"
              "\n"
              "Proxy usage set to       Manual_proxy\n"
              "Proxy list set to        http://10.0.0.1:8080\n"
              "Proxy bypass list set to <empty>\n",
              "bitsadmin /util /setieproxy localsystem manual_proxy http://10.0.0.1:8080 \"\"");
    check_run(USAGE_CODE, "MANUAL_PROXY must be followed by a proxy list and a proxy bypass list\n",
              "bitsadmin /util /setieproxy localsystem MANUAL_PROXY proxy:80");
    ok(!run("bitsadmin /util /setieproxy networkservice autodetect"), "AUTODETECT");
    check_run(0,
              "Internet proxy settings for account LocalSystem:\n"
              "(connection = default)\n"
              "\n"
              "Proxy usage:       AUTODETECT\n"
              "Proxy list:        http://10.0.0.1:8080\n"
              "Proxy bypass list: <empty>\n"
              "Autoscript URL:    <empty>\n",
              "bitsadmin /util /getieproxy LOCALSYSTEM");
    ok(!run("bitsadmin /util /setieproxy localsystem autoscript http://h/wpad.dat /conn line"), "AUTOSCRIPT");
    ok(!run("bitsadmin /util /getieproxy localsystem /conn line"), "/GETIEPROXY of a connection");
    ok(strstr(output(), "AUTOSCRIPT\n") && strstr(output(), "http://h/wpad.dat"), "connection: %s", output());
    ok(!run("bitsadmin /util /setieproxy localservice reset"), "RESET");
    ok(!run("bitsadmin /util /getieproxy localservice"), "/GETIEPROXY");
    ok(strstr(output(), "NO_PROXY\n") && !strstr(output(), "10.0.0.1"), "after RESET: %s", output());

    /* P-171: they exist, and say what is true of BITS since 4.0. */
    ok(!run("bitsadmin /peercaching /getconfigurationflags"), "flags: %s", output());
    check_run(0, "Listed 0 cache record(s).\n", "bitsadmin /cache /list /verbose");
    check_raw(0, "1", "bitsadmin /rawreturn /cache /getlimit");
    check_raw(0, "7776000", "bitsadmin /rawreturn /cache /getexpirationtime");
    check_run(FAILED_CODE, "*Nothing was changed.\n", "bitsadmin /cache /setlimit 5");
    check_run(FAILED_CODE, "*Nothing was changed.\n", "bitsadmin /peercaching /setconfigurationflags job 1");
    check_run(0, "Listed 0 peer(s).\n", "bitsadmin /peers /list");
}

START_TEST(bitsadmin_cli)
{
    if (!(server = server_create())) return;
    server_route(server, "/good", &(struct route){.size = 100000});
    run("bitsadmin /list");
    if (!strstr(output(), "Listed 0 job(s)."))
    {
        skip("the user has jobs\n");
        server_destroy(server);
        return;
    }
    winetest_run(usage);
    winetest_run(names);
    winetest_run(properties);
    winetest_run(connections);
    winetest_run(listings);
    winetest_run(files);
    winetest_run(transfer);
    winetest_run(steps);
    winetest_run(scripts);
    winetest_run(utilities);
    server_destroy(server);
    client_remove_directory();
}
