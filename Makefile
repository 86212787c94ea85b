# `make` builds build/docker-containerd-shim. `make help` lists the rest.

PREFIX ?= /usr
DESTDIR ?=
# Flags for V8, separated by spaces, that are built into the executable: no threads of its own, and a gc()
# to give memory back.
V8_FLAGS ?= --single-threaded --expose-gc
export V8_FLAGS
# Another architecture: TARGET=aarch64-unknown-linux-gnu, where Deno can get its denort for it.
TARGET ?=
export TARGET
# Another version of denort: ENGINE=2.7.11. docs/engines.md has those that were tried.
ENGINE ?=
export ENGINE

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

NAME := docker-containerd-shim
BUILT := build/$(if $(TARGET),$(TARGET)/)$(NAME)
MANUAL = $(PREFIX)/share/man/man8/$(NAME).8
BUNDLE := build/bundle
SETTINGS := $(dir $(BUILT))settings
SOURCES := main.ts $(shell find src ffi -name "*.ts")

.PHONY: build
build: $(BUILT) ## build the executable build/docker-containerd-shim (the default)

.PHONY: help
help: ## say what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo "Variables: PREFIX, DESTDIR, FORM=native|portable (install) · TARGET, ENGINE, V8_FLAGS, DENORT_BIN, DENO_COMPILER, NETWORK=open|closed (build)"

.PHONY: setup
setup: toolchain packages roots ## get what is missing: Deno and npm packages into .toolchain, Debian packages

.PHONY: toolchain packages roots
toolchain:
	@tools/setup

packages:
	@tools/packages

roots: | packages
	@tools/roots

# Changes whenever the same sources would make another executable.
$(SETTINGS): toolchain
	@mkdir -p $(@D)
	@{ echo "V8_FLAGS=$$V8_FLAGS TARGET=$$TARGET ENGINE=$$ENGINE"; echo "DENORT_BIN=$${DENORT_BIN:-} DENO_COMPILER=$${DENO_COMPILER:-}"; tools/network_ways; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILT): $(SOURCES) deno.json deno.lock $(wildcard tools/closed_network/*) tools/build tools/bundle tools/engine.sh $(SETTINGS)
	@tools/build $@

$(BUNDLE)/config.json: tools/rootfs | packages
	@rm -rf $(BUNDLE)
	@tools/rootfs $(BUNDLE)

.PHONY: rootfs
rootfs: $(BUNDLE)/config.json ## make build/bundle, an OCI bundle with busybox for runc

# A tree that is copied onto / and needs no C library there.
PORTABLE := build/$(if $(TARGET),$(TARGET)/)portable
$(PORTABLE): $(BUILT) tools/portable tools/tree tools/components.mjs docs/$(NAME).8 | packages
	@tools/portable $@ "$(PREFIX)"
	@touch $@

.PHONY: portable
portable: $(PORTABLE) ## make build/portable, a tree to be copied onto / of a host whose C library does not matter

.PHONY: demo
demo: build rootfs ## run a container through the shim as a daemon would, and show what happened
	@tools/deno run -A tests/support/demo.ts

.PHONY: test
test: lint build portable rootfs roots ## lint, build, and the tests that do not take long
	@tools/test

.PHONY: test-slow
test-slow: build portable rootfs ## the others: they build executables to compare them, and play whole Dockers
	@tools/test --slow

# ENGINES='2.7.11,2.9.6 CLI' are those alone; FLAGS=--short runs a few suites.
.PHONY: engines
engines: toolchain rootfs ## try each engine that can be had (40 minutes), table in docs/engines.md
	@tools/deno run -A tests/hosts/engines.ts --engines='$(ENGINES)' \
	  --markdown=$(if $(ENGINES)$(FLAGS),build/engines.md,docs/engines.md) $(FLAGS)
	@$(if $(ENGINES)$(FLAGS),,tools/deno fmt --quiet docs/engines.md)

.PHONY: test-old-kernel
test-old-kernel: build rootfs ## the tests of the executable with no system call newer than Linux 3.10
	@tools/deno run -A tests/hosts/old_kernel.ts $(FLAGS)

.PHONY: test-aarch64
test-aarch64: toolchain ## build for aarch64, test ffi/ and lives of the shim under qemu-user (ten minutes)
	@tools/packages aarch64
	@$(MAKE) --no-print-directory portable TARGET=aarch64-unknown-linux-gnu
	@tools/test_aarch64

# SHIM=/path compares another binary, UPSTREAM=/path with a live one instead of the recordings; VERSIONS=all with
# those of Docker 1.11 and 1.12 too. LIST is a file for machines, a line of JSON a scenario.
SHIM ?= $(BUILT)
MARKDOWN ?= build/conformance.md
LIST ?= build/conformance.jsonl
.PHONY: compare
compare: $(if $(filter $(BUILT),$(SHIM)),build) rootfs ## hold what the shim does against what upstream did
	@tools/deno run -A tests/conformance/main.ts --shim "$(abspath $(SHIM))" $(if $(UPSTREAM),--upstream "$(UPSTREAM)") \
	  --json "$(LIST)" --markdown "$(MARKDOWN)" $(if $(VERSIONS),--versions '$(VERSIONS)') $(if $(MATCH),--match '$(MATCH)')

# DOCKER=/path is a directory with dockerd, docker, docker-containerd and so on. Needs root and cgroup v1.
.PHONY: docker
docker: $(if $(filter $(BUILT),$(SHIM)),build) rootfs ## do what people do with Docker 17.0x, with its shim and with ours; DOCKER=/path/to/bundle
	@tools/deno run -A tests/docker/main.ts --shim "$(abspath $(SHIM))" $(FLAGS) $(if $(DOCKER),"$(DOCKER)")

# Some five minutes. BASELINE=/path is another build of this project.
.PHONY: bench
bench: build rootfs ## measure it: start, end, throughput, memory; UPSTREAM=/path beside upstream
	@mkdir -p docs
	@tools/deno run -A tests/bench/main.ts --upstream="$(UPSTREAM)" --baseline="$(BASELINE)" \
	  --json build/bench.json --markdown docs/bench.md --svg docs/bench.svg $(BENCH_FLAGS)

# The long ones: FLAGS are those of the programs, see their first lines.
.PHONY: faults
faults: build ## fail every system call of the shim in turn (five minutes), table in docs/faults.md
	@tools/deno run -A tests/robustness/faults.ts --markdown=docs/faults.md $(FLAGS)

.PHONY: fuzz
fuzz: build ## feed it with random input; FLAGS=--seconds=600 for longer
	@tools/deno run -A tests/robustness/fuzz.ts $(FLAGS)

.PHONY: soak
soak: build ## thousands of lives, 100 000 rounds of writes and silence, a hundred shims at once (20 minutes)
	@tools/deno run -A tests/robustness/soak.ts $(FLAGS)

.PHONY: test-node
test-node: build ## test the modules without FFI under Node
	@tools/test_node

.PHONY: lint
lint: toolchain ## check format, style, types and the fence around ffi/
	@tools/lint

.PHONY: fmt
fmt: toolchain ## format the code
	@tools/deno fmt --quiet

# Installs what is there, so that root need not have the builder's environment. A staged tree (DESTDIR)
# is for another machine. FORM=native or FORM=portable decides which form, otherwise the C library here does.
.PHONY: install
install: $(if $(wildcard $(BUILT)),,build) ## put the executable and its manual page below $(DESTDIR)$(PREFIX)
	@native="$$(mktemp -d)"; trap 'rm -rf "$$native"' EXIT; \
	  tools/tree $(BUILT) "$(PREFIX)" "$$native"; \
	  DESTDIR="$(DESTDIR)" FORM="$(FORM)" tools/install "$$native" $(PORTABLE)

.PHONY: uninstall
uninstall: ## remove them from there
	@DESTDIR="$(DESTDIR)" tools/install --uninstall "$(PREFIX)"

.PHONY: dist
dist: build portable ## make a tarball in build/ with the executable, its papers and a bill of materials
	@tools/dist $(BUILT) $(PORTABLE) build

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: distclean
distclean: clean ## remove .toolchain/ too
	rm -rf .toolchain
