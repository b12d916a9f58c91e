package e2e

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// hostilePages are pages of an index.
func hostilePages() []hostileInput {
	page := func(name, kind string, heavy bool, head, item string, n int64) hostileInput {
		return hostileInput{"index page: " + name, heavy, func(t *testing.T, dir string) []string {
			var packed bytes.Buffer
			z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
			if _, err := io.Copy(z, io.MultiReader(strings.NewReader(head), repeated(item, n))); err != nil || z.Close() != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", kind)
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(packed.Bytes())
			}))
			t.Cleanup(server.Close)
			lock := writeLock(t, dir, "requirements.txt", "bomb==1.0 --hash=sha256:"+strings.Repeat("0", 64)+"\n")
			return []string{"build", "--lock", lock, "--runtime", "python3.13", "--index-url", server.URL + "/simple"}
		}, 4}
	}
	const html, json = "text/html", "application/vnd.pypi.simple.v1+json"
	const head = `{"meta": {"api-version": "1.0"}, "name": "bomb", "files": [`
	return []hostileInput{
		page("200 MB of links", html, true, "", "<a href=x>", 200_000_000),
		page("files of the project", html, true, "", "<a href=bomb-1.0-py3-none-any.whl>bomb-1.0-py3-none-any.whl</a>", 200_000_000),
		page("nested tags", html, true, "", "<div>", 200_000_000),
		page("attributes", html, true, "<a ", "a=b ", 200_000_000),
		page("one text", html, true, "", "x", 200_000_000),
		page("entities", html, true, "<a href=\"", "&amp;", 200_000_000),
		page("JSON files", json, false, head, `{"filename":"bomb-1.0-py3-none-any.whl","url":"x","hashes":{}},`, 70_000_000),
		page("JSON files without a name", json, true, head, "{},", 60_000_000),
		page("JSON nesting", json, true, head, "[", 200_000_000),
		page("JSON values", json, true, `{"x": [`, "1,", 200_000_000),
		page("JSON string", json, true, `{"x": "`, "x", 200_000_000),
		page("JSON number", json, true, `{"x": `, "1", 200_000_000),
		page("JSON white space", json, true, `{"x": `, " ", 200_000_000),
	}
}

// hostileFiles are configuration, plans and what lies in a local store.
func hostileFiles() []hostileInput {
	build := []string{"build", "--lock", "requirements.txt", "--runtime", "python3.13"}
	file := func(name, path string, heavy bool, content func() string, args ...string) hostileInput {
		return hostileInput{name, heavy, func(t *testing.T, dir string) []string {
			writeLock(t, dir, "requirements.txt", "")
			writeLock(t, dir, path, content())
			return args
		}, 2}
	}
	object := func(open, item, end string, n int) func() string {
		return func() string { return open + strings.Repeat(item, n) + end }
	}
	var all []hostileInput
	for i, path := range []string{"pyproject.toml", "lamella.toml", "home/.config/uv/uv.toml"} {
		all = append(all,
			file(path+": 80,000 tables", path, i > 0, func() string { return numbered(80_000, "[t%d]\n") }, build...),
			file(path+": a long array", path, true, object("a = [", "1,", "]\n", 490_000), build...),
			file(path+": nesting", path, true, object("a = ", "[", "", 1_000_000), build...),
			file(path+": 40 MB", path, true, object("", "#\n", "", 20_000_000), build...),
		)
	}
	const plan = `{"schema": 1, "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000", "plan": `
	return append(all,
		file("Pipfile beside the lock: 80,000 tables", "Pipfile", true, func() string { return numbered(80_000, "[t%d]\n") }, build...),
		file(".netrc", "home/.netrc", false, object("", "machine x login y password z\n", "", 1_000_000), build...),
		file("pip.conf", "home/.config/pip/pip.conf", true, func() string { return "[global]\n" + numbered(1_500_000, "k%d = 1\n") }, build...),
		file("plan: nesting", "plan.json", false, object(plan, "[", "", 30_000_000), "apply", "plan.json"),
		file("plan: values", "plan.json", true, object(plan+"[", "{},", "{}]}", 10_000_000), "apply", "plan.json"),
		file("plan: 190,000 values", "plan.json", true, object(plan+"[", "{},", "{}]}", 95_000), "apply", "plan.json"),
		file("plan: 300 MB", "plan.json", true, object(plan, " ", "{}}", 300_000_000), "apply", "plan.json"),
	)
}

// hostilePipes are pipes that nobody writes into, and devices, where files belong.
func hostilePipes() []hostileInput {
	build := []string{"build", "--lock", "requirements.txt", "--runtime", "python3.13"}
	var all []hostileInput
	for i, place := range []struct {
		path string
		args []string
	}{
		{"plan.json", []string{"apply", "plan.json"}},
		{"uv.lock", []string{"build", "--lock", "uv.lock", "--runtime", "python3.13"}},
		{"lamella.toml", build},
		{"pyproject.toml", build},
		{".python-version", build},
		{"home/.netrc", build},
		{"home/.config/pip/pip.conf", build},
		{"home/.config/uv/uv.toml", build},
		{"layer.zip", []string{"publish", "--lock", "requirements.txt", "--runtime", "python3.13", "-o", "layer.zip", "--to", "store", "--name", "web"}},
	} {
		for _, kind := range []string{"pipe", "/dev/zero"} {
			all = append(all, hostileInput{place.path + ": " + kind, i > 2, func(t *testing.T, dir string) []string {
				writeLock(t, dir, "requirements.txt", "")
				path := filepath.Join(dir, place.path)
				err := os.MkdirAll(filepath.Dir(path), 0o777)
				if err == nil && kind == "pipe" {
					err = syscall.Mkfifo(path, 0o600)
				} else if err == nil {
					err = os.Symlink(kind, path)
				}
				if err != nil {
					t.Fatal(err)
				}
				return place.args
			}, 2})
		}
	}
	return all
}
