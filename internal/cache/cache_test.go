package cache

import (
	"bytes"
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

func open(t *testing.T) *Cache {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sha512Of(b []byte) digest.Digest {
	sum := sha512.Sum512(b)
	return digest.Of("sha512", sum[:])
}

// files lists what is in the cache folder, but for the marker and the locks.
func files(t *testing.T, c *Cache) []string {
	t.Helper()
	var names []string
	filepath.WalkDir(c.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != tagName && !strings.HasSuffix(path, lockName) {
			name, _ := filepath.Rel(c.Dir(), path)
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	return names
}

func TestAddWheel(t *testing.T) {
	content := []byte("a wheel")
	for _, d := range []digest.Digest{digest.SHA256(content), sha512Of(content)} {
		t.Run(d.Algorithm(), func(t *testing.T) {
			c := open(t)
			if _, ok := c.Wheel(d); ok {
				t.Fatal("an empty cache has the wheel")
			}
			verified := 0
			verify := func(r io.ReaderAt, size int64) error {
				verified++
				got, err := io.ReadAll(io.NewSectionReader(r, 0, size))
				if !bytes.Equal(got, content) {
					t.Errorf("verify sees %q, %v", got, err)
				}
				return nil
			}
			path, err := c.AddWheel(t.Context(), d, bytes.NewReader(content), verify)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := c.Wheel(d); !ok || got != path {
				t.Errorf("Wheel = %q, %v; want %q", got, ok, path)
			}
			if got, ok := c.Wheel(digest.SHA256(content)); !ok || got != path {
				t.Errorf("Wheel by its sha256 = %q, %v; want %q", got, ok, path)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
				t.Errorf("the file holds %q, %v", got, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o444 {
				t.Errorf("mode %v, %v; want 0444", info.Mode(), err)
			}
			// Again: nothing is read, nothing is verified.
			again, err := c.AddWheel(t.Context(), d, failingReader{}, verify)
			if err != nil || again != path || verified != 1 {
				t.Errorf("the second time: %q, %v, verified %d times", again, err, verified)
			}
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("read") }

func TestAddWheelLeavesNothingOfABadOne(t *testing.T) {
	content := []byte("a wheel")
	broken := errors.New("broken archive")
	tests := []struct {
		name   string
		r      io.Reader
		verify func(io.ReaderAt, int64) error
		is     func(error) bool
	}{
		{"another content", strings.NewReader("another"), nil, func(err error) bool {
			m := (*Mismatch)(nil)
			return errors.As(err, &m) && m.Got == digest.SHA256([]byte("another")) && m.Want == digest.SHA256(content)
		}},
		{"cut short", strings.NewReader("a whe"), nil, func(err error) bool {
			m := (*Mismatch)(nil)
			return errors.As(err, &m)
		}},
		{"refused by verify", bytes.NewReader(content), func(io.ReaderAt, int64) error { return broken },
			func(err error) bool { return errors.Is(err, broken) }},
		{"reader fails", io.MultiReader(strings.NewReader("a wh"), failingReader{}), nil,
			func(err error) bool { return err != nil && err.Error() == "read" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := open(t)
			good := []byte("good")
			if _, err := c.AddWheel(t.Context(), digest.SHA256(good), bytes.NewReader(good), nil); err != nil {
				t.Fatal(err)
			}
			before := files(t, c)
			_, err := c.AddWheel(t.Context(), digest.SHA256(content), test.r, test.verify)
			if !test.is(err) {
				t.Errorf("error %v", err)
			}
			if after := files(t, c); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("files %v, want %v", after, before)
			}
			if _, ok := c.Wheel(digest.SHA256(content)); ok {
				t.Error("the bad wheel is in the cache")
			}
		})
	}
}

func TestIngestGoesOn(t *testing.T) {
	c := open(t)
	content := []byte("a wheel in two parts")
	d := digest.SHA256(content)
	in, err := c.Begin(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.SetValidator(`"v1"`); err != nil {
		t.Fatal(err)
	}
	in.Write(content[:7])
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	in, err = c.Begin(t.Context(), d, sha512Of(content))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if in.Size() != 7 || in.Validator() != `"v1"` {
		t.Fatalf("Size %d, Validator %s; want 7 and \"v1\"", in.Size(), in.Validator())
	}
	in.Write(content[7:])
	if _, err := in.Commit(nil); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, c); len(got) != 2 || !strings.HasPrefix(got[0], "alias/sha512/") || !strings.HasPrefix(got[1], "wheels/") {
		t.Errorf("files %v, want the wheel and its alias", got)
	}
}

func TestEveryHashIsChecked(t *testing.T) {
	c := open(t)
	content := []byte("a wheel")
	in, err := c.Begin(t.Context(), digest.SHA256(content), sha512Of([]byte("another")))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	in.Write(content)
	m := (*Mismatch)(nil)
	if _, err := in.Commit(nil); !errors.As(err, &m) || m.Want.Algorithm() != "sha512" {
		t.Errorf("Commit: %v, want a mismatch of the sha512", err)
	}
}

func TestOneAddsWhileOthersWait(t *testing.T) {
	c := open(t)
	content := bytes.Repeat([]byte("wheel"), 100_000)
	var read atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			in, err := c.Begin(context.Background(), digest.SHA256(content))
			if err != nil {
				t.Error(err)
				return
			}
			defer in.Close()
			if _, ok := in.Done(); ok {
				return
			}
			read.Add(1)
			in.Write(content)
			if _, err := in.Commit(nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if read.Load() != 1 {
		t.Errorf("%d goroutines added the wheel, want 1", read.Load())
	}
}

func TestWaitingEndsWithContext(t *testing.T) {
	c := open(t)
	d := digest.SHA256([]byte("x"))
	in, err := c.Begin(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	in.Write([]byte("half"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Begin(ctx, d); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Begin: %v, want the context's error", err)
	}
	// The one who waited must not have taken anything from the one who writes.
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if in, err = c.Begin(t.Context(), d); err != nil || in.Size() != 4 {
		t.Fatalf("Begin: %v with %d bytes, want 4", err, in.Size())
	}
	in.Close()
}

// TestTwoProcesses adds 40 wheels from two processes at once: both succeed, and
// each wheel is written by one of them.
func TestTwoProcesses(t *testing.T) {
	const n = 40
	content := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 50_000) }
	if dir := os.Getenv("LAMELLA_TEST_CACHE"); dir != "" {
		c, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			in, err := c.Begin(t.Context(), digest.SHA256(content(i)))
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := in.Done(); !ok {
				in.Write(content(i))
				if _, err := in.Commit(nil); err != nil {
					t.Fatal(err)
				}
				fmt.Println("added", i)
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "cache") // also created by both at once
	var outputs [2]bytes.Buffer
	var wg sync.WaitGroup
	for i := range outputs {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestTwoProcesses$", "-test.v")
			cmd.Env = append(os.Environ(), "LAMELLA_TEST_CACHE="+dir)
			cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
			if err := cmd.Run(); err != nil {
				t.Errorf("process %d: %v\n%s", i, err, &outputs[i])
			}
		})
	}
	wg.Wait()
	added := strings.Count(outputs[0].String()+outputs[1].String(), "added ")
	if added != n {
		t.Errorf("%d wheels were written, want each of %d once", added, n)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	damaged, checked, err := c.Verify(t.Context())
	if err != nil || len(damaged) > 0 || checked.Files != n {
		t.Errorf("Verify: %v, %v, %v", damaged, checked, err)
	}
}

func TestFacts(t *testing.T) {
	c := open(t)
	var got []string
	if c.Fact("key", &got) {
		t.Error("an empty cache has a fact")
	}
	if err := c.PutFact("key", []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if !c.Fact("key", &got) || fmt.Sprint(got) != "[a b]" {
		t.Errorf("Fact = %v", got)
	}
	if err := os.WriteFile(c.factPath("key"), []byte(`["a`), 0o644); err != nil {
		t.Fatal(err)
	}
	if c.Fact("key", &got) {
		t.Error("a damaged fact counts")
	}
}

func TestOpenRefusesOtherFolders(t *testing.T) {
	foreign := t.TempDir()
	os.WriteFile(filepath.Join(foreign, "thesis.tex"), nil, 0o644)
	others := t.TempDir()
	os.WriteFile(filepath.Join(others, tagName), []byte("Signature: 8a477f597d28d172789f06886806bc55\n# another tool's\n"), 0o644)
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o644)
	for _, dir := range []string{foreign, others, file, filepath.Join(file, "below")} {
		_, err := Open(dir)
		if catalogue.KindOf(err) != fault.Machine || !strings.Contains(strings.Join(fault.Hints(err), "\n"), EnvDir+"=") {
			t.Errorf("Open(%s): %v, hints %q", dir, err, fault.Hints(err))
		}
	}
	if _, err := Open(t.TempDir()); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestUnwritable(t *testing.T) {
	tests := map[string]func(t *testing.T, dir string){
		"a file in the way": func(t *testing.T, dir string) {
			os.WriteFile(filepath.Join(dir, partialDir), nil, 0o644)
		},
		"a read-only folder": func(t *testing.T, dir string) {
			if os.Getuid() == 0 || runtime.GOOS == "windows" {
				t.Skip("root may write everywhere")
			}
			os.Chmod(dir, 0o555)
			t.Cleanup(func() { os.Chmod(dir, 0o755) })
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			spoil(t, c.Dir())
			_, err := c.AddWheel(t.Context(), digest.SHA256([]byte("x")), strings.NewReader("x"), nil)
			if catalogue.KindOf(err) != fault.Machine || !strings.Contains(strings.Join(fault.Hints(err), "\n"), EnvDir+"=") {
				t.Errorf("error %v, hints %q", err, fault.Hints(err))
			}
		})
	}
}

// TestDiskFull makes the partial file a link to the device that is always full.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	c := open(t)
	d := digest.SHA256([]byte("x"))
	part := filepath.Join(c.Dir(), partialDir, "sha256-"+d.Hex()+partEnd)
	os.MkdirAll(filepath.Dir(part), 0o755)
	if err := os.Symlink("/dev/full", part); err != nil {
		t.Fatal(err)
	}
	in, err := c.Begin(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	_, err = in.Write([]byte("x"))
	if catalogue.KindOf(err) != fault.Machine || !strings.Contains(strings.Join(fault.Hints(err), "\n"), "lamella cache clean") {
		t.Errorf("error %v, hints %q", err, fault.Hints(err))
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, c); len(got) > 0 {
		t.Errorf("%v stayed on the full disk", got)
	}
}
