"""senders - reports in the forms of those who write many of them.

Names and numbers are invented; what is theirs is the form: the header, the
order, the blanks, what is left out.  A style takes a model, changes it to what
it is going to say, and returns the bytes of the document.
"""
from lib import markup as m
from lib.model import dkim, reason, spf

STYLES = {}


def style(f=None, **marks):
    """Keeps a style; marks: see transport.py, suits()."""
    def keep(f):
        f.marks = marks
        STYLES[f.__name__.replace("_", "-")] = f
        return f
    return keep(f) if f else keep


def sign(model, org, email, contact=None, ident=None):
    model.report.update(org=org, email=email, contact=contact)
    if ident:
        model.report["id"] = ident


def hexid(rng):
    return "%032x" % rng.getrandbits(128)


def without(model, *keys):
    """Raw results that this writer does not tell."""
    for r in model.records:
        for kind in ("dkim", "spf"):
            for x in r["auth"][kind]:
                for key in keys:
                    if key in x and not (key == "domain"):
                        x[key] = None


def envelopes(model, rng, to=False, sender=True):
    for r in model.records:
        spf_of = r["auth"]["spf"]
        if sender:
            r["envelope_from"] = spf_of[0]["domain"] if spf_of else None
        if to:
            r["envelope_to"] = rng.choice(["inbox.example", "post.example"])


@style
def google(model, rng):
    sign(model, "bigpost.example", "noreply-dmarc-support@bigpost.example",
         "https://support.bigpost.example/a/answer/2466580",
         "%d" % rng.getrandbits(63))
    without(model, "scope")
    return m.document(m.tree(model, published=["domain", "adkim", "aspf", "p",
                                               "sp", "pct"]))


@style
def google_np(model, rng):
    """As it writes since 2023: a version, np, and reasons with no comment."""
    sign(model, "bigpost.example", "noreply-dmarc-support@bigpost.example",
         "https://support.bigpost.example/a/answer/2466580",
         "%d" % rng.getrandbits(63))
    model.report["version"] = "1.0"
    model.policy["np"] = model.policy["p"]
    without(model, "scope")
    model.records[0]["reasons"] = [reason("local_policy", "arc=pass")]
    tree = m.tree(model, published=["domain", "adkim", "aspf", "p", "sp",
                                    "pct", "np"])
    empty = [x for x in m.find(tree, "record", "row", "policy_evaluated",
                               "reason") if x[1][1][1] is None]
    for x in empty:
        x[1][1] = ("comment", "")
    return m.document(tree)


@style
def yahoo(model, rng):
    sign(model, "Wahoo", "dmarchelp@wahoo.example", ident="%d.%d" % (
        model.report["end"], rng.randint(100000, 999999)))
    return m.document(m.tree(model, identifiers=["header_from"]),
                      head="<?xml version='1.0' encoding='UTF-8'?>",
                      **m.ONE_LINE)


@style
def yahoo_old(model, rng):
    """Each line ends with a tab."""
    sign(model, "Wahoo! Inc.", "postmaster@dmarc.wahoo.example",
         ident="%d.%d" % (model.report["end"], rng.randint(1000, 9999)))
    return m.document(m.tree(model, identifiers=["header_from"]),
                      head='<?xml version="1.0"?>\t\n', eol="\t\n")


@style
def aol(model, rng):
    sign(model, "AOK", "abuse_dmarc@aok.example", ident="%s_%d" % (
        model.policy["domain"], model.report["begin"]))
    without(model, "scope")
    model.policy["sp"] = None
    return m.document(m.tree(model, identifiers=["header_from"]),
                      head='<?xml version="1.0"?>\n', eol=" ", indent="")


MICROSOFT = ('feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
             'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"')


@style
def microsoft(model, rng):
    sign(model, "Outlook", "dmarcreport@bigsoft.example", ident=hexid(rng))
    model.report["version"] = "1.0"
    model.policy["fo"] = "0"
    envelopes(model, rng, to=True)
    return m.document(m.tree(model, root=MICROSOFT), eol="\r\n",
                      head='<?xml version="1.0"?>\r\n')


@style
def microsoft_enterprise(model, rng):
    """Begin and end are the same midnights; records without DKIM have none
    with a selector."""
    sign(model, "Enterprise Outlook", "dmarcreport@bigsoft.example",
         ident=hexid(rng))
    model.report.update(version="1.0", end=model.report["begin"] + 86400)
    model.policy["fo"] = "1"
    envelopes(model, rng, to=True)
    for r in model.records:
        if not r["auth"]["dkim"]:
            r["auth"]["dkim"] = [dkim(r["header_from"], None, "none")]
    return m.document(m.tree(model, root=MICROSOFT), eol="\r\n",
                      head='<?xml version="1.0"?>\r\n')


@style
def hotmail_old(model, rng):
    sign(model, "Bigsoft Corp.", "dmarcrep@bigsoft.example", ident=hexid(rng)
         + "@hotpost.example")
    for r in model.records:
        r["reasons"] = [reason("sampled_out")] if rng.random() < .5 else []
    model.policy["pct"] = 20
    return m.document(m.tree(model), head='<?xml version="1.0" '
                      'encoding="utf-8"?>\n', **m.ONE_LINE)


@style
def mailru(model, rng):
    sign(model, "Post.Ru", "dmarc_support@corp.postru.example",
         "http://help.postru.example/mail-help",
         "%d%d" % (rng.getrandbits(62), model.report["begin"]))
    return m.document(m.tree(model, identifiers=["header_from"]),
                      head='<?xml version="1.0" ?>', **m.ONE_LINE)


@style
def fastmail(model, rng):
    """Mail::DMARC: tabs, error, envelope_from always."""
    sign(model, "Quickmail Pty Ltd", "reports@quickmail.example",
         "https://quickmail.example/contact", "%d" % rng.getrandbits(27))
    model.report.update(version="1.0", generator="Mail::DMARC 1.20211209")
    model.policy["fo"] = "0"
    if rng.random() < .5:
        model.report["error"] = "policy lookup: SERVFAIL, once"
    tree = m.tree(model, identifiers=["envelope_from", "header_from"])
    for x in m.find(tree, "record", "identifiers"):
        x[1][0] = ("envelope_from", x[1][0][1] or "")
    return m.document(tree, head='<?xml version="1.0"?>\n', indent="\t")


@style
def opendmarc(model, rng):
    """Its crooked indents are left out; one record a message, SPF first."""
    sign(model, "mx.lindenhof.example", "postmaster@lindenhof.example",
         ident="%s:%d" % (model.policy["domain"], model.report["end"] + 60))
    without(model, "scope")
    for r in model.records:
        r["count"] = 1
        r["reasons"] = [reason("local_policy", "arc=none as[1].d=relay.example"
                               " as[1].s=arc-2024 remote-ip[1]=192.0.2.8")]
    return m.document(m.tree(model, published=m.POLICY[:-1], spf_first=True,
                             identifiers=["header_from"]), indent="    ")


@style
def comcast(model, rng):
    sign(model, "Broadcast", "dmarc_reporting@broadcast.example",
         ident="%s:%d" % (hexid(rng)[:8], model.report["begin"]))
    without(model, "scope")
    return m.document(m.tree(model, published=m.POLICY[:-1], spf_first=True,
                             identifiers=["header_from"]), indent="    ")


@style
def linkedin(model, rng):
    """The range as it was written for drafts: no pct."""
    sign(model, "workmates.example", "dmarc-feedback@workmates.example",
         ident="%d" % rng.getrandbits(32))
    model.policy.update(pct=None, sp=None)
    return m.document(m.tree(model), indent="\t",
                      head='<?xml version="1.0" encoding="UTF-8" '
                      'standalone="no" ?>\n')


@style
def netease(model, rng):
    """A byte order mark, and words in whatever case."""
    sign(model, "NetLight", "dmarc@netlight.example", "", hexid(rng))
    model.report["contact"] = None
    envelopes(model, rng)

    def spell(tag, text):
        return text.capitalize() if tag in m.WORDS else text
    return b"\xef\xbb\xbf" + m.document(
        m.tree(model), head='<?xml version="1.0" encoding="utf-8"?>\r\n',
        eol="\r\n", spell=spell)


@style
def tencent(model, rng):
    sign(model, "Pengguin Inc.", "postmaster@pq.example",
         "http://service.pq.example/", hexid(rng)[:16])
    return m.document(m.tree(model, identifiers=["header_from"],
                             spf_first=True), indent="\t")


@style
def yandex(model, rng):
    sign(model, "Yonder", "dmarc-report@yonder.example",
         "https://yonder.example/support/mail", hexid(rng))
    model.policy["fo"] = "1:d:s"
    without(model, "scope")
    return m.document(m.tree(model, meta=["id", "org", "email", "contact",
                                          "range", "error", "generator"]),
                      head="<?xml version=\"1.0\" encoding=\"utf8\"?>\n")


def jaxb(model, rng, org, host):
    sign(model, org, "noreply-dmarc@sicher.%s" % host,
         "https://postmaster.%s/en/case?c=r2002" % host, hexid(rng))
    model.report["version"] = "1.0"
    envelopes(model, rng)
    return m.document(
        m.tree(model, root='ns2:feedback xmlns:ns2="%s"' % m.OLD_NAMESPACE,
               version_first=False),
        head='<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')


@style
def gmx(model, rng):
    """Only the root has a prefix; the version comes late."""
    return jaxb(model, rng, "GNX", "gnx.example")


@style
def web_de(model, rng):
    return jaxb(model, rng, "WEG.DE", "weg.example")


@style
def amazon_ses(model, rng):
    sign(model, "RIVER-SES", "postmaster@riverses.example",
         ident="%s-%s" % (hexid(rng)[:8], hexid(rng)[:12]))
    model.report["version"] = "0.1"
    model.policy["fo"] = "0"
    envelopes(model, rng)
    return m.document(m.tree(model, root='feedback xmlns:xsi="http://www.w3.'
                             'org/2001/XMLSchema-instance" xsi:noNamespace'
                             'SchemaLocation="rua.xsd"'), eol="", indent="",
                      head="<?xml version='1.0' encoding='utf-8'?>\n")


@style
def mimecast(model, rng):
    """An empty sp, and why it is as it is in long words."""
    sign(model, "Mimicast.example", "no-reply@eu-1.mimicastreport.example",
         "https://community.mimicast.example/docs/DOC-1", hexid(rng))
    model.report["version"] = "1.0"
    model.policy.update(sp=None, fo="1")
    for r in model.records:
        if r["disposition"] != model.policy["p"]:
            r["reasons"] = [reason("local_policy", "DMARC bypassed: Permitted "
                                   "Senders; a \"managed\" sender & friends")]
    tree = m.tree(model, root='feedback xmlns="%s"' % m.OLD_NAMESPACE)
    for x in m.find(tree, "policy_published"):
        x[1].insert(4, ("sp", ""))
    return m.document(tree, indent="   ")


@style
def proofpoint(model, rng):
    sign(model, "proofdot.example", "dmarc-no-reply@proofdot.example",
         ident="<%s@proofdot.example>" % hexid(rng)[:20])
    model.report["version"] = "1.0"
    envelopes(model, rng)
    return m.document(m.tree(model, root='feedback xmlns:xsi="http://www.w3.'
                             'org/2001/XMLSchema-instance"'), indent="",
                      head='<?xml version="1.0" encoding="US-ASCII"?>\n\n')


@style
def zoho(model, rng):
    sign(model, "zoo.example", "noreply@zoo.example",
         ident="%s-%d" % (model.policy["domain"], rng.getrandbits(40)))
    model.report["version"] = "1.0"
    envelopes(model, rng, to=True, sender=False)
    return m.document(m.tree(model), indent=" ", eol="\n\n")


@style
def rspamd(model, rng):
    sign(model, "Lindenhof", "dmarc@lindenhof.example",
         ident="%s.%d.%d" % (model.policy["domain"], model.report["begin"],
                             model.report["end"]))
    model.report["version"] = "1.0"
    model.policy["fo"] = "0"
    for r in model.records:
        if r["disposition"] == "quarantine":
            r["reasons"] = [reason("sampled_out", None)]
        for x in r["auth"]["dkim"]:
            x["human"] = None
    return m.document(m.tree(model, identifiers=["header_from",
                                                 "envelope_from"]),
                      head='<?xml version="1.0" encoding="utf-8"?>\n',
                      indent="\t")


@style
def exim_draft(model, rng):
    """By a draft of 2012: identities, no version, no fo, no selector."""
    sign(model, "acorn.example", "noreply-dmarc-support@acorn.example",
         "http://acorn.example/dmarc/support", "%d" % rng.getrandbits(60))
    without(model, "scope", "selector")
    model.policy["sp"] = None
    tree = m.tree(model)

    def rename(node):
        tag, content = node
        return ("identities", content) if tag == "identifiers" else node
    return m.document(m.each(tree, rename), indent="   ")


@style
def accurate(model, rng):
    """No name of its own, SPF without a domain, all in one second."""
    sign(model, None, "administrator@plastics.example",
         ident="%s:%d" % (model.policy["domain"], model.report["end"]))
    model.report["end"] = model.report["begin"]
    model.policy["sp"] = "reject"
    for r in model.records:
        r["auth"] = {"dkim": [], "spf": [spf(None, "none", None)]}
    tree = m.tree(model)
    for x in m.find(tree, "record", "auth_results", "spf"):
        x[1][0] = ("domain", "")
    for x in m.find(tree, "report_metadata"):
        x[1][0] = ("org_name", "")
    return m.document(tree, head='<?xml version="1.0"?>\n')


@style
def facebook(model, rng):
    """Aligned results that are no pass and no fail."""
    sign(model, "facetome.example", "noreply@facetome.example")
    tree = m.tree(model)
    for r, x in zip(model.records, m.find(tree, "record", "row",
                                          "policy_evaluated")):
        for i, kind in ((1, "dkim"), (2, "spf")):
            if r[kind] == "fail":
                word = rng.choice(["none", "neutral", "temperror"])
                x[1][i] = (kind, word)
    return m.document(tree)


@style
def ivenue(model, rng):
    """The words of the first drafts. (RFC 7489 C: "commonly implemented")"""
    sign(model, "avenue.example", "dmarc@avenue.example")
    spell = {"temperror": "unknown", "permerror": "error", "fail": "hardfail"}
    for r in model.records:
        r["auth"]["spf"] = [spf(r["header_from"], rng.choice(list(spell)),
                                "helo")]
    return m.document(m.tree(model), spell=lambda tag, text: spell.get(
        text, text) if tag == "result" else text)


@style
def cisco(model, rng):
    """An identifier as of a message, and the address of the gateway."""
    sign(model, "Gateway AG", "MAILER-DAEMON@gw.lindenhof.example",
         ident="e8f0a2$cc8=%s@gw.lindenhof.example" % hexid(rng)[:16])
    without(model, "scope")
    envelopes(model, rng)
    return m.document(m.tree(model, spf_first=True), head='<?xml version='
                      '"1.0" encoding="UTF-8" ?>\n', indent=" ")


@style
def seznam(model, rng):
    sign(model, "list.example a.s.", "abuse@list.example", ident=hexid(rng))
    without(model, "scope", "human")
    model.policy["adkim"] = "s"
    return m.document(m.tree(model, meta=["range", "email", "org", "id",
                                          "contact", "error", "generator"]),
                      head='<?xml version="1.0" encoding="UTF-8"?>\n',
                      indent="", eol="\n")


@style
def stalwart(model, rng):
    sign(model, "stal.example", "noreply-dmarc@stal.example",
         "see https://stal.example", ident="%d" % rng.getrandbits(63))
    model.report["version"] = "2.0"
    model.policy["fo"] = "0"
    envelopes(model, rng, to=True)
    for r in model.records:
        r["reasons"] = r["reasons"][:1] + [reason("other", "ARC: none")]
        for x in r["auth"]["dkim"] + r["auth"]["spf"]:
            x["human"] = "it said: %s" % x["result"]
    return m.document(m.tree(model, root='feedback xmlns:xsi="http://www.w3.'
                             'org/2001/XMLSchema-instance" xsi:noNamespace'
                             'SchemaLocation="rua.xsd"'), indent="\t")
