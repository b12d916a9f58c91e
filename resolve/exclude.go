package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// exclusion holds what Options.Exclude removes from a layer.
type exclusion struct {
	packages map[*lock.Package]bool
	notes    []string // sentences about excludes that remove nothing, too little, or too much
}

// newExclusion determines what the excludes in o remove: "boto3" removes that distribution;
// "boto3+" also removes everything that only boto3 requires. The error is a fault.Error of
// kind Usage if this needs to know what distributions require and the lock file does not
// record it.
func newExclusion(l *lock.Lock, t target.Target, o Options) (*exclusion, error) {
	names := o.ExcludedDistributions()
	ex := &exclusion{packages: map[*lock.Package]bool{}}
	if len(names) == 0 {
		return ex, nil
	}
	x, err := Explain(l, t, o)
	if err != nil {
		return nil, err
	}
	if stated := l.Stated(); stated != nil {
		x.AddStated(stated)
	}
	for i := range l.Packages {
		if x.Excluded[i] {
			ex.packages[&l.Packages[i]] = true
		}
	}
	for _, name := range names {
		note, err := x.checkExclude(name)
		if err != nil {
			return nil, err
		}
		if note != "" {
			ex.notes = append(ex.notes, note)
		}
	}
	ex.noteBroken(x)
	return ex, nil
}

// exclude sets x.Excluded.
func (x *Explanation) exclude() {
	clear(x.Excluded)
	for _, name := range x.excludes {
		bare, withOrphans := strings.CutSuffix(name, "+")
		remove := x.Named(bare)
		if withOrphans {
			remove = slices.Concat(remove, x.orphans(bare))
		}
		for _, i := range remove {
			x.Excluded[i] = x.Selected[i]
		}
	}
}

// checkExclude returns a note about an exclude that removes nothing or too little.
func (x *Explanation) checkExclude(name string) (note string, err error) {
	bare, withOrphans := strings.CutSuffix(name, "+")
	if !slices.ContainsFunc(x.Named(bare), func(i int) bool { return x.Selected[i] }) {
		return fmt.Sprintf("%q excludes nothing because the layer has no distribution with that name; to exclude a file at the top of python/, use %q", name, "./"+name), nil
	}
	if withOrphans && !x.statesRequirements() {
		return "", &fault.Error{Kind: fault.Usage, Subject: name,
			Message: fmt.Sprintf("%s does not record what %s requires, so %q cannot be excluded", x.Lock.Name, bare, name),
			Hints:   []string{"list each distribution to exclude: exclude = [\"" + bare + "\", …]"}}
	}
	only, stated := x.OnlyFor(bare)
	left := slices.DeleteFunc(slices.Clone(only), func(name string) bool {
		return slices.ContainsFunc(x.Named(name), func(i int) bool { return x.Excluded[i] })
	})
	switch {
	case len(left) == 0:
		return "", nil
	case !stated:
		if len(left) == 1 {
			return fmt.Sprintf("%s is excluded, but its dependency %s is not; to exclude both, set exclude = [%s]", bare, left[0], quoted(only)), nil
		}
		return fmt.Sprintf("%s is excluded, but its dependencies %s are not; to exclude them all: exclude = [%s]", bare, number.And(left), quoted(only)), nil
	}
	return fmt.Sprintf("%[1]s is excluded, but dependencies that only %[1]s requires are not excluded: %[2]s; to exclude them too, use %[3]q", bare, strings.Join(left, ", "), bare+"+"), nil
}

// quoted formats names as the elements of a TOML list.
func quoted(names []string) string {
	return `"` + strings.Join(names, `", "`) + `"`
}

// sdk lists boto3 and the distributions that hardly anything else requires.
var sdk = []string{"boto3", "botocore", "jmespath", "s3transfer"}

// OnlyFor returns the sorted names of the distribution called name and of those that only
// it requires, including excluded ones. It returns nil if the layer has no such
// distribution. stated is false if the lock file does not record requirements; for boto3,
// names are then the distributions of the SDK, and otherwise only name itself.
func (x *Explanation) OnlyFor(name string) (names []string, stated bool) {
	selected := func(name string) bool {
		return slices.ContainsFunc(x.Named(name), func(i int) bool { return x.Selected[i] })
	}
	name = pep503.Normalize(name)
	if !selected(name) {
		return nil, true
	}
	names, stated = []string{name}, x.statesRequirements()
	if !stated && name == sdk[0] {
		names = slices.DeleteFunc(slices.Clone(sdk), func(name string) bool { return !selected(name) })
	}
	for _, i := range x.orphans(name) {
		names = append(names, x.Lock.Packages[i].Name)
	}
	slices.Sort(names)
	return slices.Compact(names), stated
}

// orphans returns the packages that are in the layer only because of the package called
// name.
func (x *Explanation) orphans(name string) []int {
	before := x.reach()
	without := &reach{next: before.next, reached: map[int]bool{}}
	cut := x.Named(name)
	for _, i := range cut {
		without.reached[i] = true // so that the walk does not enter it
	}
	for _, i := range without.next[Project] {
		without.enter(i)
	}
	var orphans []int
	for i := range x.Lock.Packages {
		if x.Selected[i] && before.reached[i] && !without.reached[i] && !x.IsProject(i) {
			orphans = append(orphans, i)
		}
	}
	return orphans
}

// statesRequirements reports whether the lock file records the requirements of any package.
func (x *Explanation) statesRequirements() bool {
	flat := x.Lock.Format == lock.Requirements || x.Lock.Format == lock.Pipenv
	return !flat || x.HasEdges()
}

// noteBroken adds notes about distributions that are excluded and not in the runtime, but
// required by others in the layer.
func (ex *exclusion) noteBroken(x *Explanation) {
	needs := map[string][]string{}
	for _, e := range x.Edges {
		if e.State != Holds || e.From == Project || x.IsProject(e.From) || !x.Selected[e.From] {
			continue
		}
		from, to := &x.Lock.Packages[e.From], &x.Lock.Packages[e.Package]
		if _, provided := runtimes.Provided(to.Name); ex.packages[to] && !ex.packages[from] && !provided {
			needs[to.Name] = append(needs[to.Name], from.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		by := needs[name]
		slices.Sort(by)
		by = slices.Compact(by)
		verb := "require"
		if len(by) == 1 {
			verb = "requires"
		}
		ex.notes = append(ex.notes, fmt.Sprintf("%s is excluded, but %s %s it", name, strings.Join(by, ", "), verb))
	}
}
