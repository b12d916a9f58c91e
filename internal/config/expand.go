package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/spec"
)

// Variant is one layer at one destination: settings with a single runtime, architecture,
// and region, and a name without placeholders.
type Variant struct {
	Settings Settings
	Origins  Origins
}

// Expand combines sources as [Merge] does, and returns a variant for each combination of
// [[layer]], [[destination]], runtime, architecture, and region, in this order. A key in a
// [[layer]] takes precedence over the same key in a [[destination]], and both take
// precedence over a key at the top of the file, which is the last source. project is the
// default name of a layer and the value of {name}.
//
// Expand returns a fault.Error of Kind Usage if two layers have the same name at the same
// destination, or if a placeholder is unknown.
func Expand(project string, sources ...Source) ([]Variant, error) {
	last := len(sources) - 1
	file := sources[last].Settings
	strong, _ := Merge(sources[:last]...)
	var variants []Variant
	for _, layer := range tableSources("layer", file.Layer) {
		for _, destination := range tableSources("destination", choose(file.Destination, strong)) {
			s, origins := Merge(slices.Concat(sources[:last], layer, destination, sources[last:])...)
			if err := fillName(&s, project, origins); err != nil {
				return nil, err
			}
			if err := checkPatterns(&s, origins); err != nil {
				return nil, err
			}
			variants = append(variants, multiply(Variant{s, origins})...)
		}
	}
	return variants, checkDistinct(variants)
}

// checkPatterns rejects values that do not match the pattern of their key. The error is a
// fault.Error of Kind Usage.
func checkPatterns(s *Settings, origins Origins) error {
	for _, k := range Keys() {
		if k.Pattern == "" || !k.isSet(s) {
			continue
		}
		values := []string{}
		if k.IsList() {
			values = *k.List(s)
		} else {
			values = append(values, *k.Text(s))
		}
		pattern := regexp.MustCompile(k.Pattern)
		for _, v := range values {
			if !pattern.MatchString(v) {
				origin := origins[k.Name]
				return &fault.Error{Kind: fault.Usage, Subject: origin, Message: fmt.Sprintf("invalid %s: %q", origin, secret.Redact(v)),
					Hints: []string{forExample + k.example(origin)}}
			}
		}
	}
	return nil
}

// example returns an example of the key in the notation of origin: a flag, an environment
// variable, or a key.
func (k Key) example(origin string) string {
	if origin != k.Flag() && origin != k.Env() {
		return k.Name + " = " + k.Example
	}
	value := strings.Trim(k.Example, `[]`)
	value, _, _ = strings.Cut(value, ",")
	return k.assign(origin, strings.Trim(value, `"`))
}

func (k Key) assign(origin, value string) string {
	switch origin {
	case k.Env():
		return "export " + origin + "=" + value
	case k.Flag():
		return origin + " " + value
	}
	return fmt.Sprintf("%s = %q", k.Name, value)
}

// Assign returns what sets the key called name to a text, in the notation of origin: a flag,
// an environment variable, or a key.
func Assign(name, origin, value string) string {
	for _, k := range Keys() {
		if k.Name == name {
			return k.assign(origin, value)
		}
	}
	return value
}

// choose returns the destinations that have the profile, role, or region that a source with
// higher precedence names. If no destination has it, choose returns all of them.
func choose(destinations []Settings, strong Settings) []Settings {
	for _, has := range []func(Settings) bool{
		func(d Settings) bool { return strong.Profile != "" && d.Profile == strong.Profile },
		func(d Settings) bool { return strong.RoleARN != "" && d.RoleARN == strong.RoleARN },
		func(d Settings) bool {
			return slices.ContainsFunc(strong.Region, func(r string) bool { return slices.Contains(d.Region, r) })
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

// tableSources returns the sources for each table. If there are no tables, it returns one
// empty list.
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

// fillName checks the placeholders in all keys, and replaces {name} with the name of the
// project.
func fillName(s *Settings, project string, origins Origins) error {
	if s.Name == "" {
		s.Name = "{name}"
	}
	for _, k := range Keys() {
		if !k.Placeholders {
			continue
		}
		origin := origins[k.Name]
		fill := func(value string) (string, error) {
			var allowed []string
			switch k.Name {
			case "name": // the layer's name cannot depend on its destination
				allowed = []string{"{name}", "{runtime}", "{arch}"}
			case "output", "outputs":
				allowed = []string{"{layer}", "{name}", "{region}", "{runtime}", "{arch}"}
			}
			return strings.ReplaceAll(value, "{name}", project), spec.CheckPlaceholders(origin, value, allowed...)
		}
		if !k.IsList() {
			var err error
			if *k.Text(s), err = fill(*k.Text(s)); err != nil {
				return err
			}
			continue
		}
		list := slices.Clone(*k.List(s))
		for i := range list {
			var err error
			if list[i], err = fill(list[i]); err != nil {
				return err
			}
		}
		*k.List(s) = list
	}
	return nil
}

// multiply returns a variant for each runtime, architecture, and region of v.
func multiply(v Variant) []Variant {
	each := func(values OneOrMore) []OneOrMore {
		if len(values) == 0 {
			return []OneOrMore{nil}
		}
		var all []OneOrMore
		for _, value := range values {
			all = append(all, OneOrMore{value})
		}
		return all
	}
	var variants []Variant
	for _, runtime := range each(v.Settings.Runtime) {
		for _, arch := range each(v.Settings.Arch) {
			for _, region := range each(v.Settings.Region) {
				one := v.Settings
				one.Runtime, one.Arch, one.Region = runtime, arch, region
				one.Layer, one.Destination = nil, nil
				one.Name = strings.NewReplacer("{runtime}", strings.ReplaceAll(runtime.First(), ".", ""),
					"{arch}", cmp.Or(arch.First(), spec.DefaultArchitecture)).Replace(one.Name)
				variants = append(variants, Variant{one, v.Origins})
			}
		}
	}
	return variants
}

// checkDistinct returns an error if two layers would be the same layer to Lambda.
func checkDistinct(variants []Variant) error {
	type place struct{ name, region, profile, role, to string }
	seen := map[place]Settings{}
	parameters := map[place]string{} // the layer whose ARN each parameter contains
	for _, v := range variants {
		s := v.Settings
		if s.SSMParameter != "" {
			of := place{fillIn(s, s.SSMParameter), s.Region.First(), s.Profile, s.RoleARN, s.To}
			if other, taken := parameters[of]; taken && other != s.Name {
				return &fault.Error{Kind: fault.Usage, Subject: v.Origins["ssm-parameter"],
					Message: fmt.Sprintf("parameter %s cannot hold the ARNs of two layers, %s and %s", of.name, other, s.Name),
					Hints:   []string{`give each layer its own parameter: ssm-parameter = "/layers/{layer}"`}}
			}
			parameters[of] = s.Name
		}
		at := place{s.Name, s.Region.First(), s.Profile, s.RoleARN, s.To}
		other, twice := seen[at]
		if !twice {
			seen[at] = s
			continue
		}
		if targetOf(other) != targetOf(s) {
			return &fault.Error{Kind: fault.Usage, Subject: s.Name,
				Message: fmt.Sprintf("layer %s is configured for two targets, %s and %s", s.Name, targetOf(other), targetOf(s)),
				Hints:   []string{`give each target its own layer: name = "{name}-{runtime}-{arch}"`}}
		}
		return &fault.Error{Kind: fault.Usage, Subject: s.Name, Message: fmt.Sprintf("layer %s is configured twice for the same destination", s.Name),
			Hints: []string{`give each configuration of the layer its own "name" or "to"`,
				`or, if the configurations are [[destination]] tables, give each its own "region", "profile", or "role-arn"`}}
	}
	return nil
}

// targetOf returns the name of a target, such as "python3.13 on arm64".
func targetOf(s Settings) string {
	return s.Runtime.First() + " on " + cmp.Or(s.Arch.First(), spec.DefaultArchitecture)
}

// fillIn replaces the placeholders whose values are configured.
func fillIn(s Settings, value string) string {
	return strings.NewReplacer("{layer}", s.Name, "{region}", s.Region.First(),
		"{runtime}", strings.ReplaceAll(s.Runtime.First(), ".", ""), "{arch}", cmp.Or(s.Arch.First(), spec.DefaultArchitecture)).Replace(value)
}
