#!/usr/bin/python3
"""dkimpy_suite.py - dkimpy's own unit tests, with us in the place of dkimpy.

The tests come with python3-dkim and are run from there; nothing of them is
kept here. dkimpy signs, as its tests say. Where they ask for a verdict, the
message goes through the command line instead, and the records of the test
come from a small name server on loopback. Ends with `N passed, N failed`.

Every test that asks for no verdict is named in SKIPPED, and every one that
we fail by intent in DELIBERATE: one that is in neither, or in the wrong one,
is a failure.
"""
import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
from lib.nameserver import NOERROR, NXDOMAIN, TXT, Server, txt_data

try:
    import dkim
    import dkim.tests
except ImportError as error:
    print('# skipped: %s (python3-dkim)' % error)
    print('0 passed, 0 failed, 1 skipped')
    sys.exit(0)

MODULES = ['test_dkim', 'test_dkim_ed25519', 'test_dkim_rsavariants',
           'test_dkim_generate', 'test_dkim_tlsrpt', 'test_arc',
           'test_canonicalization', 'test_crypto', 'test_dnsplug', 'test_util']

# Beginning of 'module.class.test': why it asks for no verdict of ours.
TLSRPT = 'judges a TLS report (RFC 8460 3), not a mail'
SKIPPED = {
    'test_canonicalization.': 'canonicalization as a function',
    'test_crypto.': 'keys and RSA as functions',
    'test_dnsplug.': "dkimpy's resolver",
    'test_util.': 'its tag parser, line ends and logger as functions',
    'test_dkim.TestFold.': 'folding by the signer',
    'test_dkim_ed25519.TestFold.': 'folding by the signer',
    'test_dkim_tlsrpt.TestFold.': 'folding by the signer',
    'test_dkim.TestSignAndVerify.test_present': 'is a signature there at all',
    'test_dkim.TestSignAndVerify.test_no_from': 'the signer refuses',
    'test_dkim_ed25519.TestSignAndVerify.test_no_from': 'the signer refuses',
    'test_dkim.TestSignAndVerify.test_validate': 'exceptions of its parser',
    'test_dkim_ed25519.TestSignAndVerify.test_validate':
        'exceptions of its parser',
    'test_dkim_tlsrpt.TestSignAndVerify.test_tlsrpt_with_': TLSRPT,
    'test_dkim_tlsrpt.TestSignAndVerify.test_tlsrpt_ignore_l_verify': TLSRPT,
}

# 'module.class.test': (what our reason says, why we differ)
DELIBERATE = {
    # folds within b=, by a key of 512 bits; its twin for Ed25519 has none
    'test_dkim.TestSignAndVerify.test_dkim_signature_canonicalization':
        ('key too small: 512 bits', 'RFC 8301 3.2: no RSA below 1024 bits'),
}


class Answers:
    """The dnsfunc of a test as a zone: it knows TXT, and fails for a name
    that it does not expect, such as that of an SPF record."""

    def __init__(self, dnsfunc):
        self.dnsfunc = dnsfunc

    def answer(self, name, qtype):
        try:
            text = self.dnsfunc(name.encode('latin-1') + b'.')
        except AssertionError:
            return NXDOMAIN, []
        if not text or qtype != TXT:
            return NOERROR, []
        if isinstance(text, str):
            text = text.encode()
        text = text.rstrip(b'\n')       # some come from text files
        parts = [text[i:i + 255] for i in range(0, len(text), 255)]
        return NOERROR, [(TXT, name, txt_data(*parts))]


class Verifier:
    """What takes dkimpy's place; remembers why, and how often it was asked."""

    def __init__(self):
        self.server = Server()
        self.verdicts = 0
        self.reasons = []

    def check(self, text, dnsfunc):
        self.server.zone = Answers(dnsfunc)
        self.verdicts += 1
        with tempfile.NamedTemporaryFile(suffix='.eml') as file:
            file.write(text)
            file.flush()
            done = subprocess.run(
                ['./mailauth', 'check', '--json', '--nameserver',
                 '127.0.0.1:%d' % self.server.port, '--timeout', '5',
                 '--at', str(int(time.time())), file.name],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode not in (0, 1, 3) or done.stderr:
            raise RuntimeError('mailauth: %r' % done.stderr)
        return json.loads(done.stdout)

    def dkim(self, signer, index, dnsfunc):
        if signer.tlsrpt:
            raise RuntimeError('there is no such option')
        try:            # some tests look at what dkimpy has parsed
            signer.verify_headerprep(index)
        except dkim.DKIMException:
            pass
        signatures = self.check(signer.text, dnsfunc)['dkim']
        if index >= len(signatures):
            return False
        self.reasons.append(signatures[index]['reason'])
        return signatures[index]['result'] == 'pass'

    def arc(self, sealer, dnsfunc):
        arc = self.check(sealer.text, dnsfunc)['arc']
        self.reasons.append(arc['reason'])
        return arc['result'].encode(), arc['sets'], arc['reason']

    def replace_dkimpy(self):
        set_message = dkim.DomainSigner.set_message

        def keep_text(signer, text):
            signer.text = text
            set_message(signer, text)

        dkim.DomainSigner.set_message = keep_text
        dkim.DKIM.verify = lambda signer, idx=0, dnsfunc=None: \
            self.dkim(signer, idx, dnsfunc)
        dkim.ARC.verify = lambda sealer, dnsfunc=None: \
            self.arc(sealer, dnsfunc)


def all_tests():
    for module in MODULES:
        loaded = importlib.import_module('dkim.tests.' + module)
        suites = [unittest.defaultTestLoader.loadTestsFromModule(loaded)]
        while suites:
            for test in suites.pop():
                if isinstance(test, unittest.TestSuite):
                    suites.append(test)
                else:
                    yield test.id()[len('dkim.tests.'):], test


def run(test, verifier):
    """What is wrong with the test, or None."""
    result = unittest.TestResult()
    before = verifier.verdicts
    verifier.reasons = []
    test.run(result)
    if result.failures or result.errors:
        return (result.failures + result.errors)[0][1]
    if verifier.verdicts == before:
        return 'it asked for no verdict, and SKIPPED does not say why'
    return None


def deliberate(name, trouble, verifier):
    """The same of a test that we are meant to fail."""
    word, why = DELIBERATE[name]
    if trouble is None:
        return 'we pass what DELIBERATE says we do not'
    last = verifier.reasons[-1] if verifier.reasons else None
    if word not in str(last):
        return 'we fail for another reason, %r\n%s' % (last, trouble)
    print('# differs by intent: %s (%s)' % (name, why))
    return None


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
    logging.disable(logging.CRITICAL)
    passed = failed = 0
    skipped = {}
    verifier = Verifier()
    verifier.replace_dkimpy()
    for name, test in all_tests():
        skip = [s for s in SKIPPED if name.startswith(s)]
        if skip:
            skipped[skip[0]] = skipped.get(skip[0], 0) + 1
            continue
        trouble = run(test, verifier)
        if name in DELIBERATE:
            trouble = deliberate(name, trouble, verifier)
        if trouble is None:
            passed += 1
            continue
        failed += 1
        print('%s: %s\n    reasons: %s' % (name, trouble, verifier.reasons))
    for name, n in skipped.items():
        print('# skipped: %d x %s: %s' % (n, name, SKIPPED[name]))
    print('# %d verdicts' % verifier.verdicts)
    print('%d passed, %d failed, %d skipped' % (
        passed, failed, sum(skipped.values())))
    return failed > 0


sys.exit(main())
