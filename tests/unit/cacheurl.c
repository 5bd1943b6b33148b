/*
 * What a cache server is asked.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "transfer/download/cacheurl.h"
#include "unit.h"

static void check(const char *url, const char *host, const char *want)
{
    char *got = cache_url_make(url, host);

    CHECK_STR(got, want);
    free(got);
}

/* D-368 */
TEST(urls)
{
    check("http://server/dir/file", "cache", "http://cache/dir/file?cacheHostOrigin=server");
    check("http://server:8080/file?a=b#part", "10.0.0.1:90", "http://10.0.0.1:90/file?a=b&cacheHostOrigin=server:8080");
    check("http://me:word@server/", "cache", "http://cache/?cacheHostOrigin=server");
    check("http://server", "[::1]:90", "http://[::1]:90/?cacheHostOrigin=server");
    check("https://server/file", "cache", NULL);
    check("nonsense", "cache", NULL);
    check("http://server/", "", NULL);
    check("http://server/", "a b", NULL);
    check("http://server/", "cache/path", NULL);
}

int main(void)
{
    RUN(urls);
    return unit_finish();
}
