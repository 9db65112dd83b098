# Make only names the verbs; the program is `live-bench` (python -m bench).
.DEFAULT_GOAL := help
.PHONY: help install bench capacity certify compare doctor gate history selftest size report demo demo-cloudrun serve \
	test test-all check fix bench-fake bench-generator deploy destroy lock clean
PYTHON ?= python3
PROFILE ?= default
DIRS ?= results
BIN := .venv/bin
READY := .venv/.ready

help: ## Show what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

bench: $(READY) ## Compare the servers: PROFILE=smoke|default|full|faults, TARGETS="flask quart" or all
	$(BIN)/live-bench run --profile $(PROFILE) $(foreach target,$(TARGETS),--target $(target))

capacity: $(READY) ## Find out how many people each server holds: TARGETS="flask quart" or all
	$(BIN)/live-bench capacity $(foreach target,$(TARGETS),--target $(target))

certify: $(READY) ## Find out what the load generator itself reads wrong on this machine
	$(BIN)/live-bench certify

compare: $(READY) ## Hold one run against another: A=results/... B=results/...
	$(BIN)/live-bench compare $(A) $(B)

doctor: $(READY) ## Look for what about this machine would spoil a measurement
	$(BIN)/live-bench doctor

gate: $(READY) ## Judge a revision of the servers by another: BASE=origin/main [HEAD=worktree TARGET=quart MINUTES=10]
	$(BIN)/live-bench gate --base "$(BASE)" $(if $(HEAD),--head "$(HEAD)") $(if $(TARGET),--target "$(TARGET)") \
		$(if $(MINUTES),--max-minutes "$(MINUTES)")

selftest: $(READY) ## Prove that the gate finds what is put into a server on purpose: TARGET=quart
	$(BIN)/live-bench selftest $(if $(TARGET),--target "$(TARGET)")

history: $(READY) ## Draw how numbers went over many runs, and where they changed: DIRS=results
	$(BIN)/live-bench history $(DIRS)

size: $(READY) ## Say how many instances so many people take, and their cost: CAPACITY=results/... USERS=3000 [PRICES=...]
	$(BIN)/live-bench size "$(CAPACITY)" --users "$(USERS)" $(if $(PRICES),--prices "$(PRICES)")

demo: $(READY) ## Serve both chat pages with the fake Gemini behind them
	$(BIN)/live-bench serve quart flask

demo-cloudrun: $(READY) ## Serve both as Cloud Run would, on this machine: [OPTIONS=--public]
	$(BIN)/python -m servers.cloudrun.emulator.demo $(OPTIONS)

report: $(READY) ## Draw a run again from what it stored: RUN=results/latest
	$(BIN)/live-bench report $(or $(RUN),results/latest)

serve: $(READY) ## Serve one of them: TARGET=quart
	$(BIN)/live-bench serve $(TARGET)

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder -m "not long"

test-all: $(READY) ## Run the tests, those too that take long: every server, machine, shard and token
	$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder

check: $(READY) ## Lint, format, types and the jobs of CI, without writing anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.cloudbuild .ci/cloudbuild.yaml servers/cloudrun/cloudbuild.yaml
	$(BIN)/zizmor --quiet --offline --no-progress --persona pedantic --strict-collection .github

fix: $(READY) ## Apply the formatter and the fixes that the linter knows
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench-fake: $(READY) ## Show that the fake Gemini outruns the servers it is asked by
	$(BIN)/python -m bench.speed

bench-generator: $(READY) ## Hold the load generator against the plain recipe of Locust and websocket-client
	$(BIN)/python -m bench.generator

# PROJECT, REGION, BACKEND and DRY_RUN reach the scripts as variables; what else they take goes into OPTIONS.
deploy: ## Put the servers on Cloud Run: PROJECT=... REGION=... [BACKEND=sidecar|fake-service|api-key|vertex DRY_RUN=1]
	servers/cloudrun/deploy.sh $(OPTIONS) $(TARGETS)

destroy: ## Take away what deploy made: PROJECT=... REGION=... [DRY_RUN=1]
	servers/cloudrun/destroy.sh $(OPTIONS)

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links
lock: $(READY) ## Renew the pinned versions in requirements.lock, and those of the images
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --upgrade --extra dev pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade -c requirements.lock servers/cloudrun/requirements.in -o servers/cloudrun/requirements.lock
	$(COMPILE) --upgrade -c requirements.lock pyproject.toml -o servers/cloudrun/load.lock

install: $(READY) ## Set up .venv with the pinned packages; every other command does this by itself

# --no-deps: the lock names every package, and pip would look past a pin for one asked for with an extra (name[extra]).
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m pip check
	@touch $@

clean: ## Remove the set-up and caches; results stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache *.egg-info
