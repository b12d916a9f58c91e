package lock

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestPDMSources(t *testing.T) {
	t.Setenv("MIRROR_USER", "ci")
	project := `[project]
name = "app"
[[tool.pdm.source]]
name = "pypi"
url = "https://${MIRROR_USER}:${MIRROR_PASSWORD}@index.example/simple"
[[tool.pdm.source]]
name = "private"
url = "https://private.example/simple"
include_packages = ["corp-*", "Secret_Sauce"]
[[tool.pdm.source]]
name = "wheels"
type = "find_links"
url = "file:///${PROJECT_ROOT}/wheels"
[[tool.pdm.source]]
name = "configured-elsewhere"
`
	text := "[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.0\"\n[[metadata.targets]]\nrequires_python = \">=3.9\"\n"
	for _, name := range []string{"corp-auth", "secret-sauce", "six"} {
		text += "[[package]]\nname = \"" + name + "\"\nversion = \"1.0\"\ngroups = [\"default\"]\nfiles = []\n"
	}
	dir := write(t, map[string]string{"pyproject.toml": project, "pdm.lock": text})
	l, err := Read(filepath.Join(dir, "pdm.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://ci:${MIRROR_PASSWORD}@index.example/simple"; l.IndexURL != want {
		t.Errorf("index %q, want %q", l.IndexURL, want)
	}
	if want := []string{"https://private.example/simple"}; !slices.Equal(l.ExtraIndexURLs, want) {
		t.Errorf("extra indexes %q, want %q", l.ExtraIndexURLs, want)
	}
	if want := []string{FileURL(filepath.Join(dir, "wheels"))}; !slices.Equal(l.FindLinks, want) {
		t.Errorf("find links %q, want %q", l.FindLinks, want)
	}
	for i, want := range []string{"https://private.example/simple", "https://private.example/simple", ""} {
		if got := l.Packages[i].Source.Location; got != want {
			t.Errorf("%s comes from %q, want %q", l.Packages[i].Name, got, want)
		}
	}
}
