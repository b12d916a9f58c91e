// Package e2e tests the true binary from outside: against real wheels, S3 and
// Lambda as moto plays them, the tool that lamella shares its S3 layout with,
// uv, and real interpreters. The scripts in testdata/script read like the manual.
//
// `make test` runs what costs little; `make verify` runs every lock on every
// target. LAMELLA_TEST and where things come from: package testenv.
package e2e
