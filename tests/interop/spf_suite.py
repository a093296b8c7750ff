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
import socket
import struct
import subprocess
import sys
import threading

SUITE = '/usr/share/doc/python3-spf/rfc7208-tests.yml.gz'
TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'PTR': 12, 'MX': 15, 'TXT': 16, 'AAAA': 28,
         'SPF': 99}
TIMEOUT = object()


def wire_name(name):
    out = b''
    for label in name.rstrip('.').split('.') if name.rstrip('.') else []:
        raw = label.encode('latin-1')
        out += bytes([len(raw)]) + raw
    return out + b'\0'


def wire_data(kind, value):
    if kind in ('TXT', 'SPF'):
        strings = value if isinstance(value, list) else [value]
        return b''.join(bytes([len(s)]) + s for s in
                        (x.encode('utf-8') for x in strings))
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


class Server:
    def __init__(self):
        self.zone = None
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(('127.0.0.1', 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(('127.0.0.1', self.port))
        self.tcp.listen(8)
        for loop in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def reply(self, data):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode('latin-1'))
            at += 1 + data[at]
        qtype = struct.unpack('>H', data[at + 1:at + 3])[0]
        answer = self.zone.answer('.'.join(labels).lower(), qtype)
        if answer is None:
            return None
        rcode, rows = answer
        body = data[12:at + 5]
        for kind, owner, rdata in rows:
            body += wire_name(owner) + struct.pack('>HHIH', kind, 1, 60, len(rdata))
            body += rdata
        return data[:2] + struct.pack('>HHHHH', 0x8180 | rcode, 1, len(rows), 0, 0) + body

    def serve_udp(self):
        while True:
            data, peer = self.udp.recvfrom(4096)
            reply = self.reply(data)
            if reply is None:
                continue
            if len(reply) > 1232:
                question = reply[12:reply.index(b'\0', 12) + 5]
                reply = reply[:2] + struct.pack('>HHHHH', 0x8380, 1, 0, 0, 0) + question
            self.udp.sendto(reply, peer)

    def serve_tcp(self):
        while True:
            peer, _ = self.tcp.accept()
            with peer:
                head = peer.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    continue
                reply = self.reply(peer.recv(struct.unpack('>H', head)[0],
                                             socket.MSG_WAITALL))
                if reply is not None:
                    peer.sendall(struct.pack('>H', len(reply)) + reply)


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
