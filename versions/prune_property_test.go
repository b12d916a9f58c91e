package versions

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

const (
	manyVersions = 50
	usedVersions = 7
)

var pruneDay = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// world is an account in which versions can be made old, and used.
type world struct {
	publish.Destination
	reset func() // to manyVersions versions and no function
	age   func(version int64, created time.Time)
	use   func(function string, layers map[string][]string, aliases map[string]string)
	// breaks has a request of the next prune refused, until the account is
	// repaired; nil if that cannot be.
	breaks func(random *rand.Rand) (repair func())
}

// TestPruneNeverDeletesWhatIsUsed tries random accounts and options. What goes
// is compared with a model that knows the rules and nothing of the code.
func TestPruneNeverDeletesWhatIsUsed(t *testing.T) {
	rounds, inFolder := 9, 3
	if testenv.All() {
		rounds, inFolder = 200, 33
	}
	t.Run("Lambda and S3", func(t *testing.T) { tryPruning(t, fakeWorld(t), rounds) })
	t.Run("folder", func(t *testing.T) { tryPruning(t, folderWorld(t), inFolder) })
}

func tryPruning(t *testing.T, w world, rounds int) {
	for seed := range rounds {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		w.reset()
		c := randomCase(random)
		c.arrange(t, w)
		c.prune(t, w, random)
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, c)
		}
	}
}

// pruneCase is a random account and what is asked of it.
type pruneCase struct {
	options PruneOptions
	ages    map[int64]time.Duration
	used    map[int64]string // by which kind of function version
	late    int64            // comes into use after the plan was made; 0 for none
	shared  map[int64]bool
	held    int64          // 0 for none
	pinned  []int64        // by the template of a stack
	abroad  map[int64]bool // used by functions of an account that may be looked at
	looks   bool           // into the account that versions are shared with
	broken  bool           // a request is refused on the way
	gone    []int64        // deleted by somebody else after the plan was made
	managed int            // how the attach to the function in the stack ended: see journal
}

func randomCase(random *rand.Rand) *pruneCase {
	c := &pruneCase{ages: map[int64]time.Duration{}, used: map[int64]string{}, shared: map[int64]bool{}, broken: random.IntN(3) == 0}
	c.options = PruneOptions{Keep: random.IntN(manyVersions / 2), Shared: random.IntN(2) == 0, Now: pruneDay}
	if c.options.Keep == 0 || random.IntN(2) == 0 {
		c.options.OlderThan = time.Duration(1+random.IntN(100)) * 24 * time.Hour
	}
	numbers := random.Perm(manyVersions)
	kinds := []string{"$LATEST", "version", "alias"}
	for i := range usedVersions {
		c.used[int64(numbers[i]+1)] = kinds[random.IntN(len(kinds))]
	}
	if random.IntN(2) == 0 {
		c.late = int64(numbers[usedVersions] + 1)
	}
	if random.IntN(3) == 0 {
		c.held = int64(numbers[usedVersions+1] + 1)
	}
	if random.IntN(3) == 0 {
		c.pinned = []int64{int64(numbers[usedVersions+2] + 1), int64(numbers[usedVersions+3] + 1)}
	}
	if c.looks = random.IntN(2) == 0; c.looks {
		c.abroad = map[int64]bool{int64(numbers[usedVersions+4] + 1): true, int64(numbers[usedVersions+5] + 1): true}
	}
	c.options.KeepRollback, c.managed = random.IntN(4), random.IntN(3)
	for range random.IntN(4) { // most of them near the end, where they count
		c.gone = append(c.gone, int64(manyVersions-random.IntN(1+random.IntN(manyVersions))))
	}
	for n := range int64(manyVersions) {
		// Numbers and ages need not agree: a clock may be wrong.
		c.ages[n+1] = time.Duration(random.IntN(120*24)) * time.Hour
		c.shared[n+1] = random.IntN(10) == 0
	}
	return c
}

func (c *pruneCase) arrange(t *testing.T, w world) {
	for n, age := range c.ages {
		w.age(n, pruneDay.Add(-age))
		if c.shared[n] {
			if err := w.Layers.Grant(t.Context(), layer, n, store.Principal("210987654321").Grant()); err != nil {
				t.Fatal(err)
			}
		}
	}
	arns := map[int64]string{}
	versions, err := w.Layers.Versions(t.Context(), layer)
	if err != nil || len(versions) != manyVersions {
		t.Fatalf("%d versions: %v", len(versions), err)
	}
	for _, v := range versions {
		arns[v.Version] = v.ARN
	}
	c.spare(t, w)
	for n, kind := range c.used {
		name := fmt.Sprintf("function-%d", n)
		switch kind {
		case "$LATEST":
			w.use(name, map[string][]string{"$LATEST": {"arn:aws:lambda:eu-central-1:999999999999:layer:other:1", arns[n]}}, nil)
		case "version":
			w.use(name, map[string][]string{"$LATEST": {}, "3": {arns[n]}}, nil)
		case "alias":
			w.use(name, map[string][]string{"$LATEST": {}, "1": {arns[n]}, "2": {}}, map[string]string{"live": "1"})
		}
	}
	// Neither another layer nor another account's of the same name is this one.
	w.use("stranger", map[string][]string{"$LATEST": {"arn:aws:lambda:eu-central-1:999999999999:layer:deps:2", "arn:aws:lambda:eu-central-1:123456789012:layer:deps2:3"}}, nil)
}

// abroad is the other account's list of functions.
type abroad []store.Function

func (a abroad) AllFunctions(context.Context, bool) ([]store.Function, error) { return a, nil }

func (a abroad) Function(context.Context, string, string) (store.Function, error) {
	return store.Function{}, store.ErrNotExist
}

func (a abroad) FunctionVersions(context.Context, string) ([]store.Function, error) { return a, nil }

func (a abroad) Alias(context.Context, string, string) (store.Alias, error) {
	return store.Alias{}, store.ErrNotExist
}

// spare arranges for what keeps versions although nobody here uses them.
func (c *pruneCase) spare(t *testing.T, w world) {
	write := func(key string, v any) {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Objects.Put(t.Context(), key, testBody(string(data))); err != nil {
			t.Fatal(err)
		}
	}
	if c.held > 0 {
		write("layer/hold", publish.Hold{Schema: 1, Layer: layer, Version: c.held})
	}
	if c.pinned != nil {
		write(functions.JournalPrefix+"web.json", c.journal())
	}
	c.options.Accounts = nil
	if !c.looks {
		return
	}
	var all abroad
	for n := range c.abroad {
		v, err := w.Layers.Version(t.Context(), layer, n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, store.Function{Name: "theirs", Version: "1", Layers: []store.FunctionLayer{{ARN: v.ARN}}})
	}
	c.options.Accounts = map[store.Principal]store.FunctionReader{"210987654321": all}
}

// journal is of a function whose stack names the second pinned version: of an attach that
// is complete, that was interrupted, or that was rolled back, after which nothing leads to
// the first any more.
func (c *pruneCase) journal() functions.Journal {
	j := functions.Journal{Schema: 1, Function: "web", From: c.pinned[0], To: manyVersions, Done: true,
		Manager: &functions.Manager{Tool: "CloudFormation", Stack: "prod"}, Pinned: c.pinned[1:]}
	switch c.managed {
	case 1:
		j.From, j.To, j.Done = manyVersions, c.pinned[0], false
	case 2:
		j.Verdict = "rollback"
	}
	return j
}

// named reports whether the journal keeps version n.
func (c *pruneCase) named(n int64) bool {
	i := slices.Index(c.pinned, n)
	return i > 0 || i == 0 && c.managed != 2
}

// goes is the model: whether version n is to be deleted.
func (c *pruneCase) goes(n int64) bool {
	var rank int64 // 0 is the newest
	for newer := n + 1; newer <= manyVersions; newer++ {
		if !slices.Contains(c.gone, newer) {
			rank++
		}
	}
	switch {
	case rank == 0, c.used[n] != "", n == c.late:
		return false
	case n == c.held, c.named(n), c.abroad[n]:
		return false
	case rank <= int64(c.options.KeepRollback): // all contents differ
		return false
	case c.options.Keep > 0 && rank < int64(c.options.Keep):
		return false
	case c.options.OlderThan > 0 && c.ages[n] < c.options.OlderThan:
		return false
	}
	return c.options.Shared || !c.shared[n] || c.looks
}

func (c *pruneCase) prune(t *testing.T, w world, random *rand.Rand) {
	plan, err := PlanPrune(t.Context(), w.Destination, layer, c.options)
	if err != nil {
		t.Fatal(err)
	}
	if c.late != 0 {
		v, err := w.Layers.Version(t.Context(), layer, c.late)
		if err != nil {
			t.Fatal(err)
		}
		w.use("late", map[string][]string{"$LATEST": {v.ARN}}, nil)
	}
	for _, n := range c.gone {
		if err := w.Layers.Delete(t.Context(), layer, n); err != nil {
			t.Fatal(err)
		}
	}
	if c.broken && w.breaks != nil {
		repair := w.breaks(random)
		_, err := plan.Execute(t.Context())
		repair()
		if err != nil {
			if plan, err = PlanPrune(t.Context(), w.Destination, layer, c.options); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := plan.Execute(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.check(t, w)
}

func (c *pruneCase) check(t *testing.T, w world) {
	versions, err := w.Layers.Versions(t.Context(), layer)
	if err != nil {
		t.Fatal(err)
	}
	left := map[int64]bool{}
	for _, v := range versions {
		left[v.Version] = true
	}
	listed, err := w.Objects.List(t.Context(), "layer/")
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]bool{}
	for _, o := range listed {
		objects[o.Key] = true
	}
	for n := range int64(manyVersions) {
		n++
		if slices.Contains(c.gone, n) {
			if left[n] {
				t.Errorf("version %d is back", n)
			}
			continue // the plan did not show that its objects go, unless it was to delete it
		}
		if left[n] == c.goes(n) {
			t.Errorf("version %d: left %v, used %q, late %v, shared %v, age %v", n, left[n], c.used[n], n == c.late, c.shared[n], c.ages[n])
		}
		lock, record := publish.ManifestKey(n, "requirements.txt"), publish.ManifestKey(n, "lamella.json")
		if objects[lock] != left[n] || objects[record] != left[n] {
			t.Errorf("version %d: left %v, its manifest %v, its record %v", n, left[n], objects[lock], objects[record])
		}
		if zip := publish.ZipKey(zipOf(n)); objects[zip] != left[n] {
			t.Errorf("version %d: left %v, its zip %v", n, left[n], objects[zip])
		}
	}
}

// zipOf is the SHA-256 of the n-th version's zip.
func zipOf(n int64) string { return sha256Hex(content(fmt.Sprintf("1.%d", n))) }

func fakeWorld(t *testing.T) world {
	server, d := fake(t)
	deployMany(t, d, manyVersions)
	restore := server.Save()
	refusable := []string{"DeleteLayerVersion", "DeleteObject", "ListFunctions", "GetLayerVersionPolicy", "ListLayerVersions", "ListObjectsV2"}
	return world{
		Destination: d,
		reset:       func() { server.Reset(); restore() },
		age:         func(n int64, at time.Time) { server.SetCreated(layer, n, at) },
		use: func(name string, layers map[string][]string, aliases map[string]string) {
			server.SetFunction(name, fakeaws.Function{Layers: layers, Aliases: aliases})
		},
		breaks: func(random *rand.Rand) func() {
			op := refusable[random.IntN(len(refusable))]
			server.Inject(fakeaws.Fault{Op: op, Skip: random.IntN(30), Status: 403, Code: "AccessDeniedException"})
			return server.Reset
		},
	}
}

func folderWorld(t *testing.T) world {
	template, dir := t.TempDir(), filepath.Join(t.TempDir(), "folder")
	deployMany(t, folder(t, template), manyVersions)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return world{
		Destination: folder(t, dir),
		reset: func() {
			check(os.RemoveAll(dir))
			check(os.CopyFS(dir, os.DirFS(template)))
		},
		age: func(n int64, at time.Time) {
			path := filepath.Join(dir, "layers", layer, strconv.FormatInt(n, 10)+".json")
			data, err := os.ReadFile(path)
			check(err)
			var v map[string]any
			check(json.Unmarshal(data, &v))
			v["created"] = at
			data, err = json.Marshal(v)
			check(err)
			check(os.WriteFile(path, data, 0o600))
		},
		use: func(name string, layers map[string][]string, aliases map[string]string) {
			data, err := json.Marshal(map[string]any{"layers": layers, "aliases": aliases})
			check(err)
			check(os.MkdirAll(filepath.Join(dir, "functions"), 0o700))
			check(os.WriteFile(filepath.Join(dir, "functions", name+".json"), data, 0o600))
		},
	}
}

// The cases cover what they are for.
func TestRandomCasesDiffer(t *testing.T) {
	kinds, deleted := map[string]int{}, 0
	for seed := range 200 {
		c := randomCase(rand.New(rand.NewPCG(uint64(seed), 1)))
		for _, kind := range c.used {
			kinds[kind]++
		}
		for n := range int64(manyVersions) {
			if c.goes(n + 1) {
				deleted++
			}
		}
	}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, []string{"$LATEST", "alias", "version"}) || deleted < 1000 {
		t.Errorf("used by %v; %d deleted", kinds, deleted)
	}
}
