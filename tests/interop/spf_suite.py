#!/usr/bin/python3
"""spf_suite.py - the openspf test suite for RFC 7208, as Debian ships it.

The suite comes with python3-spf and is read from there when the test runs;
nothing of it is kept here. Each of its zones is served by a small name server
on loopback, and every case goes through the command line, so the resolver is
part of what is tested. Ends with `N passed, N failed`.
"""
import gzip
import ipaddress
import json
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
from lib.nameserver import Server, txt_data, wire_name

SUITE = '/usr/share/doc/python3-spf/rfc7208-tests.yml.gz'
TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'PTR': 12, 'MX': 15, 'TXT': 16, 'AAAA': 28,
         'SPF': 99}
TIMEOUT = object()


def wire_data(kind, value):
    if kind in ('TXT', 'SPF'):
        strings = value if isinstance(value, list) else [value]
        return txt_data(*(x.encode('utf-8') for x in strings))
    if kind == 'A':
        return ipaddress.IPv4Address(value).packed
    if kind == 'AAAA':
        return ipaddress.IPv6Address(value).packed
    if kind == 'MX':
        return struct.pack('>H', value[0]) + wire_name(value[1])
    return wire_name(value)


class Zone:
    """What a scenario's zone says to (name, type)."""

    def __init__(self, data):
        self.names = {}
        for name, records in data.items():
            rows = self.names.setdefault(name.rstrip('.').lower(), [])
            if isinstance(records, str):
                records = [records]
            has_txt = any(isinstance(r, dict) and 'TXT' in r for r in records)
            for r in records:
                if r == 'TIMEOUT':
                    rows.append((None, TIMEOUT))
                    continue
                for kind, value in r.items():
                    if value == 'NONE':
                        continue
                    rows.append((kind, TIMEOUT if value == 'TIMEOUT' else value))
                    # drivers double SPF records as TXT unless a TXT is there
                    if kind == 'SPF' and not has_txt:
                        rows.append(('TXT', rows[-1][1]))

    def answer(self, name, qtype):
        """(rcode, [(type, data)]), or None for no answer at all."""
        out, seen = [], 0
        while True:
            rows = self.names.get(name)
            if rows is None:
                below = any(n.endswith('.' + name) for n in self.names)
                return (0 if below else 3), out
            found = [(k, v) for k, v in rows if k and TYPES.get(k) == qtype]
            if any(v is TIMEOUT for _, v in found):
                return None
            if found:
                return 0, out + [(TYPES[k], name, wire_data(k, v)) for k, v in found]
            if any(v is TIMEOUT for _, v in rows):
                return None
            alias = [v for k, v in rows if k == 'CNAME']
            if not alias or seen > 10:
                return 0, out
            out.append((5, name, wire_name(alias[0])))
            name, seen = alias[0].rstrip('.').lower(), seen + 1


def run(server, case):
    done = subprocess.run(
        ['./mailauth', 'spf', '--json', '--nameserver', '127.0.0.1:%d' % server.port,
         '--timeout', '2', '--client-ip', str(case['host']),
         '--helo', str(case['helo']), '--mail-from', str(case['mailfrom']),
         '--mta', 'receiver.example.org'],
        capture_output=True, text=True)
    if not done.stdout:
        return None, None, done.stderr
    spf = json.loads(done.stdout)['spf']
    return spf['result'], spf.get('explanation'), spf.get('reason')


def main():
    import yaml
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
    if not os.path.exists(SUITE):
        print('# skipped: %s is not here' % SUITE)
        print('0 passed, 0 failed, 1 skipped')
        return 0
    passed = failed = 0
    server = Server()
    with gzip.open(SUITE, 'rt', encoding='utf-8') as suite:
        scenarios = [s for s in yaml.safe_load_all(suite) if s]
    for scenario in scenarios:
        server.zone = Zone(scenario['zonedata'])
        for name, case in scenario['tests'].items():
            want = case['result']
            want = want if isinstance(want, list) else [want]
            got, explanation, reason = run(server, case)
            text = case.get('explanation')
            # DEFAULT is the receiver's own words, and we add none
            text_ok = text is None or text == 'DEFAULT' and not explanation or \
                explanation == text
            if got in want and text_ok:
                passed += 1
                continue
            failed += 1
            print('%s, %s: want %s %r, got %s %r (%s)' % (
                scenario['description'], name, '|'.join(want), text, got,
                explanation, reason))
    print('%d passed, %d failed' % (passed, failed))
    return failed > 0


sys.exit(main())
