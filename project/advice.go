package project

import (
	"context"
	"math"
	"slices"

	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Advice is a way to make the layer smaller: an exclude, or a rule for slim.
type Advice struct {
	Kind    string   `json:"kind"`           // "sdk" for distributions that the runtime also contains, otherwise the rule for slim
	Exclude []string `json:"exclude"`        // values to add to exclude in the configuration; empty for a slim rule
	Slim    string   `json:"slim,omitempty"` // value to add to slim in the configuration
	Names   []string `json:"names"`          // for "sdk", the distributions, sorted by name
	Bytes   int64    `json:"bytes"`          // unzipped size that this saves, in bytes
}

const (
	adviseFrom = target.MaxUnzippedSize / 10 * 8 // bytes unzipped; larger layers get advice about files to leave out
	adviseZip  = 50_000_000                      // bytes of the zip, with the same effect: Lambda's limit for a direct upload
	worthwhile = 1_000_000                       // bytes; smaller savings are not worth a setting
)

// advise sets z.Advice. The advice always covers distributions that the runtime's SDK
// already contains and, if z is large, what the rules of slim would leave out.
func (p *Project) advise(ctx context.Context, z *Zip, tree *builder.Tree, sizes *audit.Report) (err error) {
	from := int64(worthwhile)
	if !nearLimits(z) {
		from = math.MaxInt64
	}
	z.Advice, err = p.adviser().advise(ctx, tree.Entries, sizes, from)
	return err
}

// adviser finds ways to make a layer smaller.
type adviser struct {
	slim    []string // rules in use
	exclude []string // excludes in use
	flags   bool     // whether hints should name flags rather than configuration keys
	options slim.Options
	related func() (*resolve.Explanation, error) // nil if there is no lock file
}

func (p *Project) adviser() adviser {
	v := adviser{slim: p.Layer.Slim, exclude: p.Layer.Exclude, related: p.related, options: slim.Options{Wheels: p.cachedWheels()}}
	if p.cache != nil { // an external tool may not need a cache
		v.options.Facts = p.cache
	}
	return v
}

// advise returns advice about what the layer shares with the runtime's SDK, and about each
// further rule of slim that would leave out at least from bytes.
func (v adviser) advise(ctx context.Context, entries []layer.Entry, sizes *audit.Report, from int64) (list []Advice, err error) {
	if v.related != nil {
		x, err := v.related()
		if err != nil {
			return nil, err
		}
		if a, ok := adviseSDK(x, sizes); ok {
			list = append(list, a)
		}
	}
	if from == math.MaxInt64 {
		return list, nil
	}
	for _, rule := range slim.Presets() {
		if !slices.Contains(v.slim, rule) {
			v.options.Presets = append(v.options.Presets, rule)
		}
	}
	_, left, err := slim.Select(ctx, entries, v.options)
	for _, l := range left {
		if l.Bytes >= from {
			list = append(list, Advice{Kind: l.Preset, Slim: l.Preset, Exclude: []string{}, Names: []string{}, Bytes: l.Bytes})
		}
	}
	return list, err
}

// nearLimits reports whether z is so large that there should be advice about files to leave
// out.
func nearLimits(z *Zip) bool { return z.Unzipped >= adviseFrom || z.Size >= adviseZip }

// related explains the lock file. For a flat lock file, it uses the requirements that the
// file records.
func (p *Project) related() (*resolve.Explanation, error) {
	x, err := resolve.Explain(p.lock, p.Target, p.options())
	if err != nil {
		return nil, err
	}
	if stated := p.lock.Stated(); stated != nil {
		x.AddStated(stated)
	}
	return x, nil
}

// adviseSDK returns what excluding boto3, with everything that only boto3 requires, would
// save.
func adviseSDK(x *resolve.Explanation, sizes *audit.Report) (Advice, bool) {
	names, stated := x.OnlyFor("boto3")
	a := Advice{Kind: "sdk", Exclude: []string{"boto3+"}, Names: names}
	if !stated {
		a.Exclude = names
	}
	for _, name := range names {
		if _, provided := runtimes.Provided(name); !provided {
			return a, false // without it, boto3 would not work
		}
	}
	for _, d := range sizes.Distributions {
		if slices.Contains(names, d.Name) {
			a.Bytes += d.Bytes
		}
	}
	return a, a.Bytes > 0 // 0 if all of it is already excluded
}
