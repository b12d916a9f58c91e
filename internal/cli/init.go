package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
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
				return usageError("init", "--schema cannot be combined with other options")
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
				sample = func(header string) string { return config.FullSample(header, start.Runtime) }
			}
			if printed {
				_, err := a.Out.Write([]byte(sample("[tool.lamella]")))
				return outputFault(err)
			}
			path, err := config.Init(project, sample)
			if err != nil {
				return err
			}
			a.note("to publish the layer, run: lamella deploy%s", nextArguments(to, project))
			return a.printResult(path+"\n", output.Initialised{Path: path})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "destination to write into the configuration: s3://BUCKET/PREFIX, or a folder")
	cmd.Flags().BoolVar(&full, "full", false, "write every key, with all but the runtime commented out")
	cmd.Flags().BoolVar(&printed, "print", false, "print the configuration instead of writing it to a file")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of [tool.lamella]")
	return cmd
}

// nextArguments are those of the first deploy after init.
func nextArguments(to, project string) string {
	folder := ""
	if project != "." {
		folder = " " + shellWord(project)
	}
	if to == "" {
		return folder + " --to out   # a folder; no AWS account needed"
	}
	return folder
}

// sdk is what nobody but boto3 needs, and every Python runtime of Lambda has. See
// "Runtime-included SDK versions" in the AWS Lambda Developer Guide.
var sdk = []string{"boto3", "botocore", "jmespath", "s3transfer"}

// starter is the configuration to start with for the project in a folder.
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
	if err != nil { // build reports it
		return s
	}
	s.Exclude = inRuntime(l)
	return s
}

// inRuntime returns the distributions of the SDK in a lock file, none if another one,
// such as aiobotocore, needs its own versions of them.
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
