#!/usr/bin/perl
# mail_spf.pl FILE - the verdict of Mail::SPF on each scenario of spf_eval.c,
# with a resolver that knows the scenario's master file and nothing else.
use strict;
use warnings;

package Zone;

sub new { return bless { rr => {}, bad => {}, error => '' }, shift }

sub add {
	my ($self, $line) = @_;
	if ($line =~ /^;!(\S+) (\S+) (\S+)$/) {
		$self->{bad}{ lc "$1 $2" } = $3;
		return;
	}
	my ($name, $type, $data) = split / /, $line, 3;
	push @{ $self->{rr}{ lc $name }{$type} }, $data;
}

sub find {
	my ($self, $name) = @_;
	for my $label (split /\./, $name, -1) {
		return {} if $label eq '' || length $label > 63;
	}
	return $self->{rr}{$name} if $self->{rr}{$name};
	return $self->{rr}{'*.t.example'} // {} if $name =~ /\.t\.example$/;
	return {};
}

sub rdata {
	my ($type, $data) = @_;
	return (address => $data) if $type eq 'A' || $type eq 'AAAA';
	return (ptrdname => $data) if $type eq 'PTR';
	if ($type eq 'MX') {
		my ($preference, $exchange) = split / /, $data;
		return (preference => $preference, exchange => $exchange);
	}
	my @strings = $data =~ /"((?:[^"\\]|\\.)*)"/g;
	s/\\(\d\d\d)/chr $1/ge, s/\\(.)/$1/g for @strings;
	return (txtdata => \@strings);
}

sub errorstring { return $_[0]{error} }

sub send {
	my ($self, $name, $type) = @_;
	$self->{error} = '';
	my $bad = $self->{bad}{ lc "$name $type" } // '';
	if ($bad eq 'TIMEOUT') {
		$self->{error} = 'query timed out';
		return undef;
	}
	my $packet = Net::DNS::Packet->new('query.example', $type);
	if ($bad) {
		$packet->header->rcode($bad);
		return $packet;
	}
	my $types = $self->find(lc $name);
	$packet->header->rcode(%$types ? 'NOERROR' : 'NXDOMAIN');
	# an owner that Net::DNS can hold; Mail::SPF does not look at it
	for my $data (@{ $types->{$type} // [] }) {
		$packet->push(answer => Net::DNS::RR->new(
			owner => 'query.example', type => $type, ttl => 60,
			rdata($type, $data)));
	}
	return $packet;
}

package main;

use Mail::SPF;
use Net::DNS;

sub verdict {
	my ($ip, $sender, $helo, $zone) = @_;
	my $server = Mail::SPF::Server->new(
		dns_resolver => $zone,
		hostname => 'unknown',
		query_rr_types => Mail::SPF::Server->query_rr_type_txt,
		default_authority_explanation => '',
	);
	my $result = eval {
		my $request = Mail::SPF::Request->new(
			versions => [1],
			scope => 'mfrom',
			identity => $sender,
			ip_address => $ip,
			helo_identity => $helo,
		);
		$server->process($request);
	};
	return "crash\t\t" . ($@ =~ s/\s+/ /gr) unless $result;
	my $text = '';
	$text = $result->authority_explanation // '' if $result->code eq 'fail';
	return $result->code . "\t$text\t" . ($result->text // '') =~ s/\s+/ /gr;
}

my @lines = <>;
chomp @lines;
while (@lines) {
	my ($ip, $sender, $helo) = splice @lines, 0, 3;
	my $zone = Zone->new;
	while (defined(my $line = shift @lines)) {
		last if $line eq 'end';
		$zone->add($line);
	}
	print verdict($ip, $sender, $helo, $zone), "\n";
}
