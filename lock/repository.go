package lock

import (
	"net/url"
	"path"
	"strings"
)

// setRepository sets the repository, commit, and subdirectory of s. location is the URL of
// the repository, which may start with "git+" as in pip. A reference that is not a full
// commit hash, such as a branch, is not a pin and is ignored.
func (s *Source) setRepository(location, reference, subdirectory string) {
	s.Repository = strings.TrimPrefix(location, "git+")
	if isCommit(reference) {
		s.Commit = strings.ToLower(reference)
	}
	s.Subdirectory = cleanSubdirectory(subdirectory)
}

// Folder returns the absolute path of a FromDirectory, or "" if its location is not a local
// folder.
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

// isCommit reports whether reference is a full SHA-1 or SHA-256 commit hash.
func isCommit(reference string) bool {
	return (len(reference) == 40 || len(reference) == 64) && strings.Trim(strings.ToLower(reference), "0123456789abcdef") == ""
}

// cleanSubdirectory returns the clean path of a folder in a source tree, or "" for its
// root.
func cleanSubdirectory(folder string) string {
	if folder = strings.Trim(path.Clean("/"+strings.ReplaceAll(folder, `\`, "/")), "/"); folder == "." {
		return ""
	}
	return folder
}

// setUVRepository sets the repository from the URL of a commit in a uv.lock:
// https://host/repo?rev=main&subdirectory=sub#<commit>.
func (s *Source) setUVRepository(location string) {
	location, commit, _ := strings.Cut(location, "#")
	location, query, _ := strings.Cut(location, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = nil
	}
	s.setRepository(location, commit, values.Get("subdirectory"))
}

// setPipRepository sets the repository from a URL in pip's form,
// git+https://host/repo@revision. An @ after a user name comes before the path.
func (s *Source) setPipRepository(location, subdirectory string) {
	scheme, rest, _ := strings.Cut(location, "://")
	host, path, _ := strings.Cut(rest, "/")
	reference := ""
	if at := strings.LastIndex(path, "@"); at >= 0 {
		path, reference = path[:at], path[at+1:]
	}
	s.setRepository(scheme+"://"+host+"/"+path, reference, subdirectory)
}
