package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/shell"
)

// Place is a type of folder that lamella maintains and that the user names.
type Place struct {
	Name      string // such as "a folder of layers"
	Example   string // such as "out"
	Option    string // flag that selects another folder, such as "--to"
	URLOption string // flag that takes an S3 URL, such as "--to"
	// Ours reports whether a folder with these entries (at least one) is such a folder and
	// lamella made it.
	Ours func(entries []fs.DirEntry) bool
}

// urlInPath matches a URL in a path that was cleaned or joined to a folder.
var urlInPath = regexp.MustCompile(`(?:^|[/\\])([A-Za-z][A-Za-z0-9+.-]+):[/\\]+(.*)$`)

// Check examines path before any work is done. It rejects a URL, a path that is not a
// folder, and a folder with files that are not lamella's. The error is a fault.Error of Kind
// Usage that says what to type instead. Check accepts a path that it cannot examine, because
// the first use of the path reports the error.
func (p Place) Check(path string) error {
	if url := urlInPath.FindStringSubmatch(path); url != nil {
		return p.refuseURL(path, url[1], url[2])
	}
	info, err := os.Stat(path)
	if err != nil {
		return p.checkAbove(path)
	}
	if !info.IsDir() {
		return p.refuse(path, path+" is "+describeFile(info.Mode())+", not a folder", p.Example)
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) == 0 || p.Ours(entries) {
		return nil
	}
	return p.refuse(path, fmt.Sprintf("%s contains other files and is not %s made by lamella", path, p.Name), filepath.Join(path, p.Example))
}

// checkAbove checks that the nearest existing parent of path is a folder.
func (p Place) checkAbove(path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return p.refuse(path, fmt.Sprintf("cannot create %s because %s is %s, not a folder", path, at, describeFile(info.Mode())), p.Example)
		}
		// The folder may exist by now, but then it is not a link.
		if link, linkErr := os.Lstat(at); linkErr == nil && link.Mode()&fs.ModeSymlink != 0 && errors.Is(err, fs.ErrNotExist) {
			return p.refuse(path, fmt.Sprintf("cannot create %s because %s is a broken link", path, at), p.Example)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func (p Place) refuse(path, message, other string) error {
	if filepath.Clean(path) == filepath.Clean(other) {
		other += "-2"
	}
	return &fault.Error{Kind: fault.Usage, Message: message, Subject: path, Hints: []string{"choose another folder: " + p.Option + " " + shell.Quote(other)}}
}

func (p Place) refuseURL(path, scheme, rest string) error {
	hint := "choose a folder: " + p.Option + " " + shell.Quote(p.Example)
	if strings.EqualFold(scheme, "s3") {
		hint = "use " + p.URLOption + " " + shell.Quote("s3://"+filepath.ToSlash(rest))
	}
	return &fault.Error{Kind: fault.Usage, Message: path + " is a URL, but " + p.Option + " needs a folder on this machine", Subject: path, Hints: []string{hint}}
}

func describeFile(mode fs.FileMode) string {
	if mode.IsRegular() {
		return "a file"
	}
	return bound.Describe(mode)
}
