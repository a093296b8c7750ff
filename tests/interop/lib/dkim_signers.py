"""dkim_signers - signers that share no code with dkimpy or with us.

openssl_sign() is RFC 6376 3.4 and 3.7 written down as plainly as can be, and
openssl(1) makes the signature.  It writes the field in whatever form it is
given, so in forms that no other signer writes.  The others are Mail::DKIM and
OpenDKIM, which write their own.
"""
import base64
import hashlib
import os
import re
import subprocess
import tempfile

from lib import opendkim
from lib.dkim_keys import KEYS, RSA, TOP, b64, openssl, pem, write_zone


# --- openssl ---------------------------------------------------------------

def relaxed_field(field):
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b""))
    return name.rstrip(b" \t").lower() + b":" + value.strip(b" ")


def canonical_body(body, canon):
    if canon == b"relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ")
                 for line in body.split(b"\r\n")]
        body = b"\r\n".join(lines)
    while body.endswith(b"\r\n"):
        body = body[:-2]
    if not body and canon == b"relaxed":
        return b""
    return body + b"\r\n"


def signed_fields(head, names):
    """For each name the lowest field not yet taken, or none (3.5, 5.4.2)."""
    fields = re.split(rb"\r\n(?![ \t])", head)
    for name in names:
        for i in range(len(fields) - 1, -1, -1):
            if relaxed_field(fields[i]).startswith(name.lower() + b":"):
                yield fields.pop(i)
                break


def raw_signature(data, ed):
    if not ed:
        return openssl("dgst", "-sha256", "-sign", os.path.join(
            KEYS, "test-only-author.pem"), data=data)
    with tempfile.NamedTemporaryFile() as digest:       # RFC 8463 3
        digest.write(hashlib.sha256(data).digest())
        digest.flush()
        return openssl("pkeyutl", "-sign", "-rawin", "-in", digest.name,
                       "-inkey", os.path.join(
                           KEYS, "test-only-author-ed25519.pem"), data=b"")


def folded(value):
    return re.sub(rb"(.{11})(?=.)", b"\\1 \r\n\t", value)


def openssl_sign(text, form, canon, ed=False):
    """form is the field but for {a}, {s}, {c}, {l}, {bh} and {b}; the last
    two in upper case are folded within.  With l=0 no body is signed."""
    head, _, body = text.partition(b"\r\n\r\n")
    body = canonical_body(body, canon[1])
    if b"l=0;" in form:
        body = b""
    bh = base64.b64encode(hashlib.sha256(body).digest())
    for word, value in (
            (b"{a}", b"ed25519-sha256" if ed else b"rsa-sha256"),
            (b"{s}", b"ed" if ed else b"rsa"), (b"{c}", b"/".join(canon)),
            (b"{l}", b"%d" % len(body)), (b"{bh}", bh), (b"{BH}", folded(bh))):
        form = form.replace(word, value)
    names = re.search(rb"[;:]\s*h\s*=([^;]*)", form)[1]
    names = [n.strip() for n in names.split(b":")]
    empty = re.sub(rb"\s*{[bB]}\s*", b"", form)
    data = list(signed_fields(head, names)) + [empty]
    if canon[0] == b"relaxed":
        data = [relaxed_field(f) for f in data]
    signature = base64.b64encode(raw_signature(b"\r\n".join(data), ed))
    form = form.replace(b"{b}", signature).replace(b"{B}", folded(signature))
    return form + b"\r\n" + text


# --- Mail::DKIM ------------------------------------------------------------

PERL = r"""
use strict; use warnings;
my $now;
BEGIN { $now = $ARGV[1]; *CORE::GLOBAL::time = sub { $now } }
use MIME::Base64;
use Mail::DKIM::PrivateKey; use Mail::DKIM::Signer;
use Mail::DKIM::ARC::Signer;
my ($key) = @ARGV;
while (<STDIN>) {
    my ($kind, $algorithm, $canon, $text) = split;
    my %how = (Algorithm => $algorithm, Domain => 'example.com',
        Selector => 'rsa', Key => Mail::DKIM::PrivateKey->load(File => $key));
    my $signer = $kind eq 'arc'
        ? Mail::DKIM::ARC::Signer->new(%how, Chain => 'ar',
            SrvId => 'mx.example')
        : Mail::DKIM::Signer->new(%how, Method => $canon);
    $signer->PRINT(decode_base64($text));
    $signer->CLOSE;
    my @fields = $kind eq 'arc' ? $signer->as_strings
        : $signer->signature->as_string;
    my $fields = join '', map { "$_\r\n" } @fields;
    print encode_base64($fields, ''), "\n";
}
"""


def mail_dkim_sign(jobs, now):
    """The signed texts of (kind, algorithm, canonicalization, text)."""
    lines = ["%s %s %s %s" % (kind, algorithm, b"/".join(canon).decode(),
                              b64(text))
             for kind, algorithm, canon, text in jobs]
    run = subprocess.run(
        ["perl", "-e", PERL, os.path.join(KEYS, "test-only-author.pem"),
         str(now)],
        input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
        universal_newlines=True, check=True)
    return [re.sub(rb"\r?\n", b"\r\n", base64.b64decode(line)) + job[3]
            for line, job in zip(run.stdout.split("\n"), jobs)]


# --- OpenDKIM --------------------------------------------------------------

def opendkim_sign(signer, text, canon, ed=False, length=False):
    return signer.sign(text, b"ed" if ed else b"rsa", b"example.com",
                       pem("author-ed25519") if ed else RSA, canon, ed,
                       length) + text


# --- ours ------------------------------------------------------------------

MAILAUTH = os.environ.get("MAILAUTH", os.path.join(TOP, "mailauth"))


def key_file(name):
    return os.path.join(KEYS, "test-only-%s.pem" % name)


def mailauth_sign(text, canon, ed, now):
    return subprocess.run(
        [MAILAUTH, "sign", "-q", "-d", "example.com", "-t", str(now),
         "-c", b"/".join(canon).decode(), "-s", "ed" if ed else "rsa",
         "-k", key_file("author-ed25519" if ed else "author")],
        input=text, check=True, stdout=subprocess.PIPE).stdout


def mailauth_seal(text, now):
    """The chain is validated with the keys of dkim_keys."""
    with tempfile.TemporaryDirectory() as where:
        zone = os.path.join(where, "zone")
        write_zone(zone)
        return subprocess.run(
            [MAILAUTH, "seal", "-q", "-z", zone, "-m", "mx.list.example",
             "-d", "list.example", "-s", "list", "-k", key_file("list"),
             "-t", str(now)],
            input=text, check=True, stdout=subprocess.PIPE).stdout
