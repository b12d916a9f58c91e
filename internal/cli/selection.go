package cli

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/shard"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/spec"
)

// criterion keeps the layers whose value matches one of the patterns.
type criterion struct {
	flag     string
	of       func(config.Settings) string
	patterns []string
}

// criteria returns the flags that choose among the configured layers.
func criteria() []criterion {
	return []criterion{
		{flag: "layer", of: func(s config.Settings) string { return s.Name }},
		{flag: "runtime", of: func(s config.Settings) string { return s.Runtime.First() }},
		{flag: "arch", of: func(s config.Settings) string { return cmp.Or(s.Arch.First(), spec.DefaultArchitecture) }},
		{flag: "region", of: func(s config.Settings) string { return s.Region.First() }},
		{flag: "profile", of: func(s config.Settings) string { return s.Profile }},
		{flag: "role-arn", of: func(s config.Settings) string { return s.RoleARN }},
	}
}

// bindSelection adds the flags for a command about all chosen layers.
func (in *input) bindSelection(cmd *cobra.Command) {
	in.selects = true
	cmd.Flags().StringSliceVar(&in.accounts, "account", nil, "only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated")
	annotate(cmd.Flags(), "account", annotationGroup, string(config.Destination))
	annotate(cmd.Flags(), "account", annotationValue, "NUMBER")
	bindShard(cmd, &in.shard)
}

// bindShard adds the flag that selects a part of the layers.
func bindShard(cmd *cobra.Command, text *string) {
	cmd.Flags().StringVar(text, "shard", "", "split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system")
	annotate(cmd.Flags(), "shard", annotationValue, "K/N|auto")
	if layer := cmd.Flags().Lookup("layer"); layer != nil { // both choose among the same layers
		annotate(cmd.Flags(), "shard", annotationGroup, layer.Annotations[annotationGroup][0])
	}
}

// rewordTarget rewords the help of the target's flags for a command that builds nothing.
func rewordTarget(cmd *cobra.Command) {
	for _, flag := range []string{"runtime", "arch"} {
		reword(cmd, flag, "; required unless configured", "")
		reword(cmd, flag, ", one layer per value", "")
	}
}

// describeSelection says in the help of a command about published versions that the target's
// flags and those of the destination find the layer.
func describeSelection(cmd *cobra.Command) {
	for flag, usage := range map[string]string{
		"runtime": "only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated",
		"arch":    "only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated",
	} {
		cmd.Flags().Lookup(flag).Usage = usage
	}
	for _, flag := range slices.Concat([]string{"runtime", "arch", "layer", "account", "shard"}, placeFlags) {
		annotate(cmd.Flags(), flag, annotationGroup, whichHeading)
	}
}

// readShard determines which part of the layers this run handles, before any request is
// sent.
func (a *app) readShard(text string) (err error) {
	if text != "" {
		a.shard, err = shard.Parse(text, a.getenv)
	}
	return err
}

// shardOf returns this shard's part of the layers, which may be empty.
func (a *app) shardOf(layers []lamella.Layer) []lamella.Layer {
	if a.shard.Whole() {
		return layers
	}
	own := shard.Slice(a.shard, layers, layerKey)
	a.note("shard %d of %d: %d of %s", a.shard.K, a.shard.N, len(own), number.Count(len(layers), "layer"))
	return own
}

// choose returns the variants that flags, the environment, and the project's configuration
// describe, as far as the flags choose them. A value with a pattern always chooses among the
// configured values. If in.selects is true, so does any value that is configured.
func (a *app) choose(in *input, project, name string) ([]config.Variant, error) {
	env, err := config.FromEnv(a.LookupEnv)
	if err != nil {
		return nil, err
	}
	file, err := config.Read(project)
	if err != nil {
		return nil, err
	}
	expand := func(flags config.Settings) ([]config.Variant, error) {
		return config.Expand(name, config.Source{Settings: flags, Origin: config.Key.Flag}, env, file)
	}
	flags, chosen := in.flags, []criterion{}
	for _, c := range criteria() {
		without := flags
		if c.patterns = take(&without, c.flag); c.flag == "layer" {
			c.patterns = in.pick
		}
		if len(c.patterns) == 0 {
			continue
		}
		if c.flag != "layer" && !slices.ContainsFunc(c.patterns, isPattern) {
			all, err := expand(without)
			if !in.selects || err != nil || !c.knows(all) {
				continue // the flag sets the destination instead of choosing one
			}
		}
		flags, chosen = without, append(chosen, c)
	}
	variants, err := expand(flags)
	if err != nil {
		return nil, err
	}
	for _, k := range config.Keys() {
		if origin, ok := variants[0].Origins[k.Name]; ok {
			a.display.Event(event.Event{Kind: event.Debug, Message: fmt.Sprintf("%s is set by %s", k.Name, origin)})
		}
	}
	for _, c := range chosen {
		if variants, err = c.keep(variants); err != nil {
			return nil, err
		}
	}
	return variants, nil
}

// take removes the values of a key from s and returns them.
func take(s *config.Settings, key string) (values []string) {
	k, ok := config.Lookup(key)
	switch {
	case !ok: // --layer is not a key
	case k.IsList():
		values = *k.List(s)
		*k.List(s) = nil
	case *k.Text(s) != "":
		values = []string{*k.Text(s)}
		*k.Text(s) = ""
	}
	return values
}

// knows reports whether each of the values is configured.
func (c criterion) knows(all []config.Variant) bool {
	for _, value := range c.patterns {
		if !slices.ContainsFunc(all, func(v config.Variant) bool { return c.of(v.Settings) == value }) {
			return false
		}
	}
	return true
}

// keep returns the variants that match. Each pattern must match at least one variant.
func (c criterion) keep(all []config.Variant) ([]config.Variant, error) {
	var values []string
	for _, v := range all {
		if value := c.of(v.Settings); value != "" && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	if err := checkPatterns("--"+c.flag, c.patterns, values); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(v config.Variant) bool { return !matchesAny(c.patterns, c.of(v.Settings)) }), nil
}

// checkPatterns rejects a pattern that matches none of the values.
func checkPatterns(flag string, patterns, values []string) error {
	for _, pattern := range patterns {
		if slices.ContainsFunc(values, func(value string) bool { return matchesAny([]string{pattern}, value) }) {
			continue
		}
		wrong := &fault.Error{Kind: fault.Usage, Subject: flag, Message: fmt.Sprintf("%s %s matches no configured layer", flag, pattern)}
		if flag == "--layer" {
			wrong.Message = fmt.Sprintf("no configured layer is named %q", pattern)
		}
		nearest := config.Nearest(pattern, values)
		if nearest != "" {
			wrong.Message += fmt.Sprintf("; did you mean %q?", nearest)
		}
		wrong.Hints = []string{choice(flag, nearest, values)}
		return wrong
	}
	return nil
}

// choice returns the hint to choose one of the values: nearest, or the first if that is "".
func choice(flag, nearest string, values []string) string {
	if len(values) == 0 {
		return "remove " + flag
	}
	best := cmp.Or(nearest, values[0])
	what := "value"
	if flag == "--layer" {
		what = "layer"
	}
	hint := fmt.Sprintf("choose a configured %s: %s %s", what, flag, shell.Quote(best))
	if others := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == best }); len(others) > 0 {
		hint += "   # or " + strings.Join(others, ", ")
	}
	return hint
}

// ofAccounts returns the layers in accounts whose numbers match. Without patterns, it
// returns all layers. If only AWS knows the number, it asks AWS.
func (a *app) ofAccounts(ctx context.Context, layers []lamella.Layer, patterns []string) ([]lamella.Layer, error) {
	if len(patterns) == 0 {
		return layers, nil
	}
	numbers := deploy.Each(ctx, layers, a.client().Account)
	var kept []lamella.Layer
	var known []string
	for _, n := range numbers {
		if n.Err != nil {
			return nil, n.Err
		}
		if !slices.Contains(known, n.Value) {
			known = append(known, n.Value)
		}
		if matchesAny(patterns, n.Value) {
			kept = append(kept, n.Layer)
		}
	}
	return kept, checkPatterns("--account", patterns, known)
}

func isPattern(s string) bool { return strings.ContainsAny(s, `*?[\`) }

// matchesAny matches a value against patterns as path.Match does, except that "*" also
// matches slashes, because roles have paths.
func matchesAny(patterns []string, value string) bool {
	plain := strings.NewReplacer("/", "\x00")
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(plain.Replace(pattern), plain.Replace(value))
		return err == nil && ok
	})
}

// configured returns all layers that in would describe without the flags that choose among
// them.
func (a *app) configured(cmd *cobra.Command, in *input, args []string) ([]lamella.Layer, error) {
	all := *in
	all.pick, all.accounts = nil, nil
	part, about := a.shard, a.about
	defer func() { a.shard, a.about = part, about }()
	a.shard, all.shard = shard.Shard{}, ""
	for _, c := range criteria() {
		if c.flag != "layer" {
			take(&all.flags, c.flag)
		}
	}
	return a.layers(cmd, &all, args)
}

// layerKey returns a key that distinguishes a layer from other configured layers.
func layerKey(l lamella.Layer) string {
	return strings.Join([]string{l.Name, l.To, l.Region, l.Profile, l.RoleARN}, "\n")
}
