package lock

import (
	"strings"
	"testing"
)

func TestRequirementsSize(t *testing.T) {
	line := strings.Repeat("a", maxReqLine-1) + "\n"
	repeat := func(n int, f func(*requirementsSize) error) func(*requirementsSize) error {
		return func(s *requirementsSize) (err error) {
			for i := 0; i < n && err == nil; i++ {
				err = f(s)
			}
			return err
		}
	}
	content := func(text string) func(*requirementsSize) error {
		return func(s *requirementsSize) error { return s.add([]byte(text)) }
	}
	include := func(text string) func(*requirementsSize) error {
		return func(s *requirementsSize) error { return s.include([]byte(text)) }
	}
	for name, c := range map[string]struct {
		do   func(*requirementsSize) error
		fits bool
	}{
		"most lines":              {content(strings.Repeat("\n", maxReqLines)), true},
		"a line too many":         {content(strings.Repeat("\n", maxReqLines+1)), false},
		"lines that Python knows": {content(strings.Repeat("\u2028", maxReqLines+1)), false},
		"lines of several files":  {repeat(2, content(strings.Repeat("\r", maxReqLines/2+1))), false},
		"longest lines":           {content(line + line + line), true},
		"a line too long":         {content(line + "a" + line), false},
		"a last line too long":    {content(line + strings.Repeat("a", maxReqLine+1)), false},
		"most packages":           {repeat(maxReqPackages, (*requirementsSize).addPackage), true},
		"a package too many":      {repeat(maxReqPackages+1, (*requirementsSize).addPackage), false},
		"most includes":           {repeat(maxReqIncludes, include("")), true},
		"an include too many":     {repeat(maxReqIncludes+1, include("")), false},
		"most constraints":        {repeat(1, func(s *requirementsSize) error { return s.addPairs(maxReqPackages) }), true},
		"a constraint too many":   {repeat(maxReqPackages+1, func(s *requirementsSize) error { return s.addPairs(1) }), false},
		"included bytes":          {repeat(9, include(strings.Repeat("a", maxReqBytes/8))), false},
	} {
		if err := c.do(new(requirementsSize)); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}
