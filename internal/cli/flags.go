package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// input is the input of the commands about layers: settings from flags, and values that can
// be given only as flags.
type input struct {
	flags  config.Settings
	force  bool
	pick   []string // names or patterns that choose among several configured layers
	target bool     // the command is about one target, so it needs a runtime
	makes  bool     // the command makes a layer, so it reports problems with the runtime
	// accounts are account numbers or patterns.
	accounts []string
	// selects says that runtime, arch, region, profile, and role-arn choose among the
	// configured layers, if any of them have these values.
	selects bool
	shard   string // K/N, or how to find out
}

// bind adds all flags about a layer to cmd, so that the same flags work for every step. Help
// and completion show only the flags of the given groups, which are relevant to cmd, and
// --name.
func (in *input) bind(cmd *cobra.Command, groups ...config.Group) {
	in.bindWanted(cmd, func(config.Key) bool { return true }, groups...)
}

// bindVersions is like bind, for a command about published versions. Help and completion
// show the flags for the destination and the target, and those in also, but not those in
// writeFlags and parameterFlags.
func (in *input) bindVersions(cmd *cobra.Command, also ...string) {
	in.bind(cmd, config.Destination)
	in.bindSelection(cmd)
	hide(cmd, writeFlags, parameterFlags)
	for _, name := range append([]string{"runtime", "arch"}, also...) {
		show(cmd, []string{name})
		annotate(cmd.Flags(), name, annotationOwn, "")
	}
	if rewordTarget(cmd); !slices.Contains(also, "lock") { // nothing is compared with the project
		describeSelection(cmd)
	}
}

// bindQuestion is like bind, for a command that asks what would be in a layer, or what is in
// one at the destination, and writes no zip.
func (in *input) bindQuestion(cmd *cobra.Command) {
	in.bindWanted(cmd, func(k config.Key) bool { return k.Name != "output" }, config.Content)
	show(cmd, placeFlags)
	hide(cmd, []string{"check"}) // which checks a zip before it is written
}

// bindResolution is like bindQuestion, for a command that only asks which distributions
// would be in a layer. Help shows only the flag of the destination that chooses layers.
func (in *input) bindResolution(cmd *cobra.Command) {
	in.bindQuestion(cmd)
	hide(cmd, placeFlags, fileFlags, buildFlags)
	annotate(cmd.Flags(), "layer", annotationGroup, string(config.Content))
}

// Flags that affect only commands that do a certain thing. The other commands about a layer
// accept them, but their help does not show them.
var (
	placeFlags     = []string{"name", "to", "region", "profile", "role-arn"}                                             // find the destination
	sourceFlags    = []string{"allow-build", "index-url", "find-links", "cache"}                                         // find wheels
	fileFlags      = []string{"slim", "strip", "prefer", "scripts", "bytecode", "bytecode-python", "container", "image"} // determine the layer's files
	buildFlags     = []string{"check", "builder-path", "build-timeout"}                                                  // build the layer
	writeFlags     = []string{"kms-key", "sse", "acl"}                                                                   // write objects to S3
	parameterFlags = []string{"ssm-parameter"}                                                                           // read or set the parameter
)

// hide hides flags in the help and completion of cmd.
func hide(cmd *cobra.Command, flags ...[]string) {
	for _, name := range slices.Concat(flags...) {
		cmd.Flags().Lookup(name).Hidden = true
	}
}

// show shows flags that are hidden.
func show(cmd *cobra.Command, flags ...[]string) {
	for _, name := range slices.Concat(flags...) {
		cmd.Flags().Lookup(name).Hidden = false
	}
}

func (in *input) bindWanted(cmd *cobra.Command, wanted func(config.Key) bool, groups ...config.Group) {
	fs := cmd.Flags()
	bindKeys(cmd, &in.flags, wanted)
	fs.BoolVar(&in.force, "force", false, "publish a new version even if nothing changed")
	annotate(fs, "force", annotationGroup, string(config.Version))
	fs.StringSliceVar(&in.pick, "layer", nil, "only configured layers whose names match NAME, such as 'web-*'; may be repeated")
	annotate(fs, "layer", annotationGroup, string(config.Destination))
	annotate(fs, "layer", annotationValue, "NAME")
	complete := fromConfiguration(func(l lamella.Layer) []string { return []string{l.Name} }, nil)
	if err := cmd.RegisterFlagCompletionFunc("layer", complete); err != nil {
		panic(err) // the flag does not exist
	}
	fs.VisitAll(func(f *pflag.Flag) {
		f.Hidden = f.Name != "name" && f.Name != "layer" && !slices.Contains(groups, config.Group(f.Annotations[annotationGroup][0]))
	})
	reword(cmd, "runtime", "required", "required unless configured")
	reword(cmd, "region", "region, or regions, of the destination", "region of the destination, or a pattern for configured ones ('eu-*')")
	in.target = slices.Contains(groups, config.Content)
	in.makes = in.target && wanted(config.Key{Name: "output"})
}

// bindKeys adds the flags of the wanted keys to cmd, with their completions. It stores their
// values in s.
func bindKeys(cmd *cobra.Command, s *config.Settings, wanted func(config.Key) bool) {
	fs := cmd.Flags()
	for _, k := range config.Keys() {
		if !wanted(k) {
			continue
		}
		switch {
		case k.IsList():
			fs.StringSliceVarP(k.List(s), k.Name, k.Shorthand, nil, k.Usage())
			fs.Lookup(k.Name).NoOptDefVal = k.Bare
		case k.IsSwitch():
			fs.BoolFuncP(k.Name, k.Shorthand, k.Usage(), func(word string) error { return k.SetSwitch(s, word) })
		default:
			fs.StringVarP(k.Text(s), k.Name, k.Shorthand, "", k.Usage())
			fs.Lookup(k.Name).NoOptDefVal = k.Bare
		}
		annotate(fs, k.Name, annotationGroup, string(k.Group))
		annotate(fs, k.Name, annotationValue, k.Value)
		if complete := completions(k); complete != nil {
			// This fails only for a flag that does not exist or is registered twice.
			if err := cmd.RegisterFlagCompletionFunc(k.Name, complete); err != nil {
				panic(err)
			}
		}
	}
}

// reword replaces words in the help of a flag that has a different meaning for cmd.
func reword(cmd *cobra.Command, flag, old, instead string) {
	f := cmd.Flags().Lookup(flag)
	f.Usage = strings.Replace(f.Usage, old, instead, 1)
}

func annotate(fs *pflag.FlagSet, flag, annotation, value string) {
	if err := fs.SetAnnotation(flag, annotation, []string{value}); err != nil {
		panic(err) // the flag does not exist
	}
}

// layer returns the only layer that flags, environment, and configuration describe for the
// project in args, for commands about one layer. If there are several, it returns an error.
func (a *app) layer(cmd *cobra.Command, in *input, args []string) (lamella.Layer, error) {
	layers, err := a.layers(cmd, in, args)
	if err != nil {
		return lamella.Layer{}, err
	}
	if len(layers) > 1 {
		return lamella.Layer{}, severalLayers(cmd, layers)
	}
	return layers[0], nil
}

// With more than fleetSize layers, garbage is collected when memory has grown by fleetGrowth
// percent instead of 100: the results of all layers are kept until they are printed, and the
// process should not need twice their size.
const (
	fleetSize   = 1000
	fleetGrowth = 30
)

// layers returns every layer that flags, environment, and configuration describe for the
// project in args, at every place that it is deployed to. It returns at least one.
func (a *app) layers(cmd *cobra.Command, in *input, args []string) ([]lamella.Layer, error) {
	if err := a.readShard(in.shard); err != nil {
		return nil, err
	}
	project, err := findProject(cmd, args)
	if err != nil {
		return nil, err
	}
	about := config.ReadProject(project)
	variants, err := a.choose(in, project, about.Name)
	if err != nil {
		return nil, err
	}
	layers := make([]lamella.Layer, 0, len(variants))
	for _, v := range variants {
		if in.target {
			if v.Settings.Runtime.First() == "" {
				return nil, a.noRuntime(cmd, about, project, v.Settings.Lock)
			}
			if err := checkTarget(v.Settings, v.Origins); err != nil {
				return nil, err
			}
		}
		layer, err := v.Layer(project, a.env())
		if err != nil {
			return nil, err
		}
		layer.Force = in.force
		layers = append(layers, layer)
	}
	if in.makes {
		a.warnOfRuntimes(layers)
	}
	if layers, err = a.ofAccounts(cmd.Context(), layers, in.accounts); err != nil {
		return nil, err
	}
	layers = a.shardOf(layers)
	if len(layers) > fleetSize && a.getenv("GOGC") == "" {
		debug.SetGCPercent(fleetGrowth)
	}
	for _, l := range layers {
		a.about = append(a.about, layerRow(l))
	}
	return layers, nil
}

// findProject returns the folder in args. If there is none, it returns the nearest folder,
// from the current one upwards, that looks like a project, or else the current one.
func findProject(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], checkProject(cmd, args[0])
	}
	if project, ok := lock.FindProject("."); ok {
		return project, nil
	}
	return ".", nil
}

// checkProject returns an error if the project is not a folder.
func checkProject(cmd *cobra.Command, project string) error {
	info, err := os.Stat(project)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hints := []string{"choose the project's folder: " + cmd.CommandPath() + " path/to/project"}
		if engine := engineHint(cmd, []string{project}, "if you meant the container engine "+project+", write it after an equals sign"); engine != nil {
			hints = []string{engine[0],
				"or, if you meant a project, choose its folder: " + cmd.CommandPath() + " path/to/project"}
		}
		return usageError(project, "the project folder "+project+" does not exist", hints...)
	case err != nil:
		return &fault.Error{Kind: fault.Machine, Subject: project, Message: "cannot open " + project, Err: err}
	case !info.IsDir():
		return usageError(project, "the project must be a folder, but "+project+" is a file",
			fmt.Sprintf("pass the lock file with --lock: %s %s --lock %s", cmd.CommandPath(), shell.Quote(filepath.Dir(project)), shell.Quote(project)))
	}
	return nil
}

// noRuntime returns the error for a missing runtime, and suggests a runtime that suits the
// project. If the folder has no lock file, it is not a project, which is the more important
// error.
func (a *app) noRuntime(cmd *cobra.Command, about config.Project, project, lockFile string) error {
	suggestion := suggestRuntime(about)
	if lockFile == "" {
		t, err := target.Parse(suggestion, spec.DefaultArchitecture)
		if err != nil {
			return err
		}
		if _, err := lock.Find(project, t); err != nil {
			return err
		}
	}
	folder := ""
	if project != "." {
		folder = " " + shell.Quote(project)
	}
	return &fault.Error{Kind: fault.Usage, Subject: cmd.Name(), Message: "no Lambda runtime is configured", Hints: []string{
		"choose a runtime: " + cmd.CommandPath() + " --runtime " + suggestion,
		fmt.Sprintf("or set the runtime permanently: lamella init%s   # or add runtime = %q to [tool.lamella]", folder, suggestion)}}
}

// warnOfRuntimes warns about runtimes that are deprecated, blocked, or previews.
func (a *app) warnOfRuntimes(layers []lamella.Layer) {
	warned := map[string]bool{}
	for _, l := range layers {
		t, err := l.ParseTarget()
		if err != nil || warned[l.Runtime] {
			continue
		}
		warned[l.Runtime] = true
		if problem := t.Problem(time.Now()); problem != "" {
			a.display.Event(event.Event{Kind: event.Warn, Message: problem})
		}
	}
}

// suggestRuntime returns a runtime that suits a project. The runtime is neither deprecated
// nor a preview, unless the project permits no other.
func suggestRuntime(about config.Project) string {
	return cmp.Or(about.SuggestRuntime(target.Recommended(time.Now())), about.SuggestRuntime(target.Runtimes()), fallbackRuntime)
}

// fallbackRuntime is suggested if nothing in the project says more.
const fallbackRuntime = "python3.13"

// checkTarget checks settings that have a fixed set of valid values. The error says where an
// invalid value was set.
func checkTarget(s config.Settings, origins config.Origins) error {
	arch := cmp.Or(s.Arch.First(), spec.DefaultArchitecture)
	if _, err := target.Parse(s.Runtime.First(), arch); err != nil {
		wrong := "runtime"
		if slices.Contains(target.Runtimes(), s.Runtime.First()) {
			wrong = "arch"
		}
		choose := map[string]string{"runtime": "choose a runtime: ", "arch": "choose an architecture: "}
		e := &fault.Error{Kind: fault.Usage, Subject: origins[wrong], Message: "invalid " + origins[wrong] + ": " + err.Error(), Details: fault.Details(err)}
		for _, hint := range fault.Hints(err) { // correct the setting where it was set
			if value, ok := strings.CutPrefix(hint, "--"+wrong+" "); ok {
				hint = choose[wrong] + config.Assign(wrong, origins[wrong], value)
			}
			e.Hints = append(e.Hints, hint)
		}
		return e
	}
	modes := []string{string(publish.DetectContent), string(publish.DetectManifest)}
	if s.Detect != "" && !slices.Contains(modes, s.Detect) {
		return &fault.Error{
			Kind: fault.Usage, Subject: origins["detect"], Message: fmt.Sprintf("invalid %s: unknown mode %q", origins["detect"], s.Detect),
			Hints: []string{"choose one of: " + strings.Join(modes, ", ")},
		}
	}
	return nil
}

// completions returns the completion function for the value of k's flag, or nil if the shell
// completes the value itself.
func completions(k config.Key) cobra.CompletionFunc {
	switch k.Name {
	case "extra":
		return fromLock(func(n *lock.Names) []string { return n.Extras })
	case "group", "only-group":
		return fromLock(func(n *lock.Names) []string { return n.Groups })
	case "package":
		return fromLock(func(n *lock.Names) []string { return n.Members })
	case "exclude", "prefer":
		return fromLock(func(n *lock.Names) []string { return n.Distributions })
	case "name":
		return completeLayer
	case "attach":
		return completeFunction
	case "region":
		return fromConfiguration(func(l lamella.Layer) []string { return []string{l.Region} },
			func() []string { return []string{os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")} })
	case "profile":
		return fromConfiguration(func(l lamella.Layer) []string { return []string{l.Profile} }, awsProfiles)
	case "role-arn":
		return fromConfiguration(func(l lamella.Layer) []string { return []string{l.RoleARN} }, nil)
	}
	if k.Values != nil {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return k.Values, cobra.ShellCompDirectiveNoFileComp
		}
	}
	if k.Path {
		return nil
	}
	return cobra.NoFileCompletions
}

// completeFolder completes PROJECT and DIR.
func completeFolder(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}
