/*
 * The client that tools/bench measures with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: bench.exe MEASURE [NAME=VALUE]...
 *
 * Without arguments each measure is tried with small sizes against a server of the program's own.
 */

#include "bench.h"
#include "support/server.h"
#include "wine/test.h"

#define OPTIONS_MAX 16
#define TRIAL_SIZE 300000
#define TRIAL_SIZE_TEXT "300000"

static const char *set_names[OPTIONS_MAX], *set_values[OPTIONS_MAX];
static unsigned int set_count;

void set_option(const char *name, const char *value)
{
    unsigned int i;

    for (i = 0; i < set_count && strcmp(set_names[i], name); i++)
        ;
    if (i == OPTIONS_MAX) return;
    set_names[i] = name;
    set_values[i] = value;
    if (i == set_count) set_count++;
}

const char *option(const char *name, const char *otherwise)
{
    size_t length = strlen(name);
    unsigned int i;
    int arg;

    for (i = 0; i < set_count; i++)
        if (!strcmp(set_names[i], name)) return set_values[i];
    for (arg = 2; arg < winetest.argc; arg++)
        if (!strncmp(winetest.argv[arg], name, length) && winetest.argv[arg][length] == '=')
            return winetest.argv[arg] + length + 1;
    return otherwise;
}

unsigned int option_number(const char *name, unsigned int otherwise)
{
    const char *value = option(name, NULL);

    return value ? strtoul(value, NULL, 10) : otherwise;
}

double now_ms(void)
{
    LARGE_INTEGER counter, frequency;

    QueryPerformanceCounter(&counter);
    QueryPerformanceFrequency(&frequency);
    return counter.QuadPart * 1000.0 / frequency.QuadPart;
}

void result(const char *name, double value)
{
    printf("result %s %.3f\n", name, value);
    fflush(stdout);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

double quantile(double *values, unsigned int count, double rank)
{
    unsigned int index = (unsigned int)(rank * count);

    qsort(values, count, sizeof(*values), compare);
    return values[index < count ? index : count - 1];
}

WCHAR *numbered(const char *text, unsigned int number, WCHAR *buffer, size_t size)
{
    const char *place = strstr(text, "%u");

    if (place) _snwprintf(buffer, size, L"%.*hs%u%hs", (int)(place - text), text, number, place + 2);
    else _snwprintf(buffer, size, L"%hs", text);
    buffer[size - 1] = 0;
    return buffer;
}

static const struct
{
    const char *name;
    void (*measure)(void);
} measures[] = {
    {"files", measure_files},         {"resume", measure_resume},     {"latency", measure_latency},
    {"callbacks", measure_callbacks}, {"activate", measure_activate}, {"suspended", measure_suspended},
    {"downloads", measure_downloads}, {"stream", measure_stream},     {"rpc", measure_rpc},
    {"rpc-child", measure_rpc_child}, {"winsock", measure_winsock},   {"winhttp", measure_winhttp},
};

/* --- trial -------------------------------------------------------------------- */

static const char *text_of(const WCHAR *text, char *buffer, size_t size)
{
    snprintf(buffer, size, "%ls", text);
    return buffer;
}

static void try_loops(const struct server *server, const char *file)
{
    static char port[8];

    snprintf(port, sizeof(port), "%u", server_port(server));
    set_option("port", port);
    set_option("path", "/file");
    set_option("file", file);
    winetest_run(measure_winsock);
    winetest_run(measure_winhttp);
}

static void try_all(void)
{
    static char url[128], directory[MAX_PATH], file[MAX_PATH];
    struct server *server = server_create();
    WCHAR buffer[MAX_PATH];

    if (!server) return;
    server_route(server, "/file", &(struct route){.size = TRIAL_SIZE});
    set_option("url", text_of(server_url(server, L"/file", buffer, ARRAYSIZE(buffer)), url, sizeof(url)));
    set_option("dir", text_of(client_directory(), directory, sizeof(directory)));
    set_option("jobs", "2");
    set_option("files", "3");
    set_option("count", "2");
    set_option("size", TRIAL_SIZE_TEXT);
    set_option("half", "1000");
    winetest_run(measure_activate);
    winetest_run(measure_files);
    winetest_run(measure_latency);
    winetest_run(measure_callbacks);
    winetest_run(measure_downloads);
    winetest_run(measure_stream);
    winetest_run(measure_rpc);
    try_loops(server, text_of(client_path(buffer), file, sizeof(file)));
    server_route(server, "/file", &(struct route){.size = TRIAL_SIZE, .drip_bytes = 10000, .drip_ms = 20});
    winetest_run(measure_resume);
    server_destroy(server);
    client_remove_directory();
}

START_TEST(bench)
{
    unsigned int i;

    if (!client_start(COINIT_MULTITHREADED)) return;
    if (winetest.argc < 2) try_all();
    for (i = 0; i < ARRAYSIZE(measures) && winetest.argc >= 2; i++)
    {
        if (strcmp(winetest.argv[1], measures[i].name)) continue;
        measures[i].measure();
        break;
    }
    ok(winetest.argc < 2 || i < ARRAYSIZE(measures), "there is no measure %s", winetest.argv[1]);
    client_stop();
}
