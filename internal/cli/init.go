package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

func (a *app) initCommand() *cobra.Command {
	var printed, full, schema bool
	var to string
	cmd := &cobra.Command{
		Use:   "init [PROJECT]",
		Short: "Add a configuration to the project",
		Long: `Add a configuration to the project: [tool.lamella] at the end of pyproject.toml, or a new
lamella.toml if there is no pyproject.toml. Existing content is left untouched. Prints the
path of the file.`,
		Example: `  lamella init
  lamella init --to s3://my-bucket/{layer}
  lamella init --full --print
  lamella init --schema > lamella.schema.json`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema && (printed || full || to != "") {
				return usageError("init", "--schema cannot be combined with other flags")
			}
			if schema {
				_, err := a.Out.Write([]byte(config.Schema()))
				return outputFault(err)
			}
			project, err := findProject(cmd, args)
			if err != nil {
				return err
			}
			start := starter(project, to)
			sample := start.Sample
			if full {
				sample = func(header string) string { return start.FullSample(header) }
			}
			if printed {
				_, err := a.Out.Write([]byte(sample("[tool.lamella]")))
				return outputFault(err)
			}
			path, err := config.Init(project, sample)
			if err != nil {
				return err
			}
			for _, step := range nextSteps(project, start) {
				a.note("%s", step)
			}
			return a.printResult(path+"\n", output.Initialised{Path: path})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "destination to write into the configuration: s3://BUCKET/PREFIX, or a folder; {layer} stands for the name of the layer")
	annotate(cmd.Flags(), "to", annotationValue, "URL|DIR")
	cmd.Flags().BoolVar(&full, "full", false, "write every key, commented out except for \"runtime\" and, with --to, \"to\"")
	cmd.Flags().BoolVar(&printed, "print", false, "print the configuration instead of writing it to a file")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the configuration")
	return cmd
}

// nextSteps returns what to do after init: create the lock file, unless it exists, and
// deploy.
func nextSteps(project string, s config.Starter) []string {
	deploy, remark := "lamella deploy", ""
	if project != "." {
		deploy += " " + shell.Quote(project)
	}
	if s.To == "" {
		deploy, remark = deploy+" --to out", "   # out is a folder; no AWS account needed"
	}
	steps, selection := lockSteps(project, s)
	last := max(0, len(steps)-1)
	if _, flags, ok := strings.Cut(strings.Join(steps[last:], ""), "lamella COMMAND"); ok {
		steps[last] = "publish the layer with the lock file of the workspace: " + deploy + flags + remark
	} else {
		steps = append(steps, "publish the layer: "+deploy+selection+remark)
	}
	for i, step := range steps {
		switch {
		case i == 0:
			steps[i] = "next, " + step
		case !strings.HasPrefix(step, "or "):
			steps[i] = "then " + step
		}
	}
	return steps
}

// lockSteps returns hints to create a lock file, or to pin the requirements in it. It
// returns none if the lock file can be deployed. selection is the flag that selects the new
// file.
func lockSteps(project string, s config.Starter) (steps []string, selection string) {
	t, err := target.Parse(s.Runtime, s.Arch)
	if err != nil {
		return nil, ""
	}
	path, err := lock.Find(project, t)
	if errors.Is(err, lock.ErrNone) {
		if steps = lock.CreateHints(project, t); len(steps) == 0 {
			steps = []string{"create a lock file, such as uv.lock or a requirements.txt with hashes"}
		}
		return steps, ""
	}
	l, err := lock.Read(path)
	if err != nil || l.Format != lock.Requirements || !slices.ContainsFunc(l.Packages, isLoose) {
		return nil, "" // deploy reports other errors
	}
	command, use, _ := strings.Cut(l.Compile(t), "  # then use")
	return []string{"lock the requirements with hashes: " + command}, use
}

// isLoose reports whether a requirement has no version or hash.
func isLoose(p lock.Package) bool {
	return p.Unpinned != "" || p.Source.Kind == lock.FromIndex && len(p.Hashes)+len(p.Files) == 0
}

// sdk lists boto3 and the distributions that only boto3 needs. Every Python runtime of
// Lambda contains them. See "Runtime-included SDK versions" in the AWS Lambda Developer
// Guide.
var sdk = []string{"boto3", "botocore", "jmespath", "s3transfer"}

// starter returns the initial configuration for the project in a folder.
func starter(project, to string) config.Starter {
	about := config.ReadProject(project)
	s := config.Starter{Name: about.Name, Runtime: suggestRuntime(about), Arch: spec.DefaultArchitecture, To: to}
	t, err := target.Parse(s.Runtime, s.Arch)
	if err != nil {
		return s
	}
	path, err := lock.Find(project, t)
	if err != nil {
		return s
	}
	l, err := lock.Read(path)
	if err != nil { // build reports the error
		return s
	}
	s.Exclude = inRuntime(l)
	return s
}

// inRuntime returns the distributions in a lock file that are part of the SDK. It returns
// none if another distribution, such as aiobotocore, needs its own versions of them.
func inRuntime(l *lock.Lock) []string {
	var found []string
	for _, p := range l.Packages {
		if slices.Contains(sdk, p.Name) {
			found = append(found, p.Name)
			continue
		}
		if strings.Contains(p.Name, "botocore") {
			return nil
		}
		for _, d := range p.Dependencies {
			if name := l.Packages[d.Package].Name; !p.Root && name != "boto3" && slices.Contains(sdk, name) {
				return nil
			}
		}
	}
	flat := l.Format == lock.Requirements || l.Format == lock.Pipenv
	if stated := l.Stated(); slices.Contains(found, "boto3") && (!flat || stated != nil && slices.ContainsFunc(stated.Packages, func(r []pep508.Requirement) bool { return len(r) > 0 })) {
		return []string{"boto3+"}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
