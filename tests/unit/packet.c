/*
 * Packets of the upload protocol: formatted exactly, parsed leniently.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "transfer/upload/packet.h"
#include "unit.h"

static char text[PACKET_HEADERS_SIZE];

/* U-043 to U-047, U-272 */
TEST(requests)
{
    struct packet packet = {.type = PACKET_PING, .session = "{A}", .name = "x"};

    CHECK(packet_format(&packet, text, sizeof(text)));
    CHECK_STR(text, "BITS-Packet-Type: Ping\r\n"); /* U-023 */
    packet.type = PACKET_CREATE;
    CHECK(packet_format(&packet, text, sizeof(text)));
    CHECK_STR(text, "BITS-Packet-Type: Create-Session\r\n"
                    "BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n");
    packet.type = PACKET_CLOSE;
    CHECK(packet_format(&packet, text, sizeof(text)));
    CHECK_STR(text, "BITS-Packet-Type: Close-Session\r\nBITS-Session-Id: {A}\r\n");
    packet.type = PACKET_CANCEL;
    CHECK(packet_format(&packet, text, sizeof(text)));
    CHECK_STR(text, "BITS-Packet-Type: Cancel-Session\r\nBITS-Session-Id: {A}\r\n");
}

/* U-033, U-045 */
TEST(fragments)
{
    struct packet packet = {
        .type = PACKET_FRAGMENT, .session = "-12", .name = "a b.txt", .length = 4892, .total = 4892};

    CHECK(packet_format(&packet, text, sizeof(text)));
    CHECK_STR(text, "BITS-Packet-Type: Fragment\r\nBITS-Session-Id: -12\r\nContent-Name: a b.txt\r\n"
                    "Content-Range: bytes 0-4891/4892\r\n");
    packet.name = "";
    packet.total = UINT64_MAX;
    packet.offset = UINT64_MAX - 1;
    packet.length = 1;
    CHECK(packet_format(&packet, text, sizeof(text)));
    CHECK_STR(text, "BITS-Packet-Type: Fragment\r\nBITS-Session-Id: -12\r\n"
                    "Content-Range: bytes 18446744073709551614-18446744073709551614/18446744073709551615\r\n");
    packet.length = 2;
    CHECK(!packet_format(&packet, text, sizeof(text)));
    packet.length = 0;
    CHECK(!packet_format(&packet, text, sizeof(text)));
    packet.length = 1;
    CHECK(!packet_format(&packet, text, 40));
    packet.session = "a\r\nb";
    CHECK(!packet_format(&packet, text, sizeof(text)));
    packet.session = "";
    CHECK(!packet_format(&packet, text, sizeof(text)));
}

static struct packet_ack parse(const char *fields)
{
    static char raw[8192];
    struct packet_ack ack;

    snprintf(raw, sizeof(raw), "HTTP/1.1 200 OK\r\n%s", fields);
    packet_parse_ack(raw, &ack);
    return ack;
}

TEST(create_ack)
{
    struct packet_ack ack = parse("Pragma: no-cache\r\nBITS-Packet-Type: Ack\r\n"
                                  "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n"
                                  "BITS-Session-Id: {AbC-1}\r\nBITS-Host-Id: BACKEND1\r\n"
                                  "BITS-Host-Id-Fallback-Timeout: 110\r\nAccept-encoding: identity\r\n");

    CHECK(ack.is_ack && ack.has_protocol && ack.known_protocol && !ack.bad_session);
    CHECK_STR(ack.session, "{AbC-1}"); /* U-022 */
    CHECK_STR(ack.host, "BACKEND1");
    CHECK_INT(ack.fallback, 110);
    CHECK_INT(ack.offset_state, PACKET_OFFSET_ABSENT);
    CHECK_INT(ack.error, 0);

    ack = parse("bits-packet-type: ACK\r\nBITS-Protocol: 7DF0354D-249B-430F-820D-3D2A9BEF4931\r\n"
                "BITS-Session-Id: 5\r\n");
    CHECK(ack.is_ack && ack.known_protocol);     /* U-021, U-274 */
    CHECK_INT(ack.fallback, UPLOAD_NO_FALLBACK); /* U-026 */
    CHECK_STR(ack.host, "");
    ack = parse("BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4932}\r\n");
    CHECK(!ack.is_ack && ack.has_protocol && !ack.known_protocol);
    CHECK(!parse("BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef493}\r\n").known_protocol);
    CHECK(!parse("BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef49311}\r\n").known_protocol);
    CHECK(!parse("BITS-Packet-Type: Acknowledged\r\n").is_ack);
}

/* U-182 */
TEST(sessions)
{
    char fields[256] = "BITS-Session-Id: ";

    memset(fields + 17, 'x', 100);
    strcpy(fields + 117, "\r\n");
    CHECK_INT(strlen(parse(fields).session), 100);
    strcpy(fields + 117, "x\r\n");
    CHECK(parse(fields).bad_session && !*parse(fields).session);
    CHECK(parse("BITS-Session-Id: a b\r\n").bad_session);
    CHECK(!parse("BITS-Session-Id: \r\n").bad_session);
}

/* U-034, U-075, U-087 */
TEST(offsets)
{
    CHECK_INT(parse("BITS-Received-Content-Range: 213\r\n").offset_state, PACKET_OFFSET_GIVEN);
    CHECK_INT(parse("BITS-Received-Content-Range: 213\r\n").offset, 213);
    CHECK_INT(parse("BITS-Recieved-Content-Range: 7\n").offset, 7);
    CHECK(parse("BITS-Received-Content-Range: 18446744073709551615").offset == UINT64_MAX);
    CHECK_INT(parse("BITS-Received-Content-Range: 18446744073709551616\r\n").offset_state, PACKET_OFFSET_INVALID);
    CHECK_INT(parse("BITS-Received-Content-Range: 0-9\r\n").offset_state, PACKET_OFFSET_INVALID);
    CHECK_INT(parse("BITS-Received-Content-Range: -1\r\n").offset_state, PACKET_OFFSET_INVALID);
    CHECK_INT(parse("BITS-Received-Content-Range:\r\n").offset_state, PACKET_OFFSET_INVALID);
    CHECK_INT(parse("X: 1\r\n").offset_state, PACKET_OFFSET_ABSENT);
}

/* U-036 to U-038 */
TEST(errors)
{
    CHECK(parse("BITS-Error: 0x8020001F\r\nBITS-Error-Context: 0x5\r\n").error == PACKET_E_SESSION_NOT_FOUND);
    CHECK(parse("BITS-Error-Code: 8020001f\r\n").error == PACKET_E_SESSION_NOT_FOUND);
    CHECK(parse("BITS-Error-Code: X80070057L\r\n").error == PACKET_E_INVALIDARG);
    CHECK(parse("BITS-Error-Code: 0XA0000001\r\n").error == 0xa0000001);
    CHECK(parse("BITS-Error-Code: 0x80200020L\r\n").error == 0x80200020);
    CHECK_INT(parse("BITS-Error-Code:\r\n").error, 0);
    CHECK_INT(parse("BITS-Error-Code: 0x1\r\n").error, 0);
    CHECK_INT(parse("BITS-Error-Code: 0x180070057\r\n").error, 0);
    CHECK_INT(parse("BITS-Error-Code: no\r\n").error, 0);
    CHECK_INT(parse("BITS-Error-Context: 0x7\r\n").context, 7);
    CHECK_INT(parse("BITS-Error-Context: 5\r\n").context, 5);
    CHECK_INT(parse("BITS-Error-Context: 0x9\r\n").context, 0);
    CHECK_INT(parse("BITS-Error-Context: \r\n").context, 0);
}

TEST(names)
{
    char name[64];

    packet_content_name("C:\\dir\\a file.bin", name, sizeof(name));
    CHECK_STR(name, "a file.bin");
    packet_content_name("C:\\dir\\\xc3\xa4.bin", name, sizeof(name));
    CHECK_STR(name, ""); /* U-031 */
    packet_content_name("C:/x", name, sizeof(name));
    CHECK_STR(name, "x");
    packet_content_name("C:/xyz", name, 3);
    CHECK_STR(name, "");
}

/* U-025 */
TEST(hosts)
{
    char url[128];

    CHECK(packet_replace_host("http://origin:81/d/f?q=1", "BACK", url, sizeof(url)));
    CHECK_STR(url, "http://BACK/d/f?q=1");
    CHECK(packet_replace_host("https://u:p@origin", "b:8080", url, sizeof(url)));
    CHECK_STR(url, "https://b:8080");
    CHECK(packet_replace_host("http://o/x@y", "fe80::1", url, sizeof(url)));
    CHECK_STR(url, "http://[fe80::1]/x@y");
    CHECK(packet_replace_host("http://o/", "[::1]:80", url, sizeof(url)));
    CHECK_STR(url, "http://[::1]:80/");
    CHECK(!packet_replace_host("http://o/", "", url, sizeof(url)));
    CHECK(!packet_replace_host("http://o/", "a/b", url, sizeof(url)));
    CHECK(!packet_replace_host("o/", "a", url, sizeof(url)));
    CHECK(!packet_replace_host("http://o/", "abc", url, 11));
    CHECK(packet_replace_host("http://o/", "abc", url, 12));
}

/* U-126, U-127 */
TEST(replies)
{
    char url[160];

    CHECK(packet_resolve_reply("http://h/v/f.bin", "BITS-Sessions\\Replies\\{A}\\responsefile.bin", url, sizeof(url)));
    CHECK_STR(url, "http://h/v/BITS-Sessions/Replies/%7BA%7D/responsefile.bin");
    CHECK(packet_resolve_reply("http://h:8/v/f.bin?x=/y", "r", url, sizeof(url)));
    CHECK_STR(url, "http://h:8/v/r");
    CHECK(packet_resolve_reply("http://h/v/f.bin", "\\a b%20", url, sizeof(url)));
    CHECK_STR(url, "http://h/a%20b%20");
    CHECK(packet_resolve_reply("http://h", "\xc3\xa4", url, sizeof(url)));
    CHECK_STR(url, "http://h/%C3%A4");
    CHECK(packet_resolve_reply("http://h/v", "HTTPS://other/x\\y", url, sizeof(url)));
    CHECK_STR(url, "HTTPS://other/x%5Cy");
    CHECK(!packet_resolve_reply("http://h/v", "", url, sizeof(url)));
    CHECK(!packet_resolve_reply("http://h/v", "long", url, 13));
    CHECK(packet_resolve_reply("http://h/v", "long", url, 14));
}

/* U-180 */
TEST(long_replies)
{
    static char fields[4096] = "BITS-Reply-URL: ";

    memset(fields + 16, 'r', 2201);
    fields[16 + 2200] = 0;
    CHECK_INT(strlen(parse(fields).reply_url), 2200);
    fields[16 + 2200] = 'r';
    CHECK(parse(fields).bad_reply_url && !*parse(fields).reply_url);
}

int main(void)
{
    RUN(requests);
    RUN(fragments);
    RUN(create_ack);
    RUN(sessions);
    RUN(offsets);
    RUN(errors);
    RUN(names);
    RUN(hosts);
    RUN(replies);
    RUN(long_replies);
    return unit_finish();
}
