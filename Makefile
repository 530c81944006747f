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
	$(GO) test -race -p 2 -timeout 10m $$($(GO) list ./... | grep -v '/integ$$')

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
	$(GO) test -count=1 -parallel 6 -timeout 30m ./integ/...

.PHONY: bench
bench: ## benchmarks whose name matches BENCH
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -p 1 ./...

.PHONY: man
man: ## manual pages, into dist/man
	$(GO) run ./packaging/man --version "$$(git describe --tags --always 2>/dev/null)" dist/man

.PHONY: deb
deb: ## the Debian package, into dist
	@packaging/debian/build dist

.PHONY: container
container: ## a container image, with podman or docker
	$$(command -v podman || command -v docker) build -f packaging/Containerfile -t stage6 .

.PHONY: bench-peers
bench-peers: build ## beside Kea, dhcpd and dnsmasq (as root, on a machine that does nothing else)
	$(GO) run ./bench/peers bin/stage6

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist .cache
