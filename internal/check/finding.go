package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/number"
)

// Severity says what a finding means for the layer.
type Severity string

const (
	Error   Severity = "error"   // something does not work in Lambda
	Warning Severity = "warning" // something may not work, or not for long
	Note    Severity = "note"    // works, and is worth knowing
)

// rank orders severities, the worst first.
var rank = map[Severity]int{Error: 0, Warning: 1, Note: 2}

// Code says what kind of thing was found. The codes are part of the JSON output.
type Code string

const (
	ForeignCode        Code = "foreign-code"         // machine code that the target cannot load
	DamagedCode        Code = "damaged-code"         // an ELF file that nothing can load
	SymbolVersion      Code = "symbol-version"       // needs a newer glibc, libstdc++ or libgcc
	MissingLibrary     Code = "missing-library"      // needs a shared library that is not there
	LibraryPath        Code = "library-path"         // needs a library of the layer where the loader does not look
	MissingRequirement Code = "missing-requirement"  // a distribution that another requires is not there
	WrongRequirement   Code = "wrong-requirement"    // it is there in a version that is not accepted
	RuntimeVersion     Code = "runtime-version"      // it is the runtime's, in a version that may not be accepted
	BadMetadata        Code = "bad-metadata"         // a distribution's metadata cannot be read
	ShadowsStandard    Code = "shadows-standard"     // replaces a module of the standard library
	ShadowsRuntime     Code = "shadows-runtime"      // replaces a module of the runtime, or is never used for it
	HiddenByFunction   Code = "hidden-by-function"   // the function's own module comes first
	PartialSDK         Code = "partial-sdk"          // some of boto3, botocore and s3transfer
	PathFile           Code = "path-file"            // a .pth file, which is read at every start
	Unreadable         Code = "unreadable"           // Lambda's user cannot read it
	ImportFailed       Code = "import-failed"        // a module raises an exception
	ImportCrashed      Code = "import-crashed"       // a module ends the process
	ImportTimeout      Code = "import-timeout"       // a module does not end its import in time
	ImportNeedsNetwork Code = "import-needs-network" // a module opens a connection
	ImportSideEffect   Code = "import-side-effect"   // a module prints or starts threads
	ImportUnknown      Code = "import-unknown"       // needs what only Lambda has
	ImportSlow         Code = "import-slow"          // takes longer than a function may take to start
)

// Finding is one finding of a check.
type Finding struct {
	Code     Code     `json:"code"`     // kind of finding
	Severity Severity `json:"severity"` // severity of the finding
	// Subject is what the finding is about: a library, a distribution, a module, or a file.
	Subject string `json:"subject"`
	// Message is one sentence in lower case without a period.
	Message string `json:"message"`
	// Who are the distributions that the finding concerns, or files that belong to no
	// distribution, sorted.
	Who []string `json:"who,omitempty"`
	// Details are additional lines, such as the files or the end of a traceback.
	Details []string `json:"details,omitempty"`
	// Hint is the fix for the problem; "" if there is nothing to do.
	Hint string `json:"hint,omitempty"`
}

// Report is the result of a check.
type Report struct {
	Target        string    `json:"target"`        // runtime and architecture, such as "python3.13/x86_64"
	Distributions int       `json:"distributions"` // number of distributions in the layer
	Binaries      int       `json:"binaries"`      // number of ELF files in the layer
	Findings      []Finding `json:"findings"`      // findings, worst first
	// Interpreter is the interpreter that imported the modules; nil if no modules were
	// imported.
	Interpreter    *probe.Interpreter `json:"interpreter"`
	Imports        []probe.Result     `json:"imports,omitempty"`         // result of each import, sorted by module
	ImportsSkipped string             `json:"imports_skipped,omitempty"` // why no modules were imported
}

// Add adds findings to the report.
func (r *Report) Add(findings ...Finding) {
	r.Findings = append(r.Findings, findings...)
	r.sort()
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject))
	})
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
}

// Count returns the number of findings with a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Err returns a fault.Error of Kind Layer if the report contains errors. Its Details are the
// messages of the errors. subject names the layer.
func (r *Report) Err(subject string) error {
	n := r.Count(Error)
	if n == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Layer, Subject: subject,
		Message: fmt.Sprintf("%s would not work in %s: lamella found %s", subject, strings.Replace(r.Target, "/", " on ", 1), number.Count(n, "error"))}
	for _, f := range r.Findings {
		if f.Severity != Error {
			continue
		}
		e.Details = append(e.Details, f.Message)
		if f.Hint != "" && !slices.Contains(e.Hints, f.Hint) {
			e.Hints = append(e.Hints, f.Hint)
		}
	}
	return e
}
