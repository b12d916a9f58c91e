package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// print writes the result of a command to stdout: as JSON if that was asked
// for, otherwise text. Progress ends before it.
func (a *app) print(text string, v any) error {
	a.display.Close()
	if a.json {
		return a.writeJSON(v)
	}
	_, err := io.WriteString(a.Out, text)
	return outputFault(err)
}

// printGaps prints a result in which err is told, as some of it could not be had, and
// returns err.
func (a *app) printGaps(text string, v any, err error) error {
	if printErr := a.print(text, v); printErr != nil {
		return printErr
	}
	return errInResult{err}
}

func (a *app) writeJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(a.Out, escapeJSON(b.String()))
	return outputFault(err)
}

func outputFault(err error) error {
	if err == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Machine, Op: "write", Subject: "standard output", Err: err}
}

// note says something about the result on stderr, unless --quiet forbids it.
func (a *app) note(format string, args ...any) {
	a.display.Close()
	a.display.Event(event.Event{Kind: event.Note, Message: fmt.Sprintf(format, args...)})
}

// printBuilt prints the path of a zip, and on stderr what is in it.
func (a *app) printBuilt(b *project.Zip) error {
	for _, l := range b.LeftOut {
		a.note("left out: %s", leftOutText(l))
	}
	a.note("%s, %s, %s unzipped", plural(b.Entries, "file"), formatBytes(b.Size), formatBytes(b.Unzipped))
	return a.print(b.Path+"\n", output.Built{
		Schema: output.Schema, Layer: layerOf(b), Path: b.Path, SHA256: b.SHA256,
	})
}

// printPublished prints the ARN, and on stderr whether it is new and why.
func (a *app) printPublished(r *publish.Result) error {
	for _, n := range r.Notes {
		a.note("note: %s", n)
	}
	if r.Published {
		a.note("published version %d: %s", r.Version, r.Reason)
	} else {
		a.note("unchanged: %s", r.Reason)
	}
	return a.print(escape(r.ARN)+"\n", output.Published{Schema: output.Schema, Result: *r})
}

// layerOf returns what is in b for JSON, where a list is never null.
func layerOf(b *project.Zip) output.Layer {
	l := output.Layer{
		Inputs: string(b.Inputs), Size: b.Size, Unzipped: b.Unzipped, Limit: target.MaxUnzippedSize, Entries: b.Entries,
		Packages: append([]publish.Package{}, b.Distributions...),
		LeftOut:  []output.LeftOut{}, AlsoFits: []string{},
	}
	if b.Target != (target.Target{}) {
		l.Target = b.Target.String()
	}
	for _, out := range b.LeftOut {
		l.LeftOut = append(l.LeftOut, output.LeftOut(out))
	}
	for _, t := range b.AlsoFits {
		l.AlsoFits = append(l.AlsoFits, t.String())
	}
	return l
}

// leftOutText says what an exclude saved. A distribution that is left out is not
// fetched, so that only one that is in the cache from before can be measured.
func leftOutText(l project.LeftOut) string {
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
	return fmt.Sprintf("%s matches %s, %s", escape(l.Exclude), plural(l.Files, "file"), formatBytes(l.Bytes))
}
