package doctor

import (
	"context"

	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/target"
)

// Report is what [Examine] found.
type Report struct {
	Target  target.Target
	Lock    string // the lock file, "" if there is none
	LockErr error  // why it cannot be used, nil if it can
	Machine
	Indexes    []index.Probe
	IndexesErr error // why the indexes are not known: a configuration file that cannot be read
	AWS        aws.Identity
	AWSErr     error // why there are no credentials for AWS
}

// Examine looks at everything that a build of l could need: the lock file, the tools,
// engines and Pythons of this machine, the indexes, and the credentials for them and
// for AWS. It changes nothing. What is missing is part of the report; an error is a
// target that does not exist.
func Examine(ctx context.Context, l spec.Layer, env spec.Env) (*Report, error) {
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	r := &Report{Target: t, Machine: ExamineMachine(ctx, t)}
	for i := range r.Builders {
		if b := &r.Builders[i]; b.Err == nil {
			b.Err = project.CheckLockOf(&l, index.Tool(b.Name))
		}
	}
	content := &lock.Lock{}
	if r.Lock = l.Lock; r.Lock == "" {
		r.Lock, r.LockErr = lock.Find(l.Folder(), t)
	}
	if r.LockErr == nil {
		var read *lock.Lock
		if read, r.LockErr = lock.Read(r.Lock); r.LockErr == nil {
			content = read
		}
	}
	settings, err := project.IndexSettings(l, content, env)
	if err == nil {
		r.Indexes = settings.Probe(ctx)
	}
	r.IndexesErr = err
	r.AWS, r.AWSErr = aws.Identify(ctx)
	return r, ctx.Err()
}
