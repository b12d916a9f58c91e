package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
)

// planSchema is the version of the format of plan files.
const planSchema = 1

// PlanFile is the result of [PlanAll], to be applied later or on another machine. It can be
// applied only with the same settings.
type PlanFile struct {
	Tool   string         `json:"tool"` // tool that made the plan, such as "lamella 1.2.3"
	Layers []PlannedLayer `json:"layers"`
}

// PlannedLayer is the plan for one layer at one destination.
type PlannedLayer struct {
	Layer  spec.Layer          `json:"settings"` // with paths as given, and URLs without credentials
	Expect publish.Expectation `json:"expect"`
}

// signedPlan is a PlanFile on disk. Its digest shows that nobody edited the file by hand; it
// is not a signature.
type signedPlan struct {
	Schema int             `json:"schema"`
	Digest digest.Digest   `json:"digest"` // digest of Plan without white space
	Plan   json.RawMessage `json:"plan"`
}

var planKind = outfile.Kind{Name: "a plan", Example: "plan.json", Option: "-o", Ours: outfile.Text(isPlan)}

func isPlan(data []byte) bool {
	var p signedPlan
	return json.Unmarshal(data, &p) == nil && p.Schema > 0 && p.Digest != "" && len(p.Plan) > 0
}

// CheckPlanFile returns a fault.Error of Kind Usage if writing the plan of layers to path
// would overwrite a file that is not a plan.
func CheckPlanFile(path string, layers []spec.Layer) error {
	var inputs []outfile.Input
	for _, l := range layers {
		inputs = append(inputs, project.Inputs(l, l.Lock)...)
	}
	return planKind.Check(path, inputs...)
}

// NewPlanFile converts plans to a plan file. If one of the plans failed, it returns that
// plan's error.
func NewPlanFile(plans []Planned, env spec.Env) (*PlanFile, error) {
	file := &PlanFile{Tool: env.Tool()}
	for _, p := range plans {
		if p.Err == nil && (p.Plan == nil || p.Plan.Plan == nil) {
			p.Err = errors.New("it has no plan")
		}
		if p.Err != nil {
			return nil, fmt.Errorf("%s: %w", p.Layer, p.Err)
		}
		l := eachURL(p.Layer, secret.Redact)
		if !l.IsLocal() { // the environment of Apply may name another region
			l.Region = env.RegionOf(l)
		}
		file.Layers = append(file.Layers, PlannedLayer{l, p.Plan.Expectation()})
	}
	return file, nil
}

// Write writes the plan to a file atomically.
func (p *PlanFile) Write(path string) error {
	plan, err := json.Marshal(p)
	if err == nil {
		plan, err = json.MarshalIndent(signedPlan{planSchema, digest.SHA256(plan), plan}, "", "  ")
	}
	if err != nil {
		panic(err) // strings, numbers, and booleans can always be marshaled
	}
	if err := planKind.Check(path); err != nil {
		return err
	}
	if err := outfile.WriteFile(path, append(plan, '\n')); err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err, Hints: []string{"choose another path for the plan: -o FILE"}}
	}
	return nil
}

// ReadPlan reads a file written by [PlanFile.Write]. It returns a fault.Error of Kind Usage
// if the file is not a plan, was edited, or was written by a different version of lamella.
func ReadPlan(path string, env spec.Env) (*PlanFile, error) {
	refused := &fault.Error{Kind: fault.Usage, Subject: path, Message: "cannot read the plan " + path, Hints: []string{"make a new plan: lamella plan -o FILE"}}
	data, err := bound.ReadFile(path, bound.Document, "a plan")
	if err != nil {
		if refused.Err = err; !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, bound.ErrNoFile) && !errors.As(err, new(*bound.Exceeded)) {
			refused.Kind = fault.Machine
		}
		return nil, refused
	}
	saved, err := parsePlan(data, env.Tool())
	if err != nil {
		refused.Err = err
		return nil, refused
	}
	return saved, nil
}

// parsePlan parses a plan that tool must have made.
func parsePlan(data []byte, tool string) (*PlanFile, error) {
	var file signedPlan
	if err := bound.UnmarshalJSON(data, &file); err != nil || file.Schema < 1 || len(file.Plan) == 0 {
		return nil, errors.New("not a plan file")
	}
	if file.Schema != planSchema {
		return nil, fmt.Errorf("it has schema %d, but this version of lamella reads schema %d", file.Schema, planSchema)
	}
	var plan bytes.Buffer
	if err := json.Compact(&plan, file.Plan); err != nil || digest.SHA256(plan.Bytes()) != file.Digest {
		return nil, errors.New("it was edited after lamella made it")
	}
	saved := new(PlanFile)
	decoder := json.NewDecoder(&plan)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(saved)
	switch {
	case saved.Tool != "" && saved.Tool != tool: // checked first, because it explains other mismatches
		return nil, fmt.Errorf("it was made by %s, but this is %s", saved.Tool, tool)
	case err != nil:
		return nil, fmt.Errorf("not a plan file: %w", err)
	case len(saved.Layers) == 0:
		return nil, errors.New("it has no layers")
	}
	return saved, nil
}

// RestoreCredentials adds the credentials in urls to the same URLs in the plan, which are
// stored without them. Other credentials come from the usual places, such as the environment
// and netrc.
func (p *PlanFile) RestoreCredentials(urls []string) {
	for i := range p.Layers {
		p.Layers[i].Layer = eachURL(p.Layers[i].Layer, func(u string) string {
			for _, whole := range urls {
				if secret.Restores(u, whole) {
					return whole
				}
			}
			return u
		})
	}
}

// eachURL returns l with f applied to each URL that wheels may come from.
func eachURL(l spec.Layer, f func(string) string) spec.Layer {
	if l.IndexURL != "" {
		l.IndexURL = f(l.IndexURL)
	}
	indexes, links := l.Indexes, l.FindLinks
	l.Indexes, l.FindLinks = nil, nil
	for _, i := range indexes {
		i.URL = f(i.URL)
		l.Indexes = append(l.Indexes, i)
	}
	for _, link := range links {
		l.FindLinks = append(l.FindLinks, f(link))
	}
	return l
}

// Apply carries out a plan exactly. If anything has changed for any of its layers since the
// plan was made, it deploys none of them and returns an error that lists the differences
// and wraps [publish.ErrMoved]. Steps completed by an interrupted run of the same plan do
// not count as changes. Otherwise, Apply works like [All].
func Apply(ctx context.Context, plan *PlanFile, env spec.Env) ([]Deployed, error) {
	layers := make([]spec.Layer, len(plan.Layers))
	for i, l := range plan.Layers {
		layers[i] = l.Layer
	}
	if err := CheckApart(layers); err != nil {
		return nil, err
	}
	outcomes := make([]Deployed, len(layers))
	execute := make([]func(context.Context) (*publish.Result, error), len(layers))
	all := prepare(layers, env, false)
	forAll(all, func(i int, d *deployment) {
		d.expect = &plan.Layers[i].Expect
		outcomes[i] = Deployed{Layer: *d.layer}
		execute[i], outcomes[i].Err = d.decide(ctx, false)
	})
	if outdated := outdated(outcomes); outdated != nil {
		return nil, outdated
	}
	forAll(all, func(i int, d *deployment) {
		if o := &outcomes[i]; o.Err == nil {
			o.Result, o.Err = execute[i](ctx)
		}
	})
	return outcomes, nil
}

// outdated returns one error for all layers that have changed since they were planned.
func outdated(outcomes []Deployed) error {
	all := &fault.Error{Kind: fault.Destination, Subject: "plan", Message: "the plan is out of date", Sentinel: publish.ErrMoved}
	for _, o := range outcomes {
		if errors.Is(o.Err, publish.ErrMoved) {
			lines := fault.Details(o.Err)
			if len(lines) == 0 {
				lines = []string{o.Err.Error()}
			}
			for _, line := range lines {
				all.Details = append(all.Details, o.Layer.String()+": "+line)
			}
			all.Hints = fault.Hints(o.Err)
		}
	}
	if all.Details == nil {
		return nil
	}
	return all
}
