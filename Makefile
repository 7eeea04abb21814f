# What a newcomer runs: `make demo`, `make test`. What a commit needs: `make check`.
# Everything uses the release profile, so that polars is built once (about a quarter of an hour on two cores).

CARGO ?= cargo
OUT ?= out

# A folder with the public linkage sets, for `bench-peers`; without it two of its sets are left out.
DATA ?= ../shared/data

.PHONY: demo test test-faults test-hostile test-load test-rules test-spark deny sbom dist dist-static browser check format lint bench bench-national bench-peers bench-quality bench-spark docs clean

demo:
	$(CARGO) build --release
	rm -rf $(OUT)/demo
	mkdir -p $(OUT)
	$(CARGO) run --release --quiet -- demo --out $(OUT)/demo

test:
	$(CARGO) test --release

# Every fault at every call by which the commands change the disk; `make test` tries a part of them.
test-faults:
	REWASH_FAULTS=all $(CARGO) test --release --test it faults:: -- --nocapture

# Nasty files through every command, and thousands of mutants through every reader; `make test` tries a part of them.
test-hostile:
	REWASH_FAULTS=all $(CARGO) test --release --test it hostile:: -- --nocapture

# A thousand months on one ledger, and a ledger of a million cases; `make test` runs fewer.
test-load:
	REWASH_LOAD=all $(CARGO) test --release --test it load:: -- --nocapture

# Licences, advisories, duplicates and sources, where cargo-deny is installed; all but advisories is a test as well.
deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny check; \
	else echo 'cargo-deny is not installed: advisories are not asked, the rest is in `make test`'; fi

# What the program is made of, in CycloneDX.
sbom:
	mkdir -p $(OUT)
	REWASH_SBOM=$(abspath $(OUT))/sbom.json $(CARGO) test --release --test it supply::

# Rules of the memorandum switched off one by one, in a copy of the project: the test that guards each must fail then.
test-rules:
	$(CARGO) test --release --test it rules:: -- --include-ignored --nocapture

# Trace, link and dedupe on Spark in local-cluster mode beside one machine, each cut into 1, 7 and 64 parts. Needs Java 17, Python and PyPI; makes its own
# Python environment in the user's cache, and says what is missing.
test-spark:
	$(CARGO) build --release
	REWASH_SPARK=all sh tests/spark/run.sh "$${CARGO_TARGET_DIR:-target}/release/rewash" $(OUT)/spark

# The program for other machines: one file, and the oldest glibc that it runs on. The wheel, which puts it on the path by
# pip: `maturin build --release` (pyproject.toml).
dist:
	$(CARGO) build --release
	mkdir -p $(OUT)/dist
	cp "$${CARGO_TARGET_DIR:-target}/release/rewash" $(OUT)/dist/
	strip $(OUT)/dist/rewash
	objdump -T $(OUT)/dist/rewash | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1 | tee $(OUT)/dist/needs.txt

# The same without any library. Needs musl-gcc (Debian: musl-tools), which a machine that runs Spark should not have: its snappy then
# looks for a musl that the JVM has not. Everything is built once more.
dist-static:
	rustup target add x86_64-unknown-linux-musl
	$(CARGO) build --release --locked --target x86_64-unknown-linux-musl
	mkdir -p $(OUT)/dist
	cp "$${CARGO_TARGET_DIR:-target}/x86_64-unknown-linux-musl/release/rewash" $(OUT)/dist/rewash-static
	strip $(OUT)/dist/rewash-static

# The report's page in a browser: brings axe-core, with which the test judges it. Chromium comes from the distribution.
browser:
	npm ci --prefix tests/browser
	$(CARGO) test --release --test it page::

check: format lint deny test docs
	$(CARGO) bench --no-run

format:
	$(CARGO) fmt --check

lint:
	$(CARGO) clippy --release --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --no-deps --document-private-items

# Kernels, keys, index, compare and score by criterion; then one whole trace of 1.5 million rows.
bench:
	$(CARGO) bench
	sh benches/whole.sh $(OUT)

# Precision and recall of the trace on made data of a million people.
bench-quality:
	sh benches/quality.sh $(OUT)

# The trace at 10^6, 10^7 and 10^8 register rows: seconds and rate by stage, peak memory. 5 GB of disk, ten minutes.
bench-national:
	sh benches/national.sh $(OUT)

# What a core does in Spark's scan tasks, beside one process: ten million rows. Needs what test-spark needs; 1 GB of disk.
bench-spark:
	$(CARGO) build --release
	sh benches/spark.sh $(OUT)

# Beside Splink, on the same files on the same machine: one table, kept in benches/record. Needs Python and PyPI.
bench-peers:
	sh benches/peers.sh "$(DATA)" $(OUT)

clean:
	rm -rf $(OUT)
