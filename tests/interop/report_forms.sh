#!/bin/sh
# report_forms.sh - every form of aggregate report in every way it comes;
# tests/cli/report_forms.t tries some of each.
cd "$(dirname "$0")/../.." || exit 1
exec tests/report/compare
