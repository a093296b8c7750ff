"""dns - nsd on loopback, and the relay in front of it."""
import json
import os
import subprocess
import sys

from lib import relay

HERE = os.path.dirname(os.path.abspath(__file__))
NSD = '''. tests/dns/nsd.sh
trap nsd_stop EXIT
trap "exit 1" INT TERM
nsd_start "$1" && echo "$NSD_PORT" && cat >/dev/null
'''


class Missing(Exception):
    """There is no nsd here."""


class Service:
    """A program that prints its port, and ends with its standard input."""

    def __init__(self, *argv):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            universal_newlines=True)
        self.port = self.process.stdout.readline().strip()

    def ask(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class FarServer:
    """A name server whose answers take their time."""

    def __init__(self, zone, milliseconds):
        self.nsd = Service('sh', '-c', NSD, 'sh', zone)
        if not self.nsd.port:
            raise Missing('nsd is not installed')
        self.relay = Service(sys.executable, os.path.join(HERE, 'relay.py'),
                             self.nsd.port, str(milliseconds))
        self.address = '127.0.0.1:' + self.relay.port

    def counted(self):
        """Since the last time: round trips in a row, questions, and how many
        of them are different."""
        log = json.loads(self.relay.ask())
        return relay.round_trips(log), len(log), len({e[2] for e in log})

    def end(self):
        self.relay.end()
        self.nsd.end()
