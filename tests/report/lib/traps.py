"""traps - inputs that want to harm who reads them.

A trap writes one file (or folder) at the path it is given.  What it unfolds to
is made piece by piece, so nothing here takes much memory or disk.
"""
import gzip
import os
import random
import struct
import zipfile
import zlib

from lib import markup as m
from lib import model as of
from lib.transport import b64, gz, head, multipart, part, zipped

MIB = 1 << 20
TRAPS = {}


def trap(suffix):
    def keep(f):
        TRAPS[f.__name__.replace("_", "-") + suffix] = f
        return f
    return keep


def sound(records=2, seed=1):
    rng = random.Random(seed)
    return of.report(rng, records)


def document(model=None, **look):
    return m.document(m.tree(model or sound()), **look)


def save(path, *data):
    with open(path, "wb") as f:
        for piece in data:
            f.write(piece)


def save_gz(path, pieces):
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 1, raw, 0) as f:
        for piece in pieces:
            f.write(piece)


def around(pieces, at=b"<record>"):
    """A sound report with these in front of its first `at`."""
    xml = document()
    where = xml.index(at)
    yield xml[:where]
    yield from pieces
    yield xml[where:]


def within(tag, pieces):
    """A sound report whose first `tag` has these for its text."""
    xml = document()
    where = xml.index(b"<%s>" % tag) + len(tag) + 2
    yield xml[:where]
    yield from pieces
    yield xml[xml.index(b"</%s>" % tag):]


def repeated(piece, size):
    block = piece * max(1, MIB // len(piece))
    for _ in range(size // len(block)):
        yield block
    yield piece * (size % len(block) // len(piece))


# --- nothing, or hardly anything -------------------------------------------

@trap(".xml")
def empty(path):
    save(path)


@trap(".xml.gz")
def empty_in_gz(path):
    save(path, gz(b""))


@trap(".zip")
def empty_zip(path):
    save(path, zipped())


@trap(".xml")
def bom_only(path):
    save(path, b"\xef\xbb\xbf")


@trap(".xml")
def bom_utf16_only(path):
    save(path, b"\xff\xfe")


@trap(".xml")
def blanks_only(path):
    save(path, b" \r\n\t" * 5000)


@trap(".xml")
def one_bracket(path):
    save(path, b"<")


@trap(".xml")
def header_only(path):
    save(path, b'<?xml version="1.0" encoding="UTF-8"?>')


@trap(".xml")
def root_only(path):
    save(path, b"<feedback/>")


@trap(".xml")
def not_a_report(path):
    save(path, b"<html><body><feedback>x</feedback></body></html>\n")


@trap(".xml")
def noise(path):
    save(path, random.Random(1).randbytes(300000))


@trap(".xml")
def noise_in_report(path):
    rng = random.Random(2)
    xml = bytearray(document(sound(40)))
    for _ in range(60):
        xml[rng.randrange(200, len(xml))] = rng.getrandbits(8)
    save(path, bytes(xml))


@trap(".xml")
def sparse_300m(path):
    with open(path, "wb") as f:
        f.truncate(300 * MIB)


# --- archives --------------------------------------------------------------

def deflated(size, first=b"", rest=b"", byte=b" "):
    """A raw deflate stream of first, `size` bytes, rest: one block, written
    again and again."""
    def one(data):
        c = zlib.compressobj(9, zlib.DEFLATED, -15)
        return c.compress(data) + c.flush(zlib.Z_FULL_FLUSH)
    block = one(byte * MIB)
    yield one(first)
    for _ in range(size // MIB):
        yield block
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield c.compress(rest) + c.flush()


def save_bomb(path, size, first=b"", rest=b""):
    """As gzip; its checksum is wrong, as nobody should come so far."""
    save(path, b"\x1f\x8b\x08\0\0\0\0\0\0\xff", *deflated(size, first, rest),
         struct.pack("<II", 0, (size + len(first + rest)) % (1 << 32)))


@trap(".xml.gz")
def gzip_bomb(path):
    save_bomb(path, 10 << 30)


@trap(".xml.gz")
def gzip_bomb_in_report(path):
    """10 GiB of blanks between two records."""
    xml = document()
    at = xml.rindex(b"<record>")
    save_bomb(path, 10 << 30, xml[:at], xml[at:])


@trap(".zip")
def zip_bomb(path):
    """4 GiB of one entry that says it has 100 octets."""
    data = b"".join(deflated(4 << 30, document()[:-12]))
    save(path, one_entry(b"report.xml", data, 100))


def one_entry(name, data, size, flags=0):
    fields = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 0x21, 0, len(data),
                         size, len(name), 0)
    local = b"PK\3\4" + fields + name
    central = (b"PK\1\2" + struct.pack("<H", 20) + fields
               + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name)
    start = len(local) + len(data)
    return local + data + central + b"PK\5\6" + struct.pack(
        "<HHHHIIH", 0, 0, 1, 1, len(central), start, 0)


@trap(".zip")
def zip_encrypted(path):
    data = b"".join(deflated(0, document()))
    save(path, one_entry(b"report.xml", data, len(data), flags=1))


@trap(".zip")
def zip_many_entries(path):
    xml = document(sound(1))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(60000):
            z.writestr("%d.xml" % i, xml if i % 100 == 0 else b"")


@trap(".zip")
def zip_many_bombs(path):
    """A thousand entries of 64 MiB each."""
    blank = b" " * (64 * MIB)
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = c.compress(blank) + c.flush()
    crc = zlib.crc32(blank)
    with open(path, "wb") as f:
        central = b""
        for i in range(1000):
            name = b"%04d.xml" % i
            fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, crc,
                                 len(data), len(blank), len(name), 0)
            central += (b"PK\1\2" + struct.pack("<H", 20) + fields +
                        struct.pack("<HHHII", 0, 0, 0, 0, f.tell()) + name)
            f.write(b"PK\3\4" + fields + name + data)
        start = f.tell()
        f.write(central + b"PK\5\6" + struct.pack(
            "<HHHHIIH", 0, 0, 1000, 1000, len(central), start, 0))


@trap(".zip")
def zip_of_bombs(path):
    """25 GiB out of ninety gzip files, each within its own limits."""
    bomb = gz(document().replace(b"<record>", b" " * (200 * MIB) +
                                 b"<record>", 1))
    save(path, zipped(*(("%d.xml.gz" % i, bomb) for i in range(90))))


@trap(".zip")
def zip_names(path):
    names = ["../../../tmp/report.xml", "/etc/report.xml", "C:\\report.xml",
             "a\x1b[31mred.xml", "a\nb.xml", " ", "m\u00fchle.xml",
             "x" * 60000 + ".xml", "\u202egpj.xml"]
    save(path, zipped(*((n, document(sound(1, i)))
                        for i, n in enumerate(names))))


@trap(".zip")
def zip_in_zip(path):
    save(path, zipped(("inner.zip", zipped(("report.xml", document())))))


@trap(".zip")
def gz_in_zip(path):
    save(path, zipped(("report.xml.gz", gz(document()))))


@trap(".xml.gz")
def zip_in_gz(path):
    save(path, gz(zipped(("report.xml", document()))))


@trap(".xml.gz")
def gz_in_gz(path):
    data = document()
    for _ in range(50):
        data = gz(data)
    save(path, data)


@trap(".xml.gz")
def gz_two_members(path):
    save(path, gz(document()), gz(document(sound(2, 2))))


@trap(".xml.gz")
def gz_many_members(path):
    save(path, gz(document()), *[gz(b"")] * 200000)


@trap(".xml.gz")
def gz_garbage_behind(path):
    save(path, gz(document()), b"\0garbage" * 1000)


@trap(".xml.gz")
def gz_long_name(path):
    data = gz(document())
    end = data.index(b"\0", 10) + 1
    save(path, data[:10], b"n" * (4 * MIB), b"\0", data[end:])


@trap(".xml.gz")
def gz_bad_crc(path):
    data = gz(document())
    save(path, data[:-8], b"\0\0\0\0", data[-4:])


@trap(".xml.gz")
def gz_head_only(path):
    save(path, gz(document())[:10])


@trap(".xml.gz")
def gz_two_octets(path):
    save(path, b"\x1f\x8b")


@trap(".xml.gz")
def gz_truncated(path):
    data = gz(document(sound(200)))
    save(path, data[:len(data) * 2 // 3])


@trap(".xml.gz")
def gz_no_trailer(path):
    save(path, gz(document())[:-8])


@trap(".xml.gz")
def gz_flipped(path):
    data = bytearray(gz(document(sound(200))))
    data[len(data) // 2] ^= 0x55
    save(path, bytes(data))


@trap(".zip")
def zip_truncated(path):
    data = zipped(("report.xml", document(sound(200))))
    save(path, data[:len(data) // 2])


@trap(".zip")
def zip_no_directory(path):
    data = zipped(("report.xml", document()))
    save(path, data[:data.index(b"PK\1\2")])


@trap(".zip")
def zip_directory_only(path):
    data = zipped(("report.xml", document()))
    save(path, data[data.index(b"PK\1\2"):])


# --- XML -------------------------------------------------------------------

def with_dtd(dtd, text):
    xml = document(head="").replace(
        b"<org_name>post.example</org_name>",
        b"<org_name>" + text + b"</org_name>")
    return b'<?xml version="1.0"?>\n<!DOCTYPE feedback ' + dtd + b">\n" + xml


@trap(".xml")
def dtd(path):
    """It does nothing."""
    save(path, with_dtd(b"[<!ELEMENT feedback ANY>]", b"post.example"))


@trap(".xml")
def dtd_bare(path):
    save(path, with_dtd(b"", b"post.example"))


@trap(".xml")
def dtd_only(path):
    save(path, b'<!DOCTYPE feedback SYSTEM "http://192.0.2.1/dmarc.dtd">\n')


@trap(".xml")
def dtd_in_utf16(path):
    save(path, b"\xff\xfe", with_dtd(
        b'[<!ENTITY x "expanded">]', b"&x;").decode().encode("utf-16-le"))


@trap(".xml")
def billion_laughs(path):
    lines = [b'<!ENTITY l0 "lol">'] + [
        b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10)
        for i in range(1, 10)]
    save(path, with_dtd(b"[\n" + b"\n".join(lines) + b"\n]", b"&l9;"))


@trap(".xml")
def quadratic_blowup(path):
    save(path, with_dtd(b'[<!ENTITY a "%s">]' % (b"a" * 100000),
                        b"&a;" * 10000))


@trap(".xml")
def external_entity(path):
    save(path, with_dtd(b'[<!ENTITY x SYSTEM "file:///etc/passwd">]', b"&x;"))


@trap(".xml")
def external_entity_http(path):
    save(path, with_dtd(b'[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]',
                        b"&x;"))


@trap(".xml")
def parameter_entity(path):
    save(path, with_dtd(
        b'[<!ENTITY % f SYSTEM "file:///etc/passwd">\n'
        b'<!ENTITY % e "<!ENTITY &#37; s SYSTEM \'http://127.0.0.1/%f;\'>">\n'
        b"%e;\n%s;]", b"post.example"))


@trap(".xml")
def include(path):
    save(path, b"".join(within(
        b"org_name", [b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude"'
                      b' parse="text" href="file:///etc/passwd"/>'])))


@trap(".xml.gz")
def xml_300m(path):
    """Sound, and too large: 300 MiB of records."""
    record = m.write(m.record(sound().records[0]), level=1).encode()
    save_gz(path, around(repeated(record, 300 * MIB)))


@trap(".xml.gz")
def records_2m(path):
    record = (b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count>"
              b"</row></record>")
    save_gz(path, around(repeated(record, 2000000 * len(record))))


@trap(".xml.gz")
def records_2m_empty(path):
    save_gz(path, around(repeated(b"<record/>", 2000000 * 9)))


@trap(".xml")
def depth_100000(path):
    save(path, *around([b"<a>" * 100000, b"</a>" * 100000]))


@trap(".xml")
def depth_of_records(path):
    save(path, *around([b"<record><row>" * 50000, b"</row></record>" * 50000]))


@trap(".xml")
def depth_open(path):
    save(path, *around([b"<a>" * 1000000]))


@trap(".xml.gz")
def text_50m(path):
    save_gz(path, within(b"org_name", repeated(b"lorem ipsum ", 50 * MIB)))


@trap(".xml.gz")
def blanks_50m(path):
    save_gz(path, within(b"report_id", [*repeated(b" \n", 50 * MIB), b"id"]))


@trap(".xml.gz")
def cdata_50m(path):
    save_gz(path, within(b"org_name", [
        b"<![CDATA[", *repeated(b"]] > &", 50 * MIB), b"]]>"]))


@trap(".xml.gz")
def comment_50m(path):
    save_gz(path, around([b"<!--", *repeated(b" - comment -", 50 * MIB),
                          b" -->"]))


@trap(".xml.gz")
def comments_many(path):
    save_gz(path, within(b"org_name", repeated(b"<!---->", 20 * MIB)))


@trap(".xml.gz")
def instructions_many(path):
    save_gz(path, around(repeated(b"<?x y?>", 20 * MIB)))


@trap(".xml.gz")
def attributes_1m(path):
    def pieces():
        yield b"<x"
        for i in range(0, 1000000, 1000):
            yield b"".join(b" a%d='%d'" % (k, k) for k in range(i, i + 1000))
        yield b"/>"
    save_gz(path, around(pieces()))


@trap(".xml.gz")
def attribute_10m(path):
    save_gz(path, around([b"<x a='", *repeated(b"value ", 10 * MIB), b"'/>"]))


@trap(".xml.gz")
def name_10m(path):
    save_gz(path, around([b"<", *repeated(b"name", 10 * MIB), b"/>"]))


@trap(".xml.gz")
def namespaces_many(path):
    save_gz(path, around([b"<x" + b"".join(
        b" xmlns:n%d='urn:%d'" % (i, i) for i in range(100000)) + b"/>"]))


@trap(".xml.gz")
def ampersands_many(path):
    save_gz(path, within(b"org_name", repeated(b"&", 20 * MIB)))


@trap(".xml.gz")
def brackets_many(path):
    save_gz(path, within(b"org_name", repeated(b"<", 20 * MIB)))


@trap(".xml.gz")
def references_many(path):
    save_gz(path, within(b"org_name", repeated(b"&#x1F41D;", 20 * MIB)))


@trap(".xml")
def reference_wrong(path):
    save(path, *within(b"org_name", [
        b"&#0;&#x0;&#xD800;&#xFFFE;&#x110000;&#99999999999999999999;&#;&#x;&;"
        b"&unknown;&#65", b"]]>"]))


@trap(".xml.gz")
def invalid_octets_many(path):
    save_gz(path, within(b"org_name", repeated(b"\xff\xfe\xc0\x80", 20 * MIB)))


@trap(".xml.gz")
def garbage_before_20m(path):
    save_gz(path, [*repeated(b"text <not> xml & ", 20 * MIB), document()])


@trap(".xml.gz")
def garbage_behind_20m(path):
    save_gz(path, [document(), *repeated(b"<feedback> & ", 20 * MIB)])


@trap(".xml")
def signatures_100k(path):
    one = (b"<dkim><domain>d.example</domain><selector>s</selector>"
           b"<result>pass</result></dkim>")
    save(path, *around([one * 100000], b"</auth_results>"))


@trap(".xml")
def reasons_100k(path):
    save(path, *around([b"<reason><type>other</type></reason>" * 100000],
                       b"</policy_evaluated>"))


@trap(".xml")
def encoding_unknown(path):
    save(path, document(head='<?xml version="1.0" encoding="x-klingon"?>\n'))


@trap(".xml")
def encoding_long(path):
    save(path, document(head='<?xml version="1.0" encoding="%s"?>\n'
                        % ("utf-8" * 20000)))


@trap(".xml")
def encoding_utf7(path):
    save(path, document(head='<?xml version="1.0" encoding="UTF-7"?>\n')
         .replace(b"post.example<", b"+ADw-script+AD4-<"))


@trap(".xml")
def utf16_odd(path):
    save(path, b"\xff\xfe" + document().decode().encode("utf-16-le")[:-1])


@trap(".xml")
def utf16_surrogates(path):
    save(path, b"\xff\xfe" + document().decode().replace(
        "post.example<", "\ud800\udc00\ud800\udfff\udc00<", 1).encode(
            "utf-16-le", "surrogatepass"))


# --- what is said ----------------------------------------------------------

def say(model, words):
    """These words in every place that takes any, one after the other."""
    turn = 0

    def spell(tag, text):
        nonlocal turn
        if tag in ("begin", "end", "count"):
            return text
        turn += 1
        return words[turn % len(words)] + (text if turn % 2 else "")
    for r in model.records:
        r["reasons"] = [of.reason("other", "comment")]
        r["envelope_from"] = r["envelope_to"] = "envelope.example"
        for x in r["auth"]["dkim"] + r["auth"]["spf"]:
            x["human"] = "human"
    model.report.update(contact="contact", version="1.0", error="error",
                        generator="generator")
    model.policy["fo"] = "1"
    return document(model, spell=spell)


@trap(".xml")
def say_terminal(path):
    """What XML allows: C1, bidi, line ends, DEL, and characters unseen."""
    words = ["\u009b31mred", "\u202eevil\u202c", "a\rb", "a\nmailauth: b",
             "a\tb", "\x7f\x7f\x7f", "\u2066x\u2069", "a\u2028b", "\u200b",
             "\ufeff", "a\u0085b", "e" + "\u0301" * 500, "\U000e0041",
             "\ufdd0"]
    for name, form in (("\r", "&#13;"), ("\n", "&#10;")):
        words = [w.replace(name, form) for w in words]
    xml = say(sound(60), words)
    save(path, xml.replace(b"&amp;#1", b"&#1"))


@trap(".xml")
def say_escapes(path):
    """What it does not: ESC, BEL, NUL, backspace."""
    words = ["\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\link",
             "\b\b", "\0", "\x9c\x90q", "\x1bc", "\x0e", "\x1b[200~rm -rf\n"]
    save(path, say(sound(60), words))


@trap(".xml")
def say_html(path):
    save(path, say(sound(60), [
        "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)", "</td></table></style><script>",
        "javascript:alert(1)", "<!--", "]]>", "&lt;b&gt;", "{{7*7}}", "`${7}`",
        "</title><svg onload=alert(1)>"]))


@trap(".xml")
def say_csv(path):
    save(path, say(sound(60), [
        "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1",
        "\r=1+1", 'a"b', "a,b;c", "a\n=1+1", "=HYPERLINK(\"http://x\")",
        "\uff1d1+1", "%0A=1"]))


@trap(".xml")
def say_format(path):
    save(path, say(sound(60), ["%s%s%s%n", "%99999999d", "\\x1b[31m", "\\u001b",
                               "$(id)", "`id`", "../../etc/passwd", "-rf",
                               "a" * 4095, "a" * 4096, "a" * 4097,
                               "\u6c34" * 1366]))


COUNTS = ["18446744073709551616", "18446744073709551615",
          "18446744073709551615", "9223372036854775808", "-1", "1e9", "0x10",
          "", "+7", " 7 ", "1,000", "1.5", "\uff17", "NaN", "0" * 5000 + "7",
          "9" * 5000, "4294967296", "00"]


@trap(".xml")
def counts(path):
    turn = iter(COUNTS)
    save(path, document(sound(len(COUNTS)), spell=lambda tag, text:
                        next(turn) if tag == "count" else text))


DATES = ["99999999999999", "-1", "9223372036854775807", "9223372036854775808",
         "-9223372036854775808", "1e10", "0", "", "1538204542000",
         "253402300800", "0000-00-00", "9999-12-31T23:59:60Z",
         "2018-02-30 25:61:61", "2018-09-29T07:02:22.123456789Z",
         "99999-01-01T00:00:00Z", "2018-09-29T07:02:22+99:99", "today",
         "\u0661\u0665\u0663\u0668", "1538204542.5"]


@trap("")
def dates(path):
    os.makedirs(path)
    for i, text in enumerate(DATES):
        for tag in ("begin", "end"):
            save(os.path.join(path, "%s-%02d.xml" % (tag, i)), document(
                sound(1, tag + text), spell=lambda t, old: text if t == tag
                else old))


# --- mails and folders -----------------------------------------------------

def attachment(data, name="report.xml.gz"):
    return part("application/gzip", b64(data), "Content-Transfer-Encoding: "
                'base64', 'Content-Disposition: attachment; filename="%s"'
                % name)


@trap(".eml")
def mail_bomb(path):
    save_bomb(path, 10 << 30)
    with open(path, "rb") as f:
        data = f.read()
    save(path, head(sound(), "Content-Type: application/gzip",
                    "Content-Transfer-Encoding: base64"), b64(data))


@trap(".eml")
def mail_deep(path):
    """A message in a message in ... and a report at last."""
    inner = head(sound(), "Content-Type: message/rfc822")
    save(path, inner * 1000, head(sound(), "Content-Type: text/xml"),
         document())


@trap(".eml")
def mail_deep_multipart(path):
    body = attachment(gz(document()))
    for i in range(500):
        body = part(*multipart("mixed", [body], "b%d" % i))
    save(path, head(sound())[:-1] + body)


@trap(".eml")
def mail_many_parts(path):
    some = [part("text/plain", b"x\n")] * 100000
    kind, body = multipart("mixed", some + [attachment(gz(document()))])
    save(path, head(sound(), "Content-Type: " + kind), body)


@trap(".eml")
def mail_many_reports(path):
    kind, body = multipart("mixed", [attachment(gz(document(sound(1, i))))
                                     for i in range(3000)])
    save(path, head(sound(), "Content-Type: " + kind), body)


@trap(".eml")
def mail_long_boundary(path):
    kind, body = multipart("mixed", [attachment(gz(document()))], "b" * 100000)
    save(path, head(sound(), "Content-Type: " + kind), body)


@trap(".eml")
def mail_long_head(path):
    save(path, b"Content-Type: text/xml\nX-Long: ",
         *repeated(b"lorem ipsum\n ", 10 * MIB), b"\n\n", document())


@trap(".eml")
def mail_no_body(path):
    save(path, head(sound(), "Content-Type: application/gzip",
                    "Content-Transfer-Encoding: base64"))


@trap(".eml")
def mail_name(path):
    kind, body = multipart("mixed", [attachment(
        gz(document()), "../../\x1b[31m\u202egz.lmx.xml.gz".encode().decode(
            "latin-1"))])
    save(path, head(sound(), "Content-Type: " + kind), body)


@trap("")
def loop(path):
    """Links to itself, and to nothing."""
    os.makedirs(os.path.join(path, "cur"))
    os.symlink(".", os.path.join(path, "again"))
    os.symlink("nowhere", os.path.join(path, "lost.xml"))
    save(os.path.join(path, "cur", "a.xml"), document())


@trap("")
def folder_deep(path):
    where = path
    for _ in range(200):
        where = os.path.join(where, "d")
    os.makedirs(where)
    save(os.path.join(where, "a.xml"), document())


@trap("")
def names(path):
    """Files whose names say something to a terminal."""
    os.makedirs(path)
    for i, name in enumerate([b"a\x1b[31mred.xml", b"a\nb.xml", b"\xff\xfe.xml",
                              b"\xc2\x9b31m.xml", b"-j", b" .xml",
                              "\u202elmx.gz".encode()]):
        save(os.path.join(os.fsencode(path), name), document(sound(1, i)))
