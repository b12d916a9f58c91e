package export

import (
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// pylockText returns r as a pylock.toml. Its markers and requires-python are those of the
// target, so that it cannot be installed anywhere else.
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

// pylockSubdirectory returns the folder of an archive or source tree that contains the
// package.
func pylockSubdirectory(d resolve.Distribution) string {
	if d.Source.Subdirectory == "" {
		return ""
	}
	return ", subdirectory = " + quoteTOML(d.Source.Subdirectory)
}

// pylockFile returns the location and the hash of a file.
func pylockFile(d resolve.Distribution) string {
	text := "url = " + quoteTOML(secret.Strip(d.File.URL))
	if d.File.Size > 0 {
		text += fmt.Sprintf(", size = %d", d.File.Size)
	}
	return text + fmt.Sprintf(", hashes = { %s = %s }", d.Hash.Algorithm(), quoteTOML(d.Hash.Hex()))
}

// targetMarker returns a marker that is true for t and for no other target.
func targetMarker(t target.Target) string {
	return fmt.Sprintf("implementation_name == 'cpython' and python_version == '3.%d' and sys_platform == 'linux' and platform_machine == '%s'",
		t.Minor, t.Machine)
}

// quoteTOML returns s as a basic string in TOML.
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
