#!/usr/bin/python3
"""Our RFC 7489 verdict beside that of authheaders, and our organizational
domains beside those of publicsuffix2, on one and the same suffix list.

Not compared, because authheaders departs from the RFC there:
- a policy from the author's own record that has sp= (it takes sp)
- names below a top-level domain that is in no list (it takes that domain)
- records with bad or missing p= or sp= (it knows no rua rule)
"""
import os
import random
import subprocess
import sys

try:
    import authheaders
    from authheaders import dmarc_lookup
    from publicsuffix2 import PublicSuffixList
except ImportError as error:
    print(f"# skip: {error}")
    print("0 passed, 0 failed")
    sys.exit(0)

LIST = "/usr/share/publicsuffix/public_suffix_list.dat"
TOOL = os.path.join(os.environ.get("MAILAUTH_BUILD", "build"),
                    "tests/interop/dmarc_interop")


class Spf:
    def __init__(self, domain):
        self.result, self.smtp_mailfrom = "pass", "a@" + domain


class Dkim:
    def __init__(self, domain):
        self.result, self.header_d = "pass", domain


def rules():
    """A name below each rule of the list, and below its parent."""
    with open(LIST, encoding="utf-8") as lines:
        for line in lines:
            rule = line.strip()
            if not rule or rule.startswith("//") or not rule.isascii():
                continue
            base = rule.lstrip("!").replace("*.", "wild.")
            yield "a.b." + base
            yield "b." + base


def one_of(*choices):
    return random.choice(choices)


def record():
    tags = ["p=" + one_of("none", "quarantine", "reject")]
    if one_of(True, False):
        tags.append("sp=" + one_of("none", "quarantine", "reject"))
    for tag in ("adkim", "aspf"):
        if one_of(True, False):
            tags.append(f"{tag}={one_of('r', 's')}")
    random.shuffle(tags)
    return "v=DMARC1" + one_of(";", "; ", " ; ") + one_of(";", "; ").join(tags)


def name(base):
    return one_of("", "", "a.", "b.", "a.b.", "x.y.a.b.") + base


BASES = ["shop.net", "other.org", "shop.co.uk", "other.co.uk",
         "shop.com", "blog.github.io", "city.kawasaki.jp", "x.kawasaki.jp"]


def question():
    base = one_of(*BASES)
    author = name(base)
    ids = [one_of("-", name(base), name(one_of(*BASES))) for _ in range(2)]
    zone = {}
    for place in {author, dmarc_lookup.get_org_domain(author), name(base)}:
        if one_of(True, True, False):
            zone["_dmarc." + place] = record()
    return author, ids[0], ids[1], zone


def theirs(author, spf, dkim, zone):
    result, _, _, policy = authheaders.dmarc_per_from(
        author,
        spf_result=None if spf == "-" else Spf(spf),
        dkim_result=None if dkim == "-" else Dkim(dkim),
        dnsfunc=lambda n: zone.get(n))
    own = zone.get("_dmarc." + author, "")
    return f"{result} {'*' if 'sp=' in own else policy}"


def compare(questions, lines, expected):
    run = subprocess.run([TOOL, LIST], input="\n".join(lines) + "\n",
                         capture_output=True, text=True, check=True)
    failed = 0
    answers = run.stdout.split("\n")
    for asked, ours, want in zip(questions, answers, expected):
        if want.endswith("*"):
            ours = ours.split()[0] + " *"
        if ours != want:
            failed += 1
            print(f"{asked}: we say '{ours}', they say '{want}'")
    return len(questions) - failed, failed


def main():
    random.seed(9989)
    with open(LIST, encoding="utf-8") as lines:
        suffixes = PublicSuffixList(lines)
    # they read the list anew for each name
    dmarc_lookup.get_org_domain = suffixes.get_public_suffix
    authheaders.get_org_domain = suffixes.get_public_suffix

    names = list(rules())
    passed, failed = compare(names, ["org\t" + n for n in names],
                             [suffixes.get_public_suffix(n) for n in names])
    asked = [question() for _ in range(3000)]
    lines = ["\t".join(["dmarc", a, s, d] + [x for kv in z.items() for x in kv])
             for a, s, d, z in asked]
    more = compare(asked, lines, [theirs(*q) for q in asked])
    print(f"{passed + more[0]} passed, {failed + more[1]} failed")
    return failed + more[1] > 0


if __name__ == "__main__":
    sys.exit(main())
