package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Variant is one layer at one place: settings in which runtime, architecture and
// region have one value each, and the name has no placeholders.
type Variant struct {
	Settings Settings
	Origins  Origins
}

// Expand puts sources together, the strongest first, as [Merge] does, and returns
// a variant for each [[layer]], [[destination]], runtime, architecture and region
// that they name, in this order. A key of a [[layer]] is stronger than one of a
// [[destination]], and both than one at the top of the file, which is the last
// source. project is what a layer without a name is called, and what {name}
// stands for.
//
// The error is a fault.Error of Kind Usage: two layers by one name at one place,
// one key for one and for several.
func Expand(project string, sources ...Source) ([]Variant, error) {
	last := len(sources) - 1
	file := sources[last].Settings
	strong, _ := Merge(sources[:last]...)
	var variants []Variant
	for _, layer := range tableSources("layer", file.Layer) {
		for _, destination := range tableSources("destination", choose(file.Destination, strong)) {
			s, origins := Merge(slices.Concat(sources[:last], layer, destination, sources[last:])...)
			if err := checkAlternatives(origins); err != nil {
				return nil, err
			}
			more, err := multiply(project, Variant{s, origins})
			if err != nil {
				return nil, err
			}
			variants = append(variants, more...)
		}
	}
	return variants, checkDistinct(variants)
}

// choose returns the destinations that a stronger source means when it names a
// profile, a role or a region of some of them; all if it means none of these.
func choose(destinations []Settings, strong Settings) []Settings {
	for _, has := range []func(Settings) bool{
		func(d Settings) bool { return strong.Profile != "" && d.Profile == strong.Profile },
		func(d Settings) bool { return strong.RoleARN != "" && d.RoleARN == strong.RoleARN },
		func(d Settings) bool {
			return strong.Region != "" && (d.Region == strong.Region || slices.Contains(d.Regions, strong.Region))
		},
	} {
		var meant []Settings
		for _, d := range destinations {
			if has(d) {
				meant = append(meant, d)
			}
		}
		if meant != nil {
			destinations = meant
		}
	}
	return destinations
}

// tableSources makes a source of each table; where there is none, there is one
// way without.
func tableSources(name string, tables []Settings) [][]Source {
	if len(tables) == 0 {
		return [][]Source{nil}
	}
	var sources [][]Source
	for i, t := range tables {
		origin := func(k Key) string { return fmt.Sprintf("%s in [[%s]] number %d", k.Name, name, i+1) }
		sources = append(sources, []Source{{Settings: t, Origin: origin}})
	}
	return sources
}

// checkAlternatives refuses a source that says runtime and runtimes.
func checkAlternatives(origins Origins) error {
	for _, k := range Keys() {
		if _, both := origins[k.Other]; both && origins[k.Name] != "" && k.IsList() {
			return &fault.Error{Kind: fault.Usage, Op: "use", Subject: origins[k.Name], Err: fmt.Errorf("%s says the same", origins[k.Other]),
				Hints: []string{fmt.Sprintf("give either %s or %s", k.Other, k.Name)}}
		}
	}
	return nil
}

// multiply returns a variant for each target and region of v.
func multiply(project string, v Variant) ([]Variant, error) {
	s := v.Settings
	each := func(one string, several []string) []string {
		if len(several) == 0 {
			return []string{one}
		}
		return several
	}
	name := s.Name
	if name == "" {
		name = "{name}"
	}
	var variants []Variant
	for _, runtime := range each(s.Runtime, s.Runtimes) {
		for _, arch := range each(s.Arch, s.Archs) {
			for _, region := range each(s.Region, s.Regions) {
				one := s
				one.Runtime, one.Runtimes, one.Arch, one.Archs, one.Region, one.Regions = runtime, nil, arch, nil, region, nil
				one.Layer, one.Destination = nil, nil
				one.Name = fillName(name, project, runtime, arch)
				variants = append(variants, Variant{one, v.Origins})
			}
		}
	}
	if len(s.Runtimes)*max(len(s.Archs), 1) > 1 || len(s.Archs) > 1 {
		if s.Output != "" {
			return nil, &fault.Error{Kind: fault.Usage, Op: "use", Subject: v.Origins["output"], Err: errors.New("it is one file, and there are several targets"),
				Hints: []string{"leave it out: each target has a zip of its own in build/lambda"}}
		}
	}
	return variants, nil
}

// fillName fills the placeholders of a layer's name. Lambda permits no dots in
// it, so that python3.13 becomes python313.
func fillName(name, project, runtime, arch string) string {
	if arch == "" {
		arch = "x86_64"
	}
	return strings.NewReplacer("{name}", project, "{runtime}", strings.ReplaceAll(runtime, ".", ""), "{arch}", arch).Replace(name)
}

// checkDistinct refuses two layers that are the same one to Lambda.
func checkDistinct(variants []Variant) error {
	type place struct{ name, region, profile, role, to string }
	seen := map[place]Settings{}
	parameters := map[place]string{} // the layer that each is about
	for _, v := range variants {
		s := v.Settings
		if s.SSMParameter != "" {
			of := place{strings.ReplaceAll(s.SSMParameter, "{name}", s.Name), s.Region, s.Profile, s.RoleARN, s.To}
			if other, taken := parameters[of]; taken && other != s.Name {
				return &fault.Error{Kind: fault.Usage, Op: "use", Subject: v.Origins["ssm-parameter"], Err: fmt.Errorf("%s would name two layers, %s and %s", of.name, other, s.Name),
					Hints: []string{`ssm-parameter = "/layers/{name}"`}}
			}
			parameters[of] = s.Name
		}
		at := place{s.Name, s.Region, s.Profile, s.RoleARN, s.To}
		other, twice := seen[at]
		if !twice {
			seen[at] = s
			continue
		}
		wrong := &fault.Error{Kind: fault.Usage, Op: "use", Subject: "layer " + s.Name, Err: errors.New("it is configured twice for one place"),
			Hints: []string{"give each [[layer]] and [[destination]] a name, region or profile of its own"}}
		if other.Runtime != s.Runtime || other.Arch != s.Arch {
			wrong.Err = fmt.Errorf("%s and %s would be versions of one layer", targetOf(other), targetOf(s))
			wrong.Hints = []string{`name each target's layer: name = "{name}-{runtime}-{arch}"`}
		}
		return wrong
	}
	return nil
}

// targetOf names a target: "python3.13 arm64".
func targetOf(s Settings) string { return strings.TrimSpace(s.Runtime + " " + s.Arch) }
