/*
 * Which failures are transient, and where they are said to have happened.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "transfer/conditions/failure.h"
#include "unit.h"

/* B-500 to B-514, line by line. */
static const struct
{
    unsigned int status;
    bool transient;
} statuses[] = {
    {300, false}, {301, false}, {302, false}, {303, false}, {304, false}, {305, false}, {307, false}, /* B-502 */
    {306, true},  {308, false}, {309, true},                                                          /* B-503 */
    {400, false},                                                                                     /* B-504 */
    {401, false},                                                                                     /* B-505 */
    {403, false},                                                                                     /* B-506 */
    {404, false},                                                                                     /* B-507 */
    {405, false}, {406, false}, {410, false}, {411, false}, {412, false}, {413, false}, {414, false}, /* B-508 */
    {415, false}, {416, false}, {417, false}, {407, false},                                           /* B-509 */
    {408, true},  {409, true},                                                                        /* B-510 */
    {500, true},                                                                                      /* B-511 */
    {501, false}, {505, false},                                                                       /* B-512 */
    {502, true},  {503, true},  {504, true},                                                          /* B-513 */
    {100, true},  {201, true},  {204, true},                                                          /* B-514 */
};

TEST(statuses)
{
    size_t i;

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
    {
        struct transfer_failure failure = transfer_failure_of_status(statuses[i].status, 3);

        CASE(statuses[i].status);
        /* B-500, B-501 */
        CHECK_INT(failure.transient, statuses[i].transient);
        CHECK_INT(failure.code, TRANSFER_HTTP_STATUS(statuses[i].status));
        CHECK_INT(failure.where, TRANSFER_WHERE_REMOTE_FILE);
        CHECK_INT(failure.file, 3);
    }
}

TEST(network)
{
    static const struct
    {
        transfer_code code;
        bool transient;
        enum transfer_where where;
    } cases[] = {
        {12007, true, TRANSFER_WHERE_REMOTE_FILE}, /* B-520 */
        {12029, true, TRANSFER_WHERE_REMOTE_FILE}, /* B-521 */
        {12030, true, TRANSFER_WHERE_REMOTE_FILE},
        {12002, true, TRANSFER_WHERE_REMOTE_FILE},
        {12152, true, TRANSFER_WHERE_REMOTE_FILE},
        {TRANSFER_E_NETWORK_DISCONNECTED, true, TRANSFER_WHERE_QUEUE}, /* B-522 */
        {TRANSFER_E_INVALID_PROXY, false, TRANSFER_WHERE_REMOTE_FILE}, /* B-534 */
        {12057, false, TRANSFER_WHERE_REMOTE_FILE},                    /* B-535 */
        {12170, false, TRANSFER_WHERE_REMOTE_FILE},
        {12037, false, TRANSFER_WHERE_REMOTE_FILE}, /* B-536 */
        {12038, false, TRANSFER_WHERE_REMOTE_FILE},
        {12045, false, TRANSFER_WHERE_REMOTE_FILE},
        {12044, false, TRANSFER_WHERE_REMOTE_FILE},                       /* B-537 */
        {0x80004005, true, TRANSFER_WHERE_CERTIFICATE_CALLBACK},          /* B-540 */
        {TRANSFER_E_INVALID_RESPONSE, false, TRANSFER_WHERE_REMOTE_FILE}, /* B-546 */
        {TRANSFER_E_MISSING_SIZE, false, TRANSFER_WHERE_REMOTE_FILE},     /* B-547 */
        {TRANSFER_E_NO_RANGE_SUPPORT, false, TRANSFER_WHERE_REMOTE_FILE},
        {TRANSFER_E_NO_HTTP_SUPPORT, false, TRANSFER_WHERE_REMOTE_FILE},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct transfer_failure failure = transfer_failure_of_network(cases[i].code, 0);

        CHECK_INT(failure.transient, cases[i].transient);
        CHECK_INT(failure.where, cases[i].where);
        CHECK_INT(failure.code, cases[i].code);
    }
}

/* B-435: libs/http has a code of its own for what is no HTTP/1.x. */
TEST(no_http)
{
    struct transfer_failure failure = transfer_failure_of_network(1233, 0);

    CHECK_INT(failure.code, TRANSFER_E_NO_HTTP_SUPPORT);
    CHECK(!failure.transient);
}

TEST(local_file)
{
    CHECK(!transfer_failure_of_file(112, 0).transient); /* B-527: disk full */
    CHECK(!transfer_failure_of_file(5, 0).transient);   /* B-528: access denied */
    CHECK(transfer_failure_of_file(32, 0).transient);   /* B-529: sharing violation */
    CHECK_INT(transfer_failure_of_file(32, 7).where, TRANSFER_WHERE_LOCAL_FILE);
    CHECK_INT(transfer_failure_of_file(32, 7).file, 7);
}

int main(void)
{
    RUN(statuses);
    RUN(network);
    RUN(no_http);
    RUN(local_file);
    return unit_finish();
}
