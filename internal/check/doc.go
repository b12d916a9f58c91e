// Package check says whether a layer would work in Lambda before it is published.
//
// [Static] reads the layer's files only, and judges them for any target on any host:
//
//	machine code   for another machine, system or interpreter; cut short
//	libraries      that no file of the layer and not the runtime has, and who needs them
//	symbols        of a newer glibc or libstdc++ than the runtime has
//	requirements   of a distribution that neither the layer nor the runtime has
//	names          of the layer that replace modules of the standard library
//	the SDK        of which a layer has to have all or nothing
//	.pth files     which run at every start, and files that nobody can read
//
// Package [github.com/lamella-build/lamella/internal/check/probe] imports the
// modules of the layer in a real interpreter.
//
// What a runtime has is in package runtimes, with sources. A [Report] is data: each
// [Finding] has a code, a severity and a subject; [Report.Err] turns errors into a
// fault.
package check

import (
	"context"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// Layer is what is checked. Opened by [OpenZip], or made from the entries of a build.
type Layer struct {
	Entries []layer.Entry
	// Unreadable are the names of files and folders whose mode keeps others than their
	// owner from reading them.
	Unreadable []string
	// Source returns what identifies the archive that an entry's bytes lie in, such as
	// its SHA-256, under which what was read of it is kept; "" if that is not known.
	// nil is never known.
	Source func(*layer.Entry) string
}

// Facts keeps small values by key: a [cache.Cache].
type Facts interface {
	Fact(key string, v any) bool
	PutFact(key string, v any) error
}

// Options are what else is known about a layer. The zero value works.
type Options struct {
	Excluded []string // distributions that were left out on purpose, normalised
	Facts    Facts    // keeps what was read of machine code; nil reads it again
}

// Static checks the layer for t without running anything. The error is one of
// reading; what is wrong with the layer is in the report.
func Static(ctx context.Context, l Layer, t target.Target, o Options) (*Report, error) {
	c := &content{target: t, excluded: o.Excluded}
	if err := c.readCode(ctx, l, o.Facts); err != nil {
		return nil, err
	}
	if err := c.readDistributions(); err != nil {
		return nil, err
	}
	c.findModules()
	r := &Report{Target: t.String(), Distributions: len(c.distributions), Binaries: len(c.objects)}
	for _, find := range []func() []Finding{
		c.foreignCode, c.libraries, c.requirements, c.names, c.partialSDK, c.pathFiles,
	} {
		r.Findings = append(r.Findings, find()...)
	}
	r.Findings = append(r.Findings, unreadable(l.Unreadable)...)
	r.sort()
	return r, nil
}
