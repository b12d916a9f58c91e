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
)

// severalLayers says how to choose, where a command is about one layer.
func severalLayers(cmd *cobra.Command, layers []lamella.Layer) error {
	wrong := &fault.Error{Kind: fault.Usage, Op: cmd.Name(), Subject: "a layer",
		Err: fmt.Errorf("%d are configured, and this is about one at a time", len(layers))}
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
			one += " " + choice.flag + " " + shellWord(value)
		}
	}
	wrong.Hints = []string{one}
	return wrong
}

// finishDeploy ends a command that deployed these, at least one.
func (a *app) finishDeploy(deployments []deploy.Deployed) error {
	left, err := deploy.WriteOutputs(deployments)
	if told := a.tellGitHub(deployments); err == nil {
		err = told
	}
	for _, path := range left {
		a.note("%s is left as it was: not all of its layers were deployed", path)
	}
	var printed error
	switch {
	case len(deployments) > 1:
		printed = a.printDeployed(deployments)
	case deployments[0].Err != nil:
		return deployments[0].Err
	default:
		printed = a.printPublished(deployments[0].Result)
	}
	if printed != nil {
		return printed
	}
	return err
}

// printDeployed prints an ARN for each layer that is where it belongs, and an
// error for each that is not.
func (a *app) printDeployed(deployments []deploy.Deployed) error {
	a.display.Close()
	var arns strings.Builder
	view := output.Deployed{Schema: output.Schema, Layers: []output.DeployedLayer{}}
	var failed []failedLayer
	for _, d := range deployments {
		failed = append(failed, failedLayer{d.Layer, d.Err})
		row := output.DeployedLayer{Name: d.Layer.Name, Target: d.Layer.Target(), Place: d.Layer.Place(), Result: d.Result}
		switch {
		case d.Err != nil:
			failure := failure(d.Err)
			row.Error = &failure
		case d.Result.Published:
			a.note("%s: published version %d: %s", d.Layer, d.Result.Version, d.Result.Reason)
		default:
			a.note("%s: unchanged: %s", d.Layer, d.Result.Reason)
		}
		if d.Result != nil {
			arns.WriteString(escape(d.Result.ARN) + "\n")
		}
		view.Layers = append(view.Layers, row)
	}
	err := a.printFailures(failed)
	return cmp.Or(a.print(arns.String(), view), err)
}
