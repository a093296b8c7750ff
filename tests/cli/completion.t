#!/bin/sh
# completion.t - a shell completes every command and option, and what they take.
. "$(dirname "$0")/lib.sh"
table=src/cli/options.def

for shell in bash zsh fish; do
	mailauth completion $shell >"$tmp/$shell"
	is $? 0 "a script for $shell"
	command -v $shell >/dev/null || {
		skip "$shell is not installed"
		continue
	}
	run $shell -n "$tmp/$shell"
	is "$code$out$err" 0 "$shell can read it"
done
run mailauth completion
is "$code $out $err" "2  mailauth: completion needs the name of a shell: bash, \
zsh or fish" "no shell"
run mailauth completion csh
is "$code $out $err" "2  mailauth: no completion for 'csh': bash, zsh or fish" \
	"another shell"
run mailauth completion --help
like "$out" '^usage: mailauth completion bash\|zsh\|fish$' "--help"
run mailauth --help
unlike "$out" completion "the help has no room for it"

# What the tables have: names of commands, and the options of one.
commands=$(sed -n 's/^COMMAND([A-Z]*, \([a-z]*\),.*/\1/p' src/cli/commands.def)
options_of() {
	id=$(echo "$1" | tr a-z A-Z)
	tr '\n' ' ' <"$table" | sed 's/OPTION(/\n&/g' |
		sed -n "/^OPTION(.*[ 	|]$id[ ,|]/s/^OPTION([A-Z0-9_]*, //p" |
		awk -F, '{
			gsub(/[ "\047]/, "")
			if ($1 != "0" || length($0) > length($1) && $2 == "NULL")
				print "-" $1
			if ($2 != "NULL")
				print "--" $2
		}' | sort -u
}

# --- bash -----------------------------------------------------------------

cat >"$tmp/ask" <<'END'
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_mailauth
printf '%s\n' "${COMPREPLY[@]}"
END
bash_says() {
	bash "$tmp/ask" "$tmp/bash" "$@" | sort -u
}

if command -v bash >/dev/null; then
	is "$(bash -c ". '$tmp/bash'; complete -p mailauth")" \
		"complete -o bashdefault -o default -F _mailauth mailauth" \
		"bash asks it"
	is "$(bash_says mailauth '')" "$(echo "$commands" | sort)" "bash: commands"
	is "$(bash_says mailauth key)" keygen "bash: one of them"
	is "$(bash_says mailauth pass.e)" "" "bash: files are left to bash"
	for command in $commands; do
		is "$(bash_says mailauth "$command" -)" "$(options_of "$command")" \
			"bash: options of $command"
	done
	is "$(bash_says mailauth -)" "$(options_of check)" "bash: those of check"
	is "$(bash_says mailauth a.eml --sum)" --summary "bash: behind a file"
	is "$(bash_says mailauth keygen --al)" --algorithm "bash: a name"
	is "$(bash_says mailauth keygen -a '')" "ed25519
rsa" "bash: a value"
	is "$(bash_says mailauth setup --service mailg)" mailgun \
		"bash: a service"
	is "$(bash_says mailauth setup --for '')" "postfix-opendkim
postfix-opendmarc" "bash: a server"
	is "$(bash_says mailauth --color = al)" always "bash: behind ="
	is "$(bash_says mailauth --color =)" "always
auto
never" "bash: all behind ="
	is "$(bash_says mailauth -z -)" "" "bash: a file is no option"
	is "$(bash_says mailauth explain dmarc-unaligned-e)" dmarc-unaligned-esp \
		"bash: codes"
	is "$(bash_says mailauth spf '')" "" "bash: spf takes no word"
fi

# as it is typed, where a file has a blank in its name
if command -v bash >/dev/null && command -v script >/dev/null; then
	mkdir "$tmp/here" "$tmp/here/keys" && : >"$tmp/here/key one.eml"
	{
		echo "PS1=; cd '$tmp/here'; . '$tmp/bash'"
		echo "mailauth() { printf '<%s>' \"\$@\"; echo; }"
		printf 'mailauth keyg\t-D k\t\nmailauth -z key\\ \t\n'
		printf 'mailauth --color=al\t\nmailauth -b\t\nexit\n'
	} >"$tmp/typed"
	TERM=dumb INPUTRC=/dev/null timeout 20 script -qec 'bash --norc -i' \
		/dev/null <"$tmp/typed" | tr -d '\r' | grep '^<[^<]*>' >"$tmp/shown"
	is "$(cat "$tmp/shown")" "<keygen><-D><keys/>
<-z><key one.eml>
<--color=always>
<-b>" "bash: typed"
else
	skip 'script is not installed'
fi

# --- zsh ------------------------------------------------------------------

# its own spelling of an option is '*-z+[help]:FILE:_files'
for command in $commands; do
	is "$(sed -n "/^	$command)\$/,/;;/s/^		*'\*\(--*[a-z0-9A-Z-]*\).*/\1/p" \
		"$tmp/zsh" | sort -u)" "$(options_of "$command")" \
		"zsh: options of $command"
	like "$(cat "$tmp/zsh")" "^		'$command:" "zsh: the command $command"
done

# --- fish -----------------------------------------------------------------

fish_says() { # COMMAND LINE
	HOME=$tmp fish --no-config -c "source '$tmp/fish'; complete -C '$1'" |
		cut -f 1 | sort -u
}

if command -v fish >/dev/null; then
	is "$(fish_says 'mailauth keyg')" keygen "fish: a command"
	for command in $commands; do
		is "$(fish_says "mailauth $command -")" "$(options_of "$command")" \
			"fish: options of $command"
	done
	is "$(fish_says 'mailauth keygen -a ')" "ed25519
rsa" "fish: a value"
	is "$(fish_says 'mailauth setup --service mailg')" mailgun \
		"fish: a service"
	is "$(fish_says 'mailauth explain dmarc-unaligned-e')" dmarc-unaligned-esp \
		"fish: codes"
else
	skip 'fish is not installed'
fi
done_testing
