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
)

// Place is a folder that lamella keeps, and that a user names.
type Place struct {
	Name      string // "a folder of layers"
	Example   string // "out"
	Option    string // by which another folder is named: "--to"
	URLOption string // that takes what is meant for S3: "--to"
	// Ours reports whether a folder with these entries, of which there is at least
	// one, is such a folder of lamella's.
	Ours func(entries []fs.DirEntry) bool
}

// urlInPath finds a URL in a path that was cleaned, or put behind a folder.
var urlInPath = regexp.MustCompile(`(?:^|[/\\])([A-Za-z][A-Za-z0-9+.-]+):[/\\]+(.*)$`)

// Check looks at what is at path before any work is done for it. It refuses what is
// meant to be a URL, what is there and is no folder, and a folder in which others
// keep their files. The error is a fault.Error of Kind Usage with what to type
// instead. What cannot be looked at is left for the first use to tell.
func (p Place) Check(path string) error {
	if url := urlInPath.FindStringSubmatch(path); url != nil {
		return p.refuseURL(path, url[1], url[2])
	}
	info, err := os.Stat(path)
	if err != nil {
		return p.checkAbove(path)
	}
	if !info.IsDir() {
		return p.refuse(path, errors.New("it is "+describeFile(info.Mode())+", not a folder"), p.Example)
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) == 0 || p.Ours(entries) {
		return nil
	}
	return p.refuse(path, fmt.Errorf("it has other files in it, and it is not %s that lamella made", p.Name), filepath.Join(path, p.Example))
}

// checkAbove looks for the nearest thing on the way to path, which is not there.
func (p Place) checkAbove(path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return p.refuse(path, fmt.Errorf("%s is %s, not a folder", at, describeFile(info.Mode())), p.Example)
		}
		// A folder that another process has just made is no link.
		if link, linkErr := os.Lstat(at); linkErr == nil && link.Mode()&fs.ModeSymlink != 0 && errors.Is(err, fs.ErrNotExist) {
			return p.refuse(path, fmt.Errorf("%s is a link to nothing", at), p.Example)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func (p Place) refuse(path string, why error, other string) error {
	if filepath.Clean(path) == filepath.Clean(other) {
		other += "-2"
	}
	return &fault.Error{Kind: fault.Usage, Op: "use", Subject: path, Err: why, Hints: []string{"name another folder: " + p.Option + " " + quote(other)}}
}

func (p Place) refuseURL(path, scheme, rest string) error {
	hint := "name a folder: " + p.Option + " " + quote(p.Example)
	if strings.EqualFold(scheme, "s3") {
		hint = p.URLOption + " " + quote("s3://"+filepath.ToSlash(rest))
	}
	return &fault.Error{Kind: fault.Usage, Op: "use", Subject: path, Hints: []string{hint},
		Err: errors.New("it is a URL, and " + p.Option + " names a folder on this machine")}
}

func describeFile(mode fs.FileMode) string {
	if mode.IsRegular() {
		return "a file"
	}
	return bound.Describe(mode)
}
