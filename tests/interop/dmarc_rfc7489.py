#!/usr/bin/python3
"""dmarc_rfc7489 - our verdict by RFC 7489 beside those of Mail::DMARC and
OpenDMARC, over the corpus of lib/dmarc_corpus.

    MAILAUTH_BUILD=build tests/interop/dmarc_rfc7489.py

Our side is the command line: signed messages, a zone, --dmarc=rfc7489; and
what it says of RFC 7489 without that option must be the same.  The others are
told what SPF and DKIM found, and ask a name server of ours.  Where they depart
from the RFC, or read it another way, the difference is counted under its
reason (EXPLAINED) and is no failure.  Needs Debian's libmail-dmarc-perl,
libopendmarc2, python3-dkim and publicsuffix; who is missing is left out.
DMARC_CORPUS=DIR keeps the messages there.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    from lib import dmarc_corpus, opendmarc
except ImportError as error:
    print(f"# skip: {error} (python3-dkim)")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

from lib.nameserver import NOERROR, NXDOMAIN, TXT, Server, txt_data

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = "/usr/share/publicsuffix/public_suffix_list.dat"
MAILAUTH = os.environ.get("MAILAUTH", "./mailauth")
SERVFAIL, A = 2, 1



# --- why they differ ------------------------------------------------------

def in_exception(case, differ, mine, theirs):
    return not case.tops.isdisjoint(dmarc_corpus.EXCEPTIONS)


def in_wildcard(case, differ, mine, theirs):
    return "organizational" in differ and any(
        top.endswith(dmarc_corpus.WILDCARDS) for top in case.tops)


def in_idn(case, differ, mine, theirs):
    return "organizational" in differ and "xn--55qx5d.cn" in case.author


def strict(case, differ, mine, theirs):
    """They see an identifier aligned that we do not, by a record with =s."""
    text = "".join(s for r in case.records.values() for x in r for s in x)
    return "=s" in text.lower().replace(" ", "") and all(
        (mine[k], theirs[k]) == ("fail", "pass") for k in differ
        if k in ("spf", "dkim")) and "organizational" not in differ


def two_signatures(case, differ, mine, theirs):
    return (len(case.signers) > 1 and "organizational" not in differ
            and mine["dkim"] == "pass" and theirs["dkim"] == "fail")


def fail_without_policy(case, differ, mine, theirs):
    return (mine["result"], theirs.get("result")) == ("none", "fail") and (
        theirs["disposition"] == "none")


def p_is_given_up(case, differ, mine, theirs):
    return mine["policy"] == "none" and (
        theirs.get("result") in ("none", "fail") and "policy" not in theirs)


# Who, the kinds of case or what they have in common, and why: who departs from
# the RFC, and where.  The first that fits counts.
EXPLAINED = [
    ("Mail::DMARC", in_exception,
     "3.2: it does not know the list's exceptions, such as !www.ck"),
    ("Mail::DMARC", "missing",
     "6.6.3: existence of the domain is no matter of discovery (A.4)"),
    ("Mail::DMARC", "fails-author fails-top fails-above",
     "6.6.3: a failing DNS is no missing record; it has no temperror"),
    ("Mail::DMARC", "version-case beside-case",
     "6.3: the value DMARC1 MUST match precisely"),
    ("Mail::DMARC", "version-spaced",
     "6.4: blanks may stand around the = of v"),
    ("Mail::DMARC", "strings-early",
     "6.1: strings are joined before one looks for v"),
    ("Mail::DMARC", "version-long comma no-semicolon",
     "6.6.3 2: what begins with v=DMARC1 only is no record, and is discarded"),
    ("Mail::DMARC", fail_without_policy,
     "6.6.3: it says fail, to be handled as none, where no policy applies"),
    ("Mail::DMARC", p_is_given_up,
     "6.6.3 6: a bad policy beside a valid rua is p=none; it gives up"),
    ("Mail::DMARC", "bad-sp-rua",
     "6.6.3 6: p=none is for all; for subdomains it keeps the bad sp"),
    ("Mail::DMARC", "bad-pct pct-negative pct-percent",
     "6.3: what is no number has the default 100; it counts as 0"),
    ("Mail::DMARC", "blank-inside", "6.4: no blanks inside of a value"),
    ("Mail::DMARC", "tag-colon", "6.4: tag and value are parted by = only"),
    ("Mail::DMARC", "backslash", "6.4: no backslash before the semicolon"),
    ("OpenDMARC", in_wildcard,
     "3.2: below *.ck it takes the public suffix for the organization"),
    ("OpenDMARC", "suffix suffix-signs",
     "3.1.1: co.uk and a.co.uk are no organization; it takes them for one"),
    ("OpenDMARC", in_idn,
     "3.2: the list has U-labels; it does not compare them with A-labels"),
    ("OpenDMARC", "fails-author fails-top",
     "6.6.3: a failing DNS is no missing record"),
    ("OpenDMARC", "two-records three-records two-one-bad",
     "6.6.3 5: several records end it; it takes one"),
    ("OpenDMARC", "beside-spf beside-version beside-case beside-late",
     "6.6.3 2: other records are discarded; it looks at one only"),
    ("OpenDMARC", "bad-p-rua bad-p-two-rua bad-p-outer-rua bad-p-https-rua "
     "empty-p-rua no-p-rua bad-sp-rua",
     "6.6.3 6: a bad policy beside a valid rua is p=none; it gives up"),
    ("OpenDMARC", "bad-adkim bad-aspf pct-101 pct-negative",
     "6.3: a bad value has its default; it gives the record up"),
    ("OpenDMARC", "version-blank version-late",
     "6.3: v is the first tag, and nothing stands before it"),
    ("OpenDMARC", "version-spaced version-tag-case",
     "6.4: blanks around =, and literals in any case"),
    ("OpenDMARC", "version-long comma no-semicolon",
     "6.6.3 3: a discarded record is followed by the organization's"),
    ("OpenDMARC", "blank-inside", "6.4: no blanks inside of a value"),
    ("OpenDMARC", two_signatures,
     "3.1.1: any aligned signature will do; a failing one undoes it"),
    ("OpenDMARC", strict,
     "3.1: strict is the same name; it takes those above and below"),
    ("*", "tag-twice",
     "6.3 refers to DKIM, where tags are unique; we take the first"),
    ("*", "unlisted",
     "3.2 is silent on names in no list; ours is the list's rule *"),
]
# What is compared.  A program that does not say one of these is not asked.
KEYS = ["result", "organizational", "policy_domain", "policy", "disposition",
        "spf", "dkim"]


# --- the DNS --------------------------------------------------------------

class Zone:
    def __init__(self, cases):
        self.txt, self.failing = dmarc_corpus.txt_records(cases)
        self.hosts = {name.lower() for case in cases if not case.missing
                      for name in [case.author] + sorted(case.tops)}

    def answer(self, name, kind):
        if name in self.failing and kind == TXT:
            return SERVFAIL, []
        if kind == TXT and name in self.txt:
            return NOERROR, [(TXT, name, txt_data(*[
                p.encode() for s in strings for p in pieces(s)]))
                for strings in self.txt[name]]
        if name not in self.hosts:
            return NXDOMAIN, []
        return NOERROR, [(A, name, b"\xc0\0\2\x09")] if kind == A else []


def pieces(text):
    return [text[i:i + 200] for i in range(0, len(text), 200)]


def quoted(text):
    return " ".join('"%s"' % p.replace("\\", "\\\\").replace('"', '\\"')
                    for p in pieces(text))


def write_zone(path, cases):
    txt, failing = dmarc_corpus.txt_records(cases)
    lines = [f"{name}. TXT {' '.join(map(quoted, strings))}"
             for name, records in txt.items() for strings in records]
    lines += [f";!{name}. TXT SERVFAIL" for name in sorted(failing)]
    domains = {d.lower() for case in cases for d, _ in case.signers}
    lines += [f"k._domainkey.{d}. TXT {quoted(dmarc_corpus.KEY)}"
              for d in sorted(domains)]
    lines += [f"{d.lower()}. TXT {quoted(dmarc_corpus.spf_record(result))}"
              for d, result in sorted({c.spf for c in cases if c.spf})]
    with open(path, "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")


# --- the programs ---------------------------------------------------------

def yes(flag):
    return "pass" if flag else "fail"


def run_ours(zone, files, *options):
    out = subprocess.run([MAILAUTH, "-j", "-z", zone, "--psl", LIST, *options,
                          "--", *files], stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.splitlines()]


def our_answer(case, whole, beside):
    """What --dmarc=rfc7489 says; "beside" is what stands beside RFC 9989."""
    d = whole["dmarc"]
    answer = {"result": d["result"], "policy_domain": d["policy_domain"],
              "organizational": d["organizational_domain"],
              "policy": d["policy"], "disposition": d["disposition"],
              "spf": yes(d["alignment"]["spf"]),
              "dkim": yes(d["alignment"]["dkim"]), "reason": d["reason"]}
    same = beside["dmarc"]["rfc7489"] == d["rfc7489"] and all(
        d[key] == d["rfc7489"][key] for key in d["rfc7489"])
    spf = whole["spf"]["result"] if case.spf else None
    told = (spf == (case.spf and case.spf[1]) and
            [s["result"] for s in whole["dkim"]] ==
            [result for _, result in case.signers])
    return answer, same, told


def ask_ours(folder, cases):
    zone = os.path.join(folder, "zone")
    write_zone(zone, cases)
    files = []
    for i, case in enumerate(cases):
        files.append(os.path.join(folder, "%04d.eml" % i))
        with open(files[-1], "wb") as f:
            f.write(dmarc_corpus.message(case))
    whole = run_ours(zone, files, "--dmarc=rfc7489")
    beside = run_ours(zone, files)
    return [our_answer(*each)
            for each in zip(cases, whole, beside, strict=True)]


def question(case):
    spf = case.spf and {"domain": case.spf[0], "result": case.spf[1],
                        "scope": "helo" if case.null_sender else "mfrom"}
    return json.dumps({"author": case.author, "spf": spf or None, "dkim": [
        {"domain": d, "selector": "k", "result": result}
        for d, result in case.signers]})


def ask_mail_dmarc(server, cases):
    run = subprocess.run(
        ["perl", os.path.join(HERE, "mail_dmarc.pl"), LIST, str(server.port)],
        input="\n".join(map(question, cases)) + "\n", stdout=subprocess.PIPE,
        text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def have_mail_dmarc():
    return subprocess.run(["perl", "-MMail::DMARC::PurePerl", "-e", "1"],
                          stderr=subprocess.DEVNULL).returncode == 0


# --- comparing ------------------------------------------------------------

passed = failed = 0
reasons = collections.Counter()


def differences(mine, theirs):
    """No record, no policy: nothing is left to compare."""
    if mine["result"] == theirs.get("result") and mine["result"] in (
            "none", "temperror"):
        return []
    return [k for k in KEYS if k in theirs and mine[k] != theirs[k]]


def explain(case, who, differ, mine, theirs):
    for program, where, why in EXPLAINED:
        if program not in ("*", who):
            continue
        if (case.kind in where.split() if isinstance(where, str)
                else where(case, differ, mine, theirs)):
            return f"{who}: {why}"
    return None


def compare(case, who, mine, theirs):
    global passed, failed
    differ = differences(mine, theirs)
    if not differ:
        passed += 1
        return
    why = explain(case, who, differ, mine, theirs)
    if why:
        reasons[why] += 1
        return
    failed += 1
    print(f"not ok {who}: {case.text()}")
    print("    we say", {k: mine[k] for k in differ}, mine["reason"])
    print("    it says", theirs)


def check_ours(case, same, told):
    global passed, failed
    if same and told:
        passed += 1
        return
    failed += 1
    print(f"not ok {case.text()}:", "the two ways differ" if told else
          "SPF or DKIM is not what it was made for")


def main():
    server = Server()
    mail_dmarc = have_mail_dmarc()
    open_dmarc = opendmarc.LIBRARY and opendmarc.begin(LIST, server.port)
    for found, name in ((mail_dmarc, "Mail::DMARC (libmail-dmarc-perl)"),
                        (open_dmarc, "OpenDMARC (libopendmarc2)")):
        if not found:
            print(f"# skip: no {name}")
    cases = dmarc_corpus.build()
    with tempfile.TemporaryDirectory() as scratch:
        for i, batch in enumerate(dmarc_corpus.batches(cases)):
            folder = os.path.join(os.environ.get("DMARC_CORPUS", scratch),
                                  str(i))
            os.makedirs(folder, exist_ok=True)
            ours = ask_ours(folder, batch)
            for case, (_, same, told) in zip(batch, ours):
                check_ours(case, same, told)
            server.zone = Zone(batch)
            others = []
            if mail_dmarc:
                others.append(("Mail::DMARC", ask_mail_dmarc(server, batch)))
            if open_dmarc:
                others.append(("OpenDMARC",
                               [opendmarc.verdict(c) for c in batch]))
            for who, verdicts in others:
                for case, mine, theirs in zip(batch, ours, verdicts,
                                              strict=True):
                    compare(case, who, mine[0], theirs)
    for why, n in reasons.most_common():
        print(f"# explained {n:4}  {why}")
    print(f"# {len(cases)} messages")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
