// Package lamella turns a Python project's lock file into an AWS Lambda layer. A build
// is as fast as a file copy and byte-for-byte identical on every machine, and a layer is
// published only when its content changes.
//
// A [Layer] describes what to build from a project, and its destination. Each operation
// is a method of [Client]. Call them one by one, or let Deploy run them all:
//
//	Build     resolves the lock file and writes the layer's zip
//	Package   writes a layer's zip from any folder, by the same rules
//	Upload    uploads the zip to S3, under its own hash
//	Publish   publishes the uploaded zip as a layer version if anything changed
//	Deploy    builds, uploads, and publishes; skips the build if nothing changed
//	Plan      reports what Deploy would do, and why
//
// History, Show, Diff, Verify, Rollback, PlanShare, and PlanPrune work on published
// versions. Resolve, Why, Tree, and Export explain what is in a layer.
//
// # Targets
//
// The target, a runtime and an architecture, determines everything: markers, wheel tags,
// and glibc. The build machine has no influence, so the same lock file produces the same
// bytes on Linux, macOS, and Windows. lamella runs no Python, pip, or Docker unless
// Builder or AllowBuild requires it.
//
// # Errors and events
//
// The methods return values and errors, and never print. They report progress and
// warnings to [Client].Events. Errors are [fault.Error] values with a kind, details, and
// hints.
//
// # Stability
//
// From version 1.0, this package and all packages outside internal/ keep a compatible API
// within each major version.
package lamella

import (
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// Client performs all operations. The zero value is ready to use. A Client is safe for
// concurrent use; its goroutines share the request rate of each account and region.
type Client struct {
	CacheDir string              // default: lamella in the user's cache folder
	Getenv   func(string) string // default: os.Getenv
	Events   event.Sink          // default: events are discarded
	Version  string              // version of the calling program, written into records; default: "devel"
	Offline  bool                // do not contact package indexes; use only the cache and local folders
	Shards   int                 // number of processes that share the request rate of each AWS account; default: 1

	destinations deploy.Destinations
	shared       shared.Pool
}

func (c *Client) env() spec.Env {
	return spec.Env{CacheDir: c.CacheDir, Getenv: c.Getenv, Events: c.Events, Version: c.Version, Shared: &c.shared, Offline: c.Offline, Shards: c.Shards}
}

// The parts of a [Layer].
type (
	// Layer describes a layer: the project, the target, and the destination.
	Layer = spec.Layer
	// Selection chooses the extras, groups, and distributions that go into the layer.
	Selection = resolve.Selection
	// Build configures how the layer's zip is built.
	Build = spec.Build
	// Destination is where the layer is published.
	Destination = spec.Destination
	// Version configures the properties of new versions, and when to publish one.
	Version = spec.Version
)
