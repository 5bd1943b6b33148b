/*
 * A service on the simulated system, its client, and what must be true of both.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A story is a function that does what a client would: it makes jobs, runs them, and ends them.  Each of its calls is
 * a step.  When a fault makes a step fail, the job must be as before, and the step is repeated, after a restart of the
 * service in half of the runs.  When the power is cut, the service is started again on what is left of the disk, and
 * the story goes on from the step that was interrupted.
 */

#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "sim.h"
#include "transfer/transfer.h"

#define JOBS_MAX 8
#define FILES_OF_JOB_MAX 256

struct tracked_file
{
    char url[64]; /* path on the server */
    char local[96];
    unsigned int version; /* of the content */
    struct file_range ranges[4];
    unsigned int range_count;
};

struct tracked_job
{
    struct job *job; /* NULL: there is none, or it is over */
    GUID id;
    enum job_type type;
    struct tracked_file files[FILES_OF_JOB_MAX];
    unsigned int file_count; /* that the job must have */
    bool resumed;            /* the last of Suspend and Resume that was acknowledged */
    bool spoiled;            /* the test has taken its files away */
    bool partial;            /* not all of it is wanted: SUSPENDED is an end of its transfer */
    char *acknowledged;      /* as dump_job prints it, after the last step that succeeded */
};

enum step_kind
{
    STEP_CHANGE, /* may be repeated */
    STEP_ADD,    /* adds files: not twice */
    STEP_END,    /* Complete or Cancel: the job is over after it */
};

struct step
{
    struct tracked_job *job;
    const char *text;
    enum step_kind kind;
    unsigned int adds; /* files */
    unsigned int tries;
    bool done;
    transfer_code code; /* of the call that succeeded */
    bool interrupted;   /* by a power cut: it may have had its effect */
    char *before;
    enum job_state state_before;
    char *after_restart; /* what a restart after its failure showed */
};

struct world
{
    struct queue *queue;
    const struct queue_profile *profile;
    unsigned int seed;
    bool restarts; /* after a failure */
    enum survival survival;
    unsigned int metadata;
    struct tracked_job jobs[JOBS_MAX];
    unsigned int job_count;
    struct step step;
    unsigned int restart_count;
    bool files_left; /* a call said that it could not delete all */
    bool over;       /* the story cannot go on */
};

struct story
{
    const char *name;
    void (*tell)(struct world *world);
    bool whole_in_check; /* short enough for every number of every fault */
    bool parallel;       /* a file may have several connections */
};

extern const struct story stories[];

/* One run.  Returns the number of things that were wrong. */
unsigned int world_run(const struct story *story, enum fault_kind kind, long number, bool for_good, unsigned int seed);

/* --- for stories ------------------------------------------------------------------------------------------ */

/* Every step is a loop: STEP(world, job, STEP_CHANGE, 0, job_resume(job->job)); */
#define STEP(world, tracked, how, count, call) \
    for (step_begin(world, tracked, how, count, #call); step_again(world); step_end(world, call)) {}

void step_begin(struct world *world, struct tracked_job *job, enum step_kind kind, unsigned int adds, const char *text);
bool step_again(struct world *world);
void step_end(struct world *world, transfer_code code);

struct tracked_job *create_job(struct world *world, enum job_type type);
/* Add files to the job by one call; the servers have them. */
void add_files(struct world *world, struct tracked_job *job, const struct tracked_file *files, unsigned int count);
/* The same for a file of the server with the local name "C:\dl\" + its name. */
void add_file(struct world *world, struct tracked_job *job, const char *url);
void resume(struct world *world, struct tracked_job *job);
void suspend(struct world *world, struct tracked_job *job);
/* Wait for a state; a job that fails by a fault is resumed. */
void wait_state(struct world *world, struct tracked_job *job, enum job_state state);
/* Wait until so many bytes are there; or all. */
void wait_bytes(struct world *world, struct tracked_job *job, uint64_t bytes);
void complete(struct world *world, struct tracked_job *job);
void cancel(struct world *world, struct tracked_job *job);
/* Stop the service and start it again; kill: it is not told. */
void restart(struct world *world, bool kill);
/* What a file must contain: all of it, or its ranges. */
void check_file(struct world *world, const struct tracked_file *file, const char *path);
#define CHECK_THAT(condition, ...) ((condition) ? (void)0 : wrong(__VA_ARGS__))

#endif
