package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// made runs a release of fake binaries, without deb and rpm.
func made(t *testing.T, version string) *release {
	t.Helper()
	r := &release{Version: version, Binaries: t.TempDir(), Out: filepath.Join(t.TempDir(), "out"), Root: testenv.Root(), NoPackages: true}
	for _, p := range platforms {
		content := "#!/bin/sh\necho " + p.os + " " + p.arch + " \"$@\"\nexit 3\n"
		if err := os.WriteFile(r.binary(p), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *release) read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.Out, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func untar(t *testing.T, packed []byte, gzipped bool) map[string]string {
	t.Helper()
	var source io.Reader = bytes.NewReader(packed)
	if gzipped {
		unzipped, err := gzip.NewReader(source)
		if err != nil {
			t.Fatal(err)
		}
		source = unzipped
	}
	files := map[string]string{}
	for r := tar.NewReader(source); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(content)
	}
}

func TestTheSameBinariesGiveTheSameFiles(t *testing.T) {
	first, second := made(t, "1.2.3"), made(t, "1.2.3")
	if !maps.Equal(first.sums, second.sums) {
		t.Errorf("%v\n%v", first.sums, second.sums)
	}
	if want := 6 + 6 + 7 + 1 + 2; len(first.sums) != want {
		t.Errorf("%d files, not %d: %v", len(first.sums), want, slices.Sorted(maps.Keys(first.sums)))
	}
	for line := range strings.Lines(string(first.read(t, "checksums.txt"))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if got := fmt.Sprintf("%x", sha256.Sum256(first.read(t, name))); got != sum {
			t.Errorf("%s has SHA-256 %s, checksums.txt says %s", name, got, sum)
		}
	}
}

func TestWheelsAreWhatTheFormatDemands(t *testing.T) {
	r := made(t, "1.2.3-rc.1")
	for _, p := range platforms {
		packed := r.read(t, "lamella-1.2.3rc1-py3-none-"+p.wheel+".whl")
		reader, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
		if err != nil {
			t.Fatal(err)
		}
		contents := map[string][]byte{}
		for _, f := range reader.File {
			opened, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			contents[f.Name], _ = io.ReadAll(opened)
			if program := "lamella-1.2.3rc1.data/scripts/" + p.program(); (f.Name == program) != (f.Mode() == 0o755) {
				t.Errorf("%s has mode %o", f.Name, f.Mode())
			}
		}
		rows, err := csv.NewReader(bytes.NewReader(contents["lamella-1.2.3rc1.dist-info/RECORD"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(contents) {
			t.Errorf("RECORD lists %d of %d files", len(rows), len(contents))
		}
		for _, row := range rows {
			sum := sha256.Sum256(contents[row[0]])
			if want := "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]); row[1] != want && !strings.HasSuffix(row[0], "/RECORD") {
				t.Errorf("RECORD of %s: %s, not %s", row[0], row[1], want)
			}
		}
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "0.1.0-alpha.2": "0.1.0a2", "1.0.0-beta.10": "1.0.0b10", "1.0.0-rc.1": "1.0.0rc1",
		"0.0.0-dev.0": "0.0.0.dev0",
		"":            "", "v1.2.3": "", "1.2": "", "1.2.3-rc1": "", "1.2.3+local": "", "1.2.3-gamma.1": "", "1.2.3\n": "",
	} {
		got, err := pep440(version)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", version, got, err)
		}
	}
}

func TestArchivesHaveManPagesAndCompletions(t *testing.T) {
	files := untar(t, made(t, "1.2.3").read(t, "lamella_1.2.3_linux_arm64.tar.gz"), true)
	for _, name := range []string{
		"lamella", "LICENSE", "README.md", "CHANGELOG.md", "man/lamella.1", "man/lamella-deploy.1",
		"completions/lamella.bash", "completions/_lamella", "completions/lamella.fish", "completions/lamella.ps1",
	} {
		if files[name] == "" {
			t.Errorf("no %s in %v", name, slices.Sorted(maps.Keys(files)))
		}
	}
	page := files["man/lamella-deploy.1"]
	for _, want := range []string{".SH SYNOPSIS\n", ".B \\-\\-runtime NAME\n", ".SH GLOBAL OPTIONS\n", ".BR lamella (1)\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("man page of deploy has no %q", want)
		}
	}
}

func TestRoffHasNoRequestsOfText(t *testing.T) {
	for text, want := range map[string]string{
		".TH": `\&.TH`, "'x": `\&'x`, `a\b`: `a\eb`, "--to": `\-\-to`, "a\n.b": "a\n\\&.b",
	} {
		if got := roff(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

// Every digest of the image leads to a blob with that content, from the index to
// the layers.
func TestImageIsWhole(t *testing.T) {
	files := untar(t, made(t, "1.2.3").read(t, "lamella_1.2.3_oci.tar"), false)
	blob := func(d descriptor, into any) string {
		content := files["blobs/sha256/"+strings.TrimPrefix(d.Digest, "sha256:")]
		if fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))) != d.Digest || len(content) != d.Size {
			t.Fatalf("%v is not in the image", d)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(content), into); err != nil {
				t.Fatal(err)
			}
		}
		return content
	}
	var top, list index
	if err := json.Unmarshal([]byte(files["index.json"]), &top); err != nil {
		t.Fatal(err)
	}
	blob(top.Manifests[0], &list)
	if len(list.Manifests) != 2 {
		t.Fatalf("%d manifests", len(list.Manifests))
	}
	for _, d := range list.Manifests {
		var m imageManifest
		var c imageConfig
		blob(d, &m)
		blob(m.Config, &c)
		if c.Architecture != d.Platform["architecture"] {
			t.Errorf("%s is said to be for %s", c.Architecture, d.Platform)
		}
		root := untar(t, []byte(blob(m.Layers[0], nil)), true)
		if !strings.Contains(root["lamella"], "linux "+c.Architecture) || strings.Count(root["etc/ssl/certs/ca-certificates.crt"], "BEGIN CERTIFICATE") < 100 {
			t.Errorf("layer for %s: %v", c.Architecture, slices.Sorted(maps.Keys(root)))
		}
	}
}

// npm itself installs the packages, without network, and the command ends as the
// program ends.
func TestNPMPackagesWork(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		testenv.Missing(t, "npm")
	}
	r := made(t, "1.2.3")
	node, err := exec.Command("node", "-p", "process.platform+'-'+process.arch").Output()
	if err != nil {
		t.Fatal(err)
	}
	project := t.TempDir()
	install := exec.Command(npm, "install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional",
		"--cache", t.TempDir(), "--prefix", project, filepath.Join(r.Out, "lamella-1.2.3.tgz"))
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command := filepath.Join(project, "node_modules", ".bin", "lamella")
	out, err := exec.Command(command, "version").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("--omit=optional")) {
		t.Errorf("without the platform's package: %v\n%s", err, out)
	}
	platform := filepath.Join(project, "node_modules", "@lamella-build", strings.TrimSpace(string(node)))
	for name, content := range untar(t, r.read(t, "lamella-build-"+strings.TrimSpace(string(node))+"-1.2.3.tgz"), true) {
		to := filepath.Join(platform, strings.TrimPrefix(name, "package/"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command(command, "deploy", "a b")
	out, _ = run.CombinedOutput()
	if run.ProcessState.ExitCode() != 3 || !strings.Contains(string(out), "deploy a b") {
		t.Errorf("exit status %d\n%s", run.ProcessState.ExitCode(), out)
	}
}

// The files that package managers read link to archives of this release with the
// SHA-256 that they have.
func TestManifestsNameTheArchives(t *testing.T) {
	r := made(t, "1.2.3")
	cask, scoop := string(r.read(t, "homebrew/lamella.rb")), string(r.read(t, "scoop/lamella.json"))
	for _, p := range platforms {
		text := cask
		if p.os == "windows" {
			text = scoop
		}
		if sum := r.sums[r.archiveName(p)]; !strings.Contains(text, sum) {
			t.Errorf("no SHA-256 of %s", r.archiveName(p))
		}
	}
	if !json.Valid([]byte(scoop)) {
		t.Error(scoop)
	}
}

// Each version and commit that something is pinned to is the same wherever it is
// written down.
func TestActionsArePinned(t *testing.T) {
	pins := map[string]string{}
	for _, name := range []string{"action.yml", ".github/workflows/ci.yml", ".github/workflows/release.yml"} {
		content, err := os.ReadFile(filepath.Join(testenv.Root(), name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			_, uses, found := strings.Cut(line, "uses: ")
			if !found {
				continue
			}
			action, pin, _ := strings.Cut(strings.TrimSpace(uses), "@")
			commit, version, _ := strings.Cut(pin, " # v")
			if len(commit) != 40 || version == "" || pins[action] != "" && pins[action] != pin {
				t.Errorf("%s: %s", name, uses)
			}
			pins[action] = pin
		}
	}
	if len(pins) < 5 {
		t.Errorf("only %v", pins)
	}
}
