#!/usr/bin/python3
"""reports_interop - are aggregate reports read as Mail::DMARC reads them?

    MAILAUTH=./mailauth tests/interop/reports_interop.py [-v]

The reports are those of tests/report/make-reports, as XML and in the mails
that Mail::DMARC takes.  Compared are the reports of each file, and of their
records address, count, disposition, the two aligned results, author domain
and number of signatures.  What it cannot read (-v lists it) is not compared,
nor what it is known to read otherwise.
"""

import ipaddress
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
MAILAUTH = os.environ.get("MAILAUTH", os.path.join(TOP, "mailauth"))
VERBOSE = "-v" in sys.argv
WAYS = {"xml", "mail-gzip", "mail-zip", "mail-octets-gz", "mail-crlf",
        "mail-x-zip-compressed", "mail-rfc2231", "mail-boundary"}
OTHERWISE = dict.fromkeys(
    ["facebook", "values-missing", "not-evaluated"],
    "a disposition that is none is \"none\" for it, an aligned result a pass")


def reports(directory):
    subprocess.run([os.path.join(TOP, "tests/report/make-reports"), directory],
                   check=True)
    return sorted(os.path.join(directory, n) for n in os.listdir(directory)
                  if n.split(".")[1] in WAYS)


def theirs(files):
    try:
        run = subprocess.run(
            ["perl", os.path.join(HERE, "mail_dmarc_reports.pl")],
            input="\n".join(files) + "\n", stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8")
    except OSError as error:
        return None, error
    lines = run.stdout.splitlines()
    if len(lines) != len(files):
        return None, run.stderr.strip().split("\n")[0]
    return dict(zip(files, map(json.loads, lines))), None


def ours(files):
    run = subprocess.run([MAILAUTH, "report", "-j"] + files,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = {f: defaultdict(list) for f in files}
    known = set(files)
    for line in run.stdout.splitlines():
        r = json.loads(line)
        if r.get("kind") != "aggregate":
            continue
        name = r["file"]
        while name not in known:
            name = name[:-1]
        out[name][r["report"]["id"]].append(r)
    return out


def same_name(text):
    return (text or "").rstrip(".").lower()


def our_record(r):
    return (r["source"]["ip"], r["count"], r["disposition"], r["dkim"],
            r["spf"], same_name(r["header_from"]), len(r["auth"]["dkim"]))


def address(text):
    """It keeps them as they were written."""
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def their_record(r):
    return (address(r["ip"]), int(r["count"]), r["disposition"], r["dkim"],
            r["spf"], same_name(r["header_from"]), r["signatures"])


def flat_ours(by_id):
    return sorted(
        (str(k or "").strip("<>"), list_[0]["report"]["begin"],
         list_[0]["report"]["end"], same_name(list_[0]["policy"]["domain"]),
         [our_record(r) for r in list_]) for k, list_ in by_id.items())


def flat_theirs(answer):
    return sorted((r["id"] or "", int(r["begin"]), int(r["end"]),
                   same_name(r["domain"]), [their_record(x)
                                            for x in r["records"]])
                  for r in answer["reports"] if r["records"])


def judge(ours_, answer):
    """None when it could not read it; else what differs, or ""."""
    if "error" in answer:
        return None, answer["error"]
    try:
        them = flat_theirs(answer)
    except (TypeError, ValueError) as error:
        return None, str(error)
    us = flat_ours(ours_)
    return us == them, "ours %s, theirs %s" % (us, them)


def compare(files, their):
    """Counts, and what was not compared."""
    good = bad = 0
    left_out = {}
    our = ours(files)
    for f in files:
        style = os.path.basename(f).split(".")[0]
        agree, why = judge(our[f], their[f])
        if agree is None or style in OTHERWISE:
            left_out[style] = OTHERWISE.get(style, why)
            continue
        good, bad = good + agree, bad + (not agree)
        if not agree:
            print("%s: %s" % (os.path.basename(f), why))
    return good, bad, left_out


def main():
    with tempfile.TemporaryDirectory() as directory:
        files = reports(directory)
        their, why = theirs(files)
        if their is None:
            print("reports_interop: no Mail::DMARC, skipped: %s" % why)
            print("0 passed, 0 failed, 1 skipped")
            return 0
        good, bad, left_out = compare(files, their)
    print("%d forms that it cannot read, or reads otherwise" % len(left_out))
    for style, why in sorted(left_out.items()) if VERBOSE else []:
        print("# %s: %s" % (style, why.strip().split("\n")[0][:90]))
    print("%d passed, %d failed" % (good, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
