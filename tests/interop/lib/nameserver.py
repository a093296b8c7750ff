"""nameserver - a small name server on loopback, its data a Python object.

A zone has answer(name, type) -> (rcode, [(type, owner, data)]), or None where
nothing shall be said.  Names come in lower case and without the last dot.
"""
import socket
import struct
import threading

NOERROR, NXDOMAIN = 0, 3
TXT = 16


def wire_name(name):
    out = b''
    for label in name.rstrip('.').split('.') if name.rstrip('.') else []:
        raw = label.encode('latin-1')
        out += bytes([len(raw)]) + raw
    return out + b'\0'


def txt_data(*strings):
    return b''.join(bytes([len(s)]) + s for s in strings)


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
            edns = data[10:12] != b'\0\0'
            if len(reply) > (1232 if edns else 512):
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
