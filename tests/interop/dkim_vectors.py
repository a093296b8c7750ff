#!/usr/bin/python3
"""dkim_vectors - our DKIM and ARC verdicts beside those of dkimpy and
Mail::DKIM, over a corpus that dkimpy signs and this script then damages.

    MAILAUTH_BUILD=build tests/interop/dkim_vectors.py

Every message says what the RFCs want of it.  A verdict of ours that differs
from that is a failure; so is one of theirs, unless EXPLAINED names the rule
they see in another way.  The seed is fixed.  Needs Debian's python3-dkim,
python3-nacl and libmail-dkim-perl.
"""

import base64
import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import dkim
except ImportError:
    print("dkim_vectors: no dkimpy (python3-dkim), skipped")
    print("0 passed, 0 failed")
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("MAILAUTH_BUILD", "build")
EVAL = os.environ.get("DKIM_EVAL", os.path.join(
    TOP, BUILD, "tests/interop/dkim_eval"))
KEYS = os.path.join(TOP, "tests/mail/keys")
NOW = 1795000000

# (tool, damage): why that tool may disagree with the RFC's verdict.
EXPLAINED = {
    ("dkimpy", "key-sha1-only"): "h= of the key is not read (6.1.2)",
    ("dkimpy", "key-strict"): "t=s is not read (3.6.1)",
    ("dkimpy", "key-version-late"): "v= may stand anywhere (3.6.1)",
    ("dkimpy", "key-all-hashes"): "s= is not read as a list (3.6.1)",
    ("dkimpy", "key-garbage"): "other characters in p= are dropped (3.6.1)",
    ("dkimpy", "key-two"): "it takes one record of several (6.1.2)",
    ("dkimpy", "key-empty-piece"): "the grammar has no ;; and we read it",
    ("dkimpy", "signs-signatures"): "it takes a signature for one that its "
                                    "own h= names (3.5, 3.7)",
    ("dkimpy", "arc-mixed"): "it looks at the order of ARC fields (8617 4.2)",
    ("dkimpy", "arc-cv"): "an unknown cv= makes it say none (8617 5.2)",
    ("Mail::DKIM", "signs-signatures"): "as dkimpy (3.5, 3.7)",
    ("Mail::DKIM", "key-version-late"): "v= may stand anywhere (3.6.1)",
    ("Mail::DKIM", "key-bare"): "it reads no bare RSAPublicKey (3.6.1)",
    ("Mail::DKIM", "key-two"): "it takes one record of several (6.1.2)",
    ("Mail::DKIM", "intact-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "lf-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "length-open-end"): "it adds no CRLF at the end (3.4.3)",
}

rng = random.Random(6376)
records = {}            # name -> texts, or "SERVFAIL"
cases = []              # dicts: text, want (per signature or arc), damage


# --- keys ------------------------------------------------------------------

def pem(name):
    with open(os.path.join(KEYS, "test-only-%s.pem" % name), "rb") as f:
        return f.read()


def openssl(*args, data):
    return subprocess.run(("openssl",) + args, input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


RSA = pem("author")
SPKI = openssl("rsa", "-pubout", "-outform", "DER", data=RSA)
BARE = openssl("rsa", "-RSAPublicKey_out", "-outform", "DER", data=RSA)
OTHER = openssl("rsa", "-pubout", "-outform", "DER", data=pem("list"))
ED_DER = openssl("pkey", "-outform", "DER", data=pem("author-ed25519"))
ED_SEED = base64.b64encode(ED_DER[-32:])
ED_PUB = openssl("pkey", "-pubout", "-outform", "DER",
                 data=pem("author-ed25519"))[-32:]


def b64(der):
    return base64.b64encode(der).decode()


def publish(selector, domain, *texts):
    records["%s._domainkey.%s" % (selector, domain)] = list(texts)


GOOD = "v=DKIM1; k=rsa; p=" + b64(SPKI)
publish("rsa", "example.com", GOOD)
publish("ed", "example.com", "v=DKIM1; k=ed25519; p=" + b64(ED_PUB))
publish("list", "list.example", "v=DKIM1; p=" + b64(OTHER))

# (name, result wanted of an intact message, TXT records)
KEYS_OF_ALL_SORTS = [
    ("key-bare", "pass", ["k=rsa; p=" + b64(BARE)]),
    ("key-minimal", "pass", ["p=" + b64(SPKI)]),
    ("key-spaced", "pass", ["v = DKIM1 ; p = " + re.sub(
        "(.{60})", r"\1 ", b64(SPKI)) + " ; n=a note;"]),
    ("key-testing", "pass", ["v=DKIM1; t=y; p=" + b64(SPKI)]),
    ("key-all-hashes", "pass", ["v=DKIM1; h=sha1:sha256; s=email:x; p="
                                + b64(SPKI)]),
    ("key-unknown-tags", "pass", ["v=DKIM1; g=*; zz=1; p=" + b64(SPKI)]),
    ("key-empty-piece", "pass", ["v=DKIM1;; p=" + b64(SPKI)]),
    ("key-sha1-only", "permerror", ["v=DKIM1; h=sha1; p=" + b64(SPKI)]),
    ("key-tlsrpt", "permerror", ["v=DKIM1; s=tlsrpt; p=" + b64(SPKI)]),
    ("key-not-for-mail", "permerror", ["v=DKIM1; s=other; p=" + b64(SPKI)]),
    ("key-revoked", "permerror", ["v=DKIM1; p="]),
    ("key-no-p", "permerror", ["v=DKIM1; k=rsa"]),
    ("key-version", "permerror", ["v=DKIM2; p=" + b64(SPKI)]),
    ("key-version-late", "permerror", ["p=" + b64(SPKI) + "; v=DKIM1"]),
    ("key-unknown-kind", "permerror", ["v=DKIM1; k=dsa; p=" + b64(SPKI)]),
    ("key-other-kind", "permerror", ["v=DKIM1; k=ed25519; p=" + b64(ED_PUB)]),
    ("key-cut", "permerror", ["v=DKIM1; p=" + b64(SPKI)[:240]]),
    ("key-garbage", "permerror", ["v=DKIM1; p=!!!" + b64(SPKI)]),
    ("key-other", "fail", ["v=DKIM1; p=" + b64(OTHER)]),
    ("key-two", "pass", ["v=spf1 -all", "v=DKIM1; p=" + b64(OTHER), GOOD]),
    ("key-missing", "permerror", []),
    ("key-servfail", "temperror", "SERVFAIL"),
]
for name, want, texts in KEYS_OF_ALL_SORTS:
    if texts:
        records["%s._domainkey.example.com" % name] = texts
publish("key-strict", "example.com", "v=DKIM1; t=s; p=" + b64(SPKI))


def write_zone(path):
    with open(path, "w") as f:
        for name, texts in records.items():
            if texts == "SERVFAIL":
                f.write(";!%s. TXT SERVFAIL\n" % name)
                continue
            for text in texts:
                parts = [text[i:i + 255] for i in range(0, len(text), 255)]
                f.write("%s. 60 IN TXT %s\n" % (
                    name, " ".join('"%s"' % p for p in parts)))


def lookup(name, timeout=5):
    texts = records.get(name.decode().rstrip(".").lower(), [])
    if texts == "SERVFAIL":
        raise dkim.DnsTimeoutError("no answer")
    return texts[0].encode() if texts else None


# --- messages --------------------------------------------------------------

BODIES = [
    b"",
    b"\r\n",
    b"\r\n\r\n\r\n",
    b"Hello.\r\n",
    b"No line end",
    b"Trailing blanks  \t\r\nand a tab\t\r\n",
    b" \t \r\n\t\r\n",
    b"  leading\r\n\r\n\r\nwide   gaps\t\tand tabs\r\n\r\n \r\n\r\n",
    b"a lone \r in a line\r\n",
    b"\xc3\xa9\xff\x00\xa0 eight bits\r\n",
    b"\r\n\r\nempty lines first\r\n",
    b"long " * 400 + b"\r\n",
    base64.b64encode(bytes(range(256)) * 40),
]
FIELDS = [
    b"Received: from a.example by b.example; Tue, 24 Nov 2026 10:00:00 +0000",
    b"Received: from c.example\r\n\tby d.example;\r\n"
    b"  Tue, 24 Nov 2026 09:00:00 +0000",
    b"From: Alice <alice@example.com>",
    b"To: bob@example.org,\r\n  carol@example.org",
    b"Subject:   two  blanks \t and a fold\r\n\tat the end  ",
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000",
    b"X-Empty:",
    b"X-Fold:\r\n \r\n  text",
    b"MIME-Version: 1.0",
    b"Content-Type: text/plain; charset=utf-8",
]
NAMES = [b"from", b"to", b"subject", b"date", b"mime-version",
         b"content-type"]


def message(body):
    fields = list(FIELDS)
    rng.shuffle(fields)
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


def sign(text, selector=b"rsa", canon=(b"relaxed", b"relaxed"), ed=False,
         names=None, length=False, identity=None, domain=b"example.com",
         key=None):
    d = dkim.DKIM(text, signature_algorithm=(
        b"ed25519-sha256" if ed else b"rsa-sha256"))
    d.should_not_sign = set()
    header = d.sign(b"ed" if ed else selector, domain,
                    key or (ED_SEED if ed else RSA), identity=identity,
                    canonicalize=canon, include_headers=list(names or NAMES),
                    length=length)
    return header + text


def add(text, want, damage, kind="dkim", oldest=None):
    cases.append({"text": text, "want": want, "damage": damage, "kind": kind,
                  "oldest": oldest})


def once(text, old, new):
    assert old in text, (old, text)
    return text.replace(old, new, 1)


CANONS = [(h, b) for h in (b"simple", b"relaxed")
          for b in (b"simple", b"relaxed")]


def intact():
    for canon in CANONS:
        for ed in (False, True):
            for body in BODIES:
                text = sign(message(body), canon=canon, ed=ed)
                kind = "" if body.endswith(b"\n") or not body else "-open-end"
                add(text, ["pass"], "intact" + kind)
                add(text.replace(b"\r\n", b"\n"), ["pass"], "lf" + kind)


def selections():
    wide = [b"received", b"received", b"received", b"x-empty", b"x-fold",
            b"from", b"from", b"subject", b"x-absent", b"x-absent", b"date"]
    for canon in CANONS:
        for ed in (False, True):
            text = sign(message(BODIES[7]), canon=canon, ed=ed, names=wide)
            add(text, ["pass"], "oversigned")
            add(b"X-Absent: now it is there\r\n" + text, ["fail"],
                "oversigned-added")
            add(b"From: Mallory <m@example.net>\r\n" + text, ["fail"],
                "oversigned-from")
            text = sign(message(BODIES[3]), canon=canon, ed=ed)
            add(b"X-New: field\r\n" + text, ["pass"], "field-added")
            add(b"Subject: another\r\n" + text, ["pass"], "copy-on-top")
            add(once(text, b"\r\n\r\n", b"\r\nSubject: below\r\n\r\n"),
                ["fail"], "copy-below")
            self_signed = sign(message(BODIES[3]), canon=canon, ed=ed,
                               names=NAMES + [b"dkim-signature"])
            add(self_signed, ["pass"], "signs-signatures")
            two = sign(self_signed, canon=canon, ed=not ed)
            # the one below forbids any other: it names one and had none
            add(two, ["pass", "fail"], "two-signatures")
            three = sign(two, canon=CANONS[0], names=NAMES
                         + [b"dkim-signature"] * 2)
            add(three, ["pass", "pass", "fail"], "three-signatures")


def lengths():
    for canon in CANONS:
        for body in BODIES:
            text = sign(message(body), canon=canon, length=True)
            open_end = "" if body.endswith(b"\n") or not body else "-open-end"
            add(text, ["pass"], "length" + open_end)
            if body.endswith(b"\r\n") and body.strip():
                add(text + b"appended\r\n", ["pass"], "length-appended")
            if body.strip():
                add(text[:-len(body) // 2 or None], ["fail"], "l-too-long")


def harmless_to_relaxed(text):
    head, _, body = text.partition(b"\r\n\r\n")
    head = head.replace(b"Subject:   two  blanks", b"SUBJECT: two blanks  ")
    head = head.replace(b"To: bob@example.org,", b"To:\r\n bob@example.org, ")
    body = re.sub(rb"(?<=[a-z]) +(?=[a-z])", b" \t ", body)
    body = body.replace(b"\r\n", b"  \r\n")
    return head + b"\r\n\r\n" + body


def reformatted():
    for canon in CANONS:
        for body in BODIES[3:9]:
            text = sign(message(body), canon=canon)
            changed = harmless_to_relaxed(text)
            ok = canon == (b"relaxed", b"relaxed")
            add(changed, ["pass" if ok else "fail"], "reformatted")
            if not body.endswith(b"\n"):
                body_text = text + b"\r\n"
            else:
                body_text = text + b"\r\n\r\n"
            add(body_text, ["pass"], "empty-lines-added")


def flip(data, at):
    """One letter into another: never white space, never equal."""
    return data[:at] + (b"x" if data[at:at + 1] != b"x" else b"y") \
        + data[at + 1:]


def letters(data, start, end):
    return [i for i in range(start, end) if data[i:i + 1].isalnum()]


def damaged():
    for n in range(160):
        canon = CANONS[n % 4]
        ed = n % 3 == 0
        text = sign(message(rng.choice(BODIES[9:])), canon=canon, ed=ed)
        head = text.index(b"\r\n\r\n")
        if n % 4 == 0:
            spots, name = letters(text, head + 4, len(text)), "body-flip"
        elif n % 4 == 1:
            at = text.index(b"Subject:") + 8
            spots, name = letters(text, at, at + 20), "header-flip"
        elif n % 4 == 2:
            at = text.index(b" b=") + 3
            # the last letters have bits that do not count
            spots, name = letters(text, at, at + 70), "b-flip"
        else:
            at = text.index(b"bh=") + 3
            spots, name = letters(text, at, at + 40), "bh-flip"
        add(flip(text, rng.choice(spots)), ["fail"], name)


def tags():
    for canon in CANONS:
        text = sign(message(BODIES[3]), canon=canon)

        def change(old, new, want, damage):
            add(once(text, old, new), [want], damage)

        change(b" v=1;", b" v=2;", "permerror", "v-2")
        change(b" v=1;", b"", "permerror", "v-missing")
        change(b"a=rsa-sha256", b"a=rsa-sha512", "neutral", "a-unknown")
        change(b"a=rsa-sha256", b"a=rsa-sha1", "permerror", "a-sha1")
        change(b" d=example.com;", b"", "permerror", "d-missing")
        change(b" s=rsa;", b"", "permerror", "s-missing")
        change(b" c=%s/%s;" % canon, b" c=nowsp;", "neutral", "c-unknown")
        change(b" q=dns/txt;", b" q=http;", "neutral", "q-unknown")
        change(b" v=1;", b" v=1; v=1;", "neutral", "duplicate-tag")
        change(b" v=1;", b" v=1; l=x;", "neutral", "l-bad")
        change(b" v=1;", b" v=1; x=10; t=20;" if b" t=" not in text else
               b" v=1; x=10;", "neutral", "x-before-t")
        for outside in (b"a@example.net", b"a@badexample.com", b"@com"):
            change(b" i=@example.com;", b" i=%s;" % outside, "permerror",
                   "i-outside")
        change(b" v=1;", b" v=1; junk;", "neutral", "no-equals")
        change(b" v=1;", b" v=1; extra=1;", "fail", "tag-added")
        change(b" bh=", b" bh=!", "neutral", "bh-bad")


def keys():
    for name, want, _ in KEYS_OF_ALL_SORTS:
        for canon in CANONS:
            text = sign(message(BODIES[7]), selector=name.encode(),
                        canon=canon)
            add(text, [want], name)
    for identity, want in ((b"a@example.com", "pass"),
                           (b"a@sub.example.com", "permerror")):
        add(sign(message(BODIES[3]), selector=b"key-strict",
                 identity=identity), [want], "key-strict")
    add(sign(message(BODIES[3]), identity=b"a@sub.example.com"), ["pass"],
        "i-below")


# --- ARC -------------------------------------------------------------------

def seal(text, n, domain=b"list.example"):
    """One more set on top; the signer reads its own results for cv=."""
    ar = b"Authentication-Results: mx%d.example; arc=%s\r\n" % (
        n, b"none" if n == 1 else b"pass")
    arc = dkim.ARC(ar + text)
    lines = arc.sign(b"list", domain, pem("list"),
                     b"mx%d.example" % n,
                     include_headers=list(NAMES))
    assert lines, arc
    return b"".join(lines) + text


def arc_fields(text):
    """(name, whole field) of the head, and what follows it."""
    head, _, body = text.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    return fields, body


def drop(text, prefix, i):
    fields, body = arc_fields(text)
    kept = [f for f in fields if not (f.startswith(prefix)
                                      and re.search(rb"i=%d;" % i, f[:60]))]
    assert len(kept) == len(fields) - 1
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def change_field(text, prefix, i, old, new):
    fields, body = arc_fields(text)
    for n, f in enumerate(fields):
        if f.startswith(prefix) and re.search(rb"i=%d;" % i, f[:60]):
            fields[n] = once(f, old, new)
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


def chains():
    for body in BODIES:
        text = sign(message(body))
        for n in range(1, 5):
            text = seal(text, n)
            add(text, "pass", "arc-intact", "arc", 0)
            fields, rest = arc_fields(text)
            mixed = list(fields)
            rng.shuffle(mixed)
            # fields of one name under DKIM may not be mixed
            mixed = [f for f in mixed if f.startswith(b"ARC-")] \
                + [f for f in fields if not f.startswith(b"ARC-")]
            add(b"\r\n".join(mixed) + b"\r\n\r\n" + rest, "pass",
                "arc-mixed", "arc", 0)
    body = BODIES[3]
    for n in range(1, 5):
        chain = message(body)
        for k in range(1, n + 1):
            if k == n and n > 1:
                chain += b"a footer\r\n"
            chain = seal(chain, k)
        add(chain, "pass", "arc-footer", "arc", n if n > 1 else 0)
        add(chain + b"more\r\n", "fail", "arc-body", "arc")
        add(chain.replace(b"\r\n", b"\n"), "pass", "arc-lf", "arc",
            n if n > 1 else 0)
        for k in range(1, n + 1):
            for prefix in (b"ARC-Seal", b"ARC-Message-Signature",
                           b"ARC-Authentication-Results"):
                add(drop(chain, prefix, k), "fail", "arc-dropped", "arc")
            at = chain.index(b"i=%d; mx%d" % (k, k))
            add(chain[:at + 5] + b"n" + chain[at + 6:], "fail",
                "arc-results", "arc")
            cv = b"cv=none" if k == 1 else b"cv=pass"
            for other in (b"cv=fail", b"cv=none", b"cv=pass", b"cv=x"):
                if other != cv:
                    add(change_field(chain, b"ARC-Seal", k, cv, other),
                        "fail", "arc-cv", "arc")
            add(change_field(chain, b"ARC-Seal", k, b"cv=",
                             b"h=from; cv="), "fail", "arc-seal-h", "arc")
            add(change_field(chain, b"ARC-Seal", k, b"d=list.example",
                             b"d=nokey.example"), "fail", "arc-no-key", "arc")
            fields, rest = arc_fields(chain)
            copy = [f for f in fields if f.startswith(b"ARC-Seal")][0]
            add(b"\r\n".join([copy] + fields) + b"\r\n\r\n" + rest, "fail",
                "arc-two-seals", "arc")
        for k in range(1, n):
            bare = chain
            for prefix in (b"ARC-Seal", b"ARC-Message-Signature",
                           b"ARC-Authentication-Results"):
                bare = drop(bare, prefix, k)
            add(bare, "fail", "arc-gap", "arc")


# --- the others ------------------------------------------------------------

PERL = r"""
use strict; use warnings;
use Mail::DKIM::Verifier; use Mail::DKIM::ARC::Verifier; use Net::DNS;
my %txt;
open my $z, '<', shift or die;
while (<$z>) {
    if (/^;!(\S+)\. TXT SERVFAIL/) { $txt{$1} = 'SERVFAIL'; next }
    my ($name) = /^(\S+)\. / or next;
    push @{ $txt{$name} }, $_;
}
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
    my ($name) = @_;
    my $have = $txt{lc $name =~ s/\.$//r} or return;
    die "no answer\n" if $have eq 'SERVFAIL';
    return map { Net::DNS::RR->new($_) } @$have;
};
while (my $file = <STDIN>) {
    chomp $file;
    open my $f, '<:raw', $file or die;
    local $/; my $text = <$f>; $/ = "\n";
    $text =~ s/\r?\n/\r\n/g;
    my @out;
    my $v = Mail::DKIM::Verifier->new;
    eval { $v->PRINT($text); $v->CLOSE; 1 } or push @out, 'died';
    push @out, map { $_->result } $v->signatures;
    my $arc = Mail::DKIM::ARC::Verifier->new;
    my $r = eval { $arc->PRINT($text); $arc->CLOSE; $arc->result } // 'died';
    print join(',', @out), "\t$r\n";
}
"""


def mail_dkim(zone, files):
    try:
        run = subprocess.run(["perl", "-e", PERL, zone], check=True,
                             input="\n".join(files) + "\n",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             universal_newlines=True)
    except (OSError, subprocess.CalledProcessError) as e:
        print("dkim_vectors: no Mail::DKIM, skipped:",
              getattr(e, "stderr", e))
        return None
    return [line.split("\t") for line in run.stdout.split("\n")[:-1]]


def dkimpy_verdicts(case):
    if case["kind"] == "arc":
        try:
            cv, _, _ = dkim.arc_verify(case["text"], dnsfunc=lookup)
        except dkim.DKIMException:
            return "fail"
        return cv.decode() if cv else "none"
    out = []
    for i in range(len(case["want"])):
        d = dkim.DKIM(case["text"])
        try:
            out.append("pass" if d.verify(i, dnsfunc=lookup) else "fail")
        except (dkim.DKIMException, ValueError):
            out.append("fail")
    return out


def passes(results):
    if isinstance(results, str):
        return results
    return ["pass" if r == "pass" else "no" for r in results]


def ours(zone, files):
    out = subprocess.run([EVAL, zone, str(NOW)] + files, check=True,
                         stdout=subprocess.PIPE).stdout
    for line in out.split(b"\n")[:-1]:
        _, signatures, arc, reason = line.decode("latin-1").split("\t")
        result, oldest = arc.split(" ")
        yield ([s.split("/") for s in signatures.split(",") if s],
               result, int(oldest), reason)


failed = passed = 0
explained = {}


def judge(ok, tool, case, got, reason=""):
    global failed, passed
    if ok:
        passed += 1
        return
    key = (tool, case["damage"])
    if key in EXPLAINED:
        explained[key] = explained.get(key, 0) + 1
        return
    failed += 1
    if failed <= 40:
        print("%s, %s: wanted %s, got %s %s" % (
            tool, case["damage"], case["want"], got, reason))
        print("   ", case["file"])


def our_part(case, mine):
    signatures, arc, oldest, reason = mine
    if case["kind"] == "arc":
        ok = arc == case["want"] and (case["oldest"] is None
                                      or oldest == case["oldest"])
        judge(ok, "mailauth", case, (arc, oldest), reason)
        return
    results = [s[0] for s in signatures]
    ok = results == case["want"]
    # which of the two hashes must have failed
    if ok and case["damage"] in ("body-flip", "bh-flip", "l-too-long"):
        ok = signatures[0][1] == "fail"
    if ok and case["damage"] in ("body-flip", "l-too-long"):
        ok = signatures[0][2] == "pass"
    if ok and case["damage"] in ("header-flip", "b-flip", "tag-added"):
        ok = signatures[0][1:] == ["pass", "fail"]
    judge(ok, "mailauth", case, signatures, reason)


def main():
    dkim.time.time = lambda: NOW
    for part in (intact, selections, lengths, reformatted, damaged, tags,
                 keys, chains):
        part()
    keep = os.environ.get("DKIM_CORPUS")
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep or scratch
        zone = os.path.join(folder, "zone")
        write_zone(zone)
        for i, case in enumerate(cases):
            case["file"] = os.path.join(folder, "%04d.eml" % i)
            with open(case["file"], "wb") as f:
                f.write(case["text"])
        files = [c["file"] for c in cases]
        perl = mail_dkim(zone, files)
        skipped = 0
        for i, (case, mine) in enumerate(zip(cases, ours(zone, files))):
            our_part(case, mine)
            want = passes(case["want"])
            theirs = passes(dkimpy_verdicts(case))
            judge(theirs == want, "dkimpy", case, theirs)
            if perl and b"a=ed25519-sha256" in case["text"]:
                skipped += 1    # this Mail::DKIM has no Ed25519
            elif perl:
                if case["kind"] == "arc":
                    got = perl[i][1].replace("invalid", "fail")
                else:   # it does not list what it cannot parse
                    got = passes(perl[i][0].split(","))
                judge(got == want, "Mail::DKIM", case, got, str(perl[i]))
    for (tool, damage), n in sorted(explained.items()):
        print("explained: %d x %s, %s: %s" % (
            n, tool, damage, EXPLAINED[(tool, damage)]))
    print("%d messages; %d with Ed25519 not shown to Mail::DKIM" % (
        len(cases), skipped))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


sys.exit(main())
