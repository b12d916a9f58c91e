package publish

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/store"
)

// A plan is compared with what would be planned now, at every point at which
// something may have changed.
func TestExpectation(t *testing.T) {
	for _, test := range []struct {
		name string
		move func(t *testing.T, a account, p *project) // after the plan was made
		want string                                    // what moved; "" if nothing of note did
	}{
		{"nothing", func(*testing.T, account, *project) {}, ""},
		{"lock", func(_ *testing.T, _ account, p *project) { p.lock += "# x\n" }, "the lock file changed"},
		{"target", func(_ *testing.T, _ account, p *project) { p.target = "python3.9/arm64" }, "python3.9 on arm64"},
		{"options", func(_ *testing.T, _ account, p *project) { p.exclude = []string{"boto3"} }, "added boto3 to \"exclude\""},
		{"content", func(_ *testing.T, _ account, p *project) { p.content = "zip 9" }, "zip changed"},
		{"published", func(t *testing.T, a account, p *project) {
			(&project{t: t, lockName: "requirements.txt", lock: "x", content: "x", target: p.target, force: true}).deploy(a.Destination)
		},
			"version is 2"},
		{"the same was published", func(t *testing.T, a account, p *project) { p.mustDeploy(a.Destination, Changed, 2) }, ""},
		{"deleted", func(t *testing.T, a account, p *project) {
			if err := a.Layers.Delete(t.Context(), "deps", 1); err != nil {
				t.Fatal(err)
			}
		}, arnOfDeps + "1"},
		{"shared", func(_ *testing.T, _ account, p *project) { p.share = []store.Principal{"123456789012"} }, "123456789012"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			p.mustDeploy(a.Destination, First, 1)
			p.update()
			before, err := Decide(t.Context(), a.Destination, p.want())
			if err != nil {
				t.Fatal(err)
			}
			expected := before.Expectation()

			// Between the plan and its execution: noticed when it is decided anew.
			apply := func() error {
				want := p.want()
				want.Expect = &expected
				plan, err := Decide(t.Context(), a.Destination, want)
				if err == nil {
					_, err = plan.Execute(t.Context())
				}
				return err
			}
			test.move(t, a, p)
			err = apply()
			catalogue.Record(err)
			if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, ErrMoved) || !strings.Contains(strings.Join(fault.Details(err), "\n"), test.want)) {
				t.Errorf("got %v %q, want %q", err, fault.Details(err), test.want)
			}
			if test.want == "" {
				if err := apply(); err != nil { // once more is a no-op
					t.Error(err)
				}
				if versions, err := a.Layers.Versions(t.Context(), "deps"); err != nil || len(versions) != 2 {
					t.Errorf("%v, %v", versions, err)
				}
			}
		})
	}
}

// What moves after the plan was compared is noticed under the lease.
func TestExpectationUnderLease(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	want := p.want()
	before, err := Decide(t.Context(), a.Destination, want)
	if err != nil {
		t.Fatal(err)
	}
	expected := before.Expectation()
	want.Expect = &expected
	plan, err := Decide(t.Context(), a.Destination, want)
	if err != nil {
		t.Fatal(err)
	}
	other := newProject(t)
	other.lock, other.content, other.packages = "other", "other", nil
	other.mustDeploy(a.Destination, Changed, 2)
	if r, err := plan.Execute(t.Context()); !errors.Is(err, ErrMoved) {
		t.Errorf("%+v, %v", r, err)
	}
	if versions, err := a.Layers.Versions(t.Context(), "deps"); err != nil || len(versions) != 2 {
		t.Errorf("%v, %v", versions, err)
	}
}
