"""dkim_others - what dkimpy, Mail::DKIM and OpenDKIM say of the cases."""
import subprocess

import dkim

from lib import opendkim
from lib.dkim_keys import lookup

PERL = r"""
use strict; use warnings;
use Mail::DKIM::Verifier; use Mail::DKIM::ARC::Verifier; use Net::DNS;
my %txt;
open my $z, '<', shift or die;
while (<$z>) {
    if (/^;!(\S+)\. TXT SERVFAIL/) { $txt{$1} = 'SERVFAIL'; next }
    my ($name) = /^(\S+)\. / or next;
    push @{ $txt{$name} }, $_;
}
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
    my ($name) = @_;
    my $have = $txt{lc $name =~ s/\.$//r} or return;
    die "no answer\n" if $have eq 'SERVFAIL';
    return map { Net::DNS::RR->new($_) } @$have;
};
while (my $file = <STDIN>) {
    chomp $file;
    open my $f, '<:raw', $file or die;
    local $/; my $text = <$f>; $/ = "\n";
    $text =~ s/\r?\n/\r\n/g;
    my @out;
    my $v = Mail::DKIM::Verifier->new;
    eval { $v->PRINT($text); $v->CLOSE; 1 } or push @out, 'died';
    push @out, map { $_->result } $v->signatures;
    my $arc = Mail::DKIM::ARC::Verifier->new;
    my $r = eval { $arc->PRINT($text); $arc->CLOSE; $arc->result } // 'died';
    print join(',', @out), "\t$r\n";
}
"""


def mail_dkim(zone, files):
    try:
        run = subprocess.run(["perl", "-e", PERL, zone], check=True,
                             input="\n".join(files) + "\n",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             universal_newlines=True)
    except (OSError, subprocess.CalledProcessError) as e:
        print("dkim_vectors: no Mail::DKIM, skipped:",
              getattr(e, "stderr", e))
        return None
    return [line.split("\t") for line in run.stdout.split("\n")[:-1]]


def dkimpy_verdicts(case):
    if case["kind"] == "arc":
        try:
            cv, _, _ = dkim.arc_verify(case["text"], dnsfunc=lookup)
        except dkim.DKIMException:
            return "fail"
        return cv.decode() if cv else "none"
    out = []
    for i in range(len(case["want"])):
        try:
            good = dkim.DKIM(case["text"]).verify(i, dnsfunc=lookup)
            out.append("pass" if good else "fail")
        except (dkim.DKIMException, ValueError):
            out.append("fail")
    return out


def opendkim_lookup(name):
    try:
        return lookup(name)
    except dkim.DnsTimeoutError as error:
        raise LookupError from error


def open_dkim(now):
    if not opendkim.LIBRARY:
        print("dkim_vectors: no OpenDKIM (opendkim-tools), skipped")
        return None
    return opendkim.OpenDKIM(now, opendkim_lookup)


def opendkim_verdicts(verifier, case):
    """(results, reasons); nothing passes in a message that it refuses."""
    try:
        got = verifier.verify(case["text"])
    except opendkim.Refused as error:
        return ["no"] * len(case["want"]), [str(error)]
    return [result for result, _ in got], [why for _, why in got]
