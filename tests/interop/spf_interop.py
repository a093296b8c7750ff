#!/usr/bin/python3
"""Our SPF verdict beside those of pyspf and Mail::SPF, on generated records.

    spf_interop.py [SEED [SCENARIOS]]

Where the others depart from RFC 7208, or read it another way, the difference
is counted under its reason (EXPLAINED) and is no failure.
"""
import collections
import ipaddress
import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import spf
except ImportError as error:
    print(f"# skip: {error}")
    print("0 passed, 0 failed")
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.join(os.environ.get("MAILAUTH_BUILD", "build"),
                    "tests/interop/spf_eval")

# who, what we say, what they say, why we differ
EXPLAINED = [
    ("pyspf", "", "x-y= MUST appear at most once",
     "6: unknown modifiers may occur any number of times"),
    ("pyspf", "", "include has trivial recursion",
     "4.6.4: a loop ends by the limit, and not where a term matches first"),
    ("pyspf", "", "More than 10 MX records",
     "4.6.4: the limit is on lookups; a match before the 11th ends them"),
    ("pyspf", "", "Void lookup limit",
     "4.6.4: it counts hosts of ptr and names of exp too"),
    ("pyspf", "", "Too many DNS lookups",
     "4.6.4: it counts a redirect that is not followed"),
    ("pyspf", "", "Temporary Error",
     "5.5: for ptr a failed address lookup only skips the name"),
    ("pyspf", "cannot keep 0 parts", "", "7.3: the DIGIT must be nonzero"),
    ("pyspf", "the macro has a wrong character", "", "7.1: macro-expand"),
    ("pyspf", "not closed by", "", "7.1: macro-expand"),
    ("pyspf", "byte 0x09", "", "12: terms are separated by SP only"),
    ("Mail::SPF", "explanation texts only", "",
     "4.6: it looks at macros only where it expands them"),
    ("Mail::SPF", "no such macro letter", "", "4.6: likewise"),
    ("Mail::SPF", "cannot keep 0 parts", "", "7.3: the DIGIT must be nonzero"),
    ("Mail::SPF", "byte 0xe9", "", "3.1, 12: records are US-ASCII"),
    ("Mail::SPF", "mail exchangers, more than 10", "",
     "4.6.4: more than 10 is a permerror"),
    ("Mail::SPF", "a prefix length is a slash and digits", "",
     "12: it takes a term apart in the middle of a word"),
    ("Mail::SPF", "", "void DNS look-ups limit",
     "4.6.4: it counts hosts of ptr too"),
    ("Mail::SPF", "", "DNS-interactive terms limit",
     "4.6.4: it counts a redirect that is not followed"),
    ("Mail::SPF", "", "ip6:", "5.6: ip6 is not for IPv4 clients"),
]

NAMES = [f"d{i}.example" for i in range(10)]
FOUR = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "203.0.113.200"]
SIX = ["2001:db8::1", "2001:db8::cb01", "2001:db8:1::25", "fe80::99"]


class Scenario:
    def __init__(self, ip, sender, helo):
        self.ip, self.sender, self.helo = ip, sender, helo
        self.rr, self.bad = {}, {}

    def add(self, name, kind, data):
        """A set has no two equal records (RFC 2181 5)."""
        datas = self.rr.setdefault(name, {}).setdefault(kind, [])
        if data not in datas:
            datas.append(data)

    def record(self, name):
        return "".join(self.rr.get(name, {}).get("TXT", []))

    def text(self):
        lines = [self.ip, self.sender, self.helo]
        for name, kinds in self.rr.items():
            for kind, datas in kinds.items():
                lines += [f"{name} {kind} {show(kind, d)}" for d in datas]
        lines += [f";!{n} {k} {word}" for (n, k), word in self.bad.items()]
        return "\n".join(lines + ["end"]) + "\n"

    def find(self, name):
        name = name.lower()
        if any(not 0 < len(label) < 64 for label in name.split(".")):
            return {}
        if name in self.rr:
            return self.rr[name]
        if name.endswith(".t.example"):
            return self.rr.get("*.t.example", {})
        return {}


def show(kind, data):
    if kind != "TXT":
        return data
    out = ""
    for c in data:
        out += f"\\{ord(c):03}" if c in '"\\' or not " " <= c <= "~" else c
    return " ".join(f'"{part}"' for part in split(out))


def split(text):
    """Strings of at most 200 octets, no escape cut in two."""
    return re.findall(r"(?:\\\d\d\d|[^\\]){1,200}", text) or [""]


# --- generating -----------------------------------------------------------

def macro(r):
    letter = r.choice("slodivhSLODIH" if r.random() < .95 else "crtpx")
    digits = r.choice(["", "", "", "1", "2", "3", "7"])
    if r.random() < .01:
        digits = "0"
    return ("%{" + letter + digits + r.choice(["", "", "r"])
            + r.choice(["", "", "", "-", ".", "+-", ".-_"]) + "}")


def spec(r):
    return r.choice([
        lambda: r.choice(NAMES), lambda: r.choice(NAMES),
        lambda: r.choice(NAMES), lambda: r.choice(NAMES) + ".",
        lambda: "none.example", lambda: "%{d}", lambda: "%{o}",
        lambda: macro(r) + ".t.example", lambda: macro(r) + "." + macro(r)
        + ".t.example", lambda: "d%{l1r}.example"])()


def cidr(r):
    return r.choice(["", "", "", "/24", "/0", "/32", "/23//64", "//32", "/8"])


def term(r):
    q = r.choice(["", "", "", "+", "-", "~", "?"])
    return r.choice([
        lambda: q + "a" + cidr(r), lambda: q + "mx" + cidr(r),
        lambda: q + "a:" + spec(r) + cidr(r),
        lambda: q + "mx:" + spec(r) + cidr(r),
        lambda: q + "include:" + r.choice(NAMES),
        lambda: q + "include:" + spec(r),
        lambda: q + "exists:" + spec(r), lambda: q + "ptr",
        lambda: q + "ptr:" + r.choice(["example", "d1.example"]),
        lambda: q + "ip4:" + r.choice(FOUR) + r.choice(["", "/24", "/9"]),
        lambda: q + "ip6:" + r.choice(SIX) + r.choice(["", "/64", "/12"]),
        lambda: "x-y=" + macro(r),
        lambda: q + "all" if r.random() < .2 else q + "ip4:10.0.0.0/8"])()


def mutate(r, text):
    i = r.randrange(len(text) + 1)
    junk = r.choice(" :/.%{}=-~?+,;ax0129_\t\u00e9")
    return r.choice([text[:i] + text[i + 1:], text[:i] + junk + text[i:],
                     text[:i] + junk + text[i + 1:]])


def record(r):
    terms = [term(r) for _ in range(r.choice([0, 1, 2, 2, 3, 3, 4, 6, 12]))]
    end = r.choice(["-all", "-all", "~all", "?all", "", "redirect="])
    if end == "redirect=":
        end += spec(r)
    terms.append(end)
    if r.random() < .4:
        terms.insert(r.randrange(len(terms) + 1), "exp=why.example")
    text = " ".join(["v=spf1"] + [t for t in terms if t])
    return mutate(r, text) if r.random() < .2 else text


def scenario(r):
    ip = r.choice(FOUR + FOUR + SIX)
    local = r.choice(["alice", "1", "a.b-c", "x+y", "bob-7"])
    s = Scenario(ip, f"{local}@{NAMES[0]}", r.choice(NAMES))
    for name in NAMES:
        for _ in range(r.choice([0, 1, 1, 2])):
            s.add(name, "A", r.choice(FOUR))
        for _ in range(r.choice([0, 1, 1, 2])):
            s.add(name, "AAAA", r.choice(SIX))
        for i in range(r.choice([0, 1, 2, 3, 12 if r.random() < .2 else 1])):
            s.add(name, "MX", f"{i + 1} {r.choice(NAMES)}.")
        if name == NAMES[0] or r.random() < .95:
            s.add(name, "TXT", record(r))
        if r.random() < .1:
            s.add(name, "TXT", r.choice(["other text", "v=spf10 -all",
                                         "v=spf1 -all"]))
    reverse = reverse_name(ip)
    for _ in range(r.choice([0, 1, 2, 12 if r.random() < .2 else 1])):
        s.add(reverse, "PTR", r.choice(NAMES) + ".")
    if r.random() < .7:
        s.add("*.t.example", "A", "127.0.0.2")
    s.add("why.example", "TXT", r.choice([
        "not %{i}", "%{d} %{o} %{h} says %{l}", "%{s} %{S}", "50% off", "plain"]))
    if r.random() < .15:
        kind = r.choice(["A", "AAAA", "MX", "TXT"])
        s.bad[(r.choice(NAMES[1:]), kind)] = r.choice(["SERVFAIL", "TIMEOUT"])
    return s


def reverse_name(ip):
    return ipaddress.ip_address(ip).reverse_pointer


# --- the others -----------------------------------------------------------

current = None


def fake_lookup(name, kind, tcpfallback=True, timeout=30):
    if (name.lower(), kind) in current.bad:
        raise spf.TempError("DNS " + current.bad[(name.lower(), kind)])
    found = []
    for data in current.find(name).get(kind, []):
        if kind == "MX":
            preference, exchange = data.split()
            data = (int(preference), exchange.rstrip("."))
        elif kind == "PTR":
            data = data.rstrip(".")
        elif kind == "TXT":
            data = [data.encode("latin-1")]
        found.append(((name, kind), data))
    return found


def ask_pyspf(s):
    global current
    current = s
    q = spf.query(s.ip, s.sender, s.helo, receiver="unknown", strict=True)
    q.set_default_explanation("")
    try:
        result, _, text = q.check()
    except Exception as error:
        return "crash", "", repr(error)
    return (result, text, "") if result == "fail" else (result, "", text)


def ask_lines(command, path):
    out = subprocess.run(command + [path], capture_output=True, check=True)
    return [tuple(line.split("\t")) for line in
            out.stdout.decode("latin-1").splitlines()]


def explain(s, who, mine, theirs):
    for program, ours_has, theirs_has, why in EXPLAINED:
        if "for ptr" in why and not re.search(r"[ +~?-]ptr[ :\"]", s.text()):
            continue
        if (who == program and ours_has in mine[2]
                and theirs_has in theirs[2]):
            return f"{who}: {why}"
    return None


def compare(s, who, mine, theirs, reasons):
    """Explanations in any case, since %{i} may be; 1 passed, 0 failed."""
    if mine[0] == theirs[0] and mine[1].lower() == theirs[1].lower():
        return 1
    why = explain(s, who, mine, theirs)
    if why:
        reasons[why] += 1
        return None
    print(f"not ok {who}: we say {mine}, it says {theirs}\n{s.text()}")
    return 0


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 7208
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    r = random.Random(seed)
    spf.DNSLookup = fake_lookup
    scenarios = [scenario(r) for _ in range(count)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write("".join(s.text() for s in scenarios))
        f.flush()
        ours = ask_lines([TOOL], f.name)
        others = [("pyspf", [ask_pyspf(s) for s in scenarios])]
        if subprocess.run(["perl", "-MMail::SPF", "-e", "1"],
                          stderr=subprocess.DEVNULL).returncode == 0:
            others.append(("Mail::SPF", ask_lines(
                ["perl", os.path.join(HERE, "mail_spf.pl")], f.name)))
        else:
            print("# skip: no Mail::SPF")
    passed = failed = 0
    reasons = collections.Counter()
    for who, verdicts in others:
        for s, mine, theirs in zip(scenarios, ours, verdicts, strict=True):
            ok = compare(s, who, mine, theirs, reasons)
            passed += ok == 1
            failed += ok == 0
    for why, n in reasons.most_common():
        print(f"# explained {n:4}  {why}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
