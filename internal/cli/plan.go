package cli

import (
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/config"
)

func (a *app) planCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "plan [PROJECT]",
		Short: "Show what deploy would do, and why",
		Long: `Show what deploy would do, and why: the outcome, the distributions added (+),
removed (−) and changed (~) against the latest published version, the size against
Lambda's limit, what excludes leave out. Nothing is changed at the destination.`,
		Example: `  lamella plan --home s3://bucket/lambda/{layer}
  lamella plan --json | jq .changes`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			if len(layers) > 1 {
				return a.printPlans(lamella.PlanAll(cmd.Context(), layers, a.env()))
			}
			planned, err := lamella.Plan(cmd.Context(), layers[0], a.env())
			if err != nil {
				return err
			}
			view := planView(layers[0], planned)
			return a.print(planText(view, painter{colourful(a.Out, a.getenv)}), view)
		},
	}
	in.bind(cmd, config.Content, config.Destination, config.Version)
	return cmd
}
