package sdist

import (
	"archive/zip"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testsource"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// newSymbol is C code that needs glibc 2.27, one later than Amazon Linux 2 has.
const newSymbol = "extern int memfd_create(const char *, unsigned); int f(void) { return memfd_create(\"x\", 0); }\n"

var (
	pure   = testsource.Project{Name: "pure", Version: "1.0"}
	native = testsource.Project{Name: "native", Version: "1.0", C: "int f(void) { return 1; }\n"}
	remote = testsource.Project{Name: "remote", Version: "1.0"}
)

// Two sdists, one of them a C extension, and a repository: each is built once,
// and changing one builds one.
func TestBuildsEachOnce(t *testing.T) {
	testenv.Compiler(t)
	b := newBench(t)
	repository := filepath.Join(t.TempDir(), "remote")
	commit := remote.Commit(t, repository)
	ds := []resolve.Distribution{sdistOf(t, pure), sdistOf(t, native), gitOf(remote, "file://"+repository, commit)}

	wheels := b.mustBuild(t, ds...)
	if got, want := b.take(), []string{"native 1.0", "pure 1.0", "remote 1.0"}; !slices.Equal(got, want) {
		t.Errorf("the first time %q was built, want %q", got, want)
	}
	if wheels[0].Name != "pure-1.0-py3-none-any.whl" || !strings.HasPrefix(wheels[1].Name, "native-1.0-cp3") || wheels[2].Name != "remote-1.0-py3-none-any.whl" {
		t.Errorf("got %+v", wheels)
	}
	if again := b.mustBuild(t, ds...); !slices.Equal(again, wheels) || b.take() != nil {
		t.Error("the second time something was built")
	}

	changed := remote
	changed.Version = "1.1"
	ds[2] = gitOf(changed, "file://"+repository, changed.Commit(t, repository))
	b.mustBuild(t, ds...)
	if got, want := b.take(), []string{"remote 1.1"}; !slices.Equal(got, want) {
		t.Errorf("after a new commit %q was built, want %q", got, want)
	}
	changed = pure
	changed.Files = map[string]string{"pure.py": "changed = True\n"}
	ds[0] = sdistOf(t, changed)
	b.mustBuild(t, ds...)
	if got, want := b.take(), []string{"pure 1.0"}; !slices.Equal(got, want) {
		t.Errorf("after another sdist %q was built, want %q", got, want)
	}
}

// The same source gives the same bytes, wherever and whenever it is built.
func TestBuildIsReproducible(t *testing.T) {
	build := func() string {
		content, err := os.ReadFile(newBench(t).mustBuild(t, sdistOf(t, pure))[0].Path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if first, second := build(), build(); first != second {
		t.Error("two builds of one source differ")
	}
}

func TestMachineCode(t *testing.T) {
	testenv.Compiler(t)
	here := newBench(t)
	tooNew := native
	tooNew.C = newSymbol
	old := here.Target // as if this machine's Python were that of a runtime with an older glibc
	old.GlibcMinor = 26
	parse := func(runtime, architecture string) target.Target {
		tt, err := target.Parse(runtime, architecture)
		if err != nil {
			t.Fatal(err)
		}
		return tt
	}
	swapped := map[string]string{"x86_64": "arm64", "arm64": "x86_64"}[here.Target.Architecture]
	for _, c := range []struct {
		name    string
		target  target.Target
		project testsource.Project
		want    []string
	}{
		{"glibc", old, tooNew, []string{"_native.so", "memfd_create@GLIBC_2.27", "--container"}},
		{"architecture", parse(here.Target.Runtime, swapped), native, []string{"--container"}},
		{"Python", parse("python3.9", here.Target.Architecture), native, []string{"uv python install 3.9", "--container"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := *here.Tool.(*Host)
			host.target = c.target
			b := &bench{tmp: here.tmp, Builder: &Builder{Target: c.target, Cache: here.Cache, Tool: &host, Fetch: fetch}}
			b.refused(t, sdistOf(t, c.project), fault.Machine, c.want...)
		})
	}
}

func TestRefusesLies(t *testing.T) {
	b := newBench(t)
	base := testsource.Project{Name: "demo", Version: "1.0"}
	with := func(change func(*testsource.Project)) testsource.Project {
		p := base
		change(&p)
		return p
	}
	for _, c := range []struct {
		name    string
		project testsource.Project
		version string // that is locked; "" is 1.0
		kind    fault.Kind
		want    []string
		runs    bool // the build runs before it is noticed
	}{
		{"name of the sdist", with(func(p *testsource.Project) { p.SdistName = "evil" }), "", fault.Lock, []string{"evil", "--exclude demo"}, false},
		{"version of the sdist", with(func(p *testsource.Project) { p.SdistVersion = "2.0" }), "", fault.Lock, []string{"2.0", "1.0"}, false},
		{"name of the wheel", with(func(p *testsource.Project) { p.Wheel = "evil-1.0" }), "", fault.Lock, []string{"evil-1.0-py3-none-any.whl"}, true},
		{"version of the wheel", with(func(p *testsource.Project) { p.Wheel = "demo-3" }), "", fault.Lock, []string{"demo-3", "1.0"}, true},
		{"METADATA", with(func(p *testsource.Project) { p.Before = "project['version'] = '4'"; p.Wheel = "demo-1.0" }), "", fault.Lock, []string{"METADATA", "demo-1.0-py3-none-any.whl", `version "4"`}, true},
		{"tag", with(func(p *testsource.Project) { p.Tag = "py3-none-macosx_11_0_arm64" }), "", fault.Machine, []string{"demo-1.0-py3-none-macosx_11_0_arm64.whl"}, true},
		{"no project", base, "", fault.Lock, []string{"nowhere", "pyproject.toml"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := sdistOf(t, c.project)
			if c.name == "no project" {
				d.Source.Subdirectory = "nowhere"
			}
			b.refused(t, d, c.kind, c.want...)
		})
	}
}

// A local version part is the builder's to add.
func TestVersionsThatAgree(t *testing.T) {
	for _, c := range []struct {
		locked, got string
		ok          bool
	}{{"1.0", "1.0.0", true}, {"1.0", "1.0+abc", true}, {"", "7", true}, {"1.0", "1.0.post1", false}, {"1.0", "not one", false}, {"1.0", "", false}} {
		err := checkIdentity(&resolve.Distribution{Name: "a", Version: c.locked}, "it", "A", c.got)
		if (err == nil) != c.ok {
			t.Errorf("locked %q, built %q: %v", c.locked, c.got, err)
		}
	}
}

func TestFailingBuilds(t *testing.T) {
	b := newBench(t)
	project := func(before string) resolve.Distribution {
		return sdistOf(t, testsource.Project{Name: "demo", Version: "1.0", Before: before})
	}
	b.refused(t, project("raise SystemExit('the compiler is missing')"), fault.Machine, "demo 1.0", "the compiler is missing", "again with -v", "--container")
	b.refused(t, project("print('x' * 10_000_000, flush=True); raise SystemExit(1)"), fault.Machine)
	b.refused(t, project("raise OSError(28, 'No space left on device')"), fault.Machine, "No space left on device", "TMPDIR=")
	b.refused(t, project("open(os.path.join(wheel_directory, 'evil-1-py3-none-any.whl'), 'w').close()"), fault.Machine, "2 wheels")

	b.Timeout = time.Second
	if err := b.refused(t, project("import time; time.sleep(60)"), fault.Machine); !errors.Is(err, command.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	b.Timeout = 0
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Build(ctx, []resolve.Distribution{project("")}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	b.isClean(t)
}

// A build that writes beside its folder changes nothing of the user's, and what
// it leaves read-only is removed all the same.
func TestBuildWorksOnACopy(t *testing.T) {
	b := newBench(t)
	folder := filepath.Join(t.TempDir(), "lib")
	p := testsource.Project{Name: "demo", Version: "1.0", Extra: map[string]string{"run.sh": "#!/bin/sh\n", "build/old.txt": "old\n"},
		Before: "os.makedirs('../beside/deep'); open('../beside/deep/x', 'w').close(); os.chmod('../beside/deep', 0o555); " +
			"open('project.json', 'a').write(' '); open('new.txt', 'w').close()"}
	p.Write(t, folder)
	before := snapshot(t, filepath.Dir(folder))
	b.mustBuild(t, folderOf(t, p, folder))
	if after := snapshot(t, filepath.Dir(folder)); after != before {
		t.Errorf("the folder was\n%s\nand is\n%s", before, after)
	}

	d := folderOf(t, p, folder)
	d.Hash = digest.SHA256(nil)
	b.refused(t, d, fault.Lock, "run the same command again")
}

// A built wheel that is invalid is named, and so is its distribution.
func TestInvalidWheel(t *testing.T) {
	d := &resolve.Distribution{Name: "demo", Version: "1.0"}
	for _, file := range []string{"demo-1.0-py3-none-any.whl", "demo-1.0.whl"} {
		err := (&Builder{}).checkWheel(d, file, strings.NewReader("<html>"), 6)
		hints := strings.Join(fault.Hints(err), "\n")
		if catalogue.KindOf(err) != fault.Machine || !strings.Contains(err.Error(), file) || !strings.HasSuffix(hints, "--exclude demo") || strings.Contains(hints, "lock") {
			t.Errorf("%s: %v, hints: %s", file, err, hints)
		}
	}
}

// snapshot describes all files below dir.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		all.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + " " + string(content) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Without uv, pip builds the same.
func TestPip(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the PATH is made of shell scripts")
	}
	tt := testTarget(t)
	python := testenv.Tool(t, "python")
	t.Setenv("PATH", programs(t, map[string]string{tt.Runtime: python}))
	b := newBenchFor(t, tt)
	if got := b.Tool.Identity(); !strings.HasPrefix(got, "pip ") || !strings.Contains(got, "CPython 3.") {
		t.Errorf("the tool is %s", got)
	}
	d := sdistOf(t, pure)
	if w := b.mustBuild(t, d); w[0].Name != "pure-1.0-py3-none-any.whl" {
		t.Errorf("got %+v", w)
	}
	b.refused(t, sdistOf(t, testsource.Project{Name: "demo", Version: "1.0", Before: "raise SystemExit(3)"}), fault.Machine)
	b.refused(t, gitOf(remote, "file:///nowhere", strings.Repeat("0", 40)), fault.Machine, "--exclude remote")
}

func TestNoTool(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the PATH is made of shell scripts")
	}
	tt := testTarget(t)
	for _, c := range []struct {
		programs map[string]string
		hint     string
	}{
		{nil, "install Python"},
		{map[string]string{"python3": "/bin/false"}, "install Python"},
		{map[string]string{"python3": testenv.Tool(t, "python") + " -S"}, "-m ensurepip"}, // -S: without site-packages
	} {
		t.Setenv("PATH", programs(t, c.programs))
		_, err := FindHost(context.Background(), tt)
		if hints := strings.Join(fault.Hints(err), "\n"); catalogue.KindOf(err) != fault.Machine || !strings.Contains(hints, c.hint) || !strings.Contains(hints, "--container") {
			t.Errorf("with %v: got %v", c.programs, err)
		}
	}
}

// programs makes a folder of scripts that run others.
func programs(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, command := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nexec "+command+" \"$@\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRepackKeepsContent(t *testing.T) {
	b := newBench(t)
	w := b.mustBuild(t, sdistOf(t, pure))[0]
	r, err := zip.OpenReader(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if y := f.Modified.Year(); y != 1980 {
			t.Errorf("%s is of %d", f.Name, y)
		}
	}
	if want := []string{"pure.py", "pure-1.0.dist-info/METADATA", "pure-1.0.dist-info/RECORD", "pure-1.0.dist-info/WHEEL"}; !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	if out, err := exec.Command(testenv.Tool(t, "python"), "-m", "zipfile", "-t", w.Path).CombinedOutput(); err != nil {
		t.Errorf("Python cannot read it: %v\n%s", err, out)
	}
}
