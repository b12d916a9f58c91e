package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/output"
)

// answerEach calls do only once for layers with the same content. The outcomes are in the
// order of layers.
func answerEach[T any](ctx context.Context, layers []lamella.Layer, do func(context.Context, lamella.Layer) (T, error)) []deploy.Outcome[T] {
	known := map[string]deploy.Outcome[T]{}
	outcomes := make([]deploy.Outcome[T], len(layers))
	for i, l := range layers {
		key := l.ContentKey()
		o, ok := known[key]
		if !ok {
			o.Value, o.Err = do(ctx, l)
			known[key] = o
		}
		o.Layer = l
		outcomes[i] = o
	}
	return outcomes
}

// printAnswers prints a block for each distinct answer, with the names of the layers that it
// applies to. With --json, it prints a row for each layer. Errors with the same cause are
// printed as one error.
func printAnswers[T any](a *app, outcomes []deploy.Outcome[T], r report[T]) error {
	var rows []output.Row
	var blocks []block
	views := map[string]any{}
	texts := map[string]string{}
	for _, o := range outcomes {
		row := layerRow(o.Layer)
		if row.Error = a.failure(o.Err); o.Err == nil || r.known != nil && r.known(o.Value) {
			key := o.Layer.ContentKey()
			if _, ok := texts[key]; !ok {
				texts[key], views[key] = r.text(o.Layer, o.Value), r.view(o.Layer, o.Value)
			}
			row.Result = views[key]
			blocks = append(blocks, block{o.Layer, texts[key]})
		}
		rows = append(rows, row)
	}
	return a.printRows(answersText(blocks, len(outcomes) > 1), rows, failures(a, outcomes))
}

// answersText returns a block for each distinct text, below the names of its layers.
func answersText(blocks []block, several bool) string {
	var b strings.Builder
	for i, group := range groupBy(blocks, func(p block) string { return p.text }) {
		if i > 0 {
			b.WriteByte('\n')
		}
		if several {
			writeNames(&b, group)
		}
		b.WriteString(group[0].text)
	}
	return b.String()
}

// writeNames writes the names and targets of the layers of blocks, without their places.
func writeNames(b *strings.Builder, group []block) {
	var names []string
	for _, p := range group {
		if name := escape(p.layer.Name + " (" + p.layer.Target() + ")"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	what := "layer"
	if len(names) > 1 {
		what = "layers"
	}
	for _, line := range wrapList(names, 100) {
		row(b, what, line)
		what = ""
	}
}

// oneContent returns the first of the layers if all have the same content, for a command
// that writes one document about them. Otherwise, it returns an error.
func oneContent(cmd *cobra.Command, layers []lamella.Layer) (lamella.Layer, error) {
	for _, l := range layers {
		if l.ContentKey() != layers[0].ContentKey() {
			return lamella.Layer{}, severalLayers(cmd, layers)
		}
	}
	return layers[0], nil
}
