package store

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Functions finds the functions that use layers.
type Functions interface {
	// Users returns every function version in the account and region that uses a version of
	// the layer: $LATEST and all published versions, which include every version that an
	// alias can point to. layer is the layer's ARN without a version.
	Users(ctx context.Context, layer string) ([]User, error)
	// NameAliases sets the Aliases of users, with one or more requests for each function.
	NameAliases(ctx context.Context, users []User) error
}

// User is a function version that uses a version of a layer.
type User struct {
	Function string   `json:"function"`          // name of the function
	Version  string   `json:"version"`           // version of the function: "$LATEST" or a number
	Aliases  []string `json:"aliases,omitempty"` // aliases that point to the function version, sorted
	Layer    int64    `json:"layer_version"`     // version of the layer that the function version uses
}

// String returns a text such as "web:3 (alias live)".
func (u User) String() string {
	s := u.Function + ":" + u.Version
	if len(u.Aliases) > 0 {
		s += " (alias " + strings.Join(u.Aliases, ", ") + ")"
	}
	return s
}

// ARN is the ARN of a layer or of a layer version.
type ARN struct {
	Partition, Region, Account, Layer string
	Version                           int64 // 0 for the layer itself
}

var layerARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:([a-z-]+):lambda:([a-z0-9-]+):([0-9]{12}):layer:([a-zA-Z0-9_-]{1,140})(?::([0-9]{1,18}))?$`)
})

// ParseARN parses the ARN of a layer or layer version. It returns false if s is neither.
func ParseARN(s string) (ARN, bool) {
	m := layerARN().FindStringSubmatch(s)
	if m == nil {
		return ARN{}, false
	}
	version, _ := strconv.ParseInt(m[5], 10, 64) // "" is 0
	return ARN{m[1], m[2], m[3], m[4], version}, true
}

// Unversioned returns the ARN of the layer itself.
func (a ARN) Unversioned() ARN { a.Version = 0; return a }

// String returns a as AWS writes it.
func (a ARN) String() string {
	s := "arn:" + a.Partition + ":lambda:" + a.Region + ":" + a.Account + ":layer:" + a.Layer
	if a.Version > 0 {
		s += ":" + strconv.FormatInt(a.Version, 10)
	}
	return s
}
