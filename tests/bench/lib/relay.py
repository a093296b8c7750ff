#!/usr/bin/python3
"""relay - a name server that is far away: nsd, with every answer late.

    relay SERVER_PORT MILLISECONDS

Prints the port where it listens.  Each line read from standard input begins a
new count: for the time before it prints, as JSON, [asked, answered, question]
of every question, in seconds of the clock.  UDP only.
"""
import asyncio
import json
import sys
import time


class Upstream(asyncio.DatagramProtocol):
    """One socket to the server; questions get an ID that is ours."""

    def __init__(self):
        self.waiting, self.last = {}, 0

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, question, answered):
        self.last = (self.last + 1) % 65536
        self.waiting[self.last] = question[:2], answered
        self.transport.sendto(self.last.to_bytes(2, 'big') + question[2:])

    def datagram_received(self, data, _):
        own, answered = self.waiting.pop(int.from_bytes(data[:2], 'big'),
                                         (None, None))
        if answered:
            answered(own + data[2:])


class Relay(asyncio.DatagramProtocol):
    def __init__(self, upstream, delay):
        self.upstream, self.delay, self.log = upstream, delay, []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        loop, due = asyncio.get_running_loop(), time.monotonic() + self.delay
        # header, name, type; the ID and EDNS differ and do not count
        entry = [time.monotonic(), None,
                 data[12:data.index(b'\0', 12) + 3].lower().hex()]
        self.log.append(entry)

        def send(answer):
            entry[1] = time.monotonic()
            self.transport.sendto(answer, peer)

        def answered(answer):
            loop.call_later(max(0, due - time.monotonic()), send, answer)

        self.upstream.ask(data, answered)

    def report(self):
        if not sys.stdin.readline():
            asyncio.get_running_loop().stop()
            return
        print(json.dumps(self.log), flush=True)
        self.log = []


def round_trips(log):
    """The most questions that were asked one after another's answer."""
    n, free = 0, 0
    for answered, asked in sorted((e[1], e[0]) for e in log if e[1]):
        if asked >= free:
            n, free = n + 1, answered
    return n


def main(server, milliseconds):
    loop = asyncio.new_event_loop()
    _, upstream = loop.run_until_complete(loop.create_datagram_endpoint(
        Upstream, remote_addr=('127.0.0.1', server)))
    transport, relay = loop.run_until_complete(loop.create_datagram_endpoint(
        lambda: Relay(upstream, milliseconds / 1000),
        local_addr=('127.0.0.1', 0)))
    loop.add_reader(sys.stdin, relay.report)
    print(transport.get_extra_info('sockname')[1], flush=True)
    loop.run_forever()


if __name__ == '__main__':
    main(*map(int, sys.argv[1:]))
