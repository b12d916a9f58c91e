package lamella

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/doctor"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/index"
	"github.com/lamella-build/lamella/installer"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/target"
)

// Examined is what [Doctor] found.
type Examined struct {
	Target  target.Target
	Lock    string // the lock file, "" if there is none
	LockErr error  // why it cannot be used, nil if it can
	doctor.Machine
	Indexes    []index.Probe
	IndexesErr error // why the indexes are not known: a configuration file that cannot be read
	AWS        aws.Identity
	AWSErr     error // why there are no credentials for AWS
}

// Doctor looks at everything that a build of l could need: the lock file, the
// tools, engines and Pythons of this machine, the indexes, and the credentials
// for them and for AWS. It changes nothing. What is missing is part of the
// result; an error is a target that does not exist.
func Doctor(ctx context.Context, l Layer, env Env) (*Examined, error) {
	if l.Architecture == "" {
		l.Architecture = "x86_64"
	}
	if l.Project == "" {
		l.Project = "."
	}
	t, err := target.Parse(l.Runtime, l.Architecture)
	if err != nil {
		return nil, err
	}
	e := &Examined{Target: t, Machine: doctor.Examine(ctx, t)}
	for i := range e.Ways {
		if way := &e.Ways[i]; way.Err == nil {
			way.Err = l.lacksLockOf(index.Tool(way.Builder))
		}
	}
	content := &lock.Lock{}
	if e.Lock = l.Lock; e.Lock == "" {
		e.Lock, e.LockErr = lock.Find(l.Project, t)
	}
	if e.LockErr == nil {
		var read *lock.Lock
		if read, e.LockErr = lock.Read(e.Lock); e.LockErr == nil {
			content = read
		}
	}
	w := &work{layer: l, env: env, target: t}
	settings, err := w.sources(content)
	if err == nil {
		e.Indexes = settings.Probe(ctx)
	}
	e.IndexesErr = err
	e.AWS, e.AWSErr = aws.Identify(ctx)
	return e, ctx.Err()
}

// lacksLockOf says that a tool has no lock file here to install from.
func (l *Layer) lacksLockOf(tool index.Tool) error {
	name, err := string(installer.LockOf(tool)), error(nil)
	if name == "" {
		return nil
	}
	path := filepath.Join(l.Project, name)
	if l.Lock != "" {
		path = l.Lock
	}
	if _, err = os.Stat(path); err == nil && (filepath.Base(path) == name || tool == index.Pip) {
		return nil
	}
	return &fault.Error{Kind: fault.Lock, Op: "install", Subject: "with " + string(tool), Err: fmt.Errorf("it reads %s, which is not here", name),
		Hints: []string{"what reads every lock file: --builder native"}}
}
