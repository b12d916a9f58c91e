package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/spec"
)

// TestOutputsReplaceOnlyOutputs tries what can lie at the path of a plan or of
// outputs. What is refused is unchanged afterwards.
func TestOutputsReplaceOnlyOutputs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) string {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	write("ours.zip", "PK\x03\x04")
	env := outputKinds[".env"]
	for _, c := range []struct {
		kind outfile.Kind
		path string
		ok   bool
	}{
		{planKind, write("pyproject.toml", "[project]\n"), false},
		{planKind, write("package.json", `{"name": "web"}`), false},
		{planKind, at("ours.zip"), false},
		{planKind, write("plan.json", `{"schema": 1, "digest": "sha256:00", "plan": {}}`), true},
		{env, write(".env", "SECRET=1\n"), false},
		{env, write("mixed.env", "LAYER_ARN_WEB=arn:aws:lambda:eu-central-1:123456789012:layer:web:1\nSECRET=1\n"), false},
		{env, write("ours.env", "LAYER_ARN_WEB=arn:aws:lambda:eu-central-1:123456789012:layer:web:1\nLAYER_VERSION_WEB=1\n"), true},
		{env, write("crlf.env", "LAYER_VERSION_WEB=1\r\n"), true},
		{outputKinds[".json"], at("plan.json"), false},
		{outputKinds[".json"], at("package.json"), false},
		{outputKinds[".json"], write("layers.json", string(outputJSON([]Output{{Key: "web", ARN: "arn:aws:x"}}))), true},
		{outputKinds[".tfvars"], write("terraform.tfvars", "region = \"eu-central-1\"\n"), false},
		{outputKinds[".tfvars"], write("more.tfvars", "layer_arns = {\n}\nregion = \"x\"\n"), false},
		{outputKinds[".tfvars"], write("ours.tfvars", string(outputTerraform([]Output{{Key: "web", ARN: "arn:aws:x"}}))), true},
	} {
		before, _ := os.ReadFile(c.path)
		err := c.kind.Check(c.path)
		if c.ok != (err == nil) || err != nil && (catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0) {
			t.Errorf("%s: %v %q", c.path, err, fault.Hints(err))
		}
		if after, _ := os.ReadFile(c.path); string(after) != string(before) {
			t.Errorf("%s was changed", c.path)
		}
	}
}

// twoLayers makes two projects whose layers have the same name.
func twoLayers(t *testing.T) (a, b spec.Layer, env spec.Env) {
	t.Helper()
	dir := t.TempDir()
	layer := func(n string) spec.Layer {
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
		return spec.Layer{Project: dir, Lock: filepath.Join(project, "requirements.txt"), Name: "web", Runtime: "python3.13",
			Build: spec.Build{FindLinks: []string{filepath.Join(dir, "wheels")}}, Destination: spec.Destination{To: filepath.Join(dir, "out"+n)}}
	}
	return layer("1"), layer("2"), spec.Env{CacheDir: filepath.Join(dir, "cache")}
}

// TestCheckApart: layers that would overwrite each other's files are refused before
// any work, and succeed with files of their own.
func TestCheckApart(t *testing.T) {
	one, two, env := twoLayers(t)
	with := func(l spec.Layer, change func(*spec.Layer)) spec.Layer { change(&l); return l }
	out := filepath.Join(one.Project, "layer.zip")
	output := func(path string) func(*spec.Layer) { return func(l *spec.Layer) { l.Output = path } }
	t.Chdir(one.Project)
	for name, c := range map[string]struct {
		layers []spec.Layer
		ok     bool
	}{
		"one name, other locks":       {[]spec.Layer{one, two}, false},
		"one output":                  {[]spec.Layer{with(one, output(out)), with(two, output(out))}, false},
		"another spelling":            {[]spec.Layer{with(one, output("layer.zip")), with(two, output("x/../layer.zip"))}, false},
		"the default of another":      {[]spec.Layer{one, with(two, output("build/lambda/web-python3.13-x86_64.zip"))}, false},
		"a name like a note's":        {[]spec.Layer{with(one, output("layer.zip")), with(two, output("layer.zip.json"))}, true},
		"outputs over a zip":          {[]spec.Layer{with(one, func(l *spec.Layer) { l.Output, l.Outputs = "layers.json", []string{"layers.json"} })}, false},
		"outputs beside a zip":        {[]spec.Layer{with(one, func(l *spec.Layer) { l.Output, l.Outputs = "l.zip", []string{"./l.zip.json"} })}, true},
		"the same in two places":      {[]spec.Layer{one, with(one, func(l *spec.Layer) { l.To = "elsewhere" })}, true},
		"another description":         {[]spec.Layer{one, with(one, func(l *spec.Layer) { l.Description, l.To = "other", "elsewhere" })}, true},
		"one file of outputs for all": {[]spec.Layer{with(one, func(l *spec.Layer) { l.Output, l.Outputs = "1.zip", []string{"l.json"} }), with(two, func(l *spec.Layer) { l.Output, l.Outputs = "2.zip", []string{"l.json"} })}, true},
	} {
		if err := CheckApart(c.layers); c.ok != (err == nil) || err != nil && catalogue.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, d := range All(t.Context(), []spec.Layer{one, two}, env) {
		if catalogue.KindOf(d.Err) != fault.Usage {
			t.Errorf("got %v", d.Err)
		}
	}
	if _, err := os.Stat(env.CacheDir); err == nil {
		t.Error("work was done for layers that are refused")
	}
	for _, d := range All(t.Context(), []spec.Layer{with(one, output("1.zip")), with(two, output("2.zip"))}, env) {
		if d.Err != nil {
			t.Error(d.Err)
		}
	}
}

// TestOutputIsCheckedFirst: what is at the output path is refused before a wheel is fetched.
func TestOutputIsCheckedFirst(t *testing.T) {
	one, _, env := twoLayers(t)
	for name, output := range map[string]string{"a folder": one.Project, "its own lock": one.Lock, "a URL": "s3://bucket/x.zip"} {
		l := one
		l.Output = output
		for _, outcome := range All(t.Context(), []spec.Layer{l}, env) {
			if err := outcome.Err; catalogue.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), output) {
				t.Errorf("over %s: %v", name, err)
			}
		}
	}
	if _, err := os.Stat(env.CacheDir); err == nil {
		t.Error("work was done first")
	}
}
