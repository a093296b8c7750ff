"""model - what a report says, before anybody writes it down.

A model has .report, .policy and .records: the values of the objects that
`mailauth report -j` prints, so that truth() is them again, joined.  A style
may change them before it writes them down; what it only spells in another
way (upper case, blanks) it does not change here.
"""
import copy
import ipaddress
import itertools
from types import SimpleNamespace

DAY, HOUR = 86400, 3600
FIRST_DAY = 1538179200          # 2018-09-29

DOMAINS = ["rosewood.example", "oldmill.example", "example.com",
           "harbour-light.example", "xn--mhle-0ra.example"]
HOSTS = ["mail", "mx1", "out-7", "relay.eu"]
SERVICES = [("lettershop.example", "ls1"), ("ticketdesk.example", "td2024"),
            ("invoices.example", "inv"), ("crm-cloud.example", "200608")]
RELAYS = ["lindenhof.example", "alumni.example", "forward.example"]
SELECTORS = ["s1", "oct25", "20230601", "google", "k1._x"]
RECEIVERS = ["lindenhof.example", "post.example", "inbox.example"]


def address(rng):
    """An address of the networks for documentation."""
    if rng.random() < 0.25:
        groups = [rng.choice([0, rng.getrandbits(16)]) for _ in range(6)]
        return str(ipaddress.ip_address("2001:db8:" + ":".join(
            "%x" % g for g in groups)))
    net = rng.choice(["192.0.2", "198.51.100", "203.0.113"])
    return "%s.%d" % (net, rng.randint(1, 254))


def dkim(domain, selector, result="pass", human=None):
    return {"domain": domain, "selector": selector, "result": result,
            "human": human}


def spf(domain, result="pass", scope="mfrom", human=None):
    return {"domain": domain, "scope": scope, "result": result,
            "human": human}


def reason(kind, comment=None):
    return {"type": kind, "comment": comment}


def record(rng, domain, **values):
    r = {"source": {"ip": address(rng)},
         "count": rng.choice([1, 1, 1, 2, 3, rng.randint(4, 5000)]),
         "dmarc": "fail", "disposition": "none", "dkim": "fail",
         "spf": "fail", "reasons": [], "header_from": domain,
         "envelope_from": None, "envelope_to": None,
         "auth": {"dkim": [], "spf": []}}
    r.update(values)
    return r


# --- the kinds of mail that are seen under a name --------------------------

def own(rng, domain, policy):
    """From its own server."""
    r = record(rng, domain, dkim="pass", spf="pass")
    r["auth"] = {"dkim": [dkim(domain, rng.choice(SELECTORS))],
                 "spf": [spf(domain)]}
    return r


def service(rng, domain, policy):
    """A service that signs for the domain, with an envelope of its own."""
    name, selector = rng.choice(SERVICES)
    r = record(rng, "news." + domain, dkim="pass")
    r["auth"] = {"dkim": [dkim(domain, selector), dkim(name, selector)],
                 "spf": [spf("bounces." + name)]}
    return r


def unaligned(rng, domain, policy):
    """A service that signs only for itself."""
    name, selector = rng.choice(SERVICES)
    r = record(rng, domain, disposition=policy)
    r["auth"] = {"dkim": [dkim(name, selector)], "spf": [spf(name)]}
    return r


def forwarded(rng, domain, policy):
    name = rng.choice(RELAYS)
    r = record(rng, domain, dkim="pass")
    r["auth"] = {"dkim": [dkim(domain, rng.choice(SELECTORS))],
                 "spf": [spf(domain, "softfail")] if rng.random() < .5 else
                 [spf("srs." + name)]}
    return r


def from_list(rng, domain, policy):
    r = record(rng, domain, reasons=[reason("mailing_list")]
               if policy != "none" else [])
    r["auth"] = {"dkim": [dkim(domain, rng.choice(SELECTORS), "fail"),
                          dkim("lists.example", "list")],
                 "spf": [spf("lists.example")]}
    return r


def forged(rng, domain, policy):
    r = record(rng, domain, disposition=policy)
    r["auth"] = {"dkim": [], "spf": [spf(
        domain, rng.choice(["fail", "softfail", "none", "permerror"]))]}
    return r


KINDS = [own, own, service, unaligned, forwarded, from_list, forged]


number = itertools.count()      # so that no two have the same period


def report(rng, records=None):
    domain = rng.choice(DOMAINS)
    policy = rng.choice(["none", "quarantine", "reject"])
    begin = FIRST_DAY + HOUR * next(number)
    count = records or rng.randint(2, 6)
    kinds = [rng.choice(KINDS) for _ in range(count)]
    return SimpleNamespace(
        report={"org": "post.example", "email": "dmarc@post.example",
                "contact": None, "id": "%d" % rng.getrandbits(62),
                "begin": begin, "end": begin + DAY - 1, "version": None,
                "generator": None, "error": None},
        policy={"domain": domain, "p": policy, "sp": policy, "np": None,
                "adkim": "r", "aspf": "r", "pct": 100, "fo": None,
                "testing": False, "discovery_method": None},
        records=[kind(rng, domain, policy) for kind in kinds])


# --- and as it is to be read -----------------------------------------------

def verdict(r):
    return "pass" if "pass" in (r["dkim"], r["spf"]) else "fail"


def truth(model, file):
    for r in copy.deepcopy(model.records):
        r["dmarc"] = verdict(r)
        yield {"schema": 1, "kind": "aggregate", "file": file,
               "report": model.report, "policy": model.policy, **r}
