package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// machine is one of several that share a cache.
type machine struct {
	t   *testing.T
	env []string
	dir string
}

// newMachine has an empty cache of its own, and s3 holds the shared one.
func newMachine(t *testing.T, dir, s3 string, more ...string) machine {
	t.Helper()
	env := cleanEnv(t, t.TempDir(), append(testenv.AWSEnv(s3), "LAMELLA_CACHE=s3://cache/team")...)
	return machine{t, append(env, more...), dir}
}

// build builds l and returns the zip and what was said.
func (m machine) build(l lockFile, index string) (zip []byte, said string) {
	m.t.Helper()
	path := filepath.Join(m.t.TempDir(), "layer.zip")
	said = mustLamella(m.t, m.dir, m.env, l.buildArgs(index, path)...).stderr
	zip, err := os.ReadFile(path)
	if err != nil {
		m.t.Fatal(err)
	}
	return zip, said
}

// A second machine builds the same bytes without any request to the index.
func TestSharedCache(t *testing.T) {
	eachLock(t, func(t *testing.T, l lockFile) {
		s3, index, dir := fakeaws.New(t, "cache"), serveWheels(t, l), project(t, l)
		zip, said := newMachine(t, dir, s3.URL).build(l, index.Index)
		if strings.Contains(said, "warning") {
			t.Errorf("the first machine said %s", said)
		}
		asked := index.Count("/")
		index.Fail("/", testindex.Fault{Status: http.StatusServiceUnavailable})
		again, said := newMachine(t, dir, s3.URL).build(l, index.Index)
		if n := index.Count("/") - asked; n != 0 {
			t.Errorf("the second machine sent %d requests to the index", n)
		}
		if !bytes.Equal(zip, again) || strings.Contains(said, "warning") {
			t.Errorf("the second machine has another zip, or said %s", said)
		}
		if n := s3.Count("PutObject"); n != len(s3.Keys("cache")) {
			t.Errorf("%d objects were stored by %d requests", len(s3.Keys("cache")), n)
		}
		s3.Reset()
		m := newMachine(t, dir, s3.URL)
		m.build(l, index.Index)
		s3.Reset()
		if m.build(l, index.Index); len(s3.Requests()) != 0 {
			t.Errorf("a build from the local cache sent %q", s3.Requests())
		}
	})
}

// The same on moto.
func TestSharedCacheOnMoto(t *testing.T) {
	moto := testenv.Moto(t)
	l := lock("small-python3.13-x86_64")
	index, dir := serveWheels(t, l), project(t, l)
	at := "LAMELLA_CACHE=s3://" + testenv.Bucket(t, moto) + "/team"
	zip, _ := newMachine(t, dir, moto, at).build(l, index.Index)
	asked := index.Count("/")
	again, said := newMachine(t, dir, moto, at).build(l, index.Index)
	if index.Count("/") != asked || !bytes.Equal(zip, again) || strings.Contains(said, "warning") {
		t.Errorf("the second machine sent %d requests to the index and said %s", index.Count("/")-asked, said)
	}
}

// put replaces an object of the shared cache.
func put(t *testing.T, s3 *fakeaws.Server, key string, content []byte) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPut, s3.URL+"/cache/"+key, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if !bytes.Equal(s3.Object("cache", key), content) {
		t.Fatalf("%s was not replaced", key)
	}
}

// Objects that are not what their names say are refused, warned of and replaced.
func TestSharedCachePoisoned(t *testing.T) {
	l := lock("small-python3.13-x86_64")
	index, dir := serveWheels(t, l), project(t, l)
	s3 := fakeaws.New(t, "cache")
	zip, _ := newMachine(t, dir, s3.URL).build(l, index.Index)
	sound := map[string][]byte{}
	var other []byte // a valid wheel
	for _, key := range s3.Keys("cache") {
		sound[key] = s3.Object("cache", key)
		if strings.HasSuffix(key, ".whl") {
			other = sound[key]
		}
	}
	for name, poison := range map[string]func(sound []byte) []byte{
		"junk":      func([]byte) []byte { return []byte("junk") },
		"empty":     func([]byte) []byte { return nil },
		"another":   func([]byte) []byte { return append([]byte("x"), other...) },
		"longer":    func(b []byte) []byte { return append(bytes.Clone(b), 0) },
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"large":     func([]byte) []byte { return make([]byte, 20<<20) },
		"no files":  func([]byte) []byte { return []byte(`{"files":[]}`) },
	} {
		t.Run(name, func(t *testing.T) {
			for key, content := range sound {
				put(t, s3, key, poison(content))
			}
			again, said := newMachine(t, dir, s3.URL).build(l, index.Index)
			if !bytes.Equal(zip, again) {
				t.Error("the zip differs")
			}
			if n := strings.Count(said, "warning"); n != len(sound) {
				t.Errorf("%d warnings of %d objects:\n%s", n, len(sound), said)
			}
			for key, content := range sound {
				if strings.HasSuffix(key, ".whl") && !bytes.Equal(s3.Object("cache", key), content) {
					t.Errorf("%s was not replaced", key)
				}
			}
			asked := index.Count("/")
			if newMachine(t, dir, s3.URL).build(l, index.Index); index.Count("/") != asked {
				t.Error("the next machine asked the index")
			}
		})
	}
}

// A name that the shared cache gives a file is compared with the file.
func TestSharedCacheMisnamed(t *testing.T) {
	wheels, dir := t.TempDir(), t.TempDir()
	tags := []string{"py3-none-any", "cp313-cp313-manylinux_2_17_x86_64"}
	requirement := "demo==1.0"
	for _, tag := range tags {
		path := testindex.MakeWheel(t, wheels, "demo", "1.0", tag, map[string]string{"demo.py": "tag = '" + tag + "'\n"})
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		requirement += fmt.Sprintf(" --hash=sha256:%x", sha256.Sum256(content))
	}
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(requirement+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s3, index := fakeaws.New(t, "cache"), testindex.Start(t, wheels)
	l := lockFile{name: "demo", runtime: "python3.13", arch: "x86_64"}
	zip, _ := newMachine(t, dir, s3.URL).build(l, index.Index)
	var key string
	for _, k := range s3.Keys("cache") {
		if strings.Contains(k, "/files/") {
			key = k
		}
	}
	type file struct {
		Name string `json:"name"`
		Hash string `json:"hash"`
	}
	var claim struct {
		Files []file    `json:"files"`
		Time  time.Time `json:"time"`
	}
	if err := json.Unmarshal(s3.Object("cache", key), &claim); err != nil || len(claim.Files) != 2 {
		t.Fatal(err, string(s3.Object("cache", key)))
	}
	a, b := claim.Files[0], claim.Files[1]
	for name, files := range map[string][]file{
		"swapped":         {{a.Name, b.Hash}, {b.Name, a.Hash}},
		"one for another": {{a.Name, b.Hash}},
		"other way round": {{b.Name, a.Hash}},
		"one for both":    {{a.Name, a.Hash}, {a.Name, b.Hash}},
		"twice":           {{a.Name, a.Hash}, {b.Name, a.Hash}},
		"none fits":       {{"demo-1.0-cp39-cp39-win_amd64.whl", a.Hash}, {"demo-1.0-cp38-cp38-win_amd64.whl", b.Hash}},
		"another":         {{"evil-1.0-py3-none-any.whl", a.Hash}, b},
		"another hash":    {{a.Name, "sha256:" + strings.Repeat("0", 64)}, b},
		"no hash":         {{a.Name, ""}, b},
		"a path":          {{"../" + a.Name, a.Hash}, b},
	} {
		t.Run(name, func(t *testing.T) {
			claim.Files = files
			content, err := json.Marshal(claim)
			if err != nil {
				t.Fatal(err)
			}
			put(t, s3, key, content)
			again, said := newMachine(t, dir, s3.URL).build(l, index.Index)
			if !bytes.Equal(zip, again) || strings.Count(said, "warning") != 1 {
				t.Errorf("the zip differs, or there is not one warning:\n%s", said)
			}
			if err := json.Unmarshal(s3.Object("cache", key), &claim); err != nil || !slices.Equal(claim.Files, []file{a, b}) {
				t.Errorf("it was not replaced: %s", s3.Object("cache", key))
			}
		})
	}
}

// A store that fails costs little time and one warning.
func TestSharedCacheFails(t *testing.T) {
	l := lock("small-python3.13-x86_64")
	index, dir := serveWheels(t, l), project(t, l)
	const all = 1 << 20
	for _, c := range []struct {
		name     string
		fault    fakeaws.Fault
		warnings int
	}{
		{"denied", fakeaws.Fault{Status: 403, Code: "AccessDenied"}, 1},
		{"no bucket", fakeaws.Fault{Status: 404, Code: "NoSuchBucket"}, 1},
		{"500", fakeaws.Fault{Status: 500, Code: "InternalError"}, 1},
		{"throttled", fakeaws.Fault{Status: 503, Code: "SlowDown"}, 1},
		{"hangs", fakeaws.Fault{Hang: true}, 1},
		{"drops", fakeaws.Fault{Drop: true}, 1},
		{"writes hang", fakeaws.Fault{Op: "PutObject", Hang: true}, 0},
		{"writes denied", fakeaws.Fault{Op: "PutObject", Status: 403, Code: "AccessDenied"}, 0},
		{"writes fail", fakeaws.Fault{Op: "PutObject", Status: 501, Code: "NotImplemented"}, 1},
		{"lost races", fakeaws.Fault{Op: "PutObject", Status: 412, Code: "PreconditionFailed"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s3 := fakeaws.New(t, "cache")
			c.fault.Times = all
			s3.Inject(c.fault)
			begin := time.Now()
			_, said := newMachine(t, dir, s3.URL).build(l, index.Index)
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
			if n := strings.Count(said, "warning"); n != c.warnings {
				t.Errorf("%d warnings instead of %d:\n%s", n, c.warnings, said)
			}
		})
	}
	t.Run("absent", func(t *testing.T) {
		_, said := newMachine(t, dir, "http://127.0.0.1:9").build(l, index.Index)
		if n := strings.Count(said, "warning"); n != 1 {
			t.Errorf("%d warnings:\n%s", n, said)
		}
	})
	t.Run("cut", func(t *testing.T) {
		s3 := fakeaws.New(t, "cache")
		zip, _ := newMachine(t, dir, s3.URL).build(l, index.Index)
		s3.Inject(fakeaws.Fault{Op: "GetObject", Cut: true, Times: 2})
		again, said := newMachine(t, dir, s3.URL).build(l, index.Index)
		if !bytes.Equal(zip, again) || strings.Contains(said, "warning") {
			t.Errorf("the zip differs, or it said %s", said)
		}
	})
	t.Run("region", func(t *testing.T) {
		s3 := fakeaws.New(t, "cache")
		s3.Region = "eu-west-1"
		_, said := newMachine(t, dir, s3.URL).build(l, index.Index)
		if strings.Contains(said, "warning") || len(s3.Keys("cache")) == 0 {
			t.Errorf("a bucket in another region has %d objects: %s", len(s3.Keys("cache")), said)
		}
	})
}

// Several machines fill one cache at once.
func TestSharedCacheTogether(t *testing.T) {
	l := lock("small-python3.13-x86_64")
	index, dir, s3 := serveWheels(t, l), project(t, l), fakeaws.New(t, "cache")
	var group sync.WaitGroup
	zips := make([][]byte, 6)
	for i := range zips {
		m := newMachine(t, dir, s3.URL)
		path := filepath.Join(t.TempDir(), "layer.zip")
		group.Go(func() {
			if got := lamella(t, m.dir, m.env, l.buildArgs(index.Index, path)...); got.status != 0 || strings.Contains(got.stderr, "warning") {
				t.Errorf("exit status %d: %s", got.status, got.stderr)
			}
			zips[i], _ = os.ReadFile(path)
		})
	}
	group.Wait()
	for _, zip := range zips {
		if len(zip) == 0 || !bytes.Equal(zip, zips[0]) {
			t.Error("the zips differ")
		}
	}
}

// push and pull copy between the two caches; size and clean see the shared one.
func TestSharedCacheCommands(t *testing.T) {
	l := lock("small-python3.13-x86_64")
	index, dir, s3 := serveWheels(t, l), project(t, l), fakeaws.New(t, "cache")
	here := newMachine(t, dir, s3.URL, "LAMELLA_CACHE=")
	zip, _ := here.build(l, index.Index)
	if len(s3.Keys("cache")) > 0 {
		t.Fatal("a cache that is not configured is used")
	}
	run := func(m machine, args ...string) string {
		return strings.TrimSpace(mustLamella(t, dir, m.env, append([]string{"cache"}, args...)...).stdout)
	}
	const at = "--cache=s3://cache/team"
	pushed := run(here, "push", at)
	if pushed == "0" || len(s3.Keys("cache")) == 0 || run(here, "size", "--shared", at) != pushed || run(here, "push", at) != "0" {
		t.Errorf("%s bytes were stored in %q", pushed, s3.Keys("cache"))
	}
	there := newMachine(t, dir, s3.URL, "LAMELLA_CACHE=")
	if pulled := run(there, "pull", at); pulled != pushed || run(there, "pull", at) != "0" {
		t.Errorf("%s bytes were fetched of %s", pulled, pushed)
	}
	asked := index.Count("/files/")
	again, _ := there.build(l, index.Index)
	if !bytes.Equal(zip, again) || index.Count("/files/") != asked {
		t.Error("the zip differs, or wheels were fetched again")
	}
	for _, key := range s3.Keys("cache") {
		put(t, s3, key, []byte("junk"))
	}
	if got := lamella(t, dir, newMachine(t, dir, s3.URL).env, "cache", "pull"); got.status != 0 || strings.TrimSpace(got.stdout) != "0" || strings.Count(got.stderr, "warning") != len(s3.Keys("cache")) {
		t.Errorf("of junk, %s bytes were fetched: %s", got.stdout, got.stderr)
	}
	put(t, s3, "other/object", []byte("x"))
	put(t, s3, "team/notes.txt", []byte("x"))
	run(here, "clean", "--shared", at)
	if keys := s3.Keys("cache"); !slices.Equal(keys, []string{"other/object", "team/notes.txt"}) {
		t.Errorf("clean left %q", keys)
	}
	if run(here, "size") == "0" {
		t.Error("clean --shared emptied the local cache")
	}
	if got := lamella(t, dir, here.env, "cache", "push"); got.status != 2 {
		t.Errorf("push without a shared cache: exit status %d", got.status)
	}
}
