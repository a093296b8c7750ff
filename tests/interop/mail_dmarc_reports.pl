#!/usr/bin/perl
# mail_dmarc_reports.pl - what Mail::DMARC reads in reports, without its store.
#
# Reads names of files from stdin, XML (*.xml) or mails, and prints a line of
# JSON for each:
#
#	{"reports": [{"id": ..., "org": ..., "domain": ..., "begin": ...,
#	 "end": ..., "records": [{"ip": ..., "count": ..., "disposition": ...,
#	 "dkim": ..., "spf": ..., "header_from": ..., "signatures": 1}]}]}
#	{"error": ...}
use strict;
use warnings;

use JSON::PP;
use Mail::DMARC::Report;
use Mail::DMARC::Report::Receive;

my $json = JSON::PP->new->canonical->ascii;
my @kept;

sub record {
	my $r = shift;
	my $evaluated = $r->row->policy_evaluated;
	return {
		ip => $r->row->source_ip, count => $r->row->count,
		disposition => $evaluated->disposition,
		dkim => $evaluated->dkim, spf => $evaluated->spf,
		header_from => $r->identifiers->header_from,
		signatures => scalar @{ $r->auth_results->dkim || [] } };
}

sub keep {
	my $aggregate = shift->aggregate;
	my $meta = $aggregate->metadata;
	push @kept, {
		id => $meta->report_id, org => $meta->org_name,
		begin => $meta->begin, end => $meta->end,
		domain => $aggregate->policy_published->domain,
		records => [ map { record($_) } @{ $aggregate->record } ] };
}

sub read_file {
	my $file = shift;
	my $reader = Mail::DMARC::Report::Receive->new;
	open my $f, '<:raw', $file or die "$file: $!\n";
	my $text = do { local $/; <$f> };
	@kept = ();
	if ($file =~ /\.xml\z/) {
		$reader->report->init;
		$reader->handle_body($text);
	} else {
		$reader->from_file($file);
	}
	return { reports => [@kept] };
}

{
	no warnings 'redefine';
	*Mail::DMARC::Report::save_aggregate = \&keep;
}
$| = 1;
open my $out, '>&', \*STDOUT or die;
open STDOUT, '>', '/dev/null' or die;	# it prints subjects there
local $SIG{__WARN__} = sub { };
select((select($out), $| = 1)[0]);
while (my $file = <STDIN>) {
	chomp $file;
	my $answer = eval { read_file($file) } // { error => "$@" };
	print {$out} $json->encode($answer), "\n";
}
