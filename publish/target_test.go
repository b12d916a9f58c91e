package publish

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// The plan of a version for another target than the latest one has a warning with the name
// that keeps both, which the result repeats; nothing else has one.
func TestWarnOfTarget(t *testing.T) {
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
		catalogue.Sentences("warning: ", plan.Warnings...)
		told := slices.ContainsFunc(plan.Warnings, func(w string) bool {
			return strings.Contains(w, "python3.13 on x86_64") && strings.Contains(w, targetName(target)) && strings.Contains(w, name)
		})
		if told != (name != "") || len(plan.Warnings) > 1 {
			t.Errorf("%s: %q", target, plan.Warnings)
		}
		if r, err := plan.Execute(t.Context()); err != nil || !slices.Equal(r.Warnings, plan.Warnings) {
			t.Errorf("%s: %q, %v", target, r.Warnings, err)
		}
	}
}
