package store

import (
	"context"
	"fmt"
	"regexp"
	"sync"

	"github.com/lamella-build/lamella/fault"
)

// Sharing controls who may use the versions of a layer, in addition to the layer's own
// account. Lambda keeps a policy for each version.
type Sharing interface {
	// Grants returns the statements of a version's policy, or none if the version is not
	// shared. The error is ErrNotExist if the version does not exist.
	Grants(ctx context.Context, name string, version int64) ([]Grant, error)
	// Grant adds a statement that permits lambda:GetLayerVersion. The error is ErrExist if
	// there is already a statement with this ID.
	Grant(ctx context.Context, name string, version int64, g Grant) error
	// Revoke removes a statement. It is not an error if there is no such statement.
	Revoke(ctx context.Context, name string, version int64, id string) error
}

// Grant is one statement of a version's policy.
type Grant struct {
	ID        string    `json:"id"`        // ID of the statement
	Principal Principal `json:"principal"` // account, organization, or "*" for everyone
}

// Principal is whom a version is shared with: an account (its 12 digits), an organization
// (its ID, such as "o-a1b2c3d4e5"), or Everyone. A statement written by another tool may
// name another kind of principal, in IAM's notation.
type Principal string

// Everyone stands for every AWS account.
const Everyone Principal = "*"

var (
	accountID      = regexp.MustCompile(`^[0-9]{12}$`)
	organizationID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^o-[a-z0-9]{10,32}$`) }) // Organizations API reference, "Organization"
)

// ParsePrincipal parses one element of the setting "share". The error is a fault.Error of
// Kind Usage.
func ParsePrincipal(s string) (Principal, error) {
	if p := Principal(s); p == Everyone || p.IsAccount() || p.IsOrganization() {
		return p, nil
	}
	return "", &fault.Error{Kind: fault.Usage, Subject: shorten(s), Message: fmt.Sprintf("%q is not an account ID, an organization ID, or *", shorten(s)),
		Hints: []string{"share with an account: --share 123456789012", "share with an organization: --share o-a1b2c3d4e5", "share with everyone: --share '*'"}}
}

// IsAccount reports whether p is an account.
func (p Principal) IsAccount() bool { return accountID.MatchString(string(p)) }

// IsOrganization reports whether p is an organization.
func (p Principal) IsOrganization() bool { return organizationID().MatchString(string(p)) }

// grantPrefix begins the IDs of the statements that lamella writes.
const grantPrefix = "lamella-"

// Grant returns the statement for p. Its ID depends only on p, so that granting twice
// changes nothing.
func (p Principal) Grant() Grant {
	if p == Everyone {
		return Grant{grantPrefix + "everyone", p}
	}
	return Grant{grantPrefix + string(p), p}
}

// Ours reports whether lamella wrote the statement.
func (g Grant) Ours() bool { return g == g.Principal.Grant() }
