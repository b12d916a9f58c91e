# lamella. `make demo` and `make test` need Go, Python (3.10 or newer) and make;
# what else they use they fetch themselves, pinned and hashed.

PYTHON  ?= python3
VENV    := .venv-test
WHEELS  := .cache/wheels
LOCKS   := internal/test/e2e/testdata/locks
REAL    := internal/test/e2e/testdata/real
TOOLS   := $(VENV)/bin/python

# The tools whose locks lamella's choice is compared with, each in a virtual
# environment of its own; uv is in $(VENV).
ORACLES := .venv-poetry .venv-pdm .venv-pipenv

# The successor of the original tool, and the tools of docs/guides (SAM, chalice), which
# need 200 MB: those only for `make verify`.
SUCCESSOR := .venv-successor
GUIDES    := .venv-guides

# Those of docs/guides that are npm packages (CDK, osls), for `make verify` only, unless
# LAMELLA_WITHOUT=node leaves them out.
NODE      := .venv-node

# The generator of the documentation site, which needs Python 3.11.
SITE := .venv-site

TOOLS_INSTALLED := $(VENV)/.installed $(ORACLES:%=%/.installed) $(SUCCESSOR)/.installed

# The index that the binary asks when nothing else names one: the default of the
# pip that is installed here, linked in. Empty where there is no pip.
INDEX   := $(shell $(PYTHON) -c "from pip._internal.models.index import PyPI; print(PyPI.simple_url)" 2>/dev/null)
LDFLAGS := -s -w -X github.com/lamella-build/lamella/internal/index.DefaultIndex=$(INDEX) \
           $(if $(VERSION),-X github.com/lamella-build/lamella/internal/cli.Version=v$(VERSION))
BUILD   := go build -trimpath -ldflags "$(LDFLAGS)"

# The locks that `make test` installs from; `make verify` takes all of them.
TEST_LOCKS := $(LOCKS)/web-python3.13-x86_64.txt $(wildcard $(LOCKS)/small-*.txt $(REAL)/namespaces-*.txt)
ALL_LOCKS  := $(wildcard $(LOCKS)/*.txt $(REAL)/*.txt)

# RACE=1 tests with the race detector, which needs cgo and a C compiler. It slows
# down the scripts of internal/cli, which start a program for each line, and finds
# nothing in the tests that run other programs: the tests in UNRACED run without it.
# RACE=all is for all packages. VET=off leaves go vet to another step.
GO_TEST := go test -timeout 18m $(if $(VET),-vet=$(VET))
UNRACED := /internal/(cli|bench|test/(docs|e2e|house|oracletest))$$|/tools/|/cmd/

export CGO_ENABLED := 0

# A program with the race detector would sleep for a second when it ends.
export GORACE := atexit_sleep_ms=20

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: build ## publish a layer of real wheels into out/demo; no AWS account needed
	@bin/lamella deploy docs/examples/demo --to out/demo

.PHONY: build
build: ## build bin/lamella
	@$(BUILD) -o bin/lamella ./cmd/lamella

.PHONY: test
test: $(TOOLS_INSTALLED) ## run every test; makes its own virtual environment and starts its own servers
	@$(TOOLS) tools/fetch-wheels $(WHEELS) $(TEST_LOCKS)
ifeq ($(RACE),1)
	LAMELLA_TEST=required CGO_ENABLED=1 $(GO_TEST) -race $$(go list ./... | grep -vE '$(UNRACED)') & raced=$$!; \
	LAMELLA_TEST=required $(GO_TEST) $$(go list ./... | grep -E '$(UNRACED)'); unraced=$$?; \
	wait $$raced && exit $$unraced
else
	LAMELLA_TEST=required $(if $(RACE),CGO_ENABLED=1) $(GO_TEST) $(if $(RACE),-race) ./...
endif

.PHONY: verify
verify: $(TOOLS_INSTALLED) $(GUIDES)/.installed ## every test, the heavy ones too: all locks on all targets, real tools, containers, arm64; LAMELLA_WITHOUT=PART,... leaves parts out
	@tools/system-packages
	@case ",$$LAMELLA_WITHOUT," in *,node,*) ;; *) $(MAKE) --no-print-directory $(NODE)/.installed ;; esac
	@! $(PYTHON) -c 'import tomllib' 2>/dev/null || $(MAKE) site
	@$(TOOLS) tools/fetch-wheels $(WHEELS) $(ALL_LOCKS)
	LAMELLA_TEST=all $(TOOLS) tools/verify

.PHONY: bench
bench: build $(VENV)/.installed ## time lamella against its peers and draw docs/bench.svg (needs zip and openssl)
	@$(TOOLS) tools/fetch-wheels $(WHEELS) $(wildcard $(LOCKS)/*-python3.13-x86_64.txt)
	go run ./internal/bench

.PHONY: site
site: $(SITE)/.installed ## build the documentation site into out/site; a broken link is an error (needs Python 3.11)
	@$(SITE)/bin/python tools/site/build $(SITE)/bin/zensical out/site

.PHONY: counts
counts: ## print how large and how tangled the code is
	@go run ./tools/counts

.PHONY: fuzz
fuzz: ## fuzz each parser for FUZZTIME (5s)
	tools/fuzz $(or $(FUZZTIME),5s)

.PHONY: lint
lint: ## gofmt, go vet, golangci-lint, actionlint
	tools/lint

.PHONY: cross
cross: ## build for every operating system and architecture, into dist/
	@for os in linux darwin windows; do echo $$os amd64 $$os arm64; done | xargs -n 2 -P 2 sh -c \
	  'GOOS=$$0 GOARCH=$$1 $(BUILD) -o dist/lamella-$$0-$$1$$([ $$0 = windows ] && echo .exe) ./cmd/lamella'

.PHONY: release
release: cross ## every artifact of a release into dist/release: make release VERSION=1.2.3
	go run ./tools/release -version "$(VERSION)" -binaries dist -out dist/release

# The steps of .ci/run, each to be run by hand.
.PHONY: ci-lint ci-hosts ci-test ci-demo ci-snapshot ci-fuzz
ci-lint: lint ## CI: gofmt, go vet, golangci-lint, actionlint

ci-hosts: ## CI: no file names the host of a package registry
	@! git grep -nIiE 'py[p]i\.org|python[h]osted|npm[j]s\.|proxy\.go[l]ang' -- . || \
	  { echo "the index is discovered, or linked in when the binary is built" >&2; exit 1; }

# ci-lint runs go vet.
ci-test: ## CI: all tests but the heavy ones, with the race detector where there is a C compiler
	$(MAKE) test VET=off $(if $(shell command -v "$$(go env CC)"),$(if $(filter windows,$(shell go env GOHOSTOS)),,RACE=1))

ci-demo: ## CI: the demo, twice: the second run publishes nothing
	@rm -rf out/demo
	@first=$$($(MAKE) --silent demo) && second=$$($(MAKE) --silent demo) && echo "$$first" && \
	  { [ "$$first" = "$$second" ] || { echo "the second run printed: $$second" >&2; exit 1; }; }

ci-snapshot: ## CI: every artifact for every platform, and the demo with the wheel
	$(MAKE) release VERSION=0.0.0-dev.0
	PYTHON=$(PYTHON) tools/try-wheel dist/release

# Counted, not timed: the end of the time, met in the middle of an input, looks like a failure.
ci-fuzz: ## CI: a few thousand inputs for each parser
	$(MAKE) fuzz FUZZTIME=2000x

.PHONY: clean
clean: ## remove everything that make made
	rm -rf bin dist out $(VENV) $(ORACLES) $(SUCCESSOR) $(GUIDES) $(SITE) $(NODE) .cache docs/examples/demo/build

# The test tools. The second file's packages need Python 3.11; the tests that
# use them say so and are skipped with Python 3.10.
PIP_OPTIONS := --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all:
PIP_INSTALL := $(TOOLS) -m pip install $(PIP_OPTIONS)
$(VENV)/.installed: tools/test-requirements.txt tools/interop-requirements.txt
	@echo "installing the test tools into $(VENV)" >&2
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) cannot make a virtual environment; install its venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@$(PIP_INSTALL) -r tools/test-requirements.txt
	@! $(TOOLS) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(PIP_INSTALL) -r tools/interop-requirements.txt
	@touch $@

$(patsubst %,%/.installed,$(ORACLES) $(SUCCESSOR) $(GUIDES) $(SITE)): .venv-%/.installed: tools/%-requirements.txt $(VENV)/.installed
	@echo "installing $* into .venv-$*" >&2
	@rm -rf .venv-$*
	@$(PYTHON) -m venv --without-pip .venv-$*
	@$(TOOLS) -m pip --python .venv-$* install $(PIP_OPTIONS) -r $<
	@touch $@

$(NODE)/.installed: tools/guides-package.json
	@echo "installing the npm tools into $(NODE)" >&2
	@rm -rf $(NODE) && mkdir $(NODE) && cp $< $(NODE)/package.json
	@cd $(NODE) && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
	@touch $@
