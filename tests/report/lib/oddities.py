"""oddities - what is wrong with some reports, one thing at a time; and the
reports of RFC 9990."""
import time

from lib import markup as m
from lib import model as of
from lib.model import dkim, reason, spf
from lib.senders import envelopes, hexid, style, without

DECLARED = '<?xml version="1.0" encoding="%s"?>\n'


def plain(model, **look):
    return m.document(m.tree(model), **look)


# --- where the document begins, and where it ends --------------------------

@style
def text_before(model, rng):
    return b"Content of the report:\r\n\r\n" + plain(model)


@style
def blank_before(model, rng):
    return b"\r\n \t\n" + plain(model)


@style
def no_header(model, rng):
    return plain(model, head="")


@style
def bad_header(model, rng):
    return plain(model, head='<?xml version="1.0" encoding="UTF-8"\n')


@style
def bad_header_word(model, rng):
    return plain(model, head="<?xml version=1.0 encoding=utf-8 ?>\n")


@style
def two_headers(model, rng):
    head = DECLARED % "UTF-8"
    return plain(model, head=head + head)


@style
def header_late(model, rng):
    """A comment stands before the declaration."""
    return plain(model, head="<!-- made by reporter 2.1 -->\n"
                 + DECLARED % "UTF-8")


@style
def stylesheet(model, rng):
    return plain(model, head=DECLARED % "UTF-8" + "<?xml-stylesheet type="
                 "'text/xsl' href='https://post.example/dmarc.xsl'?>\n")


@style
def text_behind(model, rng):
    return plain(model) + b"\n-- \nthis was sent by cron <root@post.example>\n"


@style(binary=True)
def nul_behind(model, rng):
    return plain(model) + bytes(rng.choice([1, 7, 512]))


@style
def sound(model, rng):
    envelopes(model, rng, to=True)
    return plain(model)


@style
def cut(model, rng):
    """In the middle of the last record."""
    xml = plain(model)
    del model.records[-1]
    at = xml.rindex(b"<record>")
    return xml[:at + rng.randrange(8, len(xml) - at - 30)]


@style
def cut_behind_record(model, rng):
    return plain(model)[:-len(b"</feedback>\n")]


@style
def no_records(model, rng):
    model.records = []
    return plain(model)


@style
def wrong_end(model, rng):
    return plain(model).replace(b"</feedback>", b"</feetback>")


@style
def stray_end(model, rng):
    return plain(model).replace(b"</feedback>", b"</record>\n</feedback>")


@style
def wrong_within(model, rng):
    """A wrong tag in the last record: what is around it ends it."""
    xml = plain(model)
    at = xml.rindex(b"</header_from>")
    return xml[:at] + b"</header-from>" + xml[at + 14:]


# --- characters ------------------------------------------------------------

@style
def ampersand(model, rng):
    model.report.update(org="Rose & Wood R&D; Ltd",
                        contact="https://post.example/?a=1&b=2&amp=3")
    model.records[0]["reasons"] = [reason("other", "A&B &copy too")]
    return plain(model).replace(b"&amp;", b"&")


@style(binary=True)
def not_utf8(model, rng):
    """Latin-1, and nobody says so."""
    model.report["org"] = "M\u00fchle & S\u00f6hne"
    xml = plain(model).decode().encode("latin-1")
    model.report["org"] = "M\ufffdhle & S\ufffdhne"
    return xml


@style
def latin1(model, rng):
    model.report["org"] = "M\u00fchle & S\u00f6hne"
    return plain(model, head=DECLARED % "ISO-8859-1", encoding="latin-1")


@style
def windows_1252(model, rng):
    model.report["org"] = "M\u00fchle \u2013 \u201eS\u00f6hne\u201c \u20ac"
    return plain(model, head=DECLARED % "windows-1252", encoding="cp1252")


@style
def ascii_references(model, rng):
    model.report["org"] = "M\u00fchle \u2013 \u6c34"
    return plain(model, head=DECLARED % "us-ascii", encoding="ascii")


@style
def utf8(model, rng):
    model.report["org"] = "M\u00fchle \u6c34\u8eca \U0001f41d"
    return plain(model)


@style(binary=True)
def utf16_le(model, rng):
    model.report["org"] = "M\u00fchle \u6c34"
    return b"\xff\xfe" + plain(model, head=DECLARED % "utf-16",
                               encoding="utf-16-le")


@style(binary=True)
def utf16_be(model, rng):
    model.report["org"] = "M\u00fchle \u6c34"
    return b"\xfe\xff" + plain(model, head=DECLARED % "UTF-16",
                               encoding="utf-16-be")


@style
def says_utf16(model, rng):
    """The .NET way: a string that says utf-16, written as UTF-8."""
    return plain(model, head=DECLARED % "utf-16")


@style
def bom(model, rng):
    return b"\xef\xbb\xbf" + plain(model)


@style
def references(model, rng):
    def spell(tag, text):
        return m.RAW + "".join(
            rng.choice(["&#%d;", "&#x%x;", "&#x%04X;"]) % ord(c)
            if rng.random() < .3 else m.escape(c) for c in text)
    return plain(model, spell=spell)


@style
def cdata(model, rng):
    model.report["org"] = "Rose & <Wood>"

    def spell(tag, text):
        return m.RAW + "<![CDATA[%s]]>" % text
    return plain(model, spell=spell)


@style
def comments(model, rng):
    """Everywhere, in the middle of words too."""
    def spell(tag, text):
        at = rng.randrange(len(text) + 1)
        return m.RAW + (m.escape(text[:at]) + "<!-- <row> & -->"
                        + m.escape(text[at:]))

    return plain(model, spell=spell).replace(
        b"<record>", b"<!-- the next\n one: </feedback> --><record>")


@style(binary=True)
def controls(model, rng):
    """Characters that XML 1.0 does not have."""
    for r in model.records:
        r["reasons"] = [reason("other", "a\x01bell\x07")]
    xml = plain(model)
    for r in model.records:
        r["reasons"][0]["comment"] = "a\ufffdbell\ufffd"
    return xml


# --- elements --------------------------------------------------------------

@style
def schema_left(model, rng):
    """The tags of the schema were copied too."""
    tag = ('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" target'
           'Namespace="%s">\n' % m.OLD_NAMESPACE).encode()
    xml = plain(model).replace(b"<feedback>\n", b"<feedback>\n" + tag)
    return xml.replace(b"</feedback>", b"</xs:schema>\n</feedback>")


@style
def schema_open(model, rng):
    """The same, and it is not closed."""
    tag = ('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" target'
           'Namespace="%s">\n' % m.OLD_NAMESPACE).encode()
    return plain(model).replace(b"<feedback>\n", b"<feedback>\n" + tag)


@style
def schema_around(model, rng):
    tag = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n'
    return plain(model).replace(b"<feedback>", tag + b"<feedback>") + (
        b"</xs:schema>\n")


def prefixed(node, prefix, **look):
    return m.document(m.each(node, lambda x: (prefix + x[0], x[1])), **look)


@style
def prefix(model, rng):
    return prefixed(m.tree(model, root='feedback xmlns:dmarc="%s"'
                           % m.OLD_NAMESPACE), "dmarc:")


@style
def prefix_unbound(model, rng):
    return prefixed(m.tree(model), "ns0:")


@style
def old_namespace(model, rng):
    return m.document(m.tree(model, root='feedback xmlns="%s"'
                             % m.OLD_NAMESPACE))


@style
def foreign_namespace(model, rng):
    return m.document(m.tree(model, root="feedback xmlns='https://post."
                             "example/dmarc?a=1&amp;b=2'"))


@style
def other_order(model, rng):
    """Records before all that they belong to."""
    root, top = m.tree(model, spf_first=True)
    top = top[::-1]
    model.records.reverse()
    for x in top:
        if x[0] == "record":
            x[1].reverse()
            for inner in m.find(x, "row"):
                inner[1].reverse()
    return m.document((root, top))


@style
def element_case(model, rng):
    xml = plain(model, head="").decode()
    for name in ("Feedback", "Report_Metadata", "Record", "Row", "Source_IP",
                 "SPF"):
        xml = xml.replace("<%s>" % name.lower(), "<%s>" % name).replace(
            "</%s>" % name.lower(), "</%s>" % name)
    return xml.encode()


@style
def upper_words(model, rng):
    return plain(model, spell=lambda tag, text: text.upper()
                 if tag in m.WORDS else text)


@style
def blanks(model, rng):
    """Values padded with blanks and line ends, tags too."""
    def spell(tag, text):
        pad = rng.choice([" ", "\t", "\n      ", "\r\n\t", "   \n\n  "])
        return pad + text + pad
    return plain(model, spell=spell).replace(b"</count>", b"</count\n >")


@style
def text_between(model, rng):
    """Text where only elements should be."""
    return plain(model, eol="\n.\n")


@style
def attributes(model, rng):
    return plain(model).replace(
        b"<record>", b"<record id=\"1\"  note = 'a > \"b\" />'\n>").replace(
        b"<report_id>", b'<report_id lang="de" >')


@style
def empty_reason(model, rng):
    for r in model.records:
        r["reasons"] = []
    tree = m.tree(model)
    for x in m.find(tree, "record", "row", "policy_evaluated"):
        x[1].append(rng.choice([
            ("reason", m.EMPTY), ("reason", ""),
            ("reason", [("type", ""), ("comment", "")]),
            ("reason", [("type", m.EMPTY), ("comment", m.EMPTY)])]))
    return m.document(tree)


@style
def many_reasons(model, rng):
    words = ["forwarded", "sampled_out", "trusted_forwarder", "mailing_list",
             "local_policy", "other"]
    for r in model.records:
        r["reasons"] = [reason(word, rng.choice([None, "Sender \"%s\"" % word]))
                        for word in rng.sample(words, 3)]
    model.records[0]["reasons"].append(reason("bounced_twice", "new word"))
    return plain(model)


@style
def reason_type_only(model, rng):
    for r in model.records:
        r["reasons"] = [reason("local_policy")]
    tree = m.tree(model)
    for x in m.find(tree, "record", "row", "policy_evaluated", "reason"):
        x[1][1] = ("comment", m.EMPTY)
    return m.document(tree)


@style
def no_dkim(model, rng):
    for r in model.records:
        r["auth"]["dkim"] = []
    return plain(model)


@style
def no_results(model, rng):
    """auth_results that are empty, or lack."""
    for r in model.records:
        r["auth"] = {"dkim": [], "spf": []}
    tree = m.tree(model)
    for x in m.find(tree, "record")[::2]:
        x[1][2] = ("auth_results", m.EMPTY)
    for x in m.find(tree, "record")[1::2]:
        del x[1][2]
    return m.document(tree)


@style
def many_spf(model, rng):
    for r in model.records:
        r["auth"]["spf"] = [
            spf(r["header_from"], "none", "helo"),
            spf("bounce." + r["header_from"], rng.choice(["pass", "neutral"])),
            spf("mail." + r["header_from"], "softfail", None)]
    return plain(model)


@style
def many_signatures(model, rng):
    words = ["none", "pass", "fail", "policy", "neutral", "temperror",
             "permerror"]
    model.records[0]["auth"]["dkim"] = [
        dkim("d%d.example" % i, "s%d" % i, words[i % 7],
             rng.choice([None, "invalid (public key: not available)"]))
        for i in range(60)]
    return plain(model)


@style
def empty_elements(model, rng):
    model.policy.update(sp=None, fo=None, adkim=None, aspf=None)
    model.report.update(contact=None, version=None)
    tree = m.tree(model)
    for x in m.find(tree, "policy_published"):
        x[1].extend((n, rng.choice(["", " \n", m.EMPTY]))
                    for n in ("sp", "fo", "adkim", "aspf"))
    for x in m.find(tree, "report_metadata"):
        x[1].append(("extra_contact_info", m.EMPTY))
    for x in m.find(tree, "record", "identifiers"):
        x[1].append(("envelope_from", m.EMPTY))
    return m.document(tree)


@style
def values_missing(model, rng):
    """policy_evaluated says only a part."""
    for i, r in enumerate(model.records):
        gone = [["spf"], ["dkim"], ["spf", "dkim"], ["disposition"]][i % 4]
        for key in gone:
            r[key] = None
    tree = m.tree(model)
    for x in m.find(tree, "record", "row", "policy_evaluated"):
        x[1].extend([(k, rng.choice([None, m.EMPTY, ""]))
                     for k, v in x[1] if v is None])
    return m.document(tree)


@style
def not_evaluated(model, rng):
    for r in model.records:
        r.update(disposition=None, spf=None, dkim=None, reasons=[])
    tree = m.tree(model)
    for x in m.find(tree, "record", "row"):
        del x[1][2]
    return m.document(tree)


@style
def no_metadata(model, rng):
    for key in model.report:
        model.report[key] = None
    root, top = m.tree(model)
    return m.document((root, top[2:]))


@style
def no_policy(model, rng):
    model.policy = dict.fromkeys(model.policy)
    model.policy["testing"] = False
    root, top = m.tree(model)
    return m.document((root, top[:2] + top[3:]))


@style
def two_policies(model, rng):
    """The first counts."""
    root, top = m.tree(model)
    other = of.report(rng)
    other.policy["domain"] = "second.example"
    top.insert(3, m.policy(other))
    return m.document((root, top))


@style
def unknown_elements(model, rng):
    """Names that we know, where they mean nothing to us."""
    root, top = m.tree(model)
    top.insert(2, ("x_report", [("record", [("row", [
        ("source_ip", "192.0.2.255"), ("count", "999")])]),
        ("domain", "wrong.example"), ("report_id", "wrong")]))
    for x in top:
        if x[0] == "record":
            x[1].insert(1, ("geo", [("count", "999"), ("header_from", "wrong"),
                                    ("country", "XX"), ("spf", "pass")]))
            x[1][0][1].insert(1, ("x-ptr", "mail.wrong.example"))
    return m.document((root, top))


# --- values ----------------------------------------------------------------

@style
def trailing_dots(model, rng):
    envelopes(model, rng, to=True)
    for r in model.records:
        r["header_from"] += "."
        for x in r["auth"]["dkim"] + r["auth"]["spf"]:
            x["domain"] += "."
    model.policy["domain"] += "."
    return plain(model)


@style
def upper_domains(model, rng):
    for r in model.records:
        r["header_from"] = r["header_from"].title()
        for x in r["auth"]["dkim"] + r["auth"]["spf"]:
            x["domain"] = x["domain"].upper()
    return plain(model)


@style
def utf8_domains(model, rng):
    for r in model.records:
        r["header_from"] = "m\u00fchle.example"
    return plain(model)


ADDRESSES = [
    ("2001:0DB8:0000:0000:0000:FF00:0042:8329", "2001:db8::ff00:42:8329"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:DB8::192.0.2.33", "2001:db8::c000:221"),
    ("2001:db8:1:2:3:4:0:8", "2001:db8:1:2:3:4:0:8"),
    ("2001:db8:1:2:3:4:5::", "2001:db8:1:2:3:4:5:0"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:C000:0202", "192.0.2.2"),
    ("::1", "::1"), ("::", "::"), ("0:0:0:0:0:0:0:2", "::2"),
    ("fe80::00a1", "fe80::a1"), ("192.0.2.255", "192.0.2.255"),
    ("mail.rosewood.example", "mail.rosewood.example"),
    ("unknown", "unknown"), ("192.0.2.300", "192.0.2.300"),
    ("192.000.002.010", "192.000.002.010")]


@style
def addresses(model, rng):
    source = [own_of(model, rng) for _ in ADDRESSES]
    for r, (written, _) in zip(source, ADDRESSES):
        r["source"]["ip"] = written
    model.records = source
    xml = plain(model)
    for r, (_, read) in zip(source, ADDRESSES):
        r["source"]["ip"] = read
    return xml


def own_of(model, rng):
    return of.own(rng, model.policy["domain"], model.policy["p"])


def dated(model, form):
    """The same with dates in words."""
    tree = m.tree(model)
    for x in m.find(tree, "report_metadata", "date_range"):
        x[1][:] = [(k, time.strftime(form, time.gmtime(int(v))))
                   for k, v in x[1]]
    return m.document(tree)


@style
def iso_dates(model, rng):
    return dated(model, "%Y-%m-%dT%H:%M:%SZ")


@style
def iso_dates_blank(model, rng):
    return dated(model, "%Y-%m-%d %H:%M:%S")


@style
def iso_dates_zone(model, rng):
    xml = dated(model, "%Y-%m-%dT%H:%M:%S+02:00")
    model.report["begin"] -= 7200
    model.report["end"] -= 7200
    return xml


@style
def iso_days(model, rng):
    model.report["begin"] -= model.report["begin"] % of.DAY
    model.report["end"] = model.report["begin"] + of.DAY
    return dated(model, "%Y-%m-%d")


@style
def begin_after_end(model, rng):
    r = model.report
    r["begin"], r["end"] = r["end"], r["begin"]
    return plain(model)


@style
def no_dates(model, rng):
    model.report.update(begin=None, end=None)
    return plain(model)


@style
def large_counts(model, rng):
    for i, r in enumerate(model.records):
        r["count"] = 2 ** (31 + i) + i
    return plain(model)


@style
def zero_counts(model, rng):
    model.records[0]["count"] = 0
    return plain(model).replace(b"<count>1<", b"<count>0001<")


@style
def no_pct(model, rng):
    model.policy["pct"] = None
    return plain(model)


@style(large=True)
def long(model, rng):
    """Some thousand records."""
    more = of.report(rng, 3000)
    model.policy, model.records = more.policy, more.records
    return plain(model)


@style
def long_texts(model, rng):
    model.records[0]["reasons"] = [reason("other", "why " * 500 + "end")]
    model.report["contact"] = "https://post.example/" + "a" * 2000
    return plain(model)


# --- RFC 9990 --------------------------------------------------------------

ROOT_9990 = 'feedback xmlns="%s"' % m.NAMESPACE


def as_9990(model, rng):
    model.report.update(version="1.0", generator="mx-report 3.0",
                        org="Post Example", contact="https://post.example/")
    model.policy.update(pct=None, fo="1", np=rng.choice(["none", "reject"]),
                        discovery_method=rng.choice(["psl", "treewalk"]))
    for r in model.records:
        if r["disposition"] == "none" and "pass" in (r["dkim"], r["spf"]):
            r["disposition"] = "pass"
        del r["auth"]["spf"][1:]
    envelopes(model, rng, to=True)


def tree_9990(model, root=ROOT_9990):
    return m.tree(model, root=root, published=m.POLICY_9990)


@style
def rfc9990(model, rng):
    as_9990(model, rng)
    return m.document(tree_9990(model))


@style
def rfc9990_testing(model, rng):
    as_9990(model, rng)
    model.policy.update(testing=True, p="reject", sp="reject")
    for r in model.records:
        if "pass" not in (r["dkim"], r["spf"]):
            r.update(disposition="none", reasons=[
                reason("policy_test_mode", "t=y")])
    return m.document(tree_9990(model))


@style
def rfc9990_lang(model, rng):
    as_9990(model, rng)
    model.report["error"] = "Schl\u00fcssel nicht gefunden"
    model.records[0]["reasons"] = [reason("other", "vertrauter Absender")]
    xml = m.document(tree_9990(model)).decode()
    for name in ("error", "comment", "extra_contact_info"):
        xml = xml.replace("<%s>" % name, '<%s lang="de">' % name)
    return xml.encode()


@style
def rfc9990_extensions(model, rng):
    as_9990(model, rng)
    root, top = tree_9990(model)
    top.insert(3, ("extension", [
        ('x:seen xmlns:x="https://post.example/x"', [
            ("x:record", [("x:count", "7")]), ("x:domain", "wrong.example")]),
        ('y:note xmlns:y="urn:y"', m.EMPTY)]))
    for x in top:
        if x[0] == "record":
            x[1].append(('z:arc xmlns:z="urn:z"', [
                ("z:row", [("z:count", "7")]), ("z:result", "fail")]))
    return m.document((root, top))


@style
def rfc9990_prefix(model, rng):
    as_9990(model, rng)

    return prefixed(tree_9990(model, 'feedback xmlns:d="%s"' % m.NAMESPACE),
                    "d:", **m.ONE_LINE)


@style
def rfc9990_bare(model, rng):
    """Only what has to be there."""
    as_9990(model, rng)
    model.report.update(version=None, generator=None, contact=None)
    model.policy.update(sp=None, np=None, fo=None, adkim=None, aspf=None,
                        discovery_method=None)
    for r in model.records:
        r.update(envelope_from=None, envelope_to=None)
        for x in r["auth"]["spf"]:
            x["scope"] = None
    root, top = m.tree(model, root=ROOT_9990, published=m.POLICY_9990[:-1])
    return m.document((root, top))
