#!/bin/sh
# spf.t - mailauth spf.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

cat >zone <<'END'
ok.example.		TXT "v=spf1 include:inc.example -all"
inc.example.		TXT "v=spf1 ip4:192.0.2.0/24 -all"
soft.example.		TXT "v=spf1 ~all"
neutral.example.	TXT "v=spf1 ?all"
perm.example.		TXT "v=spf1 foo:bar -all"
exp.example.		TXT "v=spf1 -all exp=why.example"
why.example.		TXT "%{i} is not ours"
;!temp.example.		TXT SERVFAIL
helo.example.		TXT "v=spf1 ip4:192.0.2.1 -all"
dup.example.		TXT "v=spf1 mx -all"
dup.example.		TXT "v=spf1 ip4:192.0.2.1 -all"
dup.example.		TXT "something else"
loop.example.		TXT "v=spf1 include:loop.example -all"
END

spf() {
	mailauth spf -z zone "$@"
}

check() { # domain, ip, exit code, exit code of spfquery, first word
	run spf -i "$2" -f "a@$1"
	exit_is "$3" "$5: exit code"
	like "$out" "^$5 " "$5: verdict"
	run spf -i "$2" -f "a@$1" --exit-style=spfquery -q
	exit_is "$4" "$5: exit code of spfquery"
}

check ok.example 192.0.2.1 0 0 PASS
check ok.example 198.51.100.1 1 1 FAIL
check soft.example 192.0.2.1 1 2 SOFTFAIL
check neutral.example 192.0.2.1 1 3 NEUTRAL
check perm.example 192.0.2.1 1 4 PERMERROR
check temp.example 192.0.2.1 3 5 TEMPERROR
check none.example 192.0.2.1 1 6 NONE

run spf -i 192.0.2.1 -f a@ok.example
is "$out" "PASS  192.0.2.1 may send for ok.example

  SPF    pass  ok.example            192.0.2.1 matched include:inc.example" \
	"text"
run spf -i 192.0.2.1 -f a@exp.example
like "$out" '^  exp.example explains: "192.0.2.1 is not ours"$' \
	"the explanation of the domain"
run spf -i 192.0.2.1 -f a@ok.example -v
like "$out" "> include:inc.example: pass, decides, lookups 1/10" \
	"-v: the term that decides"
like "$out" "^ +inc.example: \"v=spf1 ip4" "-v: the record inside"
like "$out" "-all: not reached$" "-v: what comes later"

like "$out" "^  Judged at .* \\(the clock\\)$" "-v: the clock"
run spf -i 192.0.2.1 -f a@dup.example -v
is "$(echo "$out" | sed 1q)" \
	"PERMERROR  dup.example has 2 SPF records, where only one may be" \
	"two records: the headline"
is "$(echo "$out" | sed -n '/SPF of/,/why/p')" \
	'  SPF of dup.example (MAIL FROM): lookups 0/10, void 0/2
    dup.example: 2 SPF records: permerror
      "v=spf1 mx -all"
      "v=spf1 ip4:192.0.2.1 -all"
    why: dup.example has 2 SPF records, where only one may be' \
	"-v: two records"
run spf -i 192.0.2.1 -f a@loop.example -v
is "$(echo "$out" | awk 'length > 80 || /^ {24}/')" "" "-v: the indent ends somewhere"
run spf -i ::ffff:192.0.2.1 -f a@ok.example
is "$(echo "$out" | grep -c ' 192.0.2.1 m')" 2 "one form of the address"
run mailauth spf -s 127.0.0.1:1 -i 192.0.2.1 -f a@ok.example --trace
like "$(echo $out)" "failed: refused or no server reachable" "nobody listens"
like "$err" "answer .*: refused or no server reachable$" "and in the trace"

run spf -i 192.0.2.1 -e helo.example
exit_is 0 "-e alone checks the HELO name"
like "$out" "^  HELO   pass  helo.example" "and says so"
run spf -i 192.0.2.1 -e helo.example -f '<>'
exit_is 0 "the null sender is checked by the HELO name"

run spf -i 192.0.2.1 -f a@ok.example -j
is "$(printf %s "$out" | jq -c keys_unsorted)" \
	'["schema","verdict","client","spf","spf_helo","findings"]' "JSON: keys"
is "$(printf %s "$out" | jq -c '[.verdict, .spf.mechanism,
	(.spf.tree | map(.text)), (.spf.tree | map(.depth))]')" \
	'["pass","include:inc.example",["v=spf1 include:inc.example -all",'\
'"include:inc.example","v=spf1 ip4:192.0.2.0/24 -all","ip4:192.0.2.0/24",'\
'"-all","-all"],[0,1,2,3,3,1]]' "JSON: the tree"

for also in -j -v; do
	run spf -i 192.0.2.1 -f a@ok.example --received-spf $also
	is "$code $err" "2 mailauth: choose one of --received-spf and $also" \
		"--received-spf $also"
done
run spf -i 192.0.2.1 -f a@ok.example -m mx.example --received-spf
like "$out" "^Received-SPF: pass" "--received-spf"
case $out in *"$(printf '\r')"*) cr=1 ;; *) cr=0 ;; esac
is $cr 0 "its lines end in LF"

run spf -f a@ok.example
is "$code $err" "2 mailauth: spf needs the client's address: -i IP" "no -i"
run spf -i 192.0.2.1
is "$code $err" "2 mailauth: spf needs a sender or a HELO name: -f ADDR or \
-e NAME" "no -f and no -e"
run spf -i 192.0.2.1 -f ''
is "$code $err" "2 mailauth: the null sender is checked by its HELO name: -e \
NAME" "the null sender without -e"

run mailauth spf -z "$zone" -i 192.0.2.4 -f a@rosewood.example -v
like "$out" "mx: not reached, would cost a lookup" "-v: and what it costs"
run mailauth spf -z "$zone" -i 192.0.2.4 -f a@rosewood.example -j
is "$(printf %s "$out" | jq -c '[.spf.tree[] | .cost]')" "[0,0,1,0]" \
	"-j: what each term costs"

# what a client says need not be an address, and is judged all the same
for sender in "Macro Error@nowhere.example" "@nowhere.example" "a@b..example" \
	"<a b@nowhere.example>"; do
	run mailauth spf -z "$zone" -i 192.0.2.1 -f "$sender" -j
	is "$(printf %s "$out" | jq -r .spf.result)" none "-f '$sender' is judged"
done
done_testing
