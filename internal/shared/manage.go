package shared

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/store"
)

// The functions in this file return the errors of the store and of the local cache, because
// their callers ask for the shared cache, and no build depends on it.

// list returns the cache's objects in a folder, or in all folders if folder is "".
func (c *Cache) list(ctx context.Context, folder string) (all []store.Listed, err error) {
	folders := []string{folder}
	if folder == "" {
		folders = []string{Wheels, Files, Built, Bytecode}
	}
	for _, f := range folders {
		var some []store.Listed
		err = c.call(ctx, func(objects store.Objects) (err error) {
			some, err = objects.List(ctx, f)
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Size returns the number and the total size of the objects in the shared cache.
func (c *Cache) Size(ctx context.Context) (u cache.Usage, err error) {
	all, err := c.list(ctx, "")
	for _, o := range all {
		u.Files++
		u.Bytes += o.Size
	}
	return u, err
}

// Clean deletes all objects in the shared cache, and returns their number and total size.
func (c *Cache) Clean(ctx context.Context) (u cache.Usage, err error) {
	all, err := c.list(ctx, "")
	if err != nil {
		return u, err
	}
	return c.each(ctx, all, func(ctx context.Context, o store.Listed) (int64, error) {
		return o.Size, c.call(ctx, func(objects store.Objects) error { return objects.Delete(ctx, o.Key) })
	})
}

// each calls do for several objects at a time, and adds up the results: the number of bytes,
// or a negative number for an object that does not count.
func (c *Cache) each(ctx context.Context, all []store.Listed, do func(context.Context, store.Listed) (int64, error)) (u cache.Usage, err error) {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, o := range all {
		group.Go(func() error {
			n, err := do(ctx, o)
			if err != nil || n < 0 {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			u.Files++
			u.Bytes += n
			return nil
		})
	}
	err = group.Wait()
	return u, err
}

// Push stores the wheels and the bytecode in a local cache that the shared cache lacks, and
// returns their number and total size.
func (c *Cache) Push(ctx context.Context, local *cache.Cache) (u cache.Usage, err error) {
	there := map[string]bool{}
	for _, f := range []string{Wheels, Bytecode} {
		all, err := c.list(ctx, f)
		if err != nil {
			return u, err
		}
		for _, o := range all {
			there[o.Key] = true
		}
	}
	var missing []store.Listed
	paths := map[string]string{}
	add := func(key, path string) error {
		info, err := os.Stat(path)
		if err == nil && !there[key] {
			paths[key] = path
			missing = append(missing, store.Listed{Key: key, Size: info.Size()})
		}
		return nil
	}
	err = errors.Join(
		local.Wheels(func(d digest.Digest, path string) error { return add(WheelKey(d), path) }),
		local.AllDerived(func(name, path string) error { return add(Bytecode+name, path) }))
	if err != nil {
		return u, err
	}
	return c.each(ctx, missing, func(ctx context.Context, o store.Listed) (int64, error) {
		f, err := os.Open(paths[o.Key])
		if err != nil {
			return -1, nil //nolint:nilerr // it was cleaned in the meantime
		}
		defer f.Close()
		return o.Size, c.store(ctx, o.Key, f)
	})
}

// Checks return an error for content that is not what it should be.
type Checks struct {
	Wheel, Bytecode func(r io.ReaderAt, size int64) error
}

// Pull fetches the wheels and the bytecode that a local cache lacks, and returns their
// number and total size. It skips objects that do not match their names, with a warning.
func (c *Cache) Pull(ctx context.Context, local *cache.Cache, checks Checks) (u cache.Usage, err error) {
	wheels, err := c.list(ctx, Wheels)
	if err != nil {
		return u, err
	}
	packs, err := c.list(ctx, Bytecode)
	if err != nil {
		return u, err
	}
	have := map[string]bool{}
	err = errors.Join(
		local.Wheels(func(d digest.Digest, _ string) error { have[WheelKey(d)] = true; return nil }),
		local.AllDerived(func(name, _ string) error { have[Bytecode+name] = true; return nil }))
	if err != nil {
		return u, err
	}
	return c.each(ctx, append(wheels, packs...), func(ctx context.Context, o store.Listed) (int64, error) {
		if have[o.Key] {
			return -1, nil
		}
		return c.pull(ctx, o, local, checks)
	})
}

// pull fetches one object.
func (c *Cache) pull(ctx context.Context, o store.Listed, local *cache.Cache, checks Checks) (n int64, err error) {
	stem := strings.TrimSuffix(path.Base(o.Key), ".whl")
	d, err := digest.Parse(path.Base(path.Dir(o.Key)) + ":" + stem)
	isWheel := strings.HasPrefix(o.Key, Wheels)
	if isWheel && (err != nil || WheelKey(d) != o.Key) || !isWheel && !cache.IsDerivedName(stem) || o.Size > bound.Wheel {
		return -1, nil // not stored by lamella
	}
	var body io.ReadCloser
	err = c.call(ctx, func(objects store.Objects) (err error) {
		body, _, err = objects.Open(ctx, o.Key)
		return err
	})
	if errors.Is(err, store.ErrNotExist) {
		return -1, nil // it was deleted in the meantime
	}
	if err != nil {
		return -1, err
	}
	defer body.Close()
	r := bound.Reader(body, bound.Wheel, o.Key)
	var refused error
	if isWheel {
		_, err = local.AddWheel(ctx, d, r, func(r io.ReaderAt, size int64) error {
			refused = checks.Wheel(r, size)
			return refused
		})
		if m := (*cache.Mismatch)(nil); errors.As(err, &m) {
			refused = m
		}
	} else {
		refused, err = pullPack(stem, r, local, checks.Bytecode)
	}
	if refused != nil {
		c.events.Emit(event.Event{Kind: event.Warn, Op: "cache", Subject: c.uri,
			Message: fmt.Sprintf("skipped %s/%s because its content is wrong: %s", c.uri, o.Key, reason(refused))})
		return -1, nil
	}
	return o.Size, err
}

// pullPack fetches the bytecode of one wheel.
func pullPack(name string, r io.Reader, local *cache.Cache, check func(io.ReaderAt, int64) error) (refused, err error) {
	temp, err := outfile.CreateScratch()
	if err != nil {
		return nil, err
	}
	defer temp.Discard()
	size, err := io.Copy(temp, r)
	if err != nil {
		return nil, err
	}
	if refused = check(temp, size); refused != nil {
		return refused, nil
	}
	_, err = local.PutDerivedAs(name, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(temp, 0, size))
		return err
	})
	return nil, err
}
