"""transport - the ways in which a report comes: files, archives, mails."""
import base64
import gzip
import io
import os
import quopri
import zipfile
from types import SimpleNamespace

TRANSPORTS = {}


def transport(f=None, **marks):
    """Keeps a way; marks: see suits()."""
    def keep(f):
        f.marks = marks
        TRANSPORTS[f.__name__.replace("_", "-")] = f
        return f
    return keep(f) if f else keep


def suits(style, way):
    """Some documents do not survive as text, large ones are not sent in all
    ways."""
    if style.marks.get("binary") and way.marks.get("text"):
        return False
    return not style.marks.get("large") or way.marks.get("large", False)


def gz(data):
    out = io.BytesIO()
    with gzip.GzipFile("report.xml", "wb", 6, out, 1538204542) as f:
        f.write(data)
    return out.getvalue()


def zipped(*members, kind=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (2018, 9, 29, 7, 2, 22)), data,
                       kind)
    return out.getvalue()


def file_name(model, suffix):
    r = model.report
    return "post.example!%s!%s!%s%s" % (model.policy["domain"], r["begin"],
                                        r["end"], suffix)


def save(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


# --- files -----------------------------------------------------------------
#
# A way gets the path without suffix and a function that makes a report with
# .model and .xml; it returns the path written.

@transport(large=True)
def xml(path, make):
    return save(path + ".xml", make().xml)


@transport(large=True)
def gzipped(path, make):
    return save(path + ".xml.gz", gz(make().xml))


@transport(large=True)
def zip_one(path, make):
    r = make()
    return save(path + ".zip", zipped((file_name(r.model, ".xml"), r.xml)))


@transport
def zip_stored(path, make):
    return save(path + ".zip", zipped(("report.xml", make().xml),
                                      kind=zipfile.ZIP_STORED))


@transport
def zip_streamed(path, make):
    """Sizes follow the data."""
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *args):
            raise io.UnsupportedOperation

        def tell(self):
            raise io.UnsupportedOperation
    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("report.xml", (2018, 9, 29, 7, 2, 22)),
                   make().xml, zipfile.ZIP_DEFLATED)
    return save(path + ".zip", out.getvalue())


@transport
def zip_many(path, make):
    return save(path + ".zip", zipped(
        ("reports/", b""), ("reports/README.txt", b"Two reports.\n"),
        ("reports/one.xml", make().xml), ("reports/two.XML", make().xml)))


@transport
def gz_as_xml(path, make):
    return save(path + ".xml", gz(make().xml))


@transport
def zip_as_gz(path, make):
    return save(path + ".xml.gz", zipped(("a", make().xml)))


@transport
def xml_as_gz(path, make):
    return save(path + ".xml.gz", make().xml)


@transport
def no_suffix(path, make):
    return save(path, gz(make().xml))


# --- mails -----------------------------------------------------------------

TEXT = """\
This is an aggregate report of mail that said it was from you.

Look, an address: <dmarc@post.example>, and a word of XML: <feedback>.
"""


def b64(data, width=76):
    text = base64.b64encode(data).decode()
    return "".join(text[i:i + width] + "\n"
                   for i in range(0, len(text), width)).encode()


def head(model, *fields):
    r, domain = model.report, model.policy["domain"]
    lines = ["Received: from mail.post.example (mail.post.example [192.0.2.9])"
             "\n\tby mx.rosewood.example with ESMTPS;"
             "\n\tSun, 30 Sep 2018 01:07:00 +0000",
             "From: dmarc@post.example", "To: rua@rosewood.example",
             "Subject: Report Domain: %s\n Submitter: post.example"
             "\n Report-ID: <%s>" % (domain, r["id"]),
             "Date: Sun, 30 Sep 2018 01:06:59 +0000",
             "Message-ID: <%s.%s@post.example>" % (r["begin"], r["end"]),
             "MIME-Version: 1.0", *fields]
    return "\n".join(lines).encode() + b"\n\n"


def part(kind, body, *fields):
    return "\n".join(["Content-Type: " + kind, *fields]).encode() + (
        b"\n\n" + body)


def multipart(kind, parts, boundary="=_post_01", end=True, params=""):
    b = boundary.encode()
    body = b"".join(b"--%s\n%s\n" % (b, p) for p in parts)
    return ('multipart/%s; boundary="%s"%s' % (kind, boundary, params),
            b"This is a message of several parts.\n" + body
            + (b"--%s--\n" % b if end else b""))


def text_part():
    return part("text/plain; charset=us-ascii", TEXT.encode())


def mail(model, kind, body, *fields):
    return head(model, "Content-Type: " + kind, *fields) + body


def mixed(model, attachment, kind="mixed", **form):
    return mail(model, *multipart(kind, [text_part(), attachment], **form))


def attached(kind, body, name, encoding="base64", how="attachment"):
    return part('%s; name="%s"' % (kind, name), body,
                "Content-Transfer-Encoding: " + encoding,
                'Content-Disposition: %s;\n filename="%s"' % (how, name))


def packed(kind, suffix, pack=gz, width=76):
    """A way: this media type and suffix."""
    def write(path, make):
        r = make()
        name = file_name(r.model, suffix)
        return save(path + ".eml", mixed(r.model, attached(
            kind, b64(pack(r.xml), width), name)))
    return write


def in_zip(data):
    return zipped(("report.xml", data))


def same(data):
    return data


for _name, _way, _marks in [
        ("mail-gzip", packed("application/gzip", ".xml.gz"), {"large": True}),
        ("mail-zip", packed("application/zip", ".zip", in_zip),
         {"large": True}),
        ("mail-octets-gz", packed("application/octet-stream", ".xml.gz"), {}),
        ("mail-octets-zip", packed("application/octet-stream", ".zip",
                                   in_zip), {}),
        ("mail-octets-xml", packed("application/octet-stream", ".xml", same),
         {}),
        ("mail-x-gzip", packed("application/x-gzip", ".xml.gz"), {}),
        ("mail-x-gzip-compressed", packed("application/x-gzip-compressed",
                                          ".gz"), {}),
        ("mail-x-zip-compressed", packed("application/x-zip-compressed",
                                         ".zip", in_zip), {}),
        ("mail-gz-named-zip", packed("application/zip", ".zip"), {}),
        ("mail-zip-named-gz", packed("application/gzip", ".xml.gz", in_zip),
         {}),
        ("mail-text-plain", packed("text/plain", ".xml.gz"), {}),
        ("mail-text-xml", packed("text/xml", ".xml", same), {}),
        ("mail-application-xml", packed("application/xml", ".xml", same),
         {}),
        ("mail-wrong-name", packed("application/octet-stream", ".txt"), {}),
        ("mail-one-line", packed("application/gzip", ".xml.gz",
                                 width=10 ** 9), {}),
        ("mail-short-lines", packed("application/gzip", ".xml.gz", width=7),
         {})]:
    _way.__name__ = _name
    transport(**_marks)(_way)


def quoted(data):
    """Quoted-printable that keeps every octet of line ends that are no LF."""
    return quopri.encodestring(data.replace(b"\r", b"\0")).replace(
        b"=00", b"=0D")


@transport(text=True, large=True)
def mail_qp(path, make):
    r = make()
    return save(path + ".eml", mixed(r.model, attached(
        "text/xml", quoted(r.xml), file_name(r.model, ".xml"),
        "quoted-printable")))


@transport(text=True)
def mail_8bit(path, make):
    r = make()
    return save(path + ".eml", mixed(r.model, attached(
        "text/xml; charset=utf-8", r.xml.replace(b"\r\n", b"\n"),
        file_name(r.model, ".xml"), "8bit")))


@transport(text=True)
def mail_8bit_crlf(path, make):
    r = make()
    text = mixed(r.model, attached("text/xml", r.xml.replace(b"\r\n", b"\n"),
                                   file_name(r.model, ".xml"), "8bit"))
    return save(path + ".eml", text.replace(b"\n", b"\r\n"))


@transport(text=True)
def mail_bare_xml(path, make):
    """The mail is the report: no parts, no names."""
    r = make()
    return save(path + ".eml", mail(r.model, "text/xml", r.xml.replace(
        b"\r\n", b"\n"), "Content-Transfer-Encoding: 8bit"))


@transport
def mail_single(path, make):
    """No parts, as the largest sender has it; CRLF."""
    r = make()
    name = file_name(r.model, ".zip")
    text = mail(r.model, 'application/zip; \n\tname="%s"' % name,
                b64(in_zip(r.xml)), "Content-Disposition: attachment; "
                '\n\tfilename="%s"' % name,
                "Content-Transfer-Encoding: base64")
    return save(path + ".eml", text.replace(b"\n", b"\r\n"))


@transport
def mail_crlf(path, make):
    r = make()
    text = mixed(r.model, attached("application/gzip", b64(gz(r.xml)),
                                   file_name(r.model, ".xml.gz")))
    return save(path + ".eml", text.replace(b"\n", b"\r\n"))


@transport
def mail_blanks(path, make):
    """Base64 with blanks, tabs and empty lines in it, and dashes behind."""
    r = make()
    lines = b64(gz(r.xml), 60).split(b"\n")
    body = b"\n".join(b"  " + x[:20] + b" " + x[20:] + b"\t \n" * (i % 3)
                      for i, x in enumerate(lines))
    return save(path + ".eml", mixed(r.model, attached(
        "application/gzip", body, file_name(r.model, ".xml.gz"))))


@transport
def mail_no_padding(path, make):
    """Base64 in the wrong case, without = at its end."""
    r = make()
    return save(path + ".eml", mixed(r.model, attached(
        "Application/GZIP", b64(gz(r.xml)).rstrip(b"=\n") + b"\n",
        file_name(r.model, ".XML.GZ"), " BASE64 (of course)")))


@transport
def mail_no_name(path, make):
    r = make()
    return save(path + ".eml", mixed(r.model, part(
        "application/gzip", b64(gz(r.xml)),
        "Content-Transfer-Encoding: base64")))


@transport
def mail_no_type(path, make):
    """"ContentType:", as one gateway wrote it."""
    r = make()
    body = attached("application/zip", b64(in_zip(r.xml)),
                    file_name(r.model, ".zip"))
    return save(path + ".eml", mixed(r.model, body.replace(
        b"Content-Type:", b"ContentType:")))


@transport
def mail_rfc2231(path, make):
    r = make()
    name = file_name(r.model, ".xml.gz")
    half = len(name) // 2
    return save(path + ".eml", mixed(r.model, part(
        "application/octet-stream;\n name*=utf-8''%s" % name.replace(
            "!", "%21"), b64(gz(r.xml)),
        'Content-Disposition: attachment;\n filename*0*="utf-8\'\'%s";\n'
        ' filename*1="%s"' % (name[:half].replace("!", "%21"), name[half:]),
        "Content-Transfer-Encoding: base64")))


@transport
def mail_rfc2047(path, make):
    r = make()
    name = "=?utf-8?B?%s?=" % base64.b64encode(
        ("m\u00fchle!" + file_name(r.model, ".zip")).encode()).decode()
    return save(path + ".eml", mixed(r.model, attached(
        "application/octet-stream", b64(in_zip(r.xml)), name, how="inline")))


@transport
def mail_plain_name(path, make):
    """A name without quotes, though it has "!" in it."""
    r = make()
    return save(path + ".eml", mixed(r.model, part(
        "application/gzip; name=" + file_name(r.model, ".xml.gz"),
        b64(gz(r.xml)), "Content-transfer-encoding: Base64",
        "Content-disposition: attachment")))


@transport
def mail_no_end(path, make):
    """The last boundary lacks."""
    r = make()
    return save(path + ".eml", mixed(r.model, attached(
        "application/gzip", b64(gz(r.xml)), file_name(r.model, ".xml.gz")),
        end=False))


@transport
def mail_boundary(path, make):
    r = make()
    return save(path + ".eml", mixed(r.model, attached(
        "application/gzip", b64(gz(r.xml)), file_name(r.model, ".xml.gz")),
        boundary="----=_NextPart (a)'b:c/d?e,f+g. h", kind="related"))


@transport
def mail_two(path, make):
    """Two reports in a mail, zip and gz."""
    a, b = make(), make()
    return save(path + ".eml", mail(a.model, *multipart("mixed", [
        attached("application/zip", b64(in_zip(a.xml)), "a.zip"),
        text_part(),
        attached("application/gzip", b64(gz(b.xml)), "b.xml.gz")])))


@transport
def mail_alternative(path, make):
    """The text has two forms; the report stands beside them."""
    r = make()
    kind, body = multipart("alternative", [
        text_part(), part("text/html", b"<html><p>A report.</p></html>\n")],
        "=_alt")
    return save(path + ".eml", mail(r.model, *multipart("mixed", [
        part(kind, body), attached("application/gzip", b64(gz(r.xml)),
                                   file_name(r.model, ".xml.gz"))])))


def report_mail(r):
    return mixed(r.model, attached("application/gzip", b64(gz(r.xml)),
                                   file_name(r.model, ".xml.gz")))


@transport
def mail_forwarded(path, make):
    r = make()
    return save(path + ".eml", mail(r.model, *multipart("mixed", [
        text_part(), part("message/rfc822", report_mail(r),
                          "Content-Disposition: attachment")], "=_fwd")))


@transport
def mail_forwarded_base64(path, make):
    """RFC 2046 5.2.1 forbids it, some do it."""
    r = make()
    return save(path + ".eml", mail(r.model, *multipart("mixed", [
        text_part(), part("message/rfc822; name=report.eml",
                          b64(report_mail(r)),
                          "Content-Transfer-Encoding: base64")], "=_fwd")))


@transport
def mail_nested(path, make):
    """multipart/mixed in multipart/report in message/rfc822."""
    r = make()
    kind, body = multipart("mixed", [text_part(), attached(
        "application/gzip", b64(gz(r.xml)), file_name(r.model, ".xml.gz"))],
        "=_in")
    kind, body = multipart("report", [text_part(), part(kind, body)], "=_out",
                           params="; report-type=dmarc")
    return save(path + ".eml", mail(r.model, "message/rfc822", mail(
        r.model, kind, body)))


# --- many ------------------------------------------------------------------

LETTER = b"""\
From: nora@example.com
To: rua@rosewood.example
Subject: Re: Report Domain: the quince
Date: Sun, 30 Sep 2018 09:12:00 +0200

Is this where your reports go?  I have <feedback> for you.

>From what I read it must be moved in November.
"""

FROM = b"From dmarc@post.example Sun Sep 30 01:07:00 2018\n"


def several(make):
    """Mails: three with reports, and a letter among them."""
    a, b, c = make(), make(), make()
    return [report_mail(a), LETTER, mixed(b.model, attached(
        "application/zip", b64(in_zip(b.xml)), "b.zip")), mixed(
            c.model, attached("text/xml", b64(c.xml), "c.xml"))]


@transport
def mbox(path, make):
    return save(path + ".mbox", b"".join(FROM + x + b"\n"
                                         for x in several(make)))


@transport
def mbox_crlf(path, make):
    box = b"".join(FROM + x + b"\n" for x in several(make))
    return save(path + ".mbox", box.replace(b"\n", b"\r\n"))


@transport
def maildir(path, make):
    for name in ("cur", "new", "tmp", ".Reports/cur", ".Reports/new"):
        os.makedirs(os.path.join(path, name))
    where = ["cur/1538269620.M1P7.mx:2,S", "cur/1538269621.M2P7.mx:2,",
             "new/1538269622.M3P7.mx", ".Reports/new/1538269623.M4P7.mx"]
    for name, text in zip(where, several(make)):
        save(os.path.join(path, name), text)
    return path


@transport
def folder(path, make):
    os.makedirs(os.path.join(path, "2018", "09"))
    a, b, c, d = make(), make(), make(), make()
    save(os.path.join(path, "a.xml"), a.xml)
    save(os.path.join(path, "2018", "b.xml.gz"), gz(b.xml))
    save(os.path.join(path, "2018", "09", "c.zip"), in_zip(c.xml))
    save(os.path.join(path, "2018", "09", "d.eml"), report_mail(d))
    return path


def made(model, xml):
    return SimpleNamespace(model=model, xml=xml)
