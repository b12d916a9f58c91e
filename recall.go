package lamella

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/versions"
)

// Rollback publishes the very bytes of an older version as a new one: the zip
// that is stored, or that Lambda serves, or made again from what is stored. If
// the latest version has this content already, nothing is published.
func Rollback(ctx context.Context, l Layer, version string, env Env) (*publish.Result, error) {
	if err := l.checkStorage(); err != nil {
		return nil, err
	}
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	scratch, rebuild, err := rebuilder(l, env)
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Remove() }()
	return versions.Rollback(ctx, d, l.Name, version, versions.RollbackOptions{
		Share: l.principals(), Reference: l.Storage == StorageReference, Rebuild: rebuild})
}

// Verify makes the zip of a version again from what is stored, and compares it
// with what Lambda has. With download, the zip is fetched from Lambda and hashed;
// otherwise Lambda's word for its digest is taken. An error names the first entry
// that differs.
func Verify(ctx context.Context, l Layer, version string, download bool, env Env) (*versions.Verified, error) {
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	scratch, rebuild, err := rebuilder(l, env)
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Remove() }()
	return versions.Verify(ctx, d, l.Name, version, versions.VerifyOptions{Download: download, Rebuild: rebuild})
}

// rebuilder returns what makes the zip of a published version again, in a folder
// that the caller removes.
func rebuilder(l Layer, env Env) (scratch *outfile.Folder, rebuild versions.Rebuild, err error) {
	if scratch, err = outfile.MakeWorkFolder(); err != nil {
		return nil, nil, err
	}
	return scratch, func(ctx context.Context, s publish.Stored) (versions.Rebuilt, error) {
		return rebuildStored(ctx, l, s, scratch.Path, env)
	}, nil
}

// rebuildStored makes the zip from the stored manifest, with the options that
// are recorded. A manifest that does not say all, because it takes in other
// files or because what it names is not here, is replaced by the list of the
// exact wheels in the record.
func rebuildStored(ctx context.Context, l Layer, s publish.Stored, scratch string, env Env) (versions.Rebuilt, error) {
	var notes []string
	if s.Record == nil || s.Record.Identity == "" {
		notes = append(notes, "its options are not recorded: those of the project are taken")
	} else if err := l.recall(s.Record); err != nil {
		return versions.Rebuilt{}, err
	}
	// What a tool installed is recorded without the files that it was made from.
	listed := s.Record != nil && s.Record.Packages != nil && l.tool() == ""
	whole := s.Record == nil || len(s.Record.Options["includes"]) == 0
	if whole || !listed {
		built, err := buildManifest(ctx, l, *s.Manifest, scratch, env)
		if err == nil {
			return versions.Rebuilt{Path: built.Path, SHA256: built.SHA256, From: s.Manifest.Name, Notes: notes}, nil
		}
		if !listed || ctx.Err() != nil {
			return versions.Rebuilt{}, err
		}
		notes = append(notes, fmt.Sprintf("%s cannot be built from here: %v", s.Manifest.Name, err))
	} else {
		notes = append(notes, s.Manifest.Name+" takes in other files, which are not stored")
	}
	notes = append(notes, "it is made again from the wheels that its record lists")
	built, err := buildManifest(ctx, l.exact(), pins(s.Record.Packages), scratch, env)
	if err != nil {
		return versions.Rebuilt{}, err
	}
	return versions.Rebuilt{Path: built.Path, SHA256: built.SHA256, From: "its record", Notes: notes}, nil
}

// buildManifest builds a layer from a manifest alone, of wheels that are hashed
// first: what was published of a damaged one must not be found to be right by it.
func buildManifest(ctx context.Context, l Layer, m publish.Manifest, scratch string, env Env) (*Built, error) {
	w, err := openManifest(ctx, l, m, scratch, env)
	if err != nil {
		return nil, err
	}
	w.suspicious, w.again = true, true
	return w.build(ctx)
}

// resolveManifest resolves the manifest of a version that another tool published.
func resolveManifest(ctx context.Context, l Layer, m publish.Manifest, env Env) (versions.Side, error) {
	scratch, err := outfile.MakeWorkFolder()
	if err != nil {
		return versions.Side{}, err
	}
	defer func() { _ = scratch.Remove() }()
	w, err := openManifest(ctx, l, m, scratch.Path, env)
	if err != nil {
		return versions.Side{}, err
	}
	side, err := w.side(ctx)
	side.Notes = append(side.Notes, fmt.Sprintf("its distributions are not recorded: its %s is resolved for %s, as the project is set up", m.Name, w.target))
	side.Options = nil
	return side, err
}

// openManifest opens a project that is nothing but a manifest, in a folder of its own.
func openManifest(ctx context.Context, l Layer, m publish.Manifest, scratch string, env Env) (*work, error) {
	folder, err := os.MkdirTemp(scratch, "project-")
	if err == nil {
		l.Lock = filepath.Join(folder, m.Name)
		err = os.WriteFile(l.Lock, m.Data, 0o600)
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Op: "write", Subject: scratch, Err: err, Hints: []string{"export TMPDIR=/another/folder"}}
	}
	l.Output = filepath.Join(folder, "layer.zip")
	return open(ctx, l, env)
}

// recall sets the options that are recorded of a version: the inverse of
// [work.identity].
func (l *Layer) recall(r *publish.Record) error {
	runtime, architecture, _ := strings.Cut(r.Target, "/")
	options := r.Options
	one := func(name string) string {
		if len(options[name]) == 0 {
			return ""
		}
		return options[name][0]
	}
	if made := one("rules"); made != rules {
		return &fault.Error{Kind: fault.Destination, Op: "make again", Subject: r.ARN,
			Err:   fmt.Errorf("it was composed by rules %s, this lamella has rules %s", made, rules),
			Hints: []string{"use the lamella that published it: " + r.Tool}}
	}
	l.Runtime, l.Architecture = runtime, architecture
	l.Extras, l.AllExtras = options["extras"], one("all-extras") != ""
	l.Groups, l.OnlyGroups, l.NoDefaultGroups = options["groups"], options["only-groups"], one("no-default-groups") != ""
	l.Package, l.Exclude, l.AllowUnhashed = one("package"), options["exclude"], one("allow-unhashed") != ""
	l.Prefer, l.Scripts = options["prefer"], one("scripts") != ""
	l.Builder, l.Image, l.Container = one("builder"), one("image"), ""
	if l.Image != "" {
		l.Container = "auto"
	}
	l.Locked = false
	return nil
}

// exact returns l less the options that choose among a lock's packages, for a
// list of which all are wanted.
func (l Layer) exact() Layer {
	l.Extras, l.AllExtras, l.Groups, l.OnlyGroups, l.NoDefaultGroups, l.Package = nil, false, nil, nil, false, ""
	_, l.Exclude = splitExclude(l.Exclude)
	return l
}

// pins is a requirements file of exactly these wheels, and of the sources of
// those that were built.
func pins(packages []publish.Package) publish.Manifest {
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
