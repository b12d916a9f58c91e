package functions

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// Action is what a plan does with a function.
type Action string

// The actions that a plan can contain.
const (
	Replace  Action = "move"     // replace the version of the layer
	Add      Action = "add"      // add the layer
	Finish   Action = "finish"   // complete an interrupted attach
	Current  Action = "current"  // nothing to do
	Skip     Action = "skip"     // not selected by the options
	Blocked  Action = "blocked"  // not possible; Execute returns an error for it
	Rollback Action = "rollback" // restore the previous version
)

// Plan lists what Execute would do with each function.
type Plan struct {
	Layer   string `json:"layer"`
	Version int64  `json:"version"` // version to attach; 0 for a rollback
	ARN     string `json:"arn"`
	Moves   []Move `json:"functions"` // sorted by function

	options     Options
	destination publish.Destination
	editor      store.FunctionEditor
}

// Move is the change of a function.
type Move struct {
	Function string `json:"function"`         // name of the function
	Action   Action `json:"action"`           // what attach does with the function
	From     int64  `json:"from,omitempty"`   // previous version of the layer; 0 if there is none
	To       int64  `json:"to,omitempty"`     // new version of the layer; 0 if it is removed
	Reason   string `json:"reason,omitempty"` // why this action is planned
	Layers   int    `json:"layers"`           // number of layers that the function has afterwards
	// Size is the minimum size of the function's code and layers afterwards, in bytes; a
	// minimum because Lambda reports only the zipped size of the code and other layers.
	Size     int64    `json:"size"`
	Alias    string   `json:"alias,omitempty"`    // alias to move
	Old      string   `json:"old,omitempty"`      // function version that the alias points to
	Manager  *Manager `json:"manager,omitempty"`  // tool that manages the function
	Warnings []string `json:"warnings,omitempty"` // sentences to read before the change

	before  store.Function // $LATEST when the plan was made
	base    store.Function // version with which $LATEST must be equal, except for the layer, to be published
	journal *Journal       // nil if there is none
	err     error          // the reason for Blocked
}

// Changes reports whether Execute would change the function.
func (m Move) Changes() bool {
	return m.Action == Replace || m.Action == Add || m.Action == Finish || m.Action == Rollback
}

// Changes reports whether Execute would change anything.
func (p *Plan) Changes() bool { return slices.ContainsFunc(p.Moves, Move.Changes) }

// PlanAttach reads the functions that o selects and decides what to do with each. It changes
// nothing. A function that cannot use the layer is Blocked in the plan. If there is an
// error, there is no plan.
func PlanAttach(ctx context.Context, d publish.Destination, o Options) (*Plan, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	e, err := editor(d)
	if err != nil {
		return nil, err
	}
	which := o.Version
	if which == "latest" {
		which = ""
	}
	v, _, err := d.Find(ctx, o.Layer, which)
	if err != nil {
		return nil, err
	}
	to, ok := store.ParseARN(v.ARN)
	if !ok {
		return nil, &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("%q is not a layer version ARN", v.ARN)}
	}
	chosen, err := choose(ctx, e, o, to)
	if err != nil {
		return nil, err
	}
	p := &Plan{Layer: o.Layer, Version: v.Version, ARN: v.ARN, Moves: make([]Move, len(chosen)), options: o, destination: d, editor: e}
	size := v.CodeSize
	if r, err := d.Record(ctx, o.Layer, v.ARN, v.Version); err == nil && r != nil && r.Zip.Unzipped > 0 {
		size = r.Zip.Unzipped
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrent)
	for i, f := range chosen {
		group.Go(func() (err error) {
			p.Moves[i], err = p.move(groupCtx, f, v, to, size)
			if isNotExist(err) { // the other functions can still be moved
				p.Moves[i].Action, p.Moves[i].Reason, p.Moves[i].err = Blocked, "was deleted while this command was running", errDeleted(f.Name)
				return nil
			}
			return err
		})
	}
	return p, group.Wait()
}

// move plans the change of a function.
func (p *Plan) move(ctx context.Context, f store.Function, v store.LayerVersion, to store.ARN, size int64) (Move, error) {
	m := Move{Function: f.Name, To: to.Version, Action: Add, Manager: managerOf(f), Alias: p.options.Alias, before: f}
	if at := has(f, to); at != nil {
		m.Action, m.From = Replace, at.Version
	}
	m.measure(f, to, size)
	var err error
	if m.journal, err = loadJournal(ctx, p.destination, f.Name); err != nil {
		return m, err
	}
	if j := m.journal; j != nil && j.To == to.Version && m.From != to.Version {
		// The function may have been read before another process moved it.
		if f, err = p.editor.Function(ctx, f.Name, ""); err != nil {
			return m, err
		}
		m.before, m.From = f, 0
		if at := has(f, to); at != nil {
			m.Action, m.From = Replace, at.Version
		}
	}
	if m.publishes(p.options) {
		if err := m.findBase(ctx, p.editor); err != nil {
			return m, err
		}
	}
	m.decide(p.options, p.destination.Objects.Location(journalKey(f.Name)).URI, v, to)
	m.warn()
	return m, nil
}

func (m Move) publishes(o Options) bool { return o.Publish || o.Alias != "" }

func (m *Move) block(kind fault.Kind, hints []string, format string, args ...any) {
	m.Action, m.Reason = Blocked, fmt.Sprintf(format, args...)
	m.err = &fault.Error{Kind: kind, Subject: "function " + m.Function, Message: m.Reason, Hints: hints}
}

func (m *Move) measure(f store.Function, to store.ARN, size int64) {
	list := with(f.LayerARNs(), to)
	m.Layers, m.Size = len(list), f.CodeSize+size
	for _, l := range f.Layers {
		if l.ARN != to.String() && slices.Contains(list, l.ARN) {
			m.Size += l.Size
		}
	}
}

// findBase sets base to the version in use: the version of the alias, or the newest version.
func (m *Move) findBase(ctx context.Context, e store.FunctionEditor) error {
	if m.Alias != "" {
		a, err := e.Alias(ctx, m.Function, m.Alias)
		if isNotExist(err) {
			if _, err := e.Function(ctx, m.Function, ""); err != nil {
				return err
			}
			m.block(fault.Destination, []string{"create the alias: aws lambda create-alias --function-name " + m.Function + " --name " + m.Alias + " --function-version VERSION"},
				"function %s has no alias %s", m.Function, m.Alias)
			return nil
		}
		if err != nil {
			return err
		}
		if m.Old = a.Version; a.Version == store.Latest {
			m.block(fault.Usage, []string{"remove --alias " + m.Alias}, "alias %s of function %s points to $LATEST, so it does not need to be moved", m.Alias, m.Function)
			return nil
		}
		if busy := foreignWeights(a, m.journal); busy != "" {
			m.block(fault.Destination, []string{"wait for it to finish, then run the same command again"},
				"alias %s of function %s also routes traffic to version %s, because another deployment is in progress", m.Alias, m.Function, busy)
			return nil
		}
		m.base, err = e.Function(ctx, m.Function, a.Version)
		return err
	}
	versions, err := e.FunctionVersions(ctx, m.Function)
	newest := int64(0)
	for _, v := range versions {
		if n, err := strconv.ParseInt(v.Version, 10, 64); err == nil && n > newest {
			newest, m.base = n, v
		}
	}
	return err
}

// foreignWeights returns the version to which someone else sends a share of the alias's
// traffic, or "" if there is none. Lambda itself gives the alias's own version a weight
// while it moves provisioned concurrency.
func foreignWeights(a store.Alias, j *Journal) string {
	for version := range a.Weights {
		if version != a.Version && !(j != nil && !j.Done && j.Alias == a.Name && j.New == version) {
			return version
		}
	}
	return ""
}

// decide sets the action. uri is the location of the journal.
func (m *Move) decide(o Options, uri string, v store.LayerVersion, to store.ARN) {
	j := m.journal
	switch {
	case m.Action == Blocked:
	case j != nil && j.Layer != "" && j.layer() != to.Unversioned():
		m.block(fault.Destination, []string{"if the layer was moved, delete the journal: aws s3 rm " + uri}, "the journal %s belongs to another layer, %s", uri, j.Layer)
	case j.begun() && j.Verdict == verdictRollback:
		m.Action, m.Reason = Finish, "a rollback was interrupted"
		if m.To = m.From; m.From == j.To {
			m.To = j.From
		}
	case j.begun() && (j.To != to.Version || j.Alias != o.Alias):
		m.block(fault.Usage, []string{"finish it: " + j.command(), "or roll it back: lamella attach " + m.Function + " --rollback"},
			"an interrupted attach of version %d to function %s must be finished or rolled back first", j.To, m.Function)
	case j.begun():
		m.Action, m.From, m.Old, m.Reason = Finish, j.From, j.Old, "an attach was interrupted"
	case m.From == to.Version && m.settled(o, to):
		m.Action = Current
	case m.Manager != nil && !o.Managed:
		m.Action, m.Reason = Skip, fmt.Sprintf("managed by %s (change it anyway with --managed)", m.Manager)
	case m.From == 0 && !o.Add:
		m.Action, m.Reason = Skip, "does not have the layer (add it with --add)"
		if slices.Contains(o.Names, m.Function) {
			m.block(fault.Usage, []string{"add the layer: lamella attach " + m.Function + " --add"}, "function %s does not have layer %s", m.Function, to.Layer)
		}
	default:
		m.fits(o, v, to)
	}
}

// settled reports whether a function whose $LATEST has the version needs no change.
func (m *Move) settled(o Options, to store.ARN) bool {
	if m.before.UpdateStatus != "Successful" {
		return false
	}
	if m.journal != nil && !m.journal.Done && m.journal.To == to.Version {
		return false
	}
	if !m.publishes(o) {
		return true
	}
	at := has(m.base, to)
	return at != nil && at.Version == to.Version
}

// fits blocks changes that Lambda would reject or that would break the function.
func (m *Move) fits(o Options, v store.LayerVersion, to store.ARN) {
	f := m.before
	switch {
	case f.Image:
		m.block(fault.Usage, []string{"install the dependencies in the image instead"}, "function %s is a container image, which cannot have layers", m.Function)
	case f.State == "Failed" || f.State == "Deleting":
		m.block(fault.Destination, []string{"check the function: aws lambda get-function --function-name " + m.Function}, "function %s is in state %s", m.Function, f.State)
	case len(f.Runtime) > 0 && len(v.Runtimes) > 0 && !slices.Contains(v.Runtimes, f.Runtime) && !o.Force:
		m.block(fault.Layer, []string{m.suitable(v), anyway(v.Version, to)},
			"function %s runs %s, but version %d of layer %s is for %s", m.Function, f.Runtime, v.Version, to.Layer, strings.Join(v.Runtimes, ", "))
	case len(v.Architectures) > 0 && !slices.Contains(v.Architectures, f.Architecture) && !o.Force:
		m.block(fault.Layer, []string{"use a layer for " + f.Architecture, anyway(v.Version, to)},
			"function %s runs on %s, but version %d of layer %s is for %s", m.Function, f.Architecture, v.Version, to.Layer, strings.Join(v.Architectures, ", "))
	case m.Layers > store.MaxFunctionLayers:
		m.block(fault.Layer, []string{"remove one of the function's layers"}, "function %s would have %d layers, but Lambda allows only %d", m.Function, m.Layers, store.MaxFunctionLayers)
	case m.Size > store.MaxUnzipped:
		m.block(fault.Layer, []string{"make the layer or the function's code smaller"}, "function %s and its layers would be at least %s bytes unzipped, but Lambda allows only %s", m.Function, number.Group(m.Size), number.Group(store.MaxUnzipped))
	case m.publishes(o) && m.base.Name != "":
		if differences := unreleased(f, m.base, to); len(differences) > 0 {
			m.block(fault.Usage, []string{"release these changes first: " + m.releasing(), "or attach the layer only to $LATEST, without --publish or --alias"},
				"publishing function %s would also release the changes made in $LATEST since version %s: %s", m.Function, m.base.Version, inWords(differences))
		}
	}
}

// releasing returns the command that releases the changes to $LATEST.
func (m *Move) releasing() string {
	publish := "aws lambda publish-version --function-name " + m.Function
	if m.Alias == "" {
		return publish
	}
	return "aws lambda update-alias --function-name " + m.Function + " --name " + m.Alias +
		" --function-version $(" + publish + " --query Version --output text)"
}

// suitable is the hint for a function whose runtime v is not for.
func (m *Move) suitable(v store.LayerVersion) string {
	if !strings.HasPrefix(m.before.Runtime, "python") {
		return "choose a function that runs " + strings.Join(v.Runtimes, " or ") + ": lamella attach FUNCTION"
	}
	return "use a layer for " + m.before.Runtime
}

// anyway is the hint to attach a version to a function that it is not for.
func anyway(version int64, to store.ARN) string {
	return fmt.Sprintf("or attach version %d of layer %s anyway: --force", version, to.Layer)
}

// unreleased returns the differences between $LATEST and the version in use, except
// for the version of this layer.
func unreleased(latest, base store.Function, layer store.ARN) []string {
	differences := latest.Differences(base)
	without := layer.Unversioned()
	if !slices.Equal(with(latest.LayerARNs(), without), with(base.LayerARNs(), without)) {
		differences = append(differences, "layers other than "+layer.Layer)
	}
	return differences
}

func (m *Move) warn() {
	if !m.Changes() {
		return
	}
	if m.Manager != nil {
		m.Warnings = append(m.Warnings, m.Manager.drift(m.Function, m.From))
	}
	if m.Alias != "" && m.From != m.To {
		m.Warnings = append(m.Warnings, "calls to function "+m.Function+" that do not specify an alias or version use the new layer immediately, because Lambda allows changes only to $LATEST")
	}
	if m.before.Durable {
		m.Warnings = append(m.Warnings, "running executions of the durable function "+m.Function+" on $LATEST will also use the new layer")
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
