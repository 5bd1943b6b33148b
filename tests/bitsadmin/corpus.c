/*
 * Commands and scripts of bitsadmin in the forms in which people publish them, run by cmd.exe.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text files in corpus are the corpus; its README.md says what a row has. Each row is a batch file in an empty
 * directory, with a server on 127.0.0.1 and without jobs of this user. What it leaves is removed before the next.
 */

#include "bitsadmin/run.h"
#include "support/client.h"
#include "support/server.h"
#include "wine/test.h"

#include <stdlib.h>

/* Made of the files in corpus by module.mk. */
extern const char bitsadmin_corpus[];

#define LINES_MAX 64
#define TEXT_SIZE 65536

struct row
{
    const char *name;
    const char *source, *sure;
    const char *needs; /* a probe; NULL: nothing that Wine lacks */
    const char *todo;  /* what wine-bits does instead; NULL: nothing */
    const char *script[LINES_MAX], *expected[LINES_MAX], *effects[LINES_MAX];
    unsigned int script_count, expected_count, effect_count;
    int code; /* -1: any */
};

static char directory[MAX_PATH]; /* without a backslash at its end */
static char site[64];
/* Of rows that do not say them themselves: the last lines between rows. */
static const char *common_source, *common_sure;

/* --- reading rows ------------------------------------------------------------------------------------- */

/* The text behind a prefix, or NULL. */
static const char *after(const char *line, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(line, prefix, length) ? NULL : line + length;
}

static void add_line(const char **lines, unsigned int *count, const char *line)
{
    if (ok(*count < LINES_MAX, "too many lines")) lines[(*count)++] = line;
}

static void read_line(struct row *row, const char *line)
{
    const char *rest;

    if (!*line || *line == '#') return;
    if ((rest = after(line, "== "))) row->name = rest;
    else if ((rest = after(line, "source: "))) *(row->name ? &row->source : &common_source) = rest;
    else if ((rest = after(line, "sure: "))) *(row->name ? &row->sure : &common_sure) = rest;
    else if ((rest = after(line, "todo: "))) row->todo = rest;
    else if ((rest = after(line, "needs: "))) row->needs = rest;
    else if ((rest = after(line, "= "))) row->code = atoi(rest);
    else if ((rest = after(line, ">"))) add_line(row->script, &row->script_count, *rest == ' ' ? rest + 1 : rest);
    else if ((rest = after(line, "|"))) add_line(row->expected, &row->expected_count, *rest == ' ' ? rest + 1 : rest);
    else add_line(row->effects, &row->effect_count, line);
}

/* The next row of a text that is cut up: its lines up to an empty one. FALSE at the end of the text. */
static BOOL next_row(char **next, struct row *row)
{
    char *line;

    memset(row, 0, sizeof(*row));
    row->code = -1;
    while (*(line = *next))
    {
        if (!(*next = strchr(line, '\n'))) *next = line + strlen(line);
        else *(*next)++ = 0;
        if (!*line && row->name) break;
        read_line(row, line);
    }
    if (!row->source) row->source = common_source;
    if (!row->sure) row->sure = common_sure;
    return row->name != NULL;
}

/* --- texts -------------------------------------------------------------------------------------------- */

/* Append a line of what is expected, its tokens replaced. */
static void append_expected(char *text, size_t size, const char *line)
{
    static const struct
    {
        const char *token, *value;
    } tokens[] = {
        {"<site>", site},   {"<here>", directory},       {"<guid>", "{*-*-*-*-*}"},
        {"<user>", "*\\*"}, {"<time>", "*/*/* *:*:* *"}, {"<anything>", "*"},
    };
    size_t used = strlen(text), i, length;

    while (*line && used < size - MAX_PATH)
    {
        for (i = 0; i < ARRAYSIZE(tokens) && !after(line, tokens[i].token); i++) {}
        if (i == ARRAYSIZE(tokens))
        {
            text[used++] = *line++;
            continue;
        }
        length = strlen(tokens[i].value);
        memcpy(text + used, tokens[i].value, length);
        used += length;
        line += strlen(tokens[i].token);
    }
    text[used++] = '\n';
    text[used] = 0;
}

/* Each banner, which is a blank line, three lines of text and a blank line, becomes the line "<banner>". */
static void fold_banners(char *text)
{
    static const char begin[] = "\nBITSADMIN version 3.0\nBITS administration utility.\n(C) Copyright ";
    static const char folded[] = "<banner>\n";
    char *found, *end;

    while ((found = strstr(text, begin)) && (end = strstr(found + sizeof(begin) - 1, "\n\n")))
    {
        memcpy(found, folded, sizeof(folded) - 1);
        memmove(found + sizeof(folded) - 1, end + 2, strlen(end + 2) + 1);
    }
}

/* --- effects ------------------------------------------------------------------------------------------ */

static BOOL has_name(IBackgroundCopyJob *job, const char *wanted)
{
    WCHAR *name = NULL;
    char narrow[128] = "";

    IBackgroundCopyJob_GetDisplayName(job, &name);
    if (name) WideCharToMultiByte(CP_ACP, 0, name, -1, narrow, sizeof(narrow), NULL, NULL);
    CoTaskMemFree(name);
    return !strcmp(narrow, wanted);
}

/* Count the jobs of this user, those of a name or all; and cancel all where that is asked for. */
static unsigned int count_jobs(const char *name, BOOL cancel)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    unsigned int count = 0;

    if (!manager) return ~0u;
    if (ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK))
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
        {
            if (!name || has_name(job, name)) count++;
            if (cancel) IBackgroundCopyJob_Cancel(job);
            IBackgroundCopyJob_Release(job);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    IBackgroundCopyManager_Release(manager);
    return count;
}

static BOOL file_size(const char *name, ULONGLONG *size)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    if (!GetFileAttributesExA(name, GetFileExInfoStandard, &data)) return FALSE;
    *size = (ULONGLONG)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    return TRUE;
}

/* "file SIZE NAME", "nofile NAME", "jobs COUNT", "job NAME", "nojob NAME". Names of files are in the row's
 * directory. */
static void check_effect(const char *effect)
{
    ULONGLONG size = 0, wanted;
    const char *rest;
    char *name;

    if ((rest = after(effect, "file ")))
    {
        wanted = strtoull(rest, &name, 10);
        ok(file_size(name + 1, &size) && size == wanted, "%s: its size is %u\n", effect, (unsigned int)size);
    }
    else if ((rest = after(effect, "nofile "))) ok(!file_size(rest, &size), "%s: it is there\n", effect);
    else if ((rest = after(effect, "jobs "))) ok_int(count_jobs(NULL, FALSE), (unsigned int)atoi(rest));
    else if ((rest = after(effect, "job "))) ok(count_jobs(rest, FALSE) > 0, "%s: there is none\n", effect);
    else if ((rest = after(effect, "nojob "))) ok(!count_jobs(rest, FALSE), "%s: there is one\n", effect);
    else ok(FALSE, "unknown line: %s\n", effect);
}

/* --- running ------------------------------------------------------------------------------------------ */

static BOOL write_script(const char *const *lines, unsigned int count)
{
    FILE *file = fopen("row.cmd", "wb");
    unsigned int i;

    if (!ok(file != NULL, "row.cmd cannot be written\n")) return FALSE;
    fprintf(file, "@echo off\r\n");
    for (i = 0; i < count; i++) fprintf(file, "%s\r\n", lines[i]);
    fprintf(file, "@exit %%ERRORLEVEL%%\r\n");
    fclose(file);
    return TRUE;
}

/* On a busy machine the cmd.exe of Wine 8 now and then cannot start a program that is there. */
static BOOL cannot_start(void)
{
    return winetest_is_wine() && strstr(output(), "Can't recognize '");
}

static DWORD run_script(const char *const *lines, unsigned int count)
{
    return write_script(lines, count) ? run("cmd /c row.cmd") : ~0u;
}

static void remove_tree(const char *path)
{
    char name[MAX_PATH];
    WIN32_FIND_DATAA data;
    HANDLE find;

    snprintf(name, sizeof(name), "%s\\*", path);
    if ((find = FindFirstFileA(name, &data)) == INVALID_HANDLE_VALUE) return;
    do {
        if (!strcmp(data.cFileName, ".") || !strcmp(data.cFileName, "..")) continue;
        snprintf(name, sizeof(name), "%s\\%s", path, data.cFileName);
        if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        {
            remove_tree(name);
            RemoveDirectoryA(name);
        }
        else DeleteFileA(name);
    } while (FindNextFileA(find, &data));
    FindClose(find);
}

/* What the programs and the cmd.exe of some versions of Wine cannot do: a script, and what it prints where they can. */
static struct probe
{
    const char *name, *script[2], *expected;
    enum
    {
        NOT_TRIED,
        THERE,
        MISSING
    } state;
} probes[] = {
    {"findstr", {"echo a b| findstr /b /i /c:\"A B\""}, "a b\n"},
    {"find-count", {"echo a| find /c \"a\""}, "1\n"},
    {"conditions", {"cmd /c exit 1 >nul && echo wrong", "cmd /c exit 0 >nul || echo wrong"}, ""},
    {"set-file", {"echo|set /p=abc>x.txt", "set /p X=<x.txt& call echo %%X%%"}, "abc\n"},
    {"block-redirection", {"(echo a& echo b) >nul 2>&1"}, ""},
    {"for-pipe", {"for /f \"tokens=2\" %%i in ('echo a b^| find \"a b\"') do echo %%i"}, "b\n"},
};

static BOOL has_needed(const char *name)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(probes) && strcmp(probes[i].name, name); i++) {}
    if (!ok(i < ARRAYSIZE(probes), "unknown need %s\n", name)) return FALSE;
    if (probes[i].state == NOT_TRIED)
    {
        run_script(probes[i].script, probes[i].script[1] ? 2 : 1);
        probes[i].state = strcmp(output(), probes[i].expected) ? MISSING : THERE;
    }
    return probes[i].state == THERE;
}

/* Many rows begin with a job, which need not take a process: made here it is the same. Whether it was. */
static BOOL create_first(const struct row *row)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HRESULT hr;
    GUID id;

    if (strcmp(row->script[0], "bitsadmin /create job >nul")) return FALSE;
    if (!(manager = client_manager(&CLSID_BackgroundCopyManager))) return FALSE;
    hr = IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr)) IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    return SUCCEEDED(hr);
}

static void run_row(const struct row *row)
{
    static char expected[TEXT_SIZE], printed[TEXT_SIZE];
    unsigned int i;
    BOOL created;
    DWORD code;

    expected[0] = 0;
    for (i = 0; i < row->expected_count; i++) append_expected(expected, sizeof(expected), row->expected[i]);
    created = create_first(row);
    code = run_script(row->script + created, row->script_count - created);
    if (cannot_start())
    {
        trace("once more: %s\n", output());
        count_jobs(NULL, TRUE);
        created = create_first(row);
        code = run_script(row->script + created, row->script_count - created);
    }
    snprintf(printed, sizeof(printed) - 1, "%s", output());
    if (*printed && printed[strlen(printed) - 1] != '\n') strcat(printed, "\n"); /* under /RAWRETURN there is none */
    fold_banners(printed);
    if (row->todo && winetest_is_wine()) ok(!matches(printed, expected), "todo succeeds, take it out: %s\n", row->todo);
    else
    {
        if (row->code >= 0)
            ok(code == (DWORD)row->code, "exit code %lu, expected %d (%s)\n", code, row->code, row->sure);
        ok(matches(printed, expected), "prints:\n%s\nexpected (%s):\n%s\n", printed, row->sure, expected);
    }
    for (i = 0; i < row->effect_count; i++) check_effect(row->effects[i]);
    count_jobs(NULL, TRUE);
    remove_tree(".");
}

static void check_row(const struct row *row)
{
    ok(row->source && row->sure && row->script_count, "source, certainty or commands are missing\n");
    ok(row->sure &&
           (!strcmp(row->sure, "transcript") || !strcmp(row->sure, "documentation") || !strcmp(row->sure, "inferred")),
       "unknown certainty\n");
}

/* The site that the rows download from. */
static struct server *create_site(void)
{
    struct server *server = server_create();

    if (!server) return NULL;
    server_route(server, "/file.zip", &(struct route){.size = 100000});
    server_route(server, "/setup.exe", &(struct route){.size = 5000});
    server_route(server, "/a b.txt", &(struct route){.text = "text"});
    server_route(server, "/a%20b.txt", &(struct route){.text = "text"});
    server_route(server, "/empty", &(struct route){.size = 0});
    server_route(server, "/moved", &(struct route){.redirect = "/file.zip"});
    server_route(server, "/denied", &(struct route){.status = 403});
    server_route(server, "/secret", &(struct route){.size = 1000, .user = "user", .password = "secret"});
    server_route(server, "/busy", &(struct route){.status = 503});
    server_route(server, "/held", &(struct route){.size = 100000, .stall_at = 1000, .flags = ROUTE_STALL});
    snprintf(site, sizeof(site), "http://127.0.0.1:%u", server_port(server));
    return server;
}

static BOOL enter_directory(void)
{
    size_t length;

    WideCharToMultiByte(CP_ACP, 0, client_directory(), -1, directory, sizeof(directory), NULL, NULL);
    length = strlen(directory);
    if (length && directory[length - 1] == '\\') directory[length - 1] = 0;
    SetEnvironmentVariableA("SITE", site);
    SetEnvironmentVariableA("HERE", directory);
    SetEnvironmentVariableA("TEMP", directory);
    SetEnvironmentVariableA("TMP", directory);
    return ok(SetCurrentDirectoryA(directory), "no directory\n");
}

START_TEST(bitsadmin_corpus)
{
    char *text = _strdup(bitsadmin_corpus), *next = text, **argv;
    const char *only;
    unsigned int count = 0;
    struct server *server;
    struct row row;
    int argc = winetest_get_mainargs(&argv);

    if (!client_start(COINIT_MULTITHREADED)) return;
    if (count_jobs(NULL, FALSE))
    {
        skip("the user has jobs\n");
        client_stop();
        return;
    }
    if ((server = create_site()) && enter_directory())
    {
        only = argc > 1 ? argv[1] : NULL;
        while (next_row(&next, &row))
        {
            count++;
            if (only && strcmp(only, row.name)) continue;
            winetest_push_context("%s", row.name);
            check_row(&row);
            if (row.needs && winetest_is_wine() && !has_needed(row.needs)) skip("this Wine has no %s\n", row.needs);
            else run_row(&row);
            winetest_pop_context();
        }
        ok(count >= 300, "only %u rows\n", count);
    }
    SetCurrentDirectoryA("\\");
    server_destroy(server);
    client_remove_directory();
    client_stop();
    free(text);
}
