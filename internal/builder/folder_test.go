package builder_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

// makeFolder writes files given as "path=content"; "+x" behind the path makes
// one executable, "path->target" is a symbolic link, "path/" a folder.
func makeFolder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		path, content, _ := strings.Cut(f, "=")
		mode := os.FileMode(0o600)
		if name, ok := strings.CutSuffix(path, "+x"); ok {
			path, mode = name, 0o700
		}
		path, target, isLink := strings.Cut(path, "->")
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case isLink:
			if err = os.Symlink(target, full); err != nil {
				t.Skip("no symbolic links here: ", err)
			}
		case strings.HasSuffix(path, "/"):
			err = os.Mkdir(full, 0o755)
		default:
			err = os.WriteFile(full, []byte(content), mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func folder(t *testing.T, dir string, excludes ...string) *builder.Tree {
	t.Helper()
	tree, err := builder.Folder(context.Background(), dir, excludes, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func TestFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no x bit")
	}
	t.Setenv("TMPDIR", t.TempDir())
	dir := makeFolder(t, "demo/__init__.py="+strings.Repeat("x = 1\n", 100), "demo/bin/tool+x=#!/bin/sh\n", "demo/empty=", "hollow/",
		"demo/__pycache__/__init__.cpython-313.pyc=\x00", "demo/sourceless.pyc=\x01", ".DS_Store=x", "demo/.DS_Store=x",
		"demo/link.py->__init__.py", "demo/tests/a.py=123",
		"demo-1.0.dist-info/INSTALLER=pip", "demo-1.0.dist-info/REQUESTED=", "demo-1.0.dist-info/direct_url.json={}", "demo-1.0.dist-info/METADATA=m",
		"demo-1.0.dist-info/RECORD=demo/__pycache__/__init__.cpython-313.pyc,,\ndemo-1.0.dist-info/RECORD,,\n../../bin/tool,sha256=x,1\n"+
			"demo/__init__.py,sha256=abc,600\ndemo-1.0.dist-info/INSTALLER,sha256=x,4\ndemo/tests/a.py,sha256=x,3\n")
	var mu sync.Mutex // events come from several goroutines
	var notes []string
	tree, err := builder.Folder(context.Background(), dir, []string{"**/tests/**"}, func(e event.Event) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, e.Message)
	})
	if err != nil {
		t.Fatal(err)
	}
	got := contents(t, tree)
	want := map[string]string{
		"python/demo/__init__.py":            strings.Repeat("x = 1\n", 100),
		"python/demo/link.py":                strings.Repeat("x = 1\n", 100),
		"python/demo/bin/tool+x":             "#!/bin/sh\n",
		"python/demo/empty":                  "",
		"python/demo/sourceless.pyc":         "\x01",
		"python/demo-1.0.dist-info/METADATA": "m",
		"python/demo-1.0.dist-info/RECORD":   "demo-1.0.dist-info/RECORD,,\ndemo/__init__.py,sha256=abc,600\n",
	}
	for name, content := range want {
		if g, ok := got[name]; !ok || g != content {
			t.Errorf("%s holds %q, want %q", name, g, content)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %q", names(tree))
	}
	for _, e := range tree.Entries {
		if packs := e.Size > 100; packs != (e.Method == layer.Deflate) || e.Compressed > e.Size {
			t.Errorf("%s: method %d, %d bytes for %d", e.Name, e.Method, e.Compressed, e.Size)
		}
	}
	if !slices.Equal(tree.Excluded, []builder.Exclusion{{Pattern: "**/tests/**", Files: 1, Bytes: 3}}) {
		t.Errorf("got %+v", tree.Excluded)
	}
	if said := strings.Join(notes, ""); !strings.Contains(said, "__pycache__") {
		t.Errorf("said %q", said)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("Close left %v", left)
	}
}

func TestFolderRoot(t *testing.T) {
	tree := folder(t, makeFolder(t, "python/a.py=1", "bin/tool=2", "lib/x.so=3", "python/tests/b.py=4"), "tests")
	var got []string
	for _, e := range tree.Entries {
		got = append(got, e.Name)
	}
	if want := []string{"bin/tool", "lib/x.so", "python/a.py"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A RECORD that tells the truth, in whatever order, is left alone.
func TestFolderKeepsRecord(t *testing.T) {
	record := "b.py,sha256=x,1\r\na-1.dist-info/RECORD,,\r\n"
	dir := makeFolder(t, "b.py=1", "a-1.dist-info/RECORD="+record)
	if got := contents(t, folder(t, dir))["python/a-1.dist-info/RECORD"]; got != record {
		t.Errorf("got %q", got)
	}
}

// goldenFolder is the sha256 of the zip of the folder below. It changes with
// Go's compress/flate: if only this digest and not layerzip's changed after an
// update of Go, release notes have to say that packaged folders pack anew.
const goldenFolder = "sha256:bc871eebff59f0fd40c8e850bf6ec4475f484691fefc7b34ea7c6f058d457454"

func TestFolderIsDeterministic(t *testing.T) {
	files := []string{"b/data.txt=" + strings.Repeat("all work and no play ", 5000), "a.py=x = 1\n", "c/größe.py=y", "b-/x=1", "b/empty="}
	for _, processors := range []int{1, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		for range 3 {
			dir := makeFolder(t, files...)
			then := time.Unix(int64(processors)*1e8, 0)
			if err := os.Chtimes(filepath.Join(dir, "a.py"), then, then); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Join(dir, "a.py"), os.FileMode(0o444+processors<<3&0o060)); err != nil {
				t.Fatal(err)
			}
			if got := digestOf(t, folder(t, dir)); got != goldenFolder {
				t.Fatalf("GOMAXPROCS=%d: got %s, want %s", processors, got, goldenFolder)
			}
			slices.Reverse(files)
		}
	}
}

// One warning names what may hold secrets, and its command leaves out exactly that.
func TestFolderWarnsOfSecrets(t *testing.T) {
	harmless := []string{"a.py=1", "web/.env.example=1", "web/env=1", "web/.github/x=1", "web/id_rsa.pub=1", "web/cacert.pem=1", "web/.gitignore=1", "m/aws/credentials=1", "m/dot.env=1"}
	for name, test := range map[string]struct {
		files []string
		names string // "" for no warning
		flags string
	}{
		"nothing":      {nil, "", ""},
		"one":          {[]string{".env=1"}, ".env", "--exclude .env"},
		"at any depth": {[]string{"m/.env=1", "m/n/.netrc=1", "m/n/_netrc=1"}, "m/.env, m/n/.netrc, m/n/_netrc", "--exclude .env --exclude .netrc --exclude _netrc"},
		"environments": {[]string{".env.local=1", ".env.prod=1"}, ".env.local, .env.prod", "--exclude '.env.*'"},
		"folders": {[]string{".git/config=1", ".git/objects/ab/c=1", ".aws/credentials=1", "m/.ssh/id_rsa=1", "m/.git/.git/x=1"},
			".aws/, .git/, m/.git/, m/.ssh/", "--exclude .aws --exclude .git --exclude .ssh"},
		"keys and tokens": {[]string{"id_rsa=1", "id_ed25519=1", ".pypirc=1", ".git-credentials=1", ".pgpass=1", "prod.tfstate=1"},
			".git-credentials, .pgpass, .pypirc, id_ed25519, id_rsa, prod.tfstate", "--exclude '*.tfstate' --exclude .git-credentials --exclude .pgpass --exclude .pypirc --exclude id_ed25519 --exclude id_rsa"},
		"many": {[]string{"a/.env=1", "b/.env=1", "c/.env=1", "d/.env=1", "e/.env=1", "f/.env=1", "g/.env=1", "h/.env=1", "i/.env=1", "j/.env=1", "k/.env=1", "l/.env=1"},
			"a/.env, b/.env, c/.env, d/.env, e/.env, f/.env, g/.env, h/.env, i/.env, j/.env, and 2 more", "--exclude .env"},
	} {
		for _, root := range []string{"", "python/"} {
			var files []string
			for _, f := range append(slices.Clone(harmless), test.files...) {
				files = append(files, root+f)
			}
			dir := makeFolder(t, files...)
			warnings := func(excludes ...string) (all []string, tree *builder.Tree) {
				var mu sync.Mutex
				tree, err := builder.Folder(t.Context(), dir, excludes, func(e event.Event) {
					mu.Lock()
					defer mu.Unlock()
					if e.Kind == event.Warn {
						all = append(all, e.Message)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { tree.Close() })
				return all, tree
			}
			got, _ := warnings()
			if test.names == "" {
				if got != nil {
					t.Errorf("%s: %q", name, got)
				}
				continue
			}
			if len(got) != 1 || !strings.Contains(got[0], ": "+test.names+"; ") || !strings.HasSuffix(got[0], ": lamella package "+dir+" "+test.flags) {
				t.Errorf("%s: %q", name, got)
			}
			excludes := strings.FieldsFunc(strings.ReplaceAll(test.flags, "'", ""), func(r rune) bool { return r == ' ' })
			again, tree := warnings(slices.DeleteFunc(excludes, func(s string) bool { return s == "--exclude" })...)
			if again != nil || len(tree.Entries) < len(harmless)-1 { // .env.* also leaves out .env.example
				t.Errorf("%s: with the excludes %q, and %d files", name, again, len(tree.Entries))
			}
		}
	}
}

func TestFolderFaults(t *testing.T) {
	outside := makeFolder(t, "secret=x")
	for name, test := range map[string]struct {
		dir  string
		kind fault.Kind
		want string
	}{
		"absent":         {filepath.Join(outside, "nowhere"), fault.Usage, "nowhere"},
		"a file":         {filepath.Join(outside, "secret"), fault.Usage, "secret"},
		"empty":          {makeFolder(t, "a/"), fault.Usage, ""},
		"link outside":   {makeFolder(t, "a=1", "b->"+filepath.Join(outside, "secret")), fault.Layer, `"b"`},
		"link upwards":   {makeFolder(t, "a=1", "b->../x"), fault.Layer, `"b"`},
		"link to folder": {makeFolder(t, "a/b=1", "c->a"), fault.Layer, `"c"`},
		"broken link":    {makeFolder(t, "a=1", "b->c"), fault.Layer, `"b"`},
		"bad name":       {makeFolder(t, "a\nb=1"), fault.Layer, "U+000A"},
	} {
		_, err := builder.Folder(context.Background(), test.dir, nil, nil)
		if err == nil || catalogue.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		if strings.HasPrefix(name, "link") && !strings.Contains(strings.Join(fault.Hints(err), ""), "cp -RL") {
			t.Errorf("%s: hints %q", name, fault.Hints(err))
		}
	}
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	_, err := builder.Folder(ctx, makeFolder(t, "a="+strings.Repeat("x", 1000)), nil, func(event.Event) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("after the cancellation %v is left", left)
	}
}
