#!/usr/bin/perl
# mail_dmarc.pl LIST PORT - the verdicts of Mail::DMARC, by its own Perl.
#
# Reads a question from each line of stdin, in JSON, and answers it likewise:
#
#	{"author": NAME, "spf": {...} or null, "dkim": [{...}]}
#	{"result": ..., "organizational": ..., "policy_domain": ..., "policy":
#	 ..., "disposition": ..., "spf": "pass", "dkim": "fail"}
#
# The name server is the one on loopback at PORT, LIST the public suffix list.
# A share of the mail (pct=) is always hit, unless it is 0.
use strict;
use warnings;

BEGIN { *Mail::DMARC::PurePerl::rand = sub { 0 } }

use JSON::PP;
use Mail::DMARC::PurePerl;
use Net::DNS::Resolver;

my ($list, $port) = @ARGV;
my $resolver = Net::DNS::Resolver->new(
	nameservers => ['127.0.0.1'], port => $port, dnsrch => 0,
	defnames => 0, udp_timeout => 5, tcp_timeout => 5);
my $json = JSON::PP->new->canonical;

sub policy_of {
	my ($dmarc, $answer) = @_;
	my $published = eval { $dmarc->result->published } or return;
	my $policy = $dmarc->is_subdomain && defined $published->sp
		? $published->sp : $published->p;
	$answer->{policy_domain} = $published->domain;
	$answer->{policy} = lc $policy if defined $policy;
}

sub ask {
	my $question = shift;
	my $dmarc = Mail::DMARC::PurePerl->new;
	$dmarc->config->{dns}{public_suffix_list} = $list;
	$dmarc->set_resolver($resolver);
	eval { $dmarc->header_from($question->{author}); 1 }
		or $dmarc->{header_from} = lc $question->{author};
	$dmarc->spf(%{ $question->{spf} }) if $question->{spf};
	$dmarc->dkim(%$_) for @{ $question->{dkim} };
	my $result = $dmarc->validate;
	my %answer = (
		result => $result->result, disposition => lc $result->disposition,
		spf => $result->spf || 'fail', dkim => $result->dkim || 'fail',
		organizational => $dmarc->get_organizational_domain);
	policy_of($dmarc, \%answer);
	return \%answer;
}

$| = 1;
local $SIG{__WARN__} = sub { };
while (my $line = <STDIN>) {
	my $answer = eval { ask($json->decode($line)) };
	print $json->encode($answer // { error => "$@" }), "\n";
}
