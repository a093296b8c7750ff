#!/usr/bin/python3
"""changes - good messages are signed by dkimpy, then changed as relays, lists
and files do it; the first finding must name what was done.

    MAILAUTH=./mailauth tests/interop/changes.py [-v]

Each change is tried on texts in all transfer encodings, under all four
canonicalizations, with RSA and Ed25519, and in files with CRLF and LF.  When
GNU Mailman 3 is at hand (see lib/mailman) its own code makes some of them.
CHANGES=DIR keeps the messages there.
"""

import base64
import email
import email.generator
import hashlib
import io
import json
import os
import quopri
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from types import SimpleNamespace

sys.dont_write_bytecode = True
try:
    import dkim
    from lib import dkim_keys as keys
except ImportError as error:
    print("changes: %s (python3-dkim), skipped" % error)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
try:
    from lib import mailman
except ImportError as error:
    mailman = None

VERBOSE = "-v" in sys.argv
MAILAUTH = os.environ.get("MAILAUTH", os.path.join(keys.TOP, "mailauth"))

# --- good messages --------------------------------------------------------

HEAD = """\
From: Nora O'Shea <nora@example.com>
To: Talk <talk@list.example>, "Dr. Kim" <kim@example.net>
Subject: Re: Moving an old quince
Date: Tue, 14 Oct 2025 09:12:00 +0200
Message-ID: <quince.1@example.com>
References: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.net>
 <bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@example.net>
MIME-Version: 1.0
"""

TEXT = """\
Hello all,

the quince is fifty years old = and it bears every year.
From the road you can see it.
.. two dots, and
. one dot, and a line with trailing blanks   

> From what I read it must be moved in November.

Is it worth the trouble, or should I take a cutting and wait?  I would be glad of any advice on this.

--\x20
Nora
"""
UTF8 = TEXT.replace("quince", "Quitte, sch\u00f6n,").replace("--\x20\n", "")
HTML = """\
<html><head>
<title>Quince</title></head>
<body><p>The quince is <b>fifty</b> years old = and bears.</p>
<p>%s</p>
</body></html>
""" % ("Is it worth the trouble? " * 12)


def plain(text, charset, encoding):
    raw = text.encode()
    if encoding == "quoted-printable":
        raw = quopri.encodestring(raw.replace(b"\r\n", b"\n"))
    elif encoding == "base64":
        raw = base64.encodebytes(raw.replace(b"\n", b"\r\n"))
    return (HEAD + "Content-Type: text/plain; charset=%s\n"
            "Content-Transfer-Encoding: %s\n\n" % (charset, encoding)
            ).encode() + raw


def part(kind, text, encoding="7bit"):
    raw = text.encode()
    if encoding == "quoted-printable":
        raw = quopri.encodestring(raw)
    return (b"Content-Type: %s; charset=utf-8\n"
            b"Content-Transfer-Encoding: %s\n\n%s\n"
            % (kind.encode(), encoding.encode(), raw))


def multipart(kind, *parts):
    b = b"=_quince_" + kind.encode()
    return (HEAD.encode() + b"Content-Type: multipart/%s; boundary=\"%s\"\n\n"
            % (kind.encode(), b) + b"This is MIME.\n"
            + b"".join(b"--%s\n%s" % (b, p) for p in parts)
            + b"--%s--\n" % b)


GOOD = {
    "7bit": plain(TEXT, "us-ascii", "7bit"),
    "8bit": plain(UTF8, "utf-8", "8bit"),
    "qp": plain(UTF8, "utf-8", "quoted-printable"),
    "base64": plain(UTF8, "utf-8", "base64"),
    "alternative": multipart(
        "alternative", part("text/plain", UTF8, "quoted-printable"),
        part("text/html", HTML, "quoted-printable")),
    "mixed": multipart(
        "mixed", part("text/plain", TEXT),
        part("application/octet-stream",
             base64.encodebytes(bytes(range(256)) * 4).decode(), "base64")),
    "8bit-parts": multipart(
        "related", part("text/plain", UTF8, "8bit"),
        part("text/html", HTML.replace("Quince", "Quitte \u00f6"), "8bit"),
        part("text/plain", TEXT)),
    "html": (HEAD + "Content-Type: text/html; charset=utf-8\n"
             "Content-Transfer-Encoding: 7bit\n\n" + HTML).encode(),
    "long": (HEAD + "Content-Type: text/html; charset=utf-8\n"
             "Content-Transfer-Encoding: 7bit\n\n<p>"
             + "a long line without end, " * 90 + "</p>\n").encode(),
}
NAMES = [b"from", b"to", b"subject", b"date", b"message-id", b"references",
         b"mime-version", b"content-type", b"content-transfer-encoding"]


def crlf(message):
    return re.sub(b"\r?\n", b"\r\n", message)


def sign(message, canon, kind, over=(b"from",), body=None, length=False):
    """`body` is what the signer believes the body to be."""
    head, rest = message.split(b"\r\n\r\n", 1)
    names = [n for n in NAMES if re.search(
        rb"(?im)^" + re.escape(n) + rb":", head)] + list(over)
    ed = kind == "ed"
    signer = dkim.DKIM(head + b"\r\n\r\n" + (rest if body is None else body),
                       signature_algorithm=b"ed25519-sha256" if ed
                       else b"rsa-sha256")
    field = signer.sign(kind.encode(), b"example.com",
                        keys.ED_SEED if ed else keys.RSA,
                        canonicalize=tuple(c.encode()
                                           for c in canon.split("/")),
                        include_headers=names, length=length)
    return field + message


# --- what is done to them --------------------------------------------------

def split(message):
    return message.split(b"\r\n\r\n", 1)


def join(head, body):
    return head + b"\r\n\r\n" + body


def field(head, name):
    m = re.search(rb"(?im)^" + name + rb":((?:.|\r\n[ \t])*)\r?$", head + b"\r\n")
    return m[1].strip() if m else None


def replace(head, name, value):
    new = re.sub(rb"(?im)^(" + name + rb"):(?:[^\r]|\r\n[ \t])*",
                 lambda m: m[1] + b": " + value, head, count=1)
    assert new != head, name
    return new


FOOTER = (b"_______________________________________________\r\n"
          b"Talk mailing list\r\nhttps://list.example/talk\r\n")

CHANGES = []


def change(code, *kinds, **more):
    def keep(f):
        CHANGES.append((f.__name__.replace("_", "-"), code, kinds or
                        tuple(GOOD), f, more))
        return f
    return keep


@change("change-footer", "7bit", "8bit", "qp", "html", "long")
def footer(m):
    return m.rstrip(b"\r\n") + b"\r\n" + FOOTER


@change("change-footer", "base64")
def footer_after_decoding(m):
    head, body = split(m)
    text = base64.b64decode(body) + FOOTER
    head = replace(head, b"Content-Transfer-Encoding", b"8bit")
    return join(head, text)


@change("change-footer", "base64")
def footer_within_base64(m):
    head, body = split(m)
    text = (base64.b64decode(body) + FOOTER).replace(b"\r\n", b"\n")
    return join(head, crlf(base64.encodebytes(text)))


@change("change-footer", "qp")
def footer_after_qp(m):
    head, body = split(m)
    text = crlf(quopri.decodestring(body.replace(b"\r\n", b"\n"))) + FOOTER
    head = replace(head, b"Content-Transfer-Encoding", b"8bit")
    return join(head, text)


@change("change-banner", "7bit", "8bit", "qp", "html")
def banner(m):
    head, body = split(m)
    return join(head, b"CAUTION: this mail came from outside.\r\n"
                b"Do not click on links.\r\n\r\n" + body)


@change("change-banner", "alternative", "mixed")
def banner_in_part(m):
    head, body = split(m)
    at = body.index(b"\r\n\r\n") + 4
    return join(head, body[:at] + b"CAUTION: external.\r\n\r\n" + body[at:])


@change("change-banner", "html")
def banner_in_html(m):
    return m.replace(b"<body>", b"<body><div style=\"color: red\"><b>CAUTION:"
                     b"</b> this mail came from outside.</div>")


@change("change-footer", "alternative", "mixed")
def footer_in_part(m):
    b = re.search(rb'boundary="([^"]+)"', m)[1]
    at = m.index(b"--" + b, m.index(b"--" + b) + 1)
    return m[:at] + FOOTER + m[at:]


@change("change-part-added", "alternative", "mixed")
def footer_part(m):
    head, body = split(m)
    b = re.search(rb'boundary="([^"]+)"', head)[1]
    return join(head, body.replace(
        b"--" + b + b"--", b"--" + b + b"\r\nContent-Type: text/plain\r\n\r\n"
        + FOOTER + b"\r\n--" + b + b"--"))


@change("change-mime-wrapped")
def wrapped(m):
    head, body = split(m)
    inner = re.findall(rb"(?im)^(?:Content-[^\r]*(?:\r\n[ \t][^\r]*)*)", head)
    for line in inner:
        head = head.replace(b"\r\n" + line, b"", 1)
    return join(head + b"\r\nContent-Type: multipart/mixed; boundary=\"X--X\"",
                b"--X--X\r\n" + b"\r\n".join(inner) + b"\r\n\r\n" + body
                + b"\r\n--X--X\r\nContent-Type: text/plain\r\n\r\n"
                + FOOTER + b"\r\n--X--X--\r\n")


@change("change-subject-tag")
def subject_tag(m):
    head, body = split(m)
    return join(replace(head, b"Subject", b"[Talk] " + field(head, b"Subject")),
                body)


@change("change-subject-tag", "7bit", "mixed")
def subject_marker(m):
    head, body = split(m)
    return join(replace(head, b"Subject",
                        b"***SPAM*** " + field(head, b"Subject")), body)


@change("change-subject-tag", "7bit", "mixed")
def subject_external(m):
    head, body = split(m)
    return join(replace(head, b"Subject",
                        b"[EXTERNAL] " + field(head, b"Subject")), body)


@change("change-subject-tag", "7bit", over=(b"from", b"sender", b"reply-to"))
def subject_and_sender(m):
    head, body = split(m)
    head = replace(head, b"Subject", b"[Talk] " + field(head, b"Subject"))
    return join(head + b"\r\nSender: talk@list.example", body)


@change("change-footer", "7bit", "8bit")
def footer_and_tag(m):
    return subject_tag(footer(m))


@change("change-reencoded", "base64")
def base64_to_8bit(m):
    head, body = split(m)
    return join(replace(head, b"Content-Transfer-Encoding", b"8bit"),
                base64.b64decode(body))


@change("change-reencoded", "qp")
def qp_to_8bit(m):
    head, body = split(m)
    return join(replace(head, b"Content-Transfer-Encoding", b"8bit"),
                crlf(quopri.decodestring(body.replace(b"\r\n", b"\n"))))


@change("change-reencoded", "8bit")
def eight_to_qp(m):
    head, body = split(m)
    return join(replace(head, b"Content-Transfer-Encoding",
                        b"quoted-printable"),
                crlf(quopri.encodestring(body.replace(b"\r\n", b"\n"))))


@change("change-reencoded", "8bit", "7bit")
def eight_to_base64(m):
    head, body = split(m)
    return join(replace(head, b"Content-Transfer-Encoding", b"base64"),
                crlf(base64.encodebytes(body)))


@change("change-reencoded", "base64")
def base64_to_qp(m):
    head, body = split(m)
    text = base64.b64decode(body).replace(b"\r\n", b"\n")
    return join(replace(head, b"Content-Transfer-Encoding",
                        b"quoted-printable"), crlf(quopri.encodestring(text)))


@change("change-reencoded", "8bit-parts")
def parts_to_qp(m):
    head, body = split(m)

    def encode(match):
        text = match[2].replace(b"\r\n", b"\n")
        return (match[1] + b"quoted-printable\r\n\r\n"
                + crlf(quopri.encodestring(text)) + match[3])
    return join(head, re.sub(
        rb"(Encoding: )8bit\r\n\r\n([\s\S]*?)(\r\n--=_quince)", encode, body))


@change("change-line-wrap", "long")
def wrap_at_998(m):
    head, body = split(m)
    out = b""
    for line in body.split(b"\r\n"):
        while len(line) > 998:
            out += line[:998] + b"\r\n "
            line = line[998:]
        out += line + b"\r\n"
    return join(head, out[:-2])


@change("change-dot-stuffing", "7bit", "8bit")
def dots_doubled(m):
    return re.sub(rb"(?m)^\.", b"..", m)


@change("change-dot-stuffing", "7bit", "8bit", "qp")
def signer_saw_stuffed(m):
    return m


@change("change-dot-stuffing")
def final_dot(m):
    return m.rstrip(b"\r\n") + b"\r\n.\r\n"


@change("change-mbox-from", "7bit", "8bit")
def mbox_quoting(m):
    return re.sub(rb"(?m)^(>*From )(?!:)", rb">\1", m)


@change("change-line-endings", "7bit", "8bit", "mixed", lines="crlf")
def crcrlf_body(m):
    head, body = split(m)
    return join(head, body.replace(b"\r\n", b"\r\r\n"))


@change("change-line-endings", "7bit", "8bit", lines="crlf")
def crcrlf_all(m):
    return m.replace(b"\r\n", b"\r\r\n")


@change("change-line-endings", "8bit", lines="crlf")
def doubled_lines(m):
    head, body = split(m)
    return join(head, body.replace(b"\r\n", b"\r\n\r\n"))


@change("change-sigdash", "7bit", canon="simple")
def sigdash(m):
    return m.replace(b"\r\n-- \r\n", b"\r\n--\r\n")


@change("change-exchange-rewrite", "html")
def exchange_meta(m):
    return m.replace(b"<html><head>\r\n", b"<html><head>\r\n<meta http-equiv="
                     b"\"Content-Type\" content=\"text/html; charset=utf-8\">"
                     b"\r\n", 1)


@change("change-address-quoting", "7bit", "mixed")
def requoted_from(m):
    head, body = split(m)
    return join(replace(head, b"From",
                        b"\"Nora O'Shea\" <nora@example.com>"), body)


@change("change-address-quoting", "7bit")
def unquoted_to(m):
    head, body = split(m)
    return join(replace(head, b"To", b"Talk <talk@list.example>, "
                        b"Dr. Kim <kim@example.net>"), body)


@change("change-from-rewritten", "7bit", "mixed")
def from_munged(m):
    head, body = split(m)
    old = field(head, b"From")
    head = replace(head, b"From",
                   b"Nora O'Shea via Talk <talk@list.example>")
    return join(head + b"\r\nReply-To: " + old, body)


@change("change-from-rewritten", "7bit")
def from_in_original(m):
    head, body = split(m)
    old = field(head, b"From")
    head = replace(head, b"From", b"\"'Nora' via Talk\" <talk@list.example>")
    return join(head + b"\r\nX-Original-From: " + old, body)


@change("change-header-value", "7bit", canon="/")
def references_joined(m):
    return m.replace(b"aaaaa@example.net>", b"aa\r\n aaa@example.net>")


@change("change-header-value", "7bit")
def no_blank_after_comma(m):
    return m.replace(b".example>, \"Dr", b".example>,\"Dr")


@change("change-header-added", "7bit", over=(b"from", b"sender"))
def sender_added(m):
    head, body = split(m)
    return join(head + b"\r\nSender: talk@list.example", body)


@change("change-header-added", "7bit", over=(b"from", b"list-id", b"list-post",
                                             b"list-help"))
def list_fields_added(m):
    head, body = split(m)
    return join(head + b"\r\nList-Id: <talk.list.example>\r\n"
                b"List-Post: <mailto:talk@list.example>\r\n"
                b"List-Help: <mailto:help@list.example>", body)


@change("change-header-missing", "7bit", "8bit")
def mime_version_gone(m):
    return m.replace(b"MIME-Version: 1.0\r\n", b"")


@change("dkim-headers-changed", "7bit", kind="rsa")
def subject_replaced(m):
    head, body = split(m)
    return join(replace(head, b"Subject", b"You have won"), body)


@change("dkim-body-changed", "7bit", "alternative")
def truncated(m):
    return m[:-40]


@change("dkim-body-changed", "7bit", "qp")
def word_changed(m):
    return m.replace(b"fifty", b"sixty")


@change("dkim-length-beyond", "7bit", length=True)
def truncated_length(m):
    return m[:-40]


@change("dkim-key-mismatch", "7bit", kind="rsa")
def rotated_key(m):
    return m.replace(b" s=rsa;", b" s=old;")


@change("dkim-signature-corrupt", "7bit")
def b_cut(m):
    return re.sub(rb"(\sb=[^:]*?)[^\s;]{8}(\r\n[A-Z])", rb"\1\2", m, count=1)


@change("dkim-body-empty-hash", "7bit", body=b"")
def signer_without_body(m):
    return m


@change("dkim-body-lf", "7bit")
def signer_with_lf(m):
    return m


@change("dkim-canon-mismatch", "7bit")
def signer_other_canon(m):
    return m


# --- Mailman's own hand ----------------------------------------------------

def through_mailman(m, *works, charset="us-ascii"):
    msg = email.message_from_bytes(m.replace(b"\r\n", b"\n"))
    for work in works:
        work(msg, charset)
    out = io.BytesIO()
    g = email.generator.BytesGenerator(out, mangle_from_=False,
                                       maxheaderlen=0)
    g.flatten(msg)
    return crlf(out.getvalue())


if mailman:
    @change("change-footer", "7bit", "8bit", "qp", "base64", mailman=True)
    def mailman_footer(m):
        return through_mailman(m, mailman.add_footer, charset="utf-8")

    @change("change-footer", "7bit", mailman=True)
    def mailman_footer_ascii(m):
        return through_mailman(m, mailman.add_footer)

    @change("change-mime-wrapped", "alternative", "html", "long", mailman=True)
    def mailman_wrapped(m):
        return through_mailman(m, mailman.add_footer)

    @change("change-part-added", "mixed", mailman=True)
    def mailman_part(m):
        return through_mailman(m, mailman.add_footer)

    @change("change-subject-tag", mailman=True)
    def mailman_prefix(m):
        return through_mailman(m, mailman.add_prefix)

    @change("change-footer", "7bit", "8bit", mailman=True)
    def mailman_both(m):
        return through_mailman(m, mailman.add_prefix, mailman.add_footer,
                               charset="utf-8")

    @change("change-from-rewritten", mailman=True)
    def mailman_from(m):
        return through_mailman(m, mailman.munge_from)

    @change("change-footer", "7bit", "8bit", "qp", "base64", mailman=True)
    def mailman_all(m):
        return through_mailman(m, mailman.add_prefix, mailman.munge_from,
                               mailman.add_footer, charset="utf-8")

    @change("change-mime-wrapped", "alternative", "html", mailman=True)
    def mailman_all_wrapped(m):
        return through_mailman(m, mailman.add_prefix, mailman.munge_from,
                               mailman.add_footer)


# --- all of them -----------------------------------------------------------

def relaxed(m):
    """A signer that says simple and is relaxed, in the body."""
    head, body = split(m)
    body = re.sub(rb"[ \t]+\r\n", b"\r\n", body)
    return re.sub(rb"[ \t]+", b" ", body)


def make(name, kind, canon, alg, f, more):
    message = crlf(GOOD[kind])
    body = more.get("body")
    if name == "signer-saw-stuffed":
        body = re.sub(rb"(?m)^\.", b"..", split(message)[1])
    if name == "signer-other-canon":
        body = relaxed(message)
    signer = sign_with_lf if name == "signer-with-lf" else sign
    return f(signer(message, canon, alg, more.get("over", (b"from",)), body,
                    more.get("length", False)))


def sign_with_lf(message, canon, alg, *more):
    """dkimpy turns LF into CRLF; so its first hash, that of the body, is
    exchanged."""
    head, body = split(message)
    if canon.endswith("relaxed"):
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    body = (body.rstrip(b"\r\n") + b"\r\n").replace(b"\r\n", b"\n")
    wrong = hashlib.sha256(body)
    real = dict(dkim.HASH_ALGORITHMS)

    first = [SimpleNamespace(update=lambda text: None, digest=wrong.digest)]

    def hasher():
        return first.pop() if first else hashlib.sha256()
    for name in (b"rsa-sha256", b"ed25519-sha256"):
        dkim.HASH_ALGORITHMS[name] = hasher
    try:
        return sign(message, canon, alg, *more)
    finally:
        dkim.HASH_ALGORITHMS.update(real)


def wanted(name, canon, alg, more):
    if more.get("canon") == "simple" and not canon.endswith("/simple"):
        return False
    if name == "references-joined":
        return True
    if name == "signer-other-canon" and not canon.endswith("/simple"):
        return False
    if more.get("mailman") and canon.startswith("simple"):
        return False            # it writes all fields anew
    return alg == more.get("kind", alg)


def all_cases():
    for name, code, kinds, f, more in CHANGES:
        for kind in kinds:
            for canon in ("relaxed/relaxed", "relaxed/simple",
                          "simple/relaxed", "simple/simple"):
                for alg in ("rsa", "ed"):
                    if not wanted(name, canon, alg, more):
                        continue
                    m = make(name, kind, canon, alg, f, more)
                    label = "%s.%s.%s.%s" % (name, kind,
                                             canon.replace("/", "-"), alg)
                    yield label, code, m
                    if more.get("lines") != "crlf":
                        yield label + ".lf", code, m.replace(b"\r\n", b"\n")


def run(directory):
    keys.publish("old", "example.com", "v=DKIM1; p=" + keys.b64(keys.OTHER))
    zone = os.path.join(directory, "zone")
    for domain in ("example.com", "list.example"):
        keys.records["_dmarc." + domain] = ["v=DMARC1; p=reject"]
    keys.records["list.example"] = ["v=spf1 ip4:192.0.2.9 -all"]
    keys.write_zone(zone)
    want, files = {}, []
    for label, code, m in all_cases():
        path = os.path.join(directory, label + ".eml")
        with open(path, "wb") as f:
            f.write(m)
        want[path] = code
        files.append(path)
    # the list that sent it is in order
    client = ["-i", "192.0.2.9", "-f", "bounce@list.example",
              "-e", "list.example"]
    out = subprocess.run([MAILAUTH, "-z", zone, "-j"] + client + files,
                         stdout=subprocess.PIPE).stdout
    results = {}
    for line in out.splitlines():
        r = json.loads(line)
        results[r["file"]] = r
    return want, results


def first_of(result, code):
    """The first finding.  Of a message that passes all the same, as one whose
    From is the list's now, nothing is wrong: it has to be among the notes."""
    findings = result.get("findings") or [{"code": "nothing"}]
    if result.get("verdict") == "pass":
        if any(x["severity"] == "error" for x in findings):
            return findings[0]
        findings = [x for x in findings if x["code"] == code] or findings
    return findings[0]


def main():
    keep = os.environ.get("CHANGES")
    scratch = None if keep else tempfile.TemporaryDirectory()
    directory = keep or scratch.name
    os.makedirs(directory, exist_ok=True)
    want, results = run(directory)
    hits, all_, missed = Counter(), Counter(), defaultdict(Counter)
    unproven = 0
    for path, code in want.items():
        name = os.path.basename(path).split(".")[0]
        got = first_of(results.get(path, {}), code)
        all_[name] += 1
        if got["code"] == code:
            hits[name] += 1
        else:
            missed[name][got["code"]] += 1
            if VERBOSE:
                print("# %s: want %s, got %s" % (path, code, got["code"]))
    for name in all_:
        note = ", ".join("%s %d" % x for x in missed[name].most_common(3))
        if VERBOSE or hits[name] < all_[name]:
            print("%-24s %4d of %4d%s" % (name, hits[name], all_[name],
                                          note and "  (" + note + ")"))
    good, total = sum(hits.values()), sum(all_.values())
    print("%s: first finding right for %d of %d messages (%.1f %%)" % (
        "with Mailman's code" if mailman else "without Mailman", good, total,
        100.0 * good / total))
    print("%d passed, %d failed" % (good, total - good))
    return 0 if good == total else 1


if __name__ == "__main__":
    sys.exit(main())
