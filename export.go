package lamella

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// ExportFormat is a lock file format that Export writes.
type ExportFormat string

const (
	// ExportRequirements is a requirements.txt with a hash for each line. It
	// installs with pip install --no-deps --require-hashes.
	ExportRequirements ExportFormat = "requirements"
	// ExportPylock is a pylock.toml (PEP 751) for single use: it covers this
	// target only.
	ExportPylock ExportFormat = "pylock"
)

// ExportFormats returns all formats.
func ExportFormats() []ExportFormat { return []ExportFormat{ExportRequirements, ExportPylock} }

// Export resolves the layer and returns the lock file of exactly these wheels.
// URLs in it have no credentials. An index is asked where a pylock.toml needs a
// URL that the lock does not state.
func Export(ctx context.Context, l Layer, format ExportFormat, env Env) ([]byte, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	r, err := w.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.relate(r); err != nil {
		return nil, err
	}
	switch format {
	case ExportRequirements:
		return []byte(requirementsText(w.lock, r, env.tool())), nil
	case ExportPylock:
		for i := range r.Distributions {
			d := &r.Distributions[i]
			if d.File.Name != "" && d.File.URL == "" {
				if d.File.URL, err = w.client.Locate(ctx, *d); err != nil {
					return nil, err
				}
			}
		}
		return []byte(pylockText(r, env.tool())), nil
	}
	return nil, &fault.Error{Kind: fault.Usage, Op: "export", Subject: l.Project, Err: fmt.Errorf("unknown format %q", format),
		Hints: []string{"--format requirements", "--format pylock"}}
}

// requirementsText is r as a requirements.txt. The sources that the lock itself
// names are in it, too.
func requirementsText(l *lock.Lock, r *resolve.Resolution, tool string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s for %s, by %s. Every distribution is listed: pip install --no-deps\n", l.Name, r.Target, tool)
	option := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s %s\n", name, secret.Strip(value))
		}
	}
	index, extra := indexes(l, r)
	option("--index-url", index)
	for _, u := range extra {
		option("--extra-index-url", u)
	}
	for _, u := range findLinks(l, r) {
		option("--find-links", u)
	}
	if l.NoIndex {
		b.WriteString("--no-index\n")
	}
	for i := range r.Distributions {
		b.WriteString(r.Distributions[i].Requirement() + "\n")
	}
	return b.String()
}

// indexes are those of the lock, and those that it names for single distributions
// if they are several. One alone is left to whoever installs, and to his mirror.
func indexes(l *lock.Lock, r *resolve.Resolution) (index string, extra []string) {
	all := append([]string{l.IndexURL}, l.ExtraIndexURLs...)
	var named []string
	for _, d := range r.Distributions {
		if u := d.Source.Location; d.Source.Kind == lock.FromIndex && isHTTP(u) && !slices.Contains(named, u) {
			named = append(named, u)
		}
	}
	if len(named) > 1 || l.IndexURL != "" || len(l.ExtraIndexURLs) > 0 {
		for _, u := range named {
			if !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	if l.IndexURL == "" && len(l.ExtraIndexURLs) == 0 && len(named) > 1 {
		return named[0], named[1:]
	}
	return all[0], all[1:]
}

// findLinks are the folders and pages of the lock, and the folders that serve a
// distribution as its index.
func findLinks(l *lock.Lock, r *resolve.Resolution) []string {
	links := append([]string{}, l.FindLinks...)
	seen := map[string]bool{}
	for _, d := range r.Distributions {
		folder := d.Source.Location
		if d.Source.Kind == lock.FromIndex && folder != "" && !isHTTP(folder) && !seen[folder] {
			seen[folder] = true
			links = append(links, folder)
		}
	}
	return links
}

func isHTTP(location string) bool {
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// pylockText is r as a pylock.toml. Its markers and requires-python are the
// target's, so that it installs nowhere else.
func pylockText(r *resolve.Resolution, tool string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "lock-version = \"1.0\"\nenvironments = [%s]\nrequires-python = \"==3.%d.*\"\ncreated-by = %s\n",
		quoteTOML(targetMarker(r.Target)), r.Target.Minor, quoteTOML(tool))
	if len(r.Distributions) == 0 {
		b.WriteString("packages = []\n")
	}
	requires := map[string][]string{}
	for _, d := range r.Distributions {
		for _, by := range d.RequiredBy {
			requires[by] = append(requires[by], d.Name)
		}
	}
	for _, d := range r.Distributions {
		fmt.Fprintf(&b, "\n[[packages]]\nname = %s\n", quoteTOML(d.Name))
		if d.Version != "" {
			fmt.Fprintf(&b, "version = %s\n", quoteTOML(d.Version))
		}
		if len(requires[d.Name]) > 0 {
			b.WriteString("dependencies = [\n")
			for _, name := range requires[d.Name] {
				fmt.Fprintf(&b, "    { name = %s },\n", quoteTOML(name))
			}
			b.WriteString("]\n")
		}
		switch {
		case d.Source.Kind == lock.FromURL:
			fmt.Fprintf(&b, "archive = { %s%s }\n", pylockFile(d), pylockSubdirectory(d))
			continue
		case d.Source.Kind == lock.FromGit:
			fmt.Fprintf(&b, "vcs = { type = \"git\", url = %s, commit-id = %s%s }\n",
				quoteTOML(secret.Strip(d.Source.Repository)), quoteTOML(d.Source.Commit), pylockSubdirectory(d))
			continue
		case d.Source.Kind == lock.FromDirectory:
			fmt.Fprintf(&b, "directory = { path = %s%s }\n", quoteTOML(d.Source.Folder()), pylockSubdirectory(d))
			continue
		}
		if isHTTP(d.Source.Location) {
			fmt.Fprintf(&b, "index = %s\n", quoteTOML(secret.Strip(d.Source.Location)))
		}
		if d.FromSource {
			fmt.Fprintf(&b, "sdist = { name = %s, %s }\n", quoteTOML(d.File.Name), pylockFile(d))
			continue
		}
		fmt.Fprintf(&b, "wheels = [{ name = %s, %s }]\n", quoteTOML(d.File.Name), pylockFile(d))
	}
	return b.String()
}

// pylockSubdirectory is the folder of an archive or tree that has the package.
func pylockSubdirectory(d resolve.Distribution) string {
	if d.Source.Subdirectory == "" {
		return ""
	}
	return ", subdirectory = " + quoteTOML(d.Source.Subdirectory)
}

// pylockFile is where a file is and how to know it.
func pylockFile(d resolve.Distribution) string {
	text := "url = " + quoteTOML(secret.Strip(d.File.URL))
	if d.File.Size > 0 {
		text += fmt.Sprintf(", size = %d", d.File.Size)
	}
	return text + fmt.Sprintf(", hashes = { %s = %s }", d.Hash.Algorithm(), quoteTOML(d.Hash.Hex()))
}

// targetMarker holds for t and no other target.
func targetMarker(t target.Target) string {
	return fmt.Sprintf("implementation_name == 'cpython' and python_version == '3.%d' and sys_platform == 'linux' and platform_machine == '%s'",
		t.Minor, t.Machine)
}

// quoteTOML writes s as a basic string of TOML.
func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
