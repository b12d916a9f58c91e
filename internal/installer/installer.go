// Package installer runs pip, Poetry or uv, on this machine or in a container, to
// install the distributions of a lock file into a folder of a layer. Package builder
// turns that folder into the layer's entries.
//
// The tool works in a staging folder on copies of the lock file, of the
// configuration files beside it and of the folders that it refers to, so the project
// does not change. The tool's output becomes Debug events.
//
// # How the target is enforced
//
// pip and Poetry evaluate markers for the Python that runs them, and cannot do so
// exactly for another. So they run under a Python of the target's minor version, on
// Linux and the target's architecture. The module _manylinux, which installers query
// for the system's compatibility (PEP 600, "Package installers"), prevents them from
// choosing wheels for a newer glibc than the target's. uv takes the platform as an
// argument, and builds nothing from source on a machine unlike the target.
//
// Afterwards this package checks the tags of the installed wheels, and package audit
// checks their machine code.
//
// # What the layer contains
//
// The layer contains the files that each distribution's RECORD lists, without scripts
// and C headers, which package wheel leaves out, too. Other files are the tool's own
// or come from a build that writes where it should not.
package installer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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

// Options for [Install].
type Options struct {
	Tool   index.Tool
	Path   string // of the tool's program on this machine; "" searches PATH
	Lock   *lock.Lock
	Target target.Target

	resolve.Selection // Exclude leaves distributions out of the result

	Engine  *container.Engine // runs the tool; nil runs it on this machine
	Image   string            // for Engine; "" is container.BuildImage of the target
	Timeout time.Duration     // of the tool; 0 means no limit

	Env    index.ToolEnv // the indexes and the credentials for the tool
	Links  []string      // folders of wheels that Env names; mounted read-only in a container
	Temp   string        // folder for the staging folder; "" is os.TempDir()
	Events event.Sink
}

// Installed is the result of [Install].
type Installed struct {
	Dir           string         // a layer's root, with python/ in it
	Distributions []Distribution // sorted by name

	owners map[string]owner // by path below python/
	stage  *stage
}

// Owner returns the name of the distribution that a file belongs to, by its path
// below python/; "" if unknown.
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

// Install runs the tool. The caller closes the result. A tool that is missing, too
// old or for another target is a fault.Error of Kind Machine or Usage with hints. If
// the tool fails, the error is that of [command.Run].
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

// subject is that of the events and errors.
func (o *Options) subject() string { return o.Lock.Name + " with " + string(o.Tool) }

// action begins the error of a tool that failed.
func (o *Options) action() string { return "installing " + o.subject() }

// check refuses options that the tool does not support.
func (o *Options) check() error {
	refuse := func(message string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Message: message, Subject: o.subject(), Hints: hints}
	}
	if want := LockOf(o.Tool); o.Lock.Format != want {
		return refuse(fmt.Sprintf("%s cannot install from %s, only from %s", o.Tool, o.Lock.Name, want), "use another lock file: --lock FILE", withoutTool)
	}
	if o.Tool == index.Pip && (len(o.Extras)+len(o.Groups)+len(o.OnlyGroups) > 0 || o.AllExtras) {
		return refuse(o.Lock.Name+" is a requirements file, which has no extras or groups", "remove --extra, --all-extras, --group, and --only-group")
	}
	if o.Tool == index.Poetry && o.Package != "" {
		return refuse("--package cannot be used because a poetry.lock covers only one project", "remove --package")
	}
	return nil
}

// Names in the staging folder. The tool's working folder is in srcDir, deep enough
// for the relative paths in the lock file.
const (
	srcDir     = "src"
	supportDir = "support" // on the path of pip's Python
	targetDir  = "target"  // of pip
	layerDir   = "layer"
	tempDir    = "tmp"   // for the tool's temporary files
	cacheDir   = "cache" // of a tool in a container
)

// stage is the staging folder.
type stage struct {
	folder  *outfile.Folder
	root    string // its absolute path without links
	project string // the tool's working folder, relative to root
}

func newStage(temp string) (*stage, error) {
	folder, err := outfile.MakeFolder(temp, "install")
	if err != nil {
		return nil, stageFault(temp, err)
	}
	root, err := filepath.EvalSymlinks(folder.Path) // as the tools see it
	if err != nil {
		_ = folder.Remove()
		return nil, stageFault(temp, err)
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

// stageFault is the error for a failed operation on a file or folder at path; "" is
// os.TempDir().
func stageFault(path string, err error) error {
	if path == "" {
		path = os.TempDir()
	}
	return &fault.Error{Kind: fault.Machine, Message: "cannot read or write " + path, Subject: path, Err: err,
		Hints: []string{"check that the folder is writable and has free space", "or use another folder: export TMPDIR=/path/to/folder"}}
}
