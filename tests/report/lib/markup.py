"""markup - a model as XML, in whatever way a writer of reports does it.

A tree is (tag, content): content is text, a list of trees, EMPTY for <tag/>,
or None for nothing at all.  The tag may have attributes behind its name.
"""

EMPTY = object()
RAW = "\0"              # text that begins with it is markup already

NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"
OLD_NAMESPACE = "http://dmarc.org/dmarc-xml/0.1"

METADATA = ["org", "email", "contact", "id", "range", "error", "generator"]
POLICY = ["domain", "adkim", "aspf", "p", "sp", "pct", "fo"]
POLICY_9990 = ["domain", "discovery_method", "p", "sp", "np", "fo", "adkim",
               "aspf", "testing"]
IDENTIFIERS = ["envelope_to", "envelope_from", "header_from"]
ELEMENT = {"org": "org_name", "contact": "extra_contact_info",
           "id": "report_id", "human": "human_result"}
WORDS = {"disposition", "dkim", "spf", "result", "p", "sp", "np", "adkim",
         "aspf", "type", "scope", "testing", "discovery_method"}


def escape(text):
    return (text.replace("&", "&amp;").replace("<", "&lt;")
            .replace(">", "&gt;"))


def leaves(values, names):
    return [(ELEMENT.get(n, n), None if values[n] is None else str(values[n]))
            for n in names]


def metadata(model, order=METADATA):
    values = dict(model.report, range=None)
    out = leaves(values, order)
    if "range" in order:
        out[order.index("range")] = ("date_range", leaves(values,
                                                          ["begin", "end"]))
    return ("report_metadata", out)


def policy(model, order=POLICY):
    values = dict(model.policy)
    values["testing"] = "y" if values["testing"] else "n"
    return ("policy_published", leaves(values, order))


def reason(r):
    return ("reason", leaves(r, ["type", "comment"]))


def row(r):
    return ("row", [
        ("source_ip", r["source"]["ip"]), ("count", str(r["count"])),
        ("policy_evaluated", leaves(r, ["disposition", "dkim", "spf"]) +
         [reason(x) for x in r["reasons"]])])


def auth_results(r, spf_first=False):
    dkim = [("dkim", leaves(x, ["domain", "selector", "result", "human"]))
            for x in r["auth"]["dkim"]]
    spf = [("spf", leaves(x, ["domain", "scope", "result", "human"]))
           for x in r["auth"]["spf"]]
    return ("auth_results", spf + dkim if spf_first else dkim + spf)


def record(r, identifiers=IDENTIFIERS, spf_first=False):
    return ("record", [row(r), ("identifiers", leaves(r, identifiers)),
                       auth_results(r, spf_first)])


def tree(model, root="feedback", version_first=True, meta=METADATA,
         published=POLICY, **of_record):
    version = ("version", model.report["version"])
    top = [metadata(model, meta), policy(model, published)]
    top.insert(0 if version_first else 1, version)
    return (root, top + [record(r, **of_record) for r in model.records])


def find(node, *path):
    """The children at this path: tags without attributes."""
    if not path:
        return [node]
    return [x for child in node[1] or [] if child[0].split()[0] == path[0]
            for x in find(child, *path[1:])]


def each(node, change):
    """The tree with change(node) for every node; a list stands for many."""
    tag, content = node
    if isinstance(content, list):
        out = []
        for child in content:
            new = each(child, change)
            out += new if isinstance(new, list) else [new]
        content = out
    return change((tag, content))


def write(node, indent="  ", eol="\n", spell=None, level=0):
    """The text of a tree; spell(tag, text) has the last word on a text."""
    tag, content = node
    if content is None:
        return ""
    pad = indent * level
    if content is EMPTY:
        return "%s<%s/>%s" % (pad, tag, eol)
    name = tag.split()[0]
    if isinstance(content, str):
        if spell:
            content = spell(name.split(":")[-1], content)
        content = (content[1:] if content.startswith(RAW)
                   else escape(content))
        return "%s<%s>%s</%s>%s" % (pad, tag, content, name, eol)
    inner = "".join(write(child, indent, eol, spell, level + 1)
                    for child in content)
    return "%s<%s>%s%s%s</%s>%s" % (pad, tag, eol, inner, pad, name, eol)


def document(node, head='<?xml version="1.0" encoding="UTF-8" ?>\n',
             encoding="utf-8", **look):
    return (head + write(node, **look)).encode(encoding, "xmlcharrefreplace")


ONE_LINE = {"indent": "", "eol": ""}
