# The targets that people use; "make" prints them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Works with and without version control information (a source archive has none).
GO := go
GOFLAGS_BUILD := -buildvcs=auto
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 10000x
BENCH ?= .
DURATION ?= 1h
CRASHES ?= 200

.PHONY: help
help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: build
build: ## bin/stage6
	CGO_ENABLED=0 $(GO) build $(GOFLAGS_BUILD) -trimpath -o bin/stage6 ./cmd/stage6

.PHONY: run
run: ## a network with clients, served by stage6, until Ctrl-C (ONCE=1: once through)
	@ONCE=$(ONCE) scripts/run

.PHONY: test
test: deps lint generated unit plugins fuzz integ ## everything that CI checks

.PHONY: deps
deps: ## install the Debian packages that the integration tests drive (as root)
	@scripts/headline "packages"
	@scripts/install-packages

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@scripts/headline "gofmt"
	@scripts/check-format
	@scripts/headline "go vet"
	$(GO) vet -p 2 ./...
	@scripts/headline "staticcheck"
	$(GO) run $(STATICCHECK) ./...

.PHONY: generated
generated: ## generated code is up to date
	@scripts/headline "generated code"
	@scripts/check-generated

.PHONY: unit
unit: ## go test -race, without the integration tests
	@scripts/headline "unit tests"
	scripts/summarized $(GO) test -race -p 2 -timeout 10m $$($(GO) list ./... | grep -v '/integ$$')

.PHONY: plugins
plugins: ## the worked examples of plugins, each a module of its own
	@scripts/headline "examples of plugins"
	@scripts/plugin-examples

.PHONY: fuzz
fuzz: ## every fuzz test, FUZZTIME inputs each
	@scripts/headline "fuzzing, $(FUZZTIME) each"
	@scripts/fuzz $(FUZZTIME)

.PHONY: integ
integ: ## real clients and relays in network namespaces
	@scripts/headline "integration tests"
	scripts/integ

.PHONY: crash
crash: ## kill -9 and losses of power under load, CRASHES times each (as root)
	@scripts/headline "crashes, $(CRASHES) of each kind"
	STAGE6_TEST_CRASHES=$(CRASHES) $(GO) test -count=1 -timeout 4h -v -run 'OutlivesTheServer|OutlivesALossOfPower' ./integ

.PHONY: attacks
attacks: ## every hostile input, and plugins that misbehave, against a server that runs (as root)
	@scripts/headline "attacks"
	$(GO) test -count=1 -v -run '^(TestHostile|TestPluginsThatMisbehave)$$' ./integ

.PHONY: bench
bench: build ## measure, beside other servers, too, and write a report (RUNS=1 SECONDS=3: quickly; REPORT=FILE; PARTS="go hostile peers scale floods")
	@PARTS="$(PARTS)" RUNS="$(RUNS)" SECONDS_EACH="$(SECONDS)" BENCH="$(BENCH)" REPORT="$(REPORT)" MOST="$(MOST)" scripts/bench

.PHONY: man
man: ## manual pages, into dist/man
	$(GO) run ./packaging/man --version "$$(git describe --tags --always 2>/dev/null)" dist/man

.PHONY: deb
deb: ## the Debian package, into dist
	@packaging/debian/build dist

.PHONY: container
container: ## a container image, with podman or docker
	$$(command -v podman || command -v docker) build -f packaging/Containerfile -t stage6 .

.PHONY: longrun
longrun: build ## machines of all kinds live with the server for DURATION, over bad networks (as root)
	$(GO) build -o bin/stage6-longrun ./bench/longrun
	bin/stage6-longrun --duration $(DURATION) --json bin/longrun.json bin/stage6

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist .cache
