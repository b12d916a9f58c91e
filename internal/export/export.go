// Package export writes the wheels that a lock file resolves to for one target as a lock
// file for other tools.
package export

import (
	"context"
	"fmt"
	"regexp"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/spec"
)

// Format is a lock file format that Export writes.
type Format string

const (
	// Requirements is a requirements.txt with a hash on each line. It installs with
	// pip install --no-deps --require-hashes.
	Requirements Format = "requirements"
	// Pylock is a pylock.toml (PEP 751) that covers this target only.
	Pylock Format = "pylock"
)

// Formats returns all formats.
func Formats() []Format { return []Format{Requirements, Pylock} }

// Export resolves the layer and returns a lock file with exactly its wheels. The URLs in it
// contain no credentials. Export contacts an index only if a pylock.toml needs a URL that
// the lock file does not have.
func Export(ctx context.Context, l spec.Layer, format Format, env spec.Env) ([]byte, error) {
	p, err := project.Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return export(ctx, p, format, env.Tool())
}

func export(ctx context.Context, p *project.Project, format Format, tool string) ([]byte, error) {
	r, err := p.ResolveRelated(ctx)
	if err != nil {
		return nil, err
	}
	switch format {
	case Requirements:
		l, err := p.Lock()
		return []byte(requirementsText(l, r, tool)), err
	case Pylock:
		if err := p.Locate(ctx, r); err != nil {
			return nil, err
		}
		return []byte(pylockText(r, tool)), nil
	}
	return nil, &fault.Error{Kind: fault.Usage, Subject: "format", Message: fmt.Sprintf("unknown format %q", format),
		Hints: []string{"choose one of: requirements, pylock"}}
}

var kinds = map[Format]outfile.Kind{
	Requirements: {Name: "an exported lock file", Example: "requirements-lambda.txt", Option: "-o", Ours: outfile.Text(ours.Match)},
	Pylock:       {Name: "an exported lock file", Example: "pylock.lambda.toml", Option: "-o", Ours: outfile.Text(ours.Match)},
}

// ours matches the beginning of the files that Export makes, so that no other file is
// replaced.
var ours = regexp.MustCompile(`^(# .* for .*, by lamella .*\n|lock-version = "1\.0"\nenvironments = .*\nrequires-python = .*\ncreated-by = "lamella )`)

// ToFile is like [Export], but writes to a file. It replaces an existing file only if
// lamella exported it.
func ToFile(ctx context.Context, l spec.Layer, format Format, path string, env spec.Env) error {
	p, err := project.Open(ctx, l, env)
	if err != nil {
		return err
	}
	if kind, ok := kinds[format]; ok {
		if err := kind.Check(path, project.Inputs(l, p.LockPath)...); err != nil {
			return err
		}
	}
	content, err := export(ctx, p, format, env.Tool())
	if err != nil {
		return err
	}
	if err := outfile.WriteFile(path, content); err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err, Hints: []string{"choose another path: -o FILE"}}
	}
	return nil
}
