package lamella

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/publish"
)

// planSchema is the version of the format of plan files.
const planSchema = 1

// SavedPlan is what [PlanAll] came to, to be carried out by [Apply] later and
// elsewhere: with the same settings, or not at all.
type SavedPlan struct {
	Tool   string       `json:"tool"` // that made it: "lamella 1.2.3"
	Layers []SavedLayer `json:"layers"`
}

// SavedLayer is the plan for one layer at one place.
type SavedLayer struct {
	Layer  Layer               `json:"settings"` // paths as they were given, URLs without credentials
	Expect publish.Expectation `json:"expect"`
}

// planFile is a SavedPlan on disk. Its digest tells that nobody edited it by
// hand; it is no signature.
type planFile struct {
	Schema int             `json:"schema"`
	Digest digest.Digest   `json:"digest"` // of Plan without white space
	Plan   json.RawMessage `json:"plan"`
}

// Save returns the proposals as a plan. The error is that of a proposal that failed.
func Save(proposals []Proposal, env Env) (*SavedPlan, error) {
	saved := &SavedPlan{Tool: env.tool()}
	for _, p := range proposals {
		if p.Err == nil && p.Planned == nil {
			p.Err = errors.New("it is not planned")
		}
		if p.Err != nil {
			return nil, fmt.Errorf("%s: %w", p.Layer, p.Err)
		}
		l := p.Layer.eachURL(secret.Redact)
		if l.To == "" { // the environment of Apply may name another
			l.Region = l.region(env)
		}
		saved.Layers = append(saved.Layers, SavedLayer{l, p.Planned.Expectation()})
	}
	return saved, nil
}

// Write writes the plan to a file, at once or not at all.
func (p *SavedPlan) Write(path string) error {
	plan, err := json.Marshal(p)
	if err == nil {
		plan, err = json.MarshalIndent(planFile{planSchema, digest.SHA256(plan), plan}, "", "  ")
	}
	if err != nil {
		panic(err) // of strings, numbers and switches
	}
	if err := savePlan.Check(path); err != nil {
		return err
	}
	if err := outfile.WriteFile(path, append(plan, '\n')); err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "write", Subject: path, Err: err, Hints: []string{"name another place for the plan: -o FILE"}}
	}
	return nil
}

// ReadPlan reads what [SavedPlan.Write] wrote. The error is a fault.Error of Kind
// Usage for what is no plan, was edited, or was made by another version of lamella.
func ReadPlan(path string, env Env) (*SavedPlan, error) {
	refused := &fault.Error{Kind: fault.Usage, Op: "read plan", Subject: path, Hints: []string{"make it anew: lamella plan -o FILE"}}
	data, err := bound.ReadFile(path, bound.Document, "a plan")
	if err != nil {
		if refused.Err = err; !errors.Is(err, fs.ErrNotExist) {
			refused.Kind = fault.Machine
		}
		return nil, refused
	}
	saved, err := parsePlan(data, env.tool())
	if err != nil {
		refused.Err = err
		return nil, refused
	}
	return saved, nil
}

// parsePlan reads a plan that tool made.
func parsePlan(data []byte, tool string) (*SavedPlan, error) {
	var file planFile
	if err := bound.UnmarshalJSON(data, &file); err != nil || file.Schema < 1 || len(file.Plan) == 0 {
		return nil, errors.New("it is no plan of lamella")
	}
	if file.Schema != planSchema {
		return nil, fmt.Errorf("it has schema %d, this lamella reads %d", file.Schema, planSchema)
	}
	var plan bytes.Buffer
	if err := json.Compact(&plan, file.Plan); err != nil || digest.SHA256(plan.Bytes()) != file.Digest {
		return nil, errors.New("it was changed after it was made, and is carried out as it was made or not at all")
	}
	saved := new(SavedPlan)
	decoder := json.NewDecoder(&plan)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(saved)
	switch {
	case saved.Tool != "" && saved.Tool != tool: // first, because it explains the others
		return nil, fmt.Errorf("it was made by %s, this is %s", saved.Tool, tool)
	case err != nil:
		return nil, fmt.Errorf("it is no plan of lamella: %w", err)
	case len(saved.Layers) == 0:
		return nil, errors.New("it has no layers")
	}
	return saved, nil
}

// Reveal puts the credentials of these URLs back where the plan has the same URLs
// without. What needs others is asked for them as ever: the environment, netrc.
func (p *SavedPlan) Reveal(urls []string) {
	for i := range p.Layers {
		p.Layers[i].Layer = p.Layers[i].Layer.eachURL(func(u string) string {
			for _, whole := range urls {
				if secret.Redact(whole) == u {
					return whole
				}
			}
			return u
		})
	}
}

// eachURL returns l with f of each place that wheels may come from.
func (l Layer) eachURL(f func(string) string) Layer {
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

// Apply carries out a plan exactly. If for any of its layers something moved
// since it was made, nothing is done for any of them: the error then lists what,
// and errors.Is [publish.ErrMoved]. What the plan did already, in a run that was
// interrupted, is left as it is. Otherwise Apply is like [DeployAll].
func Apply(ctx context.Context, plan *SavedPlan, env Env) ([]Deployment, error) {
	layers := make([]Layer, len(plan.Layers))
	for i, l := range plan.Layers {
		layers[i] = l.Layer
	}
	if err := CheckApart(layers); err != nil {
		return nil, err
	}
	deployments := make([]Deployment, len(layers))
	execute := make([]func(context.Context) (*publish.Result, error), len(layers))
	sites := newSites(layers, env, false)
	forAll(sites, func(i int, s *site) {
		s.expect = &plan.Layers[i].Expect
		deployments[i] = Deployment{Layer: s.layer}
		execute[i], deployments[i].Err = s.decide(ctx)
	})
	if moved := allMoved(deployments); moved != nil {
		return nil, moved
	}
	forAll(sites, func(i int, s *site) {
		if d := &deployments[i]; d.Err == nil {
			d.Result, d.Err = execute[i](ctx)
		}
	})
	return deployments, nil
}

// allMoved is one error for all layers whose plan cannot be kept.
func allMoved(deployments []Deployment) error {
	all := &fault.Error{Kind: fault.Destination, Op: "apply", Subject: "the plan", Err: publish.ErrMoved}
	for _, d := range deployments {
		if errors.Is(d.Err, publish.ErrMoved) {
			for _, line := range fault.Details(d.Err) {
				all.Details = append(all.Details, d.Layer.String()+": "+line)
			}
			all.Hints = fault.Hints(d.Err)
		}
	}
	if all.Details == nil {
		return nil
	}
	return all
}
