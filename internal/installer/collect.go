package installer

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/wheel"
)

// collector moves the files of distributions from an installation into a layer.
type collector struct {
	o     *Options
	site  string // folder that contains the modules
	home  string // folder that contains bin, include, and share
	steps string // path from home to site in RECORD files, such as "lib/python3.13/site-packages"
	into  string // the layer's python/

	owners   map[string]owner // keyed by path in the layer
	taken    map[string]bool  // files of site that a distribution lists
	twice    []string         // conflicts
	misfits  []string         // wheels that are not for the target
	editable []string
}

// owner is a distribution that lists a file, and the hash it lists.
type owner struct{ name, hash string }

// collect turns the installation into a layer. It returns the layer's distributions and the
// owner of each file.
func (o *Options) collect(s *stage) ([]Distribution, map[string]owner, error) {
	c := &collector{o: o, into: s.path(layerDir, "python"), owners: map[string]owner{}, taken: map[string]bool{}}
	if o.Tool == index.Pip {
		// pip installs into a home scheme, and then moves the files without changing RECORD.
		c.site, c.home, c.steps = s.path(targetDir), s.path(targetDir), "lib/python"
	} else if err := c.findSite(s.path(s.project, ".venv")); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(c.into, 0o777); err != nil {
		return nil, nil, stageFault(c.into, err)
	}
	list, err := c.distributions()
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return nil, nil, err
	}
	c.reportRest()
	return list, c.owners, nil
}

// findSite finds the folder with the modules of a virtual environment.
func (c *collector) findSite(venv string) error {
	for _, pattern := range []string{"lib/python*/site-packages", "Lib/site-packages"} {
		found, _ := filepath.Glob(filepath.Join(venv, filepath.FromSlash(pattern)))
		if len(found) == 1 {
			steps, err := filepath.Rel(venv, found[0])
			c.site, c.home, c.steps = found[0], venv, filepath.ToSlash(steps)
			return err
		}
	}
	return c.fault(fault.Machine, fmt.Sprintf("%s created no virtual environment in its folder", c.o.Tool), nil, "run the same command again with -v to see its output")
}

func (c *collector) fault(kind fault.Kind, message string, details []string, hints ...string) error {
	return &fault.Error{Kind: kind, Message: message, Subject: c.o.subject(), Details: details, Hints: hints}
}

// distributions moves the files of all distributions, and returns the distributions in the
// layer, sorted by name.
func (c *collector) distributions() ([]Distribution, error) {
	entries, err := os.ReadDir(c.site)
	if err != nil {
		return nil, stageFault(c.site, err)
	}
	var list []Distribution
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".egg-info") {
			return nil, c.fault(fault.Machine, fmt.Sprintf("%s was installed without a RECORD file", strings.TrimSuffix(e.Name(), ".egg-info")), nil,
				"upgrade "+string(c.o.Tool)+": "+update[c.o.Tool], withoutTool)
		}
		base, ok := strings.CutSuffix(e.Name(), ".dist-info")
		if !ok || !e.IsDir() {
			continue
		}
		name, version, _ := strings.Cut(base, "-")
		d := Distribution{Name: pep503.Normalize(name), Version: version}
		excluded := slices.ContainsFunc(c.o.ExcludedDistributions(), func(x string) bool { return pep503.Normalize(x) == d.Name })
		if err := c.take(d, e.Name(), excluded); err != nil {
			return nil, stageFault(filepath.Join(c.site, e.Name()), err)
		}
		if !excluded {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b Distribution) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// take moves the files of the distribution whose metadata is in the folder info.
func (c *collector) take(d Distribution, info string, excluded bool) error {
	record, err := readMetadata(filepath.Join(c.site, info, "RECORD"))
	if err != nil {
		return err
	}
	rows, err := wheel.ParseRecord(bytes.NewReader(record))
	if err != nil {
		return err
	}
	if !excluded {
		if err := c.inspect(d, filepath.Join(c.site, info)); err != nil {
			return err
		}
	}
	moved := false
	for i := range rows {
		from, to := c.place(strings.ReplaceAll(rows[i].Path, `\`, "/"))
		if from == "" {
			continue
		}
		c.taken[from] = true
		if rows[i].Hash == "" && strings.Contains("/"+to, "/__pycache__/") {
			continue // compiled by pip; files from the wheel have a hash
		}
		if to == "" || excluded {
			continue
		}
		was, listed := c.owners[to]
		if listed && was.hash != rows[i].Hash && path.Base(to) != "RECORD" {
			c.twice = append(c.twice, fmt.Sprintf("%s is in %s and %s", to, was.name, d.Name))
		}
		c.owners[to] = owner{d.Name, rows[i].Hash}
		if listed {
			continue
		}
		if to != rows[i].Path {
			rows[i].Path, moved = to, true
		}
		if err := c.move(from, to); err != nil {
			return err
		}
	}
	if moved {
		return os.WriteFile(filepath.Join(c.into, info, "RECORD"), wheel.FormatRecord(rows), 0o666)
	}
	return nil
}

// place returns the path of a file that RECORD lists as name, relative to c.home, and its
// path in the layer's python/. If to is "", the layer leaves the file out, as package wheel
// does. If from is "", the file is outside the installation.
func (c *collector) place(name string) (from, to string) {
	site := path.Join(c.steps)
	full := path.Join(site, name)
	if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") {
		return "", ""
	}
	inSite, ok := strings.CutPrefix(full, site+"/")
	from = full
	if c.o.Tool == index.Pip {
		if from = full; ok {
			from = inSite
		}
	}
	switch {
	case ok:
		return from, inSite
	}
	switch top, _, _ := strings.Cut(full, "/"); top {
	case "bin", "Scripts", "include", "Include":
		return from, ""
	}
	return from, full
}

// move moves a file. The file may be missing, because pip loses some files in the data
// scheme.
func (c *collector) move(from, to string) error {
	target := filepath.Join(c.into, filepath.FromSlash(to))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	err := os.Rename(filepath.Join(c.home, filepath.FromSlash(from)), target)
	if errors.Is(err, fs.ErrNotExist) {
		if path.Base(path.Dir(to)) != "" && !strings.HasSuffix(path.Dir(to), ".dist-info") {
			c.o.Events.Emit(event.Event{Kind: event.Warn, Op: "install", Subject: c.o.subject(),
				Message: fmt.Sprintf("%s did not install %s, although its distribution contains it", c.o.Tool, to)})
		}
		return nil
	}
	return err
}

// readMetadata reads a file in a .dist-info folder.
func readMetadata(path string) ([]byte, error) {
	return bound.ReadFile(path, bound.Metadata, "the metadata of a distribution")
}

// inspect records why a distribution cannot be in the layer. Any file of the distribution's
// metadata may be missing.
func (c *collector) inspect(d Distribution, info string) error {
	var direct struct { // https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
		Dir struct {
			Editable bool `json:"editable"`
		} `json:"dir_info"`
	}
	content, err := readMetadata(filepath.Join(info, "direct_url.json"))
	if err == nil {
		err = bound.UnmarshalJSON(content, &direct)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot read direct_url.json: %w", err)
	}
	if direct.Dir.Editable {
		c.editable = append(c.editable, d.Name+" "+d.Version)
	}
	content, err = readMetadata(filepath.Join(info, "WHEEL"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ranking := c.o.Target.Ranking()
	var tags []string
	for scanner := bufio.NewScanner(bytes.NewReader(content)); scanner.Scan(); {
		tag, ok := strings.CutPrefix(scanner.Text(), "Tag:")
		if tag = strings.TrimSpace(tag); ok && tag != "" {
			tags = append(tags, tag)
		}
	}
	fits := slices.ContainsFunc(tags, func(tag string) bool { return c.fits(ranking, tag) })
	if len(tags) > 0 && !fits {
		c.misfits = append(c.misfits, fmt.Sprintf("%s %s is for %s", d.Name, d.Version, strings.Join(tags, ", ")))
	}
	return nil
}

// fits reports whether a wheel with the given tag may be in the layer. The tag of a wheel
// that was just built does not say which glibc it needs; package audit checks its machine
// code.
func (c *collector) fits(ranking *pep425.Ranking, tag string) bool {
	if built, ok := strings.CutSuffix(tag, "-linux_"+c.o.Target.Machine); ok {
		tag = built + "-manylinux_2_17_" + c.o.Target.Machine
	}
	_, ok := ranking.BestOfName("any-1-" + tag + ".whl")
	return ok
}

// check returns an error if the installation would not work as a layer for the target.
func (c *collector) check() error {
	switch {
	case len(c.editable) > 0:
		return c.fault(fault.Lock, "editable distributions cannot be in a layer because they are links to folders on this machine", c.editable,
			"lock them as regular dependencies, without -e, editable = true, or develop = true", "or exclude them: --exclude NAME")
	case len(c.misfits) > 0:
		return c.fault(fault.Machine, fmt.Sprintf("%s installed wheels that do not work in %s on %s", c.o.Tool, c.o.Target.Runtime, c.o.Target.Architecture), c.misfits,
			"run "+string(c.o.Tool)+inContainer, withoutTool)
	case len(c.twice) > 0:
		return c.fault(fault.Layer, "two or more distributions contain the same file with different content", c.twice,
			"exclude one of the distributions: --exclude NAME",
			"or let lamella install the wheels itself, and choose whose file to keep: --builder native --prefer NAME")
	}
	return nil
}

// reportRest warns about files in the installation that no distribution lists.
func (c *collector) reportRest() {
	var rest []string
	_ = filepath.WalkDir(c.site, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		relative, err := filepath.Rel(c.home, p)
		if err != nil {
			return nil
		}
		name := filepath.ToSlash(relative)
		switch base := path.Base(name); {
		case c.taken[name], strings.Contains(name, "__pycache__/"), base == ".lock",
			base == glibcModule, base == "_virtualenv.py", base == "_virtualenv.pth":
			return nil
		}
		rest = append(rest, name)
		return nil
	})
	if len(rest) == 0 {
		return
	}
	names := strings.Join(rest[:min(5, len(rest))], ", ")
	c.o.Events.Emit(event.Event{Kind: event.Warn, Op: "install", Subject: c.o.subject(),
		Message: fmt.Sprintf("left out %s that no distribution lists: %s", number.Count(len(rest), "file"), names)})
}
