#!/usr/bin/python3
"""psl_vectors - the organizational domain of RFC 7489 3.2 for every rule of the
public suffix list, through the command line.

    tests/interop/psl_vectors.py [LIST]

For each rule: the suffix itself, one to three labels below it, what lies beside
and above it, in upper case, and U-labels as well as A-labels.  Each
is the From field of a file, many files a process.  What is wanted is worked out
here, from the algorithm at publicsuffix.org/list and no library.  Needs Debian's publicsuffix.
"""
import json
import os
import subprocess
import sys
import tempfile
import unicodedata

LIST = (sys.argv[1] if len(sys.argv) > 1 else
        "/usr/share/publicsuffix/public_suffix_list.dat")
MAILAUTH = os.path.abspath(os.environ.get("MAILAUTH", "./mailauth"))
FILES = 20000           # a process


def to_ascii(name):
    labels = unicodedata.normalize("NFC", name.lower()).split(".")
    return ".".join(label if label.isascii() else
                    "xn--" + label.encode("punycode").decode()
                    for label in labels)


def read_rules(path):
    """Each line up to the first white space; comments begin with //."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            rule = line.split()[0] if line.split() else ""
            if rule and not rule.startswith("//"):
                yield rule


def suffix_labels(rules, labels):
    """How many labels of the name are the public suffix."""
    best = 1                                    # no rule: the rule is "*"
    for i in range(len(labels)):
        name = ".".join(labels[i:])
        if "!" + name in rules:                 # the exception prevails
            return len(labels) - i - 1
        above = ".".join(["*"] + labels[i + 1:])
        if name in rules or above in rules:
            best = max(best, len(labels) - i)
    return best


def organizational(rules, name):
    labels = name.split(".")
    n = suffix_labels(rules, labels) + 1
    return ".".join(labels[-n:])


# --- the names ------------------------------------------------------------

def forms(name):
    """As the list has it, in upper case, and in A-labels."""
    yield name
    if name.isascii():
        yield name.upper()
        return
    yield to_ascii(name)
    yield to_ascii(name).upper()
    yield to_ascii("b\u00fccher." + name)
    yield "b\u00fccher." + name
    yield "\u65e5\u672c.X." + name


def names_of(rule):
    base = rule.lstrip("!").replace("*", "wild")
    above = base.partition(".")[2]
    names = [base, "a." + base, "b.a." + base, "c.b.a." + base]
    if base.split(".")[0].isascii():        # RFC 5893 2: x is left to right
        names.append("x" + base)
    if above:
        names += [above, "beside." + above, "d.beside." + above]
    for name in names:
        yield from forms(name)


def all_names(rules):
    names = {}
    for rule in rules:
        for name in names_of(rule):
            names[name] = True
    for name in ("unlisted", "a.unlisted", "b.a.unlisted", "c.b.a.unlisted"):
        names[name] = True
    return [n for n in names if len(to_ascii(n)) < 240]


# --- asking ---------------------------------------------------------------

def write_input(folder, names):
    with open(os.path.join(folder, "zone"), "w", encoding="ascii") as zone:
        for name in sorted({to_ascii(n) for n in names}):
            zone.write(f'_dmarc.{name}. TXT "v=DMARC1; p=none"\n')
    for i, name in enumerate(names):
        with open(os.path.join(folder, str(i)), "w", encoding="utf-8") as mail:
            mail.write(f"From: a@{name}\n\nHello.\n")


def answers(folder, n):
    for at in range(0, n, FILES):
        run = subprocess.Popen(
            [MAILAUTH, "-j", "--dmarc=rfc7489", "--psl", LIST, "-z", "zone"] +
            [str(i) for i in range(at, min(at + FILES, n))],
            cwd=folder, stdout=subprocess.PIPE)
        for line in run.stdout:
            yield json.loads(line)["dmarc"]
        run.wait()


def main():
    if not os.path.exists(LIST):
        print(f"# skip: no {LIST} (publicsuffix)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    listed = list(read_rules(LIST))
    rules = {to_ascii(rule) for rule in listed}
    names = all_names(listed)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        write_input(folder, names)
        found = answers(folder, len(names))
        for name, d in zip(names, found, strict=True):
            want = organizational(rules, to_ascii(name))
            got = d["organizational_domain"]
            ok = got == want and d["domain"] == to_ascii(name)
            passed += ok
            failed += not ok
            if not ok and failed <= 40:
                print(f"not ok {name}: {got}, not {want} ({d['reason']})")
    print(f"# {len(listed)} rules")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
