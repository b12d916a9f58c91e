package resolve

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
)

// localFinder is an index of files, each with a hash of its own.
type localFinder map[string]string // file name → hash

func (f localFinder) Find(_ context.Context, p lock.Package) ([]lock.File, error) {
	var files []lock.File
	for name, hash := range f {
		for _, h := range p.Hashes {
			if string(h) == hash {
				files = append(files, lock.File{Name: name, URL: "https://files.example/" + name, Hashes: []digest.Digest{h}})
			}
		}
	}
	return files, nil
}

// TestLocalVersions: a lock file pins a version without a local version label, and has hashes of
// files with one. What is chosen is what the tools choose (pip 26.3, uv 0.13.9, Pipenv 2026.10.3,
// PDM 2.29.3, and Poetry 2.5.1 were asked); see also internal/test/oracletest.
func TestLocalVersions(t *testing.T) {
	const (
		plain  = "demo-2.3.0-py3-none-any.whl"
		better = "demo-2.3.0-py313-none-any.whl"
		cu118  = "demo-2.3.0+cu118-py3-none-any.whl"
		cu121  = "demo-2.3.0+cu121-py3-none-any.whl"
		sdist  = "demo-2.3.0+cu118.tar.gz"
	)
	f := localFinder{plain: sha("a"), better: sha("b"), cu118: sha("c"), cu121: sha("d"), sdist: sha("e")}
	hash := func(name string) string { return strings.TrimPrefix(f[name], "sha256:") }
	requirements := func(pin string, names ...string) string {
		for _, name := range names {
			pin += " --hash=" + f[name]
		}
		return pin + "\n"
	}
	list := func(format string, names ...string) string {
		var lines []string
		for _, name := range names {
			lines = append(lines, strings.NewReplacer("NAME", name, "URL", "https://files.example/"+url.PathEscape(name), "HASH", hash(name)).Replace(format))
		}
		return strings.Join(lines, ", ")
	}
	texts := map[string]func(version string, names ...string) string{
		"requirements.txt": func(version string, names ...string) string { return requirements("demo=="+version, names...) },
		"Pipfile.lock": func(version string, names ...string) string {
			return fmt.Sprintf(`{"_meta":{"hash":{"sha256":"0"},"pipfile-spec":6,"requires":{},"sources":[]},"default":{"demo":{"version":"==%s","hashes":[%s]}},"develop":{}}`,
				version, list(`"sha256:HASH"`, names...))
		},
		"pdm.lock": func(version string, names ...string) string {
			return "[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.0\"\n[[metadata.targets]]\nrequires_python = \">=3.9\"\n" +
				"[[package]]\nname = \"demo\"\nversion = \"" + version + "\"\ngroups = [\"default\"]\nfiles = [" + list(`{file = "NAME", url = "URL", hash = "sha256:HASH"}`, names...) + "]\n"
		},
		"uv.lock": func(version string, names ...string) string {
			return uvLock("", `dependencies = [{ name = "demo" }]`, "[[package]]\nname = \"demo\"\nversion = \""+version+"\"\nsource = { registry = \"https://index.example/simple\" }\n"+
				"wheels = ["+list(`{ url = "URL", hash = "sha256:HASH" }`, names...)+"]\n")
		},
		"pylock.toml": func(version string, names ...string) string {
			return "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"demo\"\nversion = \"" + version + "\"\nwheels = [" +
				list(`{ name = "NAME", url = "URL", hashes = { sha256 = "HASH" } }`, names...) + "]\n"
		},
		"poetry.lock": func(version string, names ...string) string {
			return "[[package]]\nname = \"demo\"\nversion = \"" + version + "\"\ndescription = \"\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\nfiles = [" +
				list(`{file = "NAME", hash = "sha256:HASH"}`, names...) + "]\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.9\"\ncontent-hash = \"0\"\n"
		},
	}
	pip := []string{"requirements.txt", "Pipfile.lock", "pdm.lock"}
	exact := []string{"pylock.toml", "poetry.lock"}
	for _, c := range []struct {
		formats []string
		version string
		names   []string
		want    string // "" if it is refused
	}{
		{pip, "2.3.0", []string{cu118}, cu118},
		{pip, "2.3.0", []string{plain}, plain},
		{pip, "2.3.0", []string{plain, cu118}, cu118},
		{pip, "2.3.0", []string{plain, better, cu118, cu121}, cu121},
		{pip, "2.3.0", []string{better, cu118}, cu118},
		{pip, "2.3.0+cu118", []string{cu118}, cu118},
		{pip, "2.3.0+cu118", []string{cu118, cu121}, cu118},
		{pip, "2.3.0+cu118", []string{cu121}, ""},
		{pip, "2.3.0+cu118", []string{better, plain, cu118}, cu118},
		{pip[:2], "2.3.0+cu118", []string{plain}, ""},
		{pip, "2.3", []string{cu118}, cu118},
		{pip, "2.3.1", []string{cu118}, ""},
		{pip[:1], "=2.3.0", []string{cu118}, ""}, // ===
		{pip[:1], "=2.3.0", []string{plain, cu118}, plain},
		{[]string{"uv.lock"}, "2.3.0", []string{cu118}, cu118},
		{[]string{"uv.lock"}, "2.3.0", []string{cu118, plain}, cu118},
		{[]string{"uv.lock"}, "2.3.0", []string{cu118, better}, better},
		{[]string{"uv.lock"}, "2.3.0+cu118", []string{cu121}, ""},
		{exact, "2.3.0", []string{cu118}, ""},
		{exact, "2.3.0", []string{plain, cu118}, plain},
		{exact, "2.3.0+cu118", []string{cu118}, cu118},
	} {
		for _, name := range c.formats {
			text := texts[name](c.version, c.names...)
			r, err := Resolve(context.Background(), read(t, name, text), targetOf(t, "python3.13/x86_64"), Options{}, f)
			if err != nil {
				if fault.KindOf(err) != fault.Lock || c.want != "" {
					t.Errorf("%s, %s of %v: %v %q", name, c.version, c.names, err, fault.Details(err))
				}
				continue
			}
			d := r.Distributions[0]
			if d.File.Name != c.want {
				t.Errorf("%s, %s of %v: %s, want %s", name, c.version, c.names, d.File.Name, c.want)
			}
			if version := strings.Split(c.want, "-")[1]; d.Version != version && d.Version != strings.TrimPrefix(c.version, "=") || strings.Contains(version, "+") && d.Version != version {
				t.Errorf("%s, %s of %v: version %s of %s", name, c.version, c.names, d.Version, d.File.Name)
			}
		}
	}

	// A build from source.
	r, err := Resolve(context.Background(), read(t, "requirements.txt", requirements("demo==2.3.0", sdist)), targetOf(t, "python3.13/x86_64"), Options{AllowBuild: []string{"demo"}}, f)
	if err != nil || r.Distributions[0].File.Name != sdist {
		t.Errorf("sdist: %v", err)
	}
	// The reason that why prints.
	l := read(t, "requirements.txt", requirements("demo==2.3.0", better, cu118))
	x, err := Explain(l, targetOf(t, "python3.13/x86_64"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	explained, err := x.Why(context.Background(), "demo", 0, f)
	if err != nil {
		t.Fatal(err)
	}
	reasons := fmt.Sprint(explained)
	if !strings.Contains(reasons, "its version 2.3.0 is lower than 2.3.0+cu118") {
		t.Errorf("why: %s", reasons)
	}
}
