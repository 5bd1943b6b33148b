/*
 * The upload server of tests/support as a program: what tools/bits-upload-server runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/bitsserver.h"

#define FAULTS_MAX 64
#define DEFAULT_MAXIMUM (10ull << 30)

struct word
{
    const char *name;
    int value;
    const char *meaning;
};

static const struct word flags[] = {
    {"conflict", BITSSERVER_CONFLICT, "refuse to replace a file with 409 instead of 403"},
    {"disabled", BITSSERVER_DISABLED, "uploads are not enabled: 501"},
    {"not-enabled", BITSSERVER_NOT_ENABLED, "uploads are not enabled: 404"},
    {"trim", BITSSERVER_TRIM, "take the new part of overlapping fragments instead of 416"},
    {"old-error", BITSSERVER_OLD_ERROR, "BITS-Error alone; with new-error: neither"},
    {"new-error", BITSSERVER_NEW_ERROR, "BITS-Error-Code alone"},
    {"plain-hex", BITSSERVER_PLAIN_HEX, "error numbers without 0x"},
    {"suffix-hex", BITSSERVER_SUFFIX_HEX, "error numbers with L behind them"},
    {"empty-context", BITSSERVER_EMPTY_CONTEXT, "BITS-Error-Context without a value"},
    {"error-on-success", BITSSERVER_ERROR_ON_SUCCESS, "BITS-Error-Code with 200"},
    {"created", BITSSERVER_CREATED, "201 for Create-Session"},
    {"session-in-acks", BITSSERVER_SESSION_IN_ACKS, "repeat the session id"},
    {"no-offset", BITSSERVER_NO_OFFSET, "no BITS-Received-Content-Range with 200"},
    {"high-offset", BITSSERVER_HIGH_OFFSET, "more than the file's size there"},
    {"low-offset", BITSSERVER_LOW_OFFSET, "drop half of each fragment"},
    {"bad-offset-name", BITSSERVER_BAD_OFFSET_NAME, "BITS-Recieved-Content-Range with 416"},
    {"no-416-offset", BITSSERVER_NO_416_OFFSET, "416 says nothing"},
    {"at-close", BITSSERVER_AT_CLOSE, "the file appears with Close-Session"},
    {"http10", BITSSERVER_HTTP10, "answer with HTTP/1.0"},
    {"no-ack", BITSSERVER_NO_ACK, "no BITS-Packet-Type"},
    {"bad-protocol", BITSSERVER_BAD_PROTOCOL, "choose an unknown protocol"},
    {"plain-protocol", BITSSERVER_PLAIN_PROTOCOL, "name it without braces"},
    {"upper-protocol", BITSSERVER_UPPER_PROTOCOL, "name it in capitals"},
    {"bodied-acks", BITSSERVER_BODIED_ACKS, "answers with a body"},
    {"chunked-acks", BITSSERVER_CHUNKED_ACKS, "answers with a body in chunks"},
    {"per-connection", BITSSERVER_PER_CONNECTION, "sessions end with their connection"},
    {"strict", BITSSERVER_STRICT, "400 for what is not spelled exactly"},
    {"no-copy", BITSSERVER_NO_COPY, "with --reply: do not keep the file"},
    {"auth-once", BITSSERVER_AUTH_ONCE, "passwords are asked for once on a connection"},
    {"proxy", BITSSERVER_PROXY, "ask for passwords as a proxy"},
    {NULL}};

static const struct word faults[] = {
    {"close-before", BITSSERVER_CLOSE_BEFORE, "close the connection instead of answering"},
    {"close-after", BITSSERVER_CLOSE_AFTER, "do what is asked, close the connection without an answer"},
    {"cut-head", BITSSERVER_CUT_HEAD, "the same after half of the answer's head"},
    {"lose-sessions", BITSSERVER_LOSE_SESSIONS, "forget all sessions first"},
    {"lose-data", BITSSERVER_LOSE_DATA, "forget half of what came first"},
    {"lose-file", BITSSERVER_LOSE_FILE, "delete the finished file first"},
    {NULL}};

static const struct word sessions[] = {{"guid", BITSSERVER_GUID},
                                       {"plain", BITSSERVER_PLAIN_GUID},
                                       {"decimal", BITSSERVER_DECIMAL},
                                       {"long", BITSSERVER_LONG_ID},
                                       {NULL}};

static const struct word urls[] = {{"backslashes", BITSSERVER_BACKSLASHES},
                                   {"slashes", BITSSERVER_SLASHES},
                                   {"path", BITSSERVER_PATH},
                                   {"absolute", BITSSERVER_ABSOLUTE},
                                   {"missing", BITSSERVER_MISSING},
                                   {"too-long", BITSSERVER_TOO_LONG},
                                   {NULL}};

static const struct word schemes[] = {{"basic", BITSSERVER_BASIC}, {"digest", BITSSERVER_DIGEST}, {NULL}};

static const struct option long_options[] = {{"port", required_argument, NULL, 'p'},
                                             {"listen", required_argument, NULL, 'L'},
                                             {"overwrite", no_argument, NULL, 'w'},
                                             {"max-size", required_argument, NULL, 'm'},
                                             {"max-fragment", required_argument, NULL, 'l'},
                                             {"session-timeout", required_argument, NULL, 'T'},
                                             {"auth", required_argument, NULL, 'a'},
                                             {"user", required_argument, NULL, 'u'},
                                             {"host-id", required_argument, NULL, 'h'},
                                             {"host-timeout", required_argument, NULL, 't'},
                                             {"reply", required_argument, NULL, 'r'},
                                             {"reply-url", required_argument, NULL, 'R'},
                                             {"reply-delay", required_argument, NULL, 'd'},
                                             {"reply-life", required_argument, NULL, 'e'},
                                             {"session-id", required_argument, NULL, 's'},
                                             {"manner", required_argument, NULL, 'o'},
                                             {"fault", required_argument, NULL, 'f'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {"help", no_argument, NULL, 'H'},
                                             {NULL}};

static struct
{
    unsigned int number;
    int what;
} script[FAULTS_MAX];
static unsigned int script_size;

static int scripted_fault(void *context, unsigned int number, const char *type)
{
    unsigned int i;

    for (i = 0; i < script_size; i++)
        if (script[i].number == number) return script[i].what;
    return 0;
}

/* -1: no such word. */
static int find_word(const struct word *words, const char *name)
{
    for (; words->name; words++)
        if (!strcmp(words->name, name)) return words->value;
    return -1;
}

/* "NUMBER:NAME", "NUMBER:STATUS", "NUMBER:stall=SECONDS" or "NUMBER:cut-body=BYTES". */
static int add_fault(const char *text)
{
    char *end;
    int *what;

    if (script_size == FAULTS_MAX) return 0;
    script[script_size].number = strtoul(text, &end, 10);
    if (end == text || *end++ != ':') return 0;
    what = &script[script_size++].what;
    if (!strncmp(end, "stall=", 6)) *what = BITSSERVER_STALL + atoi(end + 6);
    else if (!strncmp(end, "cut-body=", 9)) *what = BITSSERVER_CUT_BODY + atoi(end + 9);
    else if ((*what = find_word(faults, end)) < 0) *what = atoi(end);
    return *what >= 200;
}

static int set_reply(const char *text, struct bitsserver_options *options)
{
    if (!strcmp(text, "echo")) options->reply = BITSSERVER_ECHO;
    else if (!strcmp(text, "empty")) options->reply = BITSSERVER_EMPTY;
    else if (!strncmp(text, "http", 4))
    {
        options->reply = BITSSERVER_STATIC;
        options->static_url = text;
    }
    else if ((options->refuse_status = atoi(text)) >= 300 && options->refuse_status < 600)
        options->reply = BITSSERVER_REFUSE;
    else return 0;
    return 1;
}

/* "USER:PASSWORD", taken apart in place; what ps shows of it is wiped. */
static int set_user(char *text, struct bitsserver_options *options)
{
    char *copy = strdup(text), *colon = copy ? strchr(copy, ':') : NULL;

    if (!colon) return 0;
    memset(text, '*', strlen(text));
    *colon = 0;
    options->user = copy;
    options->password = colon + 1;
    return 1;
}

static void help(void)
{
    const struct word *word;

    printf("Usage: bits-upload-server [OPTION]... DIRECTORY\n\n"
           "A small server for BITS uploads (BITS_POST), and for uploads by PUT and POST. It stores what it gets in\n"
           "DIRECTORY, which exists, under the last segment of the URL, listens on 127.0.0.1 until it is ended, "
           "and says\n"
           "on its output where (first line) and what is asked of it (one line of JSON each). It also answers GET.\n\n"
           "  -p, --port PORT            instead of any that is free\n"
           "      --listen ADDRESS       IPv4 address instead of 127.0.0.1. There is no TLS: passwords and files "
           "can be\n"
           "                             read by everybody on the way, and without --auth anybody can store files\n"
           "  -w, --overwrite            replace files that exist (else 403)\n"
           "  -m, --max-size BYTES       refuse larger files (default %llu)\n"
           "  -l, --max-fragment BYTES   refuse longer fragments (413)\n"
           "      --session-timeout SEC  forget uploads without progress (default 14 days)\n"
           "      --auth basic|digest    ask for a password\n"
           "      --user NAME:PASSWORD   whose\n"
           "  -q, --quiet                no lines of JSON\n\n"
           "What lies in DIRECTORY under names that begin with .bits- are uploads under way. Names with a path, with\n"
           "characters or of devices that Windows does not allow, or that begin with a dot are refused (400); "
           "symbolic\n"
           "links are not followed.\n\n"
           "For tests of clients:\n"
           "  -h, --host-id HOST         BITS-Host-Id\n"
           "  -t, --host-timeout SEC     BITS-Host-Id-Fallback-Timeout\n"
           "  -r, --reply REPLY          answer uploads: echo, empty, a URL, or the status with which an application "
           "refuses\n"
           "      --reply-url FORM       backslashes, slashes, path, absolute, missing, too-long\n"
           "      --reply-delay MS       time that the application takes\n"
           "      --reply-life MS        after which the reply is gone\n"
           "  -s, --session-id STYLE     guid, plain, decimal, long\n"
           "  -o, --manner MANNER        a deviation, see below; may be repeated\n"
           "  -f, --fault PACKET:FAULT   what goes wrong with the packet of that number, from 1; may be repeated\n\n",
           DEFAULT_MAXIMUM);
    printf("Manners:\n");
    for (word = flags; word->name; word++) printf("  %-18s %s\n", word->name, word->meaning);
    printf("\nFaults:\n");
    for (word = faults; word->name; word++) printf("  %-18s %s\n", word->name, word->meaning);
    printf("  %-18s that HTTP status and nothing else\n  %-18s nothing happens for so long\n"
           "  %-18s take so much of the body, then close the connection\n",
           "STATUS", "stall=SECONDS", "cut-body=BYTES");
    printf("\nExample: lose the session at the fourth packet\n"
           "  tools/bits-upload-server -p 8080 -f 4:lose-sessions /tmp/uploads &\n"
           "  wine bitsadmin /transfer try /upload http://127.0.0.1:8080/file 'C:\\file'\n");
}

static int usage(void)
{
    fprintf(stderr, "Usage: bits-upload-server [OPTION]... DIRECTORY\nbits-upload-server --help says more\n");
    return 64;
}

static int set_word(int *option, const struct word *words, const char *name)
{
    int value = find_word(words, name);

    *option = value;
    return value >= 0;
}

static int take_option(int option, struct bitsserver_options *options)
{
    int value = 0, good = 1;

    switch (option)
    {
    case 'p': options->port = atoi(optarg); break;
    case 'L': options->address = optarg; break;
    case 'w': options->flags &= ~BITSSERVER_NO_OVERWRITE; break;
    case 'l': options->fragment_limit = strtoull(optarg, NULL, 10); break;
    case 'm': options->maximum_size = strtoull(optarg, NULL, 10); break;
    case 'T': options->session_timeout = atoi(optarg); break;
    case 'a': good = set_word(&value, schemes, optarg), options->auth = value; break;
    case 'u': good = set_user(optarg, options); break;
    case 'h': options->host_id = optarg; break;
    case 't': options->host_timeout = optarg; break;
    case 'r': good = set_reply(optarg, options); break;
    case 'R': good = set_word(&value, urls, optarg), options->reply_url = value; break;
    case 'd': options->reply_delay = atoi(optarg); break;
    case 'e': options->reply_lifetime = atoi(optarg); break;
    case 's': good = set_word(&value, sessions, optarg), options->session_style = value; break;
    case 'o': good = set_word(&value, flags, optarg), options->flags |= good ? value : 0; break;
    case 'f': good = add_fault(optarg); break;
    case 'q': options->transcript = NULL; break;
    default: return 0;
    }
    return good;
}

int main(int argc, char **argv)
{
    struct bitsserver_options options = {.fault = scripted_fault,
                                         .transcript = stdout,
                                         .flags = BITSSERVER_NO_OVERWRITE,
                                         .maximum_size = DEFAULT_MAXIMUM};
    struct bitsserver *server;
    char directory[3072];
    struct stat info;
    sigset_t ends;
    int option, number;

    while ((option = getopt_long(argc, argv, "p:l:m:h:t:r:s:o:f:wq", long_options, NULL)) != -1)
    {
        if (option == 'H')
        {
            help();
            return 0;
        }
        if (!take_option(option, &options)) return usage();
    }
    if (optind != argc - 1 || (options.auth && !options.user)) return usage();
    if (stat(argv[optind], &info) || !S_ISDIR(info.st_mode))
    {
        fprintf(stderr, "bits-upload-server: %s is no directory\n", argv[optind]);
        return 1;
    }
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
    printf("{\"listening\":\"http://%s:%u/\"}\n", options.address ? options.address : "127.0.0.1",
           bitsserver_port(server));
    fflush(stdout);
    sigwait(&ends, &number);
    bitsserver_destroy(server);
    return 0;
}
