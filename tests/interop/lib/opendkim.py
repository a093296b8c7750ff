"""opendkim - OpenDKIM's library, called without a name server.

It comes with Debian's opendkim-tools; no header is needed.  LIBRARY is None
where it is not installed.  It asks our function for keys, and its clock can
be set, neither of which its programs allow.
"""
import ctypes
from ctypes import (CFUNCTYPE, POINTER, byref, c_bool, c_char_p, c_int,
                    c_size_t, c_ssize_t, c_uint, c_uint64, c_void_p)

OK, NOSIG = 0, 2                                        # DKIM_STAT_*
CONTINUE, TRYAGAIN, NOTFOUND, ERROR = 0, 2, 3, 4        # DKIM_CBSTAT_*
SETOPT, FLAGS, FIXEDTIME = 1, 0, 8                      # DKIM_OP_*, _OPTS_*
SIGNLEN, ZTAGS, BAD_HANDLES = 0x4, 0x10, 0x400          # DKIM_LIBFLAGS_*
IGNORE, PASSED = 1, 4                                   # DKIM_SIGFLAG_*
RSA_SHA256, ED25519 = 1, 2                              # DKIM_SIGN_*
FEATURE_ED25519 = 11
CANON = {b"simple": 0, b"relaxed": 1}

KEY_LOOKUP = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(ctypes.c_char),
                       c_size_t)


def load():
    try:
        lib = ctypes.CDLL("libopendkim.so.11")
    except OSError:
        return None
    for name, result, arguments in [
            ("dkim_init", c_void_p, [c_void_p, c_void_p]),
            ("dkim_close", None, [c_void_p]),
            ("dkim_libfeature", c_bool, [c_void_p, c_uint]),
            ("dkim_options", c_int, [c_void_p, c_int, c_int, c_void_p,
                                     c_size_t]),
            ("dkim_set_key_lookup", c_int, [c_void_p, KEY_LOOKUP]),
            ("dkim_verify", c_void_p, [c_void_p, c_char_p, c_void_p,
                                       POINTER(c_int)]),
            ("dkim_sign", c_void_p, [c_void_p, c_char_p, c_void_p, c_char_p,
                                     c_char_p, c_char_p, c_int, c_int, c_int,
                                     c_ssize_t, POINTER(c_int)]),
            ("dkim_header", c_int, [c_void_p, c_char_p, c_size_t]),
            ("dkim_eoh", c_int, [c_void_p]),
            ("dkim_body", c_int, [c_void_p, c_char_p, c_size_t]),
            ("dkim_eom", c_int, [c_void_p, POINTER(c_bool)]),
            ("dkim_getsiglist", c_int, [c_void_p, POINTER(POINTER(c_void_p)),
                                        POINTER(c_int)]),
            ("dkim_sig_process", c_int, [c_void_p, c_void_p]),
            ("dkim_sig_getflags", c_uint, [c_void_p]),
            ("dkim_sig_getbh", c_int, [c_void_p]),
            ("dkim_sig_geterror", c_int, [c_void_p]),
            ("dkim_sig_geterrorstr", c_char_p, [c_int]),
            ("dkim_sig_getdomain", c_char_p, [c_void_p]),
            ("dkim_sig_getselector", c_char_p, [c_void_p]),
            ("dkim_getsighdr_d", c_int, [c_void_p, c_size_t,
                                         POINTER(c_char_p),
                                         POINTER(c_size_t)]),
            ("dkim_geterror", c_char_p, [c_void_p]),
            ("dkim_getresultstr", c_char_p, [c_int]),
            ("dkim_free", c_int, [c_void_p])]:
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


LIBRARY = load()


class Refused(Exception):
    """The library would not go on with a message."""


class OpenDKIM:
    """lookup(name) gives the text of a key record, None where there is none,
    and raises LookupError where there is no answer."""

    def __init__(self, now, lookup=None):
        self.lib = LIBRARY.dkim_init(None, None)
        self.lookup = lookup
        self.set_option(FIXEDTIME, c_uint64(now))
        self.flags(BAD_HANDLES)
        self.callback = KEY_LOOKUP(self.key)    # must outlive the library
        LIBRARY.dkim_set_key_lookup(self.lib, self.callback)

    def set_option(self, option, value):
        self.need(None, LIBRARY.dkim_options(
            self.lib, SETOPT, option, byref(value), ctypes.sizeof(value)))

    def flags(self, flags):
        self.set_option(FLAGS, c_uint(flags))

    def has_ed25519(self):
        return LIBRARY.dkim_libfeature(self.lib, FEATURE_ED25519)

    def need(self, handle, status):
        if status != OK:
            error = handle and LIBRARY.dkim_geterror(handle)
            raise Refused((error or LIBRARY.dkim_getresultstr(status))
                          .decode("latin-1"))

    def key(self, handle, signature, buffer, size):
        name = b"%s._domainkey.%s" % (
            LIBRARY.dkim_sig_getselector(signature) or b"",
            LIBRARY.dkim_sig_getdomain(signature) or b"")
        try:
            text = self.lookup(name)
        except LookupError:
            return TRYAGAIN
        if text is None:
            return NOTFOUND
        if len(text) >= size:
            return ERROR
        ctypes.memmove(buffer, text + b"\0", len(text) + 1)
        return CONTINUE

    def feed(self, handle, text):
        """As a milter gets a message: field by field, all ends CRLF."""
        text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        head, _, body = text.partition(b"\r\n\r\n")
        head = head.replace(b"\r\n ", b"\0 ").replace(b"\r\n\t", b"\0\t")
        for field in head.split(b"\r\n"):
            field = field.replace(b"\0", b"\r\n")
            self.need(handle, LIBRARY.dkim_header(handle, field, len(field)))
        status = LIBRARY.dkim_eoh(handle)
        if status != NOSIG:
            self.need(handle, status)
        if body:
            self.need(handle, LIBRARY.dkim_body(handle, body, len(body)))

    def signatures(self, handle):
        LIBRARY.dkim_eom(handle, None)
        found, n = POINTER(c_void_p)(), c_int()
        if LIBRARY.dkim_getsiglist(handle, byref(found), byref(n)) != OK:
            return
        for signature in found[:n.value]:
            if not LIBRARY.dkim_sig_getflags(signature) & IGNORE:
                LIBRARY.dkim_sig_process(handle, signature)
            good = LIBRARY.dkim_sig_getflags(signature) & PASSED and \
                LIBRARY.dkim_sig_getbh(signature) == 0
            error = LIBRARY.dkim_sig_geterror(signature)
            yield "pass" if good else "no", \
                (LIBRARY.dkim_sig_geterrorstr(error) or b"").decode()

    def verify(self, text):
        """(pass or no, why) of each signature, from the top."""
        status = c_int()
        handle = LIBRARY.dkim_verify(self.lib, b"", None, byref(status))
        self.need(None, status.value)
        try:
            self.feed(handle, text)
            return list(self.signatures(handle))
        finally:
            LIBRARY.dkim_free(handle)

    def sign(self, text, selector, domain, key, canon, ed=False,
             length=False):
        """The signature field, CRLF and all."""
        status = c_int()
        name = b"DKIM-Signature: "
        handle = LIBRARY.dkim_sign(
            self.lib, b"", None, key, selector, domain, CANON[canon[0]],
            CANON[canon[1]], ED25519 if ed else RSA_SHA256, len(text) if length else -1,
            byref(status))
        self.need(None, status.value)
        try:
            self.feed(handle, text)
            self.need(handle, LIBRARY.dkim_eom(handle, None))
            value, n = c_char_p(), c_size_t()
            self.need(handle, LIBRARY.dkim_getsighdr_d(
                handle, len(name), byref(value), byref(n)))
            return name + value.value + b"\r\n"
        finally:
            LIBRARY.dkim_free(handle)
