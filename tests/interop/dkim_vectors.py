#!/usr/bin/python3
"""dkim_vectors - our DKIM and ARC verdicts beside those of dkimpy, OpenDKIM and
Mail::DKIM, over a corpus that all of them and openssl sign (lib/dkim_corpus,
lib/dkim_foreign) and that is damaged then.

    MAILAUTH_BUILD=build tests/interop/dkim_vectors.py

Every message says what the RFCs want of it.  A verdict of ours that differs
from that is a failure; so is one of theirs, unless EXPLAINED names the rule
they see in another way.  The seed is fixed.  Needs Debian's python3-dkim,
python3-nacl, libmail-dkim-perl and opendkim-tools (for its library); who is
missing is left out.  DKIM_CORPUS=DIR keeps the messages there.
"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    from lib import dkim_corpus, dkim_foreign, dkim_others
except ImportError as error:
    print("dkim_vectors: %s (python3-dkim), skipped" % error)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

from lib.dkim_keys import TOP, write_zone

BUILD = os.environ.get("MAILAUTH_BUILD", "build")
EVAL = os.environ.get("DKIM_EVAL", os.path.join(
    TOP, BUILD, "tests/interop/dkim_eval"))

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
    ("dkimpy", "arc-mailauth-ended"): "a newest cv=fail is none to it (8617 "
                                      "5.2 step 2)",
    ("dkimpy", "arc-cv"): "an unknown cv= makes it say none (8617 5.2)",
    ("Mail::DKIM", "signs-signatures"): "as dkimpy (3.5, 3.7)",
    ("Mail::DKIM", "key-version-late"): "v= may stand anywhere (3.6.1)",
    ("Mail::DKIM", "key-bare"): "it reads no bare RSAPublicKey (3.6.1)",
    ("Mail::DKIM", "key-two"): "it takes one record of several (6.1.2)",
    ("Mail::DKIM", "intact-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "lf-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "length-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "mailauth-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "openssl-open-end"): "it adds no CRLF at the end (3.4.3)",
    ("Mail::DKIM", "form-length-zero"): "it takes l=0 for no l= (3.5)",
    ("Mail::DKIM", "form-queries"): "unknown methods are ignored (3.5, q=)",
    ("dkimpy", "form-queries"): "unknown methods are ignored (3.5, q=)",
    ("dkimpy", "form-white-after-b"): "it keeps blanks after b= (3.5, 3.7)",
    ("OpenDKIM", "form-white-within-b"): "it drops those before = too (3.7)",
    ("OpenDKIM", "form-tag-case"): "tag names are case-sensitive (3.2)",
    ("OpenDKIM", "signs-signatures"): "as dkimpy (3.5, 3.7)",
    ("OpenDKIM", "key-version-late"): "v= may stand anywhere (3.6.1)",
    ("OpenDKIM", "key-garbage"): "other characters in p= are dropped (3.6.1)",
    ("OpenDKIM", "key-bare"): "it reads no bare RSAPublicKey (3.6.1)",
    ("OpenDKIM", "key-two"): "its callback has room for one record (6.1.2)",
    ("OpenDKIM", "key-empty-piece"): "the grammar has no ;; and we read it",
}
# The same for all messages whose body is odd in a way: dkim_corpus.oddity().
for what in ("intact", "lf", "length", "length-appended", "reformatted",
             "empty-lines-added", "openssl", "mail-dkim", "mailauth"):
    EXPLAINED["OpenDKIM", what + "-lone-cr"] = (
        "relaxed bodies lose a CR that is not in a CRLF (3.4.4)")
    EXPLAINED["OpenDKIM", what + "-open-end"] = (
        "it counts on the CRLF with which SMTP ends (3.4.3, 3.4.4)")
for tool in ("dkimpy", "Mail::DKIM", "OpenDKIM"):
    EXPLAINED[tool, "sha1"] = "no verifier may take SHA-1 (8301 3.1)"
    EXPLAINED[tool, "form-white-before-colon"] = (
        "blanks there are old, not wrong (3.4.2; RFC 5322 4.5)")
def passes(results):
    if isinstance(results, str):
        return results
    return ["pass" if r == "pass" else "no" for r in results]


def ours(zone, files):
    out = subprocess.run([EVAL, zone, str(dkim_corpus.NOW)] + files, check=True,
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
    dkim_corpus.build()
    cases = dkim_foreign.build()
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
        perl = dkim_others.mail_dkim(zone, files)
        verifier = dkim_others.open_dkim(dkim_corpus.NOW)
        skipped = 0
        for i, (case, mine) in enumerate(zip(cases, ours(zone, files))):
            our_part(case, mine)
            want = passes(case["want"])
            theirs = passes(dkim_others.dkimpy_verdicts(case))
            judge(theirs == want, "dkimpy", case, theirs)
            ed = b"ed25519-sha256" in case["text"]
            if perl and ed:
                skipped += 1    # this Mail::DKIM has no Ed25519
            elif perl:
                if case["kind"] == "arc":
                    got = perl[i][1].replace("invalid", "fail")
                else:   # it does not list what it cannot parse
                    got = passes(perl[i][0].split(","))
                judge(got == want, "Mail::DKIM", case, got, str(perl[i]))
            if verifier and case["kind"] == "dkim" and (    # it has no ARC
                    verifier.has_ed25519() or not ed):
                got, why = dkim_others.opendkim_verdicts(verifier, case)
                judge(got == want, "OpenDKIM", case, got, str(why))
    for (tool, damage), n in sorted(explained.items()):
        print("explained: %d x %s, %s: %s" % (
            n, tool, damage, EXPLAINED[(tool, damage)]))
    print("%d messages; %d with Ed25519 not shown to Mail::DKIM" % (
        len(cases), skipped))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


sys.exit(main())
