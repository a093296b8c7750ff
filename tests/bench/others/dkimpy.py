#!/usr/bin/python3
"""dkimpy.py ZONE FILE... - DKIM and ARC by dkimpy; 0 when all pass."""
import re
import sys

import dkim


def read_zone(name):
    found = {}
    with open(name, 'rb') as f:
        for line in f:
            owner, _, data = line.partition(b'\tTXT ')
            if data:
                found[owner.lower()] = b''.join(re.findall(b'"([^"]*)"', data))
    return found


def check(text, lookup):
    head = b'\n' + text.partition(b'\r\n\r\n')[0].lower()
    verifier = dkim.DKIM(text)
    good = all(verifier.verify(i, dnsfunc=lookup)
               for i in range(head.count(b'\ndkim-signature:')))
    if good and b'\narc-seal:' in head:
        good = dkim.arc_verify(text, dnsfunc=lookup)[0] == b'pass'
    return good


def main(zone, *files):
    records = read_zone(zone)

    def lookup(name, timeout=5):
        return records.get(name.lower().rstrip(b'.') + b'.')

    for name in files:
        with open(name, 'rb') as f:
            if not check(f.read(), lookup):
                sys.exit('%s does not pass' % name)


main(*sys.argv[1:])
