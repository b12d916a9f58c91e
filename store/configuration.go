package store

import (
	"context"
	"slices"
	"time"
)

// Limits on a function's layers (Lambda developer guide, "Lambda quotas").
const (
	MaxFunctionLayers = 5
	MaxUnzipped       = 262_144_000 // bytes of a function's code and all its layers, unzipped
)

// Latest is the version of a function that can be changed.
const Latest = "$LATEST"

// FunctionReader reads the configurations of the functions in an account and region. A store
// without functions does not implement it.
type FunctionReader interface {
	// AllFunctions returns all functions and, if versions is true, every published version
	// too. Fields that a listing lacks are empty, such as Tags, State, and UpdateStatus.
	AllFunctions(ctx context.Context, versions bool) ([]Function, error)
	// Function returns a version of a function with its tags. A version of "" means $LATEST.
	// The error is ErrNotExist if there is no such version.
	Function(ctx context.Context, name, version string) (Function, error)
	// FunctionVersions returns all versions of a function, in any order.
	FunctionVersions(ctx context.Context, name string) ([]Function, error)
	// Alias returns an alias of a function. The error is ErrNotExist if there is none.
	Alias(ctx context.Context, function, alias string) (Alias, error)
}

// FunctionWriter changes functions. Each request is sent once, with the revision that it is
// based on. The error is ErrChanged if there is a newer revision, ErrBusy if an update is in
// progress, and ErrUnknownOutcome or ErrIncomplete if it is unknown whether the request was
// carried out. After any of these, the caller must read the function again.
type FunctionWriter interface {
	// SetLayers replaces a function's list of layers, and changes nothing else.
	SetLayers(ctx context.Context, f Function, layers []string) error
	// PublishVersion publishes $LATEST, as described by f, as a version and returns its
	// number. If the latest version is equal to $LATEST, it returns that number instead.
	PublishVersion(ctx context.Context, f Function, description string) (version string, err error)
	// SetAlias changes the versions that an alias sends traffic to. a.Revision must be the
	// revision that was read.
	SetAlias(ctx context.Context, function string, a Alias) error
}

// FunctionMetrics reads the metrics of the versions behind an alias.
type FunctionMetrics interface {
	// VersionMetrics returns the metrics of the calls to a version through an alias.
	VersionMetrics(ctx context.Context, q MetricsQuery) (VersionMetrics, error)
}

// FunctionEditor combines everything needed to attach a layer to functions.
type FunctionEditor interface {
	FunctionReader
	FunctionWriter
	FunctionMetrics
}

// Function is the configuration of one version of a function.
type Function struct {
	Name         string
	Version      string // Latest, or a number
	Layers       []FunctionLayer
	Runtime      string // "" for a container image
	Architecture string // "x86_64" or "arm64"
	Image        bool   // a container image, which has no layers
	Timeout      time.Duration
	CodeSHA256   string
	CodeSize     int64  // bytes of the zip
	Revision     string // changes with every change and when an update completes
	State        string // "Active", "Pending", "Inactive", "Failed" …; "" in listings
	StateReason  string
	UpdateStatus string // "Successful", "InProgress", "Failed"; "" in listings
	UpdateReason string
	SnapStart    bool
	Durable      bool // whether its executions can outlive an update
	Tags         map[string]string
	// Settings maps names to digests of all other settings that affect what the function
	// does. They are equal for $LATEST and a version published from it.
	Settings map[string]string
}

// FunctionLayer is a layer version in a function's list.
type FunctionLayer struct {
	ARN  string
	Size int64 // bytes of the zip; Lambda does not state the unzipped size
}

// LayerARNs returns the ARNs of the function's layers, in order.
func (f Function) LayerARNs() []string {
	arns := make([]string, 0, len(f.Layers))
	for _, l := range f.Layers {
		arns = append(arns, l.ARN)
	}
	return arns
}

// Differences returns the names of the settings that differ between two configurations,
// sorted. They include the code but not the layers.
func (f Function) Differences(other Function) []string {
	var names []string
	if f.CodeSHA256 != other.CodeSHA256 {
		names = append(names, "Code")
	}
	for name, value := range f.Settings {
		if other.Settings[name] != value {
			names = append(names, name)
		}
	}
	for name := range other.Settings {
		if _, ok := f.Settings[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Alias is an alias of a function.
type Alias struct {
	Name    string
	Version string // version that the alias points to
	// Weights maps other versions to their share of the traffic, from 0 to 1.
	Weights  map[string]float64
	Revision string
}

// MetricsQuery selects the calls of a function.
type MetricsQuery struct {
	Function, Alias, Version string
	From, To                 time.Time
}

// VersionMetrics are the CloudWatch metrics of a function version. No data means no calls.
type VersionMetrics struct {
	Calls  int64         `json:"calls"`  // number of calls, excluding throttled ones
	Errors int64         `json:"errors"` // number of calls that failed
	P90    time.Duration `json:"p90"`    // 90th percentile of the duration in nanoseconds, averaged over all minutes
}

// ErrorRate returns the share of calls that failed, from 0 to 1.
func (m VersionMetrics) ErrorRate() float64 {
	if m.Calls == 0 {
		return 0
	}
	return float64(m.Errors) / float64(m.Calls)
}
