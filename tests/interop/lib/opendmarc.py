"""opendmarc - OpenDMARC's library, with a name server of ours.

It is Debian's libopendmarc2; no header is needed.  LIBRARY is None where it
is not installed.
"""
import ctypes
import socket
import struct
from ctypes import (POINTER, byref, c_char, c_char_p, c_int, c_size_t,
                    c_void_p, create_string_buffer)

PARSED, TEMPORARY = 0, 11                               # DMARC_PARSE_OKAY, ...
MOZILLA = 1                                             # the list's format
PASS, FAIL = 1, 2                                       # _OUTCOME_
MAIL_FROM, HELO = 1, 2                                  # _SPF_ORIGIN_
ALIGNED = 4                                             # _ALIGNMENT_PASS
ABSENT, PASSED, NONE = 14, 15, 18                       # DMARC_POLICY_
ENFORCED = {16: "reject", 17: "quarantine", 18: "none"}
POLICIES = {"n": "none", "q": "quarantine", "r": "reject"}
USED_SP = 20


class Init(ctypes.Structure):
    _fields_ = [("tld_type", c_int), ("tld_source_file", c_char * 4096),
                ("nscount", c_int), ("nsaddr_list", (c_char * 16) * 3)]


def load():
    try:
        lib = ctypes.CDLL("libopendmarc.so.2")
    except OSError:
        return None
    prefix = "opendmarc_"
    for name, result, arguments in [
            ("policy_library_init", c_int, [POINTER(Init)]),
            ("policy_connect_init", c_void_p, [c_char_p, c_int]),
            ("policy_connect_shutdown", c_void_p, [c_void_p]),
            ("policy_store_from_domain", c_int, [c_void_p, c_char_p]),
            ("policy_store_spf", c_int,
             [c_void_p, c_char_p, c_int, c_int, c_char_p]),
            ("policy_store_dkim", c_int,
             [c_void_p, c_char_p, c_char_p, c_int, c_char_p]),
            ("policy_query_dmarc", c_int, [c_void_p, c_char_p]),
            ("get_policy_to_enforce", c_int, [c_void_p]),
            ("get_policy_token_used", c_int, [c_void_p]),
            ("policy_fetch_alignment", c_int,
             [c_void_p, POINTER(c_int), POINTER(c_int)]),
            ("policy_fetch_p", c_int, [c_void_p, POINTER(c_int)]),
            ("policy_fetch_sp", c_int, [c_void_p, POINTER(c_int)]),
            ("policy_fetch_utilized_domain", c_int,
             [c_void_p, c_char_p, c_size_t]),
            ("get_tld", c_int, [c_char_p, c_char_p, c_size_t])]:
        function = getattr(lib, prefix + name)
        function.restype, function.argtypes = result, arguments
    return lib


LIBRARY = load()
init = Init()           # it keeps a pointer


def begin(suffixes, port):
    init.tld_type = MOZILLA
    init.tld_source_file = suffixes.encode()
    init.nscount = 1
    address = struct.pack("=H", socket.AF_INET) + struct.pack(
        "!H4s8x", port, socket.inet_aton("127.0.0.1"))
    ctypes.memmove(byref(init.nsaddr_list), address, 16)
    return LIBRARY.opendmarc_policy_library_init(byref(init)) == PARSED


def organizational(domain):
    out = create_string_buffer(512)
    LIBRARY.opendmarc_get_tld(domain.encode(), out, 512)
    return out.value.decode()


def store(context, case):
    lib = LIBRARY
    lib.opendmarc_policy_store_from_domain(context, case.author.encode())
    if case.spf:
        lib.opendmarc_policy_store_spf(
            context, case.spf[0].encode(),
            PASS if case.spf[1] == "pass" else FAIL,
            HELO if case.null_sender else MAIL_FROM, None)
    for domain, result in case.signers:
        lib.opendmarc_policy_store_dkim(
            context, domain.encode(), b"k",
            PASS if result == "pass" else FAIL, None)


def number(function, context):
    value = c_int()
    function(context, byref(value))
    return chr(value.value)


def read(context, answer):
    lib = LIBRARY
    enforced = lib.opendmarc_get_policy_to_enforce(context)
    dkim, spf = c_int(), c_int()
    lib.opendmarc_policy_fetch_alignment(context, byref(dkim), byref(spf))
    name = create_string_buffer(512)
    lib.opendmarc_policy_fetch_utilized_domain(context, name, 512)
    used_sp = lib.opendmarc_get_policy_token_used(context) == USED_SP
    policy = number(lib.opendmarc_policy_fetch_sp if used_sp else
                    lib.opendmarc_policy_fetch_p, context)
    answer.update(
        result="pass" if enforced == PASSED else
        "fail" if enforced in ENFORCED else "none",
        policy_domain=name.value.decode(),
        policy=ENFORCED.get(enforced, POLICIES.get(policy)),
        spf="pass" if spf.value == ALIGNED else "fail",
        dkim="pass" if dkim.value == ALIGNED else "fail")


def verdict(case):
    lib = LIBRARY
    context = lib.opendmarc_policy_connect_init(b"192.0.2.1", 4)
    store(context, case)
    status = lib.opendmarc_policy_query_dmarc(context, case.author.encode())
    answer = {"organizational": organizational(case.author),
              "result": "temperror" if status == TEMPORARY else "none",
              "status": status}
    if status == PARSED:
        read(context, answer)
    lib.opendmarc_policy_connect_shutdown(context)
    return answer
