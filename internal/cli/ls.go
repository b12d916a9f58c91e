package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/store"
)

func (a *app) lsCommand() *cobra.Command {
	var in input
	var all bool
	cmd := &cobra.Command{
		Use:   "ls [PROJECT]",
		Short: "List the layers and where they are published",
		Long: `List every configured layer in every destination, with its latest version, the number of
versions, how many function versions use the latest version and how many use older ones,
and one of these states:

  current           the latest version matches the lock file
  behind            the lock file has changed since the latest version
  never published   the layer has no versions
  foreign           another tool published the latest version
  unknown           the project has no lock file, or no runtime is configured

After rollback --hold, "held" follows the state: deploy does not publish the layer until
you run lamella release.

A layer that is the same in several regions or accounts is shown on one line.`,
		Example: `  lamella ls
  lamella ls --region 'eu-*' --json | jq '.layers[] | select(.state == "behind")'
  lamella ls --all`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := a.list(cmd, &in, args, all)
			return err
		},
	}
	in.bindVersions(cmd, "lock")
	show(cmd, parameterFlags)
	reword(cmd, "lock", "to build from", "to compare with")
	cmd.Flags().BoolVar(&all, "all", false, "also list layers that are not configured, in the same accounts and regions")
	return cmd
}

func (a *app) statusCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "status [PROJECT]",
		Short: "Check that every layer is up to date",
		Long: `Print the same list as lamella ls, and exit with 0 if every layer is current, or with 2
if any is not. Usage errors exit with 1 instead of 2.`,
		Example: `  lamella status || echo "run: lamella deploy"
  lamella status --layer web --region us-east-1`,
		Args:              atMost(1),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			settled, err := a.list(cmd, &in, args, false)
			if err == nil && !settled {
				return errPending
			}
			return err
		},
	}
	in.bindVersions(cmd, "lock")
	show(cmd, parameterFlags)
	reword(cmd, "lock", "to build from", "to compare with")
	return cmd
}

// list prints the state of the chosen layers, and reports whether all are up to date.
func (a *app) list(cmd *cobra.Command, in *input, args []string, all bool) (settled bool, err error) {
	layers, err := a.layers(cmd, in, args)
	if err != nil {
		return false, err
	}
	if all {
		if layers, err = a.client().Everything(cmd.Context(), layers); err != nil {
			return false, err
		}
	}
	outcomes := a.client().Status(cmd.Context(), layers)
	settled = true
	var rows []output.Row
	for _, o := range outcomes {
		row := layerRow(o.Layer)
		if row.Error = a.failure(o.Err); o.Err == nil {
			row.Result = o.Value
			settled = settled && o.Value.State.Settled()
		}
		rows = append(rows, row)
	}
	a.noteStatus(outcomes)
	return settled, a.printRows(listText(outcomes, time.Now(), a.paint()), rows, failures(a, outcomes))
}

// noteStatus prints, once each, the notes that have no column in the table.
func (a *app) noteStatus(outcomes []deploy.Outcome[*deploy.Status]) {
	var told []string
	tell := func(text string) {
		if !slices.Contains(told, text) {
			told = append(told, text)
			a.note("%s", text)
		}
	}
	for _, o := range outcomes {
		if o.Err != nil {
			continue
		}
		for _, n := range o.Value.Notes {
			tell("note: " + n)
		}
		if h := o.Value.Held; h != nil {
			tell(fmt.Sprintf("note: %s; to publish it again, run: lamella release --layer %s", h, shell.Quote(h.Layer)))
		}
	}
}

// listText returns the table as text, with a line for each group of equal rows.
func listText(outcomes []deploy.Outcome[*deploy.Status], now time.Time, paint painter) string {
	var known []deploy.Outcome[*deploy.Status]
	parameters := false
	for _, o := range outcomes {
		if o.Err == nil {
			known = append(known, o)
			parameters = parameters || o.Value.Parameter != ""
		}
	}
	if len(known) == 0 {
		return ""
	}
	lines := [][]string{{"LAYER", "TARGET", "VERSION", "AGE", "SIZE", "KEPT", "USED NEW/OLD", "STATE", "PARAMETER", "PLACES"}}
	for _, group := range groupBy(known, func(o deploy.Outcome[*deploy.Status]) string { return strings.Join(listCells(o.Value, now), "\n") }) {
		var places []string
		for _, o := range group {
			places = append(places, placeText(o))
		}
		lines = append(lines, append(listCells(group[0].Value, now), strings.Join(places, ", ")))
	}
	if !parameters {
		for i := range lines {
			lines[i] = slices.Delete(lines[i], 8, 9)
		}
	}
	return tableText(lines, 7, func(state string) string {
		switch state := strings.TrimSpace(state); {
		case strings.HasPrefix(state, "current"):
			return paint.green(state)
		case state == "STATE":
			return state
		}
		return paint.yellow(state)
	})
}

// placeText returns the name of a layer's place in a list.
func placeText(o deploy.Outcome[*deploy.Status]) string {
	arn, _ := store.ParseARN(o.Value.ARN)
	if o.Layer.IsLocal() {
		arn.Region = o.Layer.To
	}
	return escape(cmp.Or(o.Layer.Place(), arn.Region, o.Layer.To))
}

// listCells returns the cells of a row, without the place.
func listCells(s *deploy.Status, now time.Time) []string {
	state := string(s.State)
	if s.Held != nil {
		state += ", held"
	}
	if s.Version == 0 {
		return []string{escape(s.Layer), orDash(s.Target), "-", "-", "-", "-", "-", state, parameterText(s)}
	}
	size, users := "-", "?"
	if s.Size > 0 {
		size = formatBytes(s.Size)
	}
	if s.Users != nil {
		users = fmt.Sprintf("%d / %d", len(s.Users.Newest), len(s.Users.Older))
	}
	return []string{escape(s.Layer), orDash(escape(s.Target)), fmt.Sprint(s.Version), ageText(now.Sub(s.Created)), size, fmt.Sprint(s.Kept), users, state, parameterText(s)}
}

func parameterText(s *deploy.Status) string {
	switch {
	case s.Parameter == "":
		return "-"
	case s.ParameterCurrent:
		return "current"
	}
	return "behind"
}

// ageText returns how long ago something was, such as "5 min", "3 h", or "12 d".
func ageText(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", max(0, int(d.Minutes())))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// tableText aligns columns and wraps the last one. It colours the cells of the column
// painted with paint.
func tableText(lines [][]string, painted int, paint func(string) string) string {
	const last = 60
	widths := make([]int, len(lines[0])-1)
	for _, line := range lines {
		for i := range widths {
			widths[i] = max(widths[i], len([]rune(line[i])))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		indent := 0
		for i, width := range widths {
			cell := line[i]
			if i == painted {
				cell = paint(cell)
			}
			b.WriteString(cell + strings.Repeat(" ", width-len([]rune(line[i]))+2))
			indent += width + 2
		}
		for i, part := range wrapList(strings.Split(line[len(widths)], ", "), last) {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", indent))
			}
			b.WriteString(part + "\n")
		}
	}
	return b.String()
}
