package cli

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
)

// completionWait is how long to wait for destinations to complete a word.
const completionWait = time.Second

// mostPlaces is the maximum number of destinations that are asked.
const mostPlaces = 8

// configuredLayers returns the layers described by the command line so far, the environment,
// and the configuration. The command itself reports any errors in them.
func configuredLayers(cmd *cobra.Command, args []string) []lamella.Layer {
	var folders []string
	for _, arg := range args {
		if info, err := os.Stat(arg); err == nil && info.IsDir() {
			folders = []string{arg}
		}
	}
	project, err := findProject(cmd, folders)
	if err != nil {
		return nil
	}
	a := &app{Stdio: Stdio{Out: io.Discard, Err: io.Discard, LookupEnv: os.LookupEnv}, display: silent{}}
	in := input{selects: true}
	in.pick, _ = cmd.Flags().GetStringSlice("layer") // not every command has this flag
	for _, k := range config.Keys() {
		f := cmd.Flags().Lookup(k.Name)
		switch {
		case f == nil || !f.Changed || k.IsSwitch():
		case k.IsList():
			*k.List(&in.flags), _ = cmd.Flags().GetStringSlice(k.Name)
		default:
			*k.Text(&in.flags) = f.Value.String()
		}
	}
	variants, _ := a.choose(&in, project, config.ReadProject(project).Name)
	var layers []lamella.Layer
	for _, v := range variants {
		if l, err := v.Layer(project, a.env()); err == nil {
			layers = append(layers, l)
		}
	}
	return layers
}

// fromConfiguration completes a value of the configured layers, and the values that more
// returns.
func fromConfiguration(of func(lamella.Layer) []string, more func() []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var values []string
		for _, l := range configuredLayers(cmd, args) {
			values = append(values, of(l)...)
		}
		if more != nil {
			values = append(values, more()...)
		}
		return distinct(values), cobra.ShellCompDirectiveNoFileComp
	}
}

// distinct returns the words that are not empty, sorted and without duplicates.
func distinct(words []string) []string {
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
}

// askDestinations asks the places that layers are deployed to, all at once, for up to
// completionWait. It ignores places that do not respond, for example without credentials or
// a network.
func askDestinations(layers []lamella.Layer, ask func(context.Context, lamella.Layer, publish.Destination) ([]string, error)) []string {
	ctx, cancel := context.WithTimeout(context.Background(), completionWait)
	defer cancel()
	var asked []lamella.Layer
	for _, l := range layers {
		if l.To != "" && len(asked) < mostPlaces {
			asked = append(asked, l)
		}
	}
	answers := make(chan []string, len(asked))
	var destinations deploy.Destinations
	for _, l := range asked {
		go func() {
			d, err := destinations.Open(ctx, l, spec.Env{})
			var words []string
			if err == nil {
				words, _ = ask(ctx, l, d)
			}
			answers <- words
		}()
	}
	var all []string
	for range asked {
		select {
		case words := <-answers:
			all = append(all, words...)
		case <-ctx.Done():
			return all
		}
	}
	return all
}

// completeVersion completes up to most VERSION arguments, and then PROJECT.
func completeVersion(most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= most || slices.ContainsFunc(args, func(arg string) bool { return !isVersion(arg) }) {
			if len(args) > most {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeFolder(cmd, nil, word)
		}
		numbers := map[int64]string{}
		words := askDestinations(configuredLayers(cmd, nil), func(ctx context.Context, l lamella.Layer, d publish.Destination) ([]string, error) {
			versions, err := d.Layers.Versions(ctx, l.Name)
			var words []string
			for _, v := range versions {
				words = append(words, strconv.FormatInt(v.Version, 10)+"\t"+v.Description)
			}
			return words, err
		})
		if len(words) == 0 {
			return completeFolder(cmd, nil, word)
		}
		for _, w := range words {
			number, description := w, ""
			if m := numberOf.FindStringSubmatch(w); m != nil {
				number, description = m[1], m[2]
			}
			n, _ := strconv.ParseInt(number, 10, 64)
			numbers[n] = cmp.Or(numbers[n], description)
		}
		return newestFirst(numbers), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

var numberOf = regexp.MustCompile(`(?s)^(\d+)\t(.*)$`)

// newestFirst returns versions with their descriptions, in the form that shells display.
func newestFirst(numbers map[int64]string) (words []string) {
	var all []int64
	for n := range numbers {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(b, a) })
	for _, n := range all {
		word := strconv.FormatInt(n, 10)
		if text := escape(numbers[n]); text != "" {
			word += "\t" + text
		}
		words = append(words, word)
	}
	return words
}

// completeLayer completes the name of a layer that is configured or exists at the
// destination.
func completeLayer(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	layers := configuredLayers(cmd, args)
	names := askDestinations(layers, func(ctx context.Context, _ lamella.Layer, d publish.Destination) ([]string, error) {
		lister, ok := d.Layers.(store.Lister)
		if !ok {
			return nil, nil
		}
		return lister.LayerNames(ctx)
	})
	for _, l := range layers {
		names = append(names, l.Name)
	}
	return distinct(names), cobra.ShellCompDirectiveNoFileComp
}

// completeFunction completes the name of a function that is configured or exists at the
// destination.
func completeFunction(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	layers := configuredLayers(cmd, nil)
	names := askDestinations(layers, func(ctx context.Context, _ lamella.Layer, d publish.Destination) ([]string, error) {
		reader, ok := d.Layers.(store.FunctionReader)
		if !ok {
			return nil, nil
		}
		functions, err := reader.AllFunctions(ctx, false)
		var names []string
		for _, f := range functions {
			names = append(names, f.Name)
		}
		return names, err
	})
	for _, l := range layers {
		names = append(names, l.Attach...)
	}
	return slices.DeleteFunc(distinct(names), func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
}

// profileSection matches the header of a profile in the AWS configuration files.
var profileSection = regexp.MustCompile(`(?m)^\s*\[\s*(?:profile\s+)?"?([^\]"\s]+)"?\s*\]`)

// awsProfiles returns the profiles in the AWS configuration files (AWS SDKs and tools
// reference guide, "Shared config and credentials files").
func awsProfiles() (names []string) {
	home, _ := os.UserHomeDir()
	for _, file := range []struct{ variable, name string }{{"AWS_CONFIG_FILE", "config"}, {"AWS_SHARED_CREDENTIALS_FILE", "credentials"}} {
		text, err := os.ReadFile(cmp.Or(os.Getenv(file.variable), filepath.Join(home, ".aws", file.name)))
		if err != nil {
			continue
		}
		for _, m := range profileSection.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}
