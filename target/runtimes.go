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

// A runtime is an entry of runtimes.json.
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

// A date is a day as JSON has it, "2029-06-30"; the zero value if absent.
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

// data returns runtimes.json. The file is part of the program, and its tests
// parse it, so it always does.
var data = sync.OnceValue(func() (t table) {
	if err := json.Unmarshal(runtimesJSON, &t); err != nil {
		panic("runtimes.json: " + err.Error())
	}
	return t
})

// Runtimes returns the known runtimes' names, oldest first.
func Runtimes() []string {
	var names []string
	for _, r := range data().Runtimes {
		names = append(names, r.Name)
	}
	return names
}

// Architectures returns "x86_64", "arm64".
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

// OldestWithGlibc returns the oldest runtime that has glibc 2.<minor> or a
// newer one, "python3.12", and whether there is one.
func OldestWithGlibc(minor int) (runtime string, ok bool) {
	for _, r := range data().Runtimes {
		if r.GlibcMinor >= minor {
			return r.Name, true
		}
	}
	return "", false
}

// Lifecycle is when AWS stops supporting a runtime. Days are in UTC; a zero
// time means that AWS has announced none.
type Lifecycle struct {
	Deprecated    time.Time // no security patches from here on
	CreateBlocked time.Time // functions can no longer be created
	UpdateBlocked time.Time // functions can no longer be updated
	Preview       bool      // not yet for production
}

// Problem says in one sentence why new layers should not use the runtime at the time
// now: it is deprecated or a preview. It is "" for a supported runtime.
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

// Recommended returns the runtimes that are neither deprecated at the time now nor a
// preview, oldest first.
func Recommended(now time.Time) []string {
	var names []string
	for _, r := range data().Runtimes {
		if (Target{Runtime: r.Name}).Problem(now) == "" {
			names = append(names, r.Name)
		}
	}
	return names
}

// Lifecycle returns the dates of t's runtime as known when lamella was built.
func (t Target) Lifecycle() Lifecycle {
	r := t.runtime()
	return Lifecycle{time.Time(r.Deprecated), time.Time(r.CreateBlocked), time.Time(r.UpdateBlocked), r.Preview}
}

// runtime returns t's entry, the zero value for a target that Parse did not make.
func (t Target) runtime() runtime {
	runtimes := data().Runtimes
	i := slices.IndexFunc(runtimes, func(r runtime) bool { return r.Name == t.Runtime })
	if i < 0 {
		return runtime{}
	}
	return runtimes[i]
}
