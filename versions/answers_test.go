package versions

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

const friend = store.Principal("210987654321")

// commands are those that work on published versions. Each is run on four
// versions, of which a function has the first, its alias the second, and another
// account the third. done says what is missing after a run that succeeded.
var commands = []struct {
	name string
	run  func(context.Context, publish.Destination) error
	done func(*testing.T, *fakeaws.Server, publish.Destination) string
}{
	{"prune", func(ctx context.Context, d publish.Destination) error {
		plan, err := PlanPrune(ctx, d, layer, PruneOptions{Keep: 1, Now: time.Now().Add(48 * time.Hour)})
		if err == nil {
			_, err = plan.Execute(ctx)
		}
		return err
	}, func(_ *testing.T, s *fakeaws.Server, _ publish.Destination) string {
		if !slices.Equal(s.Versions(layer), []int64{1, 2, 3, 5}) {
			return "version 4 is still there"
		}
		return ""
	}},
	{"share", func(ctx context.Context, d publish.Destination) error {
		plan, err := PlanShare(ctx, d, layer, []store.Principal{friend}, true)
		if err == nil {
			err = plan.Execute(ctx)
		}
		return err
	}, func(t *testing.T, _ *fakeaws.Server, d publish.Destination) string {
		for n := range int64(5) {
			grants, err := d.Layers.Grants(t.Context(), layer, n+1)
			if err != nil || len(grants) != 1 || grants[0].Principal != friend {
				return "a version is shared with others"
			}
		}
		return ""
	}},
	{"rollback", func(ctx context.Context, d publish.Destination) error {
		_, err := Rollback(ctx, d, layer, "1", RollbackOptions{Rebuild: nothingToRebuild})
		return err
	}, func(t *testing.T, s *fakeaws.Server, d publish.Destination) string {
		v, err := d.Layers.Version(t.Context(), layer, 6)
		if err != nil || publish.ArtifactOf(v, nil).SHA256 != sha256Hex(content("1.1")) || len(s.Versions(layer)) != 6 {
			return "version 1 did not come again, once"
		}
		return ""
	}},
	{"verify", func(ctx context.Context, d publish.Destination) error {
		_, err := Verify(ctx, d, layer, "2", VerifyOptions{Download: true, Rebuild: func(context.Context, publish.Stored) (Rebuilt, error) {
			return Rebuilt{SHA256: sha256Hex(content("1.2")), From: "requirements.txt"}, nil
		}})
		return err
	}, func(*testing.T, *fakeaws.Server, publish.Destination) string { return "" }},
}

func nothingToRebuild(context.Context, publish.Stored) (Rebuilt, error) {
	return Rebuilt{}, errors.New("not here")
}

// TestAnswers gives every answer that a service may give besides the right one to
// each call of each command, once and from there on. It ends as always, or with a
// clear error and the next one does. What is in use or shared is never deleted,
// nothing is published twice.
func TestAnswers(t *testing.T) {
	original, d := fake(t)
	deployMany(t, d, 4)
	deploy(t, d, "1.5")
	arn := func(n int64) string {
		v, err := d.Layers.Version(t.Context(), layer, n)
		if err != nil {
			t.Fatal(err)
		}
		return v.ARN
	}
	original.SetFunction("web", fakeaws.Function{Layers: map[string][]string{"$LATEST": {arn(1)}, "1": {arn(2)}}, Aliases: map[string]string{"live": "1"}})
	if err := d.Layers.Grant(t.Context(), layer, 3, friend.Grant()); err != nil {
		t.Fatal(err)
	}
	for i, command := range commands {
		t.Run(command.name, func(t *testing.T) {
			if i > 0 {
				testenv.Heavy(t)
			}
			t.Setenv("AWS_MAX_ATTEMPTS", "2")
			prepare := func() (server *fakeaws.Server, d, next publish.Destination, stop func()) {
				server, stop = original.Clone()
				server.Use(t)
				open := func() publish.Destination {
					o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{Sleep: noSleep})
					if err != nil {
						t.Fatal(err)
					}
					return publish.Destination{Objects: o, Layers: l, Tool: "lamella test"}
				}
				return server, open(), open(), stop
			}
			server, d, _, stop := prepare()
			if err := command.run(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			calls := server.Requests()
			if wrong := command.done(t, server, d); wrong != "" {
				t.Fatal(wrong)
			}
			stop()
			fakeaws.Matrix(t, calls, slices.Concat(fakeaws.Refusals[3:4], fakeaws.Refusals[7:], fakeaws.Silences), func() func(string, fakeaws.Fault) string {
				server, d, next, stop := prepare()
				return func(name string, f fakeaws.Fault) string {
					defer stop()
					server.Inject(f)
					err := command.run(t.Context(), d)
					server.Reset()
					for _, n := range []int64{1, 2, 3, 5} {
						if !slices.Contains(server.Versions(layer), n) {
							t.Errorf("%s: version %d is deleted", name, n)
						}
					}
					outcome := "done"
					if err != nil {
						outcome = "again"
						if fault.KindOf(err) != fault.Destination {
							t.Errorf("%s: not a clear error: %v", name, err)
						}
						server.Age("bucket", 2*time.Minute) // by then a lease that was left behind has lapsed
						if err := command.run(t.Context(), next); err != nil {
							t.Errorf("%s: the next run failed: %v", name, err)
						}
					}
					if wrong := command.done(t, server, next); wrong != "" {
						t.Errorf("%s: %s", name, wrong)
						return "WRONG"
					}
					return outcome
				}
			})
		})
	}
}

// TestPruneWithListingThatLags: what a listing lacks is not deleted, nor what it needs.
func TestPruneWithListingThatLags(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	if _, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: nothingToRebuild}); err != nil {
		t.Fatal(err)
	}
	server.Age("bucket", 48*time.Hour)
	for _, name := range []string{"no version", "other version"} { // 4 is hidden, then 2
		hidden := map[string]string{"no version": `"Version":4`, "other version": `"Version":2`}[name]
		server.Inject(fakeaws.Fault{Op: "ListLayerVersions", Act: true, Times: 1000, Change: fakeaws.Hide(hidden)})
		plan, err := PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 4})
		if err != nil || len(plan.Delete)+len(plan.Objects) != 0 {
			t.Errorf("%s hidden: %+v, %v", hidden, plan, err)
		}
		plan, err = PlanPrune(t.Context(), d, layer, PruneOptions{Keep: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range plan.Objects {
			if o.Key == publish.ZipKey(sha256Hex(content("1.1"))) {
				t.Errorf("%s hidden: the zip of version 4 would be deleted", hidden)
			}
		}
		server.Reset()
	}
}
