"""signing - DKIM and ARC signatures (RFC 6376, RFC 8617) for the corpus.

rsa-sha256, relaxed/relaxed.  The RSA part is done by sign.c, whose start costs
more than a signature: ask for many with the same key at once.
"""
import base64
import hashlib
import os
import re
import subprocess
import tempfile

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    '../../mail/keys')
TOOL = os.path.join(os.environ.get('MAILAUTH_BUILD', 'build'),
                    'tests/bench/sign')
ROUND = 500
FIELDS = 'from to subject date message-id mime-version content-type'.split()


def key_file(name):
    return os.path.join(KEYS, 'test-only-%s.pem' % name)


def public_key(name):
    der = subprocess.run(['openssl', 'pkey', '-in', key_file(name), '-pubout',
                          '-outform', 'DER'],
                         check=True, stdout=subprocess.PIPE).stdout
    return base64.b64encode(der).decode()


def signatures(key, texts):
    """In base64, one a text."""
    found = []
    with tempfile.TemporaryDirectory() as where:
        names = [os.path.join(where, str(i)) for i in range(len(texts))]
        for name, text in zip(names, texts):
            with open(name, 'wb') as f:
                f.write(text)
        for i in range(0, len(names), ROUND):
            found += subprocess.run(
                [TOOL, key_file(key)] + names[i:i + ROUND], check=True,
                stdout=subprocess.PIPE).stdout.splitlines()
    return found


def relaxed_body(body):
    body = re.sub(rb'[ \t]+', b' ', body).replace(b' \r\n', b'\r\n')
    return body.rstrip(b'\r\n') + b'\r\n'


def relaxed(field):
    name, _, value = field.partition(b':')
    value = re.sub(rb'[ \t]+', b' ', value.replace(b'\r\n', b''))
    return name.lower().strip() + b':' + value.strip(b' ')


def body_hash(body):
    return base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())


def unsigned(fields, bh, domain, selector, name='DKIM-Signature', start='v=1'):
    """A signature field up to b=, and what is to be signed."""
    present = {relaxed(f).partition(b':')[0].decode(): f for f in fields}
    names = [n for n in FIELDS if n in present]
    field = ('%s: %s; a=rsa-sha256; c=relaxed/relaxed;\r\n'
             '\td=%s; s=%s; t=1760425920;\r\n\th=%s;\r\n\tbh=%s;\r\n\tb='
             % (name, start, domain, selector, ':'.join(names + ['from']),
                bh.decode())).encode()
    text = b''.join(relaxed(present[n]) + b'\r\n' for n in names)
    return field, text + relaxed(field)


def with_value(field, b):
    return field + b'\r\n\t '.join(b[i:i + 70] for i in range(0, len(b), 70))


def sign(fields, bh, key, *how):
    field, text = unsigned(fields, bh, *how)
    return with_value(field, signatures(key, [text])[0])


def seal(sets, fields, bh, key, domain, selector):
    """A further ARC set: AAR, AMS, AS.  sets are the earlier, oldest first."""
    i = len(sets) + 1
    results = ('ARC-Authentication-Results: i=%d; mx.%s;\r\n'
               '\tdkim=pass header.d=d00.example' % (i, domain)).encode()
    message = sign(fields, bh, key, domain, selector, 'ARC-Message-Signature',
                   'i=%d' % i)
    field = ('ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=%s; s=%s;\r\n'
             '\tt=1760425920; b='
             % (i, 'pass' if sets else 'none', domain, selector)).encode()
    text = b''.join(relaxed(f) + b'\r\n' for s in sets for f in s)
    text += b''.join(relaxed(f) + b'\r\n' for f in (results, message))
    return (results, message,
            with_value(field, signatures(key, [text + relaxed(field)])[0]))
