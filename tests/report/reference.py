#!/usr/bin/python3
"""reference - reads aggregate reports with nothing of ours, leniently.

    reference.py FILE...

Prints what `mailauth report -j` should print: an object a record.  A file is
XML, gzip, zip, a message, an mbox or a folder, whatever its name is.  Archives
and messages are Python's own; what is no XML is read tag by tag.

What a standard leaves open is decided here as follows.  Values are trimmed,
empty ones are null, the words of the format are in lower case; names are as
they were written.  "hardfail" is fail, "unknown" temperror, "error" permerror
(RFC 7489 Appendix C); another raw result is null.  An aligned result that is
there and is not pass is a fail; where one is absent the other one decides.
A reason or raw result with nothing in it does not count.  Addresses are in
the form of RFC 5952, IPv4 within IPv6 as IPv4; what is no address is printed
as it is.  Of elements that come twice the first counts.  A record that has
no end, no count or no address is not read, nor what follows a wrong end tag.
"""

import email
import email.policy
import gzip
import io
import ipaddress
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
import zipfile
import zlib
from base64 import b64decode
from datetime import datetime, timezone

LEVELS = 8
RESULTS = {"none", "pass", "fail", "softfail", "neutral", "policy",
           "temperror", "permerror"}
OLD_WORDS = {"hardfail": "fail", "unknown": "temperror", "error": "permerror"}
POLICIES = {"none", "quarantine", "reject"}


# --- what a file is --------------------------------------------------------

def documents(data, level=0):
    """The reports in these octets, as XML."""
    if level > LEVELS:
        return
    if data[:2] == b"\x1f\x8b":
        yield from documents(gunzip(data), level + 1)
    elif data[:4] == b"PK\x03\x04":
        for member in unzip(data):
            yield from documents(member, level + 1)
    elif data[:5] == b"From ":
        for message in re.split(rb"(?m)^From .*\n", data)[1:]:
            yield from from_mail(message, level + 1)
    elif is_mail(data):
        yield from from_mail(data, level + 1)
    elif is_report(data):
        yield data


def is_mail(data):
    head = re.split(rb"\r?\n\r?\n", data, 1)[0]
    return re.match(rb"(?:[!-9;-~]+:.*\r?\n(?:[ \t].*\r?\n)*)+$",
                    head + b"\n") and re.search(
        rb"(?im)^(?:content-type|content-transfer-encoding|from|received):",
        head)


def is_report(data):
    return b"feedback" in data.replace(b"\0", b"")[:65536].lower()


def gunzip(data):
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return zlib.decompressobj(31).decompress(data)


def unzip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return [z.read(i) for i in z.infolist() if not i.is_dir()]


def from_mail(data, level):
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        coding = str(part.get("Content-Transfer-Encoding", "")).lower()
        if part.get_content_type() == "message/rfc822":
            if coding.strip().startswith("base64"):
                yield from documents(inner(part), level)
        elif not part.is_multipart():
            yield from documents(content(part, coding), level)


def content(part, coding):
    body = part.get_payload(decode=True) or b""
    if "base64" in coding:
        return decode64(part.get_payload().encode("ascii", "replace"))
    return body


def decode64(text):
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    return b64decode(text + b"=" * (-len(text) % 4))


def inner(part):
    """A message in base64, which Python takes for one without a header."""
    return decode64(part.get_payload(0).get_payload().encode())


def files(path):
    """Of a Maildir only what was delivered."""
    if not os.path.isdir(path):
        return [path]
    names = sorted(os.listdir(path))
    if {"cur", "new"} <= set(names):
        names = [n for n in names if n in ("cur", "new") or n[0] == "."]
    else:
        names = [n for n in names if n[0] != "."]
    return [f for n in names for f in files(os.path.join(path, n))]


# --- XML -------------------------------------------------------------------

class Refused(Exception):
    pass


def characters(data):
    """The text of a document, whatever it says of itself."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"),
                       (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark):].decode(name, "replace")
    if data[:2] == b"<\0":
        return data.decode("utf-16-le", "replace")
    if data[:2] == b"\0<":
        return data.decode("utf-16-be", "replace")
    said = re.search(rb"<\?xml[^>]*?encoding\s*=\s*[\"']?([\w.-]+)", data[:400])
    name = said[1].decode().lower() if said else "utf-8"
    if name.startswith(("utf-16", "utf16", "utf-7", "ucs")):
        name = "utf-8"
    try:
        return data.decode(name, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def strict(data):
    """The tree of a sound document: [name, text, children]."""
    def convert(e):
        return [local(e.tag), e.text or "", [convert(x) for x in e]]
    return convert(ET.fromstring(data))


def local(tag):
    return re.sub(r"^.*[}:]", "", tag).lower()


TOKEN = re.compile(r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?(?:\?>|>)"
                   r"|<(?P<end>/?)(?P<name>[\w:.-]+)"
                   r"(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?)"
                   r"(?P<empty>/?)>|(?P<text>[^<]+)|<", re.S)


def unescape(text):
    def one(match):
        name = match[1]
        if name[0] == "#":
            code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
            return chr(code) if 0 < code < 0x110000 else "\ufffd"
        return {"amp": "&", "lt": "<", "gt": ">", "quot": '"',
                "apos": "'"}[name]
    text = re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text)
    return re.sub(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);",
                  one, text)


def lenient(text):
    """The same of anything: what ends within another ends with it, and the end
    of what is not open is nothing.  A record that is open at the end is left
    out."""
    start = re.search(r"<(?:[\w.-]+:)?feedback[\s>]", text, re.I)
    if not start:
        raise Refused("no feedback")
    root = ["", "", []]
    stack = [root]
    for t in TOKEN.finditer(text, start.start()):
        if t["name"]:
            if not step(stack, t):
                break
        elif t["cdata"] is not None:
            stack[-1][1] += t["cdata"]
        elif t["text"]:
            stack[-1][1] += unescape(t["text"])
    for node in stack:
        if node[0] == "record":
            node[0] = "(record)"
    return root[2][0]


def step(stack, token):
    """A tag; false when nothing of use can follow."""
    name = local(token["name"])
    if name == "schema":
        return True
    if not token["end"]:
        node = [name, "", []]
        stack[-1][2].append(node)
        if not token["empty"]:
            stack.append(node)
        return True
    if name not in (node[0] for node in stack[1:]):
        return True
    while stack.pop()[0] != name:
        pass
    return len(stack) > 1


def parse(data):
    if re.search(rb"<!DOCTYPE", data.replace(b"\0", b"")[:65536]):
        raise Refused("DOCTYPE")
    try:
        tree = strict(data)
        if tree[0] == "feedback" and not get(tree, "schema"):
            return tree
    except (ET.ParseError, ValueError, LookupError):
        pass
    return lenient(characters(data))


def every(node, *path):
    if not path:
        return [node]
    return [x for child in (node[2] if node else []) if child[0] == path[0]
            for x in every(child, *path[1:])]


def get(node, *path):
    return next(iter(every(node, *path)), None)


def value(node, *path):
    """Trimmed, or None."""
    for found in every(node, *path):
        text = found[1].strip(" \t\r\n")
        if text:
            return text
    return None


# --- reports ---------------------------------------------------------------

def lower(text, known=None):
    word = text and text.lower()
    return word if not known or word in known else None


def number(text):
    n = int(text) if text and re.fullmatch("[0-9]{1,4000}", text) else None
    return n if n is None or n < 1 << 64 else None


def moment(text):
    if text is None or re.fullmatch(r"-?\d+", text):
        return text and int(text)
    try:
        t = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return int((t if t.tzinfo else t.replace(tzinfo=timezone.utc))
               .timestamp())


def address(text):
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def report_of(tree):
    meta = get(tree, "report_metadata")
    return {"org": value(meta, "org_name"), "email": value(meta, "email"),
            "contact": value(meta, "extra_contact_info"),
            "id": value(meta, "report_id"),
            "begin": moment(value(meta, "date_range", "begin")),
            "end": moment(value(meta, "date_range", "end")),
            "version": value(tree, "version"),
            "generator": value(meta, "generator"),
            "error": value(meta, "error")}


def policy_of(tree):
    p = get(tree, "policy_published")
    pct = number(value(p, "pct"))
    words = {k: lower(value(p, k), POLICIES) for k in ("p", "sp", "np")}
    words.update((k, lower(value(p, k), {"r", "s"}))
                 for k in ("adkim", "aspf"))
    return {"domain": value(p, "domain"), **words,
            "pct": pct if pct is not None and pct <= 100 else None,
            "fo": value(p, "fo"),
            "testing": lower(value(p, "testing")) == "y",
            "discovery_method": lower(value(p, "discovery_method"))}


def aligned(text):
    return text and ("pass" if text.lower() == "pass" else "fail")


def raw(text):
    word = lower(text)
    return lower(OLD_WORDS.get(word, word), RESULTS)


def results(record, kind, second):
    out = []
    for x in every(record, "auth_results", kind):
        r = {"domain": value(x, "domain"), second: value(x, second),
             "result": raw(value(x, "result")),
             "human": value(x, "human_result")}
        if second == "scope":
            r["scope"] = lower(r["scope"])
        if any(r.values()):
            out.append(r)
    return out


def record_of(record):
    row = get(record, "row")
    evaluated = get(row, "policy_evaluated")
    names = get(record, "identifiers") or get(record, "identities")
    dkim, spf = (aligned(value(evaluated, k)) for k in ("dkim", "spf"))
    reasons = [{"type": lower(value(x, "type")), "comment":
                value(x, "comment")} for x in every(evaluated, "reason")]
    return {
        "source": {"ip": address(value(row, "source_ip"))},
        "count": number(value(row, "count")),
        "dmarc": "pass" if "pass" in (dkim, spf) else "fail",
        "disposition": lower(value(evaluated, "disposition"),
                             POLICIES | {"pass"}),
        "dkim": dkim, "spf": spf,
        "reasons": [r for r in reasons if any(r.values())],
        **{k: value(names, k) for k in ("header_from", "envelope_from",
                                        "envelope_to")},
        "auth": {"dkim": results(record, "dkim", "selector"),
                 "spf": results(record, "spf", "scope")}}


def read(path):
    """The objects of a file or folder."""
    for file in files(path):
        with open(file, "rb") as f:
            data = f.read()
        for document in documents(data):
            tree = parse(document)
            top = {"schema": 1, "kind": "aggregate", "file": file,
                   "report": report_of(tree), "policy": policy_of(tree)}
            for record in map(record_of, every(tree, "record")):
                if record["count"] is not None and record["source"]["ip"]:
                    yield {**top, **record}


def main():
    status = 0
    for path in sys.argv[1:]:
        try:
            for line in read(path):
                print(json.dumps(line, separators=(",", ":"),
                                 ensure_ascii=False))
        except (OSError, Refused, zipfile.BadZipFile, zlib.error) as error:
            print("reference: %s: %s" % (path, error), file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main())
