package resolve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// folderFinder also hashes folders: by their names.
type folderFinder struct{ finder }

func (*folderFinder) HashFolder(_ context.Context, folder string) (digest.Digest, error) {
	return digest.SHA256([]byte(filepath.Base(folder))), nil
}

func source(text, further string) string {
	return "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { " + text + " }\n" + further
}

// sources describes the distributions that are to be built.
func sources(r *Resolution) string {
	var all []string
	for _, d := range r.Distributions {
		how := d.File.Name
		if d.FromSource {
			how = strings.Join(strings.Fields("source "+d.File.Name+" "+string(d.Hash)[:8]), " ")
		}
		all = append(all, d.Name+" "+how)
	}
	return strings.Join(all, ", ")
}

func TestAllowBuild(t *testing.T) {
	needA := `dependencies = [{ name = "a" }]`
	folder := string(digest.SHA256([]byte("a")))[:8]
	for _, c := range []struct {
		name, lock, content string
		allow               []string
		want                string
	}{
		{"sdist", "uv.lock", uvLock("", needA, uvPackage("a", "1", []string{"a-1.tar.gz"})), []string{"A"}, "a source a-1.tar.gz sha256:a"},
		{"a wheel that fits is better", "uv.lock", uvLock("", needA, uvPackage("a", "1", []string{"a-1.tar.gz", "a-1-py3-none-any.whl"})), []string{AllPackages}, "a a-1-py3-none-any.whl"},
		{"no wheel fits", "uv.lock", uvLock("", needA, uvPackage("a", "1", []string{"a-1.tar.gz", "a-1-cp313-cp313-win32.whl"})), []string{AllPackages}, "a source a-1.tar.gz sha256:a"},
		{"git", "uv.lock", uvLock("", needA, source(`git = "https://host.example/r?rev=main#`+commit+`"`, "")), []string{"a"}, "a source git:0123"},
		{"folder", "uv.lock", uvLock("", needA, source(`directory = "a"`, "")), []string{"a"}, "a source " + folder},
		{"editable folder", "uv.lock", uvLock("", needA, source(`editable = "a"`, "")), []string{"a"}, "a source " + folder},
		{"archive", "uv.lock", uvLock("", needA, source(`url = "https://files.example/archive/main.zip"`, "sdist = { hash = \""+sha("b")+"\" }\n")), []string{"a"}, "a source main.zip sha256:b"},
		{"requirements", "requirements.txt", "a @ git+https://host.example/r@" + commit + "\n./b-2.tar.gz --hash=" + sha("b") + "\nc==1 --hash=" + sha("a") + "\n", []string{AllPackages},
			"a source git:0123, b source b-2.tar.gz sha256:b, c source c-1.tar.gz sha256:a"},
		{"no-binary", "requirements.txt", "--no-binary c\nc==1 --hash=" + sha("a") + "\n", []string{"c"}, "c source c-1.tar.gz sha256:a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &folderFinder{finder{files: map[string][]string{"c": {"c-1.zip", "c-1.tar.gz", "c-1-cp313-cp313-win32.whl"}}}}
			if c.name == "no-binary" {
				f.files["c"] = append(f.files["c"], "c-1-py3-none-any.whl")
			}
			r, err := Resolve(context.Background(), read(t, c.lock, c.content), targetOf(t, "python3.13/x86_64"), Options{AllowBuild: c.allow}, f)
			if err != nil {
				t.Fatal(err, fault.Hints(err))
			}
			if got := sources(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestBuildRefusals(t *testing.T) {
	h := " --hash=" + sha("a") + "\n"
	for _, c := range []struct {
		name, content string
		allow         []string
		want          []string
	}{
		{"another one is allowed", "a==1" + h, []string{"b"}, []string{"only a source distribution", "--allow-build a"}},
		{"no sdist", "b==1" + h, []string{"b"}, []string{"b 1 "}},
		{"no-binary without sdist", "--no-binary b\nb==1" + h, []string{"b"}, []string{"--no-binary"}},
		{"a branch", "a @ git+https://me:secret@host.example/r@main", []string{"a"},
			[]string{"a ", "requirements.txt:1", "a @ git+https://host.example/r@COMMIT"}},
		{"another VCS", "a @ hg+https://host.example/r@" + commit, []string{"a"}, []string{"a ", "--exclude a"}},
		{"no name", "git+https://host.example/r@" + commit, []string{AllPackages}, []string{"NAME @ git+https://host.example/r"}},
		{"an archive without a name", "https://files.example/main.zip" + h, []string{AllPackages}, []string{"NAME @ https://files.example/main.zip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &folderFinder{finder{files: map[string][]string{"a": {"a-1.tar.gz"}, "b": {"b-1-cp39-cp39-win32.whl"}}}}
			_, err := Resolve(context.Background(), read(t, "requirements.txt", c.content), targetOf(t, "python3.11/arm64"), Options{AllowBuild: c.allow}, f)
			wantFault(t, err, fault.Lock, c.want...)
			if strings.Contains(fmt.Sprint(err, fault.Hints(err)), "secret") {
				t.Error("it tells the password")
			}
		})
	}
	l := read(t, "uv.lock", uvLock("", `dependencies = [{ name = "a" }]`, source(`directory = "a"`, "")))
	_, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{AllowBuild: []string{"a"}}, nil)
	wantMisuse(t, err, "a 1")
}

// A folder that a requirement does not name is called what it calls itself.
func TestFolderIsNamedByItsProject(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), []byte("[project]\nname = \"My.Lib\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	l := read(t, "requirements.txt", "-e "+dir+"\n")
	r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{AllowBuild: []string{"my-lib"}}, &folderFinder{})
	if err != nil {
		t.Fatal(err)
	}
	d := r.Distributions[0]
	if want := digest.SHA256([]byte(filepath.Base(dir))); d.Name != "my-lib" || d.Hash != want || !d.FromSource {
		t.Errorf("got %+v", d)
	}
	if got, want := d.Requirement(), "my-lib @ "+lock.FileURL(dir); got != want {
		t.Errorf("as a requirement: %s, want %s", got, want)
	}
}

// What is built differs from machine to machine; the inputs are the source's.
func TestInputsOfSources(t *testing.T) {
	inputs := func(name, content string) digest.Digest {
		t.Helper()
		r, err := Resolve(context.Background(), read(t, name, content), targetOf(t, "python3.13/x86_64"), Options{AllowBuild: []string{"a"}}, &folderFinder{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Inputs()
	}
	git := func(fragment string) digest.Digest {
		return inputs("requirements.txt", "a @ git+https://host.example/r@"+fragment)
	}
	base := git(commit)
	if git(strings.ToUpper(commit)) != base {
		t.Error("the inputs depend on how the commit is written")
	}
	other := []digest.Digest{base, git(strings.ReplaceAll(commit, "0", "1")), git(commit + "#subdirectory=x")}
	slices.Sort(other)
	if len(slices.Compact(other)) != 3 {
		t.Error("another commit or folder has the same inputs")
	}
}

func TestExplainSdist(t *testing.T) {
	l := read(t, "uv.lock", uvLock("", `dependencies = [{ name = "a" }]`, uvPackage("a", "1", []string{"a-1-cp313-cp313-win32.whl", "a-1.tar.gz"})))
	x, err := Explain(l, targetOf(t, "python3.13/x86_64"), Options{AllowBuild: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	choices, refused, err := x.Files(context.Background(), x.Named("a")[0], nil)
	if err != nil || refused != nil {
		t.Fatal(err, refused)
	}
	if len(choices) != 2 || !choices[0].Chosen || choices[0].File.Name != "a-1.tar.gz" || choices[0].Reason != "" || choices[1].Chosen {
		t.Errorf("got %+v", choices)
	}
}
