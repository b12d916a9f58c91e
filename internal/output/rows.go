package output

import (
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/policy"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// Row is an element of "layers". Its JSON object has the fields "layer", "target", and
// "place", those of Result, and "error". A field of Result replaces a field with the same
// name.
type Row struct {
	Name   string
	Target string // such as "python3.13/x86_64"; "" if no runtime is configured
	Place  string // configured profile, role, and region
	Result any    // a struct; nil if nothing is known because of Error
	Error  *Error
}

// rowHead are the fields of a Row before those of its result.
type rowHead struct {
	Name   string `json:"layer"`  // name of the layer; "" for `lamella package`
	Target string `json:"target"` // runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured
	Place  string `json:"place"`  // configured profile, role, and region
}

// MarshalJSON implements json.Marshaler.
func (r Row) MarshalJSON() ([]byte, error) {
	return join(rowHead{r.Name, r.Target, r.Place}, r.Result, r.Error)
}

// RolledBack is the plan of `lamella rollback` of several layers, without --yes.
type RolledBack struct {
	Done bool `json:"done"` // whether the layers were rolled back; false without --yes
	versions.RollbackPlan
}

// Released is the result of `lamella release`.
type Released struct {
	Hold *publish.Hold `json:"held"` // hold that was removed; null if the layer was not held
}

// Attached is the result of `lamella attach`.
type Attached struct {
	Done      bool               `json:"done"`      // whether the functions were changed; false without --yes
	Version   int64              `json:"version"`   // version of the layer; 0 for a rollback
	ARN       string             `json:"arn"`       // ARN of this version
	Functions []AttachedFunction `json:"functions"` // functions, sorted by name
}

// AttachedFunction is a function, with the planned change and its outcome.
type AttachedFunction struct {
	functions.Move
	Outcome    functions.Outcome     `json:"outcome,omitempty"` // what was done; absent if nothing has been done yet
	Published  string                `json:"published"`         // function version that was published; "" if there is none
	OldMetrics *store.VersionMetrics `json:"old_metrics"`       // metrics of the old function version; null without a canary
	NewMetrics *store.VersionMetrics `json:"new_metrics"`       // metrics of the new function version; null without a canary
	Error      *Error                `json:"error"`             // why the change failed; null if it did not
}

// Policies is the result of `lamella policy`.
type Policies struct {
	Policies []Policy `json:"policies"` // IAM policies, one for each account
}

// Policy is an IAM policy.
type Policy struct {
	Of       string          `json:"of"`       // account that the policy is for, or the bucket with --bucket; "" with --trust
	Document policy.Document `json:"document"` // the policy document
}

// Shown is the result of `lamella show`.
type Shown struct {
	versions.Shown
	Users *[]deploy.User `json:"users"` // function versions that use the version; null if unknown
}
