# Two commands: `make run` and `make test`. Each does all of its own set-up.
PYTHON = .venv/bin/python -W ignore
PREPARE = python3 deploy/prepare.py

.PHONY: run test check fix lock crawl bench faults attack messages docs clean

run:
	@$(PREPARE) run
	@exec $(PYTHON) -m portal.launcher

# Both workers load every test: what Python compiled of them last time is kept, wherever the shell says to keep nothing.
test:
	@$(PREPARE) test
	@env -u PYTHONDONTWRITEBYTECODE $(PYTHON) -m pytest -n 2 -q -rs $(TESTS)

check:
	@$(PREPARE) test
	@$(PYTHON) -m portal.checks

fix:
	@$(PREPARE) test
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .
	@git ls-files '*.html' | xargs -r .venv/bin/djade --target-version 5.2

crawl bench faults attack:
	@$(PREPARE) test
	@$(PYTHON) -m pytest -q tests/$@

# Pinned, hashed, and without the address of any registry.
lock:
	@for name in base dev node; do .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done

messages:
	@.venv/bin/python manage.py makemessages --locale en --no-location --no-wrap

# Pages that are written from what the tests know.
docs:
	@$(PYTHON) -m tests.architecture.access_doc

clean:
	@rm -rf var/test .pytest_cache .mypy_cache .ruff_cache
