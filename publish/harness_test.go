package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// account is a fake AWS account with a destination in it.
type account struct {
	*fakeaws.Server
	Destination
}

func newAccount(t *testing.T) account {
	t.Helper()
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return account{server, Destination{Objects: o, Layers: l, Tool: "lamella test", sleep: func(context.Context, time.Duration) error { return nil }}}
}

func (a account) object(key string) string { return string(a.Object("bucket", "home/"+key)) }

// project is a layer to deploy, whose parts a test may change.
type project struct {
	t        *testing.T
	lock     string
	lockName string
	packages []Package
	content  string // of the zip
	target   string
	exclude  []string
	detect   Detect
	force    bool
	runtimes []string

	architectures []string
	share         []store.Principal
	reference     bool

	sent bool // it is published from the zip that is at the destination

	resolved, built, begun int // how often each was asked for

	sending   func(ctx context.Context, in *Incoming, parts int, zip io.ReaderAt) error // nil to send nothing while building
	completes bool                                                                      // the build completes what was sent
}

func newProject(t *testing.T) *project {
	return &project{t: t, lock: "idna==3.10 --hash=sha256:aa\n", lockName: "requirements.txt", content: "zip 1", target: "python3.13/x86_64",
		packages: []Package{{Name: "idna", Version: "3.10", File: "idna-3.10-py3-none-any.whl", Hash: "sha256:aa", Size: 100}}}
}

func (p *project) artifact() Artifact {
	path := filepath.Join(p.t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, []byte(p.content), 0o600); err != nil {
		p.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(p.content))
	return Artifact{Path: path, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(p.content)), Unzipped: 100, Entries: 3, Inputs: p.inputs(), Packages: p.packages}
}

func (p *project) inputs() digest.Digest {
	var all strings.Builder
	for _, d := range p.packages {
		all.WriteString(d.Name + d.Version + string(d.Hash) + "\n")
	}
	return digest.SHA256([]byte(all.String()))
}

func (p *project) want() Want {
	w := Want{
		Layer: "deps", Manifest: Manifest{p.lockName, []byte(p.lock)},
		Identity: Identity{Target: p.target, Options: map[string][]string{"exclude": p.exclude}},
		Detect:   p.detect, Force: p.force, Runtimes: p.runtimes,
		Architectures: p.architectures, Share: p.share, Reference: p.reference,
		Resolve: func(context.Context) (Resolved, error) {
			p.resolved++
			return Resolved{p.inputs(), p.packages}, nil
		},
		Build: func(context.Context) (Artifact, error) {
			p.built++
			return p.artifact(), nil
		},
	}
	if p.sending != nil {
		w.BuildSending = p.buildSending
	}
	return w
}

// deploy decides and executes.
func (p *project) deploy(d Destination) (*Result, error) {
	p.resolved, p.built, p.begun = 0, 0, 0
	want := p.want()
	if p.sent {
		want.Build = func(ctx context.Context) (Artifact, error) { return FindUploaded(ctx, d, p.artifact()) }
	}
	plan, err := Decide(p.t.Context(), d, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute(p.t.Context())
}

func (p *project) mustDeploy(d Destination, outcome Outcome, version int64) *Result {
	p.t.Helper()
	r, err := p.deploy(d)
	if err != nil {
		p.t.Fatal(err)
	}
	catalogue.Sentences("warning: ", r.Warnings...)
	catalogue.Sentences("note: ", r.Notes...)
	if r.Outcome != outcome || r.Version != version || !strings.HasSuffix(r.ARN, ":layer:deps:"+string(rune('0'+version))) {
		p.t.Fatalf("%s, version %d (%s), want %s, version %d", r.Outcome, r.Version, r.Reason, outcome, version)
	}
	return r
}

// update changes the lock and what it comes down to.
func (p *project) update() {
	p.lock += "anyio==4.9.0 --hash=sha256:bb\n"
	p.packages = append(slices.Clone(p.packages), Package{Name: "anyio", Version: "4.9.0", Hash: "sha256:bb", Size: 50})
	p.content += "+"
}
