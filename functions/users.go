package functions

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/lamella-build/lamella/store"
)

// Inventory says which function versions in an account and region use which layer versions.
// It is read once for all layers.
type Inventory struct{ uses []use }

type use struct {
	function, version string
	layer             store.ARN
}

// Read lists all versions of all functions, with one request for every 50 of them. If access
// is denied, it returns an error, not an empty inventory.
func Read(ctx context.Context, r store.FunctionReader) (*Inventory, error) {
	all, err := r.AllFunctions(ctx, true)
	if err != nil {
		return nil, err
	}
	i := &Inventory{}
	for _, f := range all {
		for _, l := range f.Layers {
			if arn, ok := store.ParseARN(l.ARN); ok {
				i.uses = append(i.uses, use{f.Name, f.Version, arn})
			}
		}
	}
	return i, nil
}

// Users returns the function versions that use a version of the layer, sorted by function
// and version. The result has no aliases; store.Functions.NameAliases adds them.
func (i *Inventory) Users(layer store.ARN) []store.User {
	var users []store.User
	for _, u := range i.uses {
		if u.layer.Unversioned() == layer.Unversioned() && (layer.Version == 0 || u.layer.Version == layer.Version) {
			users = append(users, store.User{Function: u.function, Version: u.version, Layer: u.layer.Version})
		}
	}
	slices.SortFunc(users, func(a, b store.User) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(len(a.Version), len(b.Version)), cmp.Compare(a.Version, b.Version))
	})
	return users
}

// Place is an account and a region.
type Place struct{ Account, Region string }

// Inventories reads the inventory of each place once, even if several layers need it
// concurrently. The zero value is ready to use.
type Inventories struct {
	mu    sync.Mutex
	known map[Place]func() (*Inventory, error)
}

// Read returns the inventory of a place. If it has not been read yet, Read reads it with r
// and ctx.
func (all *Inventories) Read(ctx context.Context, at Place, r store.FunctionReader) (*Inventory, error) {
	all.mu.Lock()
	if all.known == nil {
		all.known = map[Place]func() (*Inventory, error){}
	}
	read := all.known[at]
	if read == nil {
		read = sync.OnceValues(func() (*Inventory, error) { return Read(ctx, r) })
		all.known[at] = read
	}
	all.mu.Unlock()
	return read()
}
