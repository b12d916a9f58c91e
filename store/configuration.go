package store

import (
	"context"
	"slices"
	"time"
)

// Limits of a function's layers (Lambda developer guide, "Lambda quotas").
const (
	MaxFunctionLayers = 5
	MaxUnzipped       = 262_144_000 // bytes of a function's code and all its layers, unzipped
)

// Latest is the version of a function that can be changed.
const Latest = "$LATEST"

// FunctionReader reads the configurations of the functions of an account and
// region. A back end without functions does not implement it.
type FunctionReader interface {
	// AllFunctions returns all functions: with versions every published version
	// too, else $LATEST alone. What a listing does not say is left empty: tags,
	// State and UpdateStatus among it.
	AllFunctions(ctx context.Context, versions bool) ([]Function, error)
	// Function returns a function's version, $LATEST for "", with its tags.
	// ErrNotExist if there is none.
	Function(ctx context.Context, name, version string) (Function, error)
	// FunctionVersions returns all versions of a function, in any order.
	FunctionVersions(ctx context.Context, name string) ([]Function, error)
	// Alias returns an alias of a function. ErrNotExist if there is none.
	Alias(ctx context.Context, function, alias string) (Alias, error)
}

// FunctionWriter changes functions. Each call is sent once, and names the
// revision that it was decided on: ErrChanged if there is another one by now,
// ErrBusy if an update is under way, ErrUnknownOutcome or ErrIncomplete if the
// answer does not say whether it was carried out. After each of these the caller
// reads again before it decides anew.
type FunctionWriter interface {
	// SetLayers replaces the list of a function's layers, and nothing else.
	SetLayers(ctx context.Context, f Function, layers []string) error
	// PublishVersion makes a version of $LATEST as f has it, and returns its
	// number. If there is one that is the same, that is the answer.
	PublishVersion(ctx context.Context, f Function, description string) (version string, err error)
	// SetAlias makes an alias send traffic as a says. a.Revision is the one that
	// was read.
	SetAlias(ctx context.Context, function string, a Alias) error
}

// FunctionMetrics tells how the versions behind an alias do.
type FunctionMetrics interface {
	// VersionMetrics sums up what a version did for an alias between two times.
	VersionMetrics(ctx context.Context, q MetricsQuery) (VersionMetrics, error)
}

// FunctionEditor is all that attaching a layer needs.
type FunctionEditor interface {
	FunctionReader
	FunctionWriter
	FunctionMetrics
}

// Function is the configuration of a version of a function.
type Function struct {
	Name         string
	Version      string // Latest or a number
	Layers       []FunctionLayer
	Runtime      string // "" for an image
	Architecture string // "x86_64" or "arm64"
	Image        bool   // the package is a container image, which has no layers
	Timeout      time.Duration
	CodeSHA256   string
	CodeSize     int64  // bytes of the zip
	Revision     string // changes with every change, also when an update completes
	State        string // "Active", "Pending", "Inactive", "Failed" …; "" in listings
	StateReason  string
	UpdateStatus string // "Successful", "InProgress", "Failed"; "" in listings
	UpdateReason string
	SnapStart    bool
	Durable      bool // its executions can outlive an update
	Tags         map[string]string
	// Settings are digests of everything else that decides what the function does,
	// by the name of the setting. Equal for $LATEST and a version made of it.
	Settings map[string]string
}

// FunctionLayer is a layer version in a function's list.
type FunctionLayer struct {
	ARN  string
	Size int64 // bytes of the zip; Lambda does not tell the unzipped size
}

// LayerARNs are the ARNs of the function's layers, in their order.
func (f Function) LayerARNs() []string {
	arns := make([]string, 0, len(f.Layers))
	for _, l := range f.Layers {
		arns = append(arns, l.ARN)
	}
	return arns
}

// Differences names the settings in which two configurations differ, sorted; the
// code is one, the layers are none.
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
	Version string // that it points to
	// Weights are the shares, 0 to 1, of the traffic that go to other versions.
	Weights  map[string]float64
	Revision string
}

// MetricsQuery is which calls of a function are looked at.
type MetricsQuery struct {
	Function, Alias, Version string
	From, To                 time.Time
}

// VersionMetrics are what CloudWatch counted. No data is no calls.
type VersionMetrics struct {
	Calls  int64         `json:"calls"` // throttled ones are not among them
	Errors int64         `json:"errors"`
	P90    time.Duration `json:"p90"` // duration that 90 % of the calls did not exceed: the mean of all minutes
}

// ErrorRate is the share of calls that failed, 0 to 1.
func (m VersionMetrics) ErrorRate() float64 {
	if m.Calls == 0 {
		return 0
	}
	return float64(m.Errors) / float64(m.Calls)
}
