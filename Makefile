# Two commands do all the set-up: `make demo` runs the main job, `make test` passes the tests.
BLUEPRINT ?= blueprints/sso.yaml
SHELL := /bin/bash

.PHONY: demo test test-long test-containers build check clean test-nodes docs

demo: build
	@node scripts/demo.js $(BLUEPRINT)

test: build
	@node scripts/test.js

# Whole suites that `make test` runs small, and the tests of the tests.
test-long: export AUTHCTL_HOSTILE_REQUESTS ?= 100000
test-long: export AUTHCTL_HOSTILE_HTTP_REQUESTS ?= 10000
test-long: export AUTHCTL_ROUTED_REQUESTS ?= 100000
test-long: export AUTHCTL_ROTATIONS ?= 5
test-long: export AUTHCTL_HOSTILE_NGINX_REQUESTS ?= 20000
test-long: export AUTHCTL_DEMAND ?= whole
test-long: export AUTHCTL_YAML_TEXTS ?= 50000
test-long: export AUTHCTL_PROPERTY_TIMES ?= 5
test-long: export AUTHCTL_AS_FOUND ?= strict
test-long: export AUTHCTL_KILLS ?= 40
test-long: export AUTHCTL_TOGETHER ?= 50
test-long: export AUTHCTL_APPLY_KILLS ?= 200
test-long: export AUTHCTL_FAULTS_EVERY ?= 1
test-long: export AUTHCTL_WATCHED ?= 300
test-long: export AUTHCTL_ISSUER_SABOTAGES ?= all
test-long: export AUTHCTL_INTERRUPTIONS ?= 10
test-long: build
	@node scripts/test.js
	@npm run --silent mutation
	@node scripts/nodes.js

# The unit and cli tests on Node 22 and 24.
test-nodes: build
	@node scripts/nodes.js

# The same servers in containers: sets up what is missing where it may (root, Debian), and says what it skips.
test-containers: build
	@node scripts/containers.js

# docs/ as a site, in docs-site/dist.
docs:
	@node scripts/docs.js

check: node_modules/.package-lock.json
	npm run --silent check

build: dist/main.js

dist/main.js: node_modules/.package-lock.json $(shell find src infra/stand-ins -name dist -prune -o -name node_modules -prune -o -type f -print 2>/dev/null) tsconfig.json tsconfig.build.json package.json
	@rm -rf dist infra/stand-ins/dist src/service/dist && node scripts/going.js 'building' npm run --silent build && touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@command -v node >/dev/null || { echo 'authctl needs Node 20.19 or newer: https://nodejs.org' >&2; exit 1; }
	@node scripts/going.js 'fetching packages' npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf dist infra/stand-ins/dist src/service/dist node_modules coverage test-output docs-site/dist docs-site/node_modules docs-site/.pages
