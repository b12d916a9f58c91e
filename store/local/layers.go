package local

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// Account is the account in the ARNs of local layers.
const Account = "000000000000"

// arnPrefix is the prefix of the ARNs of local layers, which use a made-up region and
// account.
const arnPrefix = "arn:aws:lambda:local:" + Account + ":layer:"

// Layers implements store.Layers in a folder.
type Layers struct {
	root *root
}

// version is the content of the file <version>.json.
type version struct {
	ARN           string    `json:"arn"`
	Version       int64     `json:"version"`
	Description   string    `json:"description,omitempty"`
	License       string    `json:"license,omitempty"`
	Created       time.Time `json:"created"`
	Runtimes      []string  `json:"runtimes,omitempty"`
	Architectures []string  `json:"architectures,omitempty"`
	CodeSHA256    string    `json:"code_sha256"` // base64, as in Lambda's API
	CodeSize      int64     `json:"code_size"`   // bytes
}

// Versions implements store.Layers. As in Lambda's listing, CodeSHA256 and CodeSize are empty.
func (l *Layers) Versions(ctx context.Context, name string) (versions []store.LayerVersion, err error) {
	if err := l.check(ctx, name); err != nil {
		return nil, err
	}
	err = l.root.look(ctx, func() (err error) {
		versions, err = l.versions(name)
		return err
	})
	return versions, err
}

// versions is like Versions, for use within look or change.
func (l *Layers) versions(name string) ([]store.LayerVersion, error) {
	entries, err := os.ReadDir(l.dir(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, l.root.explain("list the versions of", "layer "+name, err)
	}
	var versions []store.LayerVersion
	for _, entry := range entries {
		number, ok := strings.CutSuffix(entry.Name(), ".json")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil {
			continue
		}
		v, err := l.version(name, n)
		if errors.Is(err, store.ErrNotExist) {
			continue // removed by hand in the meantime
		}
		if err != nil {
			return nil, err
		}
		v.CodeSHA256, v.CodeSize = "", 0
		versions = append(versions, v)
	}
	slices.SortFunc(versions, func(a, b store.LayerVersion) int { return cmp.Compare(b.Version, a.Version) })
	return versions, nil
}

// LayerNames implements store.Lister.
func (l *Layers) LayerNames(ctx context.Context) (names []string, err error) {
	err = l.root.look(ctx, func() error {
		entries, err := os.ReadDir(filepath.Dir(l.dir("any")))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l.root.explain("list the layers in", filepath.Dir(l.dir("any")), err)
		}
		for _, entry := range entries {
			versions, err := l.versions(entry.Name())
			if err != nil {
				return err
			}
			if len(versions) > 0 {
				names = append(names, entry.Name())
			}
		}
		return nil
	})
	return names, err
}

// Version implements store.Layers.
func (l *Layers) Version(ctx context.Context, name string, number int64) (v store.LayerVersion, err error) {
	if err := l.check(ctx, name); err != nil {
		return store.LayerVersion{}, err
	}
	err = l.root.look(ctx, func() (err error) {
		v, err = l.version(name, number)
		return err
	})
	return v, err
}

// version is like Version, for use within look or change.
func (l *Layers) version(name string, number int64) (store.LayerVersion, error) {
	var v version
	err := readJSON(l.path(name, number), &v, "arn", "version", "created", "code_sha256", "code_size")
	if err == nil && (v.Version != number || v.ARN != arnOf(name, number)) {
		err = fmt.Errorf("%w: it describes %q", errDamaged, v.ARN)
	}
	if sum, bad := base64.StdEncoding.DecodeString(v.CodeSHA256); err == nil && (bad != nil || len(sum) != sha256.Size) {
		err = fmt.Errorf("%w: its code_sha256 is %q", errDamaged, v.CodeSHA256)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return store.LayerVersion{}, fmt.Errorf("version %d of layer %s %w", number, name, store.ErrNotExist)
	}
	if err != nil {
		return store.LayerVersion{}, l.root.explain("read", l.path(name, number), err)
	}
	return store.LayerVersion(v), nil
}

// errReplaced means that an object was replaced while it was read.
var errReplaced = errors.New("another process replaced the file")

// Publish implements store.Layers. It hashes the object before it locks the folder, so that
// other processes do not have to wait.
func (l *Layers) Publish(ctx context.Context, in store.Publication) (made store.LayerVersion, err error) {
	if err := store.Check(in); err != nil {
		return store.LayerVersion{}, err
	}
	for range 3 {
		made, err = l.publish(ctx, in)
		if !errors.Is(err, errReplaced) {
			break
		}
	}
	return made, err
}

func (l *Layers) publish(ctx context.Context, in store.Publication) (made store.LayerVersion, err error) {
	object, _, err := l.root.objectPaths(in.Content.Bucket, in.Content.Key)
	if err != nil {
		return made, err
	}
	f, info, err := openFile(ctx, object)
	if errors.Is(err, fs.ErrNotExist) {
		return made, &fault.Error{Kind: fault.Destination, Message: object + " does not exist", Subject: object, Sentinel: store.ErrNotExist, Hints: []string{"upload the zip: lamella upload"}}
	}
	if err != nil {
		return made, l.root.explain("read", object, err)
	}
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err != nil {
		return made, l.root.explain("read", object, err)
	}
	err = l.root.change(func() error {
		if now, err := os.Stat(object); err != nil || !os.SameFile(info, now) {
			return l.root.explain("publish", object, errReplaced)
		}
		number, err := l.next(in.Name)
		if err != nil {
			return err
		}
		v := version{
			ARN: arnOf(in.Name, number), Version: number,
			Description: in.Description, License: in.License,
			Created:  time.Now().UTC().Truncate(time.Millisecond),
			Runtimes: in.Runtimes, Architectures: in.Architectures,
			CodeSHA256: base64.StdEncoding.EncodeToString(hash.Sum(nil)), CodeSize: size,
		}
		if err := l.root.keep(object, l.file(in.Name, number, ".zip")); err != nil {
			return l.root.explain("publish", "layer "+in.Name, err)
		}
		if err := l.root.writeJSON(l.path(in.Name, number), v); err != nil {
			return l.root.explain("publish", "layer "+in.Name, err)
		}
		made = store.LayerVersion(v)
		return nil
	})
	return made, err
}

// next reserves the next version number. It records the number before the number is used, so
// a number may be skipped but is never reused.
func (l *Layers) next(name string) (int64, error) {
	last := filepath.Join(l.dir(name), "last")
	data, err := bound.ReadFile(last, 100, "a version number")
	var number int64
	switch {
	case errors.Is(err, fs.ErrNotExist): // the first version
	case err == nil:
		number, err = strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
		if err != nil || number < 1 {
			return 0, l.root.explain("read", last, fmt.Errorf("%w: %q is not a version number", errDamaged, data))
		}
	default:
		return 0, l.root.explain("read", last, err)
	}
	versions, err := l.versions(name)
	if err != nil {
		return 0, err
	}
	if len(versions) > 0 {
		number = max(number, versions[0].Version)
	}
	number++
	if err := l.root.writeFile(last, fmt.Appendln(nil, number)); err != nil {
		return 0, l.root.explain("publish", "layer "+name, err)
	}
	return number, nil
}

// check rejects invalid layer names, because names become paths.
func (l *Layers) check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return store.Check(store.Publication{Name: name})
}

func arnOf(name string, number int64) string {
	return arnPrefix + name + ":" + strconv.FormatInt(number, 10)
}

func (l *Layers) dir(name string) string { return filepath.Join(l.root.dir, "layers", name) }

func (l *Layers) path(name string, number int64) string {
	return l.file(name, number, ".json")
}
