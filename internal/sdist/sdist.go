// Package sdist builds wheels from source: from the sdists, git repositories, and folders
// in a lock file that have no wheel for the target.
//
// A [Builder] handles each source separately. It fetches and verifies the source, copies it
// to a staging folder, and builds one wheel from it (PEP 517) with a [Tool]: uv or pip on
// this machine ([FindHost]), or pip in a container ([Container]). It checks that the wheel
// has the locked name and version, a tag that fits the target, and machine code that runs
// there. Then it repacks the wheel, so that its bytes do not depend on this machine's zlib,
// and caches it by source, target, and tool. A second build of the same wheel uses the
// cache.
//
// Builds work on a copy and never in the user's own folders. However, a build on this
// machine runs as the user and can do whatever the user can; only a container isolates it.
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
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Builder builds wheels for one target. Shared, Temp, Timeout, and Events are optional.
type Builder struct {
	Target target.Target
	Cache  *cache.Cache
	Tool   Tool
	// Fetch writes the verified sdist of a distribution to file, which is empty.
	Fetch func(ctx context.Context, d resolve.Distribution, file *os.File) error
	// Shared, if not nil, may contain a wheel that another machine has built. It receives
	// the wheels that do not depend on what else is installed on this machine.
	Shared *shared.Cache
	// Contained means that everything that Tool uses is in the image in its Identity.
	Contained bool
	Temp      string        // folder for the staging folders; "" means os.TempDir()
	Timeout   time.Duration // of each step of a build; 0 means no limit
	Events    event.Sink
}

// Tool builds a wheel.
type Tool interface {
	// Identity names everything that affects the result: the versions of the tool and the
	// interpreter, and the image.
	Identity() string
	// Build builds one wheel as specified in j. Its error is a fault.Error of Kind Machine.
	Build(ctx context.Context, j Job) error
	// Advice returns hints for a wheel that does not fit the target.
	Advice() []string
}

// Job describes one build. Both folders are absolute and in the same staging folder.
type Job struct {
	Source  string // folder with the staged source
	Project string // slash-separated path of the project in Source, "." for Source itself
	Out     string // empty folder for the wheel
	Env     []string
	Sdist   bool // the source was published, so the development settings in its pyproject.toml do not apply
	Timeout time.Duration
	Subject string // for events and errors, such as "demo 1.0"
	Events  event.Sink
}

// Wheel is a built wheel in the cache.
type Wheel struct {
	Path string
	Name string // file name with which it was built
	Hash digest.Digest
}

// parallel is the maximum number of wheels that are built at the same time.
const parallel = 4

// Build builds the wheels of ds from source and returns them in the same order. It does not
// build wheels that are in the cache.
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

// fact is the record of a build in the cache.
type fact struct {
	Name string        `json:"name"` // name of the wheel
	Hash digest.Digest `json:"hash"`
}

// keyFormat is changed when earlier wheels must not be used any more.
const keyFormat = 1

// key returns a key that contains everything that affects a built wheel.
func (b *Builder) key(d *resolve.Distribution) string {
	return strings.Join([]string{fmt.Sprint("built wheel ", keyFormat), d.Name, d.Version, string(d.Hash), d.Source.Subdirectory,
		b.Target.String(), b.Tool.Identity()}, "\n")
}

// one returns the wheel of d from the cache, or builds it.
func (b *Builder) one(ctx context.Context, d *resolve.Distribution) (Wheel, error) {
	if w, ok := b.Cached(d); ok {
		b.Events.Emit(event.Event{Kind: event.Debug, Op: "build", Subject: describe(d), Message: describe(d) + " is in the cache"})
		return w, nil
	}
	if w, ok, err := b.fromShared(ctx, d); ok || err != nil {
		return w, err
	}
	b.Events.Emit(event.Event{Kind: event.Begin, Op: "build", Subject: describe(d)})
	w, err := b.build(ctx, d)
	if err != nil {
		return Wheel{}, fullDisk(err)
	}
	b.Events.Emit(event.Event{Kind: event.End, Op: "build", Subject: describe(d)})
	return w, nil
}

// build builds the wheel of d in a staging folder, which it removes afterwards.
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

// stage copies the source of d to the folder source, and returns the path of the project
// within it.
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

// unpackFile fetches the sdist of d and unpacks it.
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
	return unpack(ctx, file, d, source)
}

// onlyWheel returns the path of the only wheel in the folder out.
func onlyWheel(d *resolve.Distribution, out string) (string, error) {
	wheels, err := filepath.Glob(filepath.Join(out, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", &fault.Error{Kind: fault.Machine, Subject: describe(d),
			Message: fmt.Sprintf("the build of %s produced %d wheels instead of 1", describe(d), len(wheels)),
			Hints:   reportOrExclude(d)}
	}
	return wheels[0], nil
}

// keep repacks a wheel and puts it into the cache.
func (b *Builder) keep(ctx context.Context, d *resolve.Distribution, built string) (Wheel, error) {
	packed, hash, err := repack(built)
	if err != nil {
		return Wheel{}, err
	}
	defer packed.Discard()
	path, err := b.Cache.AddWheel(ctx, hash, packed, nil) // it was just built and checked
	if err != nil {
		return Wheel{}, err
	}
	w := Wheel{Path: path, Name: filepath.Base(built), Hash: hash}
	b.share(d, w)
	return w, b.Cache.PutFact(b.key(d), fact{Name: w.Name, Hash: hash})
}

// environment returns the variables that make builds depend as little as possible on this
// machine: a fixed time (the earliest that a zip can contain), a fixed order of sets, and,
// for a folder, the locked version for build backends that would determine it with git.
func environment(d *resolve.Distribution) []string {
	env := []string{"SOURCE_DATE_EPOCH=315532800", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=", "NO_COLOR=1"}
	if d.Source.Kind == lock.FromDirectory && d.Version != "" {
		name := strings.ToUpper(strings.ReplaceAll(d.Name, "-", "_"))
		env = append(env, "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_"+name+"="+d.Version)
	}
	return env
}

// makeStaging creates the folder in which a wheel is built. Compilers write its name into
// their output, so the name is the same on every machine, unless another process is
// building the same wheel.
func makeStaging(temp, key string) (*outfile.Folder, error) {
	folder, err := outfile.MakeFolder(temp, digest.SHA256([]byte(key)).Hex()[:16])
	return folder, stagingFault(err)
}

// stagingFault returns the error for a failed operation in the staging folder.
func stagingFault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &fault.Error{Kind: fault.Machine, Message: "cannot build in " + os.TempDir(), Subject: os.TempDir(), Err: err,
		Hints: []string{"build in another folder: export TMPDIR=/path/to/folder"}}
}

// fullDisk replaces the hints if the disk is full, which a tool reports in its last lines.
func fullDisk(err error) error {
	full := strings.Contains(err.Error(), "no space left on device")
	for _, line := range fault.Details(err) {
		full = full || strings.Contains(line, "No space left on device")
	}
	if !full {
		return err
	}
	return &fault.Error{Kind: fault.Machine, Message: "the disk is full", Err: errors.New(err.Error()), Sentinel: err, Details: fault.Details(err),
		Hints: []string{"free up space in " + os.TempDir() + ", or build in another folder: export TMPDIR=/path/to/folder"}}
}

// fits reports whether a wheel has a tag that fits the target. If not, reason says why.
func (b *Builder) fits(name pep425.WheelName) (reason string, ok bool) {
	ranking := b.Target.Ranking()
	if _, ok := ranking.Best(name); ok {
		return "", true
	}
	return ranking.Mismatch(name).String(), false
}
