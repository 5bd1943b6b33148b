# Native tests of the pure parts, with sanitizers.
# SPDX-License-Identifier: LGPL-2.1-or-later
http_pure_sources = $(addprefix libs/http/,arena.c auth_pure.c auth_pure_digest.c base64.c chunked.c cookies.c digest_hash.c \
	field_values.c fields.c http_date.c message.c multipart.c origin.c parse.c proxylist.c range.c \
	redact.c text.c url.c)

http_unit_tests = authheader chunked contentrange cookies fields message multipart origin proxylist redact url
unit_tests += $(http_unit_tests)
$(foreach name,$(http_unit_tests),$(eval $(name)_unit_sources = $(http_pure_sources)) \
	$(eval $(name)_unit_cflags = -I$$(srcdir)/libs/http))

unit_tests += failure record journal store_sweep
failure_unit_sources = libs/transfer/conditions/failure.c
record_unit_sources = libs/store/record.c
journal_unit_sources = libs/store/journal.c libs/store/record.c
store_sweep_unit_sources = libs/store/store.c libs/store/journal.c libs/store/reserve.c
store_sweep_unit_cflags = -I$(srcdir)/libs/transfer
journal_unit_cflags = -I$(srcdir)/libs/transfer
record_unit_cflags = -I$(srcdir)/libs/transfer

unit_tests += packet
packet_unit_sources = libs/transfer/upload/packet.c

unit_tests += bitsadmin_args
bitsadmin_args_unit_sources = programs/bitsadmin/args.c programs/bitsadmin/values.c
bitsadmin_args_unit_cflags = -I$(srcdir)/programs

unit_tests += json
json_unit_sources = libs/base/json.c

unit_tests += rangeset
rangeset_unit_sources = libs/transfer/jobs/rangeset.c

unit_tests += piecehash cacheurl
piecehash_unit_sources = libs/transfer/download/piecehash.c libs/base/json.c libs/http/base64.c libs/http/digest_hash.c
piecehash_unit_cflags = -I$(srcdir)/libs/http
cacheurl_unit_sources = libs/transfer/download/cacheurl.c $(addprefix libs/http/,arena.c parse.c text.c url.c)
cacheurl_unit_cflags = -I$(srcdir)/libs/http

unit_tests += bandwidth
bandwidth_unit_sources = libs/transfer/conditions/bandwidth.c
unit_tests += reach
reach_unit_sources = libs/transfer/conditions/reach.c
reach_unit_cflags = -fshort-wchar -I$(srcdir)/tests/unit/win32

unit_tests += idle
idle_unit_sources = libs/transfer/conditions/idle.c

unit_tests += parts
parts_unit_sources = libs/transfer/download/range_parts.c $(http_pure_sources)

# Exchanges, the pool and connections against a scripted server, without a network and without Wine.
unit_tests += sequence
sequence_unit_sources = tests/unit/scriptedpeer.c $(http_pure_sources) \
	$(addprefix libs/http/,answer.c auth.c body.c client.c connection.c debugurl.c dial.c exchange.c pool.c request.c)
sequence_unit_cflags = -I$(srcdir)/tests/unit/win32 -I$(srcdir)/libs/http -Wno-format -Wno-unused-function

unit_tests += tlswatch
tlswatch_unit_sources = libs/http/tlswatch.c

# A fuzzer only.
bitsserver_http_fuzz_sources = tests/support/bitsserver_http.c tests/support/bitsserver_name.c
