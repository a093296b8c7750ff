"""bulk - many large reports, quickly: what a busy domain gets in a day.

A few sources send nearly all, and a long tail of addresses sends one message
each; the records of a report are templates with an address and a count.
"""
import gzip
import os
import random

from lib import markup as m
from lib import model as of

SOURCES = 40            # that are seen every day
TAIL = 0.35             # of the records: an address seen once
ORGS = ["bigpost.example", "Wahoo", "Enterprise Outlook", "Post.Ru",
        "GNX", "Quickmail Pty Ltd", "lindenhof.example"]
HOLES = ("192.0.2.253", 4099)


def templates(rng, domain, policy, kinds, number):
    """Records as text with holes for the address and the count."""
    out = []
    for _ in range(number):
        r = rng.choice(kinds)(rng, domain, policy)
        r["source"]["ip"], r["count"] = HOLES
        text = m.write(m.record(r), level=1)
        out.append(text.replace(HOLES[0], "%s").replace(
            "<count>%d<" % HOLES[1], "<count>%d<"))
    return out


def stranger(rng):
    return "198.%d.%d.%d" % (18 + rng.getrandbits(1), rng.getrandbits(8),
                             rng.randint(1, 254))


def records(rng, number, known, forged):
    """known: (address, template), the busiest first."""
    tail = int(number * TAIL)
    for i in range(number - tail):
        # the busiest also have the most rows, by result and by service
        at = min(int(rng.expovariate(0.15)), len(known) - 1)
        ip, text = known[at]
        yield text % (ip, int(rng.paretovariate(0.9) * 400 / (at + 1)) % 10**6
                      + 1)
    for _ in range(tail):
        yield rng.choice(forged) % (stranger(rng),
                                    1 if rng.random() < .9 else
                                    rng.randint(2, 30))


def write(directory, seed, reports, number):
    rng = random.Random(seed)
    domain, policy = "rosewood.example", "quarantine"
    mine = templates(rng, domain, policy, of.KINDS[:-1], SOURCES)
    forged = templates(rng, domain, policy, [of.forged], 10)
    known = [(of.address(rng), text) for text in mine]
    for i in range(reports):
        empty = of.report(rng, 1)
        empty.records = []
        org = ORGS[i % len(ORGS)]
        begin = of.FIRST_DAY + of.DAY * (i // len(ORGS))
        empty.report.update(org=org, begin=begin, end=begin + of.DAY - 1)
        empty.policy.update(domain=domain, p=policy, sp=policy)
        text = m.document(m.tree(empty)).decode()
        at = text.index("</feedback>")
        text = (text[:at] + "".join(records(rng, number, known, forged))
                + text[at:])
        name = "%s!%s!%d!%d.xml.gz" % (org.replace(" ", "-").lower(), domain,
                                       begin, begin + of.DAY - 1)
        with open(os.path.join(directory, name), "wb") as f:
            f.write(gzip.compress(text.encode(), 1, mtime=0))
