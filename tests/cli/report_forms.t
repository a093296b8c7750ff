#!/bin/sh
# report_forms.t - aggregate reports in every form and every way they come,
# some of each: record by record what another reader finds.
cd "$(dirname "$0")/../.." || exit 1
exec tests/report/compare --tap --count 600
