package resolve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// edges describes the edges of x, those that count with an arrow, sorted.
func edges(x *Explanation) string {
	var lines []string
	for _, e := range x.Edges {
		from := "list"
		if e.From != Project {
			from = x.Lock.Packages[e.From].Name
		}
		if e.Extra != "" {
			from += "[" + e.Extra + "]"
		}
		if e.Group != "" {
			from += "{" + e.Group + "}"
		}
		p := x.Lock.Packages[e.Package]
		mark := map[EdgeState]string{Holds: "->", MarkerFails: "marker", NotReached: "not reached", NotSelected: "not asked", OtherVersion: "other version"}[e.State]
		lines = append(lines, fmt.Sprintf("%s %s %s %s", from, mark, p.Name, p.Version))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func requirements(t *testing.T, texts ...string) []pep508.Requirement {
	t.Helper()
	var list []pep508.Requirement
	for _, text := range texts {
		r, err := pep508.ParseRequirement(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func TestAddStated(t *testing.T) {
	h := " --hash=" + sha("a") + "\n"
	for _, c := range []struct {
		name    string
		lines   []string // of the requirements.txt, "name==version; marker"
		project []string
		stated  map[string][]string
		want    []string
	}{
		{"nothing is known", []string{"a==1", "b==1; sys_platform == 'win32'"}, nil, nil,
			[]string{"list -> a 1", "list marker b 1"}},
		{"what others require is not listed", []string{"a==1", "b==1", "c==1"}, nil, map[string][]string{"a": {"b>5"}, "b": {"c; python_version < '4'"}},
			[]string{"a -> b 1", "b -> c 1", "list -> a 1"}},
		{"a circle has a way in", []string{"b==1", "a==1"}, nil, map[string][]string{"a": {"b"}, "b": {"a"}},
			[]string{"a -> b 1", "b -> a 1", "list -> b 1"}},
		{"markers and extras", []string{"a==1", "b==1", "c==1", "w==1; os_name == 'nt'"}, nil,
			map[string][]string{"a": {"b[x]", "w; os_name == 'nt'"}, "b": {"c; extra == 'x'", "a; extra == 'y'"}},
			[]string{"a -> b 1", "a marker w 1", "b[x] -> c 1", "b[y] not reached a 1", "list -> a 1", "list marker w 1"}},
		{"two versions", []string{"a==1", "b==1; python_version < '3'", "b==2; python_version >= '3'"}, nil, map[string][]string{"a": {"b"}},
			[]string{"a -> b 2", "a other version b 1", "list -> a 1", "list marker b 1"}},
		{"of what is not in the layer", []string{"a==1", "w==1; os_name == 'nt'"}, nil, map[string][]string{"w": {"a"}},
			[]string{"list -> a 1", "list marker w 1", "w not reached a 1"}},
		{"the project tells itself", []string{"a==1", "b==1", "w==1; os_name == 'nt'"}, []string{"b", "a", "w; os_name == 'nt'", "absent"}, map[string][]string{"a": {"b"}},
			[]string{"a -> b 1", "list -> a 1", "list -> b 1", "list marker w 1"}},
		{"the project does not tell all", []string{"a==1", "b==1"}, []string{"b"}, nil,
			[]string{"list -> a 1", "list -> b 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := ""
			for _, line := range c.lines {
				content += line + h
			}
			l := read(t, "requirements.txt", content)
			x, err := Explain(l, targetOf(t, "python3.13/x86_64"), Options{})
			if err != nil {
				t.Fatal(err, fault.Details(err))
			}
			s := &lock.Stated{Packages: make([][]pep508.Requirement, len(l.Packages))}
			for i, p := range l.Packages {
				s.Packages[i] = requirements(t, c.stated[p.Name]...)
			}
			for _, r := range requirements(t, c.project...) {
				s.Project = append(s.Project, lock.ProjectRequirement{Requirement: r})
			}
			x.AddStated(s)
			if got, want := edges(x), strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Relate takes from the edges who requires what, and leaves the choice alone.
func TestRelate(t *testing.T) {
	h := " --hash=" + sha("a") + "\n"
	l := read(t, "requirements.txt", "a==1"+h+"b==1"+h)
	f := &finder{files: map[string][]string{"a": {"a-1-py3-none-any.whl"}, "b": {"b-1-py3-none-any.whl"}}}
	r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{}, f)
	if err != nil {
		t.Fatal(err)
	}
	before := r.Inputs()
	x, err := Explain(l, r.Target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x.AddStated(&lock.Stated{Packages: [][]pep508.Requirement{requirements(t, "b"), nil}})
	x.Relate(r)
	if got, want := describe(r), "a 1 (*), b 1 (a)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r.Inputs() != before {
		t.Error("other inputs")
	}
}
