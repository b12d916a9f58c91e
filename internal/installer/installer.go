// Package installer has the user's own pip, Poetry or uv install what a lock
// file names, on this machine or in a container, and gives the result as a
// folder of a layer. Package builder makes the layer's entries of it.
//
// The tool works in a staging folder, on copies of the lock file, of what it
// needs beside it and of the folders that it refers to: nothing in the project
// is touched. Its output is told as Debug events.
//
// # What is installed is for the target, or refused
//
// pip and Poetry evaluate markers for the Python that runs them and have no
// way, or no exact one, to do it for another. So they run under a Python of the
// target's minor version, on Linux, on the target's architecture. Wheels for a
// newer glibc than the target's are kept from them by the module _manylinux,
// which installers ask what the system is compatible with (PEP 600, "Package
// installers"). uv takes the platform as an argument, and builds nothing from
// source on a machine that is not like the target.
//
// What was installed is checked by the tags of its wheels and, in package
// audit, by its machine code.
//
// # What is taken from the installation
//
// Files that a distribution's RECORD lists, where a layer has them; scripts and
// C headers are left out, as package wheel leaves them out. Whatever else lies
// there is the tool's own, or was put there by a build that it should not have.
package installer

import (
	"context"
	"errors"
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

// Options say what is installed by which tool and where it runs.
type Options struct {
	Tool   index.Tool
	Path   string // of the tool's program on this machine; "" is found on PATH
	Lock   *lock.Lock
	Target target.Target

	resolve.Selection // Exclude leaves distributions out of the result

	Engine  *container.Engine // runs the tool; nil is this machine
	Image   string            // for Engine; "" is container.BuildImage of the target
	Timeout time.Duration     // of the tool; 0 is none

	Env    index.ToolEnv // the indexes and the credentials for the tool
	Links  []string      // folders of wheels that Env names; a container sees them, read-only
	Temp   string        // folder for the staging folder; "" is os.TempDir()
	Events event.Sink
}

// Installed is what a tool has installed.
type Installed struct {
	Dir           string         // a layer's root, with python/ in it
	Distributions []Distribution // sorted by name

	owners map[string]owner // by path below python/
	stage  *stage
}

// Owner returns the distribution that a file belongs to, by its path below
// python/; "" if it is not known.
func (i *Installed) Owner(path string) string { return i.owners[path].name }

// Distribution is one that is installed.
type Distribution struct{ Name, Version string }

// Close removes the files.
func (i *Installed) Close() error { return i.stage.remove() }

// Tools returns the tools that Install runs.
func Tools() []index.Tool { return []index.Tool{index.Pip, index.Poetry, index.UV} }

// LockOf returns the name of the lock file that a tool installs from.
func LockOf(t index.Tool) lock.Format {
	return map[index.Tool]lock.Format{index.Pip: lock.Requirements, index.Poetry: lock.Poetry, index.UV: lock.UV}[t]
}

// Install runs the tool. The caller closes the result. A tool that is missing,
// too old or for another target is a fault.Error of kind Machine or Usage that
// says what would do; one that fails has its exit status and last lines in the
// error.
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

// check refuses what the tool cannot do at all.
func (o *Options) check() error {
	refuse := func(cause string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Op: "install", Subject: o.subject(), Err: errors.New(cause),
			Hints: append(hints, "without a tool, which works for every lock file: --builder native")}
	}
	if want := LockOf(o.Tool); o.Lock.Format != want {
		return refuse(fmt.Sprintf("%s installs from a %s", o.Tool, want), "name another lock file: --lock FILE")
	}
	if o.Tool == index.Pip && (len(o.Extras)+len(o.Groups)+len(o.OnlyGroups) > 0 || o.AllExtras) {
		return refuse("a requirements file has neither extras nor groups")
	}
	if o.Tool == index.Poetry && o.Package != "" {
		return refuse("a poetry.lock is for one project")
	}
	return nil
}

// Names in the staging folder. The tool's working folder is below srcDir, as
// deep as the paths that the lock refers to need.
const (
	srcDir     = "src"
	supportDir = "support" // on the path of pip's Python
	targetDir  = "target"  // pip installs here
	layerDir   = "layer"
	tempDir    = "tmp"   // for the tool's temporary files
	cacheDir   = "cache" // of a tool in a container
)

// stage is the staging folder.
type stage struct {
	folder  *outfile.Folder
	root    string // absolute: where folder is, without links
	project string // the tool's working folder, relative to root
}

func newStage(temp string) (*stage, error) {
	folder, err := outfile.MakeFolder(temp, "install")
	if err != nil {
		return nil, stageFault(temp, err)
	}
	root, err := filepath.EvalSymlinks(folder.Path) // as the tools will say
	if err != nil {
		_ = folder.Remove()
		return nil, stageFault(temp, err)
	}
	return &stage{folder: folder, root: root}, nil
}

// path returns the path of what is called name in the staging folder.
func (s *stage) path(name ...string) string {
	return filepath.Join(append([]string{s.root}, name...)...)
}

func (s *stage) remove() error {
	return s.folder.Remove()
}

func stageFault(path string, err error) error {
	if path == "" {
		path = os.TempDir()
	}
	return &fault.Error{Kind: fault.Machine, Op: "stage in", Subject: path, Err: err,
		Hints: []string{"make sure that the folder can be written to and has room, or name another: TMPDIR=/path/to/folder"}}
}
