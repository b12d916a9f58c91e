package deploy

import (
	"cmp"
	"context"
	"slices"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
)

// User is a function version that uses a version of a layer.
type User struct {
	store.User
	Account string `json:"account"` // account of the function, 12 digits
}

// Users are the function versions that use a layer.
type Users struct {
	Latest int64  `json:"latest"` // latest version of the layer; 0 if the layer has no version
	Users  []User `json:"users"`  // function versions that use the layer, users of the latest version first
}

// Users returns the function versions that use the layers, in the order of layers. If
// version, which is a number or an ARN, is not "", it returns only those that use this
// version. It lists the functions of each account and region once. This includes the
// accounts of the configured layers if the credentials permit that.
func (o *Destinations) Users(ctx context.Context, layers, configured []spec.Layer, version string, env spec.Env) []Outcome[*Users] {
	inventories := new(functions.Inventories)
	return Each(ctx, layers, func(ctx context.Context, l spec.Layer) (*Users, error) {
		return o.usersOf(ctx, l, configured, version, env, inventories)
	})
}

func (o *Destinations) usersOf(ctx context.Context, l spec.Layer, configured []spec.Layer, version string, env spec.Env, inventories *functions.Inventories) (*Users, error) {
	d, err := o.Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	u := &Users{Users: []User{}}
	versions, err := d.Layers.Versions(ctx, l.Name)
	if err != nil || len(versions) == 0 && version == "" {
		return u, err
	}
	number := int64(0)
	if version != "" {
		v, all, err := d.Find(ctx, l.Name, version)
		if err != nil {
			return nil, err
		}
		number, versions = v.Version, all
	}
	u.Latest = versions[0].Version
	layer, _ := store.ParseARN(versions[0].ARN) // if this is not an ARN, the result has no users
	layer.Version = number
	own, err := inventory(ctx, l, d, inventories)
	if err != nil {
		return nil, err
	}
	users := own.Users(layer)
	if err := d.Layers.NameAliases(ctx, users); err != nil {
		return nil, err
	}
	u.add(users, layer.Account)
	others, err := o.OtherAccounts(ctx, l, configured, env, inventories)
	if err != nil {
		return nil, err
	}
	for account, reader := range others {
		there, err := inventories.Read(ctx, functions.Place{Account: string(account), Region: layer.Region}, reader)
		if err != nil {
			return nil, err
		}
		u.add(there.Users(layer), string(account))
	}
	slices.SortStableFunc(u.Users, func(a, b User) int {
		return cmp.Or(cmp.Compare(b.Layer, a.Layer), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Function, b.Function))
	})
	return u, nil
}

func (u *Users) add(users []store.User, account string) {
	for _, user := range users {
		u.Users = append(u.Users, User{user, account})
	}
}

// All returns all users, or nil if u is nil, which means that they are unknown.
func (u *Users) All() *[]User {
	if u == nil {
		return nil
	}
	return &u.Users
}

// Of returns the users of one version, or nil if u is nil.
func (u *Users) Of(version int64) *[]User {
	if u == nil {
		return nil
	}
	users := []User{}
	for _, user := range u.Users {
		if user.Layer == version {
			users = append(users, user)
		}
	}
	return &users
}
