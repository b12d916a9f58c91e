package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
)

// pick keeps the variants of the layers by these names; all if none are given.
func pick(variants []config.Variant, names []string) ([]config.Variant, error) {
	if len(names) == 0 {
		return variants, nil
	}
	var known []string
	for _, v := range variants {
		if !slices.Contains(known, v.Settings.Name) {
			known = append(known, v.Settings.Name)
		}
	}
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		wrong := fmt.Errorf("no layer is called %q", name)
		if nearest := config.Nearest(name, known); nearest != "" {
			wrong = fmt.Errorf("%w; did you mean %q?", wrong, nearest)
		}
		return nil, &fault.Error{Kind: fault.Usage, Op: "use", Subject: "--layer", Err: wrong,
			Hints: []string{"the layers are " + strings.Join(known, ", ")}}
	}
	return slices.DeleteFunc(variants, func(v config.Variant) bool { return !slices.Contains(names, v.Settings.Name) }), nil
}

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
	partly := &errPartly{all: len(deployments)}
	for _, d := range deployments {
		row := output.DeployedLayer{Name: d.Layer.Name, Target: d.Layer.Target(), Place: d.Layer.Place(), Result: d.Result}
		switch {
		case d.Err != nil:
			failure := failure(d.Err)
			row.Error = &failure
			partly.add(d.Err)
			a.printError(fmt.Errorf("%s: %w", d.Layer, d.Err))
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
	if err := a.print(arns.String(), view); err != nil {
		return err
	}
	return partly.orNil()
}
