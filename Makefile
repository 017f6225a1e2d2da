# Mediaflight: build, run and check. Needs Go 1.26, a C compiler, Python 3.11, Java 17 with Maven.

BIN     := bin/mediaflight
VENV    := build/venv
PYTHON  := $(VENV)/bin/python
TORCH   := build/venv-torch
SPARK   := build/venv-spark
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

# Packages in which goroutines share state; the race detector runs over these.
RACE := ./catalog/... ./exec/... ./flightsrv/...

.PHONY: demo test test-torch test-spark bench lint build docs unit race purego clients clean

## demo: load the sample media lake, serve it, run the sample queries, stay up until Ctrl-C (DEMO_EXIT=1: end at once)
demo: build
	$(BIN) demo $(if $(DEMO_EXIT),--exit)

## build: compile bin/mediaflight
build:
	@mkdir -p bin
	go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/mediaflight

## test: everything that must hold
test: lint unit race purego clients

## lint: gofmt, vet, staticcheck
lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool -modfile=integration/tools/go.mod staticcheck ./...

unit:
	go test ./...

race:
	go test -race -timeout 20m $(RACE)

## purego: without assembly, the kernels and all that computes with them; without cgo, the parser
purego:
	go test -tags purego ./udf/... ./exec/... ./catalog/parquet/...
	CGO_ENABLED=0 go test ./planner/...

## clients: real drivers against a real server process
clients: build $(VENV)/ready
	$(PYTHON) -m pytest -q integration/clients

$(VENV)/ready: integration/clients/requirements.txt clients/python/pyproject.toml
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r integration/clients/requirements.txt -e clients/python
	@touch $@

## test-torch: the client's data sets for PyTorch, apart from test since torch brings 6 GB of packages along
test-torch: build $(TORCH)/ready
	$(TORCH)/bin/python -m pytest -q integration/clients/test_torch.py integration/clients/test_torch_results.py 'integration/clients/test_docs.py::test_examples_run[docs/training.md]'

$(TORCH)/ready: integration/clients/requirements-torch.txt integration/clients/requirements.txt clients/python/pyproject.toml
	python3 -m venv $(TORCH)
	$(TORCH)/bin/python -m pip install --quiet --disable-pip-version-check -r integration/clients/requirements-torch.txt -e clients/python
	@touch $@

## test-spark: our Spark data source, and Iceberg's beside a server; apart from test, because PySpark takes 400 MB
test-spark: build $(SPARK)/ready
	$(SPARK)/bin/python -m pytest -q integration/spark

$(SPARK)/ready: integration/spark/requirements.txt clients/spark/pyproject.toml $(wildcard clients/spark/pyspark_mediaflight/*.py)
	python3 -m venv $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check -r integration/spark/requirements.txt
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps clients/spark
	mvn -q -B dependency:get -Dtransitive=false -Dartifact=org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0
	mvn -q -B dependency:get -Dtransitive=false -Dartifact=org.xerial:sqlite-jdbc:3.50.3.0
	@touch $@

## docs: write the generated pages of docs/
docs:
	go generate ./...

## bench: the Go benchmarks
bench:
	go test -run '^$$' -bench . -benchtime 1s ./...

clean:
	rm -rf bin build
