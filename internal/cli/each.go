package cli

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/output"
)

// report says how a command reports the result for a layer.
type report[T any] struct {
	text func(lamella.Layer, T) string // result as text
	view func(lamella.Layer, T) any    // result as JSON
	// known reports whether a value that came with an error is still worth showing. If known
	// is nil, it never is.
	known func(T) bool
}

// printEach prints the results of a command for each layer. Layers with the same result are
// printed as one block, and errors with the same cause as one error. It returns the error of
// a single layer, or an error that says how many layers failed.
func printEach[T any](a *app, outcomes []deploy.Outcome[T], r report[T]) error {
	var rows []output.Row
	var blocks []block
	for _, o := range outcomes {
		row := layerRow(o.Layer)
		if row.Error = a.failure(o.Err); o.Err == nil || r.known != nil && r.known(o.Value) {
			row.Result = r.view(o.Layer, o.Value)
			blocks = append(blocks, block{o.Layer, r.text(o.Layer, o.Value)})
		}
		rows = append(rows, row)
	}
	return a.printRows(blocksText(blocks, len(outcomes) > 1), rows, failures(a, outcomes))
}

// printRows writes the result of a command about layers. It returns err, which is the reason
// why part of the result is missing.
func (a *app) printRows(text string, rows []output.Row, err error) error {
	return a.printDocument(err, text, output.Document{Layers: rows})
}

func layerRow(l lamella.Layer) output.Row {
	row := output.Row{Name: l.Name, Place: l.Place()}
	if l.Runtime != "" {
		row.Target = l.Target()
	}
	return row
}

// failures prints the errors of several layers, as one error for each cause, and returns the
// error with which the command ends.
func failures[T any](a *app, outcomes []deploy.Outcome[T]) error {
	failed := failedLayers{of: len(outcomes)}
	for _, o := range outcomes {
		failed.add(o.Layer, o.Err)
	}
	return a.printFailures(failed, false)
}

// failedLayers are the layers for which a command failed.
type failedLayers struct {
	of  int // number of all layers of the command
	all []failedLayer
}

type failedLayer struct {
	layer lamella.Layer
	err   error
}

// add adds a layer if err is not nil.
func (f *failedLayers) add(l lamella.Layer, err error) {
	if err != nil {
		f.all = append(f.all, failedLayer{l, err})
	}
}

// printFailures is like failures, for all layers of a command. again says that running the
// same command again does the rest.
func (a *app) printFailures(failed failedLayers, again bool) error {
	partly := &errPartly{all: failed.of, again: again}
	type cause struct {
		err    error
		layers []lamella.Layer
	}
	var causes []*cause
	at := map[string]*cause{}
	for _, o := range failed.all {
		partly.add(o.err)
		key := causeOf(o.layer, o.err)
		if at[key] == nil {
			at[key] = &cause{err: o.err}
			causes = append(causes, at[key])
		}
		at[key].layers = append(at[key].layers, o.layer)
	}
	if partly.failed == 0 {
		return nil
	}
	if partly.all == 1 {
		return partly.first
	}
	a.display.Close()
	for _, c := range causes {
		if len(c.layers) == 1 {
			a.printError(fmt.Errorf("%s: %w", c.layers[0], c.err))
			continue
		}
		var names []string
		for _, l := range c.layers {
			names = append(names, l.String())
		}
		a.printError(&fault.Error{Kind: fault.KindOf(c.err), Message: fmt.Sprintf("%s (%s)", causeOf(c.layers[0], c.err), number.Count(len(c.layers), "layer")),
			Details: append(labeled("layers: ", wrapList(names, 100)), fault.Details(c.err)...), Hints: fault.Hints(c.err)})
	}
	return partly
}

// labeled returns the lines with a label before the first line.
func labeled(label string, lines []string) []string {
	lines[0] = label + lines[0]
	return lines
}

// causeOf returns the text of an error, without the parts that differ from layer to layer.
func causeOf(l lamella.Layer, err error) string {
	text := regexp.MustCompile(`(^|[^\w-])`+regexp.QuoteMeta(l.Name)+`($|[^\w-])`).ReplaceAllString(err.Error(), "${1}{layer}${2}")
	return arnPlace.ReplaceAllString(text, arnAnywhere)
}

var arnPlace = regexp.MustCompile(`\b(arn:[a-z-]+:[a-z0-9]+):[a-z0-9-]*:[0-9]{12}:`)

const arnAnywhere = "$1:{region}:{account}:"

// withoutPlace returns the block's text without the place that it is about.
func (p block) withoutPlace() string {
	text := arnPlace.ReplaceAllString(p.text, arnAnywhere)
	if p.layer.Region == "" {
		return text
	}
	return strings.ReplaceAll(text, p.layer.Region, "{region}")
}

// block is what is printed about a layer.
type block struct {
	layer lamella.Layer
	text  string
}

var publishedAt = regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z\b`)

// blocksText merges the blocks of one layer that differ only in the place and in the time of
// publication. It prints the time of the first.
func blocksText(blocks []block, several bool) string {
	if !several {
		if len(blocks) == 0 {
			return ""
		}
		return blocks[0].text
	}
	var b strings.Builder
	for i, group := range groupBy(blocks, func(p block) string {
		return p.layer.Name + "\n" + publishedAt.ReplaceAllString(p.withoutPlace(), "")
	}) {
		if i > 0 {
			b.WriteByte('\n')
		}
		first := group[0]
		row(&b, "layer", escape(first.layer.Name))
		writePlaces(&b, group)
		if len(group) > 1 {
			first.text = first.withoutPlace()
		}
		b.WriteString(first.text)
	}
	return b.String()
}

func writePlaces(b *strings.Builder, group []block) {
	var places []string
	for _, p := range group {
		places = append(places, escape(cmp.Or(p.layer.Place(), p.layer.To)))
	}
	what := "in"
	for _, line := range wrapList(places, 100) {
		row(b, what, line)
		what = ""
	}
}

// groupBy groups elements with the same key, in the order in which the keys first appear.
func groupBy[T any](all []T, key func(T) string) [][]T {
	var groups [][]T
	at := map[string]int{}
	for _, one := range all {
		k := key(one)
		i, known := at[k]
		if !known {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return slices.Clip(groups)
}
