package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// print writes a command's result for its only layer.
func (a *app) print(text string, result any) error { return a.printWith(nil, text, result) }

// printWith is like print, for a result that is incomplete because of err. It returns err.
func (a *app) printWith(err error, text string, result any) error {
	layer := output.Row{}
	if len(a.about) > 0 {
		layer = a.about[0]
	}
	layer.Result, layer.Error = result, a.failure(err)
	return a.printDocument(err, text, output.Document{Layers: []output.Row{layer}})
}

// printResult writes a result that is not about individual layers.
func (a *app) printResult(text string, result any) error {
	return a.printDocument(nil, text, output.Document{Layers: a.about, Result: result})
}

// printDocument ends the progress display and writes to stdout: d as JSON with --json, and
// otherwise text. It returns err, which is the reason why d is incomplete.
func (a *app) printDocument(err error, text string, d output.Document) error {
	a.display.Close()
	if !a.json {
		return cmp.Or(a.writeText(text), err)
	}
	if d.Error = a.failure(err); err != nil {
		d.Error.ExitStatus = a.statusOf(err)
		err = errInResult{err}
	}
	return cmp.Or(a.writeJSON(d), err)
}

func (a *app) writeText(text string) error {
	_, err := io.WriteString(a.Out, text)
	return outputFault(err)
}

func (a *app) writeJSON(d output.Document) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return err
	}
	_, err := io.WriteString(a.Out, escapeJSON(b.String()))
	return outputFault(err)
}

func outputFault(err error) error {
	if err == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Machine, Message: "cannot write to standard output", Err: err}
}

// note prints a note about the result to stderr, unless --quiet is set.
func (a *app) note(format string, args ...any) {
	a.display.Close()
	a.display.Event(event.Event{Kind: event.Note, Message: fmt.Sprintf(format, args...)})
}

// warn prints a warning about what the result may break to stderr, unless --quiet is set.
func (a *app) warn(format string, args ...any) {
	a.display.Close()
	a.display.Event(event.Event{Kind: event.Warn, Message: fmt.Sprintf(format, args...)})
}

// printBuilt prints the path of a zip and, on stderr, what the zip contains.
func (a *app) printBuilt(b *project.Zip) error {
	for _, l := range b.LeftOut {
		a.note("left out: %s", leftOutText(l))
	}
	a.note("%s, %s, %s unzipped", number.Count(b.Entries, "file"), formatBytes(b.Size), formatBytes(b.Unzipped))
	return a.print(b.Path+"\n", output.Built{Contents: contents(b), Path: b.Path, SHA256: b.SHA256})
}

// printPublished prints the ARN and, on stderr, whether the version is new and why.
func (a *app) printPublished(r *publish.Result) error {
	a.noteOutcome(r)
	return a.print(escape(r.ARN)+"\n", r)
}

// noteOutcome prints to stderr what publishing did.
func (a *app) noteOutcome(r *publish.Result) {
	for _, w := range r.Warnings {
		a.warn("%s", w)
	}
	for _, n := range r.Notes {
		a.note("note: %s", n)
	}
	a.note("%s", outcomeLine(r))
}

// outcomeLine describes in one line what publishing did.
func outcomeLine(r *publish.Result) string {
	switch {
	case r.Outcome == publish.First:
		return fmt.Sprintf("published version %d%s", r.Version, sentText(r.Upload))
	case r.Outcome == publish.Forced:
		return fmt.Sprintf("published version %d (--force)%s", r.Version, sentText(r.Upload))
	case r.Published:
		return fmt.Sprintf("published version %d: %s%s", r.Version, r.Reason, sentText(r.Upload))
	case r.Outcome == publish.Unchanged:
		return fmt.Sprintf("unchanged since version %d", r.Version)
	}
	return fmt.Sprintf("unchanged since version %d: %s", r.Version, r.Reason)
}

// sentText returns a text such as " (sent 6.1 of 76.3 MB)", or "" if S3 copied nothing or
// everything.
func sentText(t *publish.Transfer) string {
	if t == nil || t.Send == 0 || t.Send == t.Total {
		return ""
	}
	return " (sent " + formatOf(t.Send, t.Total) + ")"
}

// contents describes what b contains.
func contents(b *project.Zip) output.Contents {
	l := output.Contents{
		Inputs: string(b.Inputs), Size: b.Size, Unzipped: b.Unzipped, Limit: target.MaxUnzippedSize, Entries: b.Entries,
		Packages: b.Distributions, Bytecode: b.Bytecode, LeftOut: b.LeftOut, Advice: b.Advice,
	}
	for _, t := range b.AlsoFits {
		l.AlsoFits = append(l.AlsoFits, t.String())
	}
	return l
}

// adviceText describes what would make a layer smaller. It returns a row for each advice,
// and then the line for the configuration.
func adviceText(list []project.Advice) string {
	var b strings.Builder
	var excludes, rules []string
	for _, a := range list {
		text := fmt.Sprintf("%s of %s", formatBytes(a.Bytes), a.Kind)
		if a.Kind == "sdk" {
			text = fmt.Sprintf("%s that the runtime already provides: %s", formatBytes(a.Bytes), strings.Join(a.Names, ", "))
		}
		row(&b, "can save", escape(text))
		for _, e := range a.Exclude {
			excludes = append(excludes, strconv.Quote(e))
		}
		if a.Slim != "" {
			rules = append(rules, strconv.Quote(a.Slim))
		}
	}
	if len(excludes) > 0 {
		row(&b, "", escape("exclude = ["+strings.Join(excludes, ", ")+"]"))
	}
	if len(rules) > 0 {
		row(&b, "", escape("slim = ["+strings.Join(rules, ", ")+"]"))
	}
	return b.String()
}

// leftOutText describes what an exclude saved. A distribution that is left out is not
// downloaded, so its size is known only if it is already in the cache.
func leftOutText(l project.LeftOut) string {
	if rule, ok := strings.CutPrefix(l.Exclude, "slim "); ok {
		return fmt.Sprintf("%s (--slim), %s, %s", rule, number.Count(l.Files, "file"), formatBytes(l.Bytes))
	}
	if l.Exclude == project.LeftOutByStrip {
		return fmt.Sprintf("debug information and symbols (--strip), %s, %s", number.Count(l.Files, "file"), formatBytes(l.Bytes))
	}
	switch pattern := strings.ContainsAny(l.Exclude, `/\*?`); {
	case !pattern && l.Bytes > 0:
		return escape(l.Exclude) + ", " + formatBytes(l.Bytes)
	case !pattern && l.Wheel > 0:
		return escape(l.Exclude) + ", a wheel of " + formatBytes(l.Wheel)
	case !pattern:
		return escape(l.Exclude)
	case l.Files == 0:
		return escape(l.Exclude) + " matches nothing"
	}
	return fmt.Sprintf("%s, %s, %s", escape(l.Exclude), number.Count(l.Files, "file"), formatBytes(l.Bytes))
}
