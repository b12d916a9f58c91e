package index

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/textfile"
)

// uvOptions is the part of uv's configuration that specifies sources and how to reach them.
type uvOptions struct {
	IndexURL      string    `toml:"index-url"`
	ExtraIndexURL []string  `toml:"extra-index-url"`
	FindLinks     []string  `toml:"find-links"`
	NoIndex       bool      `toml:"no-index"`
	Index         []uvIndex `toml:"index"`
	// native-tls is not needed: the machine's certificate authorities are always used.
	AllowInsecureHost []string `toml:"allow-insecure-host"`
	HTTPProxy         string   `toml:"http-proxy"`
	HTTPSProxy        string   `toml:"https-proxy"`
	NoProxy           []string `toml:"no-proxy"`
}

type uvIndex struct {
	Name     string `toml:"name"`
	URL      string `toml:"url"`
	Format   string `toml:"format"` // "simple", or "flat" for what pip calls find-links
	Default  bool   `toml:"default"`
	Explicit bool   `toml:"explicit"`

	IgnoreErrorCodes []int  `toml:"ignore-error-codes"`
	Authenticate     string `toml:"authenticate"`
}

// uvConfiguration reads uv's configuration: uv.toml in the folder project, or else
// [tool.uv] in its pyproject.toml; then the user's uv.toml; and then the machine's.
func uvConfiguration(goos, project string, env func(string) string) (Settings, error) {
	var s Settings
	if isTrue(env("UV_NO_CONFIG")) {
		return s, nil
	}
	found, err := addUVFile(&s, filepath.Join(project, "uv.toml"), false)
	if err == nil && !found {
		_, err = addUVFile(&s, filepath.Join(project, "pyproject.toml"), true)
	}
	if err != nil {
		return Settings{}, err
	}
	for _, path := range uvConfigFiles(goos, env) {
		if _, err := addUVFile(&s, path, false); err != nil {
			return Settings{}, err
		}
	}
	return s, nil
}

// uvConfigFiles returns the paths of the user's and the machine's files, in this order
// (uv's manual, "Configuration files").
func uvConfigFiles(goos string, env func(string) string) []string {
	var paths []string
	if goos == "windows" {
		for _, folder := range []string{env("APPDATA"), env("PROGRAMDATA")} {
			if folder != "" {
				paths = append(paths, filepath.Join(folder, "uv", "uv.toml"))
			}
		}
		return paths
	}
	if xdg := env("XDG_CONFIG_HOME"); xdg != "" {
		paths = append(paths, filepath.Join(xdg, "uv", "uv.toml"))
	} else if home := homeDir(goos, env); home != "" {
		paths = append(paths, filepath.Join(home, ".config", "uv", "uv.toml"))
	}
	return append(paths, "/etc/uv/uv.toml")
}

// addUVFile completes s from one file, in which uv's options are at the top level or, in a
// pyproject.toml, in [tool.uv]. It reports whether the file exists.
func addUVFile(s *Settings, path string, pyproject bool) (bool, error) {
	content, err := textfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return true, configFault(path, err)
	}
	options, err := parseUV(content, pyproject)
	if err != nil {
		return true, configFault(path, err)
	}
	s.fillFrom(options.settings(path))
	return true, nil
}

func parseUV(content []byte, pyproject bool) (uvOptions, error) {
	var file struct {
		Tool struct {
			UV uvOptions `toml:"uv"`
		} `toml:"tool"`
	}
	var target any = &file.Tool.UV
	if pyproject {
		target = &file
	}
	if err := toml.Unmarshal(content, target); err != nil {
		if e := (*toml.DecodeError)(nil); errors.As(err, &e) {
			line, column := e.Position()
			return uvOptions{}, fmt.Errorf("invalid TOML at line %d, column %d: %s", line, column, textfile.TOMLReason(e.Error()))
		}
		return uvOptions{}, err
	}
	return file.Tool.UV, nil
}

// settings converts o to Settings. path is the path of the file. It omits explicit indexes,
// which serve only packages that are bound to them: the lock contains their URLs.
func (o uvOptions) settings(path string) Settings {
	s := Settings{URL: o.IndexURL, ExtraURLs: o.ExtraIndexURL, NoIndex: o.NoIndex, Network: Network{
		Trusted: o.AllowInsecureHost, HTTPProxy: Option{o.HTTPProxy, "http-proxy in " + path},
		HTTPSProxy: Option{o.HTTPSProxy, "https-proxy in " + path}, NoProxy: Option{strings.Join(o.NoProxy, ","), "no-proxy in " + path},
	}}
	var extra []string
	for _, index := range o.Index {
		if index.Name != "" && index.URL != "" {
			s.Named = append(s.Named, Index{Name: index.Name, URL: index.URL})
		}
		if len(index.IgnoreErrorCodes) > 0 || index.Authenticate != "" {
			s.Policies = append(s.Policies, Policy{index.URL, index.IgnoreErrorCodes, index.Authenticate})
		}
		switch {
		case index.Explicit || index.URL == "":
		case index.Format == "flat":
			o.FindLinks = append(o.FindLinks, index.URL)
		case index.Default:
			s.URL = index.URL
		default:
			extra = append(extra, index.URL)
		}
	}
	s.ExtraURLs = append(extra, s.ExtraURLs...)
	for _, link := range o.FindLinks {
		if !isURL(link) && !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		s.FindLinks = append(s.FindLinks, link)
	}
	return s
}
