package target

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

//go:embed runtimes.json
var runtimesJSON []byte

// A runtime is an entry in runtimes.json.
type runtime struct {
	Name          string `json:"name"`
	Minor         int    `json:"minor"`
	Micro         int    `json:"micro"`
	OS            string `json:"os"`
	GlibcMinor    int    `json:"glibc_minor"`
	SDK           string `json:"sdk"`
	Deprecated    date   `json:"deprecated"`
	CreateBlocked date   `json:"create_blocked"`
	UpdateBlocked date   `json:"update_blocked"`
	Preview       bool   `json:"preview"`
}

type architecture struct {
	Name    string `json:"name"`
	Machine string `json:"machine"`
}

// A date is a day in the form "2029-06-30". It is the zero value if it is absent from the
// JSON.
type date time.Time

func (d *date) UnmarshalText(text []byte) error {
	day, err := time.Parse(time.DateOnly, string(text))
	*d = date(day)
	return err
}

type table struct {
	Runtimes      []runtime      `json:"runtimes"`
	Architectures []architecture `json:"architectures"`
}

// data returns the content of runtimes.json. The file is embedded in the program and tests
// parse it, so data never fails.
var data = sync.OnceValue(func() (t table) {
	if err := json.Unmarshal(runtimesJSON, &t); err != nil {
		panic("runtimes.json: " + err.Error())
	}
	return t
})

// Runtimes returns the names of the known runtimes, oldest first.
func Runtimes() []string {
	var names []string
	for _, r := range data().Runtimes {
		names = append(names, r.Name)
	}
	return names
}

// Architectures returns the names "x86_64" and "arm64".
func Architectures() []string {
	var names []string
	for _, a := range data().Architectures {
		names = append(names, a.Name)
	}
	return names
}

// All returns every target, oldest runtime first.
func All() []Target {
	var all []Target
	for _, r := range data().Runtimes {
		for _, a := range data().Architectures {
			all = append(all, newTarget(r, a))
		}
	}
	return all
}

func newTarget(r runtime, a architecture) Target {
	return Target{
		Runtime:      r.Name,
		Architecture: a.Name,
		Minor:        r.Minor,
		FullVersion:  fmt.Sprintf("3.%d.%d", r.Minor, r.Micro),
		GlibcMinor:   r.GlibcMinor,
		Machine:      a.Machine,
		OS:           r.OS,
	}
}

// OldestWithGlibc returns the oldest runtime with glibc 2.<minor> or newer, such as
// "python3.12", and whether there is one.
func OldestWithGlibc(minor int) (runtime string, ok bool) {
	for _, r := range data().Runtimes {
		if r.GlibcMinor >= minor {
			return r.Name, true
		}
	}
	return "", false
}

// Lifecycle says when AWS ends support for a runtime. The times are in UTC; a zero time
// means that AWS has not announced a date.
type Lifecycle struct {
	Deprecated    time.Time // no security patches from this day on
	CreateBlocked time.Time // functions can no longer be created from this day on
	UpdateBlocked time.Time // functions can no longer be updated from this day on
	Preview       bool      // not yet intended for production
}

// Problem returns a sentence that says why new layers should not use the runtime at the
// time now: it is blocked, deprecated, or in preview. It returns "" for a supported
// runtime.
func (t Target) Problem(now time.Time) string {
	l := t.Lifecycle()
	past := func(day time.Time) bool { return !day.IsZero() && !now.Before(day) }
	switch {
	case l.Preview:
		return t.Runtime + " is in preview, and AWS may still change it"
	case past(l.UpdateBlocked):
		return fmt.Sprintf("%s is blocked: since %s, AWS does not allow updates of functions that use it", t.Runtime, l.UpdateBlocked.Format(time.DateOnly))
	case past(l.CreateBlocked):
		return fmt.Sprintf("%s is blocked: since %s, AWS does not allow new functions that use it", t.Runtime, l.CreateBlocked.Format(time.DateOnly))
	case past(l.Deprecated):
		return fmt.Sprintf("%s is deprecated: it has had no security updates since %s", t.Runtime, l.Deprecated.Format(time.DateOnly))
	}
	return ""
}

// Recommended returns the names of the runtimes that are neither deprecated at the time now
// nor in preview, oldest first.
func Recommended(now time.Time) []string {
	var names []string
	for _, r := range data().Runtimes {
		if (Target{Runtime: r.Name}).Problem(now) == "" {
			names = append(names, r.Name)
		}
	}
	return names
}

// Lifecycle returns the dates for t's runtime that were known when lamella was built.
func (t Target) Lifecycle() Lifecycle {
	r := t.runtime()
	return Lifecycle{time.Time(r.Deprecated), time.Time(r.CreateBlocked), time.Time(r.UpdateBlocked), r.Preview}
}

// runtime returns t's entry, or the zero value for a target that was not created by Parse.
func (t Target) runtime() runtime {
	runtimes := data().Runtimes
	i := slices.IndexFunc(runtimes, func(r runtime) bool { return r.Name == t.Runtime })
	if i < 0 {
		return runtime{}
	}
	return runtimes[i]
}
