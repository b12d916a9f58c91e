package oracletest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/test/oracle"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// workbench is an index that serves the packages of universe, and a tool.
type workbench struct {
	*tool
	*testindex.Server
}

func newWorkbench(t *testing.T, tool string, env ...string) *workbench {
	t.Helper()
	b := &workbench{tool: newTool(t, tool, env...)}
	wheels := filepath.Join(b.base, "wheels")
	for _, w := range universe {
		w.write(t, wheels)
	}
	b.Server = testindex.Start(t, wheels)
	b.HTMLOnly = true // as some tools are known to need
	return b
}

// bench is a project folder at the workbench.
type bench struct {
	*workbench
	t   *testing.T
	dir string
}

// project makes an empty project, but for a wheel that it may name by its path.
func (b *workbench) project(t *testing.T) *bench {
	p := &bench{b, t, filepath.Join(t.TempDir(), "project")}
	testindex.MakeWheel(t, p.dir+"/lib", "local", "1.0", "py3-none-any", nil)
	return p
}

// write writes a file of the project. INDEX and FILES in the content become
// the URLs of the index and of its folder of files.
func (b *bench) write(name, content string) {
	b.t.Helper()
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		b.t.Fatal(err)
	}
	content = strings.NewReplacer("INDEX", b.Index+"/", "FILES", b.URL+"/files").Replace(content)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		b.t.Fatal(err)
	}
}

// run runs the tool in the project and returns what it prints.
func (b *bench) run(args ...string) string {
	b.t.Helper()
	out, err := b.try(b.dir, args...)
	if err != nil {
		b.t.Fatalf("%s %s: %v\n%s", filepath.Base(b.path), strings.Join(args, " "), err, out)
	}
	return out
}

// resolve reads the lock and chooses for tt.
func (b *bench) resolve(name string, tt target.Target, o resolve.Options) ([]string, error) {
	l, err := lock.Read(filepath.Join(b.dir, name))
	if err != nil {
		return nil, err
	}
	c, err := cache.Open(b.t.TempDir())
	if err != nil {
		b.t.Fatal(err)
	}
	client := index.NewClient(index.Settings{URL: b.Index}, c, nil)
	r, err := resolve.Resolve(context.Background(), l, tt, o, client)
	if err != nil {
		return nil, err
	}
	var pins []string
	for _, d := range r.Distributions {
		pins = append(pins, d.Name+"=="+d.Version)
	}
	return pins, nil
}

// compare checks lamella's choice against the tool's, name==version each.
func (b *bench) compare(lockName string, tt target.Target, o resolve.Options, want []string) {
	b.t.Helper()
	got, err := b.resolve(lockName, tt, o)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s\n%s", tt, err, strings.Join(fault.Details(err), "\n"), strings.Join(fault.Hints(err), "\n"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		b.t.Errorf("%s, %+v: lamella takes\n%s\nthe tool takes\n%s", tt, o, strings.Join(got, " "), strings.Join(want, " "))
	}
}

// targets are those that are compared.
func targets(t *testing.T, names ...string) []target.Target {
	t.Helper()
	var all []target.Target
	for _, name := range names {
		runtime, architecture, _ := strings.Cut(name, "/")
		tt, err := target.Parse(runtime, architecture)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tt)
	}
	return all
}

// variables are the marker environment of a target as packaging takes it.
func variables(tt target.Target) map[string]any {
	e := tt.Environment()
	return map[string]any{
		"os_name": e.OSName, "sys_platform": e.SysPlatform, "platform_machine": e.PlatformMachine,
		"platform_python_implementation": e.PlatformPythonImplementation, "platform_release": e.PlatformRelease,
		"platform_system": e.PlatformSystem, "platform_version": e.PlatformVersion, "python_version": e.PythonVersion,
		"python_full_version": e.PythonFullVersion, "implementation_name": e.ImplementationName,
		"implementation_version": e.ImplementationVersion,
	}
}

// pins reads exported requirements, and returns by target, as packaging judges
// their markers, the names and versions.
func pins(t *testing.T, exported string, all []target.Target) [][]string {
	t.Helper()
	var q oracle.Question
	for _, tt := range all {
		q.Environments = append(q.Environments, variables(tt))
	}
	var names []string
	for line := range strings.Lines(exported) {
		line = strings.TrimSuffix(strings.TrimSpace(line), " \\")
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-i ") || strings.HasPrefix(line, "--") {
			continue
		}
		requirement, marker, has := strings.Cut(line, ";")
		if !has {
			marker = "os_name == 'posix'"
		}
		requirement = strings.TrimSpace(strings.TrimPrefix(requirement, "-e "))
		name, version, pinned := strings.Cut(requirement, "==")
		if name = strings.TrimSpace(name); !pinned {
			name = strings.TrimSpace(strings.SplitN(requirement, "@", 2)[0])
			if strings.ContainsAny(name, "/.:") { // a bare URL or path to a wheel
				name, _, _ = strings.Cut(filepath.Base(name), "-")
			}
		}
		name, _, _ = strings.Cut(name, "[")
		name = pep503.Normalize(name)
		if !pinned {
			version = versions[name]
		}
		names = append(names, name+"=="+strings.TrimSpace(version))
		q.Markers = append(q.Markers, strings.TrimSpace(marker))
	}
	answer := oracle.Ask(t, q)
	chosen := make([][]string, len(all))
	for i, name := range names {
		if answer.Markers[i] == nil {
			t.Fatalf("packaging does not accept the marker %s", q.Markers[i])
		}
		for j := range all {
			if answer.Markers[i].Holds[j] == 'y' && !slices.Contains(chosen[j], name) {
				chosen[j] = append(chosen[j], name)
			}
		}
	}
	return chosen
}

// hostTarget is the target of the Python that runs a tool in its virtual environment.
func hostTarget(t *testing.T, x *tool) target.Target {
	t.Helper()
	out, err := exec.Command(x.python(), "-c", "import json, sys; print(json.dumps([sys.version_info[0], sys.version_info[1]]))").Output()
	var version [2]int
	if err == nil {
		err = json.Unmarshal(out, &version)
	}
	if err != nil {
		t.Fatal(err)
	}
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	tt, err := target.Parse(fmt.Sprintf("python%d.%d", version[0], version[1]), architecture)
	if err != nil || runtime.GOOS != "linux" {
		t.Skip(errors.Join(err, errors.New("the tool's own Python is that of no Lambda runtime")))
	}
	return tt
}

// checkFresh checks that a lock that was just made is fresh.
func checkFresh(b *bench, name string) {
	b.t.Helper()
	l, err := lock.Read(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err, fault.Hints(err))
	}
	stale, err := l.Stale()
	if err != nil || stale != nil {
		content, _ := os.ReadFile(l.Path)
		b.t.Errorf("the lock is fresh, but: %v, %v\n%s", stale, err, content)
	}
}
