package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/store"
)

// attachOptions are the flags of attach.
type attachOptions struct {
	functions.Options
	canary   string
	yes      bool
	rollback bool
}

func (a *app) attachCommand() *cobra.Command {
	var in input
	var o attachOptions
	cmd := &cobra.Command{
		Use:   "attach [FUNCTION...]",
		Short: "Move functions to a version of the layer",
		Long: `Move functions from another version of the layer to the latest one, or to --version.
Without --yes, show what would change. FUNCTION is a name, a pattern such as 'web-*', or
tag:NAME=VALUE; it is required unless the configuration key "attach" lists functions. The
layer keeps its position in the function's list of layers, and the function's other
settings do not change.

Without --alias, attach changes $LATEST, so every caller that uses neither a version nor an
alias gets the change immediately. With --alias, attach publishes a version of the function
and moves the alias to it, unless $LATEST differs from the alias in anything but layers.
With --alias and --canary, the new function version first gets a share of the alias's
traffic; lamella compares the errors and duration of both versions, then moves the alias or
undoes everything.

If a run is interrupted, run the same command again to finish it, or use --rollback to
undo it. Functions managed by CloudFormation, Terraform, or another tool are skipped,
because that tool may undo the change; --managed includes them.`,
		Example: `  lamella attach api 'worker-*'
  lamella attach api --yes
  lamella attach api --alias live --canary 10% --for 10m --yes
  lamella attach api --rollback --yes
  lamella attach tag:team=data --add --yes`,
		ValidArgsFunction: completeFunction,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Canary, err = parseShare(o.canary); err != nil {
				return usageError(cmd.Name(), err.Error(), "lamella attach --canary 10%")
			}
			layers, err := a.layers(cmd, &in, nil)
			if err != nil {
				return err
			}
			o.Force = in.force
			if len(args) == 0 && !slices.ContainsFunc(layers, func(l lamella.Layer) bool { return len(l.Attach) > 0 }) {
				return usageError(cmd.Name(), "lamella attach needs a function", "name a function: lamella attach FUNCTION", `or set the functions permanently in [tool.lamella]: attach = ["web-*"]`)
			}
			return a.attach(cmd.Context(), layers, args, o)
		},
	}
	o.bind(cmd, &in)
	return cmd
}

// bind adds the flags of attach to cmd.
func (o *attachOptions) bind(cmd *cobra.Command, in *input) {
	in.bindVersions(cmd)
	show(cmd, writeFlags) // for the journal
	fs := cmd.Flags()
	fs.StringVar(&o.Version, "version", "", "number or ARN of the layer version to attach; default: latest")
	annotate(fs, "version", annotationValue, "VERSION")
	if err := cmd.RegisterFlagCompletionFunc("version", completeVersion(1)); err != nil {
		panic(err) // the flag does not exist
	}
	fs.BoolVar(&o.Add, "add", false, "also add the layer to functions that do not have it")
	fs.BoolVar(&o.yes, "yes", false, "change the functions instead of showing what would change")
	fs.BoolVar(&o.Publish, "publish", false, "publish a version of each function")
	fs.StringVar(&o.Alias, "alias", "", "publish a version of each function and move this alias to it")
	annotate(fs, "alias", annotationValue, "NAME")
	fs.StringVar(&o.canary, "canary", "", "share of the alias's traffic to send to the new function version first, such as 10%; requires --alias")
	annotate(fs, "canary", annotationValue, "SHARE")
	fs.DurationVar(&o.For, "for", 5*time.Minute, "how long to watch the canary, such as 10m; default: 5m; must be at least 3 minutes plus the function's timeout")
	annotate(fs, "for", annotationValue, "TIME")
	fs.Int64Var(&o.MinCalls, "min-calls", 20, "calls needed to judge the new function version; default: 20")
	annotate(fs, "min-calls", annotationValue, "N")
	fs.BoolVar(&o.PromoteUntested, "promote-untested", false, "move the alias even if the new function version had fewer calls than --min-calls")
	fs.BoolVar(&o.rollback, "rollback", false, "undo what attach changed in the functions")
	fs.BoolVar(&o.Managed, "managed", false, "also change functions that another tool manages")
	force := fs.Lookup("force")
	delete(force.Annotations, annotationGroup) // it applies to functions, not to a version
	force.Usage, force.Hidden = "attach even if the layer is not declared compatible with the function's runtime or architecture", false
}

// parseShare parses a share such as "10%" or "0.1". It returns 0 for "".
func parseShare(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("invalid --canary: %q is not a percentage", text)
	}
	if percent {
		share /= 100
	}
	if share <= 0 || share >= 1 {
		return 0, fmt.Errorf("invalid --canary: %q is not between 0%% and 100%%", text)
	}
	return share, nil
}

// attached is the result for the functions of one layer.
type attached struct {
	plan    *functions.Plan
	results []functions.Result // nil if nothing has been done yet
}

// attach prints what it would do with the functions that names selects or, without names,
// the functions in the configuration. With o.yes, it does that.
func (a *app) attach(ctx context.Context, layers []lamella.Layer, names []string, o attachOptions) error {
	outcomes := a.planAttach(ctx, layers, names, o)
	if err := checkFound(outcomes, names, layers); err != nil {
		return err
	}
	if o.yes {
		for i, r := range deploy.Each(ctx, layers, executions(outcomes)) {
			if outcomes[i].Err == nil {
				outcomes[i] = r
			}
		}
	}
	changes := false
	for _, r := range outcomes {
		if r.Err == nil {
			changes = changes || r.Value.plan.Changes()
		}
	}
	if changes && !o.yes {
		a.note("nothing was changed; %s", a.complete("to change the functions, run: lamella attach --yes", ""))
	}
	return printEach(a, outcomes, report[attached]{
		text:  func(_ lamella.Layer, v attached) string { return attachText(v, a.paint()) },
		view:  func(_ lamella.Layer, v attached) any { return a.attachView(v) },
		known: func(v attached) bool { return v.plan != nil },
	})
}

// planAttach makes the plans for all layers. If there are several layers, a name only
// selects the function for layers that the function has, unless o.Add is set.
func (a *app) planAttach(ctx context.Context, layers []lamella.Layer, names []string, o attachOptions) []deploy.Outcome[attached] {
	plan := a.client().PlanAttach
	if o.rollback {
		plan = a.client().PlanAttachRollback
	}
	return deploy.Each(ctx, layers, func(ctx context.Context, l lamella.Layer) (attached, error) {
		chosen := names
		if len(chosen) == 0 {
			chosen = l.Attach
		}
		own := o.Options
		own.Names, own.Tags = functionNames(chosen, len(layers) > 1 && !o.Add)
		if len(chosen) == 0 {
			return attached{plan: &functions.Plan{Layer: l.Name, Moves: []functions.Move{}}}, nil
		}
		p, err := plan(ctx, l, own)
		if err != nil {
			return attached{}, err
		}
		return attached{plan: p}, nil
	})
}

// executions returns a function that carries out the plans in outcomes.
func executions(outcomes []deploy.Outcome[attached]) func(context.Context, lamella.Layer) (attached, error) {
	plans := map[string]attached{}
	for _, o := range outcomes {
		if o.Err == nil {
			plans[layerKey(o.Layer)] = o.Value
		}
	}
	return func(ctx context.Context, l lamella.Layer) (attached, error) {
		v := plans[layerKey(l)]
		if v.plan == nil || len(v.plan.Moves) == 0 {
			v.results = []functions.Result{}
			return v, nil
		}
		var err error
		v.results, err = v.plan.Execute(ctx)
		return v, attachError(v.results, err)
	}
}

// attachError returns the error of the only function that failed, or an error that says how
// many failed.
func attachError(results []functions.Result, err error) error {
	var failed []functions.Result
	for _, r := range results {
		if r.Err != nil {
			failed = append(failed, r)
		}
	}
	switch {
	case len(failed) == 0:
		return err
	case len(failed) == 1:
		return failed[0].Err
	}
	all := &fault.Error{Kind: fault.KindOf(failed[0].Err), Message: fmt.Sprintf("%d of %s could not be changed", len(failed), number.Count(len(results), "function"))}
	for _, r := range failed {
		all.Details = append(all.Details, r.Err.Error())
		for _, h := range fault.Hints(r.Err) {
			if !slices.Contains(all.Hints, h) {
				all.Hints = append(all.Hints, h)
			}
		}
	}
	return all
}

// functionNames separates names and patterns from tags. With asPatterns, it returns names as
// patterns, which match a function only if it exists and has the layer.
func functionNames(words []string, asPatterns bool) (names []string, tags map[string]string) {
	for _, word := range words {
		tag, ok := strings.CutPrefix(word, "tag:")
		if ok {
			if tags == nil {
				tags = map[string]string{}
			}
			name, value, _ := strings.Cut(tag, "=")
			tags[name] = value
			continue
		}
		if asPatterns && word != "" && !isPattern(word) {
			word = "[" + word[:1] + "]" + word[1:]
		}
		names = append(names, word)
	}
	return names, tags
}

// checkFound returns an error for names of functions that are in none of several plans.
func checkFound(outcomes []deploy.Outcome[attached], names []string, layers []lamella.Layer) error {
	if len(layers) == 1 {
		return nil
	}
	for _, name := range names {
		if isPattern(name) || strings.HasPrefix(name, "tag:") {
			continue
		}
		if !slices.ContainsFunc(outcomes, func(o deploy.Outcome[attached]) bool {
			return o.Err != nil || slices.ContainsFunc(o.Value.plan.Moves, func(m functions.Move) bool { return m.Function == name })
		}) {
			return &fault.Error{Kind: fault.Usage, Subject: name, Sentinel: store.ErrNotExist, Message: fmt.Sprintf("function %s does not exist or has none of the %d layers", name, len(layers)),
				Hints: []string{"add a layer to it: lamella attach " + name + " --layer " + shell.Quote(layers[0].Name) + " --add"}}
		}
	}
	return nil
}

// attachText returns a line for each function, with its warnings below.
func attachText(v attached, paint painter) string {
	var b strings.Builder
	if v.plan.Version > 0 {
		row(&b, "version", strconv.FormatInt(v.plan.Version, 10))
	}
	if len(v.plan.Moves) == 0 {
		b.WriteString("no function matches\n")
	}
	for i, m := range v.plan.Moves {
		line := fmt.Sprintf("%s  %s", escape(m.Function), moveText(m))
		if v.results != nil {
			line = fmt.Sprintf("%s  %s", escape(m.Function), resultText(v.results[i]))
		}
		switch {
		case m.Action == functions.Blocked || v.results != nil && v.results[i].Err != nil:
			line = paint.red(line)
		case m.Changes():
			line = paint.green(line)
		}
		b.WriteString(line + "\n")
		for _, w := range m.Warnings {
			b.WriteString("  " + paint.yellow("warning: ") + escape(w) + "\n")
		}
	}
	return b.String()
}

// moveText describes what is planned for a function.
func moveText(m functions.Move) string {
	text := string(m.Action)
	if m.Changes() {
		versions := fmt.Sprintf("version %s → %s", orNone(m.From), orNone(m.To))
		if m.From == m.To && m.Action == functions.Rollback {
			versions = "keeps its layers"
		}
		text += fmt.Sprintf(": %s, %s", versions, number.Count(m.Layers, "layer"))
		if m.Size > 0 { // it is not measured for a rollback
			text += fmt.Sprintf(", at least %s of %s", formatBytes(m.Size), formatBytes(store.MaxUnzipped))
		}
	}
	if m.Reason != "" {
		text += ": " + escape(m.Reason)
	}
	return text
}

func orNone(version int64) string {
	if version == 0 {
		return "none"
	}
	return strconv.FormatInt(version, 10)
}

// resultText describes what was done with a function.
func resultText(r functions.Result) string {
	text := string(r.Outcome)
	if r.Outcome == functions.Moved || r.Outcome == functions.RolledBack && r.From != r.To {
		text += fmt.Sprintf(": version %s → %s", orNone(r.From), orNone(r.To))
	}
	if r.Version != "" {
		text += ", published as version " + r.Version
	}
	if r.Reason != "" {
		text += ": " + escape(r.Reason)
	}
	return text
}

// attachView returns the plan and, if it was carried out, the outcomes.
func (a *app) attachView(v attached) output.Attached {
	view := output.Attached{Done: v.results != nil, Version: v.plan.Version, ARN: v.plan.ARN}
	for i, m := range v.plan.Moves {
		f := output.AttachedFunction{Move: m}
		if v.results != nil {
			r := v.results[i]
			f.From, f.To, f.Outcome, f.Published, f.OldMetrics, f.NewMetrics, f.Error = r.From, r.To, r.Outcome, r.Version, r.Old, r.New, a.failure(r.Err)
			if r.Reason != "" {
				f.Reason = r.Reason
			}
		}
		view.Functions = append(view.Functions, f)
	}
	return view
}

// attachDeployed attaches the deployed versions to the functions that the configuration
// names. If that fails, the error becomes the error of the layer.
func (a *app) attachDeployed(ctx context.Context, deployments []deploy.Deployed) {
	var layers []lamella.Layer
	for _, d := range deployments {
		if d.Err == nil && len(d.Layer.Attach) > 0 {
			layers = append(layers, d.Layer)
		}
	}
	if len(layers) == 0 {
		a.note(`note: --attach has no effect because no deployed layer has "attach" in its configuration`)
	}
	plans := a.planAttach(ctx, layers, nil, attachOptions{})
	execute := executions(plans)
	for i, r := range deploy.Each(ctx, layers, execute) {
		if plans[i].Err != nil {
			r = plans[i]
		}
		if r.Err == nil || r.Value.results != nil {
			for n, m := range r.Value.plan.Moves {
				a.note("%s: function %s: %s", r.Layer, m.Function, resultText(r.Value.results[n]))
			}
		}
		for n := range deployments {
			if layerKey(deployments[n].Layer) == layerKey(r.Layer) {
				deployments[n].Err = r.Err
			}
		}
	}
}
