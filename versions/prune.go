package versions

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// unusedZipAge is the minimum age of unused zips that are deleted. A younger zip may be
// about to be published.
const unusedZipAge = 24 * time.Hour

// PruneOptions select the versions that may be deleted: versions that are neither among the
// newest Keep nor younger than OlderThan. One of the two is required.
type PruneOptions struct {
	Keep      int           // the latest version is always kept
	OlderThan time.Duration // 0 means any age
	// Shared permits deleting versions that are shared with other accounts, organizations,
	// or everyone, whose functions cannot be listed.
	Shared bool
	// KeepRollback is the number of versions to keep for a rollback: the newest versions
	// whose content differs from that of the latest and from each other's.
	KeepRollback int
	// Accounts are other accounts whose functions in this region can be listed.
	// Versions that they use are kept; versions shared only with them may be deleted.
	Accounts map[store.Principal]store.FunctionReader
	// Inventories are shared by the plans for several layers, so that the functions of each
	// account and region are listed only once. If it is nil, they are listed for this plan.
	// Execute always lists them again.
	Inventories *functions.Inventories
	Now         time.Time // the current time if zero
}

// PrunePlan is what Execute would delete, and what it keeps and why.
type PrunePlan struct {
	Delete  []Pruned  `json:"delete"`          // versions to delete, newest first
	Keep    []Kept    `json:"keep"`            // versions to keep, newest first
	Objects []Garbage `json:"objects"`         // objects to delete
	Notes   []string  `json:"notes,omitempty"` // additional information

	place
	options PruneOptions
	// contents maps versions to the digests of their zips, which never change.
	contents map[int64]string
	// inventories is options.Inventories while the plan is being made.
	inventories *functions.Inventories
}

// Pruned is a version to delete.
type Pruned struct {
	Version int64     `json:"version"`        // version number
	ARN     string    `json:"arn"`            // ARN of the version
	Created time.Time `json:"created"`        // when the version was created
	Size    int64     `json:"size,omitempty"` // size of the zip in bytes; 0 if not recorded

	Runtimes      []string `json:"-"` // runtimes that the version is declared compatible with
	Architectures []string `json:"-"` // architectures that the version is declared compatible with
}

// Kept is a version to keep.
type Kept struct {
	Version int64        `json:"version"`         // version number
	Reason  string       `json:"reason"`          // why the version is kept
	Users   []store.User `json:"users,omitempty"` // function versions that use the version
}

// Garbage is an object that does not belong to any version after the deletion.
type Garbage struct {
	Key  string `json:"key"`  // key of the object, relative to the prefix of the layer
	URI  string `json:"uri"`  // URI of the object
	Size int64  `json:"size"` // size in bytes
	Why  string `json:"why"`  // why the object can be deleted

	record *publish.Record   // the record to delete, with its lock file; nil for a zip
	upload *store.Unfinished // the upload to abort; nil for an object
}

// PlanPrune finds the versions that may be deleted and that nobody uses. It lists every
// version of every function in the account and region, and returns an error if the
// credentials do not permit that.
func PlanPrune(ctx context.Context, d publish.Destination, layer string, o PruneOptions) (*PrunePlan, error) {
	if err := o.check(layer); err != nil {
		return nil, err
	}
	versions, err := d.Versions(ctx, layer)
	if err != nil {
		return nil, err
	}
	where, err := placeOf(d, layer, versions)
	if err != nil {
		return nil, err
	}
	p := &PrunePlan{Delete: []Pruned{}, Keep: []Kept{}, Objects: []Garbage{}, place: where, options: o,
		contents: map[int64]string{}, inventories: o.Inventories}
	defer func() { p.inventories = nil }()
	if len(versions) == 0 {
		return p, nil
	}
	used, err := p.used(ctx, d, d.Layers.NameAliases)
	if err != nil {
		return nil, err
	}
	retained, err := p.retained(ctx, d, versions)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if reason := retained[v.Version]; reason != "" || len(used[v.Version]) > 0 {
			p.Keep = append(p.Keep, Kept{v.Version, keepReason(reason, used[v.Version]), used[v.Version]})
		} else {
			p.Delete = append(p.Delete, Pruned{Version: v.Version, ARN: v.ARN, Created: v.Created, Runtimes: v.Runtimes, Architectures: v.Architectures})
		}
	}
	if err := p.keepShared(ctx, d); err != nil {
		return nil, err
	}
	return p, p.collect(ctx, d, versions)
}

func (o PruneOptions) check(layer string) error {
	refuse := func(message string) error {
		return &fault.Error{Kind: fault.Usage, Message: message, Subject: layer,
			Hints: []string{"keep the latest versions: lamella prune --keep 10", "or delete only versions older than 90 days: lamella prune --older-than 90d"}}
	}
	switch {
	case o.Keep < 0 || o.OlderThan < 0 || o.KeepRollback < 0:
		return refuse("the number of versions or days to keep cannot be negative")
	case o.Keep == 0 && o.OlderThan == 0:
		return refuse("prune needs to know which versions to keep")
	}
	return store.Check(store.Publication{Name: layer})
}

func (o PruneOptions) now() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

// keepReason adds the functions that use a version to the reason for keeping it.
func keepReason(reason string, users []store.User) string {
	if len(users) == 0 {
		return reason
	}
	var names []string
	for _, u := range users {
		names = append(names, u.String())
	}
	slices.Sort(names)
	by := "used by " + strings.Join(names, ", ")
	if reason == "" {
		return by
	}
	return reason + ", " + by
}

// used returns the users of each version that is in use. It calls name to complete them.
func (p *PrunePlan) used(ctx context.Context, d publish.Destination, name func(context.Context, []store.User) error) (map[int64][]store.User, error) {
	users, err := p.users(ctx, d)
	if err == nil {
		err = name(ctx, users)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, &fault.Error{Kind: fault.KindOf(err), Subject: p.layer, Err: err,
			Message: "cannot list the functions that use layer " + p.layer,
			Details: []string{"lamella deletes versions only if it can tell which ones are in use"}}
	}
	used := map[int64][]store.User{}
	for _, u := range users {
		used[u.Layer] = append(used[u.Layer], u)
	}
	return used, nil
}

// users returns the function versions in this account that use a version of the layer.
func (p *PrunePlan) users(ctx context.Context, d publish.Destination) ([]store.User, error) {
	reader, ok := d.Layers.(store.FunctionReader)
	if !ok || p.inventories == nil {
		return d.Layers.Users(ctx, p.arn)
	}
	layer, _ := store.ParseARN(p.arn) // placeOf has parsed it
	inventory, err := p.inventories.Read(ctx, functions.Place{Account: layer.Account, Region: layer.Region}, reader)
	if err != nil {
		return nil, err
	}
	return inventory.Users(layer), nil
}

// keepShared keeps the versions that are shared with other accounts.
func (p *PrunePlan) keepShared(ctx context.Context, d publish.Destination) error {
	if p.options.Shared {
		return nil
	}
	shared := make([]string, len(p.Delete))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for i, v := range p.Delete {
		group.Go(func() error {
			grants, err := d.Layers.Grants(groupCtx, p.layer, v.Version)
			if err != nil && !errors.Is(err, store.ErrNotExist) {
				return err
			}
			var with []string
			for _, g := range grants {
				if _, seen := p.options.Accounts[g.Principal]; seen {
					continue // the functions of this account can be listed
				}
				with = append(with, string(g.Principal))
			}
			shared[i] = strings.Join(with, ", ")
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	unshared := []Pruned{}
	for i, v := range p.Delete {
		if shared[i] == "" {
			unshared = append(unshared, v)
			continue
		}
		p.Keep = append(p.Keep, Kept{Version: v.Version, Reason: "shared with " + shared[i] + ", whose functions cannot be listed"})
	}
	p.Delete = unshared
	slices.SortFunc(p.Keep, func(a, b Kept) int { return int(b.Version - a.Version) })
	return nil
}
