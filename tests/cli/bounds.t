#!/usr/bin/python3
"""bounds.t - what hostile lists cost: no more than a second and 64 MiB for a
message or record, and twice as much for twice as long a list.

CPU time is that of the child, so other work on the machine counts little; a
tenth of a second is less than can be told.
"""

import os
import resource
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MAILAUTH = os.path.abspath(os.environ.get("MAILAUTH", "./mailauth"))
ZONE = os.path.join(TOP, "tests/mail/zone")
FIELD = 250_000                 # octets; a field may have 256 KiB
HEADER = 1_000_000              # a header section may have 1 MiB
FROM = b"From: a@rosewood.example\nSubject: x\n"
SIGNATURE = (b"DKIM-Signature: v=1; a=rsa-sha256; d=rosewood.example; "
             b"s=oct25; h=from; bh=AAAA; b=BBBB\n")


def sample(name):
    with open(os.path.join(TOP, "tests/mail", name), "rb") as f:
        return f.read()


def repeat(one, n):
    return one * (n // len(one))


def numbered(form, n, most=10 ** 9):
    one = len(form % ((0,) * form.count(b"%d")))
    return b"".join(form % ((i,) * form.count(b"%d"))
                    for i in range(min(n // one, most)))


def arc_sets(n):
    return numbered(
        b"ARC-Seal: i=%d; a=rsa-sha256; d=b.example; s=s; cv=none; b=AAAA\n"
        b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=b.example; s=s; "
        b"h=from; bh=A; b=B\nARC-Authentication-Results: i=%d; a; none\n", n)


MESSAGES = {                    # what there is of n octets, and the most
    "fields": (lambda n: FROM + numbered(b"X-%d: y\n", n), 90_000),
    "fields of one name": (lambda n: FROM + repeat(b"X: y\n", n), 49_000),
    "signatures": (lambda n: FROM + repeat(SIGNATURE, n), HEADER),
    "tags": (lambda n: FROM + SIGNATURE[:-1] + numbered(b"; t%d=1", n)
             + b"\n", FIELD),
    "signed fields": (lambda n: SIGNATURE[:-1] + b"; h=from"
                      + repeat(b":x", n) + b"\n" + FROM, FIELD),
    "addresses": (lambda n: b"From: a@b" + numbered(b",a%d@b%d.example", n)
                  + b"\n", FIELD),
    "groups": (lambda n: b"From: " + repeat(b"g:;,", n) + b"a@b\n", FIELD),
    "comments": (lambda n: b"From: " + b"(" * (n // 2) + b")" * (n // 2)
                 + b" a@rosewood.example\n", FIELD),
    "quoted pairs": (lambda n: b'From: "' + repeat(b'\\"', n)
                     + b'" <a@rosewood.example>\n', FIELD),
    "Received": (lambda n: repeat(b"Received: from a (b [192.0.2.1]) by c; "
                                  b"Mon, 1 Jun 2026 00:00:00 +0000\n", n)
                 + FROM, 700_000),
    "ARC sets": (lambda n: arc_sets(n) + FROM, HEADER),
    "results": (lambda n: b"Authentication-Results: mx.example"
                + numbered(b"; dkim=pass header.d=a%d.example", n) + b"\n"
                + FROM, FIELD),
    "MIME parts": (lambda n: FROM + b"Content-Type: multipart/mixed; "
                   b"boundary=x\n\n" + repeat(b"--x\n\na\n", n), 1_000_000),
    "a changed body": (lambda n: sample("body-changed.eml")
                       + repeat(b"line of text\n", n), 1_000_000),
    "boundaries in it": (lambda n: sample("body-changed.eml")
                         + repeat(b"--x\n", n), 1_000_000),
}

RECORDS = {                     # name, text; an answer has up to 64 KiB
    "SPF terms": ("", lambda n: b"v=spf1" + numbered(b" ip4:10.0.%d.1", n)),
    "SPF blanks": ("", lambda n: b"v=spf1" + b" " * n + b"-all"),
    "SPF modifiers": ("", lambda n: b"v=spf1" + numbered(b" m%d=x", n)),
    "SPF macros": ("", lambda n: b"v=spf1 exists:" + repeat(b"%{ir}.", n)
                   + b"example"),
    "SPF macro terms": ("", lambda n: b"v=spf1" + numbered(
        b" exists:%%{l%dr+}.x.example", n)),
    "DMARC tags": ("_dmarc.", lambda n: b"v=DMARC1; p=none"
                   + numbered(b"; x%d=1", n)),
    "DMARC reports": ("_dmarc.", lambda n: b"v=DMARC1; p=none; rua=mailto:a@b"
                      + numbered(b",mailto:a%d@b%d.example", n)),
}


class Tests:
    def __init__(self):
        self.n = self.bad = 0

    def tell(self, name, wrong):
        self.n += 1
        self.bad += bool(wrong)
        print("%sok %d - %s" % ("not " if wrong else "", self.n, name))
        if wrong:
            print("# " + wrong)


def cost(arguments):
    """Seconds of CPU, MiB, exit code."""
    child = subprocess.Popen([MAILAUTH] + arguments,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, use = os.wait4(child.pid, 0)
    return (use.ru_utime + use.ru_stime, use.ru_maxrss // 1024,
            os.waitstatus_to_exitcode(status))


def judge(half, whole):
    if whole[2] not in (0, 1, 2):
        return "exit code %d" % whole[2]
    if whole[0] > 1 or whole[1] > 64:
        return "%.2f s, %d MiB" % whole[:2]
    if whole[0] > 2.6 * half[0] + 0.1:
        return "%.2f s for half, %.2f s for all" % (half[0], whole[0])
    return ""


def main():
    if "asan" in os.environ.get("MAILAUTH_BUILD", ""):
        print("1..0 # SKIP sanitizers cost what they like")
        return 0
    tests = Tests()
    with tempfile.TemporaryDirectory() as tmp:
        mail, zone = os.path.join(tmp, "m.eml"), os.path.join(tmp, "zone")

        def of_message(make, n):
            with open(mail, "wb") as f:
                f.write(make(n) + b"\nx\n")
            return cost(["-v", "-z", ZONE, "-i", "192.0.2.10", mail])

        def of_record(owner, make, n):
            text = make(n)
            with open(zone, "wb") as f:
                f.write(owner.encode() + b"evil.example. TXT " + b" ".join(
                    b'"%s"' % text[i:i + 250]
                    for i in range(0, len(text), 250)) + b"\n")
            with open(mail, "wb") as f:
                f.write(b"From: a@evil.example\n\nx\n")
            both = (cost(["-v", "-z", zone, "-i", "192.0.2.10", "-f",
                          "a.b.c.d@evil.example", mail]),
                    cost(["domain", "-v", "-z", zone, "evil.example"]))
            return tuple(max(x) for x in zip(*both))

        for name, (make, most) in MESSAGES.items():
            tests.tell(name, judge(of_message(make, most // 2),
                                   of_message(make, most)))
        for name, (owner, make) in RECORDS.items():
            tests.tell(name, judge(of_record(owner, make, 30_000),
                                   of_record(owner, make, 60_000)))
    print("1..%d" % tests.n)
    return tests.bad > 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
