package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
)

func (a *app) planCommand() *cobra.Command {
	var in input
	var file string
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan [PROJECT]",
		Short: "Show what deploy would do and why",
		Long: `Show what deploy would do and why: the distributions to add (+), remove (−), and change (~)
compared with the latest published version, the size compared with Lambda's limit, what
is excluded, and how much of the zip has to be uploaded. Nothing is changed at the
destination.

If some distributions cannot be installed, plan marks them, shows everything else that is
known, and fails.

--output saves the plan to a file, which lamella apply carries out exactly as shown, or
not at all. The file contains the settings, but no credentials.

With --detailed-exitcode, the exit status is 0 if nothing would change and 2 if something
would; usage errors exit with 1 instead of 2.`,
		Example: `  lamella plan --to s3://bucket/lambda/{layer}
  lamella plan -o plan.json && lamella apply plan.json
  lamella plan --json | jq '.layers[].changes'`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layers(cmd, &in, args)
			if err != nil {
				return err
			}
			pending, err := a.plan(cmd, layers, file)
			if err == nil && pending && detailed {
				return errPending
			}
			return err
		},
	}
	// The key "output" names the zip, which plan does not write.
	in.bindWanted(cmd, func(k config.Key) bool { return k.Name != "output" }, config.Content, config.Destination, config.Version)
	in.makes = true               // it makes a layer, although no zip remains
	hide(cmd, []string{"attach"}) // no function is moved
	bindShard(cmd, &in.shard)
	cmd.Flags().StringVarP(&file, "output", "o", "", "save the plan to this file, for lamella apply")
	annotate(cmd.Flags(), "output", annotationValue, "FILE")
	cmd.Flags().BoolVar(&detailed, detailedExitcode, false, "exit with 2 if deploy would change something")
	return cmd
}

// plan prints what deploy would do, writes it to file unless file is "", and reports whether
// there is anything to do.
func (a *app) plan(cmd *cobra.Command, layers []lamella.Layer, file string) (pending bool, err error) {
	if err := deploy.CheckApart(layers); err != nil {
		return false, err
	}
	if file != "" {
		if err := deploy.CheckPlanFile(file, layers); err != nil {
			return false, err
		}
	}
	proposals := a.client().PlanAll(cmd.Context(), layers)
	for _, p := range proposals {
		pending = pending || p.Err == nil && p.Plan.Pending()
	}
	var saved *deploy.PlanFile
	var unsaved error
	if file != "" {
		saved, unsaved = a.client().NewPlanFile(proposals)
	}
	if err := a.printPlans(proposals); err != nil {
		return pending, err
	}
	if file == "" || unsaved != nil {
		return pending, unsaved
	}
	if err := saved.Write(file); err != nil {
		return pending, err
	}
	a.note("to carry out exactly this plan, run: lamella apply %s", shell.Quote(file))
	return pending, nil
}

// printPlans prints the plan for each layer and place and, if there are several, the errors
// for those that cannot be planned. It removes the plans from proposals, so that the memory
// of thousands of plans is free for the text.
func (a *app) printPlans(proposals []deploy.Planned) error {
	var rows []output.Row
	var plans []*planned
	failed := failedLayers{of: len(proposals)}
	for i, p := range proposals {
		proposals[i].Plan = nil
		row := layerRow(p.Layer)
		if p.Plan != nil {
			plan := a.planView(p.Layer, p.Plan)
			plans = append(plans, plan)
			row.Result = &plan.Planned
		}
		row.Error = a.failure(p.Err)
		if a.json {
			rows = append(rows, row)
		}
		failed.add(p.Layer, p.Err)
	}
	err := a.printFailures(failed, false)
	return a.printRows(plansText(plans, len(proposals) > 1, a.paint()), rows, err)
}

// plansText returns the plans as text, with totals if there are several layers.
func plansText(plans []*planned, several bool, paint painter) string {
	var b strings.Builder
	for _, group := range alike(plans) {
		b.WriteString(alikeText(group, paint))
		if several {
			b.WriteByte('\n')
		}
	}
	if several {
		b.WriteString(totalText(plans))
	}
	return b.String()
}

func (a *app) paint() painter { return painter{colourful(a.Out, a.getenv)} }
