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

// Report is the result of [Examine].
type Report struct {
	Target  target.Target
	Lock    string // the lock file, "" if none was found
	LockErr error  // why it cannot be used, nil if it can
	Machine
	Indexes    []index.Probe
	IndexesErr error // why the indexes are unknown: an unreadable configuration file
	AWS        aws.Identity
	AWSErr     error // why there are no AWS credentials
}

// Examine checks everything that a build of l may need: the lock file, the tools,
// container engines and Pythons on this machine, the indexes, and the credentials for
// them and for AWS. It changes nothing. The report includes what is missing; an error
// is returned only for an invalid target.
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
