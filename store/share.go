package store

import (
	"context"
	"errors"
	"regexp"

	"github.com/lamella-build/lamella/fault"
)

// Sharing is who may use the versions of a layer beside its own account. Lambda
// keeps a policy for each version.
type Sharing interface {
	// Grants returns the statements of a version's policy. A version that is
	// shared with nobody has none. ErrNotExist if there is no such version.
	Grants(ctx context.Context, name string, version int64) ([]Grant, error)
	// Grant adds a statement that permits lambda:GetLayerVersion. ErrExist if
	// there is one with this ID.
	Grant(ctx context.Context, name string, version int64, g Grant) error
	// Revoke removes a statement. One that is not there is no error.
	Revoke(ctx context.Context, name string, version int64, id string) error
}

// Grant is one statement of a version's policy.
type Grant struct {
	ID        string    `json:"id"`
	Principal Principal `json:"principal"`
}

// Principal is who a version is shared with: the 12 digits of an account, the
// ID of an organization ("o-a1b2c3d4e5"), or Everyone. A statement that another
// tool wrote may name something else, in IAM's own spelling.
type Principal string

// Everyone is every AWS account.
const Everyone Principal = "*"

var (
	accountID      = regexp.MustCompile(`^[0-9]{12}$`)
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`) // Organizations API reference, "Organization"
)

// ParsePrincipal reads one element of the setting "share". The error is a
// fault.Error of Kind Usage.
func ParsePrincipal(s string) (Principal, error) {
	if p := Principal(s); p == Everyone || p.IsAccount() || p.IsOrganization() {
		return p, nil
	}
	return "", &fault.Error{Kind: fault.Usage, Op: "share with", Subject: shorten(s), Err: errors.New("this is no principal"),
		Hints: []string{"an account: --share 123456789012", "an organization: --share o-a1b2c3d4e5", "everyone: --share '*'"}}
}

// IsAccount reports an account's number.
func (p Principal) IsAccount() bool { return accountID.MatchString(string(p)) }

// IsOrganization reports an organization's ID.
func (p Principal) IsOrganization() bool { return organizationID.MatchString(string(p)) }

// grantPrefix marks the statements that lamella wrote.
const grantPrefix = "lamella-"

// Grant is the statement for a principal. Its ID follows from the principal
// alone, so that granting twice changes nothing.
func (p Principal) Grant() Grant {
	if p == Everyone {
		return Grant{grantPrefix + "everyone", p}
	}
	return Grant{grantPrefix + string(p), p}
}

// Ours reports whether the statement is one that lamella writes.
func (g Grant) Ours() bool { return g == g.Principal.Grant() }
