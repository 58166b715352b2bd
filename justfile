# The words of CI, for the shell. `just` lists them.

_default:
    @just --list

# Format the sources
fmt:
    cargo fmt --all

# Clippy, warnings denied
lint:
    cargo clippy --all-targets --locked -- -D warnings

# The API's documentation, warnings denied
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

# Every test; conformance only where its data is
test:
    cargo test --locked

# The conformance tests, which fail when their data is missing
conformance:
    CI=true cargo test --locked --test conformance

# Licences, advisories, banned crates (needs cargo-deny)
deny:
    cargo deny --locked check

# Write the generated documentation anew
docs:
    UPDATE_DOCS=1 cargo test --locked --test it policy

# What must pass before a merge
ci:
    .ci/run

# See it work
demo *ARGS:
    cargo run --release --locked -- demo {{ARGS}}
