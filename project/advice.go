package project

import (
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Advice is an exclude that would make the layer smaller.
type Advice struct {
	Kind    string   `json:"kind"`    // "sdk" for distributions that the runtime also has; "tests", "headers", or "docs"
	Exclude []string `json:"exclude"` // for exclude in the configuration
	Names   []string `json:"names"`   // for "sdk", the distributions, sorted
	Bytes   int64    `json:"bytes"`   // unzipped bytes saved
}

const (
	adviseFrom = target.MaxUnzippedSize / 10 * 8 // bytes unzipped, from which files are advised to be excluded
	adviseZip  = 50_000_000                      // bytes of the zip, likewise: Lambda's limit for a direct upload
	worthwhile = 1_000_000                       // bytes; less is not worth an exclude
)

// advise sets z.Advice: always what the layer has of the runtime's SDK, and, when z
// is large, which files a function does not need.
func (z *Zip) advise(r *resolve.Resolution, tree *builder.Tree, sizes *audit.Report) {
	if a, ok := adviseSDK(r, sizes); ok {
		z.Advice = append(z.Advice, a)
	}
	if z.Unzipped < adviseFrom && z.Size < adviseZip {
		return
	}
	for _, kind := range []struct{ name, folder string }{{"tests", "tests"}, {"headers", "include"}, {"docs", "docs"}} {
		a := Advice{Kind: kind.name, Exclude: []string{"**/" + kind.folder + "/**"}, Names: []string{}}
		for _, e := range tree.Entries {
			if strings.Contains("/"+e.Path(), "/"+kind.folder+"/") {
				a.Bytes += e.Size
			}
		}
		if a.Bytes >= worthwhile {
			z.Advice = append(z.Advice, a)
		}
	}
}

// adviseSDK returns what excluding boto3 with all that only it requires saves.
func adviseSDK(r *resolve.Resolution, sizes *audit.Report) (Advice, bool) {
	a := Advice{Kind: "sdk", Exclude: []string{"boto3+"}, Names: onlyFor("boto3", r.Distributions)}
	if a.Names == nil {
		return a, false
	}
	if flat := !slices.ContainsFunc(r.Distributions, func(d resolve.Distribution) bool { return len(d.RequiredBy) > 0 }); flat {
		// The lock file does not state what only boto3 requires.
		a.Names = nil
		for _, d := range r.Distributions {
			if slices.Contains([]string{"boto3", "botocore", "s3transfer", "jmespath"}, d.Name) {
				a.Names = append(a.Names, d.Name)
			}
		}
		a.Exclude = a.Names
	}
	for _, name := range a.Names {
		if _, provided := runtimes.Provided(name); !provided {
			return a, false // without it boto3 would not work
		}
	}
	for _, d := range sizes.Distributions {
		if slices.Contains(a.Names, d.Name) {
			a.Bytes += d.Bytes
		}
	}
	return a, true
}

// onlyFor returns the distribution called name with all that only it requires,
// sorted; nil if there is none of that name.
func onlyFor(name string, list []resolve.Distribution) []string {
	if !slices.ContainsFunc(list, func(d resolve.Distribution) bool { return d.Name == name }) {
		return nil
	}
	needed := map[string]bool{} // by something else
	for grown := true; grown; {
		grown = false
		for _, d := range list {
			by := func(other string) bool { return needed[other] }
			if d.Name != name && !needed[d.Name] && (d.Direct || len(d.RequiredBy) == 0 || slices.ContainsFunc(d.RequiredBy, by)) {
				needed[d.Name], grown = true, true
			}
		}
	}
	var only []string
	for _, d := range list {
		if !needed[d.Name] && !slices.Contains(only, d.Name) {
			only = append(only, d.Name)
		}
	}
	slices.Sort(only)
	return only
}
