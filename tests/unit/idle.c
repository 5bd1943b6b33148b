/*
 * Unit tests of libs/transfer/conditions/idle.h (B-583): a line of some capacity, shared as TCP shares it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdbool.h>

#include "unit.h"
#include "transfer/conditions/idle.h"

#define MB 1000000ull

struct line
{
    uint64_t capacity; /* bytes a second */
    uint64_t server;   /* what our server gives at most */
    uint64_t wanted;   /* by others */
    struct idle idle;
    uint64_t limit, own, others;
};

static struct line line_of(uint64_t capacity, uint64_t server, uint64_t wanted)
{
    struct line line = {.capacity = capacity, .server = server, .wanted = wanted, .limit = IDLE_UNLIMITED};

    idle_begin(&line.idle);
    return line;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Both get what they want, or half, or what the other one leaves. */
static void pass_seconds(struct line *line, unsigned int seconds)
{
    while (seconds--)
    {
        uint64_t wish = least(line->limit, line->server), half = line->capacity / 2;

        line->own = least(wish, line->wanted < half ? line->capacity - line->wanted : half);
        line->others = least(line->wanted, line->capacity - line->own);
        line->own = least(wish, line->capacity - line->others);
        line->limit = idle_look(&line->idle, line->own + line->own / 20 + line->others, line->own);
    }
}

/* What comes in so many seconds, on the average. */
static uint64_t average(struct line *line, unsigned int seconds)
{
    uint64_t sum = 0;
    unsigned int i;

    for (i = 0; i < seconds; i++, sum += line->own) pass_seconds(line, 1);
    return sum / seconds;
}

TEST(alone)
{
    struct line line = line_of(10 * MB, 100 * MB, 0);
    unsigned int i;

    for (i = 0; i < 1000; i++)
    {
        pass_seconds(&line, 1);
        CHECK(line.limit == IDLE_UNLIMITED);
    }
    line.wanted = 5000; /* noise */
    CHECK_INT(average(&line, 1000), 10 * MB - 5000);
}

/* Others take all that they can get: they get it, and the transfer goes on. */
TEST(gives_way)
{
    struct line line = line_of(10 * MB, 100 * MB, 100 * MB);
    uint64_t own;

    pass_seconds(&line, 40);
    own = average(&line, 600);
    CHECK(own >= IDLE_LEAST);
    CHECK(own <= 10 * MB / 100);
}

TEST(comes_back)
{
    struct line line = line_of(10 * MB, 100 * MB, 100 * MB);

    pass_seconds(&line, 100);
    CHECK(line.own <= 10 * MB / 100);
    line.wanted = 0;
    pass_seconds(&line, 5);
    CHECK_INT(line.own, 10 * MB);
    line.wanted = 100 * MB;
    pass_seconds(&line, 40);
    CHECK(line.own <= 10 * MB / 100);
    line.wanted = 3 * MB; /* less, but not nothing */
    pass_seconds(&line, 60);
    CHECK(average(&line, 600) >= 5 * MB);
}

/* Others who have what they want lose nothing, and the transfer little. */
TEST(modest_others)
{
    struct line line = line_of(10 * MB, 100 * MB, 2 * MB);

    CHECK(average(&line, 600) >= 7 * MB);
    CHECK_INT(line.others, 2 * MB);
}

/* A slow server is no reason to give way. */
TEST(slow_server)
{
    struct line line = line_of(10 * MB, MB, 5 * MB);

    CHECK(average(&line, 600) >= MB * 9 / 10);
    line.wanted = 9 * MB;
    CHECK(average(&line, 600) >= MB * 9 / 10);
}

/* A line that becomes slower, and others who then want more than there is. */
TEST(slower_line)
{
    struct line line = line_of(10 * MB, 100 * MB, 2 * MB);

    pass_seconds(&line, 300);
    line.capacity = 3 * MB;
    pass_seconds(&line, 150);
    CHECK(line.others >= 2 * MB * 9 / 10);
    CHECK(line.own >= IDLE_LEAST);
}

/* Traffic that comes and goes at random never stops the transfer. */
TEST(bursts)
{
    struct line line = line_of(10 * MB, 100 * MB, 0);
    uint64_t seed = 1, sum = 0;
    unsigned int i;

    for (i = 0; i < 5000; i++, sum += line.own)
    {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        line.wanted = (seed >> 33) % (8 * MB);
        pass_seconds(&line, 1);
        CHECK(line.limit >= IDLE_LEAST);
        CHECK(line.own >= IDLE_LEAST);
    }
    CHECK(sum / i >= 2 * MB);
}

int main(void)
{
    RUN(alone);
    RUN(gives_way);
    RUN(comes_back);
    RUN(modest_others);
    RUN(slow_server);
    RUN(slower_line);
    RUN(bursts);
    return unit_finish();
}
