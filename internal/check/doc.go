// Package check determines whether a layer would work in Lambda before it is published.
//
// [Static] reads only the layer's files, and checks them for any target on any host:
//
//	machine code   for another machine, system, or interpreter; truncated files
//	libraries      that neither the layer nor the runtime has, and what needs them
//	symbols        of a newer glibc or libstdc++ than the runtime has
//	requirements   of a distribution that neither the layer nor the runtime has
//	names          in the layer that replace modules of the standard library
//	the SDK        of which a layer must have everything or nothing
//	.pth files     which run at every start, and files that nobody can read
//
// Package [github.com/lamella-build/lamella/internal/check/probe] imports the modules of the
// layer in a real interpreter.
//
// Package runtimes says what a runtime contains, with sources. A [Report] is data: each
// [Finding] has a code, a severity, and a subject. [Report.Err] turns errors into a
// fault.Error.
package check

import (
	"context"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// Layer is the layer to check. It is opened by [OpenZip], or made from the entries of a
// build.
type Layer struct {
	Entries []layer.Entry
	// Unreadable are the names of files and folders whose mode lets only their owner read
	// them.
	Unreadable []string
	// Source returns what identifies the archive that contains an entry's bytes, such as the
	// archive's SHA-256, or "" if that is not known. What was read from the archive is
	// stored under this value. If Source is nil, it is never known.
	Source func(*layer.Entry) string
}

// Facts stores small values by key. [cache.Cache] implements it.
type Facts interface {
	Fact(key string, v any) bool
	PutFact(key string, v any) error
}

// Options are what else is known about a layer. The zero value is valid.
type Options struct {
	Excluded []string // distributions that were left out on purpose, normalised
	Facts    Facts    // stores what was read from machine code; if nil, it is read again
}

// Static checks the layer for t without running anything. The report contains the problems
// of the layer. The error is about reading the layer.
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
