package cli

import (
	"cmp"
	"fmt"
	"os"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/shard"
)

func (a *app) applyCommand() *cobra.Command {
	var part string
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Carry out a saved plan exactly, or change nothing",
		Long: `Carry out a plan that lamella plan --output saved. If anything has changed since the
plan was made, apply changes nothing and lists the differences: a version published or
deleted, a different lock file, different bytes in a zip, a different account.

The settings come from the plan. Relative paths in it are relative to the current folder,
so run apply in the folder where you ran plan. From the project's configuration, apply
reads only the credentials of package indexes. If a run is interrupted, run the same
command again to finish it.

To split a plan between several jobs, give each its own --shard.`,
		Example: `  lamella plan -o plan.json
  lamella apply plan.json`,
		Args: exactly("PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, err := a.client().ReadPlanFile(args[0])
			if err != nil {
				return err
			}
			if err := projectsAreHere(plan); err != nil {
				return err
			}
			if err := a.readShard(part); err != nil {
				return err
			}
			a.takeShard(plan)
			urls, err := a.indexURLs(plan)
			if err != nil {
				return err
			}
			plan.RestoreCredentials(urls)
			if err := a.checkGitHub(); err != nil {
				return err
			}
			deployments, err := a.client().Apply(cmd.Context(), plan)
			if err != nil {
				return err
			}
			return a.finishDeploy(deployments, func() {})
		},
	}
	bindShard(cmd, &part)
	return cmd
}

// takeShard keeps only this shard's part of a plan. Only that part is compared with the
// current state, so the work of other shards does not count as a change.
func (a *app) takeShard(plan *deploy.PlanFile) {
	if a.shard.Whole() {
		return
	}
	all := len(plan.Layers)
	plan.Layers = shard.Slice(a.shard, plan.Layers, func(l deploy.PlannedLayer) string { return layerKey(l.Layer) })
	a.note("shard %d of %d: %d of %s", a.shard.K, a.shard.N, len(plan.Layers), number.Count(all, "layer"))
}

// projectsAreHere rejects a plan if its projects cannot be found: their paths are relative
// to the folder in which plan was run.
func projectsAreHere(plan *deploy.PlanFile) error {
	for _, l := range plan.Layers {
		if info, err := os.Stat(cmp.Or(l.Layer.Project, ".")); err != nil || !info.IsDir() {
			return usageError(l.Layer.Project, fmt.Sprintf("the plan is for project %s, which does not exist in this folder", l.Layer.Project),
				"run it in the folder where you ran lamella plan: cd FOLDER && lamella apply PLAN")
		}
	}
	return nil
}

// indexURLs returns the URLs that the environment and the projects of a plan configure. They
// may contain credentials, which the plan does not.
func (a *app) indexURLs(plan *deploy.PlanFile) ([]string, error) {
	env, err := config.FromEnv(a.LookupEnv)
	if err != nil {
		return nil, err
	}
	all := []config.Settings{env.Settings}
	read := map[string]bool{}
	for _, l := range plan.Layers {
		if read[l.Layer.Project] {
			continue
		}
		read[l.Layer.Project] = true
		file, err := config.Read(l.Layer.Project)
		if err != nil {
			return nil, err
		}
		all = append(append(all, file.Settings), file.Settings.Layer...)
	}
	var urls []string
	for _, s := range all {
		urls = append(append(urls, s.IndexURL), s.FindLinks...)
		for _, i := range s.Index {
			urls = append(urls, i.URL)
		}
	}
	return urls, nil
}
