package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/publish"
)

func (a *app) historyCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "history [PROJECT]",
		Short: "List the layer's versions and what changed in each",
		Long: `List the versions of the layer, newest first: when each was published, from which lock
file, and which distributions changed since the version before.`,
		Example: `  lamella history --to s3://bucket/lambda/{layer}
  lamella history --name web --to out --json`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			users, err := a.users(cmd, &in, args, layers)
			if err != nil {
				return err
			}
			return printEach(a, deploy.Each(cmd.Context(), layers, a.client().History), report[[]publish.HistoryItem]{
				text: func(l lamella.Layer, versions []publish.HistoryItem) string {
					if len(versions) == 0 {
						a.note("layer %s has no versions yet", l)
					}
					return historyText(versions, users[layerKey(l)], a.paint())
				},
				view: func(l lamella.Layer, versions []publish.HistoryItem) any {
					return output.History{Versions: versions, Users: users[layerKey(l)].All()}
				},
			})
		},
	}
	in.bindVersions(cmd)
	return cmd
}

// historyText returns a paragraph for each version.
func historyText(versions []publish.HistoryItem, users *deploy.Users, paint painter) string {
	var b strings.Builder
	for i, v := range versions {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "version %d  %s  %s\n", v.Version, v.Created.UTC().Format(time.RFC3339), escape(v.ARN))
		again := ""
		if v.Again > 0 {
			again = fmt.Sprintf("version %d, rolled back to", v.Again)
		}
		for _, line := range [][2]string{
			{"again", again}, {"target", v.Target}, {"lock file", v.Manifest}, {"description", v.Description},
			{"published by", v.Tool}, {"used by", usersOfVersion(users, v.Version)}, {"note", v.Note},
		} {
			if line[1] != "" {
				fmt.Fprintf(&b, "  %-13s %s\n", line[0], escape(line[1]))
			}
		}
		if len(v.Packages) > 0 {
			fmt.Fprintf(&b, "  %-13s %s\n", "contains", number.Count(len(v.Packages), "distribution"))
		}
		b.WriteString(changesText(v.Changes, paint))
	}
	return b.String()
}
