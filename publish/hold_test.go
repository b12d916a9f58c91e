package publish

import (
	"errors"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/storetest"
)

// A held layer is planned and not published, until it is released. A rollback
// goes through, and what needs no version as well.
func TestHold(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	if _, err := HoldLayer(t.Context(), a.Destination, "deps", "", time.Now()); catalogue.KindOf(err) == fault.Other {
		t.Error("a layer without a version is held")
	}
	p.mustDeploy(a.Destination, First, 1)
	first := p.content
	p.update()
	p.mustDeploy(a.Destination, Changed, 2)
	for range 2 { // again is no error
		h, err := HoldLayer(t.Context(), a.Destination, "deps", "outage", time.Now())
		if err != nil || h.Version != 2 {
			t.Fatalf("%+v, %v", h, err)
		}
	}
	p.mustDeploy(a.Destination, Unchanged, 2)
	p.content, p.lock = first+"!", p.lock+"# more\n"
	p.packages = p.packages[:1]
	for _, force := range []bool{false, true} {
		p.force = force
		plan, err := Decide(t.Context(), a.Destination, p.want())
		if err != nil || plan.Held == nil || plan.Held.Reason != "outage" {
			t.Fatalf("%+v, %v", plan, err)
		}
		if _, err := plan.Execute(t.Context()); !errors.Is(err, ErrHeld) || len(fault.Hints(err)) == 0 || len(a.Server.Versions("deps")) != 2 {
			t.Errorf("force %t: %v, versions %v", force, err, a.Server.Versions("deps"))
		}
	}
	p.force = false
	if h, err := Release(t.Context(), a.Destination, "deps"); err != nil || h == nil || h.Version != 2 {
		t.Fatalf("%+v, %v", h, err)
	}
	if h, err := Release(t.Context(), a.Destination, "deps"); err != nil || h != nil {
		t.Errorf("released twice: %+v, %v", h, err)
	}
	p.mustDeploy(a.Destination, Changed, 3)
}

// A hold that cannot be read holds.
func TestHoldThatSaysNothing(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	for _, content := range []string{"", "{}", "null", "[]", `{"schema": 99, "layer": "deps"}`, `{"schema": 1, "layer": "other"}`} {
		if err := a.Objects.Delete(t.Context(), holdKey); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Objects.Put(t.Context(), holdKey, storetest.Body([]byte(content))); err != nil {
			t.Fatal(err)
		}
		if _, err := Decide(t.Context(), a.Destination, p.want()); catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
			t.Errorf("%q: %v", content, err)
		}
	}
}
