package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/internal/test/testsource"
	"github.com/lamella-build/lamella/wheel"
)

// TestDamagedCache flips one bit after the other anywhere in a cache, and builds
// after each: the zip is the right one, or there is none, but an error whose hint
// makes the next build right.
func TestDamagedCache(t *testing.T) {
	r := newDamageRig(t)
	flips := 60
	if testenv.All() {
		flips = 1000
	}
	random := rand.New(rand.NewPCG(9, 4))
	var right, hinted int
	files := slices.Sorted(maps.Keys(r.sound))
	for i := range flips {
		path := ""
		if i < len(files) { // each at least once
			path = files[i]
		}
		where := r.flip(t, random, path)
		got := r.build(t)
		switch {
		case strings.Contains(got.stderr, "goroutine "):
			t.Fatalf("%s: the build crashed\n%s", where, got.stderr)
		case got.status == 0 && r.digest(t) == r.want:
			right++
		case got.status == 0:
			t.Errorf("%s: the build made another zip", where)
		default:
			hinted++
			r.takeHint(t, where, got)
		}
		r.restore(t)
	}
	t.Logf("%d flips: %d right zips, %d errors whose hint helps", flips, right, hinted)
	if right == 0 || hinted == 0 {
		t.Error("want some of both")
	}
}

// A version that was published from a damaged wheel, which nobody noticed then, is
// not what its lock makes: verify hashes the wheels that it builds from.
func TestVerifyOfAVersionOfADamagedWheel(t *testing.T) {
	base := t.TempDir()
	sound := testindex.MakeWheel(t, filepath.Join(base, "wheels"), "one", "1.0", "py3-none-any", map[string]string{"one.py": "x = 1\n"})
	other := testindex.MakeWheel(t, filepath.Join(base, "other"), "one", "1.0", "py3-none-any", map[string]string{"one.py": "x = 3\n"})
	d, err := digest.Parse(lockedHash(t, sound, false))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "requirements.txt"), fmt.Appendf(nil, "one==1.0 --hash=%s\n", d), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(filepath.Join(base, "cache"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(sound)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	path, err := c.AddWheel(t.Context(), d, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := wheel.Examine(bytes.NewReader(content), int64(len(content)), "")
	if err == nil {
		err = c.PutFact("wheel\n"+string(d), facts) // so that it passes for the one
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = os.WriteFile(path, content, 0o444)
	}
	if err != nil {
		t.Fatal(err)
	}
	env, args := cleanEnv(t, c.Dir()), []string{"--name", "demo", "--to", filepath.Join(base, "to"), "--find-links", filepath.Join(base, "wheels")}
	mustLamella(t, base, env, append([]string{"deploy", "--runtime", "python3.13"}, args...)...)
	got := lamella(t, base, env, append([]string{"verify"}, args...)...)
	if got.status != 6 || !strings.Contains(got.stderr, "dist-info/RECORD") {
		t.Errorf("verify: exit status %d\n%s", got.status, got.stderr)
	}
	mustLamella(t, base, env, append([]string{"deploy", "--runtime", "python3.13", "--force"}, args...)...)
	mustLamella(t, base, env, append([]string{"verify"}, args...)...)
}

// damageRig is a project with wheels of many kinds, and the cache that a build of
// it leaves.
type damageRig struct {
	dir, cache, zip string
	args, env       []string
	want            string            // sha256 of the zip
	sound           map[string][]byte // the cache's files
}

func newDamageRig(t *testing.T) *damageRig {
	t.Helper()
	base := t.TempDir()
	r := &damageRig{dir: filepath.Join(base, "project"), cache: filepath.Join(base, "cache"), zip: filepath.Join(base, "layer.zip")}
	wheels := filepath.Join(base, "wheels")
	for _, dir := range []string{r.dir, wheels} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sdist := testsource.Project{Name: "source", Version: "1.0", Files: map[string]string{"source.py": "x = 1\n" + strings.Repeat("# text\n", 50)}}.Sdist(t, wheels)
	files := append(r.wheels(t, wheels), sdist)
	var lock strings.Builder
	for _, path := range files {
		name, rest, _ := strings.Cut(filepath.Base(path), "-")
		version, _, _ := strings.Cut(strings.TrimSuffix(rest, ".tar.gz"), "-")
		fmt.Fprintf(&lock, "%s==%s --hash=%s\n", name, version, lockedHash(t, path, name == "other"))
	}
	if err := os.WriteFile(filepath.Join(r.dir, "requirements.txt"), []byte(lock.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	r.args = []string{"build", "--runtime", testenv.ToolRuntime(t), "--find-links", wheels, "--lock", "requirements.txt",
		"--name", "demo", "--output", r.zip, "--scripts", "--allow-build", "source", "--exclude", "*/left_out.py"}
	path := filepath.Dir(testenv.Tool(t, "uv")) + string(os.PathListSeparator) + os.Getenv("PATH")
	if runtime.GOARCH == "arm64" {
		r.args = append(r.args, "--arch", "arm64")
	}
	r.env = cleanEnv(t, r.cache, "PATH="+path, "UV_OFFLINE=1")
	if got := r.build(t); got.status != 0 {
		t.Fatalf("exit status %d\n%s", got.status, got.stderr)
	}
	r.want, r.sound = r.digest(t), readTree(t, r.cache)
	return r
}

// wheels writes wheels with and without data descriptors, with scripts, with a file
// that two bring alike and a namespace that two declare, packed and stored.
func (r *damageRig) wheels(t *testing.T, dir string) []string {
	t.Helper()
	text := strings.Repeat("every line is the same\n", 200)
	noise := make([]byte, 4000)
	_, _ = rand.NewChaCha8([32]byte{9}).Read(noise) // never fails
	all := []testindex.Wheel{
		{Name: "one", Version: "1.0", Files: map[string]string{
			"shared/note.txt": text, "space/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n", "space/one.py": "x = 1\n", "one.bin": string(noise),
			"one-1.0.data/scripts/run-one": "#!python\nprint(1)\n", "one-1.0.dist-info/entry_points.txt": "[console_scripts]\none = space.one:x\n"}},
		{Name: "other", Version: "2.0", Files: map[string]string{
			"shared/note.txt": text, "space/__init__.py": "# other\n__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n", "space/other.py": "x = 2\n", "other/left_out.py": text,
			"other-2.0.data/scripts/program": "\x7fELF" + text}},
		{Name: "plain", Version: "3.0", Header: func(h *zip.FileHeader) { h.Method = zip.Store }, Files: map[string]string{"plain.py": text, "plain.bin": string(noise)}},
	}
	var paths []string
	for _, w := range all {
		w.Tag = "py3-none-any"
		paths = append(paths, w.Write(t, dir))
	}
	return paths
}

// lockedHash is a file's hash as a lock states it.
func lockedHash(t *testing.T, path string, long bool) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if long {
		return fmt.Sprintf("sha512:%x", sha512.Sum512(content))
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(content))
}

func (r *damageRig) build(t *testing.T) result {
	t.Helper()
	if err := os.RemoveAll(r.zip); err != nil {
		t.Fatal(err)
	}
	return lamella(t, r.dir, r.env, r.args...)
}

func (r *damageRig) digest(t *testing.T) string { return fileDigest(t, r.zip) }

// flip changes one bit of the file at path, or, if that is "", of any: half of the
// times anywhere in the cache, else in the parts that are few of its bytes, the
// headers and the small files.
func (r *damageRig) flip(t *testing.T, random *rand.Rand, path string) string {
	t.Helper()
	paths := slices.Sorted(maps.Keys(r.sound))
	if path != "" {
		paths = []string{path}
	} else if random.IntN(2) == 0 {
		var all []string // each as often as it has bytes
		for _, path := range paths {
			all = append(all, slices.Repeat([]string{path}, len(r.sound[path]))...)
		}
		paths = all
	}
	path = paths[random.IntN(len(paths))]
	content := bytes.Clone(r.sound[path])
	at := random.IntN(len(content))
	if headers := regexp.MustCompile(`PK[\x01\x03\x05\x07]`).FindAllIndex(content, -1); headers != nil && random.IntN(2) == 0 {
		at = min(headers[random.IntN(len(headers))][0]+random.IntN(50), len(content)-1)
	}
	bit := random.IntN(8)
	content[at] ^= 1 << bit
	r.write(t, path, content)
	return fmt.Sprintf("%s: bit %d of byte %d of %d", path, bit, at, len(content))
}

func (r *damageRig) write(t *testing.T, path string, content []byte) {
	t.Helper()
	path = filepath.Join(r.cache, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o444); err != nil {
		t.Fatal(err)
	}
}

// restore makes the cache what it was.
func (r *damageRig) restore(t *testing.T) {
	t.Helper()
	now := readTree(t, r.cache)
	for path := range now {
		if r.sound[path] == nil {
			if err := os.Remove(filepath.Join(r.cache, path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for path, content := range r.sound {
		if !bytes.Equal(now[path], content) {
			r.write(t, path, content)
		}
	}
}

// hinted finds the command in a hint, to type as it is.
var hinted = regexp.MustCompile(`(?m)hint: .*?((?:\brm |lamella cache ).*?)(?: *#.*)?$`)

// takeHint types what a hint of a failed build says, and builds again.
func (r *damageRig) takeHint(t *testing.T, where string, failed result) {
	t.Helper()
	m := hinted.FindStringSubmatch(failed.stderr)
	if m == nil {
		t.Errorf("%s: no hint says what to type\n%s", where, failed.stderr)
		return
	}
	command := exec.Command("sh", "-c", m[1])
	command.Dir, command.Env = r.dir, append(r.env, "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %s: %v\n%s", where, m[1], err, out)
	}
	if got := r.build(t); got.status != 0 || r.digest(t) != r.want {
		t.Errorf("%s: after %s the build is not right: exit status %d\n%s", where, m[1], got.status, got.stderr)
	}
}

// readTree reads the files in a folder that have content.
func readTree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		if len(content) > 0 {
			files[path] = content
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
