#!/usr/bin/perl
# mail_dkim.pl ZONE FILE... - DKIM and ARC by Mail::DKIM; 0 when all pass.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Mail::DKIM::ARC::Verifier;
use Net::DNS;

my %records;
open my $zone, '<', shift or die "$!\n";
while (<$zone>) {
	$records{lc $1} = $_ if /^(\S+)\.\tTXT /;
}
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
	my ($name) = @_;
	my $line = $records{lc $name =~ s/\.$//r} or return;
	return Net::DNS::RR->new($line);
};

sub check {
	my ($text, $verifier) = @_;
	$verifier->PRINT($text);
	$verifier->CLOSE;
	return $verifier;
}

for my $name (@ARGV) {
	open my $file, '<:raw', $name or die "$name: $!\n";
	local $/;
	my $text = <$file>;
	my $dkim = check($text, Mail::DKIM::Verifier->new);
	die "$name does not pass\n"
		if grep { $_->result ne 'pass' } $dkim->signatures;
	next if $text !~ /^ARC-Seal:/m;
	my $arc = check($text, Mail::DKIM::ARC::Verifier->new);
	die "$name: ARC does not pass\n" if $arc->result ne 'pass';
}
