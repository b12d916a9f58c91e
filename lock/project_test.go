package lock

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// FuzzProject fuzzes the project file beside a lock, in which formats look for
// roots, and which all compare with what they locked.
func FuzzProject(f *testing.F) {
	f.Add("[project]\nname = \"App\"\nrequires-python = \">=3.9\"\ndependencies = [\"a>=1; os_name == 'posix'\", \"b[x] @ https://b.example/b-1.tar.gz\"]\n" +
		"[project.optional-dependencies]\nx = [\"b\"]\n[dependency-groups]\ndev = [\"c\", {include-group = \"y\"}]\ny = [\"a\"]\n" +
		"[tool.uv]\ndev-dependencies = [\"a\"]\nsources = {a = {path = \"a\"}}\n[tool.pdm.dev-dependencies]\nz = [\"-e file:///${PROJECT_ROOT}/z\"]\n")
	f.Add("[tool.poetry]\nname = \"app\"\n[tool.poetry.dependencies]\npython = \"^3.8 || ~2.7\"\na = { version = \"*\", extras = [\"X\"], platform = \"!=win32\" }\n" +
		"b = [{version = \">=1\", python = \"3.10\"}, {url = \"u\"}]\n[tool.poetry.extras]\nspeed = [\"a\"]\n[tool.poetry.group.dev.dependencies]\nb = \"~1\"\n")
	f.Add("[[source]]\nname = \"own\"\nurl = \"u\"\nverify_ssl = true\n[requires]\npython_version = \"3.12\"\n[packages]\nMy_pkg = {version = \"*\", x = 1.5e300, y = 1979-05-27}\n[docs]\na = \"é\"\n")
	locks := map[string]string{
		"poetry.lock": poetryPkg("a", "1.0", "[package.dependencies]\nb = \"^1\"\n[package.extras]\nx = [\"b (>=1)\"]\n") + poetryPkg("b", "1", "") +
			"[metadata]\nlock-version = \"1.1\"\npython-versions = \"~2.7 || ^3.8\"\ncontent-hash = \"0\"\n[metadata.files]\na = []\nb = []\n",
		"pdm.lock":     pdmHead("strategy = [\"cross_platform\"]\n") + "[[package]]\nname = \"a\"\nversion = \"1.0\"\ndependencies = [\"b\"]\n[[package]]\nname = \"b\"\nversion = \"1\"\nextras = [\"x\"]\n",
		"uv.lock":      emptyUV + "[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\n[package.metadata]\nrequires-dist = [{ name = \"a\", specifier = \">=1\", marker = \"extra == 'x'\" }]\nprovides-extras = [\"x\"]\n[package.metadata.requires-dev]\ndev = []\n",
		"Pipfile.lock": pipfileLock(`"default": {}`),
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content string) {
		for _, name := range []string{"pyproject.toml", "Pipfile"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range locks {
			format, _ := formatOf(name, nil)
			d := &document{path: filepath.Join(dir, name), content: []byte(text), format: format}
			testenv.Frugal(t, func() {
				l, err := format.read(d)
				if err == nil {
					l.Path = d.path
					_, err = l.Stale()
				}
				if err != nil && fault.KindOf(err) != fault.Lock || errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: not a lock fault: %v", name, err)
				}
			})
		}
	})
}

// TestProjectWithBOM reads what editors on Windows write.
func TestProjectWithBOM(t *testing.T) {
	const project = "\xef\xbb\xbf[project]\r\nname = \"app\"\r\ndependencies = [\"a\"]\r\n"
	l, err := Read(filepath.Join(write(t, map[string]string{
		"pyproject.toml": project,
		"pdm.lock":       pdmHead("strategy = [\"cross_platform\"]\n") + "[[package]]\nname = \"a\"\nversion = \"1.0\"\n" + pdmFile,
	}), "pdm.lock"))
	if err != nil {
		t.Fatal(err, fault.Hints(err))
	}
	if !strings.Contains(outline(l), "roots: a 1.0") {
		t.Error(outline(l))
	}
}
