package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/doctor"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/target"
)

func (a *app) doctorCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "doctor [PROJECT]",
		Short: "Check that everything a build and a deploy need is there",
		Long: `Check everything that a build and a deploy of the project need, and show how to fix problems:

  - the lock file, and whether it is up to date with the project
  - the Lambda runtime, and whether it is deprecated, blocked, or a preview
  - the layer's size against Lambda's limit, counting only the wheels in the cache
  - the cache, and the package indexes with their credentials
  - the AWS identity, the bucket, its region and versioning, and the permissions
  - the tools (uv, pip, Poetry), Python interpreters, and container engines on this
    machine, and which builders would work

doctor changes nothing but the cache. It tests the permissions for deploy, share, prune,
and, if configured, attach with requests that AWS rejects only after checking the
permission, so nothing changes: writes with a condition that no object or function meets,
requests that name a zip or version that does not exist, and a request to set a Systems
Manager parameter to a value that the request itself forbids. The KMS key is tested with a
dry run. Permissions that cannot be tested in this way are marked "not tried".
doctor requests one page from each index. It shows where each credential comes from, but
never the credential.

Each line begins with "ok", "!!" for a problem that makes a deploy fail, "!" for a warning,
or "--" for something missing that this project does not need. The exit status is 0 if
there are no problems, even if there are warnings; otherwise it is the status of the first
problem (see lamella help exit-codes). Results that several layers share are shown once.`,
		Example: `  lamella doctor
  lamella doctor --runtime python3.12 --arch arm64
  lamella doctor --json | jq '.layers[].problems[].message'`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layersToExamine(cmd, &in, args)
			if err != nil {
				return err
			}
			return a.printDoctor(a.client().Doctor(cmd.Context(), layers))
		},
	}
	in.bindQuestion(cmd)
	hide(cmd, buildFlags, []string{"image"}) // doctor builds nothing
	in.selects = true
	in.target = false // layersToExamine chooses a runtime
	rewordTarget(cmd)
	return cmd
}

// layersToExamine returns the layers. If no runtime is set, it uses a suitable one.
func (a *app) layersToExamine(cmd *cobra.Command, in *input, args []string) ([]lamella.Layer, error) {
	layers, err := a.layers(cmd, in, args)
	if err != nil {
		return nil, err
	}
	for i, layer := range layers {
		if layer.Runtime == "" {
			layers[i].Runtime = suggestRuntime(config.ReadProject(layer.Project))
			a.note("no Lambda runtime is configured; checked for %s (choose another one with --runtime)", layers[i].Runtime)
		}
	}
	return layers, nil
}

// printDoctor prints the reports, each finding only once. If there are problems, it returns
// an error that says how many.
func (a *app) printDoctor(outcomes []deploy.Outcome[*doctor.Report]) error {
	text := doctorText{paint: a.paint(), layers: len(outcomes)}
	failed := &errPartly{all: len(outcomes)}
	var rows []output.Row
	for _, o := range outcomes {
		if o.Err != nil {
			return o.Err
		}
		view, lines := a.doctorView(o.Layer, o.Value)
		text.add(o.Layer, lines)
		row := layerRow(o.Layer)
		row.Result = view
		if err := problemsFound(len(view.Problems), o.Value, lines); err != nil {
			row.Error = a.failure(err)
			failed.add(err)
		}
		rows = append(rows, row)
	}
	var err error
	if failed.failed > 0 {
		err = failed
		if failed.all == 1 {
			err = failed.first
		}
	}
	return a.printRows(text.String(), rows, err)
}

// problemsFound returns the error for n problems, or nil if n is 0. Its kind is that of the
// first problem.
func problemsFound(n int, r *doctor.Report, lines []doctorLine) error {
	for _, line := range lines {
		if line.sign != doctorProblem {
			continue
		}
		message := "doctor found a problem"
		if n > 1 {
			message = fmt.Sprintf("doctor found %d problems", n)
		}
		return &fault.Error{Kind: fault.KindOf(line.err), Subject: r.Target.String(), Message: message}
	}
	return nil
}

// doctorView returns the findings in printable form: as JSON, and as lines of text.
func (a *app) doctorView(l lamella.Layer, e *doctor.Report) (output.Doctor, []doctorLine) {
	view := output.Doctor{
		Runtime:        output.DoctorRuntime{Name: e.Target.Runtime, Warning: e.Runtime},
		Lock:           output.DoctorLock{Path: e.Lock, Problem: a.failure(e.LockErr)},
		Size:           output.DoctorSize{Exact: e.Size.Exact, Unzipped: e.Size.Unzipped, Zip: e.Size.Zip, Missing: e.Size.Missing, Limit: target.MaxUnzippedSize, Problem: a.failure(e.SizeErr)},
		Cache:          output.DoctorCache{Path: e.Cache, Problem: a.failure(e.CacheErr)},
		IndexesProblem: a.failure(e.IndexesErr),
		AWS: output.DoctorAWS{Region: e.Destination.Identity.Region, Credentials: e.Destination.Identity.Source,
			Account: e.Destination.Identity.Account, Identity: e.Destination.Identity.ARN, Problem: a.failure(e.Destination.IdentityErr)},
		Destination: output.DoctorDestination{To: e.Destination.To},
		Tools:       a.programViews(e.Tools), Pythons: a.programViews(e.Pythons), Engines: a.programViews(e.Engines)}
	if e.Stale != nil {
		if view.Lock.Warning = a.failure(e.Stale.Fault()); e.Locked {
			view.Lock.Problem, view.Lock.Warning = view.Lock.Warning, nil
		}
	}
	for _, i := range e.Indexes {
		view.Indexes = append(view.Indexes, output.DoctorIndex{Name: i.Name, URL: i.URL, Asked: i.Asked, Credentials: i.From, Problem: a.failure(i.Err)})
	}
	for _, w := range e.Builders {
		view.Builders = append(view.Builders, output.DoctorBuilder{Builder: w.Name, Where: w.Where, Problem: a.failure(w.Err)})
	}
	for _, c := range e.Destination.Checks {
		view.Destination.Checks = append(view.Destination.Checks, output.DoctorCheck{Name: c.Name, Found: c.Found, For: c.For, Untried: c.Untried, Problem: a.failure(c.Err)})
	}
	lines := doctorLines(l, e)
	for _, line := range lines {
		if line.sign == doctorProblem {
			view.Problems = append(view.Problems, *a.failure(line.err))
		}
	}
	return view, lines
}

func (a *app) programViews(programs []doctor.Program) []output.DoctorProgram {
	var views []output.DoctorProgram
	for _, p := range programs {
		views = append(views, output.DoctorProgram{Name: p.Name, Path: p.Path, Version: p.Version, Problem: a.failure(p.Err)})
	}
	return views
}
