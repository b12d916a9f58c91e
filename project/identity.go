package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
)

// layoutVersion is the version of the rules by which a layer's files are laid out. It is
// incremented when the same wheels and options would result in different bytes. Records
// store it under "rules".
const layoutVersion = "1"

// inputs returns a digest of everything that determines the layer's bytes.
func (p *Project) inputs(r *resolve.Resolution) digest.Digest {
	parts := append([]string{"rules " + layoutVersion, string(r.Inputs())}, p.Layer.ExcludedPaths()...)
	if p.Layer.Scripts {
		parts = append(parts, `\scripts`)
	}
	if p.Layer.Strip {
		parts = append(parts, `\strip`)
	}
	if len(p.Layer.Bytecode) > 0 { // the exact interpreter is recorded, and another one does not count as a change
		parts = append(parts, `\bytecode `+p.Layer.BytecodePython+" "+strings.Join(slices.Sorted(slices.Values(p.Layer.Bytecode)), " "))
	}
	for _, rule := range slices.Sorted(slices.Values(p.Layer.Slim)) {
		parts = append(parts, `\slim `+rule)
	}
	for _, preferred := range p.Layer.Prefer {
		parts = append(parts, `\prefer `+preferred) // patterns cannot contain backslashes
	}
	return digest.SHA256([]byte(strings.Join(parts, "\n")))
}

// Identity returns everything besides the lock file that determines the layer. Unset
// options are absent from it, so that a new option does not change existing layers.
func (p *Project) Identity() publish.Identity {
	l := &p.Layer
	options := l.Selection.Encode()
	options["prefer"], options["includes"] = l.Prefer, p.includes
	options["python"], options["rules"] = []string{p.Target.FullVersion}, []string{layoutVersion}
	if l.AllowUnhashed {
		options["allow-unhashed"] = []string{"true"}
	}
	if l.Scripts {
		options["scripts"] = []string{"true"}
	}
	if l.Strip {
		options["strip"] = []string{"true"}
	}
	if len(l.Bytecode) > 0 {
		options["bytecode"] = l.Bytecode
		if l.BytecodePython != "" {
			options["bytecode-python"] = []string{l.BytecodePython}
		}
	}
	if tool := toolOf(l); tool != "" {
		options["builder"] = []string{string(tool)}
		// The image that a name refers to may change, but a different name can be detected.
		if image := p.image(); image != "" {
			options["image"] = []string{image}
		}
	}
	return publish.Identity{Target: p.Target.String(), Options: options}
}

// FromRecord returns l with the target and options recorded for a version. It is the
// inverse of [Project.Identity].
func FromRecord(l spec.Layer, r *publish.Record) (spec.Layer, error) {
	one := func(name string) string {
		if len(r.Options[name]) == 0 {
			return ""
		}
		return r.Options[name][0]
	}
	if made := one("rules"); made != layoutVersion {
		return l, &fault.Error{Kind: fault.Destination, Subject: r.ARN,
			Message: fmt.Sprintf("%s was built with zip layout %s, but this version of lamella builds only zip layout %s", r.ARN, made, layoutVersion),
			Hints:   []string{"use " + r.Tool + ", which published this layer version"}}
	}
	l.Runtime, l.Architecture, _ = strings.Cut(r.Target, "/")
	l.Selection = resolve.DecodeSelection(r.Options)
	l.AllowUnhashed, l.Scripts, l.Prefer = one("allow-unhashed") != "", one("scripts") != "", r.Options["prefer"]
	l.Strip = one("strip") != ""
	// The same bytes require the same interpreter, whether or not it was pinned.
	l.Bytecode, l.BytecodePython = r.Options["bytecode"], r.BytecodePython
	l.Builder, l.Image, l.Container = one("builder"), one("image"), ""
	if l.Image != "" {
		l.Container = "auto"
	}
	l.Locked = false
	return l, nil
}
