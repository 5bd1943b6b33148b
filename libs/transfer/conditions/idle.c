/*
 * How much of a line a background transfer may use, so that others notice it least (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "transfer/conditions/idle.h"

/* Looks between two trials: more after each that showed nothing, because a trial costs half of what could have come. */
#define PATIENCE_FIRST 8
#define PATIENCE_MOST 64

/* Bytes a second that any machine receives. */
#define NOISE (8 * 1024)

void idle_begin(struct idle *idle)
{
    *idle = (struct idle){.state = IDLE_FREE, .limit = IDLE_UNLIMITED, .patience = PATIENCE_FIRST};
}

static void enter(struct idle *idle, enum idle_state state, uint64_t limit)
{
    idle->settling = limit != idle->limit;
    idle->state = state;
    idle->limit = limit;
    idle->wait = idle->patience;
}

/* Another limit, whose effect is judged by what there was without it. */
static void change(struct idle *idle, enum idle_state state, uint64_t limit, uint64_t own, uint64_t others)
{
    idle->own = own;
    idle->others = others;
    enter(idle, state, limit < IDLE_LEAST ? IDLE_LEAST : limit);
}

/* Whether most of what we gave up went to others, or most of what we gained came from them. */
static bool is_exchanged(const struct idle *idle, uint64_t own, uint64_t others)
{
    if (own < idle->own) return others > idle->others && others - idle->others > (idle->own - own) / 2;
    return others < idle->others && idle->others - others > (own - idle->own) / 2;
}

static void judge_lower(struct idle *idle, uint64_t own, uint64_t others)
{
    if (own < idle->own && is_exchanged(idle, own, others))
    {
        idle->patience = PATIENCE_FIRST;
        if (idle->limit > IDLE_LEAST) change(idle, IDLE_YIELDING, idle->limit / 2, own, others);
        else enter(idle, IDLE_HOLDING, idle->limit);
    }
    else if (idle->state == IDLE_YIELDING) enter(idle, IDLE_HOLDING, idle->limit);
    else
    {
        if (idle->patience < PATIENCE_MOST) idle->patience *= 2;
        enter(idle, IDLE_FREE, IDLE_UNLIMITED);
    }
}

static void judge_higher(struct idle *idle, uint64_t own, uint64_t others)
{
    if (own > idle->own && is_exchanged(idle, own, others)) enter(idle, IDLE_HOLDING, idle->limit / 2);
    else if (own < idle->limit / 2) enter(idle, IDLE_FREE, IDLE_UNLIMITED); /* it is not what holds us back */
    else change(idle, IDLE_RAISING, idle->limit * 2, own, others);
}

uint64_t idle_look(struct idle *idle, uint64_t all, uint64_t own)
{
    uint64_t with_headers = own + own / 16, others = all > with_headers ? all - with_headers : 0;

    if (idle->settling)
    {
        idle->settling = false;
        return idle->limit;
    }
    if (idle->wait) idle->wait--;
    if (others <= NOISE)
    {
        if (idle->state != IDLE_FREE) enter(idle, IDLE_FREE, IDLE_UNLIMITED);
        return idle->limit;
    }
    switch (idle->state)
    {
    case IDLE_FREE:
        if (!idle->wait && others > own / 8 && own > IDLE_LEAST) change(idle, IDLE_TRYING, own / 2, own, others);
        break;
    case IDLE_TRYING:
    case IDLE_YIELDING: judge_lower(idle, own, others); break;
    case IDLE_HOLDING:
        if (!idle->wait || others < idle->others / 2) change(idle, IDLE_RAISING, idle->limit * 2, own, others);
        break;
    case IDLE_RAISING: judge_higher(idle, own, others); break;
    }
    return idle->limit;
}
