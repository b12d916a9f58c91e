package main

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

//go:embed launch.js
var launcher []byte

// npmScope has the packages with the program, one a platform.
const npmScope = "@lamella-build/"

// manifest is what package.json says, in npm's own order.
type manifest struct {
	Name                 string            `json:"name"`
	Version              string            `json:"version"`
	Description          string            `json:"description"`
	License              string            `json:"license"`
	Homepage             string            `json:"homepage"`
	Repository           map[string]string `json:"repository"`
	OS                   []string          `json:"os,omitempty"`
	CPU                  []string          `json:"cpu,omitempty"`
	Bin                  map[string]string `json:"bin,omitempty"`
	Files                []string          `json:"files"`
	Engines              map[string]string `json:"engines,omitempty"`
	OptionalDependencies map[string]string `json:"optionalDependencies,omitempty"`
}

func (r *release) manifest(name string) manifest {
	return manifest{
		Name: name, Version: r.Version, Description: summary, License: licence, Homepage: homepage,
		Repository: map[string]string{"type": "git", "url": "git+" + homepage + ".git"},
	}
}

// npmPlatform writes the package with the program for p, which npm installs only
// there.
func (r *release) npmPlatform(p platform, binary []byte) error {
	m := r.manifest(npmScope + p.node)
	system, cpu, _ := strings.Cut(p.node, "-")
	m.OS, m.CPU, m.Files = []string{system}, []string{cpu}, []string{"bin"}
	return r.npm("lamella-build-"+p.node, m, file{"package/bin/" + p.program(), 0o755, binary})
}

// npmMain writes the package that people name: it starts the program of the
// platform's package.
func (r *release) npmMain() error {
	m := r.manifest("lamella")
	m.Bin = map[string]string{"lamella": "bin/lamella.js"}
	m.Files = []string{"bin"}
	m.Engines = map[string]string{"node": ">=18"}
	m.OptionalDependencies = map[string]string{}
	for _, p := range platforms {
		m.OptionalDependencies[npmScope+p.node] = r.Version
	}
	readme, err := os.ReadFile(filepath.Join(r.Root, "README.md"))
	if err != nil {
		return err
	}
	return r.npm("lamella", m, file{"package/bin/lamella.js", 0o755, launcher},
		file{"package/README.md", 0o644, absoluteLinks(readme, r.Version)})
}

func (r *release) npm(stem string, m manifest, files ...file) error {
	description, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(r.Root, "LICENSE"))
	if err != nil {
		return err
	}
	files = append([]file{
		{"package/package.json", 0o644, append(description, '\n')}, {"package/LICENSE", 0o644, text},
	}, files...)
	packed, err := tarGz(files)
	if err != nil {
		return err
	}
	return r.write(stem+"-"+r.Version+".tgz", packed)
}
