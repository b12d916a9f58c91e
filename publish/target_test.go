package publish

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// A version for another target than the latest one is noted in the plan, with the
// name that keeps both; nothing else is noted.
func TestNoteTarget(t *testing.T) {
	for target, name := range map[string]string{
		"python3.13/arm64":  `"deps-{arch}"`,
		"python3.12/x86_64": `"deps-{runtime}"`,
		"python3.12/arm64":  `"deps-{runtime}-{arch}"`,
		"python3.13/x86_64": "",
	} {
		a, p := newAccount(t), newProject(t)
		p.mustDeploy(a.Destination, First, 1)
		p.update()
		p.target = target
		plan, err := Decide(t.Context(), a.Destination, p.want())
		if err != nil {
			t.Fatal(err)
		}
		catalogue.Sentences("note: ", plan.Notes...)
		told := slices.ContainsFunc(plan.Notes, func(n string) bool {
			return strings.Contains(n, "python3.13/x86_64") && strings.Contains(n, target) && strings.Contains(n, name)
		})
		if told != (name != "") {
			t.Errorf("%s: %q", target, plan.Notes)
		}
	}
}
