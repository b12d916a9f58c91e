// Package lamella turns a Python project's lock file into an AWS Lambda layer:
// at the speed of a file copy, identical to the byte on every machine, and
// published only when it changed.
//
// A [Layer] says what to build from which project and where it goes. The verbs are
// methods of a [Client], each usable alone and in sequence:
//
//	Build     lock file → resolution → wheels → layer zip
//	Package   any folder → layer zip, by the same rules
//	Upload    the zip to S3, addressed by its content
//	Publish   the uploaded zip as a layer version, if anything changed
//	Deploy    all of these; nothing is built if nothing changed
//	Plan      what Deploy would do, and why
//
// History, Show, Diff, Verify, Rollback, PlanShare and PlanPrune work on published
// versions. Resolve, Why, Tree and Export explain what is in a layer.
//
// # The target decides
//
// The target (runtime and architecture) decides every choice: markers, wheel tags,
// glibc. The machine that builds decides nothing, so the same lock file gives the same
// bytes on Linux, macOS and Windows. No Python, pip or Docker is run, unless
// Builder or AllowBuild asks for it.
//
// # Errors and events
//
// The methods return values and errors and never print. Events go to [Client].Events.
// Errors are [fault.Error] values with a kind, details and hints.
//
// # Stability
//
// From version 1.0 on, this package and all packages outside internal/ keep their API
// within a major version.
package lamella

import (
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// Client runs the verbs. The zero value works. It is safe for use by several
// goroutines, which share the request rate of each account and region.
type Client struct {
	CacheDir string              // "" is the user's cache folder
	Getenv   func(string) string // nil is os.Getenv
	Events   event.Sink          // nil is silent
	Version  string              // of the program, written into records; "" is "devel"
	Offline  bool                // send no request to a package index: only the cache and local folders have wheels
	Shards   int                 // processes that share the request rate of each AWS account; 0 is this one alone

	destinations deploy.Destinations
	shared       shared.Pool
}

func (c *Client) env() spec.Env {
	return spec.Env{CacheDir: c.CacheDir, Getenv: c.Getenv, Events: c.Events, Version: c.Version, Shared: &c.shared, Offline: c.Offline, Shards: c.Shards}
}

// What a [Layer] consists of.
type (
	// Layer says which layer to build from which project, and where it goes.
	Layer = spec.Layer
	// Selection chooses what of the lock file goes into the layer.
	Selection = resolve.Selection
	// Build says how the layer's zip is made.
	Build = spec.Build
	// Destination says where the layer goes.
	Destination = spec.Destination
	// Version says what is declared to Lambda and when a version is published.
	Version = spec.Version
)
