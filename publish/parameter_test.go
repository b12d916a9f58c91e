package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
)

const arnOfDeps = "arn:aws:lambda:eu-central-1:123456789012:layer:deps:"

func TestParameter(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.Parameter = "/layers/deps"
	value := func() string { return strings.TrimPrefix(a.ParameterValue(a.Parameter), arnOfDeps) }

	plan, err := Decide(t.Context(), a.Destination, p.want())
	if err != nil || plan.Parameter == "" || !plan.Pending() || value() != "" {
		t.Fatalf("%+v, %v, value %q", plan, err, value())
	}
	p.mustDeploy(a.Destination, First, 1)
	if value() != "1" {
		t.Fatalf("value %q", value())
	}

	// Nothing changed: one request more than without.
	a.Reset()
	p.mustDeploy(a.Destination, Unchanged, 1)
	if a.Count("GetParameter") != 1 || a.Count("PutParameter") != 0 || len(a.Requests()) != 4 {
		t.Errorf("%v", a.Requests())
	}

	// It names something else, or was deleted.
	for _, wrong := range []string{"", "nonsense", arnOfDeps + "x", strings.Replace(arnOfDeps, "deps", "other", 1) + "7"} {
		a.SetParameter(a.Parameter, "String", wrong)
		p.mustDeploy(a.Destination, Unchanged, 1)
		if value() != "1" {
			t.Errorf("after %q: %q", wrong, value())
		}
	}

	// A newer version that is there stays named, one that is not does not.
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
	if err := a.writeParameter(t.Context(), &Result{Layer: "deps", ARN: arnOfDeps + "1"}); err != nil || value() != "2" {
		t.Errorf("value %q, %v", value(), err)
	}
	if err := a.Layers.Delete(t.Context(), "deps", 2); err != nil {
		t.Fatal(err)
	}
	if err := a.writeParameter(t.Context(), &Result{Layer: "deps", ARN: arnOfDeps + "1"}); err != nil || value() != "1" {
		t.Errorf("value %q, %v", value(), err)
	}

	// The version is published even if the parameter cannot be written; the same again does it.
	p.update()
	a.Inject(fakeaws.Fault{Op: "PutParameter", Status: 400, Code: "AccessDeniedException", Message: "no"})
	if _, err := p.deploy(a.Destination); err == nil || catalogue.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), "version 3") || !strings.Contains(err.Error(), "/layers/deps") ||
		!strings.Contains(fmt.Sprint(fault.Hints(err)), "allow ssm:PutParameter on arn:aws:ssm:eu-central-1:*:parameter/layers/deps") {
		t.Errorf("%v %v", err, fault.Hints(err))
	}
	p.mustDeploy(a.Destination, Unchanged, 3)
	if value() != "3" {
		t.Errorf("value %q", value())
	}
}

// What the parameter store answers when it is busy is asked again, and nothing else.
func TestParameterFaults(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	a.Parameter = "/layers/deps"
	p.mustDeploy(a.Destination, First, 1)
	for _, f := range []fakeaws.Fault{
		{Op: "GetParameter", Status: 400, Code: "ThrottlingException"}, {Op: "GetParameter", Status: 503, Code: "ServiceUnavailable"},
		{Op: "GetParameter", Drop: true}, {Op: "GetParameter", Cut: true}, {Op: "GetParameter", Status: 429},
	} {
		a.Reset()
		a.Inject(f)
		p.mustDeploy(a.Destination, Unchanged, 1)
		if a.Count("GetParameter") != 2 {
			t.Errorf("%+v: %v", f, a.Requests())
		}
	}
	a.Reset()
	a.Inject(fakeaws.Fault{Op: "GetParameter", Status: 400, Code: "AccessDeniedException", Times: 9})
	if _, err := p.deploy(a.Destination); catalogue.KindOf(err) == fault.Other || a.Count("GetParameter") != 1 {
		t.Errorf("%v, %v", err, a.Requests())
	}
	a.Reset()
	a.SetParameter(a.Parameter, "SecureString", "x")
	if _, err := p.deploy(a.Destination); catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "SecureString") || a.Count("PutParameter") != 0 {
		t.Error(err)
	}
}
