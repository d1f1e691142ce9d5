# What a change must pass: make check. See CONTRIBUTING.md.

TOOL := go tool -modfile=tools/go.mod
FUZZTIME ?= 20000x
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: check format vet lint deadcode test race fuzz cross generate tools bench corpora e2e

check: format vet lint deadcode race

format:
	@files=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$files" ]; then echo "not formatted (run gofmt -w):"; echo "$$files"; exit 1; fi

vet:
	go vet ./...
	cd bench && go vet ./...

lint:
	$(TOOL) staticcheck ./...

deadcode:
	@dead=$$($(TOOL) deadcode -test ./...) || exit 1; \
	if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi

test:
	go test ./...

# The race detector makes a computation ten times slower: draws are fewer.
race:
	go test -race -short ./...

# Every fuzz target for a number of inputs. A crasher is written to testdata/fuzz.
# A number, since a run that ends by the clock can fail with nothing but "context
# deadline exceeded" (a race in the go command, seen on a busy machine); and few
# tries to shorten an input, which else may take a minute for each.
fuzz:
	@set -e; for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$target $(FUZZTIME)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
	  done; \
	done

cross:
	@set -e; for p in $(PLATFORMS); do \
	  echo "build $$p"; \
	  CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -trimpath -o /dev/null ./cmd/vedette; \
	done

# TAK clients of others against the server: needs Node.js 20.18 or later and
# openssl, and a network only until the packages are there.
e2e: e2e/node_modules/.package-lock.json
	go build -o bin/vedette ./cmd/vedette
	cd e2e && timeout 300 node --test --test-timeout=60000 tak/

e2e/node_modules/.package-lock.json: e2e/package-lock.json e2e/package.json
	cd e2e && npm ci

generate:
	go generate ./...

# Fetches all that check needs, so that it then works without a network.
tools:
	go mod download
	cd tools && go mod download
	cd bench && go mod download

bench:
	cd bench && go run ./viewshed --python /usr/bin/python3 && go run ./truth && go run ./passes && go run ./draws && go run ./journal && go run ./relay

# How well reports are read, on corpora that are no part of the project; without
# their folder it says that it did not run.
CORPORA ?= $(abspath ../shared/data)
corpora:
	cd bench && go run ./corpora --data $(CORPORA)

-include Makefile.peers
