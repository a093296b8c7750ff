# mailauth - is this mail really from whom it says?
#
#   make deps demo     install what is missing, build, check a shipped message
#   make deps check    install what is missing, run the tests
#   make help          the other targets

BUILD  ?= build
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
bashdir ?= $(prefix)/share/bash-completion/completions
zshdir ?= $(prefix)/share/zsh/site-functions
fishdir ?= $(prefix)/share/fish/vendor_completions.d

PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
HARDEN ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
WARN   ?= -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	  -Wmissing-prototypes -Wpointer-arith -Wvla
LINK   ?= -pie -Wl,-z,relro,-z,now

PURE_PKGS  = libcrypto libpsl libidn2
# libarchive is loaded when it is needed, so it is not linked.
SHELL_PKGS = libcares jansson expat
HEADER_PKGS = libarchive

# Asked at the first use and not before: with `make deps demo` the answer is
# there only after deps has run.
ask_pkgs = $(shell $(PKG_CONFIG) $(1) $(2) || echo pkgs-missing)
ask = $(if $(findstring pkgs-missing,$(call ask_pkgs,$(1),$(2))),$(error \
	libraries are missing; `make deps` installs them),$(call ask_pkgs,$(1),$(2)))
PKG_CFLAGS = $(eval PKG_CFLAGS := $(call ask,--cflags,$(PURE_PKGS) \
	     $(SHELL_PKGS) $(HEADER_PKGS)))$(PKG_CFLAGS)
PURE_LIBS  = $(eval PURE_LIBS := $(call ask,--libs,$(PURE_PKGS)))$(PURE_LIBS)
SHELL_LIBS = $(eval SHELL_LIBS := $(call ask,--libs,$(SHELL_PKGS)))$(SHELL_LIBS)
LIBS = $(SHELL_LIBS) $(PURE_LIBS) -lpthread -ldl
VERSION = $(shell sed -n 's/^.define MAILAUTH_VERSION "\(.*\)"/\1/p' \
	include/mailauth/version.h)

ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc $(WARN) \
	     $(HARDEN) $(PKG_CFLAGS) $(CFLAGS) $(CPPFLAGS) -MMD -MP

PURE_SRC  = $(wildcard $(addprefix src/,base/*.c mail/*.c dns/*.c crypto/*.c \
	    spf/*.c dkim/*.c arc/*.c dmarc/*.c findings/*.c publish/*.c)) \
	    $(wildcard src/*.c)
NET_SRC   = $(wildcard src/net/*.c)
REPORT_SRC = $(wildcard src/report/*.c)
CLI_SRC   = $(wildcard src/cli/*.c)
UNIT_SRC  = $(wildcard tests/unit/test_*.c)
CASE_SRC  = $(wildcard tests/cases/*_run.c)
TOOL_SRC  = $(wildcard tests/dns/*.c tests/interop/*.c tests/bench/*.c)
FUZZ_SRC  = $(wildcard tests/fuzz/fuzz_*.c)

object = $(patsubst %.c,$(BUILD)/%.o,$(1))
PURE_OBJ = $(call object,$(PURE_SRC))
NET_OBJ  = $(call object,$(NET_SRC))
REPORT_OBJ = $(call object,$(REPORT_SRC))
CLI_OBJ  = $(call object,$(CLI_SRC))
# What of the command line is tested without it.
CLI_TESTED = $(call object,$(addprefix src/cli/,summary.c from_json.c json.c \
	     say.c screen.c mbox.c interrupt.c text_failure.c text_tls.c \
	     json_failure.c json_tls.c sandbox.c sandbox_filter.c))
UNITS = $(patsubst %.c,$(BUILD)/%,$(UNIT_SRC))
CASES = $(patsubst %.c,$(BUILD)/%,$(CASE_SRC))
TOOLS = $(patsubst %.c,$(BUILD)/%,$(TOOL_SRC))

# The plain build leaves its results at the top; the others keep to $(BUILD).
ifeq ($(BUILD),build)
BIN = mailauth
LIB = libmailauth.a
else
BIN = $(BUILD)/mailauth
LIB = $(BUILD)/libmailauth.a
endif

all: $(BIN) $(LIB)

# First things first, also with -j.
ifneq ($(filter deps deps-dev deps-cross,$(MAKECMDGOALS)),)
all tests check demo $(PURE_OBJ) $(NET_OBJ) $(REPORT_OBJ) $(CLI_OBJ) $(UNITS:=.o) \
	$(CASES:=.o) $(TOOLS:=.o) cross: | $(filter deps deps-dev deps-cross,$(MAKECMDGOALS))
endif

$(BIN): $(CLI_OBJ) $(REPORT_OBJ) $(NET_OBJ) $(LIB)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(CLI_OBJ) $(REPORT_OBJ) \
		$(NET_OBJ) $(LIB) $(LIBS)

$(LIB): $(PURE_OBJ)
	$(AR) rcsD $@.new $(PURE_OBJ)
	mv $@.new $@

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(UNITS): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o \
		$(CLI_TESTED) $(REPORT_OBJ) $(NET_OBJ) $(LIB)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lcmocka \
		$(LIBS) -larchive

$(CASES): $(BUILD)/tests/cases/%: $(BUILD)/tests/cases/%.o \
		$(BUILD)/tests/cases/case.o $(BUILD)/tests/cases/sign.o \
		$(REPORT_OBJ) $(NET_OBJ) $(LIB)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

# The whole program, with an allocator that fails.
SCARCE = $(BUILD)/tests/oom/scarce
$(SCARCE): $(SCARCE).o $(CLI_OBJ) $(REPORT_OBJ) $(NET_OBJ) $(LIB)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(TOOLS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(NET_OBJ) $(LIB)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

# --- trying it -----------------------------------------------------------

demo: all
	@tests/mail/demo ./mailauth

tests: $(BIN) $(UNITS) $(CASES) $(TOOLS) $(SCARCE)

check: tests
	@MAILAUTH=$(CURDIR)/$(BIN) MAILAUTH_BUILD=$(BUILD) \
		MAILAUTH_LIB=$(LIB) tests/run $(UNITS) $(CASES)

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	   -fno-omit-frame-pointer
asan:
	@ASAN_OPTIONS=detect_leaks=1 $(MAKE) -s BUILD=build/asan \
		HARDEN= LINK= CFLAGS="-O1 -g $(SANITIZE)" check

# Each target runs FUZZ_SECONDS; new inputs are kept under build/corpus.
FUZZ_SECONDS ?= 20
fuzz:
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_SRC)

FUZZ_CC ?= clang
FUZZ_FLAGS = -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	     -fno-sanitize-recover=undefined
fuzzers:
	@$(MAKE) -s BUILD=build/fuzz CC=$(FUZZ_CC) HARDEN= LINK= \
		CFLAGS="$(FUZZ_FLAGS)" fuzz-binaries
fuzz-binaries: $(patsubst %.c,$(BUILD)/%,$(FUZZ_SRC))
$(patsubst %.c,$(BUILD)/%,$(FUZZ_SRC)): $(BUILD)/tests/fuzz/%: \
		$(BUILD)/tests/fuzz/%.o $(CLI_TESTED) $(REPORT_OBJ) $(NET_OBJ) $(LIB)
	$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ \
		$(LIBS)

interop: all tests
	@tests/interop/run $(BUILD)

# What a test says is no matter here: some take away what coverage needs.
coverage:
	-@$(MAKE) -s BUILD=build/coverage HARDEN= LINK= \
		CFLAGS="-O0 -g --coverage -DSANDBOX_OFF" check >build/coverage.log 2>&1
	@gcovr -r . --object-directory build/coverage -e 'tests/.*' -s \
		--gcov-ignore-parse-errors build/coverage | tail -n 80

CROSS ?= i386 s390x
cross:
	+@MAKE='$(MAKE)' tests/cross/run $(CROSS)

bench: all $(TOOLS)
	@MAILAUTH=$(BIN) MAILAUTH_BUILD=$(BUILD) tests/bench/run

# Instructions of our own code, which no load and no other user changes.
count: all $(BUILD)/tests/bench/sign $(BUILD)/tests/bench/cost
	@MAILAUTH=$(BIN) MAILAUTH_BUILD=$(BUILD) \
		tests/bench/count '$(CC)' '$(CPPFLAGS) $(CFLAGS) $(HARDEN)'

# --- the house -----------------------------------------------------------

C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null)

fmt:
	@clang-format -i $(C_FILES)

lint:
	@clang-format --dry-run -Werror $(C_FILES)
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr -Iinclude \
		-Isrc --enable=warning,portability --suppress=missingInclude \
		--suppress=internalAstError --suppress=identicalInnerCondition \
		--suppress=ctunullpointer --suppress=nullPointerRedundantCheck \
		src
	mandoc -T lint -W warning man/*.[1-8]
	@$(MAKE) -s count

deps:
	@tests/deps build test

deps-dev:
	@tests/deps build test dev

deps-cross:
	@tests/deps build test cross

clean:
	rm -rf build mailauth libmailauth.a

# The manual of the findings comes from their catalogue.
manual: $(BIN)
	./$(BIN) explain --mdoc >man/mailauth-findings.7

# --- installing ----------------------------------------------------------

# The library is an archive: who links it needs its libraries, so they are
# required, not private.
within_prefix = $(patsubst $(prefix)/%,$${prefix}/%,$(1))

# The completions come from the program itself, so it must run here.
install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig \
		$(DESTDIR)$(includedir)/mailauth/findings \
		$(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man7 \
		$(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir) $(DESTDIR)$(fishdir)
	install -m 755 $(BIN) $(DESTDIR)$(bindir)/mailauth
	install -m 644 $(LIB) $(DESTDIR)$(libdir)/libmailauth.a
	install -m 644 include/mailauth/*.h $(DESTDIR)$(includedir)/mailauth
	install -m 644 include/mailauth/findings/*.def \
		$(DESTDIR)$(includedir)/mailauth/findings
	install -m 644 man/*.1 $(DESTDIR)$(mandir)/man1
	install -m 644 man/mailauth-findings.7 \
		$(DESTDIR)$(mandir)/man7/mailauth-findings.7
	printf '%s\n' 'prefix=$(prefix)' \
		'libdir=$(call within_prefix,$(libdir))' \
		'includedir=$(call within_prefix,$(includedir))' '' \
		'Name: mailauth' \
		'Description: SPF, DKIM, DMARC and ARC verification' \
		'Version: $(VERSION)' 'Requires: $(PURE_PKGS)' \
		'Libs: -L$${libdir} -lmailauth' 'Cflags: -I$${includedir}' \
		>$(DESTDIR)$(libdir)/pkgconfig/mailauth.pc
	$(abspath $(BIN)) completion bash >$(DESTDIR)$(bashdir)/mailauth
	$(abspath $(BIN)) completion zsh >$(DESTDIR)$(zshdir)/_mailauth
	$(abspath $(BIN)) completion fish >$(DESTDIR)$(fishdir)/mailauth.fish
	chmod 644 $(DESTDIR)$(libdir)/pkgconfig/mailauth.pc \
		$(DESTDIR)$(bashdir)/mailauth $(DESTDIR)$(zshdir)/_mailauth \
		$(DESTDIR)$(fishdir)/mailauth.fish

uninstall:
	rm -f $(DESTDIR)$(bindir)/mailauth $(DESTDIR)$(libdir)/libmailauth.a \
		$(DESTDIR)$(libdir)/pkgconfig/mailauth.pc \
		$(patsubst man/%,$(DESTDIR)$(mandir)/man1/%,$(wildcard \
			man/*.1)) \
		$(DESTDIR)$(mandir)/man7/mailauth-findings.7 \
		$(DESTDIR)$(bashdir)/mailauth $(DESTDIR)$(zshdir)/_mailauth \
		$(DESTDIR)$(fishdir)/mailauth.fish
	rm -rf $(DESTDIR)$(includedir)/mailauth

help:
	@printf '%s\n' \
	'all        build ./mailauth and ./libmailauth.a' \
	'deps       install what building and testing need (deps-dev: and more)' \
	'demo       check a message that passes and one that fails, offline' \
	'check      all tests, offline' \
	'asan       the same under AddressSanitizer and UBSan' \
	'fuzz       every fuzz target for FUZZ_SECONDS=20' \
	'interop    compare with other programs' \
	'cross      on 32 bits and big-endian, emulated (first deps-cross)' \
	'coverage   which lines the tests reach' \
	'bench      CPU, memory and DNS against floors and others (BENCH_BIG=1: more)' \
	'count      instructions against those recorded (UPDATE=1: record them)' \
	'fmt lint   format the sources; look for trouble' \
	'install    to DESTDIR and prefix; uninstall takes it away'

.PHONY: all demo tests check asan fuzz fuzzers fuzz-binaries interop coverage \
	cross bench count fmt lint deps deps-dev deps-cross clean install uninstall help
