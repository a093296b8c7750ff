"""corpus - the mail that is measured, and the DNS of its senders.

The same bytes every time: words come from a generator of our own, RSA
signatures of this kind are deterministic, and the keys are those of the
tests.  All messages pass.  Every domain has a key record of its own, though
only a few keys stand behind them, so that nobody gains from that.
"""
import base64
import hashlib
import os

from lib import signing

DOMAINS = 50
KEYS = ('author', 'provider', 'list', 'forwarder')
MEGABYTE = 1 << 20
ENVELOPE = 1500     # header fields and MIME parts of a small message

WORDS = """the of and to in that it was for on with as his they at be this from
have or by one had not but what all were when we there can an your which their
said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its
who now people my made over did down only way find use may water long little
very after words called just where most know harbour lantern parcel timetable
quay orchard lichen ferry stocktaking kiln""".split()

ROWS = """\
        <tr class="row">
          <td style="padding: 4px 8px; font-family: Georgia, serif">{}</td>
          <td style="text-align: right">&euro; {}</td>
          <td><a href="https://shop.example/o/{}?utm_source=mail">more</a></td>
        </tr>
"""


class Words:
    """Numbers and words that no version of a library changes."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005
                      + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % n

    def line(self, width=72):
        words = []
        while sum(map(len, words)) + len(words) < width - 8:
            words.append(WORDS[self.below(len(WORDS))])
        return ' '.join(words)

    def prose(self, size):
        """Paragraphs; no line begins with From."""
        lines, total = [], 0
        while total < size:
            line = self.line() if self.below(12) else ''
            lines.append(line)
            total += len(line) + 2
        return '\r\n'.join(lines + ['end', '']).encode()


def html(words, size):
    rows = []
    while sum(map(len, rows)) < size:
        rows.append(ROWS.format(words.line(50), words.below(9000),
                                words.below(1 << 30)).replace('\n', '\r\n'))
    return ('<!DOCTYPE html>\r\n<html><body><table>\r\n' + ''.join(rows)
            + '</table></body></html>\r\n').encode()


def alternative(words, size):
    """Text and HTML, as most mail has it."""
    mark = b'=_%08x' % words.below(1 << 31)
    part = b'--' + mark + b'\r\nContent-Type: text/%s; charset=us-ascii\r\n\r\n'
    return mark, b''.join([part % b'plain', words.prose(size // 2),
                           b'\r\n', part % b'html', html(words, size // 2),
                           b'\r\n--' + mark + b'--\r\n'])


# --- the DNS --------------------------------------------------------------

def strings(text):
    return ' '.join('"%s"' % text[i:i + 250] for i in range(0, len(text), 250))


def key_record(selector, domain, public):
    """The note makes it different from all the others."""
    text = 'v=DKIM1; k=rsa; n=%s; p=%s' % (domain, public)
    return '%s._domainkey.%s.\tTXT %s\n' % (selector, domain, strings(text))


def domain_name(i):
    return 'd%02d.example' % i


def key_of(i):
    return KEYS[i % len(KEYS)]


def domain_zone(i, keys):
    name = domain_name(i)
    return ('{0}.\tTXT "v=spf1 include:_spf.{0} -all"\n'
            'mail.{0}.\tA 198.51.100.{1}\n'
            '_spf.{0}.\tTXT "v=spf1 ip4:192.0.2.0/28 ip4:198.51.100.{1} ~all"\n'
            '_dmarc.{0}.\tTXT "v=DMARC1; p=reject; rua=mailto:dmarc@{0}"\n'
            ).format(name, i) + key_record('s1', name, keys[key_of(i)])


# An SPF tree that is four includes deep; the last of them matches.
DEEP = '\n'.join(
    ['deep.example.\tTXT "v=spf1 include:_a.deep.example -all"'] +
    ['_{0}.deep.example.\tTXT "v=spf1 include:_{1}.deep.example -all"'
     .format(*pair) for pair in ('ab', 'bc', 'cd')] +
    ['_d.deep.example.\tTXT "v=spf1 ip4:198.51.100.250 -all"',
     '_dmarc.deep.example.\tTXT "v=DMARC1; p=reject"', ''])


def zone():
    keys = {key: signing.public_key(key) for key in KEYS}
    return ('$TTL 3600\n'
            + ''.join(domain_zone(i, keys) for i in range(DOMAINS)) + DEEP
            + key_record('s1', 'deep.example', keys['author'])
            + key_record('s2', 'mailer.example', keys['provider'])
            + ''.join(key_record('arc', 'list%d.example' % i, keys['list'])
                      for i in (1, 2, 3)))


# --- messages -------------------------------------------------------------

def fields_of(domain, number, content_type):
    return [f.encode() for f in (
        'From: "News of %s" <news@%s>' % (domain, domain),
        'To: Clara Weiss <clara.weiss@lindenhof.example>',
        'Subject: Message %d of this week' % number,
        'Date: Tue, 14 Oct 2025 09:12:00 +0200',
        'Message-ID: <%d.20251014@%s>' % (number, domain),
        'MIME-Version: 1.0', 'Content-Type: ' + content_type)]


def delivered(domain, ip, fields, body):
    """As the mail server of the receiver stores it."""
    return ('Return-Path: <news@{0}>\r\n'
            'Received: from mail.{0} (mail.{0} [{1}])\r\n'
            '\tby mx1.lindenhof.example (Postfix) with ESMTPS id 4cBench00\r\n'
            '\tfor <clara.weiss@lindenhof.example>;'
            ' Tue, 14 Oct 2025 09:12:04 +0200\r\n').format(
                domain, ip).encode() + b'\r\n'.join(fields) + b'\r\n\r\n' + body


def write(name, data):
    with open(name, 'wb') as f:
        f.write(data)
    return name


def small(where, n, size=8192):
    """n messages of this size, from all the domains in turn."""
    os.makedirs(where)
    signed = {key: [] for key in KEYS}
    for i in range(n):
        words, d = Words(i), domain_name(i % DOMAINS)
        mark, body = alternative(words, size - ENVELOPE)
        fields = fields_of(d, i, 'multipart/alternative; boundary="%s"'
                           % mark.decode())
        signed[key_of(i % DOMAINS)].append((i, fields, body, signing.unsigned(
            fields, signing.body_hash(body), d, 's1')))
    for key, messages in signed.items():
        values = signing.signatures(key, [m[3][1] for m in messages])
        for (i, fields, body, (field, _)), b in zip(messages, values):
            fields = [signing.with_value(field, b)] + fields
            write(os.path.join(where, '%05d.eml' % i), delivered(
                domain_name(i % DOMAINS), '198.51.100.%d' % (i % DOMAINS),
                fields, body))
    return [os.path.join(where, '%05d.eml' % i) for i in range(n)]


def copies(where, n, message):
    os.makedirs(where)
    return [write(os.path.join(where, '%05d.eml' % i), message)
            for i in range(n)]


def page(size=100 << 10):
    """A long HTML message."""
    body, d = html(Words(1), size), domain_name(1)
    fields = fields_of(d, 1, 'text/html; charset=us-ascii')
    field = signing.sign(fields, signing.body_hash(body), key_of(1), d, 's1')
    return delivered(d, '198.51.100.1', [field] + fields, body)


def sealed(domain, key, ip, sets, second=False):
    """A message with an ARC chain, and perhaps a second signature."""
    body = Words(2).prose(7 << 10)
    bh = signing.body_hash(body)
    fields = fields_of(domain, 2, 'text/plain; charset=us-ascii')
    found = [signing.sign(fields, bh, key, domain, 's1')]
    if second:
        found.append(signing.sign(fields, bh, 'provider', 'mailer.example',
                                  's2'))
    chain = []
    for i in range(sets):
        chain.append(signing.seal(chain, fields, bh, 'list',
                                  'list%d.example' % (i + 1), 'arc'))
    top = [f for s in reversed(chain) for f in reversed(s)]
    return delivered(domain, ip, top + found + fields, body)


def two_signatures():
    return sealed(domain_name(0), key_of(0), '198.51.100.0', 3, True)


def deep():
    return sealed('deep.example', 'author', '198.51.100.250', 1)


# --- long bodies ----------------------------------------------------------

def noise(n):
    return hashlib.shake_128(b'mailauth').digest(n)


def base64_block():
    text = base64.b64encode(noise(MEGABYTE * 3 // 4))
    return b''.join(text[i:i + 76] + b'\r\n' for i in range(0, len(text), 76))


def prose_block():
    return Words(3).prose(MEGABYTE)


def worst_block():
    """Runs of blank, tab and letter, and nothing else."""
    text = noise(MEGABYTE).translate(bytes(b' \tx'[i % 3] for i in range(256)))
    return b'x\r\n'.join(text[i:i + 70] for i in range(0, len(text), 70)) \
        + b'x\r\n'


BODIES = {'base64 CRLF': (base64_block, False),
          'base64 LF': (base64_block, True),
          'prose CRLF': (prose_block, False),
          'prose LF': (prose_block, True),
          'worst white space': (worst_block, False)}


def long(where, kind, size=25 * MEGABYTE):
    """A message whose body is a block of a megabyte over and over."""
    make, lf = BODIES[kind]
    block, d = make(), domain_name(4)
    times = -(-size // len(block))
    digest = hashlib.sha256(signing.relaxed_body(block) * times).digest()
    fields = fields_of(d, 4, 'text/plain; charset=us-ascii')
    fields.insert(0, signing.sign(fields, base64.b64encode(digest), key_of(4),
                                  d, 's1'))
    message = delivered(d, '198.51.100.4', fields, block * times)
    name = os.path.join(where, kind.replace(' ', '-') + '.eml')
    return write(name, message.replace(b'\r\n', b'\n') if lf else message)


def mbox(name, files, times=1):
    """All the files as an mbox, which has bare LF."""
    one = b''
    for file in files:
        with open(file, 'rb') as f:
            one += b'From news@example Tue Oct 14 09:12:04 2025\n' \
                + f.read().replace(b'\r\n', b'\n') + b'\n'
    with open(name, 'wb') as f:
        for _ in range(times):
            f.write(one)
    return name


def links(where, files, n):
    """n names for the files."""
    os.makedirs(where)
    for i in range(n):
        os.link(files[i % len(files)], os.path.join(where, '%06d.eml' % i))
