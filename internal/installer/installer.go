// Package installer runs pip, Poetry, or uv, on this machine or in a container, to install
// the distributions in a lock file into a folder of a layer. Package builder turns that
// folder into the layer's entries.
//
// The tool works in a staging folder, on copies of the lock file, of the configuration files
// beside it, and of the folders that it refers to, so the project does not change. The
// tool's output becomes Debug events.
//
// # How the target is enforced
//
// pip and Poetry evaluate markers for the Python that runs them, and cannot do so exactly
// for another Python. They therefore run with a Python of the target's minor version, on
// Linux and on the target's architecture. Installers query the module _manylinux for the
// system's compatibility (PEP 600, "Package installers"); it prevents them from choosing
// wheels for a newer glibc than the target's. uv takes the platform as an argument, and
// builds nothing from source on a machine that differs from the target.
//
// Afterwards, this package checks the tags of the installed wheels, and package audit checks
// their machine code.
//
// # What the layer contains
//
// The layer contains the files that each distribution's RECORD lists, without scripts and C
// headers, which package wheel also leaves out. Other files belong to the tool, or come from
// a build that writes where it should not.
package installer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Options configures [Install].
type Options struct {
	Tool   index.Tool
	Path   string // path of the tool on this machine; "" means to search PATH
	Lock   *lock.Lock
	Target target.Target

	resolve.Selection // Exclude leaves distributions out of the result

	Engine  *container.Engine // runs the tool; nil means to run it on this machine
	Image   string            // for Engine; "" means container.BuildImage of the target
	Timeout time.Duration     // for the tool; 0 means no limit

	Env    index.ToolEnv // the indexes and the credentials for the tool
	Links  []string      // folders of wheels that Env names; mounted read-only in a container
	Temp   string        // parent of the staging folder; "" means os.TempDir()
	Events event.Sink
}

// Installed is the result of [Install].
type Installed struct {
	Dir           string         // root of a layer, which contains python/
	Distributions []Distribution // sorted by name

	owners map[string]owner // keyed by path below python/
	stage  *stage
}

// Owner returns the name of the distribution that contains the file at path, which is
// relative to python/. It returns "" if that is unknown.
func (i *Installed) Owner(path string) string { return i.owners[path].name }

// Distribution is an installed distribution.
type Distribution struct{ Name, Version string }

// Close removes the files.
func (i *Installed) Close() error { return i.stage.remove() }

// Tools returns the tools that Install supports.
func Tools() []index.Tool { return []index.Tool{index.Pip, index.Poetry, index.UV} }

// LockOf returns the name of the lock file that a tool installs from.
func LockOf(t index.Tool) lock.Format {
	return map[index.Tool]lock.Format{index.Pip: lock.Requirements, index.Poetry: lock.Poetry, index.UV: lock.UV}[t]
}

// Install runs the tool. The caller must close the result. For a tool that is missing, too
// old, or for another target, the error is a fault.Error of Kind Machine or Usage with
// hints. If the tool fails, the error is that of [command.Run].
func Install(ctx context.Context, o Options) (_ *Installed, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	stage, err := newStage(o.Temp)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = stage.remove()
		}
	}()
	if err := stage.copyInputs(o.Lock); err != nil {
		return nil, err
	}
	if err := stage.limitGlibc(o.Target); err != nil {
		return nil, err
	}
	subject := o.subject()
	o.Events.Emit(event.Event{Kind: event.Begin, Op: "install", Subject: subject})
	if o.Engine == nil {
		err = o.runHere(ctx, stage)
	} else {
		err = o.runInside(ctx, stage)
	}
	if err != nil {
		return nil, o.explain(ctx, err)
	}
	o.Events.Emit(event.Event{Kind: event.End, Op: "install", Subject: subject})
	installed := &Installed{Dir: stage.path(layerDir), stage: stage}
	installed.Distributions, installed.owners, err = o.collect(stage)
	return installed, err
}

// subject returns the subject of the events and errors.
func (o *Options) subject() string { return o.Lock.Name + " with " + string(o.Tool) }

// action returns the beginning of the error for a tool that failed.
func (o *Options) action() string { return "installing from " + o.subject() }

// check rejects options that the tool does not support.
func (o *Options) check() error {
	refuse := func(message string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Message: message, Subject: o.subject(), Hints: hints}
	}
	if want := LockOf(o.Tool); o.Lock.Format != want {
		return refuse(fmt.Sprintf("the %s builder supports only %s, not %s", o.Tool, want, o.Lock.Name), fmt.Sprintf("use a %s: --lock path/to/%[1]s", want), withoutTool)
	}
	if o.Tool == index.Pip && (len(o.Extras)+len(o.Groups)+len(o.OnlyGroups) > 0 || o.AllExtras) {
		return refuse(o.Lock.Name+" is a requirements file, which has no extras or groups", "remove --extra, --all-extras, --group, and --only-group")
	}
	if o.Tool == index.Poetry && o.Package != "" {
		return refuse("--package cannot be used because a poetry.lock covers only one project", "remove --package")
	}
	return nil
}

// Names in the staging folder. The tool's working folder is in srcDir, deep enough for the
// relative paths in the lock file.
const (
	srcDir     = "src"
	supportDir = "support" // on the path of pip's Python
	targetDir  = "target"  // for pip
	layerDir   = "layer"
	tempDir    = "tmp"   // for the tool's temporary files
	cacheDir   = "cache" // for a tool in a container
)

// stage is the staging folder.
type stage struct {
	folder  *outfile.Folder
	root    string // absolute path without symbolic links
	project string // the tool's working folder, relative to root
}

func newStage(temp string) (*stage, error) {
	folder, err := outfile.MakeFolder(temp, "install")
	if err != nil {
		return nil, tempFault(temp, err)
	}
	root, err := filepath.EvalSymlinks(folder.Path) // the path that the tools see
	if err != nil {
		_ = folder.Remove()
		return nil, tempFault(temp, err)
	}
	return &stage{folder: folder, root: root}, nil
}

// path returns the path of name in the staging folder.
func (s *stage) path(name ...string) string {
	return filepath.Join(append([]string{s.root}, name...)...)
}

func (s *stage) remove() error {
	return s.folder.Remove()
}

// tempFault returns the error for a folder for temporary files that cannot be used. A path
// of "" means os.TempDir().
func tempFault(path string, err error) error {
	path = cmp.Or(path, os.TempDir())
	hints := []string{"check that the folder is writable and has free space", "or use another folder: export TMPDIR=/path/to/folder"}
	if errors.Is(err, syscall.ENOTDIR) {
		hints = []string{"use another folder: export TMPDIR=/path/to/folder"}
	}
	return &fault.Error{Kind: fault.Machine, Message: "cannot use the temporary folder " + path, Subject: path, Err: err, Hints: hints}
}

// stageFault returns the error for a failed operation on the file or folder at path.
func stageFault(path string, err error) error {
	return &fault.Error{Kind: fault.Machine, Message: "cannot read or write " + path, Subject: path, Err: err,
		Hints: []string{"check that the folder is writable and has free space", "or use another folder: export TMPDIR=/path/to/folder"}}
}
