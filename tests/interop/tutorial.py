#!/usr/bin/python3
"""tutorial - the commands of the README, from nothing to a message that passes.

They are taken from the README as they stand there and run in an empty
directory, with a mail.eml; what they sign must pass with us, dkimpy, OpenDKIM
and Mail::DKIM, by the records that they have made.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    import dkim
    from lib import dkim_others, opendkim
except ImportError as error:
    print("tutorial: %s (python3-dkim), skipped" % error)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

from lib.dkim_keys import TOP

MAIL = (b"From: Ann <ann@shop.example>\nTo: bob@b.example\n"
        b"Subject: Hello\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n\nHi Bob\n")
passed = failed = 0


def judge(ok, what, got=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("not so: %s %s" % (what, got))


def commands():
    with open(os.path.join(TOP, "README.md")) as f:
        part = f.read().partition("### From nothing to a message")[2]
    return re.findall(r"^    (mailauth .*)$", part.partition("\n#")[0], re.M)


def records(where):
    """name -> text, of a master file as setup writes it"""
    found = {}
    with open(os.path.join(where, "zone")) as f:
        text = re.sub(r"^;.*", "", f.read(), flags=re.M)
    for name, data in re.findall(r"^(\S+)\. IN TXT ((?:\(.*?\)|.*?)$)", text,
                                 re.M | re.S):
        found[name] = "".join(re.findall(r'"([^"]*)"', data))
    return found


def main():
    with tempfile.TemporaryDirectory() as where:
        os.symlink(os.environ.get("MAILAUTH", os.path.join(TOP, "mailauth")),
                   os.path.join(where, "mailauth"))
        with open(os.path.join(where, "mail.eml"), "wb") as f:
            f.write(MAIL)
        found = commands()
        judge(len(found) >= 5, "the README has commands", found)
        env = dict(os.environ, PATH=where + ":" + os.environ["PATH"])
        for command in found:
            run = subprocess.run(command, shell=True, cwd=where, env=env,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
            judge(run.returncode == 0, command, run.stdout.decode())
        judge(b"PASS" in run.stdout, "the last one says PASS", run.stdout)
        zone = records(where)
        signed = os.path.join(where, "signed.eml")
        with open(signed, "rb") as f:
            text = f.read()

        def lookup(name, timeout=5):
            if isinstance(name, bytes):
                name = name.decode()
            return zone[name.rstrip(".")].encode()

        judge(dkim.verify(text, dnsfunc=lookup), "dkimpy lets it pass")
        now = int(re.search(rb"t=(\d+)", text).group(1))
        if opendkim.LIBRARY:
            verifier = opendkim.OpenDKIM(now, lookup)
            got = verifier.verify(text.replace(b"\n", b"\r\n"))
            judge([r for r, _ in got] == ["pass"], "OpenDKIM does", got)
        with open(os.path.join(where, "flat"), "w") as f:
            for name, value in zone.items():
                f.write('%s. 300 IN TXT %s\n' % (name, " ".join(
                    '"%s"' % value[i:i + 200]
                    for i in range(0, len(value), 200))))
        perl = dkim_others.mail_dkim(os.path.join(where, "flat"), [signed])
        if perl:
            judge(perl[0][0] == "pass", "Mail::DKIM does", perl)
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


sys.exit(main())
