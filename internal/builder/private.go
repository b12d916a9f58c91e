package builder

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/layer"
)

// privateFolders and privateFiles are names under which tools keep credentials, keys, or the
// history of a project, none of which belongs in a layer.
var (
	privateFolders = []string{".aws", ".azure", ".docker", ".git", ".gnupg", ".hg", ".kube", ".ssh", ".svn"}
	privateFiles   = []string{
		".boto", ".dockercfg", ".env", ".git-credentials", ".htpasswd", ".my.cnf", ".netrc", ".npmrc", ".pgpass", ".pypirc", ".vault-token",
		"_netrc", "application_default_credentials.json", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa",
	}
	// publicEnvs are the ends of the names of .env files that show only which variables exist.
	publicEnvs = []string{".dist", ".example", ".sample", ".template"}
)

// shownPrivate is the maximum number of names in the warning.
const shownPrivate = 10

// warnPrivate emits one warning that names the files and folders in dir that may contain
// secrets, and says how to exclude them. entries are those of the layer.
func warnPrivate(dir string, entries []layer.Entry, events event.Sink) {
	found, patterns := map[string]bool{}, map[string]bool{}
	for i := range entries {
		if name, pattern := private(entries[i].Path()); name != "" {
			found[name], patterns[pattern] = true, true
		}
	}
	if len(found) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(found))
	if more := len(names) - shownPrivate; more > 0 {
		names = append(names[:shownPrivate], fmt.Sprintf("and %d more", more))
	}
	command := "lamella package " + shell.Quote(dir)
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		command += " --exclude " + shell.Quote(pattern)
	}
	events.Emit(event.Event{Kind: event.Warn, Op: "package", Subject: dir, Message: fmt.Sprintf(
		"%s contains files that may hold secrets, and everyone who can use the layer can read them: %s; to leave them out: %s",
		dir, strings.Join(names, ", "), command)})
}

// private returns the file at file, or the folder above it, that may contain secrets, and a
// pattern that excludes it wherever it is. It returns "" if there is none.
func private(file string) (name, pattern string) {
	for folder := path.Dir(file); folder != "."; folder = path.Dir(folder) {
		if base := path.Base(folder); slices.Contains(privateFolders, base) {
			name, pattern = folder+"/", base // the outermost one
		}
	}
	base := path.Base(file)
	switch {
	case name != "":
		return name, pattern
	case slices.Contains(privateFiles, base):
		return file, base
	case strings.HasPrefix(base, ".env.") && !slices.ContainsFunc(publicEnvs, func(end string) bool { return strings.HasSuffix(base, end) }):
		return file, ".env.*"
	case strings.HasSuffix(base, ".tfstate"):
		return file, "*.tfstate"
	}
	return "", ""
}
