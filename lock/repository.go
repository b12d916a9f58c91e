package lock

import (
	"net/url"
	"path"
	"strings"
)

// setRepository notes where git finds what s is locked to: the repository's
// URL, the commit and the folder in it. location is the repository without
// them; "git+" in front of its scheme, as pip writes it, is not part of it. A
// reference that is no commit's full hash, such as a branch, pins nothing.
func (s *Source) setRepository(location, reference, subdirectory string) {
	s.Repository = strings.TrimPrefix(location, "git+")
	if isCommit(reference) {
		s.Commit = strings.ToLower(reference)
	}
	s.Subdirectory = cleanSubdirectory(subdirectory)
}

// Folder returns the folder of a FromDirectory, an absolute path; "" if its
// location is none.
func (s *Source) Folder() string {
	if !hasScheme(s.Location) {
		return s.Location
	}
	u, err := url.Parse(s.Location)
	if err != nil || !strings.EqualFold(u.Scheme, "file") {
		return ""
	}
	return filePath(u)
}

// isCommit reports the full hash of a commit, of git's SHA-1 or SHA-256 kind.
func isCommit(reference string) bool {
	return (len(reference) == 40 || len(reference) == 64) && strings.Trim(strings.ToLower(reference), "0123456789abcdef") == ""
}

// cleanSubdirectory is a folder of a source tree, "" for the tree itself.
func cleanSubdirectory(folder string) string {
	if folder = strings.Trim(path.Clean("/"+strings.ReplaceAll(folder, `\`, "/")), "/"); folder == "." {
		return ""
	}
	return folder
}

// setUVRepository takes apart the URL by which uv.lock names a commit of a
// repository: https://host/repo?rev=main&subdirectory=sub#<commit>.
func (s *Source) setUVRepository(location string) {
	location, commit, _ := strings.Cut(location, "#")
	location, query, _ := strings.Cut(location, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = nil
	}
	s.setRepository(location, commit, values.Get("subdirectory"))
}

// setPipRepository takes apart the URL by which pip names a revision of a
// repository: git+https://host/repo@revision. The @ of a user name stands
// before the path.
func (s *Source) setPipRepository(location, subdirectory string) {
	scheme, rest, _ := strings.Cut(location, "://")
	host, path, _ := strings.Cut(rest, "/")
	reference := ""
	if at := strings.LastIndex(path, "@"); at >= 0 {
		path, reference = path[:at], path[at+1:]
	}
	s.setRepository(scheme+"://"+host+"/"+path, reference, subdirectory)
}
