# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
NAME ?= default
export N ?= 20000

# Everything runs with the tools and the settings of this checkout, wherever it is.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache
export CONTAINERS_CONF := $(CURDIR)/molecule/resources/containers.conf
export PYTHONDONTWRITEBYTECODE := 1

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## the lab, two gateways registered over mutual TLS, and what the registrar saw of them; it stays up
	@tools/demo

demo-down: ## removes what demo left up
	@tools/bootstrap lab
	@ansible-playbook -i inventories/lab molecule/resources/destroy.yml

# Within 30 minutes. With SIPTLS_SHORT, tests that are marked as nightly, every second fault of the gallery, half of the stories of the scenario
# ssh, pylint, and all but one of the other releases of ansible-core are left to make nightly
test: ## everything that CI runs
	@SIPTLS_SHORT=yes tools/gates lint unit fuzz sanity docs release integration versions browser default diagnose revocation rotation ssh

nightly: ## what make test has no time for: other scenarios, all faults of the gallery, all stories, all tests, more runs that are killed
	@SIPTLS_CONTAINER=yes tools/gates unit sanity release integration versions media rollback rollover verify_modes hardening post_quantum verification audit diagnose ssh
	@$(MAKE) kills

lint: ## style, types, documentation
	@tools/gates lint

sanity: ## ansible-test sanity
	@tools/gates sanity

unit: ## unit tests
	@tools/gates unit

integration: ## real playbooks on this machine, without containers
	@tools/gates integration

versions: ## the tests that depend on ansible-core, with each supported release that is not in .venv; SIPTLS_CONTAINER=yes in Debian 13
	@tools/gates versions

browser: ## the report in Chromium: used, looked at, held against axe-core; pictures in .cache/browser
	@tools/gates browser

fuzz: ## hostile input to every parser of SIP, SDP and SRTP: make fuzz N=1000000
	@tools/gates fuzz

kills: ## runs of rotation and rollover killed at 35 random moments
	@tools/bootstrap checks
	@SIPTLS_KILLS=20 pytest tests/integration -s -k "rotation_killed or rollover_killed"

docs: ## the documentation site, in .cache/docs
	@tools/gates docs

release: ## the collection as a user gets it: built, installed, and every command of README and documentation run with it
	@tools/gates release

scenario: ## one molecule scenario in the lab: make scenario NAME=default
	@tools/gates $(NAME)

bench: ## what the certificate task costs a fleet, beside other ways: make bench BENCH="--podman --hosts 20"
	@tools/bootstrap checks $(if $(findstring --podman,$(BENCH)),lab)
	@$(if $(findstring --podman,$(BENCH)),molecule/resources/build_images)
	@tests/benchmarks/fleet.py $(BENCH)

bench-fleet: ## what site, the plan of rotate and verify cost 50, 200 and 1,000 gateways, beside one ping: make bench-fleet BENCH="--hosts 50 --tree ../before"
	@tools/bootstrap checks
	@tests/benchmarks/playbooks.py $(BENCH)

bench-batch: ## ten thousand certificates in one task, beside the bare cryptography and beside other ways
	@tools/bootstrap checks
	@tests/benchmarks/batch.py $(BENCH)

bench-inventory: ## the inventory plugin over ten thousand and a hundred thousand certificates
	@tools/bootstrap checks
	@tests/benchmarks/inventory.py $(BENCH)

bench-report: ## a report of five thousand devices: how large, how long to make and to open
	@tools/bootstrap checks browser
	@tests/benchmarks/report.py $(BENCH)

report-libraries: ## the libraries in a report, made anew from npm; needs node
	@tools/report_libraries

build: ## the collection as a tarball
	@tools/bootstrap
	@ansible-galaxy collection build --force --output-path .cache

clean: ## removes what the tools made, but for the virtual environment
	rm -rf .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/output

.PHONY: help demo demo-down test nightly lint sanity unit fuzz integration versions browser kills docs release scenario bench bench-fleet bench-batch bench-inventory bench-report report-libraries build clean
