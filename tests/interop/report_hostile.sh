#!/bin/sh
# report_hostile.sh - what wants to harm who reads reports.  It takes 250 MB
# of disk, and minutes.
cd "$(dirname "$0")/../.." || exit 1
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
tests/report/hostile "$directory" --check --seconds 200
