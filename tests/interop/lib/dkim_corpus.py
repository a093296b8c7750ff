"""dkim_corpus - messages signed and then damaged, and what the RFCs want."""
import base64
import random
import re

import dkim

from lib.dkim_keys import ED_SEED, KEYS_OF_ALL_SORTS, RSA, pem

NOW = 1795000000
rng = random.Random(6376)
cases = []              # dicts: text, want (per signature or arc), damage


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


def oddity(body):
    """What of a body asks for an explanation of its own."""
    if b"\r" in body.replace(b"\r\n", b""):
        return "-lone-cr"
    return "-open-end" if body and not body.endswith(b"\n") else ""


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
                add(text, ["pass"], "intact" + oddity(body))
                add(text.replace(b"\r\n", b"\n"), ["pass"],
                    "lf" + oddity(body))


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
            add(text, ["pass"], "length" + oddity(body))
            if body.endswith(b"\r\n") and body.strip():
                add(text + b"appended\r\n", ["pass"],
                    "length-appended" + oddity(body))
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
            add(changed, ["pass" if ok else "fail"],
                "reformatted" + oddity(body))
            if not body.endswith(b"\n"):
                body_text = text + b"\r\n"
            else:
                body_text = text + b"\r\n\r\n"
            add(body_text, ["pass"], "empty-lines-added" + oddity(body))


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


def build():
    dkim.time.time = lambda: NOW
    for part in (intact, selections, lengths, reformatted, damaged, tags,
                 keys, chains):
        part()
    return cases
