# Bare `make` lists the commands.
SHELL := /bin/bash
export PKG_CONFIG_PATH := $(CURDIR)/.deps/openvino/lib/pkgconfig:$(PKG_CONFIG_PATH)

.DEFAULT_GOAL := help
.PHONY: help setup build demo test check format sanitize recovery hostile fuzz bench-catalog bench-collect bench-embed \
	bench-fetch bench-index bench-ingest bench-peer bench-search bench-service bench-text eval fidelity model-switch clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building needs (Debian packages, OpenVINO)
	@scripts/setup.sh

build: setup ## Build nftopia and the stand-in, optimised
	@swift build -c release

demo: ## Set everything up, ingest 18,121 pictures and serve them (SERVE=0: print searches instead)
	@scripts/setup.sh demo
	@swift build -c release
	@scripts/demo.sh

test: ## Set up, build and run all tests
	@scripts/setup.sh test
	@swift build --build-tests
	@scripts/test.sh

check: ## Format, lint, build with warnings as errors, run the tests
	@scripts/setup.sh test
	@scripts/check.sh test

format: ## Format all Swift files
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

sanitize: ## Run unit suites under the address and thread sanitizers (SANITIZER=thread, TESTS=VectorEngineTests, FILTER)
	@scripts/setup.sh test
	@scripts/sanitize.sh "$(or $(SANITIZER),address thread)" "$(TESTS)" "$(FILTER)"

recovery: ## Kill ingest 20 times over all the demo's pictures, and a writer of a coded index 200 times, and compare
	@scripts/setup.sh demo
	@swift build -c release
	@swift build --build-tests
	@NFTOPIA_PRODUCTS="$$(swift build -c release --show-bin-path)" NFTOPIA_RECOVERY_PUNKS=10000 \
		NFTOPIA_RECOVERY_FOLDER=/usr/share/openclipart/png NFTOPIA_CRASHES=200 \
		swift test --skip-build --no-parallel --filter 'twenty|CrashTests'

hostile: ## Send 20,000 items through the stand-in's hostile web and check every outcome (ITEMS, HOSTS, SEED)
	@scripts/setup.sh test
	@swift build -c release
	@scripts/hostile.sh

fuzz: ## Fuzz the parsers that strangers feed (SECONDS_EACH=60)
	@scripts/setup.sh
	@scripts/fuzz.sh

bench-catalog: ## Measure recording 2,000,000 made-up items (ITEMS)
	@swift build -c release --product nftopia
	@"$$(swift build -c release --show-bin-path)/nftopia" bench catalog --items $(or $(ITEMS),2000000)

bench-collect: ## Measure collecting 22,000 contracts from the stand-in, undisturbed and killed three times
	@scripts/setup.sh demo
	@swift build -c release
	@scripts/bench-collect.sh

bench-embed: ## Measure the image tower and stored pictures beside ONNX Runtime and Pillow (MODEL, INT8, ROUNDS)
	@scripts/setup.sh demo
	@swift build -c release --product nftopia
	@scripts/bench-embed.sh

bench-fetch: ## Measure fetching, shrinking and storing beside img2dataset on the same URLs (ITEMS, ROUNDS)
	@scripts/setup.sh demo
	@swift build -c release
	@scripts/bench-fetch.sh

bench-index: ## Measure the vector index with codes beside faiss, hnswlib and others (COUNT=200000)
	@scripts/setup.sh
	@swift build -c release --product nftopia
	@scripts/bench-index.sh

bench-ingest: ## Measure the pipeline on the demo's pictures
	@scripts/setup.sh demo
	@swift build -c release
	@scripts/bench-ingest.sh

bench-peer: ## Measure the pipeline beside the usual Python one on the same pictures
	@scripts/setup.sh demo
	@swift build -c release
	@scripts/bench-peer.sh

bench-search: ## Measure queries over HTTP against the demo's library
	@swift build -c release
	@scripts/bench-search.py

bench-service: ## Measure the embedding service with 64 clients beside its towers (MODEL, PICTURES, SECONDS)
	@swift build -c release --product nftopia
	@scripts/bench-service.py $(if $(MODEL),--model $(MODEL)) --pictures $(or $(PICTURES),library/images) \
		--seconds $(or $(SECONDS),20)

bench-text: ## Measure the text tower beside ONNX Runtime by length of the text (MODEL, INT8, ROUNDS)
	@scripts/setup.sh
	@swift build -c release --product nftopia
	@scripts/bench-text.sh

fidelity: ## Compare preprocessing and towers with the reference libraries in f32, bf16 and int8 (MODELS; 5 GB, 30 min)
	@scripts/setup.sh test
	@swift build -c release
	@swift build --build-tests
	@scripts/fidelity.sh

model-switch: ## Change the demo library's model and back under load, killing it on the way
	@swift build -c release
	@scripts/model-switch.py

eval: ## Count known punks among the hits of the demo's library
	@swift build -c release
	@scripts/eval-punks.py

clean: ## Remove build products (libraries and downloads stay)
	@rm -rf .build .build-*
