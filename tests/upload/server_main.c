/*
 * The upload server of tests/support as a program: what tools/bits-upload-server runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/bitsserver.h"

#define FAULTS_MAX 64

static const struct
{
    const char *name;
    unsigned int flag;
} flags[] =
{
    {"no-overwrite", BITSSERVER_NO_OVERWRITE}, {"conflict", BITSSERVER_CONFLICT}, {"disabled", BITSSERVER_DISABLED},
    {"trim", BITSSERVER_TRIM}, {"old-error", BITSSERVER_OLD_ERROR}, {"new-error", BITSSERVER_NEW_ERROR},
    {"plain-hex", BITSSERVER_PLAIN_HEX}, {"error-on-success", BITSSERVER_ERROR_ON_SUCCESS}, {"created", BITSSERVER_CREATED},
    {"no-offset", BITSSERVER_NO_OFFSET}, {"bad-offset-name", BITSSERVER_BAD_OFFSET_NAME},
    {"no-416-offset", BITSSERVER_NO_416_OFFSET}, {"at-close", BITSSERVER_AT_CLOSE}, {"no-reply-url", BITSSERVER_NO_REPLY_URL},
    {"absolute-reply", BITSSERVER_ABSOLUTE_REPLY}, {"http10", BITSSERVER_HTTP10}, {"no-ack", BITSSERVER_NO_ACK},
    {"bad-protocol", BITSSERVER_BAD_PROTOCOL}, {"bodied-acks", BITSSERVER_BODIED_ACKS},
};

static const struct
{
    const char *name;
    int what;
} faults[] =
{
    {"close-before", BITSSERVER_CLOSE_BEFORE}, {"close-after", BITSSERVER_CLOSE_AFTER},
    {"lose-sessions", BITSSERVER_LOSE_SESSIONS}, {"lose-data", BITSSERVER_LOSE_DATA},
};

static struct { unsigned int number; int what; } script[FAULTS_MAX];
static unsigned int script_size;

static int scripted_fault(void *context, unsigned int number, const char *type)
{
    unsigned int i;

    for (i = 0; i < script_size; i++)
        if (script[i].number == number)
            return script[i].what;
    return 0;
}

/* "NUMBER:NAME" or "NUMBER:STATUS". */
static int add_fault(const char *text)
{
    char *end;
    unsigned int i;

    if (script_size == FAULTS_MAX)
        return 0;
    script[script_size].number = strtoul(text, &end, 10);
    if (end == text || *end != ':')
        return 0;
    script[script_size].what = atoi(end + 1);
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        if (!strcmp(end + 1, faults[i].name))
            script[script_size].what = faults[i].what;
    return script[script_size++].what > 0;
}

static int add_flag(const char *text, struct bitsserver_options *options)
{
    unsigned int i;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
    {
        if (strcmp(text, flags[i].name))
            continue;
        options->flags |= flags[i].flag;
        return 1;
    }
    return 0;
}

static int set_reply(const char *text, struct bitsserver_options *options)
{
    if (!strcmp(text, "echo"))
        options->reply = BITSSERVER_ECHO;
    else if (!strcmp(text, "empty"))
        options->reply = BITSSERVER_EMPTY;
    else if ((options->refuse_status = atoi(text)) >= 300 && options->refuse_status < 600)
        options->reply = BITSSERVER_REFUSE;
    else
        return 0;
    return 1;
}

static void usage(void)
{
    unsigned int i;

    fprintf(stderr, "Usage: bits-upload-server [-p PORT] [-l BYTES] [-m BYTES] [-h HOST] [-t SECONDS] [-r REPLY]\n"
                    "                          [-o MANNER]... [-f PACKET:FAULT]... DIRECTORY\n\nManners:");
    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        fprintf(stderr, " %s", flags[i].name);
    fprintf(stderr, "\nFaults: an HTTP status");
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        fprintf(stderr, " %s", faults[i].name);
    fprintf(stderr, "\nReplies: echo, empty, or the status with which the application refuses\n");
    exit(64);
}

int main(int argc, char **argv)
{
    struct bitsserver_options options = {.fault = scripted_fault, .verbose = true};
    struct bitsserver *server;
    char directory[4096];
    sigset_t ends;
    int option, number;

    while ((option = getopt(argc, argv, "p:l:m:h:t:r:o:f:")) != -1)
    {
        switch (option)
        {
        case 'p': options.port = atoi(optarg); break;
        case 'l': options.fragment_limit = strtoull(optarg, NULL, 10); break;
        case 'm': options.maximum_size = strtoull(optarg, NULL, 10); break;
        case 'h': options.host_id = optarg; break;
        case 't': options.host_timeout = optarg; break;
        case 'r': if (!set_reply(optarg, &options)) usage(); break;
        case 'o': if (!add_flag(optarg, &options)) usage(); break;
        case 'f': if (!add_fault(optarg)) usage(); break;
        default: usage();
        }
    }
    if (optind != argc - 1)
        usage();
    snprintf(directory, sizeof(directory), "%s/", argv[optind]);
    options.directory = directory;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!(server = bitsserver_create(&options)))
    {
        perror("bits-upload-server");
        return 1;
    }
    printf("{\"listening\":\"http://127.0.0.1:%u/\"}\n", bitsserver_port(server));
    fflush(stdout);
    sigwait(&ends, &number);
    bitsserver_destroy(server);
    return 0;
}
