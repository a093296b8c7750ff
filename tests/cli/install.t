#!/bin/sh
# install.t - what is installed can be used, and goes away again.
. "$(dirname "$0")/lib.sh"
build=${MAILAUTH_BUILD:-build} library=${MAILAUTH_LIB:-libmailauth.a}
prefix=/opt/mail
root=$tmp/root

case $library in
libmailauth.a | build/clang/*) ;;
*) # its objects want the flags they were made with
	skip 'only the plain build is installed'
	done_testing ;;
esac

# As it was built for these tests; what the outer make was told is not meant.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
make_as_built() {
	make -s -o all "BUILD=$build" "prefix=$prefix" "DESTDIR=$root" "$@"
}

run make_as_built install
is "$code$out$err" 0 "make install"
is "$(cd "$root$prefix" && find . -type f | grep -v '\.\(h\|def\)$' | sort)" \
	"./bin/mailauth
./lib/libmailauth.a
./lib/pkgconfig/mailauth.pc
./share/bash-completion/completions/mailauth
./share/fish/vendor_completions.d/mailauth.fish
./share/man/man1/mailauth-domain.1
./share/man/man1/mailauth-keygen.1
./share/man/man1/mailauth-lint.1
./share/man/man1/mailauth-report.1
./share/man/man1/mailauth-setup.1
./share/man/man1/mailauth-sign.1
./share/man/man1/mailauth.1
./share/man/man7/mailauth-findings.7
./share/zsh/site-functions/_mailauth" "program, library, pkg-config file, manual, completions"
run "$root$prefix/bin/mailauth" -q -z "$zone" "$mail/pass.eml"
exit_is 0 "the program runs"

# by its pkg-config file, which is made to look below the root
mkdir "$tmp/pc"
sed "s|^prefix=.*|prefix=$root$prefix|" \
	"$root$prefix/lib/pkgconfig/mailauth.pc" >"$tmp/pc/mailauth.pc"
flags() {
	PKG_CONFIG_PATH=$tmp/pc ${PKG_CONFIG:-pkg-config} "$@" mailauth
}
is "$(flags --modversion)" "$(mailauth --version | sed 's/mailauth //')" \
	"its version"
# shellcheck disable=SC2046
run ${CC:-cc} -std=c11 -Wall -Wextra -Werror $(flags --cflags) \
	-o "$tmp/embed" tests/cli/embed.c $(flags --libs)
is "$code$out$err" 0 "another program compiles with the library"
run "$tmp/embed" <"$mail/pass.eml"
is "$code $out" "0 $(flags --modversion): dmarc=pass spf=pass rosewood.example" \
	"and gets a verdict"
for header in "$root$prefix"/include/mailauth/*.h; do
	echo "#include <mailauth/${header##*/}>" >"$tmp/one.c"
	# shellcheck disable=SC2046
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -fsyntax-only \
		$(flags --cflags) "$tmp/one.c" || echo "${header##*/}"
done >"$tmp/alone" 2>&1
is "$(cat "$tmp/alone")" "" "each header compiles alone"

run make_as_built uninstall
is "$code$out$err" 0 "make uninstall"
is "$(find "$root" -type f)" "" "leaves no file"

done_testing
