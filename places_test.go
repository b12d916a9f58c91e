package lamella

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/testindex"
)

// TestOutputsReplaceOnlyOurs tries what can lie at an output path. What is refused
// is there afterwards as it was.
func TestOutputsReplaceOnlyOurs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	precious := write("dist/sub/precious", "keep")
	input := write("lock.zip", "input")
	if runtime.GOOS != "windows" {
		for link, target := range map[string]string{"out.zip": precious, "nowhere.zip": at("none"), "here.zip": "zip.zip"} {
			if err := os.Symlink(target, at(link)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Link(input, at("hard.zip")); err != nil {
			t.Fatal(err)
		}
	}
	write("zip.zip", "")
	write("src/a.py", "a = 1\n")
	if _, err := Package(t.Context(), PackageOptions{Dir: at("src"), Output: at("ours.zip")}, Env{}); err != nil {
		t.Fatal(err)
	}
	env := outputOf[".env"]
	for _, c := range []struct {
		kind outfile.Kind
		path string
		ok   bool
	}{
		{zipFile, at("dist"), false},
		{zipFile, at("dist") + "/", false},
		{zipFile, at("new") + "/", false},
		{zipFile, at("dist/.."), false},
		{zipFile, ".", false},
		{zipFile, "s3://x/y.zip", false},
		{zipFile, "s3:/x/y.zip", false},
		{zipFile, "S3://x/y.zip", false},
		{zipFile, "https://files.example/y.zip", false},
		{zipFile, "file:///tmp/y.zip", false},
		{zipFile, "-", false},
		{zipFile, precious, false},
		{zipFile, input, false},
		{zipFile, write("other.zip", "PK\x03\x04 of another tool"), false},
		{zipFile, write("none.txt", ""), false},
		{zipFile, at("zip.zip"), true}, // empty, as of mktemp
		{zipFile, at("a/b/new.zip"), true},
		{zipFile, at("ours.zip"), true},
		{savePlan, write("pyproject.toml", "[project]\n"), false},
		{savePlan, write("package.json", `{"name": "web"}`), false},
		{savePlan, at("ours.zip"), false},
		{savePlan, write("plan.json", `{"schema": 1, "digest": "sha256:00", "plan": {}}`), true},
		{env, write(".env", "SECRET=1\n"), false},
		{env, write("mixed.env", "LAYER_ARN_WEB=arn:aws:lambda:eu-central-1:123456789012:layer:web:1\nSECRET=1\n"), false},
		{env, write("ours.env", "LAYER_ARN_WEB=arn:aws:lambda:eu-central-1:123456789012:layer:web:1\nLAYER_VERSION_WEB=1\n"), true},
		{env, write("crlf.env", "LAYER_VERSION_WEB=1\r\n"), true},
		{outputOf[".json"], at("plan.json"), false},
		{outputOf[".json"], at("package.json"), false},
		{outputOf[".json"], write("layers.json", string(outputJSON([]Output{{Key: "web", ARN: "arn:aws:x"}}))), true},
		{outputOf[".tfvars"], write("terraform.tfvars", "region = \"eu-central-1\"\n"), false},
		{outputOf[".tfvars"], write("more.tfvars", "layer_arns = {\n}\nregion = \"x\"\n"), false},
		{outputOf[".tfvars"], write("ours.tfvars", string(outputTerraform([]Output{{Key: "web", ARN: "arn:aws:x"}}))), true},
		{exportOf[ExportRequirements], write("requirements.txt", "one==1.0\n"), false},
		{exportOf[ExportRequirements], write("lambda.txt", "# uv.lock for python3.13/x86_64, by lamella devel. Every distribution is listed\none==1\n"), true},
		{noteFile, write("x.zip.json", "{}"), false},
	} {
		before, _ := os.ReadFile(c.path)
		err := c.kind.Check(c.path, outfile.Input{Path: input, What: "the lock file"})
		if c.ok != (err == nil) || err != nil && (fault.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0) {
			t.Errorf("%s: %v %q", c.path, err, fault.Hints(err))
		}
		if after, _ := os.ReadFile(c.path); string(after) != string(before) {
			t.Errorf("%s was changed", c.path)
		}
	}
	if err := zipFile.Check(filepath.Join(precious, "y.zip")); fault.KindOf(err) != fault.Machine || len(fault.Hints(err)) == 0 {
		t.Errorf("below a file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, ok := range map[string]bool{at("out.zip"): false, at("nowhere.zip"): false, at("hard.zip"): false, at("here.zip"): true, "/dev/null": false, "/dev/stdout": false} {
		if err := zipFile.Check(path, outfile.Input{Path: input, What: "the lock file"}); ok != (err == nil) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestPackageOutsideOfItsFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.py"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := Package(t.Context(), PackageOptions{Dir: dir, Output: filepath.Join(dir, "sub", "..", "layer.zip")}, Env{})
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("got %v", err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// twoLayers makes two projects whose layers have the same name.
func twoLayers(t *testing.T) (a, b Layer, env Env) {
	t.Helper()
	dir := t.TempDir()
	layer := func(n string) Layer {
		project := filepath.Join(dir, n)
		wheel := testindex.MakeWheel(t, filepath.Join(dir, "wheels"), "one", "1."+n, "py3-none-any", map[string]string{"one.py": "n = " + n + "\n"})
		content, err := os.ReadFile(wheel)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(project, 0o777); err != nil {
			t.Fatal(err)
		}
		lock := "one==1." + n + " --hash=" + string(digest.SHA256(content)) + "\n"
		if err := os.WriteFile(filepath.Join(project, "requirements.txt"), []byte(lock), 0o666); err != nil {
			t.Fatal(err)
		}
		return Layer{Project: dir, Lock: filepath.Join(project, "requirements.txt"), Name: "web", Runtime: "python3.13",
			FindLinks: []string{filepath.Join(dir, "wheels")}, To: filepath.Join(dir, "out"+n)}
	}
	return layer("1"), layer("2"), Env{CacheDir: filepath.Join(dir, "cache")}
}

// TestCheckApart: layers that would overwrite each other's files are refused before
// any work, and succeed with files of their own.
func TestCheckApart(t *testing.T) {
	one, two, env := twoLayers(t)
	with := func(l Layer, change func(*Layer)) Layer { change(&l); return l }
	out := filepath.Join(one.Project, "layer.zip")
	output := func(path string) func(*Layer) { return func(l *Layer) { l.Output = path } }
	t.Chdir(one.Project)
	for name, c := range map[string]struct {
		layers []Layer
		ok     bool
	}{
		"one name, other locks":       {[]Layer{one, two}, false},
		"one output":                  {[]Layer{with(one, output(out)), with(two, output(out))}, false},
		"another spelling":            {[]Layer{with(one, output("layer.zip")), with(two, output("x/../layer.zip"))}, false},
		"the default of another":      {[]Layer{one, with(two, output("build/lambda/web-python3.13-x86_64.zip"))}, false},
		"the note of another":         {[]Layer{with(one, output("layer.zip")), with(two, output("layer.zip.json"))}, false},
		"outputs over a zip":          {[]Layer{with(one, func(l *Layer) { l.Output, l.Outputs = "layers.json", []string{"layers.json"} })}, false},
		"outputs over a note":         {[]Layer{with(one, func(l *Layer) { l.Output, l.Outputs = "l.zip", []string{"./l.zip.json"} })}, false},
		"the same in two places":      {[]Layer{one, with(one, func(l *Layer) { l.To = "elsewhere" })}, true},
		"another description":         {[]Layer{one, with(one, func(l *Layer) { l.Description, l.To = "other", "elsewhere" })}, true},
		"one file of outputs for all": {[]Layer{with(one, func(l *Layer) { l.Output, l.Outputs = "1.zip", []string{"l.json"} }), with(two, func(l *Layer) { l.Output, l.Outputs = "2.zip", []string{"l.json"} })}, true},
	} {
		if err := CheckApart(c.layers); c.ok != (err == nil) || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, d := range DeployAll(t.Context(), []Layer{one, two}, env) {
		if fault.KindOf(d.Err) != fault.Usage {
			t.Errorf("got %v", d.Err)
		}
	}
	if _, err := os.Stat(env.CacheDir); err == nil {
		t.Error("work was done for layers that are refused")
	}
	for _, d := range DeployAll(t.Context(), []Layer{with(one, output("1.zip")), with(two, output("2.zip"))}, env) {
		if d.Err != nil {
			t.Error(d.Err)
		}
	}
}

// TestBuildLooksFirst: what is at the output path is refused before a wheel is fetched.
func TestBuildLooksFirst(t *testing.T) {
	one, _, env := twoLayers(t)
	for name, output := range map[string]string{"a folder": one.Project, "its own lock": one.Lock, "a URL": "s3://bucket/x.zip"} {
		l := one
		l.Output = output
		for what, step := range map[string]func(context.Context, Layer, Env) error{
			"build":  func(ctx context.Context, l Layer, e Env) error { _, err := Build(ctx, l, e); return err },
			"deploy": func(ctx context.Context, l Layer, e Env) error { _, err := Deploy(ctx, l, e); return err },
		} {
			if err := step(t.Context(), l, env); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), output) {
				t.Errorf("%s over %s: %v", what, name, err)
			}
		}
	}
	if _, err := os.Stat(env.CacheDir); err == nil {
		t.Error("work was done first")
	}
}
