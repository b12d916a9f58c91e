package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/doctor"
	"github.com/lamella-build/lamella/internal/output"
)

func (a *app) doctorCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "doctor [PROJECT]",
		Short: "Check what a build needs on this machine",
		Long: `Check what a build of the project needs on this machine: the lock file, package indexes
and their credentials, AWS, the tools (uv, pip, Poetry), Python interpreters, container
engines, and which builders would work for the Lambda runtime. For everything that is
missing or does not work, doctor shows how to fix it.

It requests one page from each index. It names the source of each credential, and never
prints a credential. The exit status is 0 whatever it finds. Layers with
the same report are shown once.`,
		Example: `  lamella doctor
  lamella doctor --runtime python3.12 --arch arm64
  lamella doctor --json | jq '.layers[].builders[] | select(.problem == null)'`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			layers, err := a.layersToExamine(cmd, &in, args)
			if err != nil {
				return err
			}
			outcomes := answerEach(cmd.Context(), layers, a.client().Doctor)
			return printAnswers(a, outcomes, report[*doctor.Report]{
				text: func(_ lamella.Layer, e *doctor.Report) string {
					return doctorText(e.Target.String(), doctorView(e), a.paint())
				},
				view: func(_ lamella.Layer, e *doctor.Report) any { return doctorView(e) },
			})
		},
	}
	in.bindQuestion(cmd)
	in.selects = true
	in.target = false // looked for below
	return cmd
}

// layersToExamine are the layers, with a runtime that suits where none is chosen.
func (a *app) layersToExamine(cmd *cobra.Command, in *input, args []string) ([]lamella.Layer, error) {
	layers, err := a.layers(cmd, in, args)
	if err != nil {
		return nil, err
	}
	for i, layer := range layers {
		if layer.Runtime == "" {
			layers[i].Runtime = suggestRuntime(config.ReadProject(layer.Project))
			a.note("no Lambda runtime is chosen; looked for %s: --runtime NAME", layers[i].Runtime)
		}
	}
	return layers, nil
}

// doctorView is what was found as it is printed.
func doctorView(e *doctor.Report) output.Doctor {
	view := output.Doctor{
		Lock: output.DoctorLock{Path: e.Lock, Problem: failure(e.LockErr)}, IndexesProblem: failure(e.IndexesErr),
		AWS:   output.DoctorAWS{Region: e.AWS.Region, Credentials: e.AWS.Source, Problem: failure(e.AWSErr)},
		Tools: programViews(e.Tools), Pythons: programViews(e.Pythons), Engines: programViews(e.Engines)}
	for _, i := range e.Indexes {
		view.Indexes = append(view.Indexes, output.DoctorIndex{Name: i.Name, URL: i.URL, Asked: i.Asked, Credentials: i.From, Problem: failure(i.Err)})
	}
	for _, w := range e.Builders {
		view.Builders = append(view.Builders, output.DoctorBuilder{Builder: w.Name, Where: w.Where, Problem: failure(w.Err)})
	}
	return view
}

func programViews(programs []doctor.Program) []output.DoctorProgram {
	var views []output.DoctorProgram
	for _, p := range programs {
		views = append(views, output.DoctorProgram{Name: p.Name, Path: p.Path, Version: p.Version, Problem: failure(p.Err)})
	}
	return views
}

// doctorText is what was found for people: a section for each kind of thing, a
// line for each thing, and below it what is wrong and what to do.
func doctorText(target string, d output.Doctor, paint painter) string {
	r := &doctorReport{paint: paint}
	r.section("for " + target)
	r.line(d.Lock.Problem, []string{"lock file", orDash(d.Lock.Path)})
	for _, w := range d.Builders {
		r.line(w.Problem, []string{"--builder " + w.Builder, w.Where})
	}
	r.section("indexes")
	if d.IndexesProblem != nil {
		r.line(d.IndexesProblem, []string{"configuration"})
	}
	for _, i := range d.Indexes {
		role := "by the lock file's word alone"
		if i.Asked {
			role = "asked"
		}
		from := "no credentials"
		if i.Credentials != "" {
			from = "credentials from " + i.Credentials
		}
		r.line(i.Problem, []string{orDash(i.Name), orDash(i.URL), role, from})
	}
	r.section("AWS")
	r.line(d.AWS.Problem, []string{"region " + orDash(d.AWS.Region), "credentials " + orDash(d.AWS.Credentials)})
	for _, kind := range []struct {
		title    string
		programs []output.DoctorProgram
	}{{"tools", d.Tools}, {"Pythons", d.Pythons}, {"container engines", d.Engines}} {
		r.section(kind.title)
		for _, p := range kind.programs {
			if p.Path == "" { // that is no fault; what needs it says how to get it
				r.absent(p.Name)
				continue
			}
			r.line(p.Problem, []string{p.Name, orDash(p.Version), orDash(p.Path)})
		}
	}
	return r.text()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return escape(s)
}

// doctorReport is the text of a report that is being made.
type doctorReport struct {
	paint painter
	b     strings.Builder
	rows  [][]string
	below [][]string // what stands below each row
}

func (r *doctorReport) section(title string) {
	r.flush()
	fmt.Fprintf(&r.b, "%s\n", title)
}

// line adds a thing that is fine, or has a problem.
func (r *doctorReport) line(p *output.Error, cells []string) {
	sign, below := "ok", []string(nil)
	if p != nil {
		sign = "--"
		below = append(below, p.Message)
		below = append(below, p.Details...)
		for _, hint := range p.Hints {
			below = append(below, "hint: "+hint)
		}
	}
	r.rows = append(r.rows, append([]string{sign}, cells...))
	r.below = append(r.below, below)
}

// absent adds a thing that is not there.
func (r *doctorReport) absent(name string) {
	r.rows = append(r.rows, []string{"--", name, "not installed"})
	r.below = append(r.below, nil)
}

// flush writes the lines of a section, in columns.
func (r *doctorReport) flush() {
	if r.rows == nil {
		return
	}
	lines := strings.Split(strings.TrimSuffix(table(r.rows, -1), "\n"), "\n")
	for i, line := range lines {
		sign, rest := line[:2], line[2:]
		if r.rows[i][0] == "ok" {
			sign = r.paint.green(sign)
		} else {
			sign = r.paint.yellow(sign)
		}
		fmt.Fprintf(&r.b, "  %s%s\n", sign, rest)
		for _, text := range r.below[i] {
			fmt.Fprintf(&r.b, "       %s\n", escape(text))
		}
	}
	r.rows, r.below = nil, nil
}

func (r *doctorReport) text() string {
	r.flush()
	return r.b.String()
}
