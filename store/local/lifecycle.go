package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// Content implements store.Layers. As in Lambda, a version has its own copy of the zip, so
// the object from which it was published may be deleted.
func (l *Layers) Content(ctx context.Context, name string, version int64) (body io.ReadCloser, err error) {
	if err := l.check(ctx, name); err != nil {
		return nil, err
	}
	err = l.root.look(ctx, func() (err error) {
		body, err = l.content(ctx, name, version)
		return err
	})
	return body, err
}

func (l *Layers) content(ctx context.Context, name string, version int64) (io.ReadCloser, error) {
	if _, err := l.version(name, version); err != nil {
		return nil, err
	}
	path := l.file(name, version, ".zip")
	f, _, err := openFile(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("the zip of version %d of layer %s is missing: %s", version, name, path), Subject: path}
	}
	if err != nil {
		return nil, l.root.explain("read", path, err)
	}
	return f, nil
}

// keep copies an object to path. It uses a hard link if the file system supports that, which
// is safe because files are replaced and never written to.
func (r *root) keep(object, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	_ = os.Remove(path) // left by a crash
	if os.Link(object, path) == nil {
		return nil
	}
	from, err := os.Open(object)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := r.create()
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Discard()
		return err
	}
	return commit(to, path)
}

// Delete implements store.Layers. It first deletes the JSON file, without which the version
// does not exist.
func (l *Layers) Delete(ctx context.Context, name string, version int64) error {
	if err := l.check(ctx, name); err != nil {
		return err
	}
	return l.root.change(func() error {
		for _, path := range []string{l.path(name, version), l.policyPath(name, version), l.file(name, version, ".zip")} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return l.root.explain("delete", path, err)
			}
		}
		return nil
	})
}

// Grants implements store.Sharing.
func (l *Layers) Grants(ctx context.Context, name string, version int64) (grants []store.Grant, err error) {
	if err := l.check(ctx, name); err != nil {
		return nil, err
	}
	err = l.root.look(ctx, func() (err error) {
		grants, err = l.grants(name, version)
		return err
	})
	return grants, err
}

// grants is like Grants, for use within look or change.
func (l *Layers) grants(name string, version int64) ([]store.Grant, error) {
	if _, err := l.version(name, version); err != nil {
		return nil, err
	}
	path := l.policyPath(name, version)
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, l.root.explain("read", path, err)
	}
	grants := []store.Grant{}
	if err := bound.UnmarshalJSON(data, &grants); err != nil {
		return nil, l.root.explain("read", path, fmt.Errorf("%w: %w", errDamaged, err))
	}
	if grants == nil {
		return nil, l.root.explain("read", path, fmt.Errorf("%w: it is not a list of statements", errDamaged))
	}
	if slices.ContainsFunc(grants, func(g store.Grant) bool { return g.ID == "" || g.Principal == "" }) {
		return nil, l.root.explain("read", path, fmt.Errorf("%w: a statement has no id or principal", errDamaged))
	}
	return grants, nil
}

// Grant implements store.Sharing.
func (l *Layers) Grant(ctx context.Context, name string, version int64, g store.Grant) error {
	return l.changePolicy(ctx, name, version, func(grants []store.Grant) ([]store.Grant, error) {
		if slices.ContainsFunc(grants, func(there store.Grant) bool { return there.ID == g.ID }) {
			return nil, fmt.Errorf("statement %s of version %d of layer %s %w", g.ID, version, name, store.ErrExist)
		}
		return append(grants, g), nil
	})
}

// Revoke implements store.Sharing.
func (l *Layers) Revoke(ctx context.Context, name string, version int64, id string) error {
	err := l.changePolicy(ctx, name, version, func(grants []store.Grant) ([]store.Grant, error) {
		return slices.DeleteFunc(grants, func(g store.Grant) bool { return g.ID == id }), nil
	})
	if errors.Is(err, store.ErrNotExist) {
		return nil
	}
	return err
}

func (l *Layers) changePolicy(ctx context.Context, name string, version int64, change func([]store.Grant) ([]store.Grant, error)) error {
	if err := l.check(ctx, name); err != nil {
		return err
	}
	return l.root.change(func() error {
		grants, err := l.grants(name, version)
		if err != nil {
			return err
		}
		if grants, err = change(grants); err != nil {
			return err
		}
		if err := l.root.writeJSON(l.policyPath(name, version), grants); err != nil {
			return l.root.explain("share", "layer "+name, err)
		}
		return nil
	})
}

// function is the content of the file functions/<name>.json, which exists to try out prune.
type function struct {
	Layers  map[string][]string `json:"layers"`  // function version → ARNs of layer versions
	Aliases map[string]string   `json:"aliases"` // alias → function version
}

// Users implements store.Functions. An invalid file of a function is an error, because the
// versions that the function uses must not appear to be unused.
func (l *Layers) Users(ctx context.Context, layer string) ([]store.User, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir := filepath.Join(l.root.dir, "functions")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, l.root.explain("list", dir, err)
	}
	var users []store.User
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), ".json")
		if !ok {
			continue
		}
		f, err := l.function(name)
		if err != nil {
			return nil, err
		}
		for version, layers := range f.Layers {
			for _, has := range layers {
				if arn, _ := store.ParseARN(has); arn.Unversioned().String() == layer {
					users = append(users, store.User{Function: name, Version: version, Layer: arn.Version})
				}
			}
		}
	}
	return users, nil
}

// function reads the file of a function.
func (l *Layers) function(name string) (f function, err error) {
	path := filepath.Join(l.root.dir, "functions", name+".json")
	err = readJSON(path, &f, "layers")
	for version, layers := range f.Layers {
		if err == nil && layers == nil {
			err = fmt.Errorf("%w: it does not list the layers of %q", errDamaged, version)
		}
		for _, has := range layers {
			if arn, ok := store.ParseARN(has); err == nil && (!ok || arn.Version < 1) {
				err = fmt.Errorf("%w: %q is not the ARN of a layer version", errDamaged, has)
			}
		}
	}
	if err != nil {
		return f, l.root.explain("read", path, err)
	}
	return f, nil
}

// NameAliases implements store.Functions.
func (l *Layers) NameAliases(ctx context.Context, users []store.User) error {
	for i, u := range users {
		f, err := l.function(u.Function)
		if err != nil {
			return err
		}
		users[i].Aliases = f.aliasesOf(u.Version)
	}
	return ctx.Err()
}

func (f function) aliasesOf(version string) []string {
	var aliases []string
	for alias, target := range f.Aliases {
		if target == version {
			aliases = append(aliases, alias)
		}
	}
	slices.Sort(aliases)
	return aliases
}

func (l *Layers) policyPath(name string, version int64) string {
	return l.file(name, version, ".policy.json")
}

func (l *Layers) file(name string, version int64, suffix string) string {
	return filepath.Join(l.dir(name), strconv.FormatInt(version, 10)+suffix)
}
