package deploy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/status"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// Status is the state of one layer at its destination.
type Status = status.Row

// Status returns the state of layers at their destinations, in the order of layers. It
// sends two requests for each layer that is up to date, a third if the layer has a
// parameter or is not up to date, and, for each account and region, one for every 50
// function versions.
func (o *Destinations) Status(ctx context.Context, layers []spec.Layer, env spec.Env) []Outcome[*Status] {
	builds := map[string]*sharedBuild{}
	for _, l := range layers {
		if key := contentKey(l); builds[key] == nil {
			builds[key] = &sharedBuild{layer: l, env: env, planning: true}
		}
	}
	inventories := new(functions.Inventories)
	return Each(ctx, layers, func(ctx context.Context, l spec.Layer) (*Status, error) {
		d, err := o.Open(ctx, l, env)
		if err != nil {
			return nil, err
		}
		looks := status.Options{}
		if looks.Compare, err = builds[contentKey(l)].compare(ctx); err != nil {
			return nil, err
		}
		var refused error
		looks.Inventory, refused = inventory(ctx, l, d, inventories)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		row, err := status.Of(ctx, d, l.Name, looks)
		if err != nil {
			return nil, err
		}
		if row.Target == "" && l.Runtime != "" {
			row.Target = l.Target()
		}
		if refused != nil {
			row.Notes = append(row.Notes, "cannot list the functions that use this layer: "+refused.Error())
		}
		return &row, nil
	})
}

// inventory returns which functions at l's destination use which layers. It is read only
// once for all layers there.
func inventory(ctx context.Context, l spec.Layer, d publish.Destination, read *functions.Inventories) (*functions.Inventory, error) {
	reader, ok := d.Layers.(store.FunctionReader)
	if !ok { // a local folder has no functions
		return new(functions.Inventory), nil
	}
	return read.Read(ctx, functions.Place{Account: l.Profile + " " + l.RoleARN, Region: l.Region}, reader)
}

// compare returns a function that compares a record with the project, or nil if there is no
// project to compare with.
func (s *sharedBuild) compare(ctx context.Context) (func(*publish.Record) (bool, error), error) {
	if s.layer.Runtime == "" {
		return nil, nil
	}
	p, err := s.open(ctx)
	if errors.Is(err, lock.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	manifest, identity := p.Manifest.SHA256(), p.Identity().Digest()
	return func(r *publish.Record) (bool, error) {
		if r.Makes(publish.Alias{Manifest: manifest, Identity: identity}) {
			return true, nil
		}
		resolved, err := s.resolve(ctx)
		if err != nil || resolved.Inputs == digest.Digest("") {
			return false, err
		}
		return r.Makes(publish.Alias{Identity: identity, Inputs: resolved.Inputs}), nil
	}, nil
}

// Everything returns layers, followed by all other layers in the same accounts and regions,
// which have no project to compare with. It returns a fault.Error of Kind Usage if a
// destination does not depend on the name of the layer.
func (o *Destinations) Everything(ctx context.Context, layers []spec.Layer, env spec.Env) ([]spec.Layer, error) {
	type place struct{ to, region, profile, role string }
	all, known, listed := slices.Clone(layers), map[place]map[string]bool{}, map[place]bool{}
	at := func(l spec.Layer) place { return place{l.To, l.Region, l.Profile, l.RoleARN} }
	for _, l := range layers {
		if known[at(l)] == nil {
			known[at(l)] = map[string]bool{}
		}
		known[at(l)][l.Name] = true
	}
	for _, l := range layers {
		if listed[at(l)] {
			continue
		}
		listed[at(l)] = true
		names, err := o.names(ctx, l, env)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if known[at(l)][name] {
				continue
			}
			other := l
			other.Name, other.Runtime, other.Architecture, other.SSMParameter = name, "", "", ""
			all = append(all, other)
		}
	}
	return all, nil
}

// names returns the names of all layers at the destination of l.
func (o *Destinations) names(ctx context.Context, l spec.Layer, env spec.Env) ([]string, error) {
	for _, p := range []string{"{runtime}", "{arch}"} {
		if strings.Contains(l.To, p) {
			return nil, &fault.Error{Kind: fault.Usage, Subject: "to", Message: "cannot list the other layers because the destination contains " + p + ": " + l.To,
				Hints: []string{"list the configured layers: lamella ls"}}
		}
	}
	if !l.IsLocal() && !strings.Contains(l.To, "{layer}") {
		return nil, &fault.Error{Kind: fault.Usage, Subject: "to", Message: "cannot list the other layers because the destination does not contain {layer}: " + l.To,
			Hints: []string{"list the configured layers: lamella ls"}}
	}
	d, err := o.Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	lister, ok := d.Layers.(store.Lister)
	if !ok {
		return nil, nil
	}
	return lister.LayerNames(ctx)
}

// OtherAccounts returns readers for the functions in l's region in the other accounts that
// the configured layers are deployed to. It omits accounts whose functions the credentials
// may not list.
func (o *Destinations) OtherAccounts(ctx context.Context, l spec.Layer, configured []spec.Layer, env spec.Env, inventories *functions.Inventories) (map[store.Principal]store.FunctionReader, error) {
	var others []spec.Layer
	seen := []aws.Account{accountOf(l, env)}
	for _, other := range configured {
		if account := accountOf(other, env); !other.IsLocal() && !slices.Contains(seen, account) {
			seen, others = append(seen, account), append(others, other)
		}
	}
	if len(others) == 0 || l.IsLocal() {
		return nil, nil
	}
	own, err := o.arn(ctx, l, env)
	if err != nil {
		return nil, err
	}
	accounts := map[store.Principal]store.FunctionReader{}
	for _, other := range others {
		if other.Region != "" && other.Region != own.Region {
			continue
		}
		there, err := o.arn(ctx, other, env)
		if err != nil || there.Region != own.Region || there.Account == own.Account {
			continue // versions that are shared with an account that cannot be read are kept
		}
		d, err := o.Open(ctx, other, env)
		if err != nil {
			continue
		}
		reader, ok := d.Layers.(store.FunctionReader)
		if !ok {
			continue
		}
		if _, err := inventories.Read(ctx, functions.Place{Account: there.Account, Region: there.Region}, reader); err == nil {
			accounts[store.Principal(there.Account)] = reader
		}
	}
	return accounts, ctx.Err()
}

// arn returns the ARN of l's layer at its destination.
func (o *Destinations) arn(ctx context.Context, l spec.Layer, env spec.Env) (store.ARN, error) {
	o.mu.Lock()
	if o.arns == nil {
		o.arns = map[aws.Account]func() (store.ARN, error){}
	}
	read := o.arns[accountOf(l, env)]
	if read == nil {
		read = sync.OnceValues(func() (store.ARN, error) {
			d, err := o.Open(ctx, l, env)
			if err != nil {
				return store.ARN{}, err
			}
			named, ok := d.Layers.(store.Named)
			if !ok {
				return store.ARN{}, nil
			}
			text, err := named.LayerARN(ctx, "any")
			arn, _ := store.ParseARN(text)
			return arn, err
		})
		o.arns[accountOf(l, env)] = read
	}
	o.mu.Unlock()
	arn, err := read()
	arn.Layer = l.Name
	return arn, err
}
