package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// planned is a plan in printable form, from which both JSON and text are made.
type planned struct {
	output.Planned
	Name, Target, Place string // of the layer
}

func (a *app) planView(layer lamella.Layer, p *deploy.Plan) *planned {
	return &planned{a.plannedJSON(layer, p), layer.Name, layer.Target(), layer.Place()}
}

func (a *app) plannedJSON(layer lamella.Layer, p *deploy.Plan) output.Planned {
	view := output.Planned{
		Destination: a.destination(layer), Outcome: p.Outcome, Publishes: p.Outcome.Publishes(), Reason: p.Reason,
		Warnings: p.Warnings, Notes: p.Notes, Share: p.Share, Changes: p.Changes, Parameter: p.Parameter, Upload: p.Upload,
	}
	if p.Held != nil {
		view.Notes = append(slices.Clip(view.Notes), p.Held.String()+"; deploy does not publish it until you run lamella release")
	}
	for _, d := range p.Unhashed {
		view.Unhashed = append(view.Unhashed, output.Unhashed{Name: d.Name, Version: d.Version, Where: d.Where, File: d.File.Name, Hash: string(d.Hash), Add: d.Add})
	}
	for _, g := range p.Gaps {
		view.Gaps = append(view.Gaps, output.Gap{Name: g.Name, Version: g.Version, RequiredBy: g.RequiredBy, Reason: g.Reason})
	}
	if p.Latest != nil {
		view.Latest = &output.LatestVersion{Version: p.Latest.Version, ARN: p.Latest.ARN}
	}
	if p.Zip != nil {
		content := contents(p.Zip)
		view.Content = &content
		if p.Latest == nil { // everything is new
			view.Changes = publish.Compare(nil, content.Packages)
		}
	}
	return view
}

// destination returns where the layer is deployed to, with the known placeholders filled in.
func (a *app) destination(layer lamella.Layer) string {
	to, err := layer.Fill("to", layer.To, a.env(), func() (string, error) { return "", errors.New("it is not known") })
	if err != nil {
		return layer.To
	}
	return to
}

// planText returns the plan as text.
func planText(p *planned, paint painter) string {
	var b strings.Builder
	row(&b, "layer", escape(p.Name))
	row(&b, "target", escape(p.Target))
	row(&b, "destination", escape(p.Destination))
	if p.Place != "" {
		row(&b, "in", escape(p.Place))
	}
	if p.Latest == nil {
		row(&b, "latest", "none")
	} else {
		row(&b, "latest", fmt.Sprintf("version %d", p.Latest.Version))
	}
	row(&b, "outcome", outcomeText(p, paint))
	b.WriteString(detailText(p, paint))
	return b.String()
}

// row writes one line of a plan.
func row(b *strings.Builder, name, value string) { fmt.Fprintf(b, "%-14s %s\n", name, value) }

// detailText returns what follows the outcome: whom the version is shared with, what
// changes, and what it contains.
func detailText(p *planned, paint painter) string {
	var b strings.Builder
	if len(p.Share) > 0 {
		row(&b, "share with", escape(principalsText(p.Share)))
	}
	if p.Parameter != "" {
		row(&b, "parameter", escape(p.Parameter)+" gets the ARN")
	}
	for _, w := range p.Warnings {
		row(&b, "warning", paint.yellow(escape(w)))
	}
	for _, n := range p.Notes {
		row(&b, "note", escape(n))
	}
	if len(p.Changes) > 0 {
		b.WriteByte('\n')
		b.WriteString(changesText(p.Changes, paint))
	}
	if len(p.Gaps) > 0 {
		b.WriteByte('\n')
		b.WriteString(gapsText(p.Gaps, paint))
	}
	if p.Content != nil {
		b.WriteByte('\n')
		b.WriteString(contentText(p.Target, p.Content))
	}
	if p.Upload != nil {
		row(&b, "upload", uploadText(*p.Upload))
	}
	if len(p.Unhashed) > 0 {
		b.WriteByte('\n')
		b.WriteString(unhashedText(p.Unhashed, paint))
	}
	return b.String()
}

// uploadText returns a text such as "6.1 of 76.3 MB to send".
func uploadText(t publish.Transfer) string {
	switch t.Send {
	case 0:
		return "nothing to send: the zip is already there"
	case t.Total:
		return formatBytes(t.Total) + " to send"
	}
	return formatOf(t.Send, t.Total) + " to send"
}

// gapsText returns a line for each distribution that cannot be installed.
func gapsText(gaps []output.Gap, paint painter) string {
	rows := make([][]string, len(gaps))
	for i, g := range gaps {
		rows[i] = []string{"  " + paint.red("!"), escape(g.Name), escape(g.Version), "cannot be installed"}
	}
	return table(rows, -1)
}

// unhashedText returns a line for each hash that is missing in the lock file, to be pasted
// there.
func unhashedText(list []output.Unhashed, paint painter) string {
	rows := make([][]string, len(list))
	for i, u := range list {
		rows[i] = []string{"  " + escape(u.Where), escape(u.Name), escape(u.Version), escape(u.Add)}
	}
	return paint.yellow("no hash") + fmt.Sprintf("        the lock file has no hash for %s; to lock the current files, add:\n", number.Count(len(list), "distribution")) + table(rows, -1)
}

func outcomeText(p *planned, paint painter) string {
	if p.Publishes {
		next := "a new version"
		if p.Latest == nil {
			next = "version 1"
		}
		return paint.green("publish "+next) + ": " + escape(p.Reason)
	}
	if p.Outcome == publish.Blocked {
		return paint.red("blocked") + ": " + escape(p.Reason)
	}
	return "unchanged: " + escape(p.Reason)
}

// contentText describes what the layer would contain.
func contentText(target string, l *output.Contents) string {
	var b strings.Builder
	row := func(name, value string) { row(&b, name, value) }
	row("contains", fmt.Sprintf("%s, %s", number.Count(len(l.Packages), "distribution"), number.Count(l.Entries, "file")))
	row("unzipped", fmt.Sprintf("%s of %s bytes (%.0f %%)",
		number.Group(l.Unzipped), number.Group(l.Limit), 100*float64(l.Unzipped)/float64(l.Limit)))
	if l.Size > 0 {
		row("zip", formatBytes(l.Size))
	}
	if l.Bytecode.Python != "" {
		row("bytecode", fmt.Sprintf("%s, %s, by Python %s", number.Count(l.Bytecode.Files, "file"), formatBytes(l.Bytecode.Bytes), l.Bytecode.Python))
	}
	for _, out := range l.LeftOut {
		row("left out", leftOutText(out))
	}
	b.WriteString(adviceText(l.Advice))
	if len(l.AlsoFits) > 0 {
		row("would also fit", spans(append([]string{target}, l.AlsoFits...)))
	}
	return b.String()
}

// changesText returns a line for each change, in columns.
func changesText(changes []publish.Change, paint painter) string {
	var width int
	for _, c := range changes {
		width = max(width, len(escape(c.Name)))
	}
	var b strings.Builder
	for _, c := range changes {
		name := fmt.Sprintf("%-*s", width, escape(c.Name))
		switch {
		case c.Old == nil && c.New == nil: // only the name is known
			fmt.Fprintf(&b, "  ~ %s\n", name)
		case c.Old == nil:
			fmt.Fprintf(&b, "  %s\n", paint.green("+ "+name+"  "+escape(c.New.Version)+sizeText(c.New.Size, false)))
		case c.New == nil:
			fmt.Fprintf(&b, "  %s\n", paint.red("− "+name+"  "+escape(c.Old.Version)+sizeText(-c.Old.Size, false)))
		default:
			versions := escape(c.Old.Version) + " → " + escape(c.New.Version)
			if c.Old.Version == c.New.Version {
				versions = escape(c.New.Version) + ", from a different file"
			}
			grown := ""
			if c.Old.Size > 0 && c.New.Size > 0 {
				grown = sizeText(c.New.Size-c.Old.Size, true)
			}
			fmt.Fprintf(&b, "  %s\n", paint.yellow("~ "+name+"  "+versions+grown))
		}
	}
	return b.String()
}

// sizeText returns a size to print after a version, or "" if n is 0 and not a difference. A
// difference has a sign.
func sizeText(n int64, difference bool) string {
	if n == 0 && !difference {
		return ""
	}
	sign := ""
	switch {
	case n < 0:
		sign, n = "−", -n
	case difference:
		sign = "+"
	}
	return "  " + sign + formatBytes(n)
}

// spans shortens a list of targets: consecutive runtimes become a span such as "python3.9 …
// python3.15". Each set of architectures has its own spans.
func spans(targets []string) string {
	architectures := func(runtime string) string {
		var fit []string
		for _, arch := range target.Architectures() {
			if slices.Contains(targets, runtime+"/"+arch) {
				fit = append(fit, arch)
			}
		}
		return strings.Join(fit, ", ")
	}
	var parts []string
	known := target.Runtimes()
	for first := 0; first < len(known); {
		fit, next := architectures(known[first]), first+1
		for next < len(known) && architectures(known[next]) == fit {
			next++
		}
		if fit != "" {
			span := known[first]
			if last := known[next-1]; last != span {
				span += " … " + last
			}
			parts = append(parts, span+" ("+fit+")")
		}
		first = next
	}
	return strings.Join(parts, "; ")
}
