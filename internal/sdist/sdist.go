// Package sdist makes wheels of sources: of the sdists, git repositories and
// folders of a lock that have no wheel for the target.
//
// A [Builder] takes each source alone. It fetches and verifies it, puts a copy
// into a staging folder, and has a [Tool] build one wheel of it by PEP 517: uv
// or pip on this machine ([FindHost]), or pip in a container ([Container]).
// The wheel is checked: it has the locked name and version, its tag fits the
// target, and its machine code runs there. Then it is packed anew, so that its
// bytes do not depend on this machine's zlib, and kept in the cache by what it
// was made of: source, target and tool. A second build builds nothing.
//
// The user's own files are never built in, nor shown to a build: a folder is
// copied first. But on this machine a build runs as the user and may do what
// the user may; only a container keeps it in.
package sdist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Builder makes wheels for one target. All fields but Temp, Timeout and Events are needed.
type Builder struct {
	Target target.Target
	Cache  *cache.Cache
	Tool   Tool
	// Fetch writes the verified sdist of a distribution to an empty file.
	Fetch   func(ctx context.Context, d resolve.Distribution, file *os.File) error
	Temp    string        // folder for the staging folders; "" is os.TempDir()
	Timeout time.Duration // of each step of a build; 0 is none
	Events  event.Sink
}

// Tool runs the build of one wheel.
type Tool interface {
	// Identity names all that may change what it builds: its version, the
	// interpreter's, the image.
	Identity() string
	// Build builds the project in a folder into a wheel. Its error is a
	// fault.Error of kind Machine.
	Build(ctx context.Context, j Job) error
	// Advice says what else would build a wheel that turned out not to fit.
	Advice() []string
}

// Job is one build. Both folders are absolute and in the same staging folder.
type Job struct {
	Source  string // the staging folder of the source
	Project string // the folder in it that has the project: a path with slashes, "." for Source itself
	Out     string // the empty folder for the wheel
	Env     []string
	Sdist   bool // it was published: what its pyproject.toml says for developing it does not count
	Timeout time.Duration
	Subject string // of events and errors: "demo 1.0"
	Events  event.Sink
}

// Wheel is a built wheel in the cache.
type Wheel struct {
	Path string
	Name string // the file name it was built with
	Hash digest.Digest
}

// parallel is how many wheels are built at a time, at most.
const parallel = 4

// Build returns the wheels of ds, which are to be built from source, in their
// order. What is in the cache is not built again.
func (b *Builder) Build(ctx context.Context, ds []resolve.Distribution) ([]Wheel, error) {
	wheels := make([]Wheel, len(ds))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(parallel, runtime.NumCPU()))
	for i := range ds {
		group.Go(func() (err error) {
			wheels[i], err = b.one(ctx, &ds[i])
			return err
		})
	}
	return wheels, group.Wait()
}

// Cached returns the wheel of d if it is in the cache.
func (b *Builder) Cached(d *resolve.Distribution) (Wheel, bool) {
	var known fact
	if !b.Cache.Fact(b.key(d), &known) {
		return Wheel{}, false
	}
	path, ok := b.Cache.Wheel(known.Hash)
	return Wheel{Path: path, Name: known.Name, Hash: known.Hash}, ok
}

// fact is what is remembered of a build.
type fact struct {
	Name string        `json:"name"` // of the wheel
	Hash digest.Digest `json:"hash"`
}

// keyFormat grows when what was built before must not be used any more.
const keyFormat = 1

// key names what decides a built wheel.
func (b *Builder) key(d *resolve.Distribution) string {
	return strings.Join([]string{fmt.Sprint("built wheel ", keyFormat), d.Name, d.Version, string(d.Hash), d.Source.Subdirectory,
		b.Target.String(), b.Tool.Identity()}, "\n")
}

// one makes one wheel.
func (b *Builder) one(ctx context.Context, d *resolve.Distribution) (Wheel, error) {
	if w, ok := b.Cached(d); ok {
		b.Events.Emit(event.Event{Kind: event.Debug, Op: "build", Subject: describe(d), Message: describe(d) + " was built before"})
		return w, nil
	}
	b.Events.Emit(event.Event{Kind: event.Begin, Op: "build", Subject: describe(d)})
	w, err := b.build(ctx, d)
	if err != nil {
		return Wheel{}, fullDisk(err)
	}
	b.Events.Emit(event.Event{Kind: event.End, Op: "build", Subject: describe(d)})
	return w, nil
}

// build builds in a staging folder, which is gone in the end.
func (b *Builder) build(ctx context.Context, d *resolve.Distribution) (w Wheel, err error) {
	folder, err := makeStaging(b.Temp, b.key(d))
	if err != nil {
		return w, err
	}
	defer func() {
		if left := folder.Remove(); left != nil && err == nil {
			err = stagingFault(left)
		}
	}()
	staging := folder.Path
	j := Job{Source: filepath.Join(staging, "source"), Out: filepath.Join(staging, "wheel"), Env: environment(d),
		Sdist: d.File.Name != "", Timeout: b.Timeout, Subject: describe(d), Events: b.Events}
	for _, folder := range []string{j.Source, j.Out} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return w, stagingFault(err)
		}
	}
	if j.Project, err = b.stage(ctx, d, j.Source); err != nil {
		return w, err
	}
	if err := b.Tool.Build(ctx, j); err != nil {
		return w, err
	}
	built, err := onlyWheel(d, j.Out)
	if err != nil {
		return w, err
	}
	if err := b.check(d, built); err != nil {
		return w, err
	}
	return b.keep(ctx, d, built)
}

// stage puts the source of d into the folder source, and returns where in it
// the project is.
func (b *Builder) stage(ctx context.Context, d *resolve.Distribution, source string) (project string, err error) {
	root := source
	switch {
	case d.File.Name != "":
		if err := b.unpackFile(ctx, d, source); err != nil {
			return "", err
		}
		if root, err = projectRoot(source); err != nil {
			return "", err
		}
	case d.Source.Kind == lock.FromGit:
		err = checkout(ctx, d, source, b.Timeout, b.Events)
	default:
		err = copyUnchanged(ctx, d, source)
	}
	if err != nil {
		return "", err
	}
	root = filepath.Join(root, filepath.FromSlash(d.Source.Subdirectory))
	if err := checkProject(d, root); err != nil {
		return "", err
	}
	project, err = filepath.Rel(source, root)
	return filepath.ToSlash(project), err
}

// unpackFile fetches d's sdist and unpacks it.
func (b *Builder) unpackFile(ctx context.Context, d *resolve.Distribution, source string) error {
	file, err := os.CreateTemp(filepath.Dir(source), "sdist")
	if err != nil {
		return stagingFault(err)
	}
	defer file.Close()
	if err := b.Fetch(ctx, *d, file); err != nil {
		return err
	}
	if _, err := file.Seek(0, 0); err != nil {
		return stagingFault(err)
	}
	return unpack(ctx, file, d.File.Name, source)
}

// onlyWheel returns the one wheel in the folder out.
func onlyWheel(d *resolve.Distribution, out string) (string, error) {
	wheels, err := filepath.Glob(filepath.Join(out, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", &fault.Error{Kind: fault.Machine, Op: "build", Subject: describe(d),
			Err: fmt.Errorf("the build ended well, and there are %d wheels where there should be one", len(wheels))}
	}
	return wheels[0], nil
}

// keep packs the wheel anew and puts it into the cache.
func (b *Builder) keep(ctx context.Context, d *resolve.Distribution, built string) (Wheel, error) {
	packed, hash, err := repack(built)
	if err != nil {
		return Wheel{}, err
	}
	defer packed.Discard()
	path, err := b.Cache.AddWheel(ctx, hash, packed, nil) // it was verified as it was built
	if err != nil {
		return Wheel{}, err
	}
	w := Wheel{Path: path, Name: filepath.Base(built), Hash: hash}
	return w, b.Cache.PutFact(b.key(d), fact{Name: w.Name, Hash: hash})
}

// environment is what every build gets, so that it depends on as little of this
// machine as can be: a fixed time (the earliest that a zip can state) and order
// of sets, and the version that the lock has for those who would ask git.
func environment(d *resolve.Distribution) []string {
	env := []string{"SOURCE_DATE_EPOCH=315532800", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=", "NO_COLOR=1"}
	if d.Source.Kind == lock.FromDirectory && d.Version != "" {
		name := strings.ToUpper(strings.ReplaceAll(d.Name, "-", "_"))
		env = append(env, "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_"+name+"="+d.Version)
	}
	return env
}

// makeStaging makes the folder that a wheel is built in. Compilers write the
// folder's name into what they make, so it is the same on every machine, unless
// another process builds the very same right now.
func makeStaging(temp, key string) (*outfile.Folder, error) {
	folder, err := outfile.MakeFolder(temp, digest.SHA256([]byte(key)).Hex()[:16])
	return folder, stagingFault(err)
}

// stagingFault reports a failed operation in the staging folder.
func stagingFault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &fault.Error{Kind: fault.Machine, Op: "build in", Subject: os.TempDir(), Err: err,
		Hints: []string{"build in another folder: TMPDIR=/path/to/folder"}}
}

// fullDisk adds what to do about a full disk, which a tool tells in its last lines.
func fullDisk(err error) error {
	full := strings.Contains(err.Error(), "no space left on device")
	for _, line := range fault.Details(err) {
		full = full || strings.Contains(line, "No space left on device")
	}
	if !full {
		return err
	}
	return &fault.Error{Kind: fault.Machine, Op: "build", Err: err,
		Hints: []string{"free some space in " + os.TempDir() + ", or build in another folder: TMPDIR=/path/to/folder"}}
}

// fits reports whether a wheel's tag fits the target.
func (b *Builder) fits(name pep425.WheelName) (reason string, ok bool) {
	ranking := b.Target.Ranking()
	if _, ok := ranking.Best(name); ok {
		return "", true
	}
	return ranking.Mismatch(name).String(), false
}
