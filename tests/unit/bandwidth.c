/*
 * Unit tests of libs/transfer/conditions/bandwidth.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "transfer/conditions/bandwidth.h"

static uint64_t limit(const struct bandwidth_policy *policy, unsigned int day, unsigned int hour, unsigned int level)
{
    uint64_t limits[BANDWIDTH_LEVELS];

    bandwidth_evaluate(policy, day, hour, false, limits);
    return limits[level];
}

static uint64_t near(const struct bandwidth_policy *policy, unsigned int day, unsigned int hour, unsigned int level)
{
    uint64_t limits[BANDWIDTH_LEVELS];

    bandwidth_evaluate(policy, day, hour, true, limits);
    return limits[level];
}

/* B-584 */
TEST(kbits)
{
    CHECK_INT(bandwidth_of_kbits(0), 0);
    CHECK_INT(bandwidth_of_kbits(1), 250);
    CHECK_INT(bandwidth_of_kbits(2), 250);
    CHECK_INT(bandwidth_of_kbits(1000), 125000);
    CHECK_INT(bandwidth_of_kbits(4294967200u), 536870900000);
}

/* B-806 to B-811: named one by one below. */
TEST(simple)
{
    struct bandwidth_policy policy = {
        .from_hour = 8, .to_hour = 17, .on_schedule = 1000, .off_schedule = BANDWIDTH_UNLIMITED};
    unsigned int i;

    CHECK(limit(&policy, 1, 10, 1) == BANDWIDTH_UNLIMITED); /* B-806 */
    policy.simple = true;
    CHECK(limit(&policy, 1, 7, 1) == BANDWIDTH_UNLIMITED);                           /* B-810 */
    for (i = 0; i < BANDWIDTH_LEVELS; i++) CHECK_INT(limit(&policy, 1, 8, i), 1000); /* B-807, B-808 */
    CHECK_INT(limit(&policy, 0, 16, 1), 1000);
    CHECK(limit(&policy, 1, 17, 1) == BANDWIDTH_UNLIMITED); /* B-809 */
    policy.off_schedule = 0;
    CHECK_INT(limit(&policy, 1, 17, 1), 0); /* B-811 */
    policy.from_hour = 22;                  /* over midnight */
    policy.to_hour = 6;
    CHECK_INT(limit(&policy, 1, 23, 1), 1000);
    CHECK_INT(limit(&policy, 1, 5, 1), 1000);
    CHECK_INT(limit(&policy, 1, 6, 1), 0);
    policy.from_hour = 6; /* B-809: all day */
    CHECK_INT(limit(&policy, 1, 3, 1), 1000);
}

/* B-820, B-821 */
TEST(profiles)
{
    struct bandwidth_policy policy = {
        .work = {true, 1, 5, 8, 17, {300, 200, 100}},
        .other = {.present = true, .limits = {BANDWIDTH_UNLIMITED, 2000, 1000}},
        .maintenance = {true, 6, 0, 2, 4, {30, 20, 10}},
    };

    CHECK(limit(&policy, 3, 10, 0) == BANDWIDTH_UNLIMITED);
    policy.profiles = true;
    CHECK_INT(limit(&policy, 3, 10, 0), 300);
    CHECK_INT(limit(&policy, 5, 16, 2), 100);
    CHECK_INT(limit(&policy, 5, 17, 2), 1000);
    CHECK(limit(&policy, 6, 10, 0) == BANDWIDTH_UNLIMITED);
    CHECK_INT(limit(&policy, 6, 2, 1), 2000);
    policy.maintenance_profile = true;
    CHECK_INT(limit(&policy, 6, 2, 1), 20);
    CHECK_INT(limit(&policy, 0, 3, 1), 20);
    CHECK_INT(limit(&policy, 1, 3, 1), 2000);
    CHECK_INT(near(&policy, 6, 2, 1), 20);
    policy.not_on_subnet = true; /* B-820 */
    CHECK(near(&policy, 6, 2, 1) == BANDWIDTH_UNLIMITED);
    CHECK_INT(limit(&policy, 6, 2, 1), 20);
    policy.simple = true; /* the lower one counts */
    policy.on_schedule = 150;
    CHECK_INT(limit(&policy, 3, 10, 0), 150);
    CHECK_INT(limit(&policy, 3, 10, 2), 100);
    CHECK_INT(near(&policy, 3, 10, 2), 150);
    policy.work.end_day = 7;
    CHECK(!bandwidth_profile_is_valid(&policy.work));
    CHECK(bandwidth_profile_is_valid(&policy.maintenance));
}

int main(void)
{
    RUN(kbits);
    RUN(simple);
    RUN(profiles);
    return unit_finish();
}
