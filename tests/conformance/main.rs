//! Conformance tests.
use apollo_compiler as _;
use jsonschema as _;
