# Every command of the project. What a command needs (Go tools, the Python environment, databases) it sets up itself.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOTESTSUM := gotest.tools/gotestsum@v1.13.0

RESULTS := $(CURDIR)/out/results
SHARED ?= $(CURDIR)/../shared
# How many of Prefect's own tests and of our flows run at the same time.
WORKERS ?= 2
PYTEST := .venv/bin/python -m pytest
# A few failures are run once more, alone, and scripts/results names them: a busy machine is not a broken test, and not hidden.
# Most tests wait more than they work, so that more of them run at once than there are processors; the longest begin first.
GOTEST_FLAGS := -timeout 20m -p 4 -parallel 8
GOTEST = "$$(scripts/go-tool $(GOTESTSUM))" --format pkgname --rerun-fails=1 --rerun-fails-max-failures=5 \
	--packages="./test/corpus ./internal/api ./internal/automation ./..." \
	--junitfile-hide-empty-pkg --junitfile
# The flags of a run: make run ARGS="--port 4300"
ARGS ?=

export CGO_ENABLED ?= 0

.PHONY: help
help: ## This list
	@awk -F':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build, then start the server at http://127.0.0.1:4200 (more flags: ARGS="...")
	exec bin/praetor server start $(ARGS)

.PHONY: build
build: ## Make bin/praetor: one static binary
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/praetor ./cmd/praetor

.PHONY: test
test: build python-env ## All tests: Go, the corpus, the Prefect client and schemathesis, on SQLite, PostgreSQL and Redis
	rm -rf $(RESULTS)
	scripts/with-databases $(MAKE) --no-print-directory -k test-go test-e2e-sqlite test-e2e-postgresql
	scripts/results $(RESULTS)

.PHONY: test-go
test-go:
	@mkdir -p $(RESULTS)
	$(GOTEST) $(RESULTS)/go.xml -- $(GOTEST_FLAGS)

.PHONY: test-e2e-sqlite test-e2e-postgresql
test-e2e-sqlite test-e2e-postgresql: test-e2e-%:
	@mkdir -p $(RESULTS)
	@if [ "$*" = postgresql ] && [ -z "$${PRAETOR_TEST_POSTGRES:-}" ]; then \
		echo "$@: there is no PostgreSQL (PRAETOR_TEST_POSTGRES): not run"; exit 0; fi; \
	$(PYTEST) test/e2e --server praetor --db $* -n $(WORKERS) --junitxml $(RESULTS)/e2e-$*.xml

.PHONY: check
check: ## Format, vet and lint; who may import whom is among the linter's rules
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	"$$(scripts/go-tool $(GOLANGCI_LINT))" run ./...

.PHONY: race
# SQLite, C as Go whose connections one goroutine uses at a time, is not watched: that would take half of the time. No more than that
# package can be left out: of a generic function that both kinds of packages use, the linker keeps one copy, which may be the unwatched one.
race: ## The Go tests under the race detector (needs a C compiler)
	@mkdir -p $(RESULTS)
	CGO_ENABLED=1 scripts/with-databases $(GOTEST) $(RESULTS)/race.xml -- -race -gcflags='modernc.org/sqlite/lib=-race=false' -short $(GOTEST_FLAGS)

.PHONY: simulation
simulation: ## 10,000 simulations of automations on each database, against an oracle: for the night
	PRAETOR_SIMULATION_SEEDS=10000 scripts/with-databases go test ./internal/automation -run OracleSays -count 1 -timeout 5h

.PHONY: bench
bench: build python-env ## Side by side with the reference, on both databases; the table of the README comes from it
	bench/run $(ARGS)

.PHONY: bench-tick
bench-tick: python-env ## One tick of the scheduler over 10,000 deployments, side by side with the reference
	go build -o bench/out/tick ./bench/tick
	bench/with-postgres bench/out/tick $(ARGS)

.PHONY: bench-flood
bench-flood: build ## Events as fast as they are taken for 5 minutes, on each database, with a kill in the middle: what is lost, and how memory goes
	@mkdir -p bench/out
	go build -o bench/out/flood-of-events ./bench/flood
	bench/with-postgres bench/out/flood-of-events $(ARGS)

.PHONY: peer
peer: build python-env ## Prefect's own API tests against bin/praetor, on both databases; none that passed may fail again
	scripts/with-databases scripts/peer $(SHARED)/peer $(WORKERS)

.PHONY: python-env
python-env:
	scripts/python-env

.PHONY: clean
clean: ## Remove everything that the other commands made
	rm -rf bin out .tools .venv bench/out
