package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// nfpm makes deb and rpm. It is run as a program, not linked as a library: it
// requires seventy modules that go.mod should not have.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"

// content is a file of a package, in nfpm's words.
type content struct {
	Src      string         `json:"src"`
	Dst      string         `json:"dst"`
	FileInfo map[string]any `json:"file_info"`
}

// systemPackages writes a deb and an rpm for each architecture of Linux.
func (r *release) systemPackages(extras []file) error {
	if r.NoPackages {
		return nil
	}
	work, err := os.MkdirTemp("", "lamella-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	contents, err := lay(work, extras)
	if err != nil {
		return err
	}
	for _, p := range platforms {
		if p.os != "linux" {
			continue
		}
		binary, err := filepath.Abs(r.binary(p))
		if err != nil {
			return err
		}
		config := filepath.Join(work, "nfpm-"+p.arch+".json") // YAML is a superset of JSON
		program := content{binary, "/usr/bin/lamella", map[string]any{"mode": 0o755, "mtime": epoch}}
		if err := r.nfpmConfig(config, p.arch, append([]content{program}, contents...)); err != nil {
			return err
		}
		for _, format := range []string{"deb", "rpm"} {
			if err := r.systemPackage(config, fmt.Sprintf("lamella_%s_linux_%s.%s", r.Version, p.arch, format), format); err != nil {
				return err
			}
		}
	}
	return nil
}

// lay writes extras below work and returns where they belong on a system.
func lay(work string, extras []file) ([]content, error) {
	places := map[string]string{
		"completions/lamella.bash": "/usr/share/bash-completion/completions/lamella",
		"completions/_lamella":     "/usr/share/zsh/site-functions/_lamella",
		"completions/lamella.fish": "/usr/share/fish/vendor_completions.d/lamella.fish",
		"LICENSE":                  "/usr/share/doc/lamella/copyright",
	}
	var contents []content
	for _, f := range extras {
		to := places[f.name]
		if strings.HasPrefix(f.name, "man/") {
			packed, err := gzipped(f.content)
			if err != nil {
				return nil, err
			}
			f.content = packed
			to = "/usr/share/man/man1/" + filepath.Base(f.name) + ".gz"
		}
		if to == "" {
			continue
		}
		at := filepath.Join(work, strings.ReplaceAll(f.name, "/", "-"))
		if err := os.WriteFile(at, f.content, 0o600); err != nil {
			return nil, err
		}
		contents = append(contents, content{at, to, map[string]any{"mode": 0o644, "mtime": epoch}})
	}
	return contents, nil
}

func (r *release) nfpmConfig(path, arch string, contents []content) error {
	config, err := json.Marshal(map[string]any{
		"name": "lamella", "arch": arch, "platform": "linux", "version": r.Version, "version_schema": "semver",
		"section": "devel", "priority": "optional", "maintainer": maintainer, "vendor": "lamella",
		"description": summary, "homepage": homepage, "license": licence, "mtime": epoch,
		"contents": contents, "rpm": map[string]any{"buildhost": "localhost"},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, config, 0o600)
}

func (r *release) systemPackage(config, name, format string) error {
	target := filepath.Join(r.Out, name)
	command := exec.Command("go", "run", nfpm, "package", "--config", config, "--packager", format, "--target", target)
	command.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch.Unix()))
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	packed, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	return r.write(name, packed)
}
