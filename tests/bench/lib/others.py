"""others - the same mail by other people's programs.

Each is a small driver in tests/bench/others, called with the zone and files,
that asks a library for all it can verify and ends with 0 when all passed.
So keys come from the zone, and only CPU is compared.
"""
import os
import shutil
import subprocess

from lib import corpus
from lib.measure import DoesNotRun, each, pairs

HERE = 'tests/bench/others/'
FEW = 200           # enough to tell a message from the noise of a start
ROW = '%-40s %-14s %12s %14s %8s'


def loads(*argv, **more):
    try:
        return subprocess.run(argv, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              **more).returncode == 0
    except FileNotFoundError:
        return False


def npm(where):
    """The driver of npm's mailauth; None where it is not installed."""
    if not shutil.which('npm'):
        return None
    if os.environ.get('BENCH_NPM'):
        subprocess.run(['npm', 'install', '--silent', '--no-audit', '--no-fund',
                        '--prefix', where, 'mailauth'],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        modules = os.path.join(where, 'node_modules')
    else:
        modules = subprocess.run(['npm', 'root', '-g'], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL,
                                 universal_newlines=True).stdout.strip()
    path = {'NODE_PATH': modules}
    if not loads('node', '-e', 'require("mailauth")', env={**os.environ, **path}):
        return None
    return ['env', 'NODE_PATH=' + modules, 'node', HERE + 'npm.js']


def python(name, module):
    argv = ['/usr/bin/python3', HERE + name]
    return argv if loads(argv[0], '-c', module) else None


def programs(where):
    opendkim = 'import ctypes; ctypes.CDLL("libopendkim.so.11")'
    return [
        ('npm mailauth', 'all four', npm(where)),
        ('dkimpy', 'DKIM, ARC', python('dkimpy.py', 'import dkim')),
        ('Mail::DKIM', 'DKIM, ARC', ['perl', HERE + 'mail_dkim.pl']
         if loads('perl', '-MMail::DKIM', '-e1') else None),
        ('libopendkim', 'DKIM', python('opendkim.py', opendkim)),
    ]


def rate(us):
    return '%.*f' % (0 if us < 1e5 else 2, 1e6 / us)


def compare(mail, job, files, name, driver):
    try:
        theirs, ours, factor = pairs(
            each(driver + [mail.zone], files[:FEW]),
            each(mail.batch, files), 2)
    except DoesNotRun as reason:
        print('%-40s %-14s does not run: %s' % (job, name, reason), flush=True)
        return
    print(ROW % (job, name, rate(theirs), rate(ours), '%.1f' % factor),
          flush=True)


def table(mail, big):
    print('\n' + ROW % ('others: messages a second of CPU', '', 'theirs',
                        'ours', 'factor'))
    jobs = [('8 KB message', mail.small), ('100 KB HTML message', mail.pages),
            ('2 signatures, ARC chain of 3', mail.sealed)]
    if big:
        jobs.append(('25 MB, prose CRLF',
                     [corpus.long(mail.where, 'prose CRLF')] * 2))
    for name, what, driver in programs(mail.where):
        if not driver:
            print('%-40s %-14s not installed' % ('', name))
            continue
        for job, files in jobs:
            compare(mail, '%s (%s)' % (job, what), files, name, driver)
