"""dmarc_corpus - messages for DMARC by RFC 7489, and the DNS they need.

A case has one thing that is odd, its kind, or is "plain".  Names of a case are
its own, but for those below exceptions of the public suffix list, of which
there are few: batches() parts the cases so that none sees another's records.
"""
import base64
import itertools
import random

import dkim

SEED = base64.b64encode(bytes(range(32)))
NAMES = {"com": 3, "org": 2, "de": 1, "co.uk": 3, "com.au": 1,
         "github.io": 2, "blogspot.com": 2, "s3.amazonaws.com": 1,
         "xn--55qx5d.cn": 1, "xn--p1ai": 1, "{}.ck": 2,
         "{}.kawasaki.jp": 2, "{}.compute.amazonaws.com": 1}
EXCEPTIONS = ["www.ck", "city.kawasaki.jp", "city.kobe.jp"]
WILDCARDS = (".ck", ".kawasaki.jp", ".compute.amazonaws.com")
SUFFIXES = ["co.uk", "github.io", "blogspot.com", "w.ck", "w.kawasaki.jp"]
PLACES = ["", "", "a.", "b.", "x.a.", "d.c.b.a.", "1.2.3.4.5.6.7.a."]
RESULTS = ["pass", "pass", "pass", "fail"]
POLICIES = ["none", "quarantine", "reject"]

# Policy records that are not what they should be, or only look like it.
# "{n}" is the name where the record stands.
RUA = "rua=mailto:d@{n}"
RECORDS = {
    "no-p": ["v=DMARC1; adkim=s"],
    "no-p-rua": ["v=DMARC1; " + RUA],
    "bare": ["v=DMARC1"],
    "bare-semicolon": ["v=DMARC1;"],
    "bad-p": ["v=DMARC1; p=rejekt"],
    "bad-p-rua": ["v=DMARC1; p=rejekt; " + RUA],
    "empty-p-rua": ["v=DMARC1; p=; " + RUA],
    "bad-sp": ["v=DMARC1; p=reject; sp=nothing"],
    "bad-sp-rua": ["v=DMARC1; p=reject; sp=nothing; " + RUA],
    "bad-p-bad-rua": ["v=DMARC1; p=x; rua=d@{n}"],
    "bad-p-outer-rua": ["v=DMARC1; p=x; rua=mailto:d@reports.net"],
    "bad-p-https-rua": ["v=DMARC1; p=x; rua=https://{n}/d"],
    "bad-p-two-rua": ["v=DMARC1; p=x; rua=d, mailto:d@{n}!10m"],
    "bad-adkim": ["v=DMARC1; p=reject; adkim=x"],
    "bad-aspf": ["v=DMARC1; p=reject; aspf=strict"],
    "bad-pct": ["v=DMARC1; p=reject; pct=many"],
    "pct-101": ["v=DMARC1; p=reject; pct=101"],
    "pct-negative": ["v=DMARC1; p=reject; pct=-1"],
    "pct-percent": ["v=DMARC1; p=quarantine; pct=0%"],
    "pct-empty": ["v=DMARC1; p=reject; pct="],
    "version-case": ["v=dmarc1; p=reject"],
    "version-tag-case": ["V=DMARC1; p=reject"],
    "version-long": ["v=DMARC12; p=reject"],
    "version-2": ["v=DMARC2; p=reject"],
    "version-spaced": ["v = DMARC1 ; p = reject"],
    "version-late": ["p=reject; v=DMARC1"],
    "version-blank": [" v=DMARC1; p=reject"],
    "version-none": ["p=reject"],
    "no-semicolon": ["v=DMARC1 p=reject"],
    "comma": ["v=DMARC1, p=reject"],
    "tag-no-semicolon": ["v=DMARC1; p=reject adkim=s"],
    "value-quoted": ["v=DMARC1; p=\"reject\""],
    "value-case": ["v=DMARC1; p=Reject; adkim=S; aspf=S; sp=NONE"],
    "tag-case": ["v=DMARC1; P=reject; ADKIM=s; SP=none"],
    "tag-unknown": ["v=DMARC1; p=reject; x=y; psd=n; np=none; t=y"],
    "tag-garbage": ["v=DMARC1; p=reject; nonsense; sp=none"],
    "tag-empty": ["v=DMARC1;; p=reject;;sp=none;"],
    "tag-colon": ["v=DMARC1; p:reject"],
    "tag-zero": ["v=DMARC1; p=reject;0;sp=none"],
    "tag-twice": ["v=DMARC1; p=reject; p=none"],
    "p-late": ["v=DMARC1; sp=none; adkim=s; p=reject"],
    "backslash": ["v=DMARC1\\; p=reject\\; adkim=s"],
    "blanks": ["v=DMARC1;\tp=reject  ;  sp=none\t; adkim = s ;"],
    "blank-inside": ["v=DMARC1; p=re ject"],
    "final-garbage": ["v=DMARC1; p=reject;."],
    "strings": ["v=DMARC1; p=re", "ject; sp=no", "ne; adkim=s"],
    "strings-early": ["v=DM", "ARC1; p=reject; aspf=s"],
    "long": ["v=DMARC1; p=reject; " + ", ".join(
        ["rua=mailto:d@{n}"] + [f"mailto:{c * 40}@{{n}}" for c in "abcdefgh"])],
}
# Several records at one name.
SETS = {
    "two-records": ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
    "three-records": ["v=DMARC1; p=none", "v=DMARC1; p=reject", "v=DMARC1"],
    "two-one-bad": ["v=DMARC1; p=reject", "v=DMARC1; p=x"],
    "beside-spf": ["v=spf1 -all", "v=DMARC1; p=reject; sp=none"],
    "beside-version": ["v=DMARC2; p=none", "v=DMARC1; p=reject"],
    "beside-case": ["v=dmarc1; p=none", "v=DMARC1; p=reject"],
    "beside-late": ["p=none; v=DMARC1", "v=DMARC1; p=reject"],
    "only-others": ["v=spf1 -all", "hello"],
}


class Case:
    def __init__(self, kind, author):
        self.kind, self.author = kind, author
        self.shown = author         # as the From field has it
        self.records = {}           # domain: lists of strings, at _dmarc
        self.failing = set()        # domains whose record cannot be had
        self.spf = None             # (domain, result)
        self.null_sender = False
        self.signers = []           # (domain, result)
        self.missing = False        # neither author nor its top has addresses
        self.tops = set()

    def says(self, domain, *texts):
        self.records[domain] = [
            [t.replace("{n}", domain)] for t in texts]

    def text(self):
        return " ".join([self.kind, self.shown, "spf", str(self.spf),
                         "null" if self.null_sender else "", "dkim",
                         str(self.signers), str(self.records),
                         str(self.failing or ""),
                         "missing" if self.missing else ""])


# --- generating -----------------------------------------------------------

numbers = itertools.count(1)


def organization(r, exceptions=True):
    """A name that can be registered, and another beside it."""
    if exceptions and r.random() < .02:
        top = r.choice(EXCEPTIONS)
        return top, "not-the-" + top
    i = next(numbers)
    suffix = r.choices(list(NAMES), list(NAMES.values()))[0]
    suffix = suffix.format(f"w{i}")
    return f"s{i}.{suffix}", f"t{i}.{suffix}"


def record(r):
    tags = ["p=" + r.choice(POLICIES)]
    if r.random() < .5:
        tags.append("sp=" + r.choice(POLICIES))
    for tag in ("adkim", "aspf"):
        if r.random() < .5:
            tags.append(tag + r.choice(["=r", "=s"]))
    if r.random() < .3:
        tags.append("pct=" + r.choice(["0", "100", "1", "50", "99"]))
    if r.random() < .3:
        tags.append(r.choice([RUA, "ruf=mailto:r@{n}", "fo=1:d:s", "ri=3600",
                              "rf=afrf"]))
    rest = tags[1:]
    r.shuffle(rest)
    return ("v=DMARC1" + r.choice([";", "; ", "; ", " ; "])
            + r.choice([";", "; ", "; "]).join(tags[:1] + rest)
            + r.choice(["", "", ";", "; "]))


def related(r, author, top, other):
    """A domain that sends or signs for the author, or has no business to."""
    return r.choice([
        lambda: author, lambda: author, lambda: top,
        lambda: "mail." + author, lambda: r.choice(PLACES) + top,
        lambda: author.partition(".")[2] if author != top else top,
        lambda: "z." + top, lambda: other, lambda: "a." + other,
        lambda: f"esp{next(numbers)}.net", lambda: "x" + top])()


def identify(r, case, top, other):
    if r.random() < .85:
        case.spf = (related(r, case.author, top, other), r.choice(RESULTS))
        case.null_sender = r.random() < .1
    for _ in range(r.choice([0, 1, 1, 1, 2])):
        case.signers.append((related(r, case.author, top, other),
                             r.choice(RESULTS)))


def new_case(r, kind, place=None, exceptions=True):
    top, other = organization(r, exceptions)
    case = Case(kind, (r.choice(PLACES) if place is None else place) + top)
    case.tops = {top, other}
    identify(r, case, top, other)
    return case, top


def plain(r):
    case, top = new_case(r, "plain")
    parent = case.author.partition(".")[2]
    for name, share in ((case.author, .5), (top, .7), (parent, .2)):
        if r.random() < share and len(name) >= len(top):
            case.says(name, record(r))
    return case


def odd_record(r, kind, strings):
    """At the author, or at the top above it; sometimes one above that."""
    case, top = new_case(r, kind)
    name = r.choice([case.author, top])
    if name != top and r.random() < .3:
        case.says(top, record(r))
    case.records[name] = [[s.replace("{n}", name) for s in strings]]
    return case


def odd_set(r, kind, texts):
    case, top = new_case(r, kind)
    name = r.choice([case.author, top])
    if name != top:
        case.says(top, record(r))
    case.says(name, *texts)
    return case


def odd_names(r):
    """What is no matter of records."""
    for suffix in SUFFIXES * 3:
        case = Case("suffix", suffix)
        identify(r, case, suffix, "other.net")
        case.says(suffix, record(r))
        case.tops = {suffix}
        yield case
        case, top = new_case(r, "suffix-signs")
        case.says(top, record(r))
        parent = top.partition(".")[2]
        if "." in parent:       # d=com is not even verified
            case.signers = [(parent, "pass")]
        yield case
    for _ in range(12):
        case, top = new_case(r, "case")
        case.shown = case.author.title()
        case.says(top, record(r))
        case.signers = [(d.upper(), result) for d, result in case.signers]
        if case.spf:
            case.spf = (case.spf[0].swapcase(), case.spf[1])
        yield case
    for suffix, shown in (("xn--p1ai", "рф"), ("xn--55qx5d.cn", "公司.cn")):
        for place in PLACES:
            top = f"xn--bcher-kva.s{next(numbers)}.{suffix}"
            case = Case("u-label", place + top)
            case.tops = {top.partition(".")[2]}
            identify(r, case, top, "t" + top)
            case.shown = (place + top).replace(suffix, shown).replace(
                "xn--bcher-kva", "bücher")
            case.says(r.choice([case.author, top.partition(".")[2]]),
                      record(r))
            yield case
    for top in ("s{}.unlisted", "s{}.corp.unlisted"):
        for place in PLACES:
            name = top.format(next(numbers))
            case = Case("unlisted", place + name)
            case.tops = {name}
            identify(r, case, name, "t" + name)
            case.says(case.author, record(r))
            case.says(".".join(name.split(".")[-2:]), record(r))
            case.tops.add(".".join(name.split(".")[-2:]))
            yield case


def odd_dns(r):
    for _ in range(8):
        case, top = new_case(r, "missing", exceptions=False)
        case.missing = True
        case.says(top, record(r))
        yield case
        case, top = new_case(r, "fails-author", exceptions=False)
        case.failing = {case.author}
        if case.author != top:
            case.says(top, record(r))
        yield case
        case, top = new_case(r, "fails-top", "a.", exceptions=False)
        case.failing = {top}
        yield case
        case, top = new_case(r, "fails-above", exceptions=False)
        case.says(case.author, record(r))
        case.failing = {top} - {case.author}
        yield case


def build(seed=7489, plains=900, odd=8):
    r = random.Random(seed)
    cases = [plain(r) for _ in range(plains)]
    for _ in range(odd):
        cases += [odd_record(r, k, s) for k, s in RECORDS.items()]
        cases += [odd_set(r, k, s) for k, s in SETS.items()]
    return cases + list(odd_names(r)) + list(odd_dns(r))


def batches(cases):
    """Lists of cases no two of which share a top."""
    parts = []
    for case in cases:
        for part in parts:
            if not part[0] & case.tops:
                break
        else:
            part = (set(), [])
            parts.append(part)
        part[0].update(case.tops)
        part[1].append(case)
    return [part[1] for part in parts]


# --- messages and zones ---------------------------------------------------

KEY = "v=DKIM1; k=ed25519; p=" + base64.b64encode(
    dkim.nacl.signing.SigningKey(SEED, encoder=dkim.nacl.encoding.Base64Encoder)
    .verify_key.encode()).decode()


def sign(text, domain, result):
    body = text if result == "pass" else text + b"more\r\n"
    return dkim.sign(body, b"k", domain.encode(), SEED,
                     signature_algorithm=b"ed25519-sha256",
                     canonicalize=(b"relaxed", b"relaxed"),
                     include_headers=[b"From"])


def message(case):
    domain = case.spf[0] if case.spf else "nobody.net"
    sender = "" if case.null_sender else "b@" + domain
    text = (f"From: Author <a@{case.shown}>\r\nSubject: {case.kind}\r\n"
            "\r\nHello.\r\n").encode()
    top = b"".join(sign(text, d, result) for d, result in case.signers)
    return (f"Return-Path: <{sender}>\r\nReceived: from {domain} "
            f"({domain} [192.0.2.1])\r\n\tby mx.net with ESMTP; "
            "Tue, 24 Nov 2026 05:00:00 +0000\r\n").encode() + top + text


def spf_record(result):
    return "v=spf1 ip4:192.0.2.1 -all" if result == "pass" else "v=spf1 -all"


def txt_records(cases):
    """{name: [strings]}, and the names whose TXT records cannot be had."""
    found, failing = {}, set()
    for case in cases:
        for domain, records in case.records.items():
            found["_dmarc." + domain.lower()] = records
        failing |= {"_dmarc." + d.lower() for d in case.failing}
    return found, failing
