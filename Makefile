# Two commands do all the set-up: `make demo` runs the main job, `make test` passes the tests.
BLUEPRINT ?= blueprints/sso.yaml
SHELL := /bin/bash

.PHONY: demo test build check clean

demo: build
	@node scripts/demo.js $(BLUEPRINT)

test: build
	@node scripts/test.js

check: node_modules/.package-lock.json
	npm run --silent check

build: dist/main.js

dist/main.js: node_modules/.package-lock.json $(shell find src infra/stand-ins -name dist -prune -o -name node_modules -prune -o -type f -print 2>/dev/null) tsconfig.json tsconfig.build.json package.json
	@rm -rf dist infra/stand-ins/dist src/service/dist && npm run --silent build && touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@command -v node >/dev/null || { echo 'authctl needs Node 20.19 or newer: https://nodejs.org' >&2; exit 1; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf dist infra/stand-ins/dist src/service/dist node_modules coverage test-output
