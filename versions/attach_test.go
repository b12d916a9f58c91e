package versions

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// attachAndPrune is an account where one process attaches version 2 to a function with
// version 1, or undoes that, while another one deletes all versions but the latest.
type attachAndPrune struct {
	server *fakeaws.Server
	mine   publish.Destination
	undo   bool
}

func (a *attachAndPrune) attach(ctx context.Context, d publish.Destination) error {
	o := functions.Options{Layer: layer, Version: "2", Names: []string{"web"}, Clock: functions.Clock{Sleep: noSleep}}
	find := functions.PlanAttach
	if a.undo {
		find = functions.PlanRollback
	}
	plan, err := find(ctx, d, o)
	if err == nil {
		_, err = plan.Execute(ctx)
	}
	return err
}

func (a *attachAndPrune) prune(ctx context.Context) error {
	plan, err := PlanPrune(ctx, a.mine, layer, PruneOptions{Keep: 1})
	if err == nil {
		_, err = plan.Execute(ctx)
	}
	return err
}

// start makes a new account, and d reaches it.
func (a *attachAndPrune) start(t *testing.T, server *fakeaws.Server, d publish.Destination, restore func()) {
	restore()
	server.Reset()
	server.Before, server.Seen = nil, nil
	v, err := d.Layers.Version(t.Context(), layer, 1)
	if err != nil {
		t.Fatal(err)
	}
	server.Configure("web", fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Architectures: []string{"x86_64"},
		Layers: []fakeaws.FunctionLayer{{Arn: v.ARN}}}}, false)
	*a = attachAndPrune{server, d, a.undo}
	if a.undo {
		if err := (&attachAndPrune{server, d, false}).attach(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	server.Reset()
}

// broken is the version that the function has and that does not exist, 0 if none.
func (a *attachAndPrune) broken() int64 {
	for _, l := range a.server.Look("web").Latest.Layers {
		arn, _ := store.ParseARN(l.Arn)
		if _, err := a.mine.Layers.Version(context.Background(), layer, arn.Version); err != nil {
			return arn.Version
		}
	}
	return 0
}

// Whatever prune does between two calls of attach, and attach between two calls of prune,
// no function is left with a version that is deleted.
func TestAttachAndPrune(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	restore := server.Save()
	for _, undo := range []bool{false, true} {
		a := &attachAndPrune{undo: undo}
		a.start(t, server, d, restore)
		if err := a.attach(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		attaching := server.Requests()
		for i, call := range attaching {
			if !testenv.All() && i%4 != 0 && call != "UpdateFunctionConfiguration" {
				continue
			}
			a.start(t, server, d, restore)
			var n atomic.Int64
			server.Before = func(string) {
				if n.Add(1) == int64(i+1) {
					if err := a.prune(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
			err := a.attach(t.Context(), d)
			server.Before = nil
			if gone := a.broken(); gone != 0 {
				t.Errorf("undo %t: pruned before %d %s: the function has version %d (%v)", undo, i+1, call, gone, err)
			}
		}
		a.start(t, server, d, restore)
		if err := a.prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		pruning := server.Requests()
		for i, call := range pruning {
			if !testenv.All() && i%8 != 0 && call != "DeleteLayerVersion" {
				continue
			}
			a.start(t, server, d, restore)
			a.attachDuringPrune(t, int64(i+1))
			if gone := a.broken(); gone != 0 {
				t.Errorf("undo %t: attached before %d %s: the function has version %d", undo, i+1, call, gone)
			}
		}
		t.Logf("undo %t: %d × %d calls", undo, len(attaching), len(pruning))
	}
}

// attachDuringPrune runs attach before the n-th call of prune, until it has ended or waits
// for the lease. It may fail, because the version is deleted.
func (a *attachAndPrune) attachDuringPrune(t *testing.T, n int64) {
	waits, ended := make(chan struct{}), make(chan struct{})
	var calls, looks atomic.Int64
	var begun atomic.Bool
	a.server.Seen = func(op string, r *http.Request) {
		if begun.Load() && op == "GetObject" && strings.HasSuffix(r.URL.Path, "/layer/lease") && looks.Add(1) == 2 {
			close(waits)
		}
	}
	a.server.Before = func(string) {
		if calls.Add(1) != n {
			return
		}
		begun.Store(true)
		go func() { defer close(ended); _ = a.attach(t.Context(), a.mine) }()
		select {
		case <-ended:
		case <-waits:
		case <-time.After(20 * time.Second):
			t.Error("attach neither ends nor waits")
		}
	}
	if err := a.prune(t.Context()); err != nil {
		t.Errorf("attached before %d: prune: %v", n, err)
	}
	if calls.Load() >= n {
		<-ended
	}
	a.server.Before, a.server.Seen = nil, nil
}
