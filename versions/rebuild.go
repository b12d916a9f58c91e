package versions

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
)

// Rebuilder rebuilds the zips of published versions in a temporary folder.
type Rebuilder struct {
	layer  spec.Layer
	env    spec.Env
	folder *outfile.Folder
}

// NewRebuilder returns a Rebuilder for versions of l. The caller must close it. The error is
// a fault.Error of Kind Machine.
func NewRebuilder(l spec.Layer, env spec.Env) (*Rebuilder, error) {
	folder, err := outfile.MakeWorkFolder()
	return &Rebuilder{l, env, folder}, err
}

// Close removes the zips.
func (r *Rebuilder) Close() error { return r.folder.Remove() }

// Rebuild builds a version's zip from the stored lock file, with the recorded options. If
// the lock file is not sufficient, because it includes other files or refers to something
// that is not on this machine, Rebuild uses the exact wheels listed in the record instead.
func (r *Rebuilder) Rebuild(ctx context.Context, s publish.Stored) (Rebuilt, error) {
	if s.Manifest.IsContents() {
		return Rebuilt{}, &fault.Error{Kind: fault.Destination, Message: "lamella cannot rebuild the zip because another program made it"}
	}
	var notes []string
	l := r.layer
	if s.Record == nil || s.Record.Identity == "" {
		notes = append(notes, "its options are not recorded, so lamella used the project's options")
	} else {
		var err error
		if l, err = project.FromRecord(l, s.Record); err != nil {
			return Rebuilt{}, err
		}
	}
	// The record does not list the files from which an installer's packages were made.
	listed := s.Record != nil && s.Record.Packages != nil && (l.Builder == "" || l.Builder == "native")
	whole := s.Record == nil || len(s.Record.Options["includes"]) == 0
	if whole || !listed {
		zip, err := r.build(ctx, l, *s.Manifest)
		if err == nil {
			return Rebuilt{Path: zip.Path, SHA256: zip.SHA256, From: s.Manifest.Name, Notes: notes}, nil
		}
		if !listed || ctx.Err() != nil {
			return Rebuilt{}, err
		}
		notes = append(notes, fmt.Sprintf("cannot build from %s on this machine: %v", s.Manifest.Name, err))
	} else {
		notes = append(notes, s.Manifest.Name+" includes other files, which are not stored with it")
	}
	notes = append(notes, "lamella rebuilt it from the wheels in its record")
	l.Selection = l.All()
	zip, err := r.build(ctx, l, pinnedRequirements(s.Record.Packages))
	if err != nil {
		return Rebuilt{}, err
	}
	return Rebuilt{Path: zip.Path, SHA256: zip.SHA256, From: "its record", Notes: notes}, nil
}

func (r *Rebuilder) build(ctx context.Context, l spec.Layer, m publish.Manifest) (*project.Zip, error) {
	p, err := r.open(ctx, l, m)
	if err != nil {
		return nil, err
	}
	return p.Rebuild(ctx)
}

// open opens a project that consists only of a lock file, in a folder of its own.
func (r *Rebuilder) open(ctx context.Context, l spec.Layer, m publish.Manifest) (*project.Project, error) {
	folder, err := os.MkdirTemp(r.folder.Path, "project-")
	if err == nil {
		l.Lock = filepath.Join(folder, m.Name)
		err = os.WriteFile(l.Lock, m.Data, 0o600)
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Subject: r.folder.Path, Message: "cannot write to " + r.folder.Path, Err: err, Hints: []string{"use another temporary folder: export TMPDIR=/path/to/folder"}}
	}
	l.Output = filepath.Join(folder, "layer.zip")
	return project.Open(ctx, l, r.env)
}

// Resolve resolves the lock file of a version that another tool published.
func (r *Rebuilder) Resolve(ctx context.Context, m publish.Manifest) (Side, error) {
	p, err := r.open(ctx, r.layer, m)
	if err != nil {
		return Side{}, err
	}
	side, err := ProjectSide(ctx, p)
	side.Notes = append(side.Notes, fmt.Sprintf("its distributions are not recorded, so lamella resolved its %s for %s on %s with the project's options", m.Name, p.Target.Runtime, p.Target.Architecture))
	side.Options = nil
	return side, err
}

// ProjectSide returns the project in its current state as one side of a comparison.
func ProjectSide(ctx context.Context, p *project.Project) (Side, error) {
	resolved, err := p.Contents(ctx)
	if err != nil {
		return Side{}, err
	}
	identity := p.Identity()
	return Side{Name: p.Manifest.Name, Target: identity.Target, Options: identity.Options,
		Inputs: resolved.Inputs, Packages: resolved.Packages}, nil
}

// pinnedRequirements returns a requirements file with exactly these wheels. For wheels that
// were built, it lists the source distributions.
func pinnedRequirements(packages []publish.Package) publish.Manifest {
	var lines []string
	for _, p := range packages {
		if p.Hash.Algorithm() == "git" {
			lines = append(lines, p.Name+" @ "+p.File+"\n")
			continue
		}
		lines = append(lines, fmt.Sprintf("%s==%s --hash=%s\n", p.Name, p.Version, p.Hash))
	}
	slices.Sort(lines)
	return publish.Manifest{Name: "requirements.txt", Data: []byte(strings.Join(lines, ""))}
}
