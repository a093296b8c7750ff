"""dkim_foreign - cases for the corpus that dkimpy has not signed.

We sign and seal.  openssl signs fields in forms that no signer writes and RFC 6376 allows.
Mail::DKIM and OpenDKIM sign as they do, where the body is one that they hash
by the RFC: see EXPLAINED in dkim_vectors.py.  Each also comes with its
Subject changed, which must fail.
"""
import subprocess

from lib import dkim_signers, opendkim
from lib.dkim_corpus import (BODIES, CANONS, NOW, add, cases, message, oddity,
                             once)

HEAD = b"DKIM-Signature: v=1; a={a}; c={c}; d=example.com; s={s};\r\n"
TAIL = b" h=from:subject; bh={bh};\r\n b={b}"
PLAIN = HEAD + TAIL
RELAXED = (b"relaxed", b"relaxed")

FORMS = {
    "bare": b"DKIM-Signature:v=1;a={a};c={c};d=example.com;s={s};"
            b"h=From:To:Subject;bh={bh};b={b}",
    "white": b"DKIM-Signature:\r\n v = 1 ;\r\n\ta\t=\r\n {a} ;\r\n"
             b" c = {c}; d\r\n =  example.com\r\n ; s = {s} ;\r\n"
             b"  h = from :\r\n\tto\r\n\t: subject ; bh = {BH} ;\r\n"
             b" b=\r\n\t {B};",
    "b-first": b"DKIM-Signature: b={b};\r\n bh={bh}; h=Subject:From;\r\n"
               b" s={s}; d=example.com; c={c}; a={a}; v=1",
    "white-after-b": HEAD + b" b= {B} \r\n ; bh={BH}; h=Subject:From;",
    "white-within-b": HEAD + b" h=from:subject; bh={bh}; b ={b}",
    "small-name": b"dkim-signature" + PLAIN[14:],
    "white-before-colon": b"DKIM-Signature \t" + PLAIN[14:],
    "upper-case": b"DKIM-SIGNATURE: v=1; a={a}; c={c}; d=EXAMPLE.Com; s={s};"
                  b" i=Alice@example.COM; h=FROM:SUBJECT; bh={bh}; b={b}",
    "more-tags": HEAD + b" t=1794990000; x=1795990000; r=y;\r\n"
                 b" z=From:a=20b|To:c; none=; x2_y=1 2\r\n 3=4;\r\n" + TAIL,
    "tag-case": HEAD + b" bH=no; B=no; L=1; V=2;" + TAIL,
    "queries": HEAD + b" q=carrier/pigeon : dns/txt;" + TAIL,
    "quoted-identity": HEAD + b" i==61=3B\r\n lice@a.b.example.com;" + TAIL,
    "absent": HEAD + b" h=from:x-absent:from:subject:subject:X-Fold:X-Empty:"
              b"received;\r\n bh={bh}; b={b}",
    "length": HEAD + b" l={l};" + TAIL,
    "length-long": HEAD + b" l=" + b"0" * 60 + b"{l};" + TAIL,
    "length-zero": HEAD + b" l=0;" + TAIL,
}
# Canonicalizations that need not be said in full: (3.5, c=)
SHORT = {
    (b"simple", b"simple"): [b"", b" c=simple;"],
    (b"relaxed", b"simple"): [b" c=relaxed;"],
}


def with_twin(text, damage):
    add(text, ["pass"], damage)
    add(once(text, b"two  blanks", b"two  planks"), ["fail"],
        damage + "-changed")


def by_openssl():
    for canon in CANONS:
        for ed in (False, True):
            for body in BODIES:
                add(dkim_signers.openssl_sign(message(body), PLAIN, canon, ed),
                    ["pass"], "openssl" + oddity(body))
            for name, form in FORMS.items():
                with_twin(dkim_signers.openssl_sign(
                    message(BODIES[7]), form, canon, ed), "form-" + name)
            for c in SHORT.get(canon, []):
                with_twin(dkim_signers.openssl_sign(
                    message(BODIES[7]), once(PLAIN, b" c={c};", c), canon,
                    ed), "form-short-c")
            text = dkim_signers.openssl_sign(message(BODIES[7]), PLAIN, canon,
                                             ed)
            lines = text.split(b"\r\n")     # three are the signature
            field = b"\r\n".join([b""] + lines[:3] + [b"", b""])
            with_twin(once(b"\r\n".join(lines[3:]), b"\r\n\r\n", field),
                      "form-last-field")


def mail_dkim_chain(length):
    text = message(BODIES[7])
    for n in range(length):
        results = b"Authentication-Results: mx.example; arc=%s\r\n" % (
            b"pass" if n else b"none")
        job = ("arc", "rsa-sha256", RELAXED, results + text)
        text = once(dkim_signers.mail_dkim_sign([job], NOW)[0], results, b"")
    return text


def by_mail_dkim():
    jobs = [("dkim", "rsa-sha256", canon, message(body)) for canon in CANONS
            for body in BODIES if oddity(body) != "-open-end"]
    for job, text in zip(jobs, dkim_signers.mail_dkim_sign(jobs, NOW)):
        with_twin(text, "mail-dkim" + oddity(job[3]))
    old = [("dkim", "rsa-sha1", canon, message(BODIES[7])) for canon in CANONS]
    for text in dkim_signers.mail_dkim_sign(old, NOW):
        add(text, ["permerror"], "sha1")
    for length in (1, 2, 3):
        chain = mail_dkim_chain(length)
        add(chain, "pass", "arc-mail-dkim", "arc", 0)
        add(once(chain, b"two  blanks", b"two  planks"), "fail",
            "arc-mail-dkim-changed", "arc")


def by_opendkim():
    signer = opendkim.OpenDKIM(NOW)
    for canon in CANONS:
        for ed in (False, True):
            # it folds simple ones after signing: no one can verify them
            if ed and (canon[0] == b"simple" or not signer.has_ed25519()):
                continue
            for body in BODIES:
                if oddity(body):
                    continue
                for flags in (0, opendkim.SIGNLEN | opendkim.ZTAGS):
                    signer.flags(flags)
                    with_twin(dkim_signers.opendkim_sign(
                        signer, message(body), canon, ed, flags != 0),
                        "opendkim")


def by_mailauth():
    """What we sign and seal must pass everywhere."""
    for canon in CANONS:
        for ed in (False, True):
            for body in BODIES:
                for line_end in (b"\r\n", b"\n"):
                    text = message(body).replace(b"\r\n", line_end)
                    with_twin(dkim_signers.mailauth_sign(
                        text, canon, ed, NOW), "mailauth" + oddity(body))
    chain = message(BODIES[7])
    for length in range(1, 6):
        chain = dkim_signers.mailauth_seal(chain, NOW)
        add(chain, "pass", "arc-mailauth", "arc", 0)
        changed = once(chain, b"two  blanks", b"two  planks")
        add(changed, "fail", "arc-mailauth-changed", "arc")
        ended = dkim_signers.mailauth_seal(changed, NOW)
        add(ended, "fail", "arc-mailauth-ended", "arc")


def build():
    by_openssl()
    by_mailauth()
    try:
        by_mail_dkim()
    except (OSError, subprocess.CalledProcessError):
        print("dkim_vectors: no Mail::DKIM to sign, skipped")
    if opendkim.LIBRARY:
        by_opendkim()
    return cases
