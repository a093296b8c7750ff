"""dkim_keys - keys of all sorts, and the records that publish them."""
import base64
import os
import re
import subprocess

import dkim

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
KEYS = os.path.join(TOP, "tests/mail/keys")

records = {}            # name -> texts, or "SERVFAIL"


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
