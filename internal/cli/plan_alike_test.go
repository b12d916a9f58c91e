package cli

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/publish"
)

func TestAlike(t *testing.T) {
	plan := func(name, place string, latest int64, reason string) *planned {
		p := &planned{Name: name, Target: "python3.13/x86_64", Place: place, Planned: output.Planned{Outcome: publish.Changed, Publishes: true, Reason: reason}}
		if latest > 0 {
			p.Latest = &output.LatestVersion{Version: latest}
		}
		return p
	}
	other := plan("web", "r4", 2, "new")
	other.Changes = changes()[:1]
	unchanged := plan("web", "r5", 2, "same")
	unchanged.Outcome, unchanged.Publishes = publish.Unchanged, false
	plans := []*planned{plan("web", "r1", 2, "new"), plan("data", "r1", 2, "new"), plan("web", "r2", 3, "newer"), plan("web", "r3", 2, "new"), other, unchanged}
	var texts []string
	for _, group := range alike(plans) {
		texts = append(texts, alikeText(group, painter{}))
	}
	want := []string{`layer          web
target         python3.13/x86_64
outcome        publish a new version: new
in             r1, r3
outcome        publish a new version: newer
in             r2
`, `layer          data
target         python3.13/x86_64
destination    
in             r1
latest         version 2
outcome        publish a new version: new
`, `layer          web
target         python3.13/x86_64
destination    
in             r4
latest         version 2
outcome        publish a new version: new

  + numpy  2.3.0  60.1 MB
`, `layer          web
target         python3.13/x86_64
destination    
in             r5
latest         version 2
outcome        unchanged: same
`}
	if got := strings.Join(texts, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s", got)
	}
	if got := totalText(plans); got != "5 versions to publish, 1 unchanged\n" {
		t.Errorf("got %q", got)
	}
	if got := wrapList(strings.Fields("aaaa bbbb cccc"), 11); strings.Join(got, "|") != "aaaa, bbbb,|cccc" {
		t.Errorf("got %q", got)
	}
}
