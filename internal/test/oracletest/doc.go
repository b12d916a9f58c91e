// Package oracletest compares what lamella takes from a lock file with what
// the tool that wrote it would install: small projects are locked by the real
// uv, Poetry, PDM and Pipenv against an index on the loopback interface, and
// the tool is then asked for its own selection. It has tests only.
//
// `make test` compares a part of the projects and of the ways to ask for them,
// `make verify` all.
package oracletest
