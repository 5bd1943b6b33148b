/*
 * Runs stories with one fault each: every number of every kind, or one that is named.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/journal.h"
#include "known.h"
#include "world.h"

#undef time /* the machine's own clock */

#define RUN_SECONDS 60 /* of real time; longer is a hang */
#define SLOTS_MAX 16
#define GROUPS_MAX 2048
#define LINE_SIZE 700
#define MESSAGES_MAX 6 /* of a run: what comes after follows from them */

static const char usage[] =
    "Usage: faults [-n MOST] [-t SECONDS] [-r ROUND] [-j JOBS] [-s STORY] [-k KIND]\n"
    "       faults STORY KIND NUMBER SEED [good]\n"
    "       faults -l\n\n"
    "Lets call NUMBER of a KIND fail while a STORY is told, once or for good, and checks that nothing else goes\n"
    "wrong. "
    "The first form goes through all stories, kinds and numbers; -n takes at most so many numbers of each, spread\n"
    "evenly, and -t begins with no further kind of fault after that time.\n"
    "evenly. A round has other threads run first, and leaves something else of the disk. The second form repeats one\n"
    "run. -l lists stories and how many calls of each kind they make.\n"
    "With TRACE in the environment a run says what happens.\n";

/* Numbers of one kind in one story. */
struct group
{
    const struct story *story;
    enum fault_kind kind;
    bool for_good;
    long count, stride;
};

/* A process that runs a group. */
struct slot
{
    pid_t pid; /* 0: none */
    struct group *group;
    FILE *errors;
};

/* What the processes share. */
struct shared
{
    long runs, faults, cuts;
    long current[SLOTS_MAX];
};

static struct shared *shared;
static FILE *failures; /* "story kind how number seed\tmessage" */
static struct group groups[GROUPS_MAX];
static unsigned int group_count;
static unsigned int round_number;
static time_t begin_until; /* 0: for ever */

/* --- one run --------------------------------------------------------------------------------------------- */

static void too_long(int signal)
{
    hopeless("hang: the run has taken %u s", RUN_SECONDS);
}

static unsigned int run_once(const struct story *story, enum fault_kind kind, long number, bool for_good,
                             unsigned int seed)
{
    unsigned int wrongs;

    signal(SIGALRM, too_long);
    alarm(RUN_SECONDS);
    wrongs = world_run(story, kind, number, for_good, seed);
    alarm(0);
    return wrongs;
}

/* Tables that are made once and kept are no leak of the runs that follow. */
static void warm_up(void)
{
    bool traced = tracing;

    tracing = false;
    world_run(&stories[0], FAULT_NONE, 0, false, 1);
    tracing = traced;
}

static const struct story *find_story(const char *name)
{
    const struct story *story;

    for (story = stories; story->name; story++)
        if (!strcmp(story->name, name)) return story;
    fprintf(stderr, "faults: there is no story %s; -l lists them\n", name);
    exit(64);
}

static enum fault_kind find_kind(const char *name)
{
    int kind;

    for (kind = 0; kind < FAULT_KIND_COUNT; kind++)
        if (!strcmp(fault_names[kind], name)) return (enum fault_kind)kind;
    fprintf(stderr, "faults: there is no kind of fault called %s; -l lists them\n", name);
    exit(64);
}

static int repeat(int argc, char **argv)
{
    unsigned int wrongs;

    warm_up();
    wrongs = run_once(find_story(argv[1]), find_kind(argv[2]), atol(argv[3]), argc > 5 && !strcmp(argv[5], "good"),
                      (unsigned int)atoi(argv[4]));
    printf("the fault has %shappened, %u things are wrong\n", fault_has_hit() ? "" : "not ", wrongs);
    return wrongs != 0;
}

static int list(void)
{
    const struct story *story;
    int kind;

    warm_up();
    for (story = stories; story->name; story++)
    {
        run_once(story, FAULT_NONE, 0, false, 1);
        printf("%-12s", story->name);
        for (kind = FAULT_NONE + 1; kind < FAULT_KIND_COUNT; kind++)
            printf(" %s %ld", fault_names[kind], fault_count((enum fault_kind)kind));
        printf("\n");
    }
    return 0;
}

/* --- what was wrong ---------------------------------------------------------------------------------------- */

static bool is_message(const char *line)
{
    return !strncmp(line, "WRONG: ", 7) || strstr(line, "ERROR: AddressSanitizer") || strstr(line, "runtime error") ||
           strstr(line, "ERROR: LeakSanitizer");
}

/* Numbers have seeds of their own: between them, all that a power cut may leave. */
static unsigned int seed_of(long number)
{
    return (unsigned int)number + 7 * round_number;
}

/* The first place of a stack, from here on, that is of the engine. */
static void find_place(FILE *errors, char *place, size_t size)
{
    char line[LINE_SIZE];

    snprintf(place, size, " at a place not known");
    while (fgets(line, sizeof(line), errors))
    {
        line[strcspn(line, "\n")] = 0;
        if (!strstr(line, "libs/") || !strstr(line, "#")) continue;
        snprintf(place, size, " at %.200s", strstr(line, "libs/"));
        return;
    }
}

/* Note a failed run, by what it has printed. */
static void note_failure(const struct group *group, long number, FILE *errors)
{
    char line[LINE_SIZE], place[300] = "";
    unsigned int messages = 0;

    rewind(errors);
    while (fgets(line, sizeof(line), errors) && messages < MESSAGES_MAX)
    {
        line[strcspn(line, "\n")] = 0;
        if (!is_message(line)) continue;
        if (strncmp(line, "WRONG: ", 7)) find_place(errors, place, sizeof(place));
        fprintf(failures, "%s %s %ld %u%s\t%.400s%s\n", group->story->name, fault_names[group->kind], number,
                seed_of(number), group->for_good ? " good" : "", strncmp(line, "WRONG: ", 7) ? line : line + 7, place);
        messages++;
    }
    if (!messages)
        fprintf(failures, "%s %s %ld %u%s\tended without a word\n", group->story->name, fault_names[group->kind],
                number, seed_of(number), group->for_good ? " good" : "");
    fflush(failures);
}

static const struct known *find_known(const char *story, const char *kind, const char *message)
{
    const struct known *known;

    for (known = known_faults; known->text; known++)
        if ((!known->story || !strcmp(known->story, story)) && (!known->kind || !strcmp(known->kind, kind)) &&
            strstr(message, known->text))
            return known;
    return NULL;
}

/* Failures that differ in numbers only are one. */
struct failure
{
    char pattern[LINE_SIZE], example[200], message[LINE_SIZE];
    long count;
    const struct known *known;
};

static void make_pattern(const char *message, char *pattern)
{
    bool number = false;
    size_t used = 0;

    for (; *message && used < LINE_SIZE - 2; message++)
    {
        bool digit = (*message >= '0' && *message <= '9') || (number && *message >= 'a' && *message <= 'f') ||
                     (*message >= 'A' && *message <= 'F');

        if (!digit || !number) pattern[used++] = digit ? '#' : *message;
        number = digit;
    }
    pattern[used] = 0;
}

/* Print what was found.  Returns how many different failures are not known. */
static unsigned int report(void)
{
    static struct failure found[4096];
    unsigned int count = 0, i, unknown = 0;
    char line[2 * LINE_SIZE], pattern[LINE_SIZE], story[40], kind[40], *message;

    rewind(failures);
    while (fgets(line, sizeof(line), failures))
    {
        line[strcspn(line, "\n")] = 0;
        if (!(message = strchr(line, '\t')) || sscanf(line, "%39s %39s", story, kind) != 2) continue;
        *message++ = 0;
        make_pattern(message, pattern);
        for (i = 0; i < count && strcmp(found[i].pattern, pattern); i++) {}
        if (i == ARRAYSIZE(found)) continue;
        if (i == count)
        {
            count++;
            strcpy(found[i].pattern, pattern);
            snprintf(found[i].example, sizeof(found[i].example), "%.190s", line);
            snprintf(found[i].message, sizeof(found[i].message), "%.690s", message);
            found[i].known = find_known(story, kind, message);
        }
        found[i].count++;
    }
    for (i = 0; i < count; i++)
    {
        unknown += !found[i].known;
        printf("%s: %s\n    %ld runs, for example: faults %s\n", found[i].known ? "known" : "failed", found[i].message,
               found[i].count, found[i].example);
        if (found[i].known) printf("    %s\n", found[i].known->what);
    }
    return unknown;
}

/* --- a sweep -------------------------------------------------------------------------------------------------- */

static void forget_errors(FILE *errors)
{
    if (ftruncate(fileno(errors), 0)) _exit(4);
    lseek(fileno(errors), 0, SEEK_SET);
}

/* In a child: the runs of a group, from first on. */
static void run_group(struct slot *slot, unsigned int index, long first)
{
    const struct group *group = slot->group;
    long number;

    dup2(fileno(slot->errors), 2);
    setvbuf(stderr, NULL, _IONBF, 0);
    shared->current[index] = first;
    warm_up();
    for (number = first; number <= group->count; number += group->stride)
    {
        shared->current[index] = number;
        fflush(stderr);
        forget_errors(slot->errors);
        if (run_once(group->story, group->kind, number, group->for_good, seed_of(number)))
            note_failure(group, number, slot->errors);
        __atomic_add_fetch(&shared->runs, 1, __ATOMIC_RELAXED);
        if (fault_has_hit())
            __atomic_add_fetch(group->kind == FAULT_CUT ? &shared->cuts : &shared->faults, 1, __ATOMIC_RELAXED);
    }
    _exit(0);
}

static void start_slot(struct slot *slot, unsigned int index, struct group *group, long first)
{
    slot->group = group;
    fflush(NULL);
    if ((slot->pid = fork()) < 0)
    {
        perror("fork");
        exit(1);
    }
    if (!slot->pid) run_group(slot, index, first);
}

/* Returns how many groups were begun. */
static unsigned int sweep(unsigned int jobs)
{
    struct slot slots[SLOTS_MAX] = {0};
    unsigned int next = 0, busy = 0, i;
    int status;
    pid_t pid;

    for (i = 0; i < jobs; i++)
    {
        slots[i].errors = tmpfile();
        setvbuf(slots[i].errors, NULL, _IONBF, 0); /* read again and again, while others write */
    }
    for (;;)
    {
        for (i = 0; i < jobs && next < group_count && !(begin_until && time(NULL) > begin_until); i++)
        {
            if (slots[i].pid) continue;
            start_slot(&slots[i], i, &groups[next++], 1);
            busy++;
        }
        if (!busy || (pid = wait(&status)) < 0) break;
        for (i = 0; i < jobs && slots[i].pid != pid; i++) {}
        if (i == jobs) continue;
        slots[i].pid = 0;
        busy--;
        if (WIFEXITED(status) && !WEXITSTATUS(status)) continue;
        /* It ended in the middle of a run: on with the next number. */
        note_failure(slots[i].group, shared->current[i], slots[i].errors);
        shared->runs++;
        if (slots[i].group->kind == FAULT_CUT) shared->cuts++;
        else shared->faults++;
        if (shared->current[i] + slots[i].group->stride > slots[i].group->count) continue;
        start_slot(&slots[i], i, slots[i].group, shared->current[i] + slots[i].group->stride);
        busy++;
    }
    return next;
}

static void add_group(const struct story *story, enum fault_kind kind, bool for_good, long count, long most)
{
    struct group *group = &groups[group_count];

    if (!count || group_count == GROUPS_MAX) return;
    group_count++;
    group->story = story;
    group->kind = kind;
    group->for_good = for_good;
    group->count = count;
    group->stride = most ? (count + most - 1) / most : 1;
}

/* How many calls there are of each kind: told by a run without a fault, which is a test itself. */
static void plan(const char *story_name, const char *kind_name, long most)
{
    long *counts = mmap(NULL, sizeof(long) * FAULT_KIND_COUNT, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);
    const struct story *story;
    int kind, status;
    pid_t pid;

    for (story = stories; story->name; story++)
    {
        if (story_name && strcmp(story->name, story_name)) continue;
        fflush(NULL);
        if (!(pid = fork()))
        {
            if (!freopen("/dev/null", "w", stderr)) _exit(4);
            warm_up();
            run_once(story, FAULT_NONE, 0, false, 1);
            for (kind = 0; kind < FAULT_KIND_COUNT; kind++) counts[kind] = fault_count((enum fault_kind)kind);
            _exit(0);
        }
        memset(counts, 0, sizeof(long) * FAULT_KIND_COUNT);
        waitpid(pid, &status, 0);
        add_group(story, FAULT_NONE, false, 4, 4);
        for (kind = FAULT_NONE + 1; kind < FAULT_KIND_COUNT; kind++)
        {
            if (kind_name && strcmp(fault_names[kind], kind_name)) continue;
            /* A cut leaves something else of the disk for each seed: the numbers are gone through for each. */
            add_group(story, (enum fault_kind)kind, false, counts[kind], most);
            if (kind != FAULT_CUT) add_group(story, (enum fault_kind)kind, true, counts[kind], most);
        }
    }
}

int main(int argc, char **argv)
{
    const char *story = NULL, *kind = NULL;
    unsigned int jobs = 2, unknown, begun;
    long most = 0;
    int option;

    tracing = getenv("TRACE") != NULL;
    journal_crc64(0, "", 0); /* its tables are made once, and stay */
    if (argc >= 5 && argv[1][0] != '-') return repeat(argc, argv);
    while ((option = getopt(argc, argv, "n:t:r:j:s:k:l")) != -1)
    {
        switch (option)
        {
        case 'n': most = atol(optarg); break;
        case 't': begin_until = time(NULL) + atol(optarg); break;
        case 'r': round_number = (unsigned int)atoi(optarg); break;
        case 'j': jobs = (unsigned int)max(1, min(atoi(optarg), SLOTS_MAX)); break;
        case 's': story = find_story(optarg)->name; break;
        case 'k': kind = fault_names[find_kind(optarg)]; break;
        case 'l': return list();
        default: fputs(usage, stderr); return 64;
        }
    }
    if (optind < argc)
    {
        fputs(usage, stderr);
        return 64;
    }
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    failures = tmpfile();
    plan(story, kind, most);
    begun = sweep(jobs);
    unknown = report();
    printf("%ld runs of stories: %ld faults injected, %ld power cuts\n", shared->runs, shared->faults, shared->cuts);
    if (begun < group_count)
        printf("no time was left for %u of %u kinds of faults\n", group_count - begun, group_count);
    printf("%u passed, %u failed\n", begun - min(unknown, begun), unknown);
    return unknown != 0;
}
