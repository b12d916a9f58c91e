package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
)

// severalLayers returns an error that says how to choose a layer, for a command about one.
func severalLayers(cmd *cobra.Command, layers []lamella.Layer) error {
	command := cmd.CommandPath()
	if cmd.Flags().Changed("format") { // without this flag, the command shows all layers
		command += " --format"
	}
	wrong := &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf("%s works on one layer at a time, but %d are configured", command, len(layers))}
	const most = 10
	for i, l := range layers {
		if i == most {
			wrong.Details = append(wrong.Details, fmt.Sprintf("… and %d more", len(layers)-most))
			break
		}
		wrong.Details = append(wrong.Details, l.String())
	}
	one := cmd.CommandPath()
	for _, choice := range []struct {
		flag string
		of   func(lamella.Layer) string
	}{
		{"--layer", func(l lamella.Layer) string { return l.Name }},
		{"--region", func(l lamella.Layer) string { return l.Region }},
		{"--profile", func(l lamella.Layer) string { return l.Profile }},
		{"--role-arn", func(l lamella.Layer) string { return l.RoleARN }},
	} {
		value := choice.of(layers[0])
		if value != "" && slices.ContainsFunc(layers, func(l lamella.Layer) bool { return choice.of(l) != value }) {
			one += " " + choice.flag + " " + shell.Quote(value)
		}
	}
	wrong.Hints = []string{"choose a layer: " + one}
	return wrong
}

// finishDeploy ends a command that deployed layers; there must be at least one. It calls
// then before it prints the result.
func (a *app) finishDeploy(deployments []deploy.Deployed, then func()) error {
	var left []string
	var err error
	if a.shard.Whole() {
		left, err = deploy.WriteOutputs(deployments)
	} else if slices.ContainsFunc(deployments, func(d deploy.Deployed) bool { return len(d.Layer.Outputs) > 0 }) {
		a.note("note: outputs are not written with --shard; to write them, run lamella deploy after all shards have finished")
	}
	if told := a.tellGitHub(deployments); err == nil {
		err = told
	}
	for _, path := range left {
		a.note("kept %s unchanged because not all of its layers were deployed", path)
	}
	then()
	return cmp.Or(a.printDeployed(deployments), err)
}

// printDeployed prints an ARN for each layer that was deployed and, if there are several
// layers, the errors of the others.
func (a *app) printDeployed(deployments []deploy.Deployed) error {
	a.display.Close()
	var arns strings.Builder
	var rows []output.Row
	failed := failedLayers{of: len(deployments)}
	for _, d := range deployments {
		row := layerRow(d.Layer)
		row.Error = a.failure(d.Err)
		failed.add(d.Layer, d.Err)
		if d.Result != nil {
			row.Result = d.Result
			arns.WriteString(escape(d.Result.ARN) + "\n")
			if len(deployments) > 1 {
				for _, w := range d.Result.Warnings {
					a.warn("%s: %s", d.Layer, w)
				}
				a.note("%s: %s", d.Layer, outcomeLine(d.Result))
			} else {
				a.noteOutcome(d.Result)
			}
		}
		if a.json {
			rows = append(rows, row)
		}
	}
	err := a.printFailures(failed, true)
	return a.printRows(arns.String(), rows, err)
}
