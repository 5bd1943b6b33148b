# The binary contract: sizes, slots, ids and values against the published tables and MinGW's headers.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += contract
contract_dir = tests/contract
contract_sources = contract.c layout_ours.c layout_mingw.c
contract_generated = bitsapi_i.c
contract_rc = contract.rc
contract_ldlibs = -lole32 -loleaut32 -luuid
