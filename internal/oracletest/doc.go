// Package oracletest compares what lamella takes from a lock file with what
// the tool that wrote it would install: small projects are locked by the real
// uv, Poetry, PDM and Pipenv against an index on the loopback interface, and
// the tool is then asked for its own selection. It has tests only.
//
// The environment variables LAMELLA_TEST_UV, LAMELLA_TEST_POETRY,
// LAMELLA_TEST_PDM and LAMELLA_TEST_PIPENV name the tools' executables, each
// in a virtual environment of its own. Without them uv is taken from the
// virtual environment of the tests, and what needs another tool is skipped.
package oracletest
