package publish

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/internal/shell"
)

// The keys of a layer's state, relative to its prefix. docs/s3-layout.md describes them.
const (
	// Prefix is the common prefix of all keys.
	Prefix = "layer/"

	stagedKey = "layer/layer.zip"
	leaseKey  = "layer/lease"

	incomingPrefix = "layer/zip/incoming-" // of temporary objects
)

var (
	zipKeys      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^layer/zip/([0-9a-f]{64})\.zip$`) })
	incomingKeys = regexp.MustCompile(`^layer/zip/incoming-[0-9a-z]{16}\.zip$`)
	versionKeys  = regexp.MustCompile(`^layer/([0-9]{6,18})/lamella\.json$`)
)

// ManifestKey returns the key of a version's lock file. name must not contain a folder.
func ManifestKey(version int64, name string) string { return manifestKey(version, name) }

// ZipKey returns the key of the zip with the given SHA-256 in hexadecimal.
func ZipKey(sha256 string) string { return zipKey(sha256) }

// ZipOf returns the SHA-256, in hexadecimal, of the zip stored at key. ok is false if key is
// not the key of a zip.
func ZipOf(key string) (sha256 string, ok bool) {
	m := zipKeys().FindStringSubmatch(key)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// RecordOf returns the version whose record is stored at key. ok is false if key is not the
// key of a record.
func RecordOf(key string) (version int64, ok bool) {
	m := versionKeys.FindStringSubmatch(key)
	if m == nil {
		return 0, false
	}
	version, err := strconv.ParseInt(m[1], 10, 64)
	return version, err == nil && recordKey(version) == key
}

func zipKey(sha256 string) string { return "layer/zip/" + sha256 + ".zip" }

func incomingKey(random string) string { return incomingPrefix + random + ".zip" }

func manifestKey(version int64, name string) string {
	return fmt.Sprintf("layer/%06d/%s", version, name)
}

// recordName is the file name of a version's record, which is beside its lock file.
const recordName = "lamella.json"

func recordKey(version int64) string { return manifestKey(version, recordName) }

// removal returns the command that deletes the object at uri, which may be a path.
func removal(uri string) string {
	if strings.Contains(uri, "://") {
		return "aws s3 rm " + shell.Quote(uri)
	}
	return "rm " + shell.Quote(uri)
}
