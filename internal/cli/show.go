package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

func (a *app) showCommand() *cobra.Command {
	var in input
	var format string
	cmd := &cobra.Command{
		Use:   "show [VERSION] [PROJECT]",
		Short: "Show what is in a version and who may use it",
		Long: `Show one published version of the layer, by default the latest: what it was built from,
its distributions, where its zip and its lock file are, who may use it, and which functions
do.

--format prints the version for another tool: a document for Terraform's "external" data
source, or a snippet to paste into a SAM (sam) or CloudFormation (cfn) template, a CDK
stack (cdk, cdk-python), or serverless.yml. If ssm-parameter is configured, the snippet
refers to the parameter, so it stays valid when you publish a new version. The formats
json, env, and tfvars print what the configuration key "outputs" writes to a file.`,
		Example: `  lamella show
  lamella show 3 --to s3://bucket/lambda/{layer}
  lamella show 3 --json | jq '.layers[].distributions'
  lamella show --format sam`,
		ValidArgsFunction: completeVersion(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, project, err := versionArgs(cmd, args, 1)
			if err != nil {
				return err
			}
			if format != "" {
				if err := a.checkHandoff(format); err != nil {
					return err
				}
			}
			layers, err := a.layers(cmd, &in, project)
			if err != nil {
				return err
			}
			shown := deploy.Each(cmd.Context(), layers, func(ctx context.Context, l lamella.Layer) (*versions.Shown, error) {
				return a.client().Show(ctx, l, first(which))
			})
			if format != "" {
				return a.printHandoff(format, shown)
			}
			users, err := a.users(cmd, &in, project, layers)
			if err != nil {
				return err
			}
			return printEach(a, shown, report[*versions.Shown]{
				text: func(l lamella.Layer, s *versions.Shown) string {
					return shownText(s, usersOfVersion(users[layerKey(l)], s.Version))
				},
				view: func(l lamella.Layer, s *versions.Shown) any {
					return output.Shown{Shown: *s, Users: users[layerKey(l)].Of(s.Version)}
				},
			})
		},
	}
	in.bindVersions(cmd)
	show(cmd, parameterFlags)
	cmd.Flags().StringVar(&format, "format", "", "print the version for another tool: "+strings.Join(deploy.HandoffFormats(), ", "))
	annotate(cmd.Flags(), "format", annotationValue, "FORMAT")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return deploy.HandoffFormats(), cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("format", complete); err != nil {
		panic(err) // the flag does not exist
	}
	return cmd
}

// shownText returns a version as text.
func shownText(s *versions.Shown, users string) string {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-14s %s\n", name, escape(value))
		}
	}
	latest := ""
	if s.Latest {
		latest = " (latest)"
	}
	row("version", fmt.Sprintf("%d%s", s.Version, latest))
	row("arn", s.ARN)
	row("published", s.Created.UTC().Format(time.RFC3339))
	row("description", s.Description)
	row("licence", s.License)
	if s.Again > 0 {
		row("again", fmt.Sprintf("version %d, rolled back to", s.Again))
	}
	row("target", s.Target)
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		if len(s.Options[name]) > 0 {
			row("option", name+" "+strings.Join(s.Options[name], ", "))
		}
	}
	row("declared for", strings.Join(slices.Concat(s.Runtimes, s.Architectures), ", "))
	row("lock file", s.ManifestURI)
	row("published by", s.Tool)
	if s.BytecodePython != "" {
		row("bytecode", "Python "+s.BytecodePython)
	}
	row("zip", zipText(s))
	row("sha256", s.SHA256)
	if s.Unzipped > 0 {
		row("unzipped", fmt.Sprintf("%s, %s", formatBytes(s.Unzipped), number.Count(s.Entries, "file")))
	}
	row("shared with", grantsText(s.Share))
	row("used by", users)
	for _, n := range s.Notes {
		row("note", n)
	}
	if len(s.Packages) > 0 {
		var width int
		for _, p := range s.Packages {
			width = max(width, len(escape(p.Name)))
		}
		fmt.Fprintf(&b, "\n%s\n", number.Count(len(s.Packages), "distribution"))
		for _, p := range s.Packages {
			fmt.Fprintf(&b, "  %-*s  %s%s\n", width, escape(p.Name), escape(p.Version), sizeText(p.Size, false))
		}
	}
	return b.String()
}

func zipText(s *versions.Shown) string {
	if s.ZipURI == "" {
		return formatBytes(s.Size) + ", only at Lambda"
	}
	return formatBytes(s.Size) + ", " + s.ZipURI
}

func grantsText(grants []store.Grant) string {
	if len(grants) == 0 {
		return "nobody"
	}
	var principals []store.Principal
	for _, g := range grants {
		principals = append(principals, g.Principal)
	}
	return principalsText(principals)
}

func principalsText(principals []store.Principal) string {
	var words []string
	for _, p := range principals {
		word := string(p)
		if p == store.Everyone {
			word = "everyone (*)"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
